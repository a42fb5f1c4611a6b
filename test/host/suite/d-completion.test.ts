import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { closeAll, extensionApi, freshFolder, openConfig, until } from "./host.ts";

describe("completion", () => {
  let folder: string;
  before(async () => {
    folder = freshFolder("completion");
    await extensionApi();
  });
  afterEach(closeAll);

  /** Opens a config with `marked` in it, the cursor at ▮. */
  async function open(name: string, marked: string): Promise<{ document: vscode.TextDocument; at: vscode.Position }> {
    const uri = vscode.Uri.file(path.join(folder, name));
    writeFileSync(uri.fsPath, marked.replace("▮", ""));
    const document = await openConfig(uri);
    return { document, at: document.positionAt(marked.indexOf("▮")) };
  }

  async function completionsAt(document: vscode.TextDocument, at: vscode.Position): Promise<vscode.CompletionItem[]> {
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      "vscode.executeCompletionItemProvider",
      document.uri,
      at,
    );
    return list.items;
  }

  const labelOf = ({ label }: vscode.CompletionItem): string => (typeof label === "string" ? label : label.label);
  const ofKind = (items: readonly vscode.CompletionItem[], kind: vscode.CompletionItemKind): string[] =>
    items.filter((item) => item.kind === kind).map(labelOf);

  it("names the keys of a config, the required ones first, with what they mean", async () => {
    const { document, at } = await open("empty.optimality.yaml", "▮");
    const items = await completionsAt(document, at);
    assert.deepEqual(ofKind(items, vscode.CompletionItemKind.Property).slice(0, 3), ["data", "mapping", "lambda"]);
    const lambda = items.find((item) => labelOf(item) === "lambda");
    const text = lambda?.documentation;
    assert.match(typeof text === "string" ? text : (text?.value ?? ""), /regularizer weighs[\s\S]*Values/);
  });

  it("inserts a key with the cursor in its braces", async () => {
    const { document, at } = await open("insert.optimality.yaml", "lambda: 1\n▮\n");
    const data = (await completionsAt(document, at)).find((item) => labelOf(item) === "data");
    assert.ok(data?.insertText instanceof vscode.SnippetString, "no completion data");
    const editor = vscode.window.activeTextEditor;
    assert.ok(editor);
    const range = data.range instanceof vscode.Range ? data.range : data.range?.replacing;
    assert.ok(await editor.insertSnippet(data.insertText, range ?? at));
    assert.equal(document.getText(), "lambda: 1\ndata: {target: }\n");
    assert.deepEqual(editor.selection.active, new vscode.Position(1, "data: {target: ".length));
  });

  it("takes a suggestion as a person does", async () => {
    const { document, at } = await open("typed.optimality.yaml", "search: {gr▮}\n");
    const editor = vscode.window.activeTextEditor;
    assert.ok(editor);
    editor.selection = new vscode.Selection(at, at);
    await until("the suggestion to be taken", async () => {
      await vscode.commands.executeCommand("editor.action.triggerSuggest");
      await new Promise((resolve) => setTimeout(resolve, 300));
      await vscode.commands.executeCommand("acceptSelectedSuggestion");
      return document.getText().startsWith("search: {grow: ");
    });
  });

  it("names values, and the data files beside the config", async () => {
    const values = await open("values.optimality.yaml", "regularizer:\n  kind: ▮\n");
    const kinds = ofKind(await completionsAt(values.document, values.at), vscode.CompletionItemKind.Value);
    assert.ok(
      ["product", "power", "weight-decay"].every((kind) => kinds.includes(kind)),
      kinds.join(),
    );
    const files = await open("files.optimality.yaml", "data: {target: ▮}\n");
    const names = ofKind(await completionsAt(files.document, files.at), vscode.CompletionItemKind.File);
    assert.deepEqual(names, ["large.csv", "ratings.csv"]);
  });

  it("leaves the keys of a JSON config to VS Code's own service of JSON, and adds the files it cannot know", async () => {
    const keys = await open("own.optimality.json", '{\n  "▮"\n}\n');
    const json = vscode.extensions.getExtension("vscode.json-language-features");
    assert.ok(json, "VS Code has no service of JSON");
    await json.activate();
    await until("the keys of the schema, once each", async () => {
      const labels = (await completionsAt(keys.document, keys.at)).map(labelOf);
      return labels.filter((label) => label.replaceAll('"', "") === "lambda").length === 1;
    });
    const files = await open("files.optimality.json", '{"data": {"target": "▮"}}\n');
    const names = ofKind(await completionsAt(files.document, files.at), vscode.CompletionItemKind.File);
    assert.ok(names.includes("ratings.csv"), names.join());
  });

  it("offers the schema to Red Hat's service of YAML", () => {
    const manifest: unknown = vscode.extensions.getExtension("optimality-lens.optimality-lens")?.packageJSON;
    const { contributes } = manifest as { contributes: { yamlValidation: { fileMatch: string[]; url: string }[] } };
    assert.deepEqual(contributes.yamlValidation, [
      { fileMatch: ["*.optimality.yaml", "*.optimality.yml"], url: "./schemas/optimality.schema.json" },
    ]);
  });
});
