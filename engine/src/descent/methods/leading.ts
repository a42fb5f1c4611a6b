/** Singular triplets of Φ, its longer side left: the leading ones, and the factors that they come from and go into. */
import type { Directions, Triplets } from "../../linalg/subspace.ts";
import { ahead, directionsFrom, tripletsOfProduct } from "../../linalg/subspace.ts";
import type { Factors } from "../../problem/factors.ts";
import { zeroFactors } from "../../problem/factors.ts";
import type { Problem } from "../../problem/problem.ts";
import { balanced } from "../reduce.ts";
import { timesDiagonal } from "./iterates.ts";

export function tripletsOf({ target }: Problem, { values, branches: count }: Factors): Triplets {
  const [left, right] = target.rows >= target.columns ? values : [values[1], values[0]];
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

export function countAbove(values: Float64Array, level: number): number {
  let count = 0;
  while (count < values.length && values[count] > level) count++;
  return count;
}

/** The first `count` of all columns. */
export function firstColumns(side: Float64Array, all: number, count: number): Directions {
  if (count === all) return { q: side, k: all };
  const rows = side.length / Math.max(1, all);
  const q = new Float64Array(rows * count);
  for (let to = 0, from = 0; to < q.length; from += all) {
    for (let j = 0; j < count; j++) q[to++] = side[from + j];
  }
  return { q, k: count };
}

/** The first `count` triplets, with other values. */
export function leading(
  { count: all, values, left, right }: Triplets,
  count: number,
  change = (value: number) => value,
): Triplets {
  const cut = (side: Float64Array) => firstColumns(side, all, count).q;
  return { count, values: values.slice(0, count).map(change), left: cut(left), right: cut(right) };
}

/**
 * The directions of the next pass, as many as are wanted: the right vectors that this one found, taken ahead of those found before by
 * `share` of the way between, or random ones beside them where too few were found.
 */
export function directionsAhead(
  rows: number,
  normal: () => number,
  share: number,
): (found: Triplets, wanted: number) => Directions {
  let last: Directions | undefined;
  return ({ right, count }, wanted) => {
    const own = firstColumns(right, count, Math.min(count, wanted));
    const before = last;
    last = own;
    if (count < Math.min(rows, wanted))
      return directionsFrom(right, count, { rows, wanted, normal, orthonormal: true });
    return before === undefined ? own : ahead(own, before, share);
  };
}
