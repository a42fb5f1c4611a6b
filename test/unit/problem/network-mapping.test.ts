/** Branches of networks on kernels of our own: against exact arithmetic, differences, and TensorFlow-free definitions. */
import { describe, expect, it } from "vitest";
import type { LayerConfig } from "../../../engine/src/config/config.ts";
import { configGraph } from "../../../engine/src/homogeneity/config-layers.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { dot } from "../../../engine/src/linalg/vector.ts";
import type { Branch } from "../../../engine/src/problem/factors.ts";
import { factorsOf } from "../../../engine/src/problem/factors.ts";
import { denseProgram, hasOwnKernels, wholePower } from "../../../engine/src/problem/mapping/dense-program.ts";
import type { NetworkProgram } from "../../../engine/src/problem/mapping/mapping.ts";
import { sizesOf } from "../../../engine/src/problem/mapping/mapping.ts";
import { modelMapping, networkMapping } from "../../../engine/src/problem/mapping/network.ts";
import type { NetworkData } from "../../../engine/src/problem/mapping/network-plan.ts";
import { fixed, float, times } from "../../support/exact.ts";
import { runNaively } from "../../support/naive-network.ts";
import { dense, denseNetwork, exactForward, NEURON, planOf, RELU } from "../../support/networks.ts";

const LEAKY: LayerConfig = { kind: "leakyRelu", slope: -1.7 };
const ABS: LayerConfig = { kind: "abs" };
const CUBE: LayerConfig = { kind: "power", exponent: 3 };
const FLATTEN: LayerConfig = { kind: "flatten" };

const CHAINS: readonly (readonly LayerConfig[])[] = [
  NEURON,
  [dense(4, true), RELU, dense(null)],
  [dense(3), LEAKY, dense(2), ABS, dense(null)],
  [dense(3), { kind: "dropout", rate: 0.5 }, CUBE, dense(3), RELU, dense(null)],
  [RELU, dense(3, true), { kind: "leakyRelu", slope: 0.1 }, dense(null), { kind: "power", exponent: 2 }],
  [dense(null)],
];

function dataOf(normal: () => number, samples: number, features: number, outputs: number): NetworkData {
  return { input: Float64Array.from({ length: samples * features }, normal), inputShape: [features], samples, outputs };
}

function randomBranch(program: NetworkProgram, normal: () => number): Branch {
  return program.parameters.map(({ shape }) => Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, normal));
}

/** ‖fl(φ) − φ‖ as a float64, the difference taken exactly. */
function exactError(computed: Float64Array, exact: readonly bigint[]): number {
  let square = 0n;
  for (const [k, x] of exact.entries())
    square += times((fixed(computed[k]) - x) << 200n, (fixed(computed[k]) - x) << 200n);
  return Math.sqrt(float(square)) / 2 ** 200;
}

describe("denseProgram", () => {
  it("is within its own error bound of exact arithmetic, and close to it", () => {
    const normal = normalStream(1);
    for (const layers of CHAINS) {
      for (let trial = 0; trial < 6; trial++) {
        const data = dataOf(normal, 1 + trial, 3, 2);
        const program = denseProgram(layers, data);
        const branch = randomBranch(program, normal);
        const output = program.forward(branch);
        const exact = exactForward(layers, data, branch);
        const error = exactError(output, exact);
        const bound = program.error(branch);
        expect(error).toBeLessThanOrEqual(bound);
        expect(bound).toBeLessThan(1e-12 * (1 + Math.hypot(...branch.map((slice) => Math.hypot(...slice))) ** 12));
        for (const [k, x] of exact.entries()) expect(output[k]).toBeCloseTo(float(x), 8);
      }
    }
  });

  it("has gradients that differences confirm", () => {
    const normal = normalStream(2);
    for (const layers of CHAINS) {
      const data = dataOf(normal, 7, 4, 2);
      const program = denseProgram(layers, data);
      const branch = randomBranch(program, normal);
      const w = Float64Array.from({ length: 14 }, normal);
      const gradients = program.backward(branch, w);
      const scale = Math.max(...gradients.map((gradient) => Math.max(...gradient.map(Math.abs))));
      for (const [k, slice] of branch.entries()) {
        for (let i = 0; i < slice.length; i++) {
          const at = (shift: number) => {
            const moved = branch.map((other, j) => (j === k ? other.with(i, other[i] + shift) : other));
            return dot(w, program.forward(moved));
          };
          const h = 1e-5;
          const difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
          expect(Math.abs(gradients[k][i] - difference)).toBeLessThan(1e-7 * scale);
        }
      }
    }
  });

  it("bounds the error of tiny and huge weights, and of products that underflow", () => {
    const normal = normalStream(3);
    const layers = [dense(3), RELU, dense(3), RELU, dense(null)];
    for (const scale of [1e-25, 1e25]) {
      const data = dataOf(normal, 4, 3, 2);
      const program = denseProgram(layers, data);
      const branch = randomBranch(program, normal).map((slice) => slice.map((x) => x * scale));
      const error = exactError(program.forward(branch), exactForward(layers, data, branch));
      expect(error).toBeLessThanOrEqual(program.error(branch));
      expect(program.error(branch)).toBeLessThan(1e-12 * scale ** 3);
    }
    const data = { input: Float64Array.of(1e-200), inputShape: [1], samples: 1, outputs: 1 };
    const vanishing = denseProgram(NEURON, data);
    const branch = [Float64Array.of(1e-200), Float64Array.of(1e200)];
    expect(vanishing.forward(branch)[0]).toBe(0);
    expect(vanishing.error(branch)).toBeGreaterThan(1e-200);
    expect(vanishing.error([new Float64Array(1), branch[1]])).toBe(0);
  });

  it("answers nothing for numbers that overflow", () => {
    const data = { input: Float64Array.of(1e200, 0), inputShape: [2], samples: 1, outputs: 1 };
    const branch = [Float64Array.of(1e200, 1), Float64Array.of(1)];
    expect(denseProgram(NEURON, data).error(branch)).toBe(Number.POSITIVE_INFINITY);
    expect(denseProgram(NEURON, data).forward([Float64Array.of(Number.NaN, 1), Float64Array.of(1)])[0]).toBeNaN();
  });

  it("knows which layers it has kernels for", () => {
    expect(CHAINS.every(hasOwnKernels)).toBe(true);
    expect(hasOwnKernels([dense(3), RELU, dense(null, true)])).toBe(false);
    expect(hasOwnKernels([dense(3), { kind: "tanh" }, dense(null)])).toBe(false);
    expect(hasOwnKernels([{ kind: "residual", layers: [dense(3)] }])).toBe(false);
  });

  it("takes images as rows behind flatten", () => {
    const normal = normalStream(4);
    const input = Float64Array.from({ length: 24 }, normal);
    const image = { input, inputShape: [2, 2, 3], samples: 2, outputs: 1 };
    const flat = { ...image, inputShape: [12] };
    const branch = [Float64Array.from({ length: 12 }, normal), Float64Array.of(2)];
    const expected = denseProgram(NEURON, flat).forward(branch);
    expect(denseProgram([FLATTEN, ...NEURON], image).forward(branch)).toEqual(expected);
  });

  it("raises to whole powers", () => {
    for (let k = 0; k < 20; k++) expect(wholePower(-1.5, k)).toBe((-1.5) ** k);
  });
});

describe("networkMapping", () => {
  it("adds branches at the observed entries, and its gradient is the adjoint", () => {
    const normal = normalStream(5);
    const data = dataOf(normal, 6, 3, 2);
    const layers = [dense(2), RELU, dense(null)];
    const mapping = denseNetwork(layers, data, (k) => k % 5 !== 2);
    const branches = Array.from({ length: 3 }, () => randomBranch(mapping.program, normal));
    const factors = factorsOf(branches, sizesOf(mapping), 3);
    const x = new Float64Array(mapping.entries.value.length);
    mapping.predictInto(x, factors);
    const exact = branches.map((branch) => exactForward(layers, data, branch));
    const seen = [...Array(12).keys()].filter((k) => k % 5 !== 2);
    const sum = seen.map((k) => exact.reduce((all, one) => all + one[k], 0n));
    expect(exactError(x, sum)).toBeLessThanOrEqual(mapping.predictionError(factors));
    expect(mapping.predictionError(factors)).toBeLessThan(1e-12);
    const w = x.map(normal);
    const out = factors.values.map((value) => new Float64Array(value.length));
    mapping.correlateInto(out, w, factors);
    // Euler: φ is linear in W₂, and of degree one in W₁.
    for (const k of [0, 1]) expect(dot(out[k], factors.values[k])).toBeCloseTo(dot(w, x), 10);
    expect(mapping.predictionError(factorsOf([], sizesOf(mapping), 2))).toBe(0);
  });

  it("knows degrees, symbols and neurons", () => {
    const normal = normalStream(6);
    const data = dataOf(normal, 5, 3, 2);
    const facts = (layers: readonly LayerConfig[]) => {
      const { degree, separable, neuron, factors } = denseNetwork(layers, data);
      return { degree, separable, neuron, degrees: factors.map((factor) => factor.degree) };
    };
    expect(facts(NEURON)).toEqual({ degree: 2, separable: true, neuron: true, degrees: [1, 1] });
    expect(facts([dense(1, true), RELU, dense(null)])).toMatchObject({ degree: 2, neuron: true, degrees: [1, 1] });
    expect(facts([dense(2), RELU, dense(null)])).toMatchObject({ neuron: false, degrees: [1, 1] });
    expect(facts([dense(1), ABS, dense(null)]).neuron).toBe(false);
    expect(facts([dense(2), CUBE, dense(2), RELU, dense(null)])).toMatchObject({ degree: 5, degrees: [3, 1, 1] });
    expect(denseNetwork(NEURON, data).factors).toMatchObject([
      { symbol: "W₁", shape: [3, 1], size: 3, regularized: true },
      { symbol: "W₂", shape: [1, 2], size: 2, regularized: true },
    ]);
    expect(denseNetwork([dense(1, true), RELU, dense(null)], data).input.subarray(0, 4)).toEqual(
      Float64Array.of(...data.input.subarray(0, 3), 1),
    );
  });

  it("has no degree and no gain outside the theory", () => {
    const normal = normalStream(7);
    const data = dataOf(normal, 5, 3, 2);
    for (const layers of [
      [dense(2), { kind: "tanh" }, dense(null)],
      [dense(2), RELU, dense(null, true)],
      [dense(2), { kind: "residual", layers: [dense(2)] }, dense(null)],
      [dense(2), RELU, dense(null), { kind: "softmax" }],
    ] as readonly (readonly LayerConfig[])[]) {
      const mapping = naiveNetwork(layers, data);
      expect(mapping.degree).toBeNull();
      expect(mapping.separable).toBe(false);
      expect(mapping.gain).toBe(Number.POSITIVE_INFINITY);
    }
    const late = naiveNetwork([dense(2), RELU, dense(null, true)], data);
    expect(late.factors.map(({ symbol, regularized }) => [symbol, regularized])).toEqual([
      ["W₁", true],
      ["W₂", true],
      ["b₂", false],
    ]);
  });

  it("takes the degrees of a model file from its graph, by name", () => {
    const normal = normalStream(8);
    const data = dataOf(normal, 5, 3, 2);
    const graph = configGraph([dense(4), RELU, dense(2)]);
    const names = graph.parameters.map(({ id }) => id);
    const base = denseProgram([dense(4), RELU, dense(2)], data);
    const made = (program: typeof base) => ({ program, errorIsProven: true });
    const parameters = base.parameters.map((parameter, k) => ({ ...parameter, name: names[k] }));
    const entries = observedEntries(new Float64Array(10), 5, 2, () => true);
    const known = modelMapping(entries, made({ ...base, parameters }), data, graph);
    expect(known).toMatchObject({ degree: 2, separable: true, gain: Number.POSITIVE_INFINITY });
    expect(modelMapping(entries, made(base), data, graph)).toMatchObject({ degree: 2, separable: false });
    expect(modelMapping(entries, made(base), data)).toMatchObject({ degree: null, separable: false });
  });
});

describe("the gain of a network", () => {
  it("is never exceeded, by 10,000 random branches of every kind", () => {
    const normal = normalStream(9);
    const image: NetworkData = {
      input: Float64Array.from({ length: 96 }, normal),
      inputShape: [4, 4, 2],
      samples: 3,
      outputs: 2,
    };
    const conv = (more: object): LayerConfig =>
      ({
        kind: "conv2d",
        filters: 2,
        kernel: [3, 2],
        stride: [1, 1],
        padding: "same",
        bias: false,
        ...more,
      }) as LayerConfig;
    const table = dataOf(normal, 6, 3, 2);
    const settings: readonly (readonly [readonly LayerConfig[], NetworkData])[] = [
      ...CHAINS.map((layers) => [layers, table] as const),
      [[dense(4), { kind: "maxout", pieces: 2 }, dense(null)], table],
      [[dense(3), RELU, { kind: "residual", layers: [LEAKY] }, dense(null)], table],
      [[conv({}), RELU, { kind: "maxPool2d", size: 2 }, FLATTEN, dense(null)], image],
      [[conv({ bias: true, stride: [2, 1] }), ABS, { kind: "averagePool2d", size: 2 }, FLATTEN, dense(null)], image],
      [[conv({}), RELU, conv({ stride: [2, 2], padding: "valid" }), { kind: "globalAveragePool2d" }], image],
      [[{ kind: "averagePool2d", size: 2 }, conv({ kernel: [2, 2] }), CUBE, FLATTEN, dense(null)], image],
    ];
    for (const [layers, data] of settings) {
      const mapping = naiveNetwork(layers, data);
      expect(mapping.gain).toBeLessThan(Number.POSITIVE_INFINITY);
      let worst = 0;
      for (let trial = 0; trial < 850; trial++) {
        // Of one sign, concentrated and spread out alike: where norms are met.
        const shape = (x: number) => (trial % 3 === 0 ? Math.abs(x) : trial % 3 === 1 ? x ** 5 : x);
        const branch = randomBranch(mapping.program, () => shape(normal()));
        const sizes = branch.map((slice, k) => Math.hypot(...slice) ** (mapping.factors[k].degree ?? 1));
        const reached = Math.hypot(...mapping.program.forward(branch)) / sizes.reduce((a, b) => a * b, 1);
        worst = Math.max(worst, reached / mapping.gain);
      }
      expect(worst).toBeLessThanOrEqual(1);
      expect(worst).toBeGreaterThan(1e-3);
    }
  });

  it("is met by the first singular vector of the data", () => {
    const data = { input: Float64Array.of(3, 0, 0, 1), inputShape: [2], samples: 2, outputs: 1 };
    expect(denseNetwork([dense(null)], data).gain).toBeCloseTo(3, 12);
    expect(denseNetwork([dense(null)], data).gain).toBeGreaterThanOrEqual(3);
  });
});

/** A network on the naive layers of the tests. */
function naiveNetwork(layers: readonly LayerConfig[], data: NetworkData) {
  const { samples, outputs, input, inputShape } = data;
  const plan = planOf(layers, data);
  const width = input.length / samples;
  const batch = Array.from({ length: samples }, (_, n) => ({
    shape: inputShape,
    data: [...input.subarray(n * width, (n + 1) * width)],
  }));
  const program: NetworkProgram = {
    parameters: plan.parameters,
    samples,
    outputs,
    forward(branch) {
      const numbers = branch.flatMap((slice) => [...slice]);
      let at = 0;
      const take = (count: number) => {
        at += count;
        return numbers.slice(at - count, at);
      };
      return Float64Array.from(runNaively(layers, batch, take, outputs));
    },
    backward: () => [],
    error: () => Number.POSITIVE_INFINITY,
  };
  const entries = observedEntries(new Float64Array(samples * outputs), samples, outputs, () => true);
  return networkMapping(entries, program, plan, layers, data);
}
