/** Small branches for TensorFlow.js: every layer once, with numbers that are fixed and nowhere near a kink. */
import type { LayerConfig } from "../../engine/src/config/config.ts";
import { normalStream } from "../../engine/src/linalg/random.ts";
import type { NetworkProgram } from "../../engine/src/problem/mapping/mapping.ts";
import { type NetworkData, sizeOf } from "../../engine/src/problem/mapping/network-plan.ts";

const conv = (filters: number, more: Partial<Extract<LayerConfig, { kind: "conv2d" }>> = {}): LayerConfig => ({
  kind: "conv2d",
  filters,
  kernel: [3, 2],
  stride: [1, 1],
  padding: "valid",
  bias: false,
  ...more,
});
const dense = (units: number | null, bias = false): LayerConfig => ({ kind: "dense", units, bias });
const last = dense(null);

interface Case {
  readonly layers: readonly LayerConfig[];
  readonly inputShape: readonly number[];
  /** Outside of the theory: the error bound is not proven there. */
  readonly outside?: true;
}

const flat = (...middle: LayerConfig[]): Case => ({ layers: [dense(6), ...middle, last], inputShape: [4] });
const image = (...layers: LayerConfig[]): Case => ({
  layers: [...layers, { kind: "flatten" }, last],
  inputShape: [7, 6, 2],
});

export const LAYER_CASES: Readonly<Record<string, Case>> = {
  "a first bias": { layers: [dense(6, true), { kind: "relu" }, last], inputShape: [4] },
  "a later bias": {
    layers: [dense(6), { kind: "relu" }, dense(5, true), { kind: "relu" }, dense(null, true)],
    inputShape: [4],
  },
  conv2d: image(conv(4)),
  "conv2d with a first bias": image(conv(4, { bias: true, padding: "same" }), { kind: "relu" }),
  "conv2d with a later bias": image(conv(3), conv(4, { bias: true })),
  "conv2d with strides, same": image(conv(3, { stride: [2, 3], padding: "same" })),
  "conv2d with strides, valid": image(conv(3, { stride: [2, 3] })),
  relu: flat({ kind: "relu" }),
  abs: flat({ kind: "abs" }),
  "leaky relu": flat({ kind: "leakyRelu", slope: 0.3 }),
  "leaky relu, steep": flat({ kind: "leakyRelu", slope: -2.5 }),
  "power 2": flat({ kind: "power", exponent: 2 }),
  "power 3": flat({ kind: "power", exponent: 3 }),
  "power 1.5 of abs": { ...flat({ kind: "abs" }, { kind: "power", exponent: 1.5 }), outside: true },
  maxout: flat({ kind: "maxout", pieces: 3 }),
  "maxout of images": image(conv(4), { kind: "maxout", pieces: 2 }),
  maxPool2d: image(conv(3), { kind: "maxPool2d", size: 2 }),
  averagePool2d: image(conv(3), { kind: "averagePool2d", size: 2 }),
  globalAveragePool2d: { layers: [conv(5), { kind: "globalAveragePool2d" }, last], inputShape: [7, 6, 2] },
  dropout: flat({ kind: "dropout", rate: 0.5 }),
  residual: flat({ kind: "residual", layers: [dense(6), { kind: "relu" }, dense(6, true)] }),
  "residual of images": image(conv(3), {
    kind: "residual",
    layers: [
      conv(3, { padding: "same" }),
      { kind: "relu" },
      { kind: "residual", layers: [conv(3, { padding: "same" })] },
    ],
  }),
  batchNorm: { ...flat({ kind: "batchNorm", epsilon: 1e-3 }), outside: true },
  "batchNorm of images": { ...image(conv(3), { kind: "batchNorm", epsilon: 1e-5 }, { kind: "relu" }), outside: true },
  sigmoid: { ...flat({ kind: "sigmoid" }), outside: true },
  tanh: { ...flat({ kind: "tanh" }), outside: true },
  gelu: { ...flat({ kind: "gelu" }), outside: true },
  softplus: { ...flat({ kind: "softplus" }), outside: true },
  elu: { ...flat({ kind: "elu" }), outside: true },
  silu: { ...flat({ kind: "silu" }), outside: true },
  softmax: { ...flat({ kind: "softmax" }), outside: true },
};

export function dataOf(inputShape: readonly number[], outputs = 2, seed = 5): NetworkData {
  const samples = 4;
  return { input: numbers(samples * sizeOf(inputShape), seed), inputShape, samples, outputs };
}

/** Standard normal numbers times `scale`. */
export function numbers(count: number, seed: number, scale = 1): Float64Array {
  const next = normalStream(seed);
  return Float64Array.from({ length: count }, () => scale * next());
}

export function branchOf({ parameters }: NetworkProgram, seed = 11, scale = 0.6): Float64Array[] {
  return parameters.map(({ shape }, k) => numbers(sizeOf(shape), seed + k, scale));
}

/**
 * The largest difference between the gradient of ⟨w, φ⟩ and its differences (8(f(h) − f(−h)) − (f(2h) − f(−2h)))/12h, relative to
 * the largest entry of the gradient, for the first `most` entries of every parameter. A smaller h where the larger one steps over a kink.
 */
export function gradientError(program: NetworkProgram, branch: readonly Float64Array[], most = 40): number {
  const w = numbers(program.samples * program.outputs, 3);
  const gradient = program.backward(branch, w);
  const value = (k: number, i: number, step: number): number => {
    const moved = branch.map((slice, at) => (at === k ? slice.with(i, slice[i] + step) : slice));
    return program.forward(moved).reduce((sum, x, n) => sum + x * w[n], 0);
  };
  const size = Math.max(...gradient.flatMap((slice) => [...slice].map(Math.abs)));
  const errorAt = (k: number, i: number, h: number): number => {
    const near = value(k, i, h) - value(k, i, -h);
    const far = value(k, i, 2 * h) - value(k, i, -2 * h);
    return Math.abs((8 * near - far) / (12 * h) - gradient[k][i]) / size;
  };
  let worst = 0;
  for (const [k, slice] of branch.entries()) {
    for (let i = 0; i < Math.min(most, slice.length); i++) {
      const error = errorAt(k, i, 1e-4);
      worst = Math.max(worst, error < 1e-7 ? error : errorAt(k, i, 1e-6));
    }
  }
  return worst;
}
