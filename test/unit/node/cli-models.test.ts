import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Config, lenet, mlp, tensorflowJs, vgg16 } from "../../support/keras-models.ts";
import { alexnet, mlp as onnxMlp, viewed } from "../../support/onnx-models.ts";
import { runCli } from "./cli-harness.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimality-model-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function place(name: string, content: Config | Uint8Array | string): string {
  const path = join(folder, name);
  const isText = typeof content === "string" || content instanceof Uint8Array;
  writeFileSync(path, isText ? content : JSON.stringify(content, null, 1));
  return path;
}

describe("check of a model file", () => {
  it("prints the layers with their degrees, then the findings", async () => {
    const file = place("model.json", tensorflowJs(lenet({ bias: false, activation: "relu", head: "softmax" })));
    const { exit, stdout, stderr } = await runCli(["check", file]);
    const lines = stdout.split("\n");
    expect(stderr).toBe("");
    expect(exit).toBe(1);
    expect(lines[0]).toBe(`${file}  Keras model sequential, 9 layers, degree 5`);
    expect(lines[1]).toMatch(/^ {2}layer +kind +degree +note$/);
    expect(lines[3]).toMatch(/^ {2}conv1 +Conv2D, relu +1$/);
    expect(lines[10]).toMatch(/^ {2}fc3 +Dense, softmax +none +belongs in the loss$/);
    expect(stdout).toMatch(
      /model\.json:\d+:\d+ {2}warning {2}layer fc3: the final softmax .*\[activation-belongs-in-loss\]/,
    );
    expect(stdout).toMatch(/1 warning, 1 note in 1 file\n$/);
  });

  it("--json has a row per layer", async () => {
    const { exit, stdout } = await runCli(["check", "--json", place("net.json", mlp("relu", true))]);
    const answer = JSON.parse(stdout) as {
      version: number;
      files: { layers: unknown[]; findings: { code: string }[] }[];
    };
    expect(exit).toBe(1);
    expect(Object.keys(answer.files[0] ?? {})).toEqual(["file", "findings", "layers"]);
    expect(answer.files[0]?.layers[2]).toEqual({
      layer: "dense_1",
      kind: "Dense, relu",
      homogeneity: "mixed",
      degree: null,
      degrees: [1, 2],
      approximate: false,
      note: "its bias has degree 1",
    });
  });

  it("takes ONNX, several files, and SARIF", async () => {
    const good = place("two.onnx", onnxMlp(2, false));
    const { exit, stdout } = await runCli(["check", good]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/ONNX model main_graph, 4 layers, degree 2\n/);
    expect(stdout.split("\n").slice(1, 4)).toEqual([
      "  layer           kind    shape  degree  note",
      "  input           input   1×16   0",
      "  dense_1/MatMul  MatMul  1×16   1",
    ]);
    const sarif = await runCli([
      "check",
      "--format",
      "sarif",
      good,
      place("alexnet.onnx", alexnet({ lrn: true, bias: true })),
    ]);
    expect(sarif.exit).toBe(1);
    expect(sarif.stdout).toContain('"not-homogeneous"');
  });

  it("--json has the shapes of ONNX graphs, null where a length is not known", async () => {
    const { stdout } = await runCli(["check", "--json", place("view.onnx", viewed())]);
    const answer = JSON.parse(stdout) as { files: { layers: { layer: string; shape?: unknown; degree: unknown }[] }[] };
    const rows = answer.files[0]?.layers.map(({ layer, shape, degree }) => [layer, shape, degree]);
    expect(rows?.at(0)).toEqual(["input", [null, 3, 16, 16], 0]);
    expect(rows?.at(-2)).toEqual(["/Reshape", [null, 392], 1]);
    expect((await runCli(["check", join(folder, "view.onnx")])).stdout).toMatch(
      /\n {2}\/Reshape +Reshape +\?×392 +1\n/,
    );
  });

  it("answers 2 with a message for what is no model", async () => {
    for (const [name, content, words] of [
      ["cut.onnx", onnxMlp(2, true).subarray(0, 90), "cut off"],
      ["text.onnx", "not a model", "ONNX"],
      ["model.json", '{"format": "graph-model", "modelTopology": {"node": []}}', "graph model"],
      ["model2.json", '{"class_name": "Sequential", "config": {"layers": [', "cut off"],
      ["empty.onnx", "", "is empty"],
    ] as const) {
      const { exit, stdout } = await runCli(["check", place(name, content)]);
      expect([name, exit]).toEqual([name, 2]);
      expect(stdout).toContain(words);
    }
    expect((await runCli(["check", join(folder, "none.onnx")])).stdout).toContain("does not exist");
  });

  it("long models are shortened in the text only", async () => {
    const layers = Array.from({ length: 300 }, (_, i) => ["Dense", `d${i}`, { units: 4, use_bias: false }] as const);
    const { functional, input } = await import("../../support/keras-models.ts");
    const file = place("model.json", functional([input([4]), ...layers]));
    expect((await runCli(["check", file])).stdout).toContain("… 101 more");
    expect(
      (JSON.parse((await runCli(["check", "--json", file])).stdout) as { files: { layers: unknown[] }[] }).files[0]
        ?.layers,
    ).toHaveLength(301);
  });

  it("VGG-16 with weight decay names Proposition 19", async () => {
    const decay = { class_name: "L2", config: { l2: 0.0005 } };
    const { stdout } = await runCli(["check", place("vgg.json", vgg16(false, "linear", decay))]);
    expect(stdout).toMatch(
      /l2 has degree 2, but the model has degree 16; zero is always a local minimum \(Proposition 19\)/,
    );
  });
});

describe("check of a config with a network", () => {
  const config = (mapping: string) =>
    `data: {target: y.csv, input: v.csv}\nmapping: {kind: network, ${mapping}}\nlambda: 1\n`;
  const withData = (name: string, mapping: string): string => {
    place("y.csv", "1\n2\n3\n");
    place("v.csv", "1,2\n2,1\n0,3\n");
    return place(name, config(mapping));
  };

  it("prints the layers by their place in the config, with their degrees", async () => {
    const file = withData("net.optimality.yaml", "layers: [{dense: 2}, relu, {residual: [tanh]}, dense]");
    const { exit, stdout, stderr } = await runCli(["check", file]);
    expect([exit, stderr]).toEqual([1, ""]);
    expect(stdout.split("\n").slice(0, 7)).toEqual([
      `${file}  network, 5 layers, no degree`,
      "  layer                          kind      degree  note",
      "  mapping.layers[0]              dense     1",
      "  mapping.layers[1]              relu      1",
      "  mapping.layers[2].residual[0]  tanh      none    no degree",
      "  mapping.layers[2]              residual  none    inherited from tanh in layer mapping.layers[2].residual[0]",
      "  mapping.layers[3]              dense     none",
    ]);
    expect(stdout).toMatch(/net\.optimality\.yaml:2:\d+ {2}warning {2}mapping\.layers\[2\]\.residual\[0\]: tanh /);
  });

  it("--json has a row per layer", async () => {
    const file = withData("net.optimality.yaml", "layers: [dense, relu]");
    const { stdout } = await runCli(["check", "--json", file]);
    const answer = JSON.parse(stdout) as { files: { layers: { layer: string; degree: number }[] }[] };
    expect(Object.keys(answer.files[0] ?? {})).toEqual(["file", "findings", "layers"]);
    expect(answer.files[0]?.layers.map(({ layer, degree }) => [layer, degree])).toEqual([
      ["mapping.layers[0]", 1],
      ["mapping.layers[1]", 1],
    ]);
    const one = await runCli(["check", withData("one.optimality.yaml", "layers: [dense]")]);
    expect(one.stdout).toContain("network, 1 layer, degree 1\n");
  });

  it("shows the table of the model file that a config names", async () => {
    place("model.json", lenet({ bias: false, activation: "relu", head: "linear" }));
    place("two.onnx", onnxMlp(2, false));
    const keras = await runCli(["check", withData("keras.optimality.yaml", "model: model.json")]);
    expect(keras.stdout).toMatch(/keras\.optimality\.yaml {2}Keras model sequential, 9 layers, degree 5\n/);
    const onnx = await runCli(["check", withData("onnx.optimality.yaml", "model: two.onnx")]);
    expect(onnx.stdout).toMatch(/onnx\.optimality\.yaml {2}ONNX model main_graph, 4 layers, degree 2\n/);
  });

  it("has no table for other mappings, for errors and for a model file that is not there", async () => {
    place("y.csv", "1,2\n2,1\n");
    const matrix = place("m.optimality.yaml", "data: {target: y.csv}\nmapping: {kind: matrix}\nlambda: 1\n");
    const broken = withData("broken.optimality.yaml", "layers: [densse]");
    const missing = withData("missing.optimality.yaml", "model: none.json");
    for (const file of [matrix, broken, missing, join(folder, "none.optimality.yaml")]) {
      const { stdout } = await runCli(["check", file]);
      expect(stdout).not.toContain("degree  note");
      expect(stdout).not.toContain(" layers, ");
    }
  });
});
