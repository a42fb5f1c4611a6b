/** Points judged by the compiled formulas: w = −∇ℓ(x), ℓ(x) and an upper end of it in one go. */
import { type EntryLoss, slopesInto } from "../../linalg/kernels/entry-loss.ts";
import type { Observed } from "../../linalg/observed.ts";
import { roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { movedUpper } from "./bounds.ts";
import type { Judged } from "./loss.ts";

/** Entries that are summed one by one. */
const CHAIN = 2 ** 15;

export interface ChainedLoss {
  readonly value: number;
  /** The longest chain of additions. */
  readonly additions: number;
}

/** w = −∇ℓ(x), and ℓ(x). */
export function chainedSlopesInto(w: Float64Array, x: Float64Array, y: Float64Array, loss: EntryLoss): ChainedLoss {
  w.set(x);
  let value = 0;
  for (let from = 0; from < x.length; from += CHAIN) {
    value += slopesInto(w, y, [from, Math.min(x.length, from + CHAIN)], loss, 0);
  }
  return { value, additions: Math.min(CHAIN, x.length) + Math.ceil(x.length / CHAIN) };
}

/** Weights and knees next to the ends of float64 have halves that are not exact. */
const ORDINARY = 1e150;

export function isOrdinary(...numbers: readonly number[]): boolean {
  return numbers.every((x) => x < ORDINARY && x > 1 / ORDINARY);
}

/** An entry has at most seven roundings, in both branches of Huber's; between them it may be in the wrong one, by u² of it. */
const ROUNDINGS = 16;

/**
 * Of squared and Huber losses with ordinary numbers. Their slopes are at most √(2cL) for an entry's loss L, so that ‖∇ℓ‖ ≤ √(2cℓ).
 * `error`: as `Loss.valueUpper` has it.
 */
export function judgeQuadraticInto(
  w: Float64Array,
  x: Float64Array,
  { value: y }: Observed,
  error: number,
  loss: Exclude<EntryLoss, { kind: "logistic" }>,
): Judged {
  const { value, additions } = chainedSlopesInto(w, x, y, loss);
  // A sum of 0 is exact when every residual is; otherwise something underflowed.
  if (value === 0 && error === 0 && x.every((entry, k) => entry === y[k])) return { value, upper: 0 };
  const { weight: c } = loss;
  const upper = roundedUp(value, additions + ROUNDINGS) + x.length * (1 + c) * UNDERFLOW;
  if (error === 0) return { value, upper };
  const slope = Math.sqrt(2 * c) * Math.sqrt(upper);
  return { value, upper: upper + movedUpper(slope, c, error) };
}
