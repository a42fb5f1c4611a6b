/** Config + arrays → Problem: what descent and certificate compute with. */
import { choosePolar } from "../certify/polar/choose.ts";
import { MOST_COVERED } from "../certify/polar/neuron-closer.ts";
import type { Effort, Polar, PolarBranch } from "../certify/polar/polar.ts";
import type { Config } from "../config/config.ts";
import { isSparse, type NumericArray, type SparseArray } from "../data/array.ts";
import type { LayerSummary, ProblemSummary } from "../events.ts";
import { graphOf } from "../homogeneity/config-degrees.ts";
import { readKeras } from "../homogeneity/keras.ts";
import { branchBound } from "../homogeneity/width.ts";
import { isMostlyObserved, type Observed } from "../linalg/observed.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { chargeOf } from "./charge.ts";
import { checkpointFactors } from "./checkpoint.ts";
import type { Factors } from "./factors.ts";
import { misfitOf } from "./fit.ts";
import { layerSummaries } from "./layer-summary.ts";
import { type Loss, slopesAtZero } from "./loss/loss.ts";
import type { Mapping } from "./mapping/mapping.ts";
import { sizesOf } from "./mapping/mapping.ts";
import { type ModelArrays, mappingOf } from "./model.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Regularizer } from "./regularizer/regularizer.ts";
import { targetOf } from "./target.ts";

export interface Problem {
  readonly config: Config;
  /** Lengths of the target's axes. */
  readonly shape: readonly number[];
  /** Y at its observed entries: rows are the first axis, columns all the others. */
  readonly target: Observed;
  readonly loss: Loss;
  readonly mapping: Mapping;
  /** Length of a slice of every factor. */
  readonly sizes: readonly number[];
  readonly regularizer: Regularizer;
  readonly polar: Polar;
  readonly lambda: number;
  /** Ω°(−∇ℓ(0)), or what was found of it: from here on the zero model is optimal. */
  readonly lambdaMax: number;
  /** Unit branches with ⟨w, A(φ)⟩ > λ for w = −∇ℓ(0), where the search for λ_max went by them. */
  readonly zeroBranches?: readonly PolarBranch[] | undefined;
  readonly maxBranches: number;
  /** Of a network, for people. */
  readonly layers: readonly LayerSummary[] | null;
  /** The point to start from, when it was given as a checkpoint. */
  readonly checkpoint: Factors | null;
}

export interface ProblemArrays extends ModelArrays {
  /** Of a sparse table what it does not list is unobserved. */
  readonly target: NumericArray | SparseArray;
  readonly mask?: NumericArray;
  /** What `start.checkpoint` holds: factor1, factor2, … */
  readonly checkpoint?: readonly NumericArray[];
}

export interface BuildOptions {
  /** For layers that have no kernel of our own (`needsTensor`). */
  readonly tensor?: Tensor;
}

/** Never throws: arrays that do not fit give findings (`shape-mismatch`, `invalid-data`) that name what and where. */
export function buildProblem(
  config: Config,
  arrays: ProblemArrays,
  options: BuildOptions = {},
): { readonly ok: true; readonly problem: Problem } | Refusal {
  const misfit = misfitOf(config, {
    target: arrays.target.shape,
    isSparse: isSparse(arrays.target),
    ...(arrays.mask === undefined ? {} : { mask: arrays.mask.shape }),
    ...(arrays.input === undefined ? {} : { input: arrays.input.shape }),
    ...(arrays.sensing === undefined ? {} : { sensing: arrays.sensing.shape }),
  });
  if (misfit !== undefined) return refuse(misfit.code, misfit.path, misfit.message);
  const read = targetOf(config, arrays);
  if (!read.ok) return read;
  const { entries, shape, loss } = read.target;
  const mapped = mappingOf(config, arrays, read.target, options.tensor);
  if (!mapped.ok) return mapped;
  const { mapping } = mapped;
  const charged = chargeOf(config, mapping, arrays);
  if (!charged.ok) return charged;
  const regularizer = onProvenErrors(charged.regularizer, mapping);
  const { checkpoint } = arrays;
  const start = checkpoint === undefined ? undefined : checkpointFactors(checkpoint, mapping, regularizer.norms);
  if (start?.ok === false) return refuse(start.code, "start.checkpoint", `start.checkpoint: ${start.message}`);
  const polar = choosePolar(mapping, regularizer);
  // Of matrices more branches cost little more, and descent begins with them where most entries are observed.
  const areWanted = mapping.kind === "matrix" && isMostlyObserved(entries);
  const above = areWanted && config.lambda.kind === "absolute" ? config.lambda.value : undefined;
  const { lambdaMax, branches } = largestUsefulLambda(entries, loss, mapping, polar, above);
  const lambda =
    config.lambda.kind === "absolute"
      ? config.lambda.value
      : // With λ_max = 0 (a zero target) every λ gives the zero model: take the factor itself.
        config.lambda.value * (lambdaMax > 0 ? lambdaMax : 1);
  const sensed = config.data.sensing !== undefined && "observation" in mapping;
  return {
    ok: true,
    problem: {
      config,
      shape,
      target: entries,
      loss,
      mapping,
      sizes: sizesOf(mapping),
      regularizer,
      polar,
      lambda,
      lambdaMax,
      ...(above === undefined ? {} : { zeroBranches: branches }),
      layers: layersOf(config, arrays),
      checkpoint: start?.factors ?? null,
      maxBranches:
        config.search.maxBranches ??
        branchBound(config, {
          shape,
          factors: mapping.factors.length,
          ...(sensed ? { modelShape: [mapping.observation.rows, mapping.observation.columns] } : {}),
        }),
    },
  };
}

/** The same problem at another λ, on which nothing else of it depends. */
export function withLambda(problem: Problem, lambda: number): Problem {
  return {
    ...problem,
    config: { ...problem.config, lambda: { kind: "absolute", value: lambda } },
    lambda,
    zeroBranches: undefined,
  };
}

export function summarize(problem: Problem): ProblemSummary {
  const { config, mapping, regularizer, layers } = problem;
  const sensed = config.data.sensing !== undefined && "observation" in mapping ? mapping.observation : undefined;
  return {
    shape: sensed === undefined ? problem.shape : [sensed.rows, sensed.columns],
    observed: problem.target.value.length,
    seen: sensed === undefined ? "entries" : "measurements",
    mapping: config.mapping.kind,
    formula: mapping.label,
    loss: problem.loss.label,
    regularizer: regularizer.label,
    homogeneity: { mapping: mapping.degree, regularizer: regularizer.degree },
    ...(layers === null ? {} : { layers }),
    lambda: problem.lambda,
    lambdaMax: problem.lambdaMax,
    gapTolerance: config.search.gap,
    maxBranches: problem.maxBranches,
    grow: config.search.grow,
  };
}

function layersOf(config: Config, { model }: ProblemArrays): readonly LayerSummary[] | null {
  const read = model === undefined ? undefined : readKeras(model);
  const graph = graphOf(config, read?.ok === true ? { graph: read.graph } : {});
  if (graph === undefined) return null;
  return layerSummaries(graph, "layers" in config.mapping ? config.mapping.layers : undefined);
}

/** A certificate needs a proven bound on the rounding of the predictions. */
function onProvenErrors(regularizer: Regularizer, mapping: Mapping): Regularizer {
  if (mapping.kind !== "network" || mapping.errorIsProven || !regularizer.matched) return regularizer;
  return { ...regularizer, matched: false, mismatch: "the rounding of these layers is only estimated" };
}

/**
 * λ_max = Ω°(−∇ℓ(0)), from below; of one hidden relu layer with what a first cover of the directions adds to the search, where
 * they have few enough dimensions for one.
 */
function largestUsefulLambda(
  target: Observed,
  loss: Loss,
  mapping: Mapping,
  polar: Polar,
  above = Number.POSITIVE_INFINITY,
): { readonly lambdaMax: number; readonly branches: readonly PolarBranch[] } {
  const w = slopesAtZero({ loss, target });
  const at = (effort: Effort) => polar(w, { above, effort, lasting: true, stopped: () => false });
  const { lower, branches } = at("estimate");
  const isCovered = mapping.kind === "network" && mapping.neuron && mapping.factors[0].size <= MOST_COVERED;
  const found = isCovered ? Math.max(lower, at("bracket").lower) : lower;
  return { lambdaMax: Math.min(Number.MAX_VALUE, found), branches };
}
