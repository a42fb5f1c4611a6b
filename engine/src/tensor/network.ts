/** One branch of layers as a program on TensorFlow.js. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayerConfig } from "../config/config.ts";
import { roundedUp } from "../linalg/rounding.ts";
import { euclideanLength } from "../linalg/vector.ts";
import type { Branch } from "../problem/factors.ts";
import type { NetworkProgram } from "../problem/mapping/mapping.ts";
import { type NetworkData, planNetwork } from "../problem/mapping/network-plan.ts";
import { tensorOf, valuesOf, withinScope } from "./float64.ts";
import { boundLayers } from "./layer-errors.ts";
import { runLayers } from "./layers.ts";

/** Tensors live for the length of a call only. Throws on layers that `planNetwork` refuses: callers plan first. */
export function networkProgram(layers: readonly LayerConfig[], data: NetworkData): NetworkProgram {
  const { input, inputShape, samples, outputs } = data;
  const planned = planNetwork(layers, { inputShape, outputs, samples });
  if (!planned.ok) throw new Error(`mapping.layers[${planned.layer.join(".")}]: ${planned.message}`);
  const { plan } = planned;
  const inputTensor = (): tf.Tensor => tensorOf(input, [samples, ...inputShape]);
  const tensorsOf = (branch: Branch): tf.Tensor[] =>
    branch.map((slice, k) => tensorOf(slice, plan.parameters[k].shape));
  const outputOf = (tensors: readonly tf.Tensor[]): tf.Tensor =>
    tf.reshape(runLayers(plan.layers, inputTensor(), { planned: plan.parameters, tensors }), [samples, outputs]);
  return {
    parameters: plan.parameters,
    samples,
    outputs,
    forward: (branch) => withinScope(() => valuesOf(outputOf(tensorsOf(branch)))),
    backward: (branch, w) =>
      withinScope(() => {
        const gradients = tf.grads((...tensors: tf.Tensor[]) => outputOf(tensors));
        return gradients(tensorsOf(branch), tensorOf(w, [samples, outputs])).map(valuesOf);
      }),
    error: (branch) =>
      withinScope(() => {
        const values = inputTensor();
        const parameters = { planned: plan.parameters, tensors: tensorsOf(branch) };
        const start = { values, error: tf.zerosLike(values), operations: 0 };
        const { error, operations } = boundLayers(plan.layers, start, parameters);
        const bound = roundedUp(euclideanLength(valuesOf(error)), operations + samples * outputs);
        return Number.isFinite(bound) ? bound : Number.POSITIVE_INFINITY;
      }),
  };
}
