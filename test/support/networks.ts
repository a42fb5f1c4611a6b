/** Networks for tests, from arrays instead of files, and an exact forward pass that shares nothing with the engine. */

import type { LayerConfig } from "../../engine/src/config/config.ts";
import { observedEntries } from "../../engine/src/linalg/observed.ts";
import type { Branch } from "../../engine/src/problem/factors.ts";
import { denseProgram } from "../../engine/src/problem/mapping/dense-program.ts";
import type { NetworkMapping } from "../../engine/src/problem/mapping/mapping.ts";
import { networkMapping } from "../../engine/src/problem/mapping/network.ts";
import type { NetworkData, NetworkPlan } from "../../engine/src/problem/mapping/network-plan.ts";
import { planNetwork } from "../../engine/src/problem/mapping/network-plan.ts";
import { l2 } from "../../engine/src/problem/regularizer/l2.ts";
import type { Regularizer } from "../../engine/src/problem/regularizer/regularizer.ts";
import { regularizerOf } from "../../engine/src/problem/regularizer/regularizer.ts";
import { fixed, times } from "./exact.ts";

export function dense(units: number | null, bias = false): LayerConfig {
  return { kind: "dense", units, bias };
}

export const RELU: LayerConfig = { kind: "relu" };

export const NEURON: readonly LayerConfig[] = [dense(1), RELU, dense(null)];

export function planOf(
  layers: readonly LayerConfig[],
  data: { inputShape: readonly number[]; outputs: number },
): NetworkPlan {
  const planned = planNetwork(layers, data);
  if (!planned.ok) throw new Error(planned.message);
  return planned.plan;
}

export function denseNetwork(
  layers: readonly LayerConfig[],
  data: NetworkData,
  keep: (index: number) => boolean = () => true,
): NetworkMapping {
  const { samples, outputs } = data;
  const entries = observedEntries(new Float64Array(samples * outputs), samples, outputs, keep);
  return networkMapping(entries, denseProgram(layers, data), planOf(layers, data), layers, data);
}

/** (V u)₊ vᵀ on the rows of V. */
export function neuronNetwork(
  input: Float64Array,
  features: number,
  outputs: number,
  keep?: (index: number) => boolean,
): NetworkMapping {
  return denseNetwork(NEURON, { input, inputShape: [features], samples: input.length / features, outputs }, keep);
}

export function productOfLengths(mapping: NetworkMapping): Regularizer {
  return regularizerOf(
    "product",
    mapping.factors.map(() => l2),
    mapping,
  );
}

/** samples × outputs numbers of a branch of dense layers and activations, in the fixed-point numbers of `exact.ts`. */
export function exactForward(
  layers: readonly LayerConfig[],
  { input, samples }: NetworkData,
  branch: Branch,
): readonly bigint[] {
  const width = input.length / samples;
  const one = fixed(1);
  const out: bigint[] = [];
  for (let n = 0; n < samples; n++) {
    let x = Array.from(input.subarray(n * width, (n + 1) * width), fixed);
    let parameter = 0;
    for (const layer of layers) {
      if (layer.kind === "dense") {
        const kernel = Array.from(branch[parameter++], fixed);
        const row = layer.bias ? [...x, one] : x;
        const units = kernel.length / row.length;
        x = Array.from({ length: units }, (_, j) =>
          row.reduce((sum, xi, i) => sum + times(xi, kernel[i * units + j]), 0n),
        );
      } else x = x.map((xi) => exactActivation(layer, xi));
    }
    out.push(...x);
  }
  return out;
}

function exactActivation(layer: LayerConfig, x: bigint): bigint {
  switch (layer.kind) {
    case "relu":
      return x > 0n ? x : 0n;
    case "leakyRelu":
      return x > 0n ? x : times(x, fixed(layer.slope));
    case "abs":
      return x < 0n ? -x : x;
    case "power":
      return Array.from({ length: layer.exponent }, () => x).reduce(times, fixed(1));
    default:
      return x;
  }
}
