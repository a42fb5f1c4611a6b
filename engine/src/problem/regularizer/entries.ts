/** Single entries of a vector: the largest, the sum of their sizes, thresholds. */
import { roundedUp } from "../../linalg/rounding.ts";

/** max |x_i|; NaN for a NaN. Exact. */
export function largestEntry(x: Float64Array): number {
  let max = 0;
  for (let i = 0; i < x.length; i++) max = Math.max(max, Math.abs(x[i]));
  return max;
}

/** Σ|x_i|, within `x.length` roundings. */
export function absoluteSum(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.abs(x[i]);
  return sum;
}

/** `roundedUp` that leaves 0, which only the zero vector has, as it is. */
export function raised(size: number, operations: number): number {
  return size === 0 ? 0 : roundedUp(size, operations);
}

/** Also turns −0 into 0. */
export function positivePart(x: number): number {
  return x > 0 ? x : 0;
}

/**
 * θ with Σ (a_i − θ)₊ = mass > 0: what the projections on the simplex and on the ℓ1 ball subtract. Cost O(n log n).
 * Source: condat2016, algorithm by sorting.
 */
export function waterLevel(a: Float64Array, mass: number): number {
  const sorted = a.slice().sort();
  let sum = 0;
  for (let count = 1; count <= sorted.length; count++) {
    sum += sorted[sorted.length - count];
    const level = (sum - mass) / count;
    if (count === sorted.length || sorted[sorted.length - count - 1] <= level) return level;
  }
  return 0;
}

/** The indices of the `k` largest keys among those above 0; of equal ones the first. */
export function largestIndices(keys: Float64Array, k: number): number[] {
  const indices = Array.from(keys.keys()).filter((i) => keys[i] > 0);
  return indices.sort((i, j) => keys[j] - keys[i] || i - j).slice(0, k);
}
