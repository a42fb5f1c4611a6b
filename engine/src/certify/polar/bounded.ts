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
import type { Branch } from "../../problem/factors.ts";
import { matrixMapping } from "../../problem/mapping/matrix.ts";
import { entryObservation } from "../../problem/mapping/observations.ts";
import { l2 } from "../../problem/regularizer/l2.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { UpperBound } from "./bracket.ts";
import { bracket, zeroResult } from "./bracket.ts";
import type { Closer } from "./closing.ts";
import { closed } from "./closing.ts";
import { confined } from "./confined.ts";
import { lineOf } from "./lines.ts";
import { maxNormClosers } from "./max-norm.ts";
import type { PolarOptions, PolarResult } from "./polar.ts";
import { foundBranches, productOf, searchBranches } from "./search.ts";
import { supportsCloser } from "./sparse-supports.ts";
import { spectralPolar } from "./spectral.ts";
import { tableSplitting } from "./splitting-closer.ts";
import { startsIn } from "./starts.ts";
import { tableCover } from "./table-cover.ts";

export function boundedPolar(w: Observed, a: Norm, b: Norm, options: PolarOptions): PolarResult {
  if (powerOfTwoAbove(w.value) === 0) return zeroResult("zero");
  const { table, slack } = confined(w, a, b);
  const single = { above: Number.POSITIVE_INFINITY, effort: options.effort, stopped: options.stopped };
  const spectral = spectralPolar(table, single);
  const starts = () => startsIn({ lengths: [w.rows, w.columns], entries: table }, [a, b], single);
  const mapping = matrixMapping(entryObservation(w));
  const climb = (start: Branch) =>
    searchBranches(mapping, productOf([a, b]), w.value, [start], { ...options, randomStarts: 0 })[0];
  const branches = foundBranches(mapping, productOf([a, b]), w.value, starts, options);
  const lower = branches[0]?.value ?? 0;
  const plain = divided(roundedUp(spectral.upper + slack, 1), [a, b]);
  if (options.effort === "estimate") return { ...spectral, lower, upper: plain, method: "search", branches };
  const bounds: UpperBound[] = [{ upper: plain, method: "spectral norm", witness: "spectral" }];
  if (a.nonnegative && b.nonnegative) {
    const positive = spectralPolar(positivePart(w), single);
    bounds.push({
      upper: divided(positive.upper, [a, b]),
      method: "spectral norm of the positive part",
      witness: "spectral-positive",
    });
  }
  const open = bracket(lower, withLines(bounds, w, [a, b], options.stopped), branches);
  return closed(open, () => tableClosers(w, a, b), climb, options);
}

function tableClosers(w: Observed, a: Norm, b: Norm): Closer[] {
  const closers = [supportsCloser(w, a, b), ...maxNormClosers(w, a, b), tableSplitting(w, a, b), tableCover(w, a, b)];
  return closers.filter((closer) => closer !== undefined);
}

/** x / Π c_k, rounded up: a bound in Euclidean norms becomes one in the norms given. */
export function divided(x: number, norms: readonly Norm[]): number {
  const floors = norms.reduce((all, norm) => all * norm.euclideanFloor, 1);
  return roundedUp(x / floors, norms.length + 2);
}

/** Also the bounds that need a factor with ‖·‖ ≥ d‖·‖₁, where they are smaller. */
export function withLines(
  bounds: readonly UpperBound[],
  w: Observed,
  [a, b]: readonly [Norm, Norm],
  stopped: () => boolean,
): UpperBound[] {
  const all = [...bounds];
  const add = (rows: () => Observed, across: Norm, along: Norm, names: Pick<UpperBound, "method" | "witness">) => {
    if (!(along.l1Floor > 0)) return;
    const least = Math.min(...all.map(({ upper }) => upper));
    const line = largestLine(rows(), across, along, { useless: least * along.l1Floor, stopped });
    if (line !== undefined) all.push({ upper: roundedUp(line / along.l1Floor, 2), ...names });
  };
  add(() => transpose(w), a, b, { method: "largest column", witness: "columns" });
  add(() => w, b, a, { method: "largest row", witness: "rows" });
  return all;
}

/**
 * max over rows r of ‖r‖_* in the norm across them; with the sign of the unit vector free, also of −r. Longest rows first: those
 * with ‖r‖₂/c no longer than the result for ‖·‖ ≥ c‖·‖₂ need not be looked at. Undefined when stopped, or when not below `useless`.
 */
function largestLine(
  rows: Observed,
  across: Norm,
  along: Norm,
  { useless, stopped }: { readonly useless: number; readonly stopped: () => boolean },
): number | undefined {
  const signs = across.constrained && !along.nonnegative ? [1, -1] : [1];
  const lines = Array.from({ length: rows.rows }, (_, i) => {
    const length = l2.dualUpper(lineOf(rows, l2, i, 1));
    return { i, most: divided(length, [across]) };
  }).sort((x, y) => y.most - x.most);
  let largest = 0;
  for (const { i, most } of lines) {
    if (most <= largest) continue;
    for (const sign of signs) {
      if (stopped()) return undefined;
      largest = Math.max(largest, across.dualUpper(lineOf(rows, across, i, sign), largest));
      if (!(largest < useless)) return undefined;
    }
  }
  return largest;
}
