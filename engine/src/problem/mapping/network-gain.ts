/**
 * C with ‖φ(X)‖_F ≤ C Π_k ‖X^k‖₂^{m_k}, m_k the degree of φ in parameter k (d). Every layer bounds the Frobenius norm of what
 * comes out of it, over all samples, by that of what goes in:
 *   dense               ‖x W‖_F ≤ ‖x‖_F ‖W‖_F; for the first one ≤ σ₁(V) ‖W‖_F
 *   conv2d              = patches(x) K, and an entry of x is in at most c = ⌈kh/sh⌉⌈kw/sw⌉ patches: ≤ √c ‖x‖_F ‖K‖_F
 *   bias of the first   one more column of ones: √(‖x‖_F² + number of rows)
 *   relu, abs, maxout, maxPool2d, flatten, dropout   ≤ ‖x‖_F (a maximum is at most the length of what it is taken of)
 *   leaky relu          ≤ max(1, |s|) ‖x‖_F
 *   xᵏ                  ‖xᵏ‖_F = ‖x‖_{2k}ᵏ ≤ ‖x‖_Fᵏ
 *   averagePool2d       a mean of q numbers: ≤ ‖x‖_F/√q (Cauchy and Schwarz); globalAveragePool2d the same
 *   residual            the sum of both bounds, where the degrees agree
 */

import { roundedUp } from "../../linalg/rounding.ts";
import { denseSingularBound } from "../../linalg/singular-bound.ts";
import { lengthBound } from "../../linalg/vector.ts";
import { wholePower } from "./dense-program.ts";
import { type NetworkData, type NetworkPlan, type PlannedLayer, sizeOf } from "./network-plan.ts";

/**
 * For plans with a positive degree in every parameter; `input` is what the kernel of a first dense layer is multiplied with.
 * Rounding included. Infinity where a layer has no bound.
 */
export function networkGain({ layers, parameters }: NetworkPlan, data: NetworkData, input: Float64Array): number {
  const gain = gainBehind(layers, lengthBound(data.input));
  return Number.isNaN(gain) ? Number.POSITIVE_INFINITY : gain;

  function gainBehind(planned: readonly PlannedLayer[], start: number): number {
    return planned.reduce((bound, layer, k) => step(layer, bound, planned.slice(0, k)), start);
  }

  function step(planned: PlannedLayer, bound: number, before: readonly PlannedLayer[]): number {
    const { layer, inputShape, outputShape, parameters: own, inner } = planned;
    const hasBiasRow = own.some((k) => parameters[k].biasRow === true);
    switch (layer.kind) {
      case "dense": {
        const isOnData = planned.path.length === 1 && before.every((earlier) => isSilent(earlier));
        if (isOnData) return denseSingularBound(input, parameters[own[0]].shape[0]);
        return hasBiasRow ? withOnes(bound, data.samples) : bound;
      }
      case "conv2d": {
        const [across, down] = [0, 1].map((axis) => Math.ceil(layer.kernel[axis] / layer.stride[axis]));
        const patches = roundedUp(Math.sqrt(across * down) * bound, 2);
        return hasBiasRow ? withOnes(patches, data.samples * outputShape[0] * outputShape[1]) : patches;
      }
      case "relu":
      case "abs":
      case "maxout":
      case "maxPool2d":
      case "flatten":
      case "dropout":
        return bound;
      case "leakyRelu":
        return roundedUp(Math.max(1, Math.abs(layer.slope)) * bound, 1);
      case "power":
        return roundedUp(wholePower(bound, layer.exponent), layer.exponent);
      case "averagePool2d":
        return roundedUp(bound / layer.size, 1);
      case "globalAveragePool2d":
        return roundedUp(bound / Math.sqrt(sizeOf(inputShape.slice(0, -1))), 2);
      case "residual":
        return roundedUp(bound + gainBehind(inner, bound), 1);
      case "batchNorm":
      case "sigmoid":
      case "tanh":
      case "gelu":
      case "softplus":
      case "elu":
      case "silu":
      case "softmax":
        return Number.POSITIVE_INFINITY;
      default:
        return layer satisfies never;
    }
  }
}

function withOnes(bound: number, rows: number): number {
  return roundedUp(Math.sqrt(roundedUp(bound * bound + rows, 2)), 2);
}

function isSilent({ layer: { kind } }: PlannedLayer): boolean {
  return kind === "flatten" || kind === "dropout";
}
