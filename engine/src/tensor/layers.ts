/** What each layer of a branch computes, on tensors with the samples as first axis. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayerConfig } from "../config/config.ts";
import type { PlannedLayer, PlannedParameter } from "../problem/mapping/network-plan.ts";

/** The tensors of one branch, and what the plan says about them. */
export interface Parameters {
  readonly planned: readonly PlannedParameter[];
  readonly tensors: readonly tf.Tensor[];
}

/** The product of a layer's input with its weights, and the bias behind it. */
export interface Weights {
  readonly kernel: tf.Tensor;
  readonly bias: tf.Tensor | undefined;
}

export function runLayers(layers: readonly PlannedLayer[], x: tf.Tensor, parameters: Parameters): tf.Tensor {
  return layers.reduce((input, planned) => runLayer(planned, input, parameters), x);
}

function runLayer(planned: PlannedLayer, x: tf.Tensor, parameters: Parameters): tf.Tensor {
  const { layer } = planned;
  switch (layer.kind) {
    case "dense":
    case "conv2d": {
      const { kernel, bias } = weightsOf(planned, parameters);
      const product = multiply(layer, x, kernel);
      return bias === undefined ? product : tf.add(product, bias);
    }
    case "batchNorm": {
      const [scale, shift] = planned.parameters.map((k) => parameters.tensors[k]);
      return tf.add(tf.mul(normalized(x, layer.epsilon).values, scale), shift);
    }
    case "residual":
      return tf.add(x, runLayers(planned.inner, x, parameters));
    default:
      return runPlain(layer, x);
  }
}

type PlainLayer = Exclude<LayerConfig, { readonly kind: "dense" | "conv2d" | "batchNorm" | "residual" }>;

/** Layers without parameters. At kinks of relu and abs the derivative is 0, of leaky relu its slope. */
function runPlain(layer: PlainLayer, x: tf.Tensor): tf.Tensor {
  switch (layer.kind) {
    case "relu":
      return tf.relu(x);
    case "leakyRelu":
      return tf.leakyRelu(x, layer.slope);
    case "abs":
      // tf.abs has the derivative −1 at 0.
      return tf.mul(x, tf.sign(x));
    case "power":
      return power(x, layer.exponent);
    case "maxout":
      // One-hot vectors need a length of 2.
      return layer.pieces === 1 ? x : largestOf(byPieces(x, layer.pieces));
    case "maxPool2d":
    case "averagePool2d":
      return pool(layer.kind, layer.size, x);
    case "globalAveragePool2d":
      return tf.mean(x, [1, 2]);
    case "flatten":
      return tf.reshape(x, [x.shape[0], -1]);
    case "dropout":
      return x;
    case "sigmoid":
      return tf.sigmoid(x);
    case "tanh":
      return tf.tanh(x);
    case "gelu":
      return gelu(x);
    case "softplus":
      return tf.softplus(x);
    case "elu":
      return tf.elu(x);
    case "silu":
      return tf.mul(x, tf.sigmoid(x));
    case "softmax":
      return tf.softmax(x);
    default:
      return layer satisfies never;
  }
}

/** The kernel in the shape that it multiplies with, and the bias, which in the first layer is its last row. */
export function weightsOf({ layer, parameters: indices, inputShape }: PlannedLayer, all: Parameters): Weights {
  const [first, second] = indices;
  const kernel = all.tensors[first];
  if (all.planned[first].biasRow !== true)
    return { kernel, bias: second === undefined ? undefined : all.tensors[second] };
  const [rows, units] = kernel.shape;
  const weights = tf.slice(kernel, [0, 0], [rows - 1, units]);
  const bias = tf.reshape(tf.slice(kernel, [rows - 1, 0], [1, units]), [units]);
  if (layer.kind !== "conv2d") return { kernel: weights, bias };
  return { kernel: tf.reshape(weights, [...layer.kernel, inputShape[inputShape.length - 1], units]), bias };
}

export function multiply(layer: LayerConfig, x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  if (layer.kind !== "conv2d") return tf.matMul(x, kernel);
  return tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, [...layer.stride], layer.padding);
}

/** (x − mean)/√(variance + ε) over all axes but the last, and the root. */
export function normalized(
  x: tf.Tensor,
  epsilon: number,
): { readonly values: tf.Tensor; readonly deviation: tf.Tensor } {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const centered = tf.sub(x, tf.mean(x, axes, true));
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centered), axes, true), epsilon));
  return { values: tf.div(centered, deviation), deviation };
}

/** xᵏ; whole exponents up to 16 by multiplying, so that only k − 1 roundings are in it. */
export function power(x: tf.Tensor, exponent: number): tf.Tensor {
  if (!isShortProduct(exponent)) return tf.pow(x, exponent);
  let result = x;
  for (let k = 1; k < exponent; k++) result = tf.mul(result, x);
  return result;
}

export function isShortProduct(exponent: number): boolean {
  return Number.isInteger(exponent) && exponent >= 1 && exponent <= 16;
}

export function pool(kind: "maxPool2d" | "averagePool2d", size: number, x: tf.Tensor): tf.Tensor {
  const images = x as tf.Tensor4D;
  return kind === "maxPool2d" ? tf.maxPool(images, size, size, "valid") : tf.avgPool(images, size, size, "valid");
}

/** Groups of `pieces` neighboring channels, on an axis of their own behind all others. */
export function byPieces(x: tf.Tensor, pieces: number): tf.Tensor {
  const channels = x.shape[x.shape.length - 1];
  return tf.reshape(x, [...x.shape.slice(0, -1), channels / pieces, pieces]);
}

/** The maximum over the last axis; of several the first one, which alone has a derivative (tf.max gives one to each). */
function largestOf(x: tf.Tensor): tf.Tensor {
  const isLargest = tf.oneHot(tf.argMax(x, -1), x.shape[x.shape.length - 1], 1, 0, "float32");
  return tf.sum(tf.where(tf.cast(isLargest, "bool"), x, tf.zerosLike(x)), -1);
}

/** x (1 + erf(x/√2))/2. */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}
