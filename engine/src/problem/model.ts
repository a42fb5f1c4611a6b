/** Config + arrays → the mapping φ. */
import type { Config, LayerConfig } from "../config/config.ts";
import { formatPath } from "../config/path.ts";
import type { NumericArray } from "../data/array.ts";
import { readKeras } from "../homogeneity/keras.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { sampleShape } from "./fit.ts";
import { cpMapping } from "./mapping/cp.ts";
import { denseProgram, hasOwnKernels } from "./mapping/dense-program.ts";
import type { Mapping } from "./mapping/mapping.ts";
import { matrixMapping } from "./mapping/matrix.ts";
import { modelMapping, networkMapping, withOnes } from "./mapping/network.ts";
import { planNetwork } from "./mapping/network-plan.ts";
import type { Observation } from "./mapping/observation.ts";
import { entryObservation, matrixSensing, rankOneSensing } from "./mapping/observations.ts";
import { symmetricMapping } from "./mapping/symmetric.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Target } from "./target.ts";

export interface ModelArrays {
  readonly input?: NumericArray;
  readonly sensing?: NumericArray;
  /** Matrices of kernel and inequality constraints, by the file name in the config. */
  readonly constraints?: Readonly<Record<string, NumericArray>>;
  /** The parsed JSON of `mapping.model`. */
  readonly model?: unknown;
}

type Made<T> = ({ readonly ok: true } & T) | Refusal;

/** `tensor` runs the layers that have no kernel of our own; `needsTensor` says whether it will be asked. */
export function mappingOf(
  config: Config,
  arrays: ModelArrays,
  target: Target,
  tensor: Tensor | undefined,
): Made<{ readonly mapping: Mapping }> {
  const { mapping } = config;
  switch (mapping.kind) {
    case "matrix":
    case "symmetric": {
      const observed = observationOf(config, arrays, target);
      if (!observed.ok) return observed;
      const { observation } = observed;
      return {
        ok: true,
        mapping: mapping.kind === "matrix" ? matrixMapping(observation) : symmetricMapping(observation),
      };
    }
    case "cp":
      return { ok: true, mapping: cpMapping(target.entries, target.shape) };
    case "network":
      return networkOf(config, arrays, target, tensor);
    default:
      return mapping satisfies never;
  }
}

/** Whether a problem needs TensorFlow.js. */
export function needsTensor({ mapping }: Config): boolean {
  return mapping.kind === "network" && ("model" in mapping || !hasOwnKernels(mapping.layers));
}

function observationOf(
  config: Config,
  arrays: ModelArrays,
  target: Target,
): Made<{ readonly observation: Observation }> {
  const sensing = config.data.sensing === undefined ? undefined : arrays.sensing;
  if (sensing === undefined) return { ok: true, observation: entryObservation(target.entries) };
  const { shape } = sensing;
  const name = config.data.sensing ?? "sensing";
  const bad = sensing.data.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) {
    return refuse(
      "invalid-data",
      "data.sensing",
      `data.sensing: number ${bad + 1} of ${name} is ${sensing.data[bad]}; all have to be finite`,
    );
  }
  const { entries } = target;
  const kept = observedRows(sensing, entries);
  return { ok: true, observation: shape.length === 3 ? matrixSensing(kept) : rankOneSensing(kept) };
}

/** Measurements whose number is missing are left out. */
function observedRows(sensing: NumericArray, entries: Target["entries"]): NumericArray {
  const kept: number[] = [];
  for (let i = 0; i < entries.rows; i++) if (entries.rowStart[i + 1] > entries.rowStart[i]) kept.push(i);
  if (kept.length === entries.rows) return sensing;
  const size = sensing.data.length / sensing.shape[0];
  const data = new Float64Array(kept.length * size);
  kept.forEach((i, at) => {
    data.set(sensing.data.subarray(i * size, (i + 1) * size), at * size);
  });
  return { shape: [kept.length, ...sensing.shape.slice(1)], data };
}

function networkOf(
  config: Config,
  arrays: ModelArrays,
  target: Target,
  tensor: Tensor | undefined,
): Made<{ readonly mapping: Mapping }> {
  const { mapping } = config;
  const name = config.data.input ?? "input";
  if (arrays.input === undefined || mapping.kind !== "network") {
    return refuse(
      "invalid-value",
      "data.input",
      "data.input: a network needs its input; write the name of an array file",
    );
  }
  const bad = arrays.input.data.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) {
    const message = `data.input: number ${bad + 1} of ${name} is ${arrays.input.data[bad]}; fill or drop samples with missing input`;
    return refuse("invalid-data", "data.input", message);
  }
  const { entries } = target;
  const samples = entries.rows;
  const inputShape = sampleShape(config, arrays.input.shape);
  const input = config.data.bias ? withOnes(arrays.input.data, samples) : arrays.input.data;
  const data = { input, inputShape, samples, outputs: entries.columns };
  if ("model" in mapping) {
    if (tensor === undefined) return noTensor();
    const made = tensor.model(arrays.model, data);
    if (!made.ok) return refuse("shape-mismatch", "mapping.model", `mapping.model: ${mapping.model}: ${made.message}`);
    const graph = readKeras(arrays.model);
    return { ok: true, mapping: modelMapping(entries, made, data, graph.ok ? graph.graph : undefined) };
  }
  const planned = planNetwork(mapping.layers, { inputShape, outputs: entries.columns, samples });
  if (!planned.ok) {
    const shown = formatPath(["mapping", "layers", ...planned.layer]);
    return refuse("shape-mismatch", shown, `${shown}: ${planned.message}`);
  }
  const program = programOf(mapping.layers, data, tensor);
  if (program === undefined) return noTensor();
  return { ok: true, mapping: networkMapping(entries, program, planned.plan, mapping.layers, data) };
}

function programOf(
  layers: readonly LayerConfig[],
  data: {
    readonly input: Float64Array;
    readonly inputShape: readonly number[];
    readonly samples: number;
    readonly outputs: number;
  },
  tensor: Tensor | undefined,
) {
  return hasOwnKernels(layers) ? denseProgram(layers, data) : tensor?.network(layers, data);
}

function noTensor(): Refusal {
  return refuse("unsupported", "mapping", "mapping: these layers need TensorFlow.js, which is not loaded here");
}
