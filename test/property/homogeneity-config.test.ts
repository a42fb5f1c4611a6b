/**
 * Degrees of what a config can say, against numbers: networks run by an executor that shares nothing with the engine, regularizers by
 * evaluating their tree. Where no degree is claimed, none fits.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LayerConfig, RegularizerExpression } from "../../engine/src/config/config.ts";
import { parseConfig } from "../../engine/src/config/parse.ts";
import { analyzeHomogeneity, factorDegreesOf } from "../../engine/src/homogeneity/config-degrees.ts";
import { configGraph } from "../../engine/src/homogeneity/config-layers.ts";
import type { Homogeneity } from "../../engine/src/homogeneity/degree.ts";
import { runNaively, type Sample, takeFrom } from "../support/naive-network.ts";

const dense = (units: number | null = null, bias = false): LayerConfig => ({ kind: "dense", units, bias });
const conv = (filters: number, more: Partial<Extract<LayerConfig, { kind: "conv2d" }>> = {}): LayerConfig => ({
  kind: "conv2d",
  filters,
  kernel: [2, 2],
  stride: [1, 1],
  padding: "valid",
  bias: false,
  ...more,
});
const relu: LayerConfig = { kind: "relu" };
const norm = (epsilon: number): LayerConfig => ({ kind: "batchNorm", epsilon });
const residual = (...layers: LayerConfig[]): LayerConfig => ({ kind: "residual", layers });

function claimOf(layers: readonly LayerConfig[]): Homogeneity {
  const parsed = parseConfig(
    "data: {target: y.csv, input: x.csv}\nmapping: {kind: network, layers: [dense]}\nlambda: 1\n",
    {
      fileName: "a.yaml",
    },
  );
  if (parsed.config === undefined) throw new Error(parsed.findings[0]?.message);
  return analyzeHomogeneity({ ...parsed.config, mapping: { kind: "network", layers } }).mapping;
}

/** Multiples of 1/16, so that no product underflows; a constant batch has no normalization. */
const sixteenths = fc.integer({ min: -32, max: 32 }).map((value) => value / 16);
const flat = fc.array(fc.array(sixteenths, { minLength: 4, maxLength: 4 }), { minLength: 5, maxLength: 5 });
const images = fc.array(fc.array(sixteenths, { minLength: 32, maxLength: 32 }), { minLength: 4, maxLength: 4 });
const weights = fc.array(sixteenths, { minLength: 211, maxLength: 211 });
const scale = fc.constantFrom(0.25, 0.5, 2, 3);

const samplesOf = (rows: readonly (readonly number[])[]): readonly Sample[] =>
  rows.map((data) => ({ shape: data.length === 32 ? [4, 4, 2] : [4], data }));

const times = (numbers: readonly number[], by: number) => numbers.map((value) => by * value);

/** Close relative to the largest number; sums of differences lose more where a normalization divides by little. */
function close(a: readonly number[], b: readonly number[]): boolean {
  const size = Math.max(1e-9, ...a.map(Math.abs), ...b.map(Math.abs));
  return a.every((value, i) => Math.abs(value - b[i]) <= 1e-7 * size);
}

const FLAT: readonly [string, LayerConfig[], number][] = [
  ["linear", [dense()], 1],
  ["two-layer relu", [dense(3), relu, dense()], 2],
  ["bias on the data", [dense(3, true), relu, dense()], 2],
  ["three layers", [dense(3), relu, dense(3), { kind: "leakyRelu", slope: 0.2 }, dense()], 3],
  ["squares", [dense(3), { kind: "power", exponent: 2 }, dense()], 3],
  ["cubes of abs", [dense(3), { kind: "abs" }, { kind: "power", exponent: 3 }, dense()], 4],
  ["maxout and dropout", [dense(6), { kind: "maxout", pieces: 2 }, { kind: "dropout", rate: 0.5 }, dense()], 2],
  ["tanh of the data", [{ kind: "tanh" }, dense(3), relu, dense()], 2],
  ["residual of the data", [residual({ kind: "abs" }), dense(3), relu, dense()], 2],
  ["residual without weights", [dense(3), residual(relu), dense()], 2],
  ["batch norm, epsilon 0", [dense(3), norm(0), relu, dense()], 2],
  ["bias before batch norm", [dense(3), relu, dense(3, true), norm(0), relu, dense()], 2],
];

const IMAGES: readonly [string, LayerConfig[], number][] = [
  ["convolution", [conv(2), relu, { kind: "flatten" }, dense()], 2],
  ["same padding and strides", [conv(2, { padding: "same", stride: [2, 2] }), { kind: "flatten" }, dense()], 2],
  ["pooling", [conv(2, { padding: "same" }), { kind: "maxPool2d", size: 2 }, { kind: "flatten" }, dense()], 2],
  [
    "average pooling",
    [conv(2, { padding: "same" }), { kind: "averagePool2d", size: 2 }, conv(2), { kind: "flatten" }, dense()],
    3,
  ],
  ["global pooling", [conv(3, { bias: true }), { kind: "abs" }, { kind: "globalAveragePool2d" }, dense()], 2],
];

const BROKEN: readonly [string, LayerConfig[]][] = [
  ["a later bias", [dense(3), relu, dense(3, true), relu, dense()]],
  ["the bias of the output", [dense(3), relu, dense(null, true)]],
  ["a residual around weights", [dense(3), residual(dense(3), relu), dense()]],
  ["a residual of the data around weights", [residual(dense(4)), relu, dense()]],
  ["sigmoid", [dense(3), { kind: "sigmoid" }, dense()]],
  ["tanh", [dense(3), { kind: "tanh" }, dense()]],
  ["gelu", [dense(3), { kind: "gelu" }, dense()]],
  ["softplus", [dense(3), { kind: "softplus" }, dense()]],
  ["elu", [dense(3), { kind: "elu" }, dense()]],
  ["silu", [dense(3), { kind: "silu" }, dense()]],
  ["a final softmax", [dense(3), relu, dense(), { kind: "softmax" }]],
  ["a final sigmoid", [dense(3), relu, dense(), { kind: "sigmoid" }]],
];

/** Neither zero nor lost in a division by next to nothing. */
const isTame = (value: readonly number[]): boolean => value.every((x) => Number.isFinite(x) && Math.abs(x) < 1e6);

describe("the degree claimed for layers of a config, numerically", () => {
  it.each([...FLAT, ...IMAGES])("%s", (_, layers, expected) => {
    expect(claimOf(layers)).toEqual({ kind: "degree", degree: expected });
    let seen = 0;
    const isImage = IMAGES.some(([, own]) => own === layers);
    fc.assert(
      fc.property(isImage ? images : flat, weights, scale, (rows, parameters, alpha) => {
        const run = (by: number) => runNaively(layers, samplesOf(rows), takeFrom(times(parameters, by)));
        const value = run(1);
        fc.pre(isTame(value));
        expect(close(run(alpha), times(value, alpha ** expected))).toBe(true);
        if (value.some((x) => Math.abs(x) > 1e-6)) seen++;
      }),
      { numRuns: 60 },
    );
    expect(seen).toBeGreaterThan(20);
  });

  it.each(BROKEN)("%s has none, and none fits", (_, layers) => {
    expect(claimOf(layers).kind).not.toBe("degree");
    const fits = new Set([0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6]);
    fc.assert(
      fc.property(flat, weights, scale, (rows, parameters, alpha) => {
        const run = (by: number) => runNaively(layers, samplesOf(rows), takeFrom(times(parameters, by)));
        const value = run(1);
        for (const p of fits) if (!close(run(alpha), times(value, alpha ** p))) fits.delete(p);
      }),
      { numRuns: 60 },
    );
    expect([...fits]).toEqual([]);
  });

  it("random stacks keep what is claimed, and each parameter alone its own degree", () => {
    const middle = fc.oneof(
      ...[relu, { kind: "abs" } as const, { kind: "tanh" } as const, residual(relu), residual(dense(4))].map((layer) =>
        fc.constant<LayerConfig>(layer),
      ),
      fc.constantFrom<LayerConfig>({ kind: "leakyRelu", slope: -0.5 }, { kind: "power", exponent: 2 }),
      fc.boolean().map((bias) => dense(4, bias)),
    );
    const stacks = fc.array(middle, { maxLength: 4 }).map((layers) => [...layers, dense()]);
    let claims = 0;
    fc.assert(
      fc.property(stacks, flat, weights, scale, fc.nat(9), (layers, rows, parameters, alpha, pick) => {
        const claim = claimOf(layers);
        if (claim.kind !== "degree") return;
        const samples = samplesOf(rows);
        const take = takeFrom(parameters);
        const value = runNaively(layers, samples, take);
        fc.pre(isTame(value));
        claims++;
        const scaled = runNaively(layers, samples, takeFrom(times(parameters, alpha)));
        expect(close(scaled, times(value, alpha ** claim.degree))).toBe(true);

        const sizes = sizesOf(layers);
        const degrees = factorDegreesOf(configGraph(layers));
        expect(degrees).toHaveLength(sizes.length);
        const factor = pick % sizes.length;
        const degree = degrees[factor];
        if (degree === null) return;
        const start = sizes.slice(0, factor).reduce((a, b) => a + b, 0);
        const used = parameters.map((w, i) => (i >= start && i < start + sizes[factor] ? alpha * w : w));
        // Parameters repeat after the last: the law is about those that are used once.
        if (take.used() > parameters.length) return;
        expect(close(runNaively(layers, samples, takeFrom(used)), times(value, alpha ** degree))).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(claims).toBeGreaterThan(100);
  });
});

/** Numbers in each parameter of a stack on 4 inputs; a bias on data counts with its kernel. */
function sizesOf(layers: readonly LayerConfig[]): number[] {
  const sizes: number[] = [];
  let first = true;
  const visit = (all: readonly LayerConfig[]): void => {
    for (const layer of all) {
      if (layer.kind === "residual") visit(layer.layers);
      if (layer.kind !== "dense") continue;
      const units = layer.units ?? 2;
      if (layer.bias && first) sizes.push(4 * units + units);
      else sizes.push(4 * units, ...(layer.bias ? [units] : []));
      first = false;
    }
  };
  visit(layers);
  return sizes;
}

describe("the degree claimed for a custom regularizer, numerically", () => {
  const { tree } = fc.letrec<{ tree: RegularizerExpression }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.record({ norm: fc.constantFrom("l1" as const, "l2" as const), factor: fc.nat(2) }),
      fc.record({ sum: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }) }),
      fc.record({ product: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }) }),
      fc.record({ power: tie("tree"), exponent: fc.constantFrom(0.5, 1, 2) }),
      fc.record({ scale: fc.constantFrom(0.5, 2), of: tie("tree") }),
    ),
  }));
  const value = (expression: RegularizerExpression, norms: readonly number[]): number => {
    // The two norms of one factor differ.
    if ("norm" in expression) return norms[expression.factor] * (expression.norm === "l1" ? 1.5 : 1);
    if ("sum" in expression) return expression.sum.reduce((all, child) => all + value(child, norms), 0);
    if ("product" in expression) return expression.product.reduce((all, child) => all * value(child, norms), 1);
    if ("power" in expression) return value(expression.power, norms) ** expression.exponent;
    return expression.scale * value(expression.of, norms);
  };

  it("holds, and a mixed one has none", () => {
    const parsed = parseConfig("data: {target: y.csv}\nmapping: matrix\nlambda: 1\n", { fileName: "a.yaml" });
    const { config } = parsed;
    if (config === undefined) throw new Error("no config");
    const kinds = { degree: 0, mixed: 0, none: 0 };
    fc.assert(
      fc.property(
        tree,
        fc.array(fc.double({ min: 0.1, max: 4, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (expression, norms) => {
          const regularizer = { ...config.regularizer, kind: "custom" as const, expression };
          const claim = analyzeHomogeneity({ ...config, regularizer }).regularizer;
          kinds[claim.kind]++;
          const at = (alpha: number) =>
            value(
              expression,
              norms.map((n) => alpha * n),
            );
          if (claim.kind === "degree") {
            expect(Math.abs(Math.log(at(2) / at(1)) - claim.degree * Math.log(2))).toBeLessThan(1e-9);
          } else {
            const [low, high] = [Math.log2(at(2 ** -8) / at(2 ** -9)), Math.log2(at(2 ** 9) / at(2 ** 8))];
            expect(high - low).toBeGreaterThan(1e-6);
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(kinds.degree).toBeGreaterThan(50);
    expect(kinds.mixed).toBeGreaterThan(20);
  });
});
