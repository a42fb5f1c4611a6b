/**
 * TensorFlow.js in float64, for layer graphs that have no kernel of our own. What stands here is all that the engine knows of it:
 * the implementation is a bundle of its own (`tensorflow.ts`), which `node/tensor.ts` loads when a problem needs it.
 */
import type { LayerConfig } from "../config/config.ts";
import type { NetworkProgram } from "../problem/mapping/mapping.ts";
import type { NetworkData } from "../problem/mapping/network-plan.ts";

export type ModelProgram =
  | {
      readonly ok: true;
      readonly program: NetworkProgram;
      /** Whether `program.error` is proven; otherwise it is an estimate. */
      readonly errorIsProven: boolean;
    }
  /** Lower case; says what to do next. */
  | { readonly ok: false; readonly message: string };

export interface Tensor {
  /**
   * A branch of layers that `planNetwork` accepts, its parameters in the order of the plan. `error` is a proven bound for layers of
   * the theory; for sigmoid, tanh, gelu, softplus, elu, silu and softmax it trusts Math.exp, log1p, tanh and pow to 4 units in the
   * last place, and for batchNorm it is of first order.
   */
  network(layers: readonly LayerConfig[], data: NetworkData): NetworkProgram;
  /**
   * A Keras or TensorFlow.js model as JSON, run as a branch. Its weights are the parameters: kernels, biases, and the scales and
   * shifts of batch normalizations, which use the statistics of the samples at hand.
   */
  model(json: unknown, data: NetworkData): ModelProgram;
  /** Tensors that are alive: none between calls. */
  liveTensors(): number;
}
