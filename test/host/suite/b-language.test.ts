import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import {
  closeAll,
  codeOf,
  configIn,
  diagnosticsOf,
  extensionApi,
  freshFolder,
  openConfig,
  replaceText,
  until,
} from "./host.ts";

describe("language", () => {
  let folder: string;
  before(() => {
    folder = freshFolder("language");
  });
  afterEach(closeAll);

  const squiggle = (uri: vscode.Uri, code: string): Promise<vscode.Diagnostic> =>
    until(`a squiggle ${code}`, () => diagnosticsOf(uri).find((diagnostic) => codeOf(diagnostic) === code));

  async function fixesOf(uri: vscode.Uri, range: vscode.Range): Promise<readonly vscode.CodeAction[]> {
    return await vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      uri,
      range,
      "quickfix",
    );
  }

  it("underlines a regularizer whose degree does not match the mapping's, and mends it", async () => {
    const document = await openConfig(configIn(folder, "mismatch"));
    const diagnostic = await squiggle(document.uri, "degree-mismatch");
    assert.match(document.getText(diagnostic.range), /l1|regularizer/);
    assert.equal(diagnostic.range.start.line, 3);
    assert.match(
      typeof diagnostic.code === "object" ? diagnostic.code.target.toString() : "",
      /explain.*degree-mismatch/,
    );
    const fix = (await fixesOf(document.uri, diagnostic.range)).find((action) => action.edit !== undefined);
    assert.ok(fix?.edit, "no quick fix with an edit");
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.match(document.getText(), /kind: (product|power|weight-decay)/);
    assert.match(document.getText(), /# The regularizer has degree 1/, "comments are kept");
    await until("no squiggle", () => diagnosticsOf(document.uri).every((each) => codeOf(each) !== "degree-mismatch"));
  });

  it("underlines an unknown key and offers the one that was meant", async () => {
    const document = await openConfig(configIn(folder, "misspelled"));
    const diagnostic = await squiggle(document.uri, "unknown-key");
    assert.equal(document.getText(diagnostic.range), "brances");
    assert.equal(diagnostic.severity, vscode.DiagnosticSeverity.Error);
    const fix = (await fixesOf(document.uri, diagnostic.range)).find((action) => action.edit !== undefined);
    assert.ok(fix?.edit);
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.match(document.getText(), /^branches: 2$/m);
  });

  it("checks as the person types, before anything is saved", async () => {
    const document = await openConfig(configIn(folder, "ratings"));
    const api = await extensionApi();
    await api.waitForIdle();
    assert.deepEqual(diagnosticsOf(document.uri), []);
    await replaceText(document, "relative: 0.1", "relative: -1");
    await until("a squiggle", () => diagnosticsOf(document.uri).length > 0);
    assert.equal(document.isDirty, true);
    await replaceText(document, "relative: -1", "relative: 0.1");
    await until("no squiggle", () => diagnosticsOf(document.uri).length === 0);
  });

  it("hears of a data file that vanishes and comes back", async () => {
    const document = await openConfig(configIn(folder, "ratings"));
    await (await extensionApi()).waitForIdle();
    const data = path.join(folder, "ratings.csv");
    const content = readFileSync(data);
    rmSync(data);
    await squiggle(document.uri, "file-missing");
    writeFileSync(data, content);
    await until("no squiggle", () => diagnosticsOf(document.uri).length === 0);
  });

  it("forgets a config that is closed", async () => {
    // `openTextDocument` would keep the document open for minutes after its editor is gone.
    const uri = configIn(freshFolder("closing"), "misspelled");
    await vscode.commands.executeCommand("vscode.open", uri);
    await squiggle(uri, "unknown-key");
    await closeAll();
    await until("no squiggle", () => diagnosticsOf(uri).length === 0);
  });

  it("tells what a key means", async () => {
    const document = await openConfig(configIn(folder, "ratings"));
    const at = document.positionAt(document.getText().indexOf("lambda") + 2);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      at,
    );
    const text = hovers
      .flatMap((hover) => hover.contents)
      .map((content) => (typeof content === "string" ? content : content.value));
    assert.match(text.join("\n"), /lambda[\s\S]*Values/);
  });

  it("has lenses above the first line", async () => {
    const document = await openConfig(configIn(folder, "ratings"));
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      document.uri,
      10,
    );
    const own = lenses.filter((lens) => lens.command?.command.startsWith("optimalityLens."));
    assert.deepEqual(
      own.map((lens) => [lens.range.start.line, lens.command?.title]),
      [
        [0, "$(play) Diagnose"],
        [0, "λ-path"],
        [0, "Open certificate"],
      ],
    );
  });
});
