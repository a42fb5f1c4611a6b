/**
 * Running bounds on rounding: with the values x̂ of a layer comes e with |x̂ − x| ≤ e entry by entry, x what exact arithmetic
 * gives. Each rule adds what its layer makes of e, and the layer's own rounding by higham2002, chapter 3. The bounds are
 * themselves computed in floating point, from numbers ≥ 0 only; `operations` counts how often they were rounded.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { LayerConfig } from "../config/config.ts";
import { gamma, UNDERFLOW } from "../linalg/rounding.ts";
import { type PlannedLayer, sizeOf } from "../problem/mapping/network-plan.ts";
import { valuesOf } from "./float64.ts";
import {
  byPieces,
  isShortProduct,
  multiply,
  normalized,
  type Parameters,
  pool,
  power,
  runLayers,
  weightsOf,
} from "./layers.ts";

export interface Bounded {
  readonly values: tf.Tensor;
  readonly error: tf.Tensor;
  readonly operations: number;
}

/** Roundings of the rules themselves, at most, besides those that grow with a layer's size. */
const RULE = 24;
/** What Math.exp, log1p, tanh and pow are trusted to: 4 units in the last place each, a few of them in one activation. */
const ACTIVATION = gamma(32);

export function boundLayers(layers: readonly PlannedLayer[], input: Bounded, parameters: Parameters): Bounded {
  return layers.reduce((bounded, planned) => boundLayer(planned, bounded, parameters), input);
}

function boundLayer(planned: PlannedLayer, input: Bounded, parameters: Parameters): Bounded {
  if (planned.layer.kind === "residual") {
    const inner = boundLayers(planned.inner, input, parameters);
    const values = tf.add(input.values, inner.values);
    const error = sum(input.error, inner.error, tf.mul(tf.abs(values), gamma(1)));
    return { values, error, operations: inner.operations + RULE };
  }
  const values = runLayers([planned], input.values, parameters);
  const { error, size } = errorBehind(planned, input, values, parameters);
  const operations = size + RULE;
  // Products that underflow lose less than this each; the maxima of TensorFlow.js pass over NaN.
  const bound = allFinite(values, error)
    ? tf.add(error, 4 * operations * UNDERFLOW)
    : tf.fill(error.shape, Number.POSITIVE_INFINITY);
  return { values, error: bound, operations: input.operations + operations };
}

function allFinite(...tensors: readonly tf.Tensor[]): boolean {
  return tensors.every((tensor) => valuesOf(tensor).every(Number.isFinite));
}

interface Rule {
  readonly error: tf.Tensor;
  /** How many numbers are summed into one, forward. */
  readonly size: number;
}

function errorBehind(
  planned: PlannedLayer,
  { values: x, error: e }: Bounded,
  y: tf.Tensor,
  parameters: Parameters,
): Rule {
  const { layer, inputShape } = planned;
  const simple = (error: tf.Tensor): Rule => ({ error, size: 0 });
  switch (layer.kind) {
    case "dense":
    case "conv2d": {
      // |Σ x̂w + b − fl| ≤ γ (Σ|x̂||w| + |b|), and the input's own error through |w|.
      const { kernel, bias } = weightsOf(planned, parameters);
      const size = sizeOf(kernel.shape.slice(0, -1)) + (bias === undefined ? 0 : 1);
      const own = tf.add(e, tf.mul(tf.abs(x), gamma(size)));
      const product = multiply(layer, own, tf.abs(kernel));
      return { error: bias === undefined ? product : tf.add(product, tf.mul(tf.abs(bias), gamma(size))), size };
    }
    case "averagePool2d": {
      const size = layer.size ** 2;
      return { error: pool(layer.kind, layer.size, tf.add(e, tf.mul(tf.abs(x), gamma(size + 1)))), size };
    }
    case "globalAveragePool2d": {
      const size = inputShape[0] * inputShape[1];
      return { error: tf.mean(tf.add(e, tf.mul(tf.abs(x), gamma(size + 1))), [1, 2]), size };
    }
    case "maxPool2d":
      return simple(pool(layer.kind, layer.size, e));
    case "maxout":
      return simple(tf.max(byPieces(e, layer.pieces), -1));
    case "batchNorm":
      return boundNormalization(planned, x, e, parameters);
    case "residual":
      throw new Error("a residual block is bound by the layers in it");
    case "relu":
    case "abs":
    case "dropout":
      return simple(e);
    case "flatten":
      return simple(tf.reshape(e, y.shape));
    default:
      return simple(errorOfEntries(layer, x, e, y));
  }
}

type Activation = Extract<
  LayerConfig,
  { readonly kind: "leakyRelu" | "power" | "sigmoid" | "tanh" | "gelu" | "softplus" | "elu" | "silu" | "softmax" }
>;

/** Activations: their Lipschitz constant times e, and their own rounding. */
function errorOfEntries(layer: Activation, x: tf.Tensor, e: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const lipschitz = (constant: number, rounding: tf.Tensor): tf.Tensor => tf.add(tf.mul(e, constant), rounding);
  const relative = tf.mul(tf.abs(y), ACTIVATION);
  switch (layer.kind) {
    case "leakyRelu":
      return lipschitz(Math.max(1, Math.abs(layer.slope)), relative);
    case "power":
      return errorOfPower(layer.exponent, x, e, y);
    case "sigmoid":
      return lipschitz(0.25, relative);
    case "tanh":
      return lipschitz(1, relative);
    case "softplus":
      return lipschitz(1, relative);
    case "elu":
      // eˣ − 1 cancels.
      return lipschitz(1, tf.add(relative, ACTIVATION));
    case "gelu":
      return lipschitz(1.13, tf.mul(tf.abs(x), ACTIVATION));
    case "silu":
      return lipschitz(1.1, relative);
    case "softmax":
      return errorOfSoftmax(x, e, y);
    default:
      return layer satisfies never;
  }
}

/** |x̂ᵏ − xᵏ| ≤ k e (|x̂| + e)^{k−1} for k ≥ 1, ≤ eᵏ for k < 1 and x ≥ 0. */
function errorOfPower(exponent: number, x: tf.Tensor, e: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const rounding = isShortProduct(exponent) ? gamma(exponent) : ACTIVATION;
  if (exponent < 1) return tf.add(tf.pow(e, exponent), tf.mul(tf.abs(y), rounding));
  const size = tf.add(tf.abs(x), e);
  const spread = tf.add(tf.mul(e, exponent), tf.mul(size, rounding));
  return tf.mul(spread, isShortProduct(exponent - 1) ? power(size, exponent - 1) : tf.pow(size, exponent - 1));
}

/** Moving every logit of a row by at most e scales each probability by at most e^{2e}. */
function errorOfSoftmax(x: tf.Tensor, e: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const width = x.shape[x.shape.length - 1];
  const own = tf.mul(tf.max(tf.abs(x), -1, true), 4 * gamma(1));
  const moved = tf.expm1(tf.mul(tf.add(tf.max(e, -1, true), own), 2));
  return tf.mul(y, tf.add(moved, gamma(width + 32)));
}

/** To first order in e: with n = (x − mean)/σ, dn = (dx − mean dx − n·mean(n dx))/σ. */
function boundNormalization(planned: PlannedLayer, x: tf.Tensor, e: tf.Tensor, parameters: Parameters): Rule {
  const [scale, shift] = planned.parameters.map((k) => tf.abs(parameters.tensors[k]));
  const epsilon = planned.layer.kind === "batchNorm" ? planned.layer.epsilon : 0;
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const count = sizeOf(x.shape.slice(0, -1));
  const mean = (tensor: tf.Tensor): tf.Tensor => tf.mean(tensor, axes, true);
  const { values, deviation } = normalized(x, epsilon);
  const size = tf.abs(values);
  const own = tf.mul(tf.add(tf.abs(x), mean(tf.abs(x))), gamma(count + 2));
  const centered = sum(e, mean(e), own);
  const moved = tf.div(tf.add(centered, tf.mul(size, mean(tf.mul(size, centered)))), deviation);
  const rounding = tf.mul(tf.add(tf.mul(size, scale), shift), gamma(count + 16));
  return { error: tf.add(tf.mul(moved, scale), rounding), size: count };
}

function sum(first: tf.Tensor, ...others: readonly tf.Tensor[]): tf.Tensor {
  return others.reduce((all, tensor) => tf.add(all, tensor), first);
}
