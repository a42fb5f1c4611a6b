/**
 * A point, judged without any polar: objective, w = −∇ℓ, slacks, stationarity. Everything `verify` recomputes from the
 * factors alone. Cost: one prediction and one correlation.
 */
import type { BranchReport } from "../events.ts";
import { isWhole } from "../linalg/gram.ts";
import { largestModulus, rememberModulus } from "../linalg/kernels/sizes.ts";
import { gamma, roundedUp } from "../linalg/rounding.ts";
import { withScratch } from "../linalg/scratch.ts";
import { dot, euclideanLength, lengthBound, over } from "../linalg/vector.ts";
import type { Branch, Factors } from "../problem/factors.ts";
import { branchesOf, factorsOf, pointBranches, zeroFactors } from "../problem/factors.ts";
import { judgeInto } from "../problem/loss/judged.ts";
import type { Judged } from "../problem/loss/loss.ts";
import { isZero } from "../problem/mapping/mapping.ts";
import type { Problem } from "../problem/problem.ts";
import type { Regularizer } from "../problem/regularizer/regularizer.ts";
import { slopeAt } from "../problem/regularizer/regularizer.ts";
import type { Guess } from "./polar/polar.ts";

export interface PointEvaluation {
  /**
   * Whether objective, w and slacks are within float64. Of a point beyond it nothing is claimed: its objective is the largest
   * number, and it has no branches.
   */
  readonly finite: boolean;
  /** f_r at the point, rounded up: never below the exact value. */
  readonly objective: number;
  /** How much of `objective` is margin for rounding. */
  readonly objectiveMargin: number;
  /** w = −∇ℓ(A(Φ)), one number per observation; Z = A*(w) / λ. */
  readonly negativeGradient: Float64Array;
  readonly branches: readonly BranchReport[];
  /** Σ_i g(X_i), without λ. */
  readonly regularizer: number;
  /**
   * Scale-free distance from stationarity. With p_k = ∂⟨w, A(Φ)⟩/∂X_i^k, the norms n_k = ‖X_i^k‖ and the weights
   * ω_k = λ ∂g/∂n_k (of the product form, where mapping and regularizer match):
   * √(Σ_i g_i (Σ_k dist(p_k/ω_k, ∂‖X_i^k‖)² + imbalance_i²) / Σ_i g_i);
   * the imbalance (a − b)/(a + b) of the largest and the smallest term of a sum form, relative to what is best by rescaling
   * alone, counts for sums only. 0 without branches.
   */
  readonly stationarity: number;
}

interface JudgedPoint {
  readonly evaluation: PointEvaluation;
  /** At w itself. */
  readonly guess: Guess | undefined;
}

/** Of points that are still in use: descent, reduction and certificate ask about the same ones. */
const judged = new WeakMap<Factors, JudgedPoint & { readonly problem: Problem }>();

/** Factors are never changed once they are made, so each point is evaluated once. */
export function evaluatePoint(problem: Problem, factors: Factors): PointEvaluation {
  return judgedPoint(problem, factors).evaluation;
}

function judgedPoint(problem: Problem, factors: Factors): JudgedPoint {
  const known = judged.get(factors);
  if (known?.problem === problem) return known;
  const made = { problem, ...judge(problem, factors) };
  judged.set(factors, made);
  return made;
}

function judge(problem: Problem, factors: Factors): JudgedPoint {
  const { target, regularizer, lambda } = problem;
  const w = new Float64Array(target.value.length);
  const { ofLoss, correlations } = judgedInOneGo(problem, factors, w) ?? judgedStepByStep(problem, factors, w);
  const reports = reportsOf(problem, factors, w, correlations);
  let sum = 0;
  let weighted = 0;
  pointBranches(factors).forEach((branch, index) => {
    const { regularizer: g } = reports[index];
    sum += g;
    weighted += g * distanceSquared(problem, branch, correlations[index]);
  });
  const value = ofLoss.value + lambda * sum;
  const upper =
    ofLoss.upper +
    (reports.every(({ zero }) => zero) ? 0 : lambda * roundedUp(sum, regularizer.roundings + factors.branches));
  const objective = upper * (1 + gamma(4));
  const finite = Number.isFinite(objective) && isModest(w) && reports.every((report) => Number.isFinite(report.slack));
  if (!finite) return { evaluation: beyondFloat64(w), guess: undefined };
  const evaluation = {
    finite,
    objective,
    objectiveMargin: objective - value,
    negativeGradient: w,
    branches: reports,
    regularizer: sum,
    stationarity: sum > 0 ? finiteRoot(weighted / sum) : 0,
  };
  return { evaluation, guess: ownGuess(problem, factors, w, { branches: reports, correlations }) };
}

interface JudgedLoss {
  readonly ofLoss: Judged;
  readonly correlations: readonly Branch[];
}

function judgedStepByStep(problem: Problem, factors: Factors, w: Float64Array): JudgedLoss {
  const { mapping, loss, target } = problem;
  const ofLoss = withScratch(w.length, (x) => {
    mapping.predictInto(x, factors);
    return judgeInto(loss, w, x, target, mapping.predictionError(factors));
  });
  return { ofLoss, correlations: correlationsWith(problem, factors, w) };
}

/** The same numbers, where mapping and loss know how. */
function judgedInOneGo(
  { mapping, loss, sizes, target }: Problem,
  factors: Factors,
  w: Float64Array,
): JudgedLoss | undefined {
  const { compiled, judged } = loss;
  if (compiled === undefined || judged === undefined) return undefined;
  const gradient = zeroFactors(sizes, factors.branches);
  const sums = mapping.judgeInto?.(w, gradient.values, factors, target.value, compiled);
  const ofLoss = sums === undefined ? undefined : judged(sums, w, mapping.predictionError(factors));
  if (sums === undefined || ofLoss === undefined) return undefined;
  rememberModulus(w, sums.largest);
  return { ofLoss, correlations: branchesOf(gradient) };
}

/** ∂⟨w, A(Φ)⟩/∂X_i^k of every branch. */
function correlationsWith({ mapping, sizes }: Problem, factors: Factors, w: Float64Array): Branch[] {
  const gradient = zeroFactors(sizes, factors.branches);
  mapping.correlateInto(gradient.values, w, factors);
  return branchesOf(gradient);
}

function reportsOf(
  problem: Problem,
  factors: Factors,
  w: Float64Array,
  correlations: readonly Branch[],
): readonly BranchReport[] {
  const { regularizer, mapping, lambda } = problem;
  return pointBranches(factors).map((branch, index) => {
    const g = regularizer.measure(branch);
    const inner = correlationOf(problem, branch, correlations[index], w);
    return { index, regularizer: g, slack: g - inner / lambda, zero: isZero(mapping, branch) };
  });
}

/** Slacks of this part of g are rounding. */
const SETTLED_SLACK = 1e-10;

/**
 * The branches of a point where all are worth λ but for rounding, as at an optimum, at w or another dual point: no other can be worth much
 * more there. Cost of one correlation at a dual point that is not the point's own.
 */
export function settledGuess(problem: Problem, factors: Factors, dual?: Float64Array): Guess | undefined {
  if (dual === undefined) return judgedPoint(problem, factors).guess;
  const known = settled.get(factors);
  if (known?.problem === problem && known.dual === dual) return known.guess;
  const branches = settledOf(reportsOf(problem, factors, dual, correlationsWith(problem, factors, dual)));
  const guess = branches === undefined ? undefined : guessOf(factors, branches);
  settled.set(factors, { problem, dual, guess });
  return guess;
}

/** Of points that are still in use, at the dual point that was asked about last. */
const settled = new WeakMap<
  Factors,
  { readonly problem: Problem; readonly dual: Float64Array; readonly guess: Guess | undefined }
>();

/** Their indices, the best one first. */
function settledOf(branches: readonly BranchReport[]): readonly [number, ...number[]] | undefined {
  const live = branches.filter(({ zero }) => !zero);
  const isSettled = live.every(({ slack, regularizer: g }) => Math.abs(slack) <= SETTLED_SLACK * g);
  if (live.length === 0 || !isSettled) return undefined;
  const share = ({ slack, regularizer: g }: BranchReport) => slack / g;
  const best = live.reduce((a, b) => (share(b) < share(a) ? b : a));
  return [best.index, ...live.filter((report) => report !== best).map(({ index }) => index)];
}

function guessOf(factors: Factors, [best, ...others]: readonly [number, ...number[]]): Guess {
  const all = pointBranches(factors);
  return { branches: [all[best], ...others.map((index) => all[index])] };
}

/** At w = y − A(Φ) of a whole table that is known but for the rounding of both, with what the point's correlations were. */
function ownGuess(
  { loss, target, mapping }: Problem,
  factors: Factors,
  w: Float64Array,
  { branches, correlations }: { branches: readonly BranchReport[]; correlations: readonly Branch[] },
): Guess | undefined {
  const indices = settledOf(branches);
  if (indices === undefined) return undefined;
  const guess = guessOf(factors, indices);
  const isDifference = loss.kind === "squared" && loss.quadratic && loss.lipschitz === 1;
  const isTable = mapping.kind === "matrix" && mapping.observation.kind === "entries" && isWhole(target);
  if (!isDifference || !isTable) return guess;
  const distance = roundedUp(mapping.predictionError(factors) + gamma(4) * lengthBound(w), 3);
  const apart = { w, y: target.value, branches: guess.branches, distance };
  return { ...guess, apart: { ...apart, correlations: indices.map((index) => correlations[index]) } };
}

function beyondFloat64(w: Float64Array): PointEvaluation {
  return {
    finite: false,
    objective: Number.MAX_VALUE,
    objectiveMargin: 0,
    negativeGradient: w,
    branches: [],
    regularizer: 0,
    stationarity: 0,
  };
}

/** Every entry finite, and its square too. */
export function isModest(w: Float64Array): boolean {
  return largestModulus(w) < 1e200;
}

/** √x; beyond float64 (norms weighted by 1e-300) its largest number. */
function finiteRoot(x: number): number {
  return x < Number.POSITIVE_INFINITY ? Math.sqrt(x) : Number.MAX_VALUE;
}

/** ⟨w, A(φ(X_i))⟩: by Euler's theorem Σ_k ⟨X_i^k, p_k⟩ / p, where φ has a degree. */
function correlationOf({ mapping, sizes }: Problem, branch: Branch, p: Branch, w: Float64Array): number {
  if (mapping.degree !== null && mapping.degree !== 0) {
    return branch.reduce((all, slice, k) => all + dot(slice, p[k]), 0) / mapping.degree;
  }
  const alone = new Float64Array(w.length);
  mapping.predictInto(alone, factorsOf([branch], sizes, 1));
  return dot(alone, w);
}

function distanceSquared({ mapping, regularizer, lambda }: Problem, branch: Branch, p: Branch): number {
  const { norms, matched, form } = regularizer;
  const sizes = branch.map((slice, k) => norms[k].value(slice));
  const product = matched && mapping.separable && form !== "compound";
  const charged = sizes.filter((_, k) => mapping.factors[k].regularized);
  if (mapping.separable && !charged.every((n) => n > 0)) return 1;
  const geometric = product ? productForm(regularizer, sizes) : 0;
  let sum = 0;
  branch.forEach((slice, k) => {
    if (!mapping.factors[k].regularized) {
      // Nothing holds a free factor but the loss: its share of the change of the loss, against λ g.
      sum +=
        (euclideanLength(p[k]) * Math.max(1e-3, euclideanLength(slice))) ** 2 /
        (lambda * regularizer.measure(branch)) ** 2;
      return;
    }
    const own = regularizer.sliceForm(branch, k);
    const weight = lambda * (product ? (geometric * regularizer.exponents[k]) / sizes[k] : slopeAt(own, slice));
    if (!(weight > 0)) return;
    sum += own.norm.subgradientDistance(over(p[k], weight), slice) ** 2;
  });
  return sum + (product && regularizer.form === "sum" ? imbalance(regularizer, sizes) ** 2 : 0);
}

/** C Π n_k^{m_k}, which all forms with the same Ω agree on when they are balanced. */
function productForm({ scale, exponents }: Regularizer, sizes: readonly number[]): number {
  return sizes.reduce((all, n, k) => all * n ** exponents[k], scale);
}

/** Rescaling alone cannot lower Σ c_k n_k^p when all c_k n_k^p / m_k agree. */
function imbalance({ sum, exponents }: Regularizer, sizes: readonly number[]): number {
  if (sum === undefined) return 0;
  const terms = sizes.map((n, k) => (sum.weights[k] / exponents[k]) * n ** sum.power);
  const [low, high] = [Math.min(...terms), Math.max(...terms)];
  return (high - low) / (high + low);
}
