import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { closeAll, codeOf, diagnosticsOf, freshFolder, openConfig, replaceText, until } from "./host.ts";

const MODEL = `{"class_name": "Sequential", "config": {"name": "net", "layers": [
  {"class_name": "Dense", "config": {"name": "a", "units": 8, "use_bias": false, "activation": "tanh", "batch_input_shape": [null, 4]}},
  {"class_name": "Dense", "config": {"name": "b", "units": 1, "use_bias": false, "activation": "linear"}}
]}}
`;

describe("model files", () => {
  afterEach(closeAll);

  it("underlines what breaks homogeneity in a model.json, until it is mended", async () => {
    const file = vscode.Uri.file(path.join(freshFolder("models"), "model.json"));
    writeFileSync(file.fsPath, MODEL);
    const document = await openConfig(file);
    const diagnostic = await until("a squiggle", () =>
      diagnosticsOf(file).find((each) => codeOf(each) === "not-homogeneous"),
    );
    assert.equal(document.getText(diagnostic.range), '"tanh"');
    await replaceText(document, "tanh", "relu");
    await until("no squiggle", () => diagnosticsOf(file).length === 0);
  });

  it("mends a model.json by a quick fix, and offers none for a text that has not been checked", async () => {
    const file = vscode.Uri.file(path.join(freshFolder("models"), "fixed.json"));
    writeFileSync(file.fsPath, MODEL);
    const document = await openConfig(file);
    const squiggle = () => diagnosticsOf(file).find((each) => codeOf(each) === "not-homogeneous");
    const { range } = await until("a squiggle", squiggle);
    const fixes = async (): Promise<readonly vscode.CodeAction[]> => {
      const found = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        "vscode.executeCodeActionProvider",
        file,
        range,
        "quickfix",
      );
      return found.filter((action) => action.edit !== undefined);
    };
    const [fix, ...others] = await until("a quick fix", async () => {
      const found = await fixes();
      return found.length > 0 && found;
    });
    assert.ok(fix?.edit);
    assert.deepEqual([fix.title, others], ["use relu instead of tanh", []]);
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.equal(document.getText(), MODEL.replace('"tanh"', '"relu"'));
    assert.deepEqual(await fixes(), [], "the squiggle is about an earlier text");
    await until("no squiggle", () => diagnosticsOf(file).length === 0);
  });

  it("leaves other JSON alone", async () => {
    const file = vscode.Uri.file(path.join(freshFolder("models"), "settings.json"));
    writeFileSync(file.fsPath, '{"layers": []}\n');
    await openConfig(file);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(diagnosticsOf(file), []);
  });
});
