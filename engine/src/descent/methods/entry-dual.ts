/**
 * A dual point near w = −∇ℓ(Φ) for ℓ2·ℓ2 where most entries are unobserved. Scaling w until σ₁ ≤ λ gives away, at first order, all of w for
 * what a few singular values have too much; a proximal step (`step-dual.ts`) has its dual point off the observed entries. But w may be
 * moved on those by any M, and one in the span of its own leading singular vectors U, V (as many as Φ has branches, and a few more),
 *   q = w − P(U C Vᵀ),   Uᵀ P(U C Vᵀ) V = diag(σ_j − τ_j),   τ_j = λ for Φ's branches, min(λ, σ_j) for the others,
 * gives all of them the value that they have at the optimum. What U and V couple with is of second order in q − w then, and so is ⟨q, Φ⟩
 * less λ‖Φ‖_*: the gap falls with the square of the stationarity, where that of −∇ℓ(Φ) falls with the stationarity itself.
 * P keeps the observed entries. With few numbers in C beside those it is nearly a share of the identity on such matrices, so conjugate
 * gradients need some ten steps. U and V have to be those of w to more digits than descent has them, in a cluster: inverse iteration.
 * Nothing rests on any of this: what σ₁(q) is a certificate proves anew.
 */
import { entryOperator } from "../../linalg/entry-operator.ts";
import { gram } from "../../linalg/gram.ts";
import { inverseIterationFlops, sharpTriplets } from "../../linalg/inverse-iteration.ts";
import { type EntryKernel, entryKernel } from "../../linalg/kernels/entry-kernel.ts";
import { multiplyInto, type Precision } from "../../linalg/kernels/multiply.ts";
import { transpose, withValues } from "../../linalg/observed.ts";
import { MAX_GRAM_SIDE } from "../../linalg/singular-bound.ts";
import type { Directions, Pass, Triplets } from "../../linalg/subspace.ts";
import { firstOf } from "../../linalg/subspace.ts";
import { addScaledInto, dot, scaleInto } from "../../linalg/vector.ts";
import { clipInto } from "../../problem/loss/dual-range.ts";
import type { Problem } from "../../problem/problem.ts";
import { weightedLeft } from "./iterates.ts";
import { lossAndSlopesInto } from "./slopes.ts";

/** Singular values beside those of the branches that are kept from rising above λ. */
const MORE_VALUES = 8;
/** Steps of conjugate gradients at most, and mostly. */
const MOST_STEPS = 30;
const USUAL_STEPS = 10;
/** C has at most so many numbers for an entry. */
const MOST_UNKNOWNS = 2;

/** Flops of a dual point for `count` branches and k directions; infinite with too few entries for C, or a Gram matrix that is never held. */
export function workOfEntryDual({ target }: Problem, count: number, k: number): number {
  const { rows, columns, value } = target;
  const side = count + MORE_VALUES;
  const shorter = Math.min(rows, columns);
  if (shorter > MAX_GRAM_SIDE || side * side > MOST_UNKNOWNS * value.length) return Number.POSITIVE_INFINITY;
  const ofGram = value.length * (value.length / Math.max(rows, columns));
  const passes = 3 * 4 * value.length * k;
  const ofStep = 4 * value.length * side + 4 * Math.max(rows, columns) * side * side;
  return ofGram + inverseIterationFlops(shorter, k) + passes + USUAL_STEPS * ofStep;
}

/** Out ← P(L Rᵀ), L of the longer side, of `count` columns each. Cost 2·nnz·count flops. */
type PredictInto = (
  out: Float64Array,
  left: Float64Array,
  right: Float64Array,
  count: number,
  precision?: Precision,
) => void;

/**
 * q, one number per observed entry, for Φ and directions (shorter × k) that nearly span its shorter side; undefined where the domain of
 * the dual or rounding is in the way, or it was stopped. Cost: `workOfEntryDual`.
 */
export function entryDual(
  problem: Problem,
  phi: Triplets,
  directions: Directions,
  stopped: () => boolean = () => false,
): Float64Array | undefined {
  const { target, loss, config } = problem;
  const level = problem.lambda * problem.regularizer.scale;
  const isTall = target.rows >= target.columns;
  const kernel = entryKernel(target);
  const predictInto: PredictInto = (out, left, right, count, precision) =>
    isTall
      ? kernel.predictInto(out, left, right, count, precision)
      : kernel.predictInto(out, right, left, count, precision);
  const x = new Float64Array(target.value.length);
  predictInto(x, weightedLeft(phi), phi.right, phi.count);
  const w = new Float64Array(x.length);
  lossAndSlopesInto(w, x, problem);
  // In units of λ, of which single precision holds what comes near it.
  scaleInto(w, 1 / level);
  const whole = withValues(target, w);
  const s = gram(isTall ? whole : transpose(whole), stopped);
  const found = sharpTriplets(entryOperator(kernel, w), s, directions, {
    rough: entryOperator(kernel, w, "single"),
    stopped,
  });
  if (found === undefined || found.count < phi.count) return undefined;
  const count = Math.min(found.count, phi.count + MORE_VALUES);
  const excess = found.values.subarray(0, count).map((value, j) => value - (j < phi.count ? 1 : Math.min(1, value)));
  const tolerance = config.search.gap;
  const q = withoutExcess(w, { predictInto, kernel }, found, { excess, tolerance, stopped });
  if (stopped()) return undefined;
  scaleInto(q, level);
  return clipInto(q, target, loss, 1) <= tolerance * level ? q : undefined;
}

/** w − P(U C Vᵀ) with Uᵀ P(U C Vᵀ) V = diag(excess) up to the tolerance, in the Frobenius norm. */
function withoutExcess(
  w: Float64Array,
  { predictInto, kernel }: { readonly predictInto: PredictInto; readonly kernel: EntryKernel },
  { count: all, right, leftOf }: Pass,
  {
    excess,
    tolerance,
    stopped,
  }: { readonly excess: Float64Array; readonly tolerance: number; readonly stopped: () => boolean },
): Float64Array {
  const count = excess.length;
  const [u, v] = [leftOf(count), firstOf(right, all, count)];
  const longer = u.length / Math.max(1, count);
  const q = w.slice();
  const seen = new Float64Array(w.length);
  const seenOperator = entryOperator(kernel, seen, "single");
  const outer = new Float64Array(u.length);
  const image = new Float64Array(count * count);
  const rest = new Float64Array(count * count);
  for (let j = 0; j < count; j++) rest[j * count + j] = excess[j];
  const direction = rest.slice();
  let square = dot(rest, rest);
  for (let step = 0; step < MOST_STEPS && square > tolerance * tolerance && !stopped(); step++) {
    multiplyInto(outer, u, direction, { m: longer, n: count, k: count, precision: "single" });
    predictInto(seen, outer, v, count, "single");
    seenOperator.timesInto(outer, v, count);
    multiplyInto(image, u, outer, { m: count, n: count, k: longer, transposeA: true, precision: "single" });
    const curvature = dot(direction, image);
    if (!(curvature > 0)) break;
    addScaledInto(q, -square / curvature, seen);
    addScaledInto(rest, -square / curvature, image);
    const next = dot(rest, rest);
    for (let at = 0; at < direction.length; at++) direction[at] = rest[at] + (next / square) * direction[at];
    square = next;
  }
  return q;
}
