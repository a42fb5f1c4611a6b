/**
 * Rounding of a whole model: |fl(φ) − φ| ≤ γ_N φ(|W|, |V|), N the roundings along the longest path (d). By induction over the layers: with
 * X ≥ |x| entry by entry and |x̂ − x| ≤ ((1 + u)ⁿ − 1) X, a layer W of fan-in k gives |ŷ − Wx| ≤ ((1 + u)^{n+k} − 1)|W|X, and relu,
 * leaky relu with slope ≤ 1, maxima and means keep it, being monotone and 1-Lipschitz. Proven for the classes below; for all
 * others it is an estimate.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { layers } from "@tensorflow/tfjs-layers";
import { sizeOf } from "../problem/mapping/network-plan.ts";
import { valuesOf } from "./float64.ts";

type Layer = layers.Layer;
type Call = Layer["call"];

/** γ_N of this is more than all products of N operations that underflow lose: N u 2⁻¹⁰¹⁸ = N 2⁻¹⁰⁷¹. */
const PADDING = 2 ** -1018;

const LINEAR = new Set(["Dense", "Conv1D", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Activation"]);
const KEEPING = new Set([
  ...[
    "InputLayer",
    "Flatten",
    "Reshape",
    "Permute",
    "Dropout",
    "SpatialDropout1D",
    "Add",
    "Concatenate",
    "ZeroPadding2D",
  ],
  ...[
    "MaxPooling1D",
    "MaxPooling2D",
    "AveragePooling1D",
    "AveragePooling2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
  ],
  ...["GlobalAveragePooling1D", "GlobalAveragePooling2D"],
]);

/** Whether the induction above holds for the layer. */
export function keepsBound(layer: Layer): boolean {
  const name = layer.getClassName();
  const config = layer.getConfig();
  if (LINEAR.has(name)) return config["activation"] === "linear" || config["activation"] === "relu";
  if (name === "ReLU") return (config["maxValue"] ?? null) === null;
  if (name === "LeakyReLU") return Math.abs(Number(config["alpha"])) <= 1;
  return KEEPING.has(name);
}

/** Whether TensorFlow.js surely has what it needs in both directions. */
export function isWellKnown(layer: Layer): boolean {
  const dilation = [layer.getConfig()["dilationRate"] ?? 1].flat();
  return dilation.every((rate) => rate === 1) && (keepsBound(layer) || layer.getClassName() === "BatchNormalization");
}

/** Roundings in one entry of the layer's output, at most, over all its uses. */
export function roundingsOf(layer: Layer): number {
  const fanIns = layer.trainableWeights.map(({ shape }) => sizeOf(shape.slice(0, -1).map((length) => length ?? 1)));
  const pool = [layer.getConfig()["poolSize"] ?? 1].flat().map(Number);
  const isGlobal = layer.getClassName().startsWith("Global");
  const perUse = layer.inboundNodes.map(({ inputTensors }) => {
    const spatial = isGlobal ? (inputTensors[0]?.shape.slice(1, -1) ?? []) : [];
    return inputTensors.length + sizeOf(spatial.map((length) => length ?? 1));
  });
  const own = fanIns.reduce((all, fanIn) => all + fanIn + 1, 0) + sizeOf(pool) + 2;
  return perUse.reduce((all, terms) => all + terms + own, 0);
}

export interface Magnitudes {
  /** φ of what `compute` sets up, every layer's output padded; undefined where it overflows. */
  measure(compute: () => tf.Tensor): tf.Tensor | undefined;
}

/** Makes layers pad what they answer while `measure` runs; to be called once per layer. */
export function watchMagnitudes(watched: readonly Layer[]): Magnitudes {
  let measuring = false;
  let finite = true;
  const padded = (tensor: tf.Tensor): tf.Tensor => {
    const result = tf.add(tensor, PADDING);
    finite &&= valuesOf(result).every(Number.isFinite);
    return result;
  };
  for (const layer of watched) {
    const call: Call = layer.call.bind(layer);
    layer.call = (inputs, options) => {
      const output = call(inputs, options);
      if (!measuring) return output;
      return Array.isArray(output) ? output.map(padded) : padded(output);
    };
  }
  return {
    measure(compute) {
      measuring = true;
      finite = true;
      try {
        const result = compute();
        return finite ? result : undefined;
      } finally {
        measuring = false;
      }
    },
  };
}
