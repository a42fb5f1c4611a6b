/** The part of the schema about the mapping φ of one branch. */
import { z } from "zod";
import { fileName } from "./data-schema.ts";
import { key } from "./key.ts";
import { layersSchema } from "./layer-schema.ts";

const MAPPINGS = ["matrix", "symmetric", "cp", "network"] as const;
const NETWORK = "data: {target: y.csv, input: v.csv}\nmapping: {kind: network, layers: [{dense: 1}, relu, dense]}";

const mappingKind = key(z.enum(MAPPINGS), {
  description:
    "What one branch makes of its factors: `matrix` is u vᵀ, so that the model is U Vᵀ; `symmetric` is u uᵀ; `cp` is the outer " +
    "product x¹ ⊗ … ⊗ xᴷ with as many factors as the target has axes; `network` is a network with the given layers on `data.input`.",
  values: "one of matrix, symmetric, cp, network",
  example: "mapping: {kind: matrix}",
  hint: "write matrix, symmetric, cp or network",
});

export const mappingSchema = key(
  z.union([
    mappingKind,
    z.strictObject({
      kind: mappingKind,
      layers: key(layersSchema.optional(), {
        description:
          "The layers of one branch of a network, in order; the output is the sum of all branches. A layer is a word " +
          "(`dense`, `relu`, `abs`, `flatten`, `globalAveragePool2d`, `batchNorm`; outside the theory: `sigmoid`, `tanh`, `gelu`, " +
          "`softplus`, `elu`, `silu`, `softmax`) or a mapping with one key.",
        values: "a list of layers",
        example: NETWORK,
        hint: "write a list of layers, as in [{dense: 1}, relu, dense]",
      }),
      model: key(fileName.optional(), {
        description: "A model file instead of `layers`: Keras or TensorFlow.js `model.json`, or ONNX.",
        values: "the name of a .json or .onnx file",
        example: "data: {target: y.csv, input: v.csv}\nmapping: {kind: network, model: model.json}",
        hint: "write the name of a .json or .onnx file, relative to the config",
        files: { hold: "model", extensions: ["json", "onnx"] },
      }),
    }),
  ]),
  {
    description: "The mapping φ of one branch; the model is the sum of its branches.",
    values: "{kind: matrix}, {kind: symmetric}, {kind: cp} or {kind: network, layers: […]}",
    example: "mapping: {kind: matrix}",
    hint: "write {kind: matrix}",
  },
);
