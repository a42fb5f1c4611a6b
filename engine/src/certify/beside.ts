/**
 * The polar at a point whose gap is proven at a dual point nearby, without a search of its own. For ℓ2·ℓ2 it is a norm, no larger than
 * the Frobenius norm, so for w = −∇ℓ of the point and the dual point q
 *   Ω°(w) ≤ Ω°(q) + Ω°(w − q) ≤ Ω°(q) + ‖A*(w − q)‖_F / scale,
 * and what the point's branches reach is its lower end. Cost of two passes over w.
 */
import { roundedUp } from "../linalg/rounding.ts";
import { withScratch } from "../linalg/scratch.ts";
import { lengthBound } from "../linalg/vector.ts";
import type { Problem } from "../problem/problem.ts";
import { isPlain } from "../problem/regularizer/norm.ts";
import type { LowerBound, ProvenPolar } from "./dual.ts";
import type { PointEvaluation } from "./evaluate.ts";
import { kindOf } from "./polar/bracket.ts";

/** Kind of the witness. */
export const BESIDE = "beside";
const METHOD = "from a dual point nearby";
const WHY = "the gap is proven there, so that the polar here needs no proof of its own";
/** Flops of a proof that take longer than anybody wants to wait for a number that only is shown. */
const LONG_PROOF = 5e7;

/** Whether a proof of the polar takes long, and the one of another dual point can take its place. */
export function isSpared(problem: Problem): boolean {
  const { value, rows, columns } = problem.target;
  const shorter = Math.min(rows, columns);
  return allowsBeside(problem) && value.length * shorter + shorter ** 3 / 3 > LONG_PROOF;
}

function allowsBeside({ mapping, regularizer, loss }: Problem): boolean {
  const { matched, form, norms } = regularizer;
  const isSpectral = mapping.kind === "matrix" && norms.every((norm) => isPlain(norm, "l2"));
  return isSpectral && matched && form !== "compound" && loss.feasibleDual === undefined;
}

/** Undefined where the polar is no such norm, or nothing is known at the other dual point. */
export function polarBeside(
  problem: Problem,
  { negativeGradient: w, branches }: PointEvaluation,
  { dual, polar }: LowerBound,
): ProvenPolar | undefined {
  const { mapping, regularizer, lambda } = problem;
  if (!allowsBeside(problem) || mapping.kind !== "matrix" || polar.upper === null) return undefined;
  const { adjoint, adjointError } = mapping.observation;
  const length = withScratch(w.length, (difference) => {
    for (let k = 0; k < w.length; k++) difference[k] = w[k] - dual[k];
    return roundedUp(lengthBound(adjoint(difference).value) + adjointError(difference), 4);
  });
  const distance = roundedUp(length / regularizer.scale / lambda, 3 + 8 * (regularizer.exponents.length + 1));
  const upper = roundedUp(polar.upper + distance, 1);
  if (!(upper < Number.POSITIVE_INFINITY)) return undefined;
  const live = branches.filter(({ zero }) => !zero);
  const reached = live.reduce((most, { slack, regularizer: g }) => Math.max(most, 1 - slack / g), 0);
  const lower = Math.min(reached, upper);
  const witness = { kind: BESIDE, threshold: distance };
  return { polar: { lower, upper, method: METHOD, why: WHY, kind: kindOf(lower, upper) }, witness, directions: [] };
}
