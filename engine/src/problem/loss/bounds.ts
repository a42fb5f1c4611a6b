/** How far sums of formulas over the observed entries are off, and how far a value moves when its argument does. */
import { gamma, roundedUp, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";

/** Formulas are good to this many units of their magnitude (exp, log and log1p are good to one). */
export const FORMULA_ERROR = 64 * UNIT_ROUNDOFF;

/** Not below the error of a sum of so many terms after one another, whose magnitudes sum to `magnitude`. */
export function formulaMargin(magnitude: number, additions: number): number {
  if (magnitude === 0) return 0;
  return roundedUp((FORMULA_ERROR + gamma(additions + 2)) * magnitude, additions + 4);
}

/**
 * Not below ℓ(x + e) − ℓ(x) for ‖e‖ ≤ error: twice ‖∇ℓ‖‖e‖ + (L/2)‖e‖², so that the rounding of either has room. `slope` is
 * ‖∇ℓ(x)‖, `curvature` not below L between x and x + e.
 */
export function movedUpper(slope: number, curvature: number, error: number): number {
  return 2 * slope * error + curvature * error * error;
}

/** a + b − fl(a + b), exactly, for `sum` = fl(a + b) (TwoSum, higham2002, §4.3). */
export function sumError(a: number, b: number, sum: number): number {
  const fromB = sum - a;
  return a - (sum - fromB) + (b - fromB);
}
