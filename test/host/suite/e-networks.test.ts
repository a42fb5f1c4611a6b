import assert from "node:assert/strict";
import { cpSync, existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import type { ExtensionApi } from "../../../extension/main.ts";
import type { Run } from "../../../extension/runs/run.ts";
import { closeAll, configIn, extensionApi, freshFolder, openConfig, until } from "./host.ts";

/** Eight images of 4 × 4 with one channel; the layers of the config have no kernel of our own. */
const IMAGES = Array.from({ length: 8 }, (_, n) =>
  Array.from({ length: 4 }, (_, i) => Array.from({ length: 4 }, (_, j) => [Math.sin(3 * n + 1.7 * i + 0.9 * j)])),
);
const CONVOLUTION = `data: {target: y.csv, input: images.json}
mapping:
  kind: network
  layers: [{conv2d: {filters: 1, kernel: 3}}, relu, flatten, dense]
lambda: {relative: 0.5}
search: {timeLimit: 20s}
`;

describe("networks", () => {
  let api: ExtensionApi;
  let folder: string;
  before(async () => {
    api = await extensionApi();
    folder = freshFolder("networks");
    const repository = process.env["OPTIMALITY_LENS_REPOSITORY"] ?? "";
    for (const file of ["cars.optimality.yaml", "mpg.csv", "power-weight.csv"]) {
      cpSync(path.join(repository, "examples/cars", file), path.join(folder, file));
    }
    writeFileSync(path.join(folder, "images.json"), JSON.stringify(IMAGES));
    writeFileSync(path.join(folder, "y.csv"), IMAGES.map((_, n) => `${Math.cos(3 * n)}\n`).join(""));
    writeFileSync(path.join(folder, "convolution.optimality.yaml"), CONVOLUTION);
  });
  afterEach(async () => {
    await vscode.commands.executeCommand("optimalityLens.cancel");
    await api.waitForIdle();
    await closeAll();
  });

  async function diagnose(uri: vscode.Uri): Promise<Run> {
    await vscode.commands.executeCommand("optimalityLens.diagnose", uri);
    await api.waitForIdle();
    const run = api.store.latest(uri.toString());
    assert.ok(run, `no run of ${uri.path}`);
    assert.equal(run.phase, "finished", run.failure ?? undefined);
    return run;
  }

  it("the degree after a layer is told where the pointer rests on it", async () => {
    const document = await openConfig(configIn(folder, "cars"));
    const hoverAt = async (word: string): Promise<string> => {
      const at = document.positionAt(document.getText().lastIndexOf(word) + 1);
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        "vscode.executeHoverProvider",
        document.uri,
        at,
      );
      const contents = hovers.flatMap((hover) => hover.contents);
      return contents.map((content) => (typeof content === "string" ? content : content.value)).join("\n");
    };
    assert.match(await hoverAt("relu"), /mapping\.layers\[1\].*degree 1 after this layer/);
    assert.match(
      await hoverAt("dense"),
      /mapping\.layers\[2\]\.dense.*degree 2 after this layer[\s\S]*A weight matrix/,
    );
  });

  it("a sum of neurons is diagnosed to a proven global minimum, with its layers in the panel", async () => {
    const uri = configIn(folder, "cars");
    await openConfig(uri);
    const run = await diagnose(uri);
    assert.equal(run.result?.verdict, "global", run.result?.reason);
    assert.ok(run.certificateFile !== null && existsSync(run.certificateFile));
    assert.equal(run.result?.extra?.intercept?.length, 1);
    assert.deepEqual(
      run.problem?.layers?.map(({ name, degrees }) => [name, ...degrees]),
      [
        ["dense 1", 1],
        ["relu", 1],
        ["dense 1", 2],
      ],
    );
    await until("the panel's last frame", () => api.panel.lastDrawn?.runId === run.id);
  });

  it("layers without kernels of our own run on TensorFlow.js in the worker", async () => {
    const uri = configIn(folder, "convolution");
    await openConfig(uri);
    const run = await diagnose(uri);
    const { result } = run;
    assert.ok(result, "no result");
    assert.ok(["undecided", "global"].includes(result.verdict), result.reason);
    assert.equal(result.status, "converged");
    assert.ok(result.lowerBound !== null && result.lowerBound <= result.objective);
    assert.deepEqual(result.homogeneity, { mapping: 2, regularizer: 2 });
    assert.equal(run.problem?.formula, "relu(V ∗ W₁) W₂");
    assert.ok(run.certificateFile !== null && existsSync(run.certificateFile));
  });
});
