/**
 * What a branch of a network looks like on given data: the shape behind every layer, and its parameters in order. Both ways of
 * running a branch (kernels of our own, TensorFlow.js) follow it.
 *
 * Parameters come in the order of the layers, those of a residual block in place: a kernel ([in, units], or
 * [kh, kw, in, filters]), then its bias; of batchNorm the scale, then the shift. The bias of a layer with no parameter before
 * it is one more row of the kernel ([in + 1, units], [kh·kw·in + 1, filters]): what a constant input would make of it, so that
 * it leaves the degree of homogeneity as it is.
 */
import type { LayerConfig } from "../../config/config.ts";
import { MAX_ENTRIES } from "../../data/limits.ts";
import type { NetworkParameter } from "./mapping.ts";

/** From `mapping.layers` on: [2], or [2, "residual", 0] inside of a residual block. */
export type LayerPath = readonly (string | number)[];

export interface PlannedParameter extends NetworkParameter {
  /** The last row of `shape` is the bias. */
  readonly biasRow?: true;
  /** The layer it belongs to. */
  readonly layer: LayerPath;
}

export interface PlannedLayer {
  /** With the number of units filled in. */
  readonly layer: LayerConfig;
  readonly path: LayerPath;
  /** Without the axis of samples. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** Indices into `NetworkPlan.parameters`; of a residual block none: its layers have them. */
  readonly parameters: readonly number[];
  /** What is in a residual block, empty for all others. */
  readonly inner: readonly PlannedLayer[];
}

export interface NetworkPlan {
  readonly parameters: readonly PlannedParameter[];
  readonly layers: readonly PlannedLayer[];
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** Layers with a kernel. */
  readonly depth: number;
}

export interface NetworkShape {
  /** Of one sample. */
  readonly inputShape: readonly number[];
  /** Columns of the target. */
  readonly outputs: number;
  /** For the cap on what all samples together take; absent: one. */
  readonly samples?: number;
}

/** The samples that a branch runs on. */
export interface NetworkData {
  /** samples × inputShape, last axis fastest. */
  readonly input: Float64Array;
  readonly inputShape: readonly number[];
  readonly samples: number;
  readonly outputs: number;
}

export type PlanResult =
  | { readonly ok: true; readonly plan: NetworkPlan }
  | { readonly ok: false; readonly message: string; readonly layer: LayerPath };

type Step = { readonly ok: true; readonly layers: readonly PlannedLayer[] } | Unfit;
type Unfit = Extract<PlanResult, { readonly ok: false }>;

interface Building {
  readonly data: NetworkShape;
  readonly parameters: PlannedParameter[];
  /** Layers with a kernel in all, and so far. */
  readonly kernels: number;
  met: number;
}

/** Never throws; `message` says what does not fit at which layer and what to do about it. */
export function planNetwork(layers: readonly LayerConfig[], data: NetworkShape): PlanResult {
  const building: Building = { data, parameters: [], kernels: countKernels(layers), met: 0 };
  if (building.kernels === 0) return unfit([], "no layer has weights; add dense or conv2d");
  if (sizeOf(data.inputShape) === 0) return unfit([], "the input has no numbers a sample; give at least one column");
  const planned = planLayers(layers, [], data.inputShape, building);
  if (!planned.ok) return planned;
  const outputShape = planned.layers.at(-1)?.outputShape ?? data.inputShape;
  const size = sizeOf(outputShape);
  if (size !== data.outputs) {
    const given = outputShape.length > 1 ? `${show(outputShape)} = ${size}` : `${size}`;
    const columns = data.outputs === 1 ? "1 column" : `${data.outputs} columns`;
    return unfit(
      [layers.length - 1],
      `the branch ends with ${given} numbers a sample, the target has ${columns}; end it with dense`,
    );
  }
  const { parameters, kernels: depth } = building;
  return {
    ok: true,
    plan: { parameters, layers: planned.layers, inputShape: data.inputShape, outputShape, depth },
  };
}

function planLayers(
  layers: readonly LayerConfig[],
  at: LayerPath,
  inputShape: readonly number[],
  building: Building,
): Step {
  const planned: PlannedLayer[] = [];
  let shape = inputShape;
  for (const [index, layer] of layers.entries()) {
    const step = planLayer(layer, [...at, index], shape, building);
    if (!step.ok) return step;
    planned.push(...step.layers);
    shape = planned.at(-1)?.outputShape ?? shape;
    const numbers = sizeOf(shape) * (building.data.samples ?? 1);
    if (numbers > MAX_ENTRIES) {
      return unfit([...at, index], `${count(numbers)} numbers behind it; at most ${count(MAX_ENTRIES)} can be held`);
    }
  }
  return { ok: true, layers: planned };
}

function planLayer(layer: LayerConfig, path: LayerPath, input: readonly number[], building: Building): Step {
  const first = building.parameters.length;
  const done = (outputShape: readonly number[], more: Partial<PlannedLayer> = {}): Step => {
    const parameters = more.inner === undefined ? building.parameters.slice(first).map((_, k) => first + k) : [];
    const heavy = building.parameters.slice(first).find(({ shape }) => sizeOf(shape) > MAX_ENTRIES);
    if (heavy !== undefined) {
      const size = count(sizeOf(heavy.shape));
      return unfit(path, `${size} weights (${show(heavy.shape)}); at most ${count(MAX_ENTRIES)} can be held`);
    }
    return { ok: true, layers: [{ layer, path, inputShape: input, outputShape, parameters, inner: [], ...more }] };
  };
  const needs = imageNeed(layer, input);
  if (needs !== undefined) return unfit(path, needs);
  const [height, width] = input;
  const channels = input.at(-1) ?? 1;
  switch (layer.kind) {
    case "dense": {
      if (input.length !== 1) {
        return unfit(path, `dense needs a row of numbers a sample, but gets ${show(input)}; add flatten before it`);
      }
      const isLast = building.met + 1 === building.kernels;
      if (layer.units === null && !isLast) {
        return unfit(
          path,
          "dense needs its number of units, as in dense: 8; only the last one may leave it to the target",
        );
      }
      const units = layer.units ?? building.data.outputs;
      addKernel(building, path, "dense", [channels, units], layer.bias);
      return done([units], { layer: { ...layer, units } });
    }
    case "conv2d": {
      const [kh, kw] = layer.kernel;
      if (layer.padding === "valid" && (kh > height || kw > width)) {
        return unfit(
          path,
          `the kernel ${kh} × ${kw} is larger than the image, ${height} × ${width}; use a smaller one, or padding: same`,
        );
      }
      addKernel(building, path, "conv2d", [kh, kw, channels, layer.filters], layer.bias);
      const [sh, sw] = layer.stride;
      const along = (length: number, kernel: number, stride: number) =>
        layer.padding === "same" ? Math.ceil(length / stride) : Math.floor((length - kernel) / stride) + 1;
      return done([along(height, kh, sh), along(width, kw, sw), layer.filters]);
    }
    case "maxPool2d":
    case "averagePool2d": {
      const { size } = layer;
      if (size > Math.min(height, width)) {
        return unfit(path, `windows of ${size} × ${size} do not fit into ${height} × ${width}; use smaller ones`);
      }
      return done([Math.floor(height / size), Math.floor(width / size), channels]);
    }
    case "globalAveragePool2d":
      return done([channels]);
    case "maxout":
      if (channels % layer.pieces !== 0) {
        return unfit(
          path,
          `${channels} ${channels === 1 ? "channel is" : "channels are"} not a multiple of ${layer.pieces} pieces; give the layer before ${layer.pieces * Math.ceil(channels / layer.pieces)}`,
        );
      }
      return done([...input.slice(0, -1), channels / layer.pieces]);
    case "flatten":
      return done([sizeOf(input)]);
    case "batchNorm": {
      const number = building.parameters.filter(({ role }) => role === "scale").length + 1;
      for (const role of ["scale", "shift"] as const) {
        building.parameters.push({ name: `batchNorm_${number}/${role}`, role, shape: [channels], layer: path });
      }
      return done(input);
    }
    case "residual": {
      const inner = planLayers(layer.layers, [...path, "residual"], input, building);
      if (!inner.ok) return inner;
      const output = inner.layers.at(-1)?.outputShape ?? input;
      if (output.length !== input.length || output.some((length, k) => length !== input[k])) {
        return unfit(
          path,
          `residual adds its input (${show(input)}) to what its layers make of it (${show(output)}); make the shapes equal`,
        );
      }
      return done(output, { inner: inner.layers });
    }
    case "relu":
    case "abs":
    case "leakyRelu":
    case "power":
    case "dropout":
    case "sigmoid":
    case "tanh":
    case "gelu":
    case "softplus":
    case "elu":
    case "silu":
    case "softmax":
      return done(input);
    default:
      return layer satisfies never;
  }
}

function imageNeed({ kind }: LayerConfig, input: readonly number[]): string | undefined {
  const spatial =
    kind === "conv2d" || kind === "maxPool2d" || kind === "averagePool2d" || kind === "globalAveragePool2d";
  if (!spatial || input.length === 3) return undefined;
  return `${kind} needs height × width × channels, but gets ${show(input)}; give images (data.input with 4 axes), or take it out`;
}

function addKernel(
  building: Building,
  path: LayerPath,
  kind: "dense" | "conv2d",
  shape: readonly number[],
  bias: boolean,
): void {
  const isFirst = building.parameters.length === 0;
  building.met++;
  const name = `${kind}_${building.met}`;
  const units = shape[shape.length - 1];
  const inputs = sizeOf(shape.slice(0, -1));
  const kernel = { name: `${name}/kernel`, role: "kernel", layer: path } as const;
  if (bias && isFirst) building.parameters.push({ ...kernel, shape: [inputs + 1, units], biasRow: true });
  else building.parameters.push({ ...kernel, shape });
  if (bias && !isFirst) building.parameters.push({ name: `${name}/bias`, role: "bias", shape: [units], layer: path });
}

function countKernels(layers: readonly LayerConfig[]): number {
  return layers.reduce((all, layer) => {
    if (layer.kind === "residual") return all + countKernels(layer.layers);
    return layer.kind === "dense" || layer.kind === "conv2d" ? all + 1 : all;
  }, 0);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((all, length) => all * length, 1);
}

function show(shape: readonly number[]): string {
  return shape.length === 0 ? "a single number" : shape.join(" × ");
}

function count(numbers: number): string {
  return numbers.toLocaleString("en-US");
}

function unfit(layer: LayerPath, message: string): Unfit {
  return { ok: false, message, layer };
}
