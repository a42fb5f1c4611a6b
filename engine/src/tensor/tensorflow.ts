/**
 * The entry of the bundle with TensorFlow.js (scripts/tensorflow.mjs builds it, `node/tensor.ts` loads it). Nothing else may import
 * this file: from the sources, TensorFlow.js would compute in float32.
 */
import { liveTensors } from "./float64.ts";
import { prepareLayers } from "./keras-layers.ts";
import { modelProgram } from "./keras-model.ts";
import { networkProgram } from "./network.ts";
import type { Tensor } from "./tensor.ts";

prepareLayers();

export const tensor: Tensor = { network: networkProgram, model: modelProgram, liveTensors };
