/** The block of directions that thresholding begins with, and how many it keeps, on a table that is mostly observed. */
import type { PolarBranch } from "../../certify/polar/polar.ts";
import { MOST_TRIPLETS } from "../../linalg/lanczos.ts";
import { uniformStream } from "../../linalg/random.ts";
import type { Directions, Triplets } from "../../linalg/subspace.ts";
import { directionsFrom } from "../../linalg/subspace.ts";
import { factorsOf } from "../../problem/factors.ts";
import { slopesAtZero } from "../../problem/loss/loss.ts";
import type { Problem } from "../../problem/problem.ts";

/** How many directions are kept beside those that have a branch: at least, and for each of these. */
const LEAST_SPARE = 6;
const SPARE_SHARE = 0.5;
const SEED = 0x7f4a7c15;

/** Beside the directions of branches some that may become one. */
export function wantedFor(count: number): number {
  return count + Math.max(LEAST_SPARE, Math.ceil(SPARE_SHARE * count));
}

/** Any numbers around 0 serve random directions, and these are the cheapest. */
export function spareNumbers(): () => number {
  const uniform = uniformStream(SEED);
  return () => uniform() - 0.5;
}

/** The right vectors of the start's branches; where Φ is 0, G is −∇ℓ(0)/L, whose branches are those of a polar. Random ones beside them. */
export function firstDirections(
  problem: Problem,
  branches: Triplets,
  normal: () => number,
  atZero?: FoundAtZero,
): Directions {
  const { rows, columns } = problem.target;
  const isNew = branches.count === 0;
  const { count, right } = isNew ? (atZero ?? foundAtZero(problem)) : { ...branches, right: () => branches.right };
  const options = { rows: Math.min(rows, columns), wanted: wantedFor(count), normal, orthonormal: isNew };
  return directionsFrom(right(), count, options);
}

/** Singular values of −∇ℓ(0) that a polar found, the one that λ_max took where it did; a side of their vectors as columns, of any length. */
export interface FoundAtZero {
  readonly count: number;
  readonly values: Float64Array;
  /** Whether all above λ are among them, as far as the search can tell. */
  readonly isAll: boolean;
  /** Of the longer side, and of the shorter one. */
  left(): Float64Array;
  right(): Float64Array;
}

export function foundAtZero(problem: Problem): FoundAtZero {
  const { regularizer, sizes, target } = problem;
  const found = problem.zeroBranches ?? branchesAtZero(problem);
  const count = found.length;
  const sideOf = (k: number) =>
    factorsOf(
      found.map(({ factors }) => [factors[k]]),
      [sizes[k]],
      count,
    ).values[0];
  const longer = target.rows >= target.columns ? 0 : 1;
  return {
    count,
    values: Float64Array.from(found, ({ value }) => value * regularizer.scale),
    isAll: count > 0 && count < MOST_TRIPLETS,
    left: () => sideOf(longer),
    right: () => sideOf(1 - longer),
  };
}

function branchesAtZero(problem: Problem): readonly PolarBranch[] {
  const { polar, lambda } = problem;
  return polar(slopesAtZero(problem), { above: lambda, effort: "estimate", stopped: () => false }).branches;
}
