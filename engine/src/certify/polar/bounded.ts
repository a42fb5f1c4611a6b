/**
 * Norms whose polar is NP-hard (theory.md §4: nonnegative factors, sparse dictionaries): an honest bracket.
 *
 * LOWER: alternating maximization from the largest singular pair (both signs) and random starts. UPPER: the smallest of bounds
 * that each hold for any norms, convex or not, on any cones,
 *   σ₁(W)/(c_a c_b)            for ‖u‖_a ≥ c_a‖u‖₂, ‖v‖_b ≥ c_b‖v‖₂; of P_a W P_b for factors in subspaces;
 *   σ₁(W₊)/(c_a c_b)           when u, v ≥ 0, since uᵀWv ≤ uᵀW₊v;
 *   max_j ‖± column j‖_{a*}/d_b  for ‖v‖_b ≥ d_b‖v‖₁, since uᵀWv ≤ ‖v‖₁ max_j |uᵀ(column j)|; and mirrored.
 */
import type { Observed } from "../../linalg/observed.ts";
import { positivePart, transpose } from "../../linalg/observed.ts";
import { powerOfTwoAbove, roundedUp } from "../../linalg/rounding.ts";
import { matrixMapping } from "../../problem/mapping/matrix.ts";
import { entryObservation } from "../../problem/mapping/observations.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { UpperBound } from "./bracket.ts";
import { bracket, zeroResult } from "./bracket.ts";
import { confined } from "./confined.ts";
import { lineOf } from "./lines.ts";
import type { PolarOptions, PolarResult } from "./polar.ts";
import { productOf, searchBranches } from "./search.ts";
import { spectralPolar } from "./spectral.ts";
import { startsIn } from "./starts.ts";

export function boundedPolar(w: Observed, a: Norm, b: Norm, options: PolarOptions): PolarResult {
  if (powerOfTwoAbove(w.value) === 0) return zeroResult("zero");
  const { table, slack } = confined(w, a, b);
  const single = { ...options, above: Number.POSITIVE_INFINITY };
  const spectral = spectralPolar(table, single);
  const starts = startsIn({ lengths: [w.rows, w.columns], entries: table }, [a, b], single);
  const branches = searchBranches(matrixMapping(entryObservation(w)), productOf([a, b]), w.value, starts, options);
  const lower = branches[0]?.value ?? 0;
  const plain = divided(roundedUp(spectral.upper + slack, 1), [a, b]);
  if (options.estimateOnly === true) return { ...spectral, lower, upper: plain, method: "search", branches };
  const bounds: UpperBound[] = [{ upper: plain, method: "spectral norm", witness: "spectral" }];
  if (a.nonnegative && b.nonnegative) {
    const positive = spectralPolar(positivePart(w), single);
    bounds.push({
      upper: divided(positive.upper, [a, b]),
      method: "spectral norm of the positive part",
      witness: "spectral-positive",
    });
  }
  return bracket(lower, [...bounds, ...lineBounds(w, a, b)], branches);
}

/** x / Π c_k, rounded up: a bound in Euclidean norms becomes one in the norms given. */
export function divided(x: number, norms: readonly Norm[]): number {
  const floors = norms.reduce((all, norm) => all * norm.euclideanFloor, 1);
  return roundedUp(x / floors, norms.length + 2);
}

/** The bounds that need a factor with ‖·‖ ≥ d‖·‖₁. */
export function lineBounds(w: Observed, a: Norm, b: Norm): UpperBound[] {
  const bounds: UpperBound[] = [];
  if (b.l1Floor > 0) {
    const upper = roundedUp(largestLine(transpose(w), a, b) / b.l1Floor, 2);
    bounds.push({ upper, method: "largest column", witness: "columns" });
  }
  if (a.l1Floor > 0) {
    const upper = roundedUp(largestLine(w, b, a) / a.l1Floor, 2);
    bounds.push({ upper, method: "largest row", witness: "rows" });
  }
  return bounds;
}

/** max over rows r of ‖r‖_* in the norm across them; with the sign of the unit vector free, also of −r. */
function largestLine(rows: Observed, across: Norm, along: Norm): number {
  const signs = across.constrained && !along.nonnegative ? [1, -1] : [1];
  let largest = 0;
  for (let i = 0; i < rows.rows; i++) {
    for (const sign of signs) largest = Math.max(largest, across.dualUpper(lineOf(rows, across, i, sign)));
  }
  return largest;
}
