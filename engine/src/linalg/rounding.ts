/**
 * Bounds on floating-point error, in round-to-nearest float64.
 * Source: higham2002, chapter 3: fl(xᵀy) = xᵀy + e, |e| ≤ γ_n |x|ᵀ|y| for any order of summation.
 */

import { largestModulus } from "./kernels/sizes.ts";

/** Unit roundoff u = 2⁻⁵³. */
export const UNIT_ROUNDOFF = 2 ** -53;

/** Smallest positive float64; half of it bounds the error of one product that underflows. */
export const UNDERFLOW = 2 ** -1074;

/** γ_k = k u / (1 − k u), rounded up by the factor 1 + 2⁻⁵⁰. */
export function gamma(operations: number): number {
  const ku = operations * UNIT_ROUNDOFF;
  return ku >= 0.5 ? Number.POSITIVE_INFINITY : (ku / (1 - ku)) * (1 + 2 ** -50);
}

/** A number not below x (1 + k u): what `x` may really be after `operations` roundings that each lost at most u, for x ≥ 0. */
export function roundedUp(x: number, operations: number): number {
  return x * (1 + 2 * gamma(operations + 2)) + operations * UNDERFLOW;
}

/** Whether a lies below b by more than `relative` of their size; holds for either sign, where b · (1 − ε) does not. */
export function isBelow(a: number, b: number, relative: number): boolean {
  return a < b && (!Number.isFinite(b - a) || b - a > relative * Math.max(Math.abs(a), Math.abs(b)));
}

/**
 * The smallest power of two that no |value| exceeds; 0 for the zero vector. Dividing by it is exact, but for entries that
 * underflow. Values must be finite and below 1e300.
 */
export function powerOfTwoAbove(values: Float64Array): number {
  const max = largestModulus(values);
  if (max === 0) return 0;
  let power = 2 ** Math.floor(Math.log2(max));
  while (power < max) power *= 2;
  return power;
}

/** Two digits, rounded up: a bound in words must hold too. */
export function roundedUpText(x: number): string {
  const nearest = x.toExponential(1);
  if (Number(nearest) >= x) return nearest;
  const unit = 10 ** (Math.floor(Math.log10(x)) - 1);
  return (Number(nearest) + unit).toExponential(1);
}
