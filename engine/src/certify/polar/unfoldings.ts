/**
 * x¹ ⊗ … ⊗ xᴷ with a product of norms: a matrix for K = 2, NP-hard from K = 3 on.
 *   an ℓ1 axis    exact in that axis: its factor is best at a unit vector, so Ω° is the largest one of the slices along it, each
 *                 with an axis less;
 *   otherwise     UPPER: ⟨T, x¹ ⊗ … ⊗ xᴷ⟩ ≤ σ₁(any unfolding of T into a matrix) Π‖x^k‖₂, the same with T₊ for factors ≥ 0, and
 *                 for ‖x^k‖ ≥ d‖x^k‖₁ the largest of the slices along axis k, over d. All 2^{K−1} − 1 unfoldings are
 *                 measured by Lanczos, the best one is proven. LOWER: alternating maximization from the
 *                 components of T, its largest entries and random starts.
 */

import type { Observed } from "../../linalg/observed.ts";
import { positivePart } from "../../linalg/observed.ts";
import { powerOfTwoAbove, roundedUp } from "../../linalg/rounding.ts";
import type { ObservedTensor } from "../../linalg/tensor.ts";
import { isFull, unfold } from "../../linalg/tensor.ts";
import { lengthBound } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import { cpMapping } from "../../problem/mapping/cp.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import { isPlain } from "../../problem/regularizer/norm.ts";
import { divided } from "./bounded.ts";
import type { UpperBound } from "./bracket.ts";
import { bracket, zeroResult } from "./bracket.ts";
import type { Closer } from "./closing.ts";
import { closed } from "./closing.ts";
import type { PolarOptions, PolarResult } from "./polar.ts";
import { foundBranches, productOf, searchBranches } from "./search.ts";
import { signedSlices, slicesPolar } from "./slices.ts";
import { hasUnitVertices } from "./sparse-rows.ts";
import { spectralPolar } from "./spectral.ts";
import { startsIn } from "./starts.ts";
import { tablePolar } from "./table.ts";
import { tensorCover } from "./tensor-cover.ts";
import { searchTensor } from "./tensor-search.ts";
import { tensorSkew } from "./tensor-skew.ts";
import { tensorTransposition } from "./tensor-transposition.ts";

/** Axes up to this are covered in a fraction of a second. */
const SOON_COVERED = 4;

/** One norm per axis. */
export function tensorPolar(tensor: ObservedTensor, norms: readonly Norm[], options: PolarOptions): PolarResult {
  const { lengths, entries } = tensor;
  if (lengths.length === 2) return tablePolar(entries, norms[0], norms[1], options);
  if (powerOfTwoAbove(entries.value) === 0) return zeroResult("zero");
  // The axis with the fewest unit vectors to go through.
  const axis = lengths.reduce(
    (best, length, k) => (hasUnitVertices(norms[k]) && (best < 0 || length < lengths[best]) ? k : best),
    -1,
  );
  return axis >= 0
    ? slicesPolar(tensor, axis, norms, { ...options, inner: tensorPolar })
    : unfoldingsPolar(tensor, norms, options);
}

function unfoldingsPolar(tensor: ObservedTensor, norms: readonly Norm[], options: PolarOptions): PolarResult {
  const { lengths, entries } = tensor;
  const mapping = cpMapping(entries, lengths);
  const isPlainAndFull = isFull(tensor) && norms.every((norm) => isPlain(norm, "l2"));
  const climb = (start: Branch) =>
    searchBranches(mapping, productOf(norms), entries.value, [start], { ...options, randomStarts: 0 })[0];
  const starts = () => startsIn(tensor, norms, options);
  const branches =
    isPlainAndFull && options.proof?.branch === undefined
      ? searchTensor(entries.value, lengths, starts(), options)
      : foundBranches(mapping, productOf(norms), entries.value, starts, options);
  const lower = branches[0]?.value ?? 0;
  if (options.effort === "estimate") {
    const witness = { kind: "none", threshold: 0 };
    const upper = divided(lengthBound(entries.value), norms);
    return { lower, upper, method: "search", kind: "bound", witness, branches };
  }
  const [best] = unfoldingsOf(tensor, options);
  const bounds: UpperBound[] = [
    { upper: divided(provenNorm(best, options), norms), method: "smallest unfolding", witness: "unfolding" },
  ];
  if (norms.every((norm) => norm.nonnegative)) {
    const [positive] = unfoldingsOf({ lengths, entries: positivePart(entries) }, options);
    bounds.push({
      upper: divided(provenNorm(positive, options), norms),
      method: "smallest unfolding of the positive part",
      witness: "unfolding-positive",
    });
  }
  if (lengths.length === 3) bounds.push(...sliceBounds(tensor, norms, options));
  const open = bracket(lower, bounds, branches);
  return closed(open, () => tensorClosers(tensor, norms), climb, options);
}

function tensorClosers(tensor: ObservedTensor, norms: readonly Norm[]): Closer[] {
  const closers = [
    tensorCover(tensor, norms, tensorPolar),
    tensorTransposition(tensor, norms) ?? tensorSkew(tensor, norms),
  ];
  // A short axis is soon covered; of longer ones the relaxation mostly is exact.
  if (Math.min(...tensor.lengths) > SOON_COVERED) closers.reverse();
  return closers.filter((closer) => closer !== undefined);
}

interface Unfolding {
  readonly table: Observed;
  /** Of σ₁, from below. */
  readonly estimate: number;
}

/** All ways to make a matrix of the tensor (transposes left out), the one with the smallest norm first. */
function unfoldingsOf(tensor: ObservedTensor, { stopped }: PolarOptions): Unfolding[] {
  const axes = tensor.lengths.map((_, k) => k);
  const unfoldings: Unfolding[] = [];
  for (let others = 0; others < 2 ** (axes.length - 1) - 1; others++) {
    const table = unfold(
      tensor,
      axes.filter((k) => k === 0 || (others >> (k - 1)) & 1),
    );
    const single = { above: Number.POSITIVE_INFINITY, effort: "estimate" as const, stopped };
    unfoldings.push({ table, estimate: spectralPolar(table, single).lower });
  }
  return unfoldings.sort((x, y) => x.estimate - y.estimate);
}

function provenNorm({ table }: Unfolding, { stopped }: PolarOptions): number {
  return spectralPolar(table, { above: Number.POSITIVE_INFINITY, stopped }).upper;
}

/** max over the slices along axis k of their polar, over d_k, for every axis with ‖x^k‖ ≥ d_k‖x^k‖₁. */
function sliceBounds(tensor: ObservedTensor, norms: readonly Norm[], { stopped }: PolarOptions): UpperBound[] {
  return norms.flatMap((norm, axis) => {
    if (!(norm.l1Floor > 0)) return [];
    const rest = norms.filter((_, k) => k !== axis);
    const uppers = signedSlices(tensor, axis, norms).map(
      ({ slice }) => tensorPolar(slice, rest, { above: Number.POSITIVE_INFINITY, stopped }).upper,
    );
    const upper = roundedUp(Math.max(...uppers) / norm.l1Floor, 2);
    return [{ upper, method: `largest slice along axis ${axis + 1}`, witness: "slices" }];
  });
}
