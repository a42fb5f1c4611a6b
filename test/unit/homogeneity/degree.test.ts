import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Config } from "../../../engine/src/config/config.ts";
import { parseConfig } from "../../../engine/src/config/parse.ts";
import { analyzeHomogeneity, factorDegreesOf, homogeneity } from "../../../engine/src/homogeneity/config-degrees.ts";
import { configGraph } from "../../../engine/src/homogeneity/config-layers.ts";
import { degree, none, power, product, sum } from "../../../engine/src/homogeneity/degree.ts";
import { isUnknown } from "../../../engine/src/homogeneity/layers.ts";
import { branchBound } from "../../../engine/src/homogeneity/width.ts";

const parse = (text: string): Config => {
  const parsed = parseConfig(text, { fileName: "a.yaml" });
  if (parsed.config === undefined) throw new Error(parsed.findings[0]?.message);
  return parsed.config;
};
const config = (regularizer: string, mapping = "matrix", more = ""): Config =>
  parse(`data: {target: y.csv}\nmapping: ${mapping}\nlambda: 1\nregularizer: ${regularizer}\n${more}`);
const network = (layers: string, regularizer = "product"): Config =>
  parse(
    `data: {target: y.csv, input: x.csv}\nmapping: {kind: network, layers: ${layers}}\nlambda: 1\nregularizer: ${regularizer}\n`,
  );

describe("degrees", () => {
  it.each([
    ["matrix", "{kind: product}", 2, 2],
    ["matrix", "{kind: product, norms: [l1, l2]}", 2, 2],
    ["matrix", "{kind: power, norm: l1}", 2, 2],
    ["matrix", "{kind: weight-decay}", 2, 2],
    ["matrix", "{kind: l1}", 2, 1],
    ["symmetric", "{kind: product}", 2, 2],
    ["symmetric", "{kind: power}", 2, 2],
    ["symmetric", "{kind: weight-decay}", 2, 2],
    ["symmetric", "{kind: l1}", 2, 1],
    ["matrix", "{kind: product, norm: {lq: 0.5}}", 2, 2],
    ["matrix", "{kind: custom, expression: {power: {of: {norm: l1, factor: 1}, exponent: 3}}}", 2, 3],
    ["matrix", "{kind: custom, expression: {sum: [{norm: l1, factor: 1}, {norm: l2, factor: 2}]}}", 2, 1],
    ["matrix", "{kind: elastic-net}", 2, null],
  ])("%s with %s", (mapping, regularizer, phi, g) => {
    expect(homogeneity(config(regularizer, mapping))).toEqual({ mapping: phi, regularizer: g });
  });

  it("of cp are known with the number of axes", () => {
    for (const kind of ["product", "power"]) {
      expect(isUnknown(analyzeHomogeneity(config(kind, "cp")).regularizer)).toBe(true);
      expect(homogeneity(config(kind, "cp"))).toEqual({ mapping: null, regularizer: null });
      expect(homogeneity(config(kind, "cp"), { factors: 4 })).toEqual({ mapping: 4, regularizer: 4 });
    }
    expect(homogeneity(config("weight-decay", "cp"), { factors: 3 })).toEqual({ mapping: 3, regularizer: 2 });
  });

  it.each([
    ["[dense: 3, relu, dense]", "product", 2, 2],
    ["[dense: 3, relu, dense: 3, relu, dense]", "power", 3, 3],
    ["[dense: 3, relu, dense: 3, relu, dense]", "weight-decay", 3, 2],
    ["[dense: 3, {power: 2}, dense]", "product", 3, 2],
    // A bias on data is a row of its kernel; a later one is no factor that is charged.
    ["[dense: {units: 3, bias: true}, relu, dense]", "product", 2, 2],
    ["[dense: 3, relu, dense: {units: 1, bias: true}]", "product", null, 2],
    ["[dense: 3, relu, dense, softmax]", "product", null, 2],
  ])("of the layers %s with %s", (layers, regularizer, phi, g) => {
    expect(homogeneity(network(layers, regularizer))).toEqual({ mapping: phi, regularizer: g });
  });

  it("of a model file come from its layers", () => {
    const file = parse("data: {target: y.csv, input: x.csv}\nmapping: {kind: network, model: m.json}\nlambda: 1\n");
    expect(homogeneity(file)).toEqual({ mapping: null, regularizer: null });
    const graph = configGraph([
      { kind: "dense", units: 3, bias: false },
      { kind: "relu" },
      { kind: "dense", units: 1, bias: false },
    ]);
    expect(homogeneity(file, { graph })).toEqual({ mapping: 2, regularizer: 2 });
  });

  it("in each parameter alone, in the order of the layers", () => {
    const degrees = (layers: string) => {
      const { mapping } = network(layers);
      return "layers" in mapping ? factorDegreesOf(configGraph(mapping.layers)) : [];
    };
    expect(degrees("[dense: 3, relu, dense]")).toEqual([1, 1]);
    expect(degrees("[dense: 3, {power: 2}, dense: 3, {power: 3}, dense]")).toEqual([6, 3, 1]);
    expect(degrees("[dense: {units: 3, bias: true}, relu, dense: {units: 2, bias: true}]")).toEqual([null, null, null]);
    expect(degrees("[dense: 3, batchNorm, relu, dense]")).toEqual([0, null, null, 1]);
    expect(degrees("[dense: 3, tanh, dense]")).toEqual([null, 1]);
    expect(degrees("[dense: 3, relu, dense, sigmoid]")).toEqual([null, null]);
  });

  it("follow the algebra", () => {
    expect(product([degree(1), degree(2)])).toEqual(degree(3));
    expect(power(degree(2), 3)).toEqual(degree(6));
    expect(sum([degree(2), degree(2)], "x")).toEqual(degree(2));
    expect(sum([degree(2), degree(1)], "skip")).toEqual({ kind: "mixed", degrees: [1, 2], reason: "skip" });
    expect(product([sum([degree(2), degree(1)], "skip"), degree(1)])).toEqual({
      kind: "mixed",
      degrees: [2, 3],
      reason: "skip",
    });
    expect(sum([degree(1), none("tanh")], "x")).toEqual(none("tanh"));
    expect(power(none("tanh"), 2)).toEqual(none("tanh"));
  });

  it("of the kinds of regularizers are what scaling all factors shows", () => {
    const values: Readonly<Record<string, (norms: readonly number[]) => number>> = {
      product: (n) => n.reduce((a, b) => a * b, 1),
      power: (n) => n.reduce((all, x) => all + x ** n.length, 0) / n.length,
      "weight-decay": (n) => n.reduce((all, x) => all + x ** 2, 0) / 2,
      l1: (n) => n.reduce((a, b) => a + b, 0),
    };
    const norms = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(
        norms,
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        fc.constantFrom(...Object.keys(values)),
        (n, scale, kind) => {
          const p = homogeneity(config(kind, "cp"), { factors: n.length }).regularizer ?? Number.NaN;
          const [scaled, expected] = [values[kind](n.map((x) => scale * x)), scale ** p * values[kind](n)];
          expect(Math.abs(scaled - expected)).toBeLessThan(1e-12 * expected);
        },
      ),
    );
  });
});

describe("widths", () => {
  const bound = (regularizer: string, mapping: string, shape: readonly number[], factors = shape.length) =>
    branchBound(config(regularizer, mapping), { shape, factors });

  it.each([
    ["{kind: product}", 3],
    ["{kind: weight-decay}", 3],
    ["{norm: {l2: 2}}", 3],
    ["{norms: [l1, l2]}", 5],
    ["{norms: [l2, l1]}", 3],
    ["{norm: l1}", 3],
    ["{kind: l1}", 16],
    ["{norm: linf}", 16],
    ["{norms: [l2, {l2: 1, l1: 1}]}", 16],
    ["{norm: l2, constraint: nonnegative}", 16],
  ])("for a 5×3 target with %s", (regularizer, expected) => {
    expect(bound(regularizer, "matrix", [5, 3])).toBe(expected);
  });

  it("of other mappings", () => {
    expect(bound("product", "symmetric", [4, 4], 1)).toBe(4);
    expect(bound("{norm: l1}", "symmetric", [4, 4], 1)).toBe(11);
    expect(bound("product", "cp", [5, 3, 2])).toBe(31);
    expect(bound("product", "cp", [5, 3])).toBe(3);
    const facts = { shape: [10, 2], factors: 2 };
    expect(branchBound(network("[dense: 1, relu, dense]"), facts)).toBe(20);
    expect(branchBound(network("[dense: 4, relu, dense]"), facts)).toBe(21);
  });

  it("with sensing: by measurements or by the matrix, whichever is less", () => {
    const sensing = (regularizer: string, measurements: number) =>
      branchBound(
        parse(`data: {target: y.csv, sensing: a.npy}\nmapping: matrix\nlambda: 1\nregularizer: ${regularizer}\n`),
        { shape: [measurements], modelShape: [6, 4], factors: 2 },
      );
    expect(sensing("product", 100)).toBe(4);
    expect(sensing("product", 2)).toBe(3);
    expect(sensing("{norm: linf}", 100)).toBe(101);
  });
});
