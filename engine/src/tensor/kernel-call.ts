/** What replaced kernels share: how TensorFlow.js calls them, and how their numbers are reached. */
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { add } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Add.js";
import { applyActivation } from "@tensorflow/tfjs-backend-cpu/dist/utils/fused_utils.js";
import {
  type _FusedMatMulAttrs,
  type KernelConfig,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from "@tensorflow/tfjs-core";

export interface Call<Inputs, Attrs = undefined> {
  readonly inputs: Inputs;
  readonly backend: MathBackendCPU;
  readonly attrs: Attrs;
}

/** What fused kernels do behind the product; the packages' own types let every input be missing. */
export interface Ending {
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

export function replaceKernel<Inputs, Attrs>(
  kernelName: string,
  kernel: (call: Call<Inputs, Attrs>) => TensorInfo,
): void {
  unregisterKernel(kernelName, "cpu");
  registerKernel({ kernelName, backendName: "cpu", kernelFunc: kernel as unknown as KernelConfig["kernelFunc"] });
}

export function valuesIn(backend: MathBackendCPU, { dataId }: TensorInfo): Float64Array {
  return backend.data.get(dataId).values as unknown as Float64Array;
}

export function infoOf(backend: MathBackendCPU, shape: readonly number[], values: Float64Array): TensorInfo {
  return backend.makeTensorInfo([...shape], "float32", values as unknown as Float32Array);
}

/** Adds the bias and applies the activation of a fused kernel; `product` is let go of. */
export function end(
  backend: MathBackendCPU,
  product: TensorInfo,
  { bias, preluActivationWeights }: Ending,
  { activation, leakyreluAlpha }: Pick<_FusedMatMulAttrs, "activation" | "leakyreluAlpha">,
): TensorInfo {
  let current = product;
  const passOn = (next: TensorInfo): void => {
    backend.disposeIntermediateTensorInfo(current);
    current = next;
  };
  if (bias) passOn(add({ inputs: { a: current, b: bias }, backend }) as TensorInfo);
  // The packages' type asks for weights that only one activation has.
  if (activation)
    passOn(applyActivation(backend, current, activation, preluActivationWeights as TensorInfo, leakyreluAlpha));
  return current;
}
