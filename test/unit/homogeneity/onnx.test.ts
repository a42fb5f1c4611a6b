import { describe, expect, it } from "vitest";
import { checkModelGraph } from "../../../engine/src/diagnose/model-findings.ts";
import { modelDegrees } from "../../../engine/src/homogeneity/model-degrees.ts";
import { readOnnx } from "../../../engine/src/homogeneity/onnx.ts";
import { mlp, type OnnxBuilder, onnxModel } from "../../support/onnx-models.ts";

const report = (bytes: Uint8Array) => checkModelGraph(readOnnx(bytes));

describe("operators", () => {
  const outputAfter = (build: (m: OnnxBuilder, from: string) => string) =>
    report(onnxModel([1, 4], (m, x) => build(m, m.op("MatMul", [x, m.weight("w", [4, 4])], {}, "first")))).model
      ?.output;
  const degree = (value: number) => ({ kind: "degree", degree: value });

  it.each<[string, number, (m: OnnxBuilder, y: string) => string]>([
    ["Clip at 0", 1, (m, y) => m.op("Clip", [y, m.weight("low", [], 0)])],
    ["Max with 0", 1, (m, y) => m.op("Max", [y, m.constant(0)])],
    ["Pow 3", 3, (m, y) => m.op("Pow", [y, m.constant(3)])],
    ["Sqrt", 0.5, (m, y) => m.op("Sqrt", [y])],
    ["Mul by a number", 1, (m, y) => m.op("Mul", [y, m.constant(3)])],
    ["Mul by weights", 2, (m, y) => m.op("Mul", [y, m.weight("s", [4])])],
    ["Mul with itself", 2, (m, y) => m.op("Mul", [y, y])],
    ["Div by itself", 0, (m, y) => m.op("Div", [y, m.op("ReduceL2", [y])])],
    ["weights that are transposed first", 2, (m, y) => m.op("MatMul", [y, m.op("Transpose", [m.weight("v", [4, 4])])])],
    ["zero padding", 1, (m, y) => m.op("Pad", [y])],
    ["Concat", 1, (m, y) => m.op("Concat", [y, y], { axis: 1 })],
    ["Sum", 1, (m, y) => m.op("Sum", [y, m.op("Relu", [y])])],
    ["Gather of weights", 1, (m, y) => m.op("Gather", [m.weight("table", [10, 4]), m.op("ArgMax", [y])])],
  ])("%s: degree %d", (_, expected, build) => {
    expect(outputAfter(build)).toEqual(degree(expected));
  });

  it.each<[string, string, (m: OnnxBuilder, y: string) => string]>([
    ["relu6", "none", (m, y) => m.op("Clip", [y, m.weight("low", [], 0), m.weight("high", [], 6)])],
    ["a number added", "mixed", (m, y) => m.op("Add", [y, m.constant(1)])],
    ["a small number added that is no ε", "mixed", (m, y) => m.op("Relu", [m.op("Add", [y, m.constant(1e-3)])])],
    ["PRelu", "mixed", (m, y) => m.op("PRelu", [y, m.weight("slope", [4])])],
    [
      "RNN with relu",
      "mixed",
      (m, y) => m.op("RNN", [y, m.weight("W", [1, 4, 4]), m.weight("R", [1, 4, 4])], { activations: ["Relu"] }),
    ],
    ["an operator of somebody", "none", (m, y) => m.op("Swirl", [y])],
    ["an input that nothing makes", "none", (m, y) => m.op("Add", [y, "ghost"])],
  ])("%s: %s", (_, kind, build) => {
    expect(outputAfter(build)?.kind).toBe(kind);
  });

  it("numbers in single precision are said in their shortest form", () => {
    const build = (epsilon: number) =>
      onnxModel([1, 4], (m, x) => {
        const y = m.op("MatMul", [x, m.weight("w", [4, 4])]);
        return m.op("LayerNormalization", [y, m.weight("scale", [4])], { epsilon });
      });
    for (const epsilon of [1e-5, 1.001e-5, 1e-12, 0.1])
      expect(report(build(epsilon)).layers.at(-1)?.note).toMatch(new RegExp(`ε = ${epsilon}\\)$`));
  });

  it("unknown operators are named", () => {
    const bytes = onnxModel([1, 4], (m, x) => m.op("Swirl", [x], {}, "/swirl"));
    expect(report(bytes).findings[0]).toMatchObject({
      code: "unknown-layer",
      message: expect.stringMatching(/^Swirl \(\/swirl\) is not a layer/),
    });
  });

  it("weights are found whatever stores them, with their shapes", () => {
    const read = readOnnx(mlp(1, true));
    if (!read.ok) throw new Error("not read");
    expect(modelDegrees(read.graph).graph.parameters).toEqual([
      { id: "w1", layer: "dense_1/MatMul", role: "kernel", trainable: true, shape: [16, 16] },
      { id: "b1", layer: "dense_1/BiasAdd", role: "bias", trainable: true, shape: [16] },
    ]);
  });

  it("what is no ONNX file is said to be none", () => {
    expect(report(new Uint8Array())).toMatchObject({
      findings: [{ code: "invalid-model", message: expect.stringContaining("no ONNX graph") }],
    });
    expect(report(mlp(2, true).subarray(0, 100)).findings[0]?.message).toContain("cut off");
    expect(report(new TextEncoder().encode("data: {target: y.csv}")).findings[0]?.code).toBe("invalid-model");
  });
});
