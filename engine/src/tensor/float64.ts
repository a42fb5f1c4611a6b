/**
 * TensorFlow.js computing in float64. The bundler writes Float64Array wherever the packages say Float32Array (scripts/tensorflow.mjs),
 * so that its dtype "float32" means float64 here; this file sets up the rest and hides the types that still say Float32Array.
 */
import "./realm.ts";
// The named import keeps the bundler from dropping a package that says it has no side effects.
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { replaceKernels } from "./kernels.ts";

type TfArray = Float32Array | Int32Array | Uint8Array | Uint8ClampedArray;

tf.env().setPlatform("float64", {
  isTypedArray: (value): value is TfArray =>
    value instanceof Float64Array ||
    value instanceof Int32Array ||
    value instanceof Uint8Array ||
    value instanceof Uint8ClampedArray,
  fetch: () => Promise.reject(new Error("the engine has no network")),
  // Only its profiler asks for the time.
  now: () => 0,
  encode: (text) => Uint8Array.from(text, (character) => character.charCodeAt(0)),
  decode: (bytes) => String.fromCharCode(...bytes),
});
// Without its advice to use the native backend, which is float32.
tf.enableProdMode();
if (!(tf.backend() instanceof MathBackendCPU)) throw new Error("TensorFlow.js took another backend than its CPU one");
replaceKernels();

/** A tensor over `values`, which are not copied. */
export function tensorOf(values: Float64Array, shape: readonly number[]): tf.Tensor {
  return tf.tensor(values as unknown as Float32Array, [...shape], "float32");
}

/** A copy of the entries, last axis fastest. */
export function valuesOf(tensor: tf.Tensor): Float64Array {
  const values: unknown = tensor.dataSync();
  if (!(values instanceof Float64Array))
    throw new Error("a tensor is not in float64: load the bundle, not its sources");
  return values.slice();
}

export function liveTensors(): number {
  return tf.memory().numTensors;
}

/** Runs `compute` and lets go of every tensor that it made, those too that an exception on the way back through layers leaves. */
export function withinScope<T>(compute: () => T): T {
  const engine = tf.engine();
  const { state } = engine;
  engine.startScope();
  try {
    return compute();
  } finally {
    if (state.gradientDepth === 0 && state.activeTape) {
      for (const { saved } of state.activeTape) for (const tensor of saved ?? []) tensor.dispose();
      state.activeTape = [];
    }
    engine.endScope();
  }
}
