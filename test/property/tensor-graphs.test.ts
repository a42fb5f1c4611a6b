/** Random layer graphs on TensorFlow.js: values by definition, gradients by differences, no tensor left. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LayerConfig } from "../../engine/src/config/config.ts";
import { loadTensor } from "../../engine/src/node/tensor.ts";
import { planNetwork, sizeOf } from "../../engine/src/problem/mapping/network-plan.ts";
import { runNaively, takeFrom } from "../support/naive-network.ts";
import { branchOf, dataOf, gradientError } from "../support/tensor-cases.ts";

const tensor = await loadTensor();

const size = fc.integer({ min: 1, max: 3 });
const pair = fc.tuple(size, size);
const conv: fc.Arbitrary<LayerConfig> = fc.record({
  kind: fc.constant("conv2d" as const),
  filters: fc.constantFrom(2, 4),
  kernel: pair,
  stride: pair,
  padding: fc.constantFrom("valid" as const, "same" as const),
  bias: fc.boolean(),
});
/** Keeps the shape: for residual blocks. */
const even: fc.Arbitrary<LayerConfig> = fc.constantFrom<LayerConfig>(
  { kind: "relu" },
  { kind: "abs" },
  { kind: "leakyRelu", slope: 0.2 },
  { kind: "power", exponent: 2 },
  { kind: "tanh" },
  { kind: "sigmoid" },
  { kind: "softplus" },
  { kind: "elu" },
  { kind: "silu" },
  { kind: "dropout", rate: 0.2 },
  { kind: "batchNorm", epsilon: 0.1 },
);
const residual: fc.Arbitrary<LayerConfig> = fc.record({
  kind: fc.constant("residual" as const),
  layers: fc.array(even, { minLength: 1, maxLength: 3 }),
});
const pooling = fc.constantFrom<LayerConfig>({ kind: "maxPool2d", size: 2 }, { kind: "averagePool2d", size: 2 });
const maxout = fc.constant<LayerConfig>({ kind: "maxout", pieces: 2 });
const dense: fc.Arbitrary<LayerConfig> = fc.record({
  kind: fc.constant("dense" as const),
  units: fc.constantFrom(2, 4),
  bias: fc.boolean(),
});
const softmax = fc.constant<LayerConfig>({ kind: "softmax" });
const images = fc.array(fc.oneof(conv, even, residual, pooling, maxout), { maxLength: 4 });
const rows = fc.array(fc.oneof(dense, even, residual, maxout, softmax), { maxLength: 3 });
const bridge = fc.constantFrom<LayerConfig>({ kind: "flatten" }, { kind: "globalAveragePool2d" });

const graph = fc
  .tuple(conv, images, bridge, rows, fc.boolean())
  .map(([first, some, between, more, bias]): readonly LayerConfig[] => [
    first,
    ...some,
    between,
    ...more,
    { kind: "dense", units: null, bias },
  ])
  .filter((layers) => planNetwork(layers, { inputShape: [6, 5, 2], outputs: 2 }).ok);

describe("random layer graphs", () => {
  it("compute what their layers are defined as", () => {
    fc.assert(
      fc.property(graph, fc.integer({ min: 1, max: 1e6 }), (layers, seed) => {
        const data = dataOf([6, 5, 2], 2, seed);
        const program = tensor.network(layers, data);
        const branch = branchOf(program, seed, 0.4);
        const samples = Array.from({ length: data.samples }, (_, n) => ({
          shape: data.inputShape,
          data: [...data.input.subarray(n * 60, (n + 1) * 60)],
        }));
        const expected = runNaively(layers, samples, takeFrom(branch.flatMap((slice) => [...slice])), 2);
        const largest = Math.max(1, ...expected.map(Math.abs));
        const difference = program.forward(branch).map((x, i) => Math.abs(x - expected[i]));
        expect(Math.max(...difference)).toBeLessThan(1e-11 * largest);
        expect(program.error(branch)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 150 },
    );
  });

  it("have the gradients that differences show, and leave no tensor behind", () => {
    fc.assert(
      fc.property(graph, fc.integer({ min: 1, max: 1e6 }), (layers, seed) => {
        const program = tensor.network(layers, dataOf([6, 5, 2], 2, seed));
        expect(program.parameters.every(({ shape }) => sizeOf(shape) > 0)).toBe(true);
        expect(gradientError(program, branchOf(program, seed, 0.3), 3)).toBeLessThan(1e-7);
        expect(tensor.liveTensors()).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
