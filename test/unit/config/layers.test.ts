/** The layers of a network: what may be written, what it becomes, and what is said when it is wrong. */
import { describe, expect, it } from "vitest";
import { complaint, configOf } from "./config-lines.ts";

const layersOf = (layers: string) => configOf(`mapping: {kind: network, layers: [${layers}]}`, "network")?.mapping;

describe("layers", () => {
  it.each([
    ["dense", { kind: "dense", units: null, bias: false }],
    ["{dense: 5}", { kind: "dense", units: 5, bias: false }],
    ["{dense: {units: 5, bias: true}}", { kind: "dense", units: 5, bias: true }],
    ["{dense: {bias: true}}", { kind: "dense", units: null, bias: true }],
    [
      "{conv2d: {filters: 8, kernel: 3}}",
      { kind: "conv2d", filters: 8, kernel: [3, 3], stride: [1, 1], padding: "valid", bias: false },
    ],
    [
      "{conv2d: {filters: 8, kernel: [3, 5], stride: [2, 1], padding: same, bias: true}}",
      { kind: "conv2d", filters: 8, kernel: [3, 5], stride: [2, 1], padding: "same", bias: true },
    ],
    ["relu", { kind: "relu" }],
    ["abs", { kind: "abs" }],
    ["flatten", { kind: "flatten" }],
    ["globalAveragePool2d", { kind: "globalAveragePool2d" }],
    ["{leakyRelu: 0.1}", { kind: "leakyRelu", slope: 0.1 }],
    ["{power: 2}", { kind: "power", exponent: 2 }],
    ["{maxout: 2}", { kind: "maxout", pieces: 2 }],
    ["{maxPool2d: 2}", { kind: "maxPool2d", size: 2 }],
    ["{averagePool2d: 3}", { kind: "averagePool2d", size: 3 }],
    ["{dropout: 0.5}", { kind: "dropout", rate: 0.5 }],
    ["batchNorm", { kind: "batchNorm", epsilon: 1e-3 }],
    ["{batchNorm: {epsilon: 0}}", { kind: "batchNorm", epsilon: 0 }],
    ["{batchNorm: {}}", { kind: "batchNorm", epsilon: 1e-3 }],
    [
      "{residual: [relu, {residual: [{dense: 2}]}]}",
      {
        kind: "residual",
        layers: [{ kind: "relu" }, { kind: "residual", layers: [{ kind: "dense", units: 2, bias: false }] }],
      },
    ],
    ...["sigmoid", "tanh", "gelu", "softplus", "elu", "silu", "softmax"].map((kind) => [kind, { kind }] as const),
  ] as readonly (readonly [string, unknown])[])("%s", (written, layer) => {
    expect(layersOf(written)).toEqual({ kind: "network", layers: [layer] });
  });

  it("in block style", () => {
    const lines =
      "mapping:\n  kind: network\n  layers:\n    - dense: 5\n    - relu\n    - residual:\n        - abs\n    - dense";
    expect(configOf(lines, "network")?.mapping).toEqual({
      kind: "network",
      layers: [
        { kind: "dense", units: 5, bias: false },
        { kind: "relu" },
        { kind: "residual", layers: [{ kind: "abs" }] },
        { kind: "dense", units: null, bias: false },
      ],
    });
  });

  it.each([
    ["rellu", 'invalid-value rellu | mapping.layers[0]: "rellu" is not understood; did you mean relu?'],
    ["Conv2D", /"Conv2D" is not understood; did you mean \{conv2d: …\}\?$/],
    ["conv2d", /mapping\.layers\[0\]: conv2d needs a value; write \{conv2d: \{filters: 4, kernel: 3\}\}$/],
    ["nonsense", /"nonsense" is not one of dense, relu, .*\{residual: …\}; write one of these$/],
    ["7", /^invalid-value 7 \|/],
    ["{rellu: 1}", "unknown-key rellu | unknown key mapping.layers[0].rellu; did you mean the word relu?"],
    ["{relu: }", "unknown-key relu | mapping.layers[0].relu: relu has no settings; write relu alone"],
    ["{dens: 5}", "unknown-key dens | unknown key mapping.layers[0].dens; did you mean `mapping.layers[0].dense`?"],
    ["{dense: 5, relu: 1}", /^unknown-key relu \| .* write relu without braces, as a value of its own$/],
    ["{dense: 5, dropout: 0.5}", /dense and dropout are two layers; keep one of them$/],
    ["{dense: 5, dropout: 0.5, power: 2}", /dense, power and dropout are 3 layers; keep one of them$/],
    ["{}", "invalid-value {} | mapping.layers[0]: {} names no layer; write relu, or {dense: 5}"],
    ["{dense: 0}", /^invalid-value 0 \| mapping\.layers\[0\]\.dense: 0 is not ≥ 1/],
    ["{dense: 100001}", /is not ≤ 100000/],
    ["{dense: 2.5}", /2\.5 is not a whole number of units/],
    ["{dense: }", /^invalid-value dense \| mapping\.layers\[0\]\.dense: no value; write the number of units/],
    ["{conv2d: {filters: 8}}", /^missing-key conv2d \| mapping\.layers\[0\]\.conv2d\.kernel is missing/],
    ["{conv2d: {filters: 8, kernel: [3]}}", /^invalid-value \[3\] \| .* is not a whole number above 0, or two of them/],
    ["{conv2d: {filters: 8, kernel: 3, padding: sme}}", /did you mean same\?$/],
    ["{conv2d: {filters: 8, kernel: 3, strides: 2}}", /did you mean `mapping\.layers\[0\]\.conv2d\.stride`\?$/],
    ["{dropout: 1}", /mapping\.layers\[0\]\.dropout: 1 is not < 1/],
    ["{power: 1.5}", /1\.5 is not a whole number/],
    ["{residual: [relu, sigmoyd]}", /^invalid-value sigmoyd \| mapping\.layers\[0\]\.residual\[1\]: /],
    [
      "{residual: [{conv2d: {filters: 8, kernel: 0}}]}",
      /mapping\.layers\[0\]\.residual\[0\]\.conv2d\.kernel: 0 is not/,
    ],
  ])("%s is answered in words", (layer, message) => {
    const said = complaint(`mapping: {kind: network, layers: [${layer}]}`, "network");
    expect(said).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  });

  it("have caps, and the message names them", () => {
    const nested = (depth: number): string => (depth === 0 ? "relu" : `{residual: [${nested(depth - 1)}]}`);
    expect(layersOf(nested(20))?.kind).toBe("network");
    expect(complaint(`mapping: {kind: network, layers: [${nested(21)}]}`, "network")).toMatch(/deeper than 20 levels/);
    expect(layersOf(Array.from({ length: 1000 }, () => "relu").join(", "))?.kind).toBe("network");
    const many = `mapping: {kind: network, layers: [{residual: [${"relu, ".repeat(999)} relu]}]}`;
    expect(complaint(many, "network")).toMatch(/mapping\.layers: 1001 layers; at most 1000 are read/);
  });
});
