/**
 * Norms whose polar is NP-hard (theory.md §4: nonnegative factors, sparse dictionaries): an honest bracket.
 *
 * LOWER: alternating maximization of uᵀWv, u ← the dual direction of Wv and v ← that of Wᵀu, from the largest singular pairs
 * (both signs) and random starts; every value is reached by a branch. UPPER: the smallest of bounds that each hold,
 *   σ₁(W)/(c_a c_b)            for ‖u‖_a ≥ c_a‖u‖₂, ‖v‖_b ≥ c_b‖v‖₂;
 *   σ₁(W₊)/(c_a c_b)           when u, v ≥ 0, since uᵀWv ≤ uᵀW₊v;
 *   max_j ‖column j‖_{a*}/d_b  for ‖v‖_b ≥ d_b‖v‖₁, and mirrored.
 */
import type { Observed } from "../../linalg/observed.ts";
import { bilinear, multiplyInto, multiplyTransposedInto, transpose, withValues } from "../../linalg/observed.ts";
import { normalStream } from "../../linalg/random.ts";
import { roundedUp } from "../../linalg/rounding.ts";
import { dot } from "../../linalg/vector.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { PolarBranch, PolarOptions, PolarResult } from "./polar.ts";
import { SMALLEST_POLAR } from "./polar.ts";
import { spectralPolar } from "./spectral.ts";

/** Random starts of the search from below, and the most steps of one. */
const RANDOM_STARTS = 12;
const MAX_STEPS = 500;
/** Branches closer than this in cosine are the same. */
const SAME_COSINE = 0.999;
/** A bracket narrower than this (relative) counts as exact. */
const EXACT = 1e-6;

export function boundedPolar(w: Observed, a: Norm, b: Norm, options: PolarOptions): PolarResult {
  const spectral = spectralPolar(w, { ...options, above: Number.POSITIVE_INFINITY });
  if (spectral.upper === 0) return { ...spectral, method: "zero", branches: [] };
  const branches = searchBranches(w, a, b, spectral.branches, options);
  const lower = branches[0]?.value ?? 0;
  if (options.estimateOnly === true) {
    return { ...spectral, lower, upper: spectral.upper / smallFloor(a, b), method: "search", branches };
  }
  const bounds = upperBounds(w, a, b, spectral, options);
  const best = bounds.reduce((least, bound) => (bound.upper < least.upper ? bound : least));
  const upper = Math.max(best.upper, SMALLEST_POLAR);
  return {
    lower,
    upper,
    method: best.method,
    kind: upper <= lower * (1 + EXACT) ? "exact" : "bound",
    witness: { kind: best.witness, threshold: best.upper },
    branches,
  };
}

interface UpperBound {
  readonly upper: number;
  readonly method: string;
  readonly witness: string;
}

function upperBounds(w: Observed, a: Norm, b: Norm, spectral: PolarResult, options: PolarOptions): UpperBound[] {
  const floors = a.euclideanFloor * b.euclideanFloor;
  const over = (x: number, divisor: number) => roundedUp(x / divisor, 4);
  const bounds: UpperBound[] = [{ upper: over(spectral.upper, floors), method: "spectral norm", witness: "spectral" }];
  if (a.constrained && b.constrained) {
    const positive = withValues(
      w,
      w.value.map((x) => Math.max(0, x)),
    );
    const polar = spectralPolar(positive, { ...options, above: Number.POSITIVE_INFINITY });
    bounds.push({
      upper: over(polar.upper, floors),
      method: "spectral norm of the positive part",
      witness: "spectral-positive",
    });
  }
  if (b.l1Floor > 0) {
    bounds.push({
      upper: over(largestLine(transpose(w), a, b), b.l1Floor),
      method: "largest column",
      witness: "columns",
    });
  }
  if (a.l1Floor > 0) {
    bounds.push({ upper: over(largestLine(w, b, a), a.l1Floor), method: "largest row", witness: "rows" });
  }
  return bounds;
}

/** max over rows r of ‖r‖_* in the norm across them; with the sign of the unit vector free, also of −r. */
function largestLine(rows: Observed, across: Norm, along: Norm): number {
  let largest = 0;
  for (let i = 0; i < rows.rows; i++) {
    const row = rows.value.subarray(rows.rowStart[i], rows.rowStart[i + 1]);
    largest = Math.max(largest, across.dualUpper(row));
    if (across.constrained && !along.constrained) largest = Math.max(largest, across.dualUpper(row.map((x) => -x)));
  }
  return largest;
}

function smallFloor(a: Norm, b: Norm): number {
  return a.euclideanFloor * b.euclideanFloor * (1 - 1e-12);
}

/** Distinct branches found by alternating maximization, best first. */
function searchBranches(
  w: Observed,
  a: Norm,
  b: Norm,
  pairs: readonly PolarBranch[],
  options: PolarOptions,
): PolarBranch[] {
  const normal = normalStream(0x51ed270b);
  const starts: Float64Array[] = pairs.flatMap(({ v }) => [v, v.map((x) => -x)]);
  for (let k = 0; k < RANDOM_STARTS; k++) starts.push(Float64Array.from({ length: w.columns }, normal));
  const found: PolarBranch[] = [];
  for (const start of starts) {
    if (options.stopped()) break;
    const branch = climb(w, a, b, start);
    if (branch === undefined || found.some((other) => isSame(other, branch))) continue;
    found.push(branch);
  }
  found.sort((x, y) => y.value - x.value);
  return found.filter(({ value }, i) => i === 0 || value > options.above);
}

function climb(w: Observed, a: Norm, b: Norm, start: Float64Array): PolarBranch | undefined {
  let v = start;
  let u = new Float64Array(w.rows);
  const p = new Float64Array(w.rows);
  const q = new Float64Array(w.columns);
  let value = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    multiplyInto(p, w, v);
    u = Float64Array.from(a.dualDirection(p));
    multiplyTransposedInto(q, w, u);
    v = b.dualDirection(q);
    const next = bilinear(w, u, v);
    if (!(next > value * (1 + 1e-14))) break;
    value = next;
  }
  return value > 0 ? { value: bilinear(w, u, v), u, v } : undefined;
}

function isSame(x: PolarBranch, y: PolarBranch): boolean {
  const cosine = (s: Float64Array, t: Float64Array) => dot(s, t) / Math.sqrt(dot(s, s) * dot(t, t));
  return cosine(x.u, y.u) * cosine(x.v, y.v) > SAME_COSINE;
}
