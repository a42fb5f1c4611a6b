/**
 * Loaded before anything of TensorFlow.js: its engine lives in a global variable, and two copies, one of them in float32, would
 * answer each other's calls.
 */
if ("_tfengine" in globalThis)
  throw new Error("another TensorFlow.js is loaded in this thread; use a thread of its own");
if (!(new Float32Array(1) instanceof Float64Array)) {
  throw new Error(
    "TensorFlow.js would compute in float32 here: load the bundle that `npm run build` makes, not the sources",
  );
}
