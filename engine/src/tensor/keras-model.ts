/** A Keras or TensorFlow.js model as a branch, run by tfjs-layers in the same float64. */
import * as tf from "@tensorflow/tfjs-core";
import { LayersModel, type LayerVariable, type layers } from "@tensorflow/tfjs-layers";
import { deserialize } from "@tensorflow/tfjs-layers/dist/layers/serialization.js";
import { convertPythonicToTs } from "@tensorflow/tfjs-layers/dist/utils/serialization_utils.js";
import { MAX_ENTRIES } from "../data/limits.ts";
import { cleanName, type Json } from "../homogeneity/json-value.ts";
import { gamma, roundedUp } from "../linalg/rounding.ts";
import { euclideanLength } from "../linalg/vector.ts";
import type { Branch } from "../problem/factors.ts";
import type { NetworkParameter, NetworkProgram } from "../problem/mapping/mapping.ts";
import { type NetworkData, sizeOf } from "../problem/mapping/network-plan.ts";
import { tensorOf, valuesOf, withinScope } from "./float64.ts";
import { isWellKnown, keepsBound, roundingsOf, watchMagnitudes } from "./keras-errors.ts";
import { topologyOf } from "./keras-topology.ts";
import type { ModelProgram } from "./tensor.ts";

type Layer = layers.Layer;

interface Weight {
  readonly variable: LayerVariable;
  readonly parameter: NetworkParameter;
}

type Refusal = Extract<ModelProgram, { readonly ok: false }>;

/** TensorFlow.js says what it cannot do by throwing, while it builds a model and when it first runs it: both happen here. */
export function modelProgram(json: Json, data: NetworkData): ModelProgram {
  const read = topologyOf(json, data.inputShape);
  if (!read.ok) return read;
  return withinScope(() => {
    try {
      const model = deserialize(convertPythonicToTs(read.topology as never) as tf.serialization.ConfigDict);
      if (!(model instanceof LayersModel)) return refusal("the file has a single layer, not a model; wrap it in one");
      return checkedProgram(model, data);
    } catch (error) {
      return refusal(wordsOf(error));
    } finally {
      // Those of the layers: weights are given with each call.
      tf.disposeVariables();
    }
  });
}

function checkedProgram(model: LayersModel, data: NetworkData): ModelProgram {
  const misfit = misfitOf(model, data);
  if (misfit !== undefined) return refusal(misfit);
  const weights: Weight[] = [];
  for (const { variable, layer } of variablesOf(model)) {
    const found = parameterOf(variable, layer);
    if ("message" in found) return found;
    weights.push({ variable, parameter: found });
  }
  if (weights.length === 0) return refusal("the model has no weights; add a dense or a convolution layer");
  const program = programOf(model, weights, data);
  const all = leavesOf(model);
  const errorIsProven = all.every(keepsBound) && model.layers.every((layer) => !isContainer(layer));
  if (!all.every(isWellKnown)) tryOut(program(1));
  return { ok: true, program: program(data.samples), errorIsProven };
}

function misfitOf(model: LayersModel, { inputShape, samples, outputs }: NetworkData): string | undefined {
  if (model.inputs.length !== 1) return `the model has ${model.inputs.length} inputs; only one can be given`;
  if (model.outputs.length !== 1) return `the model has ${model.outputs.length} outputs; only one can be fitted`;
  const wanted = model.inputs[0].shape.slice(1);
  const fits =
    wanted.length === inputShape.length && wanted.every((length, k) => (length ?? inputShape[k]) === inputShape[k]);
  if (!fits) {
    return `the model takes ${show(wanted)} numbers a sample, data.input has ${show(inputShape)}; give an input of the model's shape`;
  }
  for (const layer of leavesOf(model)) {
    const misfit = layerMisfit(layer, samples);
    if (misfit !== undefined) return `layer ${cleanName(layer.name)} ${misfit}`;
  }
  const output = model.outputs[0].shape.slice(1);
  if (output.every((length) => length !== null) && sizeOf(output.map(Number)) !== outputs) {
    return `the model ends with ${show(output)} numbers a sample, the target has ${outputs}; give a target of the model's shape`;
  }
  return undefined;
}

function layerMisfit(layer: Layer, samples: number): string | undefined {
  if (layer.stateful) return "keeps its state between calls; set stateful: false";
  for (const output of layer.inboundNodes.flatMap(({ outputTensors }) => outputTensors)) {
    if (!hasShape(output))
      return `makes ${show(output.shape.slice(1))} numbers of a sample; check its window and strides`;
    const numbers = samples * sizeOfTensor(output);
    if (numbers <= MAX_ENTRIES) continue;
    const most = MAX_ENTRIES.toLocaleString("en-US");
    return `makes ${numbers.toLocaleString("en-US")} numbers of all samples; at most ${most} can be held`;
  }
  return undefined;
}

/** The axis of samples is open, and those with one length for all data are known when data come. */
function hasShape({ shape }: { readonly shape: readonly (number | null)[] }): boolean {
  return shape.every((length) => length === null || (Number.isInteger(length) && length > 0));
}

function sizeOfTensor({ shape }: { readonly shape: readonly (number | null)[] }): number {
  return sizeOf(shape.slice(1).map((length) => length ?? 1));
}

const ROLES: readonly (readonly [RegExp, NetworkParameter["role"]])[] = [
  [/(^|_)kernel$/, "kernel"],
  [/^bias$/, "bias"],
  [/^gamma$/, "scale"],
  [/^beta$/, "shift"],
];

function parameterOf(variable: LayerVariable, layer: Layer): NetworkParameter | Refusal {
  const name = cleanName(variable.originalName);
  const last = name.split("/").at(-1) ?? name;
  const role = ROLES.find(([pattern]) => pattern.test(last))?.[1];
  if (!variable.trainable || !layer.trainable) {
    return refusal(
      `layer ${cleanName(layer.name)} is frozen, and its weights are not in the file; set trainable: true`,
    );
  }
  if (role === undefined) {
    return refusal(`${layer.getClassName()} has the weights ${name}; kernels, biases, scales and shifts can be run`);
  }
  return { name, role, shape: variable.shape.map((length) => length ?? 1) };
}

/** The program on the first `samples` of the data. */
function programOf(
  model: LayersModel,
  weights: readonly Weight[],
  { input, inputShape, outputs }: NetworkData,
): (samples: number) => NetworkProgram {
  const all = leavesOf(model);
  const magnitudes = watchMagnitudes(all);
  const operations = all.reduce((sum, layer) => sum + roundingsOf(layer), 0);
  const run = (samples: number, tensors: readonly tf.Tensor[], values: Float64Array): tf.Tensor => {
    for (const [k, { variable }] of weights.entries()) give(variable, tensors[k]);
    const output = model.apply(tensorOf(values, [samples, ...inputShape])) as tf.Tensor;
    return tf.reshape(output, [samples, outputs]);
  };
  const tensorsOf = (branch: Branch): tf.Tensor[] =>
    branch.map((slice, k) => tensorOf(slice, weights[k].parameter.shape));
  return (samples) => {
    const values = input.subarray(0, samples * sizeOf(inputShape));
    return {
      parameters: weights.map(({ parameter }) => parameter),
      samples,
      outputs,
      forward: (branch) => withinScope(() => valuesOf(run(samples, tensorsOf(branch), values))),
      backward: (branch, w) =>
        withinScope(() => {
          const gradients = tf.grads((...tensors: tf.Tensor[]) => run(samples, tensors, values));
          return gradients(tensorsOf(branch), tensorOf(w, [samples, outputs])).map(valuesOf);
        }),
      error: (branch) =>
        withinScope(() => {
          const sizes = branch.map((slice) => slice.map(Math.abs));
          const measured = magnitudes.measure(() => run(samples, tensorsOf(sizes), values.map(Math.abs)));
          if (measured === undefined) return Number.POSITIVE_INFINITY;
          return roundedUp(gamma(operations) * euclideanLength(valuesOf(measured)), operations + samples * outputs);
        }),
    };
  };
}

/** Sets what the layer reads: a tensor instead of a variable, so that gradients reach it and nothing has to be kept. */
function give(variable: LayerVariable, tensor: tf.Tensor): void {
  (variable as unknown as { val: tf.Tensor }).val = tensor;
}

/** Runs both directions on one sample: layers without a gradient are found now, not in the middle of a descent. */
function tryOut(program: NetworkProgram): void {
  const branch = program.parameters.map(({ shape }) => new Float64Array(sizeOf(shape)).fill(0.5));
  const w = new Float64Array(program.outputs).fill(1);
  program.forward(branch);
  program.backward(branch, w);
  program.error(branch);
}

function variablesOf(model: LayersModel): readonly { readonly variable: LayerVariable; readonly layer: Layer }[] {
  return leavesOf(model).flatMap((layer) => layer.weights.map((variable) => ({ variable, layer })));
}

/** Layers, those of nested models in place; each once, however often it is used. */
function leavesOf(model: LayersModel): readonly Layer[] {
  const leaves = model.layers.flatMap((layer) => (isContainer(layer) ? leavesOf(layer) : [layer]));
  return [...new Set(leaves)];
}

function isContainer(layer: Layer): layer is LayersModel {
  return layer instanceof LayersModel;
}

function wordsOf(error: unknown): string {
  const [text] = (error instanceof Error ? error.message : String(error)).split("\n");
  const unknownLayer = /^Unknown layer: ([^.]+)\./.exec(text)?.[1];
  if (unknownLayer !== undefined) {
    return `layers of class ${cleanName(unknownLayer)} cannot be run; write the branch as mapping.layers without it`;
  }
  // What its own checks did not foresee.
  if (error instanceof TypeError)
    return "the layers do not fit together, or their settings are not of the kind they should be; export the model again";
  if (text.startsWith("Graph disconnected"))
    return "an output does not come from the model's input; export the model again";
  const reason = text.replace(/\.? This may be due to.*$/, "").replaceAll("[object Object]", "…");
  return `TensorFlow.js cannot run the model: ${cleanName(reason)}; write the branch as mapping.layers instead`;
}

function refusal(message: string): Refusal {
  return { ok: false, message };
}

function show(shape: readonly (number | null)[]): string {
  return shape.map((length) => length ?? "any").join(" × ");
}
