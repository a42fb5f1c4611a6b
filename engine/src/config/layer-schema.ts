/** The part of the schema about the layers of one branch of a network. */
import { z } from "zod";
import { type KeyInfo, key, single } from "./key.ts";

/** Layers that need no settings, also those outside the theory: they are understood, and flagged. */
const PLAIN_LAYERS = [
  ...["dense", "relu", "abs", "flatten", "globalAveragePool2d", "batchNorm"],
  ...["sigmoid", "tanh", "gelu", "softplus", "elu", "silu", "softmax"],
] as const satisfies readonly string[];

/** Far beyond any layer that is run here: it stops a mistyped number before memory does. */
const MAX_LAYER_SIZE = 100_000;

export const DEFAULT_EPSILON = 1e-3;

const size = z.int().min(1).max(MAX_LAYER_SIZE);
const sizeInfo = {
  values: `a whole number from 1 to ${MAX_LAYER_SIZE}`,
  hint: `write a whole number from 1 to ${MAX_LAYER_SIZE}`,
} as const;
const pair = z.union([size, z.tuple([size, size])]);
const pairInfo = {
  values: "a whole number above 0, or two of them as in [3, 3]",
  hint: "write a number such as 3, or [3, 3] for rows and columns",
} as const;

const network = (layers: string): string =>
  `data: {target: y.csv, input: v.npy}\nmapping: {kind: network, layers: [${layers}]}`;
const CONVOLUTION = network("{conv2d: {filters: 4, kernel: 3}}, relu, flatten, dense");

const biasOf = (info: Pick<KeyInfo, "description" | "example">) =>
  key(
    z.boolean().optional(),
    { values: "true or false", fallback: "false", hint: "write true or false", ...info },
    { default: false },
  );

const SETTINGS = {
  dense: key(
    z
      .union([
        size,
        z.strictObject({
          units: key(size.optional(), {
            ...sizeInfo,
            description: "The number of outputs.",
            fallback: "as many as the target has columns",
            example: network("{dense: {units: 5}}, relu, dense"),
          }),
          bias: biasOf({
            description:
              "Whether an offset is added to each output. Behind the first layer it breaks homogeneity; `extra.intercept` does not.",
            example: network("{dense: {units: 5, bias: true}}, relu, dense"),
          }),
        }),
      ])
      .optional(),
    {
      description:
        "A weight matrix: the number of outputs, or `{units, bias}`. The word `dense` alone has as many outputs as the target has columns.",
      values: "a whole number of units or a mapping with units and bias",
      example: network("{dense: 5}, relu, dense"),
      hint: "write the number of units, as in {dense: 5}, or dense alone",
    },
  ),
  conv2d: key(
    z
      .strictObject({
        filters: key(size, {
          ...sizeInfo,
          description: "The number of output channels.",
          example: CONVOLUTION,
        }),
        kernel: key(pair, {
          ...pairInfo,
          description: "The height and width of a filter; one number for both.",
          example: CONVOLUTION,
        }),
        stride: key(pair.optional(), {
          ...pairInfo,
          description: "How far a filter moves, down and to the right; one number for both.",
          fallback: "1",
          example: network("{conv2d: {filters: 4, kernel: 3, stride: 2}}, relu, flatten, dense"),
        }),
        padding: key(z.enum(["valid", "same"]).optional(), {
          description: "`valid`: only where the whole filter fits. `same`: zeros around, as many outputs as inputs.",
          values: "valid or same",
          fallback: "valid",
          example: network("{conv2d: {filters: 4, kernel: 3, padding: same}}, relu, flatten, dense"),
          hint: "write valid or same",
        }),
        bias: biasOf({
          description: "Whether an offset is added to each channel. Behind the first layer it breaks homogeneity.",
          example: network("{conv2d: {filters: 4, kernel: 3, bias: true}}, relu, flatten, dense"),
        }),
      })
      .optional(),
    {
      description: "A convolution over height and width; the input has to be height × width × channels.",
      values: "a mapping with filters and kernel",
      example: CONVOLUTION,
      hint: "write {filters: 4, kernel: 3}",
    },
  ),
  leakyRelu: key(z.number().optional(), {
    description: "max(x, 0) + s · min(x, 0), s the slope for negative inputs.",
    values: "a number",
    example: network("{leakyRelu: 0.1}, {dense: 1}, relu, dense"),
    hint: "write a number such as 0.1",
  }),
  power: key(z.int().min(1).max(MAX_LAYER_SIZE).optional(), {
    ...sizeInfo,
    description: "xᵏ, which multiplies the degree by k.",
    example: network("{power: 2}, dense"),
  }),
  maxout: key(size.optional(), {
    ...sizeInfo,
    description: "The largest of every k neighboring channels.",
    example: network("{maxout: 2}, dense"),
  }),
  maxPool2d: key(size.optional(), {
    ...sizeInfo,
    description: "The largest value of each k × k window; windows do not overlap.",
    example: network("{maxPool2d: 2}, flatten, dense"),
  }),
  averagePool2d: key(size.optional(), {
    ...sizeInfo,
    description: "The mean of each k × k window; windows do not overlap.",
    example: network("{averagePool2d: 2}, flatten, dense"),
  }),
  dropout: key(z.number().min(0).lt(1).optional(), {
    description: "Dropout, which is the identity here: certificates are about the network that predicts.",
    values: "a number from 0 to below 1",
    example: network("{dropout: 0.5}, dense"),
    hint: "write a number such as 0.5",
  }),
  batchNorm: key(
    z
      .strictObject({
        epsilon: key(
          z.number().min(0).optional(),
          {
            description: "ε in (x − mean) / √(variance + ε). Only for 0 the output has a degree of homogeneity.",
            values: "a number ≥ 0",
            fallback: "1e-3",
            example: network("{batchNorm: {epsilon: 1e-3}}, dense"),
            hint: "write a number such as 1e-3",
          },
          { default: DEFAULT_EPSILON },
        ),
      })
      .optional(),
    {
      description: "Batch normalization over the samples at hand, with a scale and a shift per channel.",
      values: "a mapping with epsilon",
      example: network("{batchNorm: {epsilon: 1e-3}}, dense"),
      hint: "write batchNorm alone, or {batchNorm: {epsilon: 1e-3}}",
    },
  ),
} as const;

type PlainLayer = (typeof PLAIN_LAYERS)[number];

/** A layer as written: a word, or a mapping with one key. */
export type WrittenLayer =
  | PlainLayer
  | (z.input<z.ZodObject<typeof SETTINGS>> & { residual?: WrittenLayer[] | undefined });

const word: z.ZodType<PlainLayer, PlainLayer> = z.enum(PLAIN_LAYERS);

const layerSchema: z.ZodType<WrittenLayer, WrittenLayer> = z
  .union([
    word,
    single(
      z.strictObject({
        ...SETTINGS,
        residual: key(
          z
            .array(z.lazy((): z.ZodType<WrittenLayer, WrittenLayer> => layerSchema))
            .min(1)
            .optional(),
          {
            description: "x + layers(x), a skip around layers. A skip around weights adds terms of different degrees.",
            values: "a list of layers",
            example: network("{residual: [relu]}, dense"),
            hint: "write a list of layers, as in [{dense: 5}, relu]",
          },
        ),
      }),
      { noun: "layer", nouns: "layers", advice: "write relu, or {dense: 5}" },
    ),
  ])
  .meta({ id: "layer" });

export const layersSchema = z.array(layerSchema).min(1);
