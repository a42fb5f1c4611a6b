/**
 * Parallel subnetworks: Φ(X) = Σ_i φ(X_i), φ one branch of layers on fixed data, seen at the observed entries of the target
 * (samples × outputs). What runs a branch is a `NetworkProgram`; what its parts are worth is in `network-gain.ts`.
 */
import type { LayerConfig } from "../../config/config.ts";
import type { Degree } from "../../events.ts";
import { parameterDegrees } from "../../homogeneity/config-degrees.ts";
import { configGraph } from "../../homogeneity/config-layers.ts";
import { degreeOf } from "../../homogeneity/degree.ts";
import type { LayerGraph } from "../../homogeneity/graph.ts";
import { type ModelDegrees, modelDegrees } from "../../homogeneity/model-degrees.ts";
import type { Observed } from "../../linalg/observed.ts";
import { gamma, roundedUp } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import { branchesOf, type Factors, setSliceInto } from "../factors.ts";
import type { FactorSpec, NetworkMapping, NetworkParameter, NetworkProgram } from "./mapping.ts";
import { isZero } from "./mapping.ts";
import { networkGain } from "./network-gain.ts";
import { networkLabel, parameterSymbols } from "./network-label.ts";
import { type NetworkData, type NetworkPlan, sizeOf } from "./network-plan.ts";
import { type NeuronKernel, neuronKernel } from "./neuron-kernel.ts";

/** Of all neurons together, beyond which they go one after the other: 256 MB. */
const MOST_ACTIVATIONS = 2 ** 25;

interface Facts {
  readonly label: string;
  readonly degree: Degree;
  /** Of each parameter alone. */
  readonly degrees: readonly Degree[];
  readonly input: Float64Array;
  readonly neuron: boolean;
  readonly errorIsProven: boolean;
  readonly gain: () => number;
}

/** Branches of config layers, run by `program`, which follows `plan`. */
export function networkMapping(
  entries: Observed,
  program: NetworkProgram,
  plan: NetworkPlan,
  layers: readonly LayerConfig[],
  data: NetworkData,
): NetworkMapping {
  const model = modelDegrees(configGraph(layers));
  const degrees = parameterDegrees(model);
  const input = effectiveInput(plan, data);
  return mappingOf(entries, program, {
    label: networkLabel(layers, plan),
    degree: jointDegree(model),
    // Biases that are rows of a kernel have no entry of their own, here and there.
    degrees,
    input,
    neuron: isNeuron(plan),
    errorIsProven: layers.every(hasProvenError),
    gain: () => (degrees.every(isPositive) ? networkGain(plan, data, input) : Number.POSITIVE_INFINITY),
  });
}

/** Branches of a model file. `graph`: its layers, for the degrees; without it none is known. */
export function modelMapping(
  entries: Observed,
  { program, errorIsProven }: { readonly program: NetworkProgram; readonly errorIsProven: boolean },
  data: NetworkData,
  graph?: LayerGraph,
): NetworkMapping {
  const model = graph === undefined ? undefined : modelDegrees(graph);
  return mappingOf(entries, program, {
    label: `a model with ${program.parameters.length} arrays of weights`,
    degree: model === undefined ? null : jointDegree(model),
    degrees: program.parameters.map(({ name }) => (model === undefined ? null : degreeByName(model, name))),
    input: data.input,
    neuron: false,
    errorIsProven,
    gain: () => Number.POSITIVE_INFINITY,
  });
}

function mappingOf(entries: Observed, program: NetworkProgram, facts: Facts): NetworkMapping {
  const { degree, degrees } = facts;
  const factors = factorSpecs(program.parameters, degrees);
  const place = placesOf(entries);
  const separable = degrees.every(isPositive);
  const { input, neuron } = facts;
  const { samples, outputs } = program;
  const each = branchwise(program, separable);
  const all = neuron ? neuronKernel({ input, samples, outputs }) : each;
  const kernelFor = ({ branches }: Factors) => (samples * branches <= MOST_ACTIVATIONS ? all : each);
  const dense = new Float64Array(samples * outputs);
  let gain: number | undefined;
  return {
    kind: "network",
    label: facts.label,
    factors,
    degree,
    separable,
    entries,
    program,
    input,
    neuron,
    errorIsProven: facts.errorIsProven,
    // It takes a bound on σ₁ of the data, which most problems never ask for.
    get gain() {
      gain ??= facts.gain();
      return gain;
    },
    predictInto(x, given) {
      kernelFor(given).predictInto(dense, given);
      for (let k = 0; k < x.length; k++) x[k] = dense[place[k]];
    },
    correlateInto(out, w, given) {
      dense.fill(0);
      for (let k = 0; k < w.length; k++) dense[place[k]] = w[k];
      kernelFor(given).correlateInto(out, dense, given);
    },
    predictionError: (given) => kernelFor(given).error(given),
  };
}

/** One branch after the other. */
function branchwise(program: NetworkProgram, separable: boolean): NeuronKernel {
  return {
    predictInto(x, given) {
      x.fill(0);
      for (const branch of branchesOf(given)) {
        const output = program.forward(branch);
        for (let k = 0; k < x.length; k++) x[k] += output[k];
      }
    },
    correlateInto(out, w, given) {
      for (const [b, branch] of branchesOf(given).entries()) {
        for (const [k, slice] of program.backward(branch, w).entries()) {
          setSliceInto(out[k], given.branches, b, slice);
        }
      }
    },
    /** Σ_i ‖fl(φ_i) − φ_i‖, and γ_r Σ_i ‖fl(φ_i)‖ for adding r of them. */
    error(given) {
      const branches = branchesOf(given).filter((branch) => !isZero({ separable }, branch));
      let sum = 0;
      for (const branch of branches) {
        sum += program.error(branch);
        if (branches.length === 1) continue;
        const output = program.forward(branch);
        sum += gamma(branches.length) * roundedUp(euclideanLength(output), output.length + 8);
      }
      return sum === 0 ? 0 : roundedUp(sum, 2 * branches.length + 2);
    },
  };
}

/** Layers whose running error bound is proven (`tensor/tensor.ts`, `dense-program.ts`). */
function hasProvenError(layer: LayerConfig): boolean {
  switch (layer.kind) {
    case "batchNorm":
    case "sigmoid":
    case "tanh":
    case "gelu":
    case "softplus":
    case "elu":
    case "silu":
    case "softmax":
      return false;
    case "residual":
      return layer.layers.every(hasProvenError);
    case "power":
      return Number.isInteger(layer.exponent) && layer.exponent <= 16;
    default:
      return true;
  }
}

function factorSpecs(parameters: readonly NetworkParameter[], degrees: readonly Degree[]): readonly FactorSpec[] {
  const symbols = parameterSymbols(parameters);
  return parameters.map(
    ({ shape, role }, k): FactorSpec => ({
      symbol: symbols[k],
      shape,
      size: sizeOf(shape),
      degree: degrees[k] ?? null,
      regularized: role !== "bias",
    }),
  );
}

/** Where the observed entries stand in a dense samples × outputs array. */
function placesOf({ rows, columns, rowStart, column }: Observed): Int32Array {
  const place = new Int32Array(column.length);
  for (let i = 0; i < rows; i++) {
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) place[k] = i * columns + column[k];
  }
  return place;
}

function jointDegree({ heads, output }: ModelDegrees): Degree {
  // A final softmax that is still part of the mapping leaves no degree.
  return heads.length > 0 ? null : degreeOf(output);
}

/** A bias that the graph joins to its kernel is an array of its own here, and then neither of the two has a degree alone. */
function degreeByName(model: ModelDegrees, name: string): Degree {
  const degrees = parameterDegrees(model);
  const at = model.factors.findIndex(
    ({ parameters: [only, ...joined] }) => joined.length === 0 && model.graph.parameters[only]?.id === name,
  );
  return at < 0 ? null : degrees[at];
}

function isPositive(degree: Degree): boolean {
  return degree !== null && degree > 0;
}

/** Layers that change no number of a row. */
function effectiveLayers({ layers }: NetworkPlan): NetworkPlan["layers"] {
  return layers.filter(({ layer: { kind } }) => kind !== "flatten" && kind !== "dropout");
}

/** relu(V u) vᵀ. */
function isNeuron(plan: NetworkPlan): boolean {
  const [first, middle, last, ...more] = effectiveLayers(plan).map(({ layer }) => layer);
  return (
    more.length === 0 &&
    first?.kind === "dense" &&
    first.units === 1 &&
    middle?.kind === "relu" &&
    last?.kind === "dense" &&
    !last.bias
  );
}

/** V with a column of ones where a first dense layer has a bias: what its kernel is multiplied with. */
function effectiveInput(plan: NetworkPlan, { input, samples }: NetworkData): Float64Array {
  const [first] = effectiveLayers(plan);
  const isExtended = first?.layer.kind === "dense" && plan.parameters[first.parameters[0]]?.biasRow === true;
  return isExtended ? withOnes(input, samples) : input;
}

/** A table of so many rows with a column of ones behind the others. */
export function withOnes(data: Float64Array, samples: number): Float64Array {
  const width = data.length / samples;
  const out = new Float64Array(samples * (width + 1)).fill(1);
  for (let n = 0; n < samples; n++) out.set(data.subarray(n * width, (n + 1) * width), n * (width + 1));
  return out;
}
