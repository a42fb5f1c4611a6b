/** Points judged by the compiled formulas: w = −∇ℓ(x), ℓ(x) and an upper end of it in one go. */
import { type ChainedLoss, chainedSlopesInto, type EntryLoss } from "../../linalg/kernels/entry-loss.ts";
import type { Observed } from "../../linalg/observed.ts";
import { roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { movedUpper } from "./bounds.ts";
import type { Judged, Loss } from "./loss.ts";

/** Weights and knees next to the ends of float64 have halves that are not exact. */
const ORDINARY = 1e150;

export function isOrdinary(...numbers: readonly number[]): boolean {
  return numbers.every((x) => x < ORDINARY && x > 1 / ORDINARY);
}

/** An entry has at most seven roundings, in both branches of Huber's; between them it may be in the wrong one, by u² of it. */
const ROUNDINGS = 16;

/**
 * Of squared and Huber losses with ordinary numbers. Their slopes are at most √(2cL) for an entry's loss L, so that ‖∇ℓ‖ ≤ √(2cℓ).
 * Of a sum of 0 it is not known whether every residual is: something may have underflowed.
 */
export function judgedQuadratic(
  { value, additions }: ChainedLoss,
  count: number,
  error: number,
  { weight: c }: Exclude<EntryLoss, { kind: "logistic" }>,
): Judged | undefined {
  if (value === 0 && error === 0) return undefined;
  const upper = roundedUp(value, additions + ROUNDINGS) + count * (1 + c) * UNDERFLOW;
  if (error === 0) return { value, upper };
  const slope = Math.sqrt(2 * c) * Math.sqrt(upper);
  return { value, upper: upper + movedUpper(slope, c, error) };
}

/** w = −∇ℓ(x), ℓ(x) and its `valueUpper`: in one go where the loss allows it. */
export function judgeInto(loss: Loss, w: Float64Array, x: Float64Array, target: Observed, error: number): Judged {
  const { compiled, judged } = loss;
  if (compiled !== undefined && judged !== undefined) {
    const found = judged(chainedSlopesInto(w, x, target.value, compiled), w, error);
    if (found !== undefined) return found;
  }
  loss.negativeGradientInto(w, x, target);
  return { value: loss.value(x, target), upper: loss.valueUpper(x, target, error) };
}
