/** More directions of growth for u vᵀ with ℓ2·ℓ2 than a certificate looks for: the singular vectors of W above λ, a block at a time. */
import type { PolarBranch } from "../certify/polar/polar.ts";
import { entryOperator } from "../linalg/entry-operator.ts";
import { entryKernel } from "../linalg/kernels/entry-kernel.ts";
import { normalStream } from "../linalg/random.ts";
import { directionsFrom, subspacePass, tripletsOfPass } from "../linalg/subspace.ts";
import type { Problem } from "../problem/problem.ts";
import { isSmooth } from "../problem/regularizer/regularizer.ts";

/** So many are wanted as the point has branches, and at least this many: what a certificate looks for. */
const FEWEST = 32;
/** Passes of subspace iteration: directions need not be exact, descent turns them. */
const PASSES = 3;
/** Beyond those that are wanted. */
const SPARE = 8;

/**
 * Up to `wanted` directions with uᵀ W v > λ, the given ones among them up to rotation. What a certificate found is all there is where
 * it lies below its own limit, so this begins where `given` has that many. Cost of a pass 4·nnz·wanted + 5(m + n)·wanted² flops.
 */
export function growthDirections(
  problem: Problem,
  w: Float64Array,
  given: readonly PolarBranch[],
  room: number,
): readonly PolarBranch[] {
  const { mapping, regularizer } = problem;
  const isSpectral =
    mapping.kind === "matrix" &&
    mapping.observation.kind === "entries" &&
    isSmooth(regularizer) &&
    regularizer.matched &&
    regularizer.scale === 1;
  if (!isSpectral || given.length < FEWEST || given.length >= room) return given;
  return moreDirections(problem, w, given, Math.min(room, 4 * given.length));
}

function moreDirections(
  problem: Problem,
  w: Float64Array,
  given: readonly PolarBranch[],
  wanted: number,
): readonly PolarBranch[] {
  const { target, lambda } = problem;
  const isTall = target.rows >= target.columns;
  const [longer, shorter] = isTall ? [target.rows, target.columns] : [target.columns, target.rows];
  const known = given.length;
  const start = new Float64Array(shorter * known);
  for (const [j, { factors }] of given.entries()) {
    const side = factors[isTall ? 1 : 0];
    for (let i = 0; i < shorter; i++) start[i * known + j] = side[i];
  }
  let { q, k } = directionsFrom(start, known, {
    rows: shorter,
    wanted: Math.min(shorter, wanted + SPARE),
    normal: normalStream(0x51ed270b),
  });
  const operator = entryOperator(entryKernel(target), w);
  let found = subspacePass(operator, q, k);
  for (let pass = 1; pass < PASSES; pass++) {
    ({ right: q, count: k } = found);
    found = subspacePass(operator, q, k);
  }
  const directions: PolarBranch[] = [];
  const triplets = tripletsOfPass(found);
  for (let j = 0; j < found.count && directions.length < wanted && found.values[j] > lambda; j++) {
    const column = (side: Float64Array, rows: number) =>
      Float64Array.from({ length: rows }, (_, i) => side[i * found.count + j]);
    const [left, right] = [column(triplets.left, longer), column(triplets.right, shorter)];
    directions.push({ value: found.values[j], factors: isTall ? [left, right] : [right, left] });
  }
  return directions.length >= known ? directions : given;
}
