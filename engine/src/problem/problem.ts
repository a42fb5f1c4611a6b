/** Config + arrays → Problem: what descent and certificate compute with. */
import { choosePolar } from "../certify/polar/choose.ts";
import type { Polar } from "../certify/polar/polar.ts";
import type { Config } from "../config/config.ts";
import type { NumericArray } from "../data/array.ts";
import type { Finding, InputCode } from "../diagnose/finding.ts";
import type { Degree, ProblemSummary } from "../events.ts";
import { homogeneity } from "../homogeneity/degree.ts";
import { branchBound } from "../homogeneity/width.ts";
import type { Observed } from "../linalg/observed.ts";
import { observedEntries } from "../linalg/observed.ts";
import type { Factors } from "./factors.ts";
import { huberLoss } from "./loss/huber.ts";
import type { Loss } from "./loss/loss.ts";
import { lossOf } from "./loss/loss.ts";
import type { Regularizer } from "./regularizer/regularizer.ts";
import { regularizerOf } from "./regularizer/regularizer.ts";

export interface Problem {
  readonly config: Config;
  readonly rows: number;
  readonly columns: number;
  /** Y at its observed entries. */
  readonly target: Observed;
  readonly loss: Loss;
  readonly regularizer: Regularizer;
  readonly polar: Polar;
  readonly homogeneity: { readonly mapping: Degree; readonly regularizer: Degree };
  readonly lambda: number;
  /** Ω°(−∇ℓ(0)): from here on the zero model is optimal. */
  readonly lambdaMax: number;
  readonly maxBranches: number;
  /** The point to start from, when it was given as a checkpoint. */
  readonly checkpoint: Factors | null;
}

export interface ProblemArrays {
  readonly target: NumericArray;
  readonly mask?: NumericArray;
  /** What `start.checkpoint` holds. */
  readonly checkpoint?: Factors;
}

/** Squares and products of data must neither overflow nor lose themselves in underflow. */
const LARGEST_VALUE = 1e100;
const SMALLEST_SCALE = 1e-100;

/** Never throws: arrays that do not fit give findings (`shape-mismatch`, `invalid-data`) that name what and where. */
export function buildProblem(
  config: Config,
  arrays: ProblemArrays,
): { readonly ok: true; readonly problem: Problem } | { readonly ok: false; readonly findings: readonly Finding[] } {
  const shape = matrixShape(arrays.target);
  if (shape === undefined) {
    return refuse(
      "shape-mismatch",
      "data.target",
      `data.target: ${config.data.target} has ${arrays.target.shape.length} axes (${arrays.target.shape.join(" × ")}); mapping.kind: matrix needs a table with 2`,
    );
  }
  const [rows, columns] = shape;
  const { mask } = arrays;
  if (mask !== undefined) {
    const maskShape = matrixShape(mask);
    if (maskShape === undefined || maskShape[0] !== rows || maskShape[1] !== columns) {
      return refuse(
        "shape-mismatch",
        "data.mask",
        `data.mask: ${config.data.mask ?? "mask"} is ${mask.shape.join(" × ")}, but data.target ${config.data.target} is ${rows} × ${columns}; give both the same shape`,
      );
    }
    const bad = mask.data.findIndex((x) => x !== 0 && x !== 1);
    if (bad >= 0) {
      return refuse(
        "invalid-data",
        "data.mask",
        `data.mask: row ${Math.floor(bad / columns) + 1}, column ${(bad % columns) + 1} is ${mask.data[bad]}; a mask holds 1 (observed) or 0 (hidden)`,
      );
    }
  }
  const loss = modelLoss(config);
  const wrong = arrays.target.data.findIndex(
    (y, k) => !Number.isNaN(y) && (mask === undefined || mask.data[k] === 1) && loss.targets?.accepts(y) === false,
  );
  if (wrong >= 0) {
    return refuse(
      "invalid-data",
      "data.target",
      `data.target: row ${Math.floor(wrong / columns) + 1}, column ${(wrong % columns) + 1} of ${config.data.target} is ${arrays.target.data[wrong]}, which for loss: ${config.loss.kind} is not ${loss.targets?.words}`,
    );
  }
  const y = loss.encode === undefined ? arrays.target.data : arrays.target.data.map(loss.encode);
  const target = observedEntries(
    y,
    rows,
    columns,
    (k) => !Number.isNaN(y[k]) && (mask === undefined || mask.data[k] === 1),
  );
  if (target.value.length === 0) {
    return refuse(
      "invalid-data",
      "data.target",
      `data.target: ${config.data.target} has no observed entry (${rows} × ${columns}, every cell empty, NaN or masked); give at least one number`,
    );
  }
  let largest = 0;
  for (let k = 0; k < target.value.length; k++) largest = Math.max(largest, Math.abs(target.value[k]));
  if (!(largest <= LARGEST_VALUE) || (largest > 0 && largest < SMALLEST_SCALE)) {
    return refuse(
      "invalid-data",
      "data.target",
      `data.target: the largest entry of ${config.data.target} is ${largest}; squares would leave float64: rescale the data to between ${SMALLEST_SCALE} and ${LARGEST_VALUE}`,
    );
  }
  const regularizer = regularizerOf(config.regularizer);
  const { checkpoint } = arrays;
  if (checkpoint !== undefined) {
    const wrong = unfitCheckpoint(checkpoint, regularizer, rows, columns);
    if (wrong !== undefined) return refuse(wrong.code, "start.checkpoint", `start.checkpoint: ${wrong.message}`);
  }
  const polar = choosePolar(regularizer);
  const lambdaMax = largestUsefulLambda(target, loss, polar);
  const lambda =
    config.lambda.kind === "absolute"
      ? config.lambda.value
      : // With λ_max = 0 (a zero target) every λ gives the zero model: take the factor itself.
        config.lambda.value * (lambdaMax > 0 ? lambdaMax : 1);
  return {
    ok: true,
    problem: {
      config,
      rows,
      columns,
      target,
      loss,
      regularizer,
      polar,
      homogeneity: homogeneity(config),
      lambda,
      lambdaMax,
      checkpoint: checkpoint ?? null,
      maxBranches: config.search.maxBranches ?? branchBound(config.regularizer, rows, columns),
    },
  };
}

export function summarize(problem: Problem): ProblemSummary {
  const { config, rows, columns } = problem;
  return {
    rows,
    columns,
    observed: problem.target.value.length,
    mapping: config.mapping.kind,
    loss: problem.loss.label,
    regularizer: problem.regularizer.label,
    homogeneity: problem.homogeneity,
    lambda: problem.lambda,
    lambdaMax: problem.lambdaMax,
    gapTolerance: config.search.gap,
    maxBranches: problem.maxBranches,
    grow: config.search.grow,
  };
}

function unfitCheckpoint(
  { branches, u, v }: Factors,
  regularizer: Regularizer,
  rows: number,
  columns: number,
): { readonly code: InputCode; readonly message: string } | undefined {
  if (branches < 1) return { code: "shape-mismatch", message: "the factors have no branch; save at least one column" };
  const shape = `factor1 is ${u.length / branches}×${branches} and factor2 is ${v.length / branches}×${branches}`;
  if (u.length !== rows * branches || v.length !== columns * branches) {
    return {
      code: "shape-mismatch",
      message: `${shape}, but data.target is ${rows}×${columns}; factor1 needs ${rows} rows and factor2 ${columns}`,
    };
  }
  for (const [name, factor, norm] of [
    ["factor1", u, regularizer.norms[0]],
    ["factor2", v, regularizer.norms[1]],
  ] as const) {
    const bad = factor.findIndex((x) => !Number.isFinite(x) || (norm.constrained && x < 0));
    if (bad < 0) continue;
    const place = `row ${Math.floor(bad / branches) + 1}, column ${(bad % branches) + 1} of ${name} is ${factor[bad]}`;
    const rule = Number.isFinite(factor[bad]) ? "the factor has to be nonnegative" : "factors have to be finite";
    return { code: "invalid-data", message: `${place}; ${rule}` };
  }
  return undefined;
}

/** The loss the factors see: outliers E with H = μ‖E‖₁ are eliminated, which turns a squared loss into Huber's. */
function modelLoss({ loss, extra }: Config): Loss {
  if (extra === undefined || loss.kind !== "squared") return lossOf(loss);
  return huberLoss(loss.weight, extra.outliers.l1);
}

function largestUsefulLambda(target: Observed, loss: Loss, polar: Polar): number {
  const w = { ...target, value: new Float64Array(target.value.length) };
  loss.negativeGradientInto(w.value, new Float64Array(target.value.length), target);
  return polar(w, { above: Number.POSITIVE_INFINITY, estimateOnly: true, stopped: () => false }).lower;
}

function matrixShape({ shape }: NumericArray): readonly [number, number] | undefined {
  if (shape.length === 1) return [shape[0], 1];
  return shape.length === 2 ? [shape[0], shape[1]] : undefined;
}

function refuse(code: InputCode, path: string, message: string) {
  const finding: Finding = { code, severity: "error", message, path, explanation: "", suggestions: [] };
  return { ok: false, findings: [finding] } as const;
}
