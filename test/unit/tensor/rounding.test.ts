/** `error` against the same branch in exact arithmetic: 400 bits behind the point, of which float64 uses 53. */
import { describe, expect, it } from "vitest";
import type { LayerConfig } from "../../../engine/src/config/config.ts";
import { loadTensor } from "../../../engine/src/node/tensor.ts";
import type { NetworkData } from "../../../engine/src/problem/mapping/network-plan.ts";
import { fixed, float, times } from "../../support/exact.ts";
import { branchOf, dataOf, LAYER_CASES } from "../../support/tensor-cases.ts";

const tensor = await loadTensor();

const dense = (units: number | null, bias = false): LayerConfig => ({ kind: "dense", units, bias });
const DEEP: readonly LayerConfig[] = [
  dense(12, true),
  { kind: "leakyRelu", slope: 0.3 },
  dense(9),
  { kind: "power", exponent: 3 },
  { kind: "residual", layers: [dense(9), { kind: "relu" }] },
  dense(8, true),
  { kind: "abs" },
  { kind: "maxout", pieces: 2 },
  { kind: "power", exponent: 2 },
  dense(null),
];

/** A sample through dense layers and what stands between them, without rounding. */
function exactly(
  layers: readonly LayerConfig[],
  sample: readonly bigint[],
  next: () => readonly bigint[],
  units: number,
): readonly bigint[] {
  let isFirst = true;
  return layers.reduce((x, layer): readonly bigint[] => {
    switch (layer.kind) {
      case "dense": {
        const width = layer.units ?? units;
        const kernel = next();
        const withRow = x.concat(layer.bias && isFirst ? [fixed(1)] : []);
        const bias = layer.bias && !isFirst ? next() : [];
        isFirst = false;
        return Array.from({ length: width }, (_, j) =>
          withRow.reduce((sum, value, i) => sum + times(value, kernel[i * width + j]), bias[j] ?? 0n),
        );
      }
      case "relu":
        return x.map((value) => (value > 0n ? value : 0n));
      case "abs":
        return x.map((value) => (value > 0n ? value : -value));
      case "leakyRelu":
        return x.map((value) => (value > 0n ? value : times(value, fixed(layer.slope))));
      case "power":
        return x.map((value) =>
          Array.from({ length: layer.exponent - 1 }).reduce<bigint>((y) => times(y, value), value),
        );
      case "maxout":
        return Array.from({ length: x.length / layer.pieces }, (_, k) =>
          x.slice(k * layer.pieces, (k + 1) * layer.pieces).reduce((a, b) => (a > b ? a : b)),
        );
      case "residual": {
        const inner = exactly(layer.layers, x, next, units);
        return x.map((value, i) => value + inner[i]);
      }
      default:
        throw new Error(`no exact ${layer.kind}`);
    }
  }, sample);
}

/** ‖computed − exact‖ over all samples. */
function trueError(layers: readonly LayerConfig[], data: NetworkData, branch: readonly Float64Array[]): number {
  const computed = tensor.network(layers, data).forward(branch);
  const width = data.input.length / data.samples;
  let square = 0n;
  for (let n = 0; n < data.samples; n++) {
    let at = 0;
    const next = () => [...branch[at++]].map(fixed);
    const sample = [...data.input.subarray(n * width, (n + 1) * width)].map(fixed);
    for (const [j, value] of exactly(layers, sample, next, data.outputs).entries()) {
      const difference = fixed(computed[n * data.outputs + j]) - value;
      square += times(difference, difference);
    }
  }
  return Math.sqrt(float(square));
}

describe("the error of a branch", () => {
  it("is not below what rounding did, and not far above", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const data = dataOf([10], 3, seed);
      const program = tensor.network(DEEP, data);
      const branch = branchOf(program, 100 * seed, seed % 2 === 0 ? 0.4 : 1);
      const actual = trueError(DEEP, data, branch);
      const bound = program.error(branch);
      expect(bound, `seed ${seed}`).toBeGreaterThanOrEqual(actual);
      expect(bound, `seed ${seed}`).toBeLessThan(1e5 * actual);
    }
  });

  it("covers sums that cancel completely", () => {
    const data = { input: Float64Array.of(1, 1e16, -1e16, 3e-17), inputShape: [4], samples: 1, outputs: 1 };
    const layers = [dense(1), { kind: "relu" } as const, dense(null)];
    const branch = [Float64Array.of(1, 1, 1, 1), Float64Array.of(1)];
    const actual = trueError(layers, data, branch);
    expect(actual).toBeGreaterThan(0.5);
    expect(tensor.network(layers, data).error(branch)).toBeGreaterThanOrEqual(actual);
  });

  it("covers products that underflow", () => {
    const data = { input: Float64Array.of(1e-200), inputShape: [1], samples: 1, outputs: 1 };
    const layers = [dense(1), dense(null)];
    const branch = [Float64Array.of(1e-200), Float64Array.of(1e300)];
    const program = tensor.network(layers, data);
    expect([...program.forward(branch)]).toEqual([0]);
    // The product is 1e-100.
    expect(program.error(branch)).toBeGreaterThanOrEqual(1e-100);
  });

  it("is infinite where something overflows, maximum or not", () => {
    const data = { ...dataOf([4, 4, 1], 1), samples: 4 };
    const layers: readonly LayerConfig[] = [
      { kind: "conv2d", filters: 2, kernel: [1, 1], stride: [1, 1], padding: "valid", bias: false },
      { kind: "conv2d", filters: 1, kernel: [1, 1], stride: [1, 1], padding: "valid", bias: false },
      { kind: "maxPool2d", size: 2 },
      { kind: "flatten" },
      dense(null),
    ];
    const program = tensor.network(layers, data);
    const branch = [Float64Array.of(1e308, 1e308), Float64Array.of(1e308, -1e308), Float64Array.of(1, 1, 1, 1)];
    expect(program.error(branch)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each(Object.entries(LAYER_CASES))("is small beside the numbers themselves: %s", (_, { layers, inputShape }) => {
    const program = tensor.network(layers, dataOf(inputShape));
    const branch = branchOf(program);
    const size = Math.hypot(...program.forward(branch));
    const bound = program.error(branch);
    expect(bound).toBeGreaterThan(1e-17 * size);
    expect(bound).toBeLessThan(1e-11 * size);
  });

  it("covers convolutions and means", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const all = dataOf([5, 5, 1], 1, seed);
      const data = { ...all, input: all.input.subarray(0, 25), samples: 1 };
      const layers: readonly LayerConfig[] = [
        { kind: "conv2d", filters: 1, kernel: [2, 2], stride: [1, 1], padding: "valid", bias: true },
        { kind: "averagePool2d", size: 2 },
        { kind: "globalAveragePool2d" },
      ];
      const [k00, k01, k10, k11, bias] = branchOf(tensor.network(layers, data), seed)[0];
      const x = (i: number, j: number) => fixed(data.input[5 * i + j]);
      const conv = (i: number, j: number): bigint =>
        times(fixed(k00), x(i, j)) +
        times(fixed(k01), x(i, j + 1)) +
        times(fixed(k10), x(i + 1, j)) +
        times(fixed(k11), x(i + 1, j + 1)) +
        fixed(bias);
      const places = [0, 1, 2, 3];
      const mean = places.flatMap((i) => places.map((j) => conv(i, j))).reduce((a, b) => a + b) / 16n;
      const program = tensor.network(layers, data);
      const branch = [Float64Array.of(k00, k01, k10, k11, bias)];
      const actual = Math.abs(float(fixed(program.forward(branch)[0]) - mean));
      const bound = program.error(branch);
      expect(bound, `seed ${seed}`).toBeGreaterThanOrEqual(actual);
      expect(bound, `seed ${seed}`).toBeLessThan(1e-13);
    }
  });

  it("of a zero branch is next to nothing", () => {
    const data = dataOf([4]);
    const program = tensor.network([dense(5), { kind: "relu" }, dense(null)], data);
    expect(program.error(program.parameters.map(({ shape }) => new Float64Array(shape[0] * shape[1])))).toBeLessThan(
      1e-300,
    );
  });
});
