/** Singular triplets of Φ, its longer side left: the leading ones, and the factors that they come from and go into. */
import type { Precision } from "../../linalg/kernels/multiply.ts";
import { largestModulus } from "../../linalg/kernels/sizes.ts";
import type { BlockOperator, Directions, DirectionsAhead, Pass, Triplets } from "../../linalg/subspace.ts";
import { ahead, besideAhead, directionsFrom, firstOf, tripletsOfProduct } from "../../linalg/subspace.ts";
import { dot } from "../../linalg/vector.ts";
import type { Factors } from "../../problem/factors.ts";
import { zeroFactors } from "../../problem/factors.ts";
import type { Problem } from "../../problem/problem.ts";
import { balanced } from "../reduce.ts";
import { timesDiagonal } from "./iterates.ts";

const NOTHING: Triplets = {
  count: 0,
  values: new Float64Array(),
  left: new Float64Array(),
  right: new Float64Array(),
};

export function tripletsOf({ target }: Problem, { values, branches: count }: Factors): Triplets {
  const [left, right] = target.rows >= target.columns ? values : [values[1], values[0]];
  if (largestModulus(left) === 0 || largestModulus(right) === 0) return NOTHING;
  return tripletsOfProduct(left, right, count);
}

/** Balanced, a branch for every triplet. */
export function factorsOfTriplets(problem: Problem, { count, values, left, right }: Triplets): Factors {
  if (count === 0) return zeroFactors(problem.sizes, 1);
  const root = values.map((s) => Math.sqrt(s));
  const [u, v] = [timesDiagonal(left, root), timesDiagonal(right, root)];
  const isTall = problem.target.rows >= problem.target.columns;
  return balanced(problem, { branches: count, values: isTall ? [u, v] : [v, u] });
}

/** Σ (s_j − level)₊. */
export function keptOf(values: Float64Array, level: number): number {
  return values.reduce((sum, value) => sum + Math.max(0, value - level), 0);
}

/** G V, and how long R is in G V = U S + R. Cost 2·longer·shorter·count flops, where G is a table. */
export function rightProducts(
  g: BlockOperator,
  { count, values, left, right }: Triplets,
): { readonly product: Float64Array; readonly residual: number } {
  const product = new Float64Array(left.length);
  if (count > 0) g.timesInto(product, right, count);
  const rest = timesDiagonal(left, values);
  for (let at = 0; at < rest.length; at++) rest[at] = product[at] - rest[at];
  return { product, residual: Math.sqrt(dot(rest, rest)) };
}

/** The directions of the next pass over the same G: twice as many where none of those found is left over. */
export function passedDirections(
  { count, values, right }: Pass,
  level: number,
  rows: number,
  normal: () => number,
): Directions {
  if (count === rows || countAbove(values, level) < count) return { q: right, k: count };
  return directionsFrom(right, count, { rows, wanted: 2 * count, normal, orthonormal: true });
}

export function countAbove(values: Float64Array, level: number): number {
  let count = 0;
  while (count < values.length && values[count] > level) count++;
  return count;
}

/** The first `count` triplets of a pass, with other values. */
export function leading(
  { values, right, leftOf, count: all }: Pass,
  count: number,
  change: (value: number) => number,
): Triplets {
  return {
    count,
    values: values.slice(0, count).map(change),
    left: leftOf(count),
    right: firstOf(right, all, count),
  };
}

/**
 * The directions of the next pass, as many as are wanted: the right vectors that this one found, taken ahead of those found before by
 * `share` of the way between, or random ones beside them where too few were found.
 */
export function directionsAhead(
  rows: number,
  normal: () => number,
  share: number,
): (found: Pass, wanted: number, precision?: Precision) => Directions | DirectionsAhead {
  let last: Directions | undefined;
  return ({ right, count }, wanted, precision) => {
    const k = Math.min(count, wanted);
    const own = { q: firstOf(right, count, k), k };
    const before = last;
    last = own;
    const options = { rows, wanted, normal };
    if (before !== undefined) return besideAhead(ahead(own, before, share, precision), own, before, options);
    return k < Math.min(rows, wanted) ? directionsFrom(own.q, k, { ...options, orthonormal: true }) : own;
  };
}
