/** Well-known architectures as ONNX files, made with onnx-proto: the degree after each operator, and what breaks it. */
import { describe, expect, it } from "vitest";
import { checkModelGraph } from "../../../engine/src/diagnose/model-findings.ts";
import type { LayerRow } from "../../../engine/src/homogeneity/layer-rows.ts";
import { readOnnx } from "../../../engine/src/homogeneity/onnx.ts";
import {
  alexnet,
  encoderBlock,
  lenet,
  lstm,
  mlp,
  residualBlock,
  resnet18,
  tower,
  transformerBlock,
  vgg16,
} from "../../support/onnx-models.ts";

const report = (bytes: Uint8Array) => checkModelGraph(readOnnx(bytes));
const codes = (bytes: Uint8Array) => report(bytes).findings.map(({ code }) => code);
const messages = (bytes: Uint8Array) => report(bytes).findings.map(({ message }) => message);
const row = (bytes: Uint8Array, layer: string) => report(bytes).layers.find((entry) => entry.layer === layer);

/** `3` for a degree, `3~` where a normalization with ε > 0 stands before it, `1+2` for a mixed one, `-` for none. */
function degreeText({ homogeneity, degree, degrees, approximate }: LayerRow): string {
  return homogeneity === "none" ? "-" : `${degree ?? degrees.join("+")}${approximate ? "~" : ""}`;
}
const degreesOf = (bytes: Uint8Array) => report(bytes).layers.map((entry) => `${entry.layer} ${degreeText(entry)}`);

describe("LeNet", () => {
  it("with relu and without biases: one degree per weight layer", () => {
    expect(degreesOf(lenet({ plain: true }))).toEqual([
      ...["input 0", "/c1/Conv 1", "/c1/act 1", "/s2/AveragePool 1", "/c3/Conv 2", "/c3/act 2", "/s4/AveragePool 2"],
      ...["/Flatten 2", "/c5/Gemm 3", "/c5/act 3", "/f6/Gemm 4", "/f6/act 4", "/output/Gemm 5"],
    ]);
    expect(codes(lenet({ plain: true }))).toEqual(["not-parallel"]);
  });

  it("as published", () => {
    const degrees = degreesOf(lenet({ plain: false }));
    expect(degrees.slice(0, 3)).toEqual(["input 0", "/c1/Conv 1", "/c1/act -"]);
    expect(degrees.slice(2).every((text) => text.endsWith(" -"))).toBe(true);
    expect(messages(lenet({ plain: false }))).toEqual([
      expect.stringMatching(/^layers \/c1\/act, \/c3\/act and 2 more: Tanh has no degree/),
      expect.stringMatching(/^layers \/c3\/Conv, \/c5\/Gemm and \/f6\/Gemm: a bias/),
      expect.stringMatching(/^layer \/output\/Gemm: the bias of the output/),
      expect.stringMatching(/^layer \/Softmax: the final softmax belongs in the loss/),
    ]);
  });
});

describe("AlexNet", () => {
  const weightLayers = [
    "conv1/Conv",
    "conv2/Conv",
    "conv3/Conv",
    "conv4/Conv",
    "conv5/Conv",
    "fc6/Gemm",
    "fc7/Gemm",
    "fc8/Gemm",
  ];

  it("without its normalization and biases: degree 8, one branch", () => {
    const bytes = alexnet({ lrn: false, bias: false });
    expect(weightLayers.map((layer) => row(bytes, `/${layer}`)?.degree)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(report(bytes).layers.every(({ homogeneity }) => homogeneity === "degree")).toBe(true);
    expect(report(bytes).model?.output).toEqual({ kind: "degree", degree: 8 });
    expect(codes(bytes)).toEqual(["not-parallel"]);
  });

  it("with biases: mixed from the second layer on, without them 8", () => {
    const bytes = alexnet({ lrn: false, bias: true });
    expect(weightLayers.map((layer) => row(bytes, `/${layer}`)?.degrees.join("+"))).toEqual([
      ...["1", "1+2", "1+2+3", "1+2+3+4", "1+2+3+4+5", "1+2+3+4+5+6", "1+2+3+4+5+7", "1+2+3+4+5+8"],
    ]);
    expect(report(bytes).model?.withoutBiases).toEqual({ kind: "degree", degree: 8 });
    expect(codes(bytes)).toEqual(["bias-breaks-homogeneity", "bias-breaks-homogeneity", "not-parallel"]);
  });

  it("as published: LRN and the biases", () => {
    const bytes = alexnet({ lrn: true, bias: true });
    expect(degreesOf(bytes).slice(0, 4)).toEqual(["input 0", "/conv1/Conv 1", "/conv1/Relu 1", "/conv1/LRN -"]);
    expect(
      degreesOf(bytes)
        .slice(3)
        .every((text) => text.endsWith(" -")),
    ).toBe(true);
    expect(messages(bytes)).toEqual([
      expect.stringMatching(/^layers \/conv1\/LRN and \/conv2\/LRN: LRN has no degree .*; leave it out$/),
      expect.stringMatching(/^layers \/conv2\/Conv, \/conv3\/Conv and 4 more: a bias/),
      expect.stringMatching(/^layer \/fc8\/Gemm: the bias of the output/),
    ]);
  });
});

describe("VGG-16", () => {
  it("without biases: degree 16, one per weight layer", () => {
    const { findings, layers, model } = report(vgg16({ bias: false }));
    expect(layers.filter(({ kind }) => kind === "Conv" || kind === "Gemm").map(({ degree }) => degree)).toEqual([
      ...Array.from({ length: 16 }, (_, i) => i + 1),
    ]);
    expect(layers.filter(({ kind }) => kind === "MaxPool").map(({ degree }) => degree)).toEqual([2, 4, 7, 10, 13]);
    expect(model?.output).toEqual({ kind: "degree", degree: 16 });
    expect(findings.map(({ code }) => code)).toEqual(["not-parallel"]);
  });

  it("with biases: mixed from the second convolution on", () => {
    const { layers, model } = report(vgg16({ bias: true }));
    expect(layers.find(({ homogeneity }) => homogeneity === "mixed")?.layer).toBe("/conv1_2/Conv");
    expect(model).toMatchObject({ output: { kind: "mixed" }, withoutBiases: { kind: "degree", degree: 16 } });
    expect(messages(vgg16({ bias: true }))[0]).toMatch(/^layers \/conv1_2\/Conv, \/conv2_1\/Conv and 12 more: a bias/);
  });
});

describe("ResNet", () => {
  it("18 with batch norm: each block comes back to degree 1", () => {
    const { findings, layers, model } = report(resnet18({ norm: true }));
    for (const entry of layers) {
      const isFirst = entry.layer === "/conv1/Conv";
      const adds = (entry.kind === "Conv" && !isFirst) || entry.kind === "Gemm";
      expect(`${entry.layer} ${degreeText(entry)}`).toBe(
        `${entry.layer} ${entry.layer === "input" ? "0" : isFirst ? "1" : adds ? "2~" : "1~"}`,
      );
    }
    expect(model?.output).toEqual({ kind: "degree", degree: 2 });
    expect(findings.map(({ code }) => code)).toEqual(["scale-invariant-weights", "not-parallel"]);
    expect(findings[0]?.message).toMatch(/^layers \/conv1\/Conv, \/layer1.0.conv1\/Conv and 18 more/);
  });

  it("18 without normalization: identity skips mix degrees", () => {
    const bytes = resnet18({ norm: false });
    const at = (layer: string) => row(bytes, layer)?.degrees;
    expect([at("/layer1.0/Add"), at("/layer1.1/Add"), at("/layer2.0.downsample/Conv"), at("/layer2.0/Add")]).toEqual([
      [1, 3],
      [1, 3, 5],
      [2, 4, 6],
      [2, 3, 4, 5, 6, 7],
    ]);
    expect(messages(bytes)).toEqual([
      expect.stringMatching(/^layer \/layer1.0\/Add: Add joins terms of degrees 1 and 3/),
    ]);
  });

  it("biases before batch normalization are cancelled", () => {
    expect(report(residualBlock(true)).model?.output).toEqual({ kind: "degree", degree: 2 });
    expect(codes(residualBlock(true))).toEqual(["scale-invariant-weights", "not-parallel"]);
    expect(row(residualBlock(true), "/stem/Conv")?.note).toContain("cancelled");
    expect(messages(residualBlock(false))).toEqual([
      expect.stringMatching(/^layer \/Add: Add joins terms of degrees 1 and 3/),
    ]);
  });
});

describe("an MLP", () => {
  it("MatMul and Add are a layer and its bias", () => {
    expect(codes(mlp(2, false))).toEqual([]);
    expect(degreesOf(mlp(3, true))).toEqual([
      ...["input 0", "dense_1/MatMul 1", "dense_1/BiasAdd 1", "dense_1/Relu 1", "dense_2/MatMul 2"],
      ...["dense_2/BiasAdd 1+2", "dense_2/Relu 1+2", "dense_3/MatMul 2+3", "dense_3/BiasAdd 1+2+3"],
    ]);
    const { findings, model } = report(mlp(3, true));
    expect(model?.withoutBiases).toEqual({ kind: "degree", degree: 3 });
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^layer dense_2\/BiasAdd: a bias has degree 1/),
      expect.stringMatching(/^layer dense_3\/BiasAdd: the bias of the output/),
      expect.stringMatching(/^layer dense_3\/BiasAdd: the output comes from one subnetwork of 3 weight layers/),
    ]);
    expect(codes(mlp(2, false, "Tanh"))).toEqual(["not-homogeneous"]);
  });

  it("of 2,000 layers: each has its own degree", () => {
    const { layers, model } = report(tower(2000));
    expect(model?.output).toEqual({ kind: "degree", degree: 2000 });
    expect(layers.filter(({ kind }) => kind === "Gemm").map(({ degree }) => degree)).toEqual(
      Array.from({ length: 2000 }, (_, i) => i + 1),
    );
  });
});

describe("a transformer block", () => {
  it("with LayerNormalization as one operator and heads split by Reshape", () => {
    expect(degreesOf(encoderBlock())).toEqual([
      ...["input 0", "/embed/MatMul 1", "/embed/Add 1", "/ln1/LayerNormalization 1~"],
      ...["q", "k", "v"].flatMap((name) => [
        ...[`/${name}/MatMul 2~`, `/${name}/Add 1+2~`, `/${name}/Reshape 1+2~`, `/${name}/Transpose 1+2~`],
      ]),
      ...["/attention/MatMul 2+3+4~", "/attention/Div 2+3+4~", "/attention/Softmax -", "/attention/MatMul_1 -"],
      ...["/attention/Transpose -", "/attention/Reshape -", "/o/MatMul -", "/o/Add -", "/Add -"],
      ...["/ln2/LayerNormalization -", "/up/MatMul -", "/up/Add -", "/gelu/Div -", "/gelu/Erf -", "/gelu/Add -"],
      ...["/gelu/Mul -", "/gelu/Mul_1 -", "/down/MatMul -", "/down/Add -", "/Add_1 -"],
    ]);
    expect(messages(encoderBlock())).toEqual([
      expect.stringMatching(/^layer \/attention\/Softmax: Softmax has no degree/),
      expect.stringMatching(/^layer \/gelu\/Erf: Erf has no degree/),
      expect.stringMatching(/^layers \/q\/Add, \/k\/Add and 4 more: a bias/),
    ]);
  });

  it("with the normalization in single steps: degree 1 after it, attention none", () => {
    const bytes = transformerBlock();
    expect(row(bytes, "/ln/Div")).toMatchObject({ degree: 0, approximate: true });
    expect(row(bytes, "/ln/Mul")).toMatchObject({ degree: 1 });
    expect(row(bytes, "/ln/Add")).toMatchObject({ degree: 1 });
    expect(messages(bytes)[0]).toMatch(/^layer \/attention\/Softmax: Softmax has no degree/);
  });
});

describe("an LSTM", () => {
  it("gates have no degree, and the final sigmoid belongs in the loss", () => {
    expect(degreesOf(lstm())).toEqual([
      ...["input 0", "/lstm/LSTM -", "/lstm/Squeeze -", "/Gather -", "/fc/Gemm -", "/Sigmoid -"],
    ]);
    expect(messages(lstm())).toEqual([
      expect.stringMatching(/^layer \/lstm\/LSTM: LSTM \(sigmoid and tanh gates\) has no degree/),
      expect.stringMatching(/^layer \/Sigmoid: the final sigmoid belongs in the loss/),
    ]);
  });
});
