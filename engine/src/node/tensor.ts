/** Loads the bundle with TensorFlow.js: engine/dist/tensorflow.js, or tensorflow.cjs beside the extension's worker. */
import type { Tensor } from "../tensor/tensor.ts";

/** Some 50 ms the first time, and then nothing. */
export async function loadTensor(): Promise<Tensor> {
  const { tensor } = await import("#tensorflow");
  return tensor;
}
