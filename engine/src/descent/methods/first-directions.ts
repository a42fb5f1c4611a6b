/** The block of directions that thresholding begins with, and how many it keeps, on a table that is mostly observed. */
import type { PolarBranch } from "../../certify/polar/polar.ts";
import { uniformStream } from "../../linalg/random.ts";
import type { Directions, Triplets } from "../../linalg/subspace.ts";
import { directionsFrom } from "../../linalg/subspace.ts";
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

export interface FirstDirections extends Directions {
  /** Where random ones come from, these and later ones. */
  readonly normal: () => number;
  /** Of a start without branches: the singular values of −∇ℓ(0) that belong to the first ones, as they were found. */
  readonly values?: Float64Array;
}

/** The right vectors of the start's branches; where Φ is 0, G is −∇ℓ(0)/L, whose branches are those of a polar. */
export function firstDirections(problem: Problem, branches: Triplets): FirstDirections {
  const { rows, columns } = problem.target;
  const shorter = Math.min(rows, columns);
  // Any numbers around 0 do, and these are the cheapest.
  const uniform = uniformStream(SEED);
  const normal = () => uniform() - 0.5;
  if (branches.count > 0) {
    const wanted = wantedFor(branches.count);
    return { ...directionsFrom(branches.right, branches.count, { rows: shorter, wanted, normal }), normal };
  }
  const found = problem.zeroBranches ?? branchesAtZero(problem);
  const values = Float64Array.from(found, ({ value }) => value * problem.regularizer.scale);
  const given = new Float64Array(shorter * found.length);
  for (const [j, { factors }] of found.entries()) {
    const side = factors[rows >= columns ? 1 : 0];
    for (let i = 0; i < shorter; i++) given[i * found.length + j] = side[i];
  }
  const wanted = wantedFor(found.length);
  return {
    ...directionsFrom(given, found.length, { rows: shorter, wanted, normal, orthonormal: true }),
    normal,
    values,
  };
}

function branchesAtZero(problem: Problem): readonly PolarBranch[] {
  const { polar, lambda } = problem;
  return polar(slopesAtZero(problem), { above: lambda, effort: "estimate", stopped: () => false }).branches;
}
