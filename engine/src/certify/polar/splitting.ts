/**
 * Upper bounds for norms α‖·‖₂ + β‖·‖₁ on factors that are free or ≥ 0 (theory.md §4: nonnegative factors, sparse dictionaries), as
 * the polar of a quadratic form (`splitting-form.ts`), z in one block or two with norms n = ‖·‖₂ + r‖·‖₁ of 1. For any splitting
 *   S = M + sym L + sym E + C      (≤, where both entries of z are ≥ 0)
 * with L, E and C as in `splitting-parts.ts`, at the levels t within the blocks and k beside them, and λ_max(M) ≤ t,
 *   zᵀSz ≤ t Σ_blocks (‖z‖₂² + 2r‖z‖₂‖z‖₁ + r²‖z‖₁²) + 2k (‖u‖₂ + r_a‖u‖₁)(‖v‖₂ + r_b‖v‖₁),
 * which is t for one block and 2t + 2k for two; there uᵀWv = zᵀSz/2 ≤ t + k. (d)
 *
 * It is the dual of the semidefinite relaxation z zᵀ → Z ⪰ 0, tr Z + 2r Σ_j ‖Z_j‖₂ + r² Σ|Z_ij| ≤ 1, Z_ij ≥ 0 where both are.
 * With N ≥ 0, which is −E, on the blocks too, never worse than min σ₁(W + N); and never worse than min max(σ₁(W − N), max_j ‖N_j‖₂/γ) for a
 * free ℓ2 factor, since WᵀW = MᵀM + (MᵀN + NᵀM) + NᵀN. Whatever the splitting is, the bound holds.
 */
import { symmetrizeInto } from "../../linalg/dense.ts";
import { proveEigenvalueBound } from "../../linalg/eigen.ts";
import type { Observed } from "../../linalg/observed.ts";
import { gamma, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import { euclideanLength, times } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { ProofArrays } from "./polar.ts";
import { SMALLEST_POLAR } from "./polar.ts";
import type { Splitting } from "./splitting-descent.ts";
import { descend } from "./splitting-descent.ts";
import type { QuadraticForm } from "./splitting-form.ts";
import { squareForm, tableForm } from "./splitting-form.ts";
import { hasCross } from "./splitting-parts.ts";
import { startingPoint } from "./splitting-start.ts";

export interface SplittingOptions {
  /** The arrays of a w nearby. */
  readonly hint?: ProofArrays | undefined;
  /** A good branch for w. */
  readonly branch?: Branch | undefined;
  /** A value that is reached: bounds below lower (1 + tolerance) are good enough. */
  readonly lower: number;
  readonly tolerance: number;
  /** The most turns of the descent, each an eigendecomposition; 2000 when it is not given. */
  readonly turns?: number | undefined;
  readonly stopped: () => boolean;
}

export interface SplittingBound {
  readonly upper: number;
  /** What `provenSplitting` gets the same bound from. */
  readonly arrays: ProofArrays;
  /** Turns of the descent. */
  readonly work: number;
  /** Where a better branch may be: the factors that are in z. Those that are not are the best for these. */
  readonly near?: { readonly point: Float64Array; readonly form: QuadraticForm } | undefined;
}

const NAMES = ["lines", "entries", "cross"] as const;
const MOST_TURNS = 2000;
/** W is scaled by a power of two, the one of a w nearby may be another, and its square may count. */
const HINT_SCALES = [1, 0.5, 2, 0.25, 4];

/** A proven bound on max uᵀWv over ‖u‖_a ‖v‖_b ≤ 1, whatever the arrays are; Infinity for other norms. Cost n³/3 flops. */
export function provenSplitting(w: Observed, a: Norm, b: Norm, arrays: ProofArrays): number {
  return w.value.every((x) => x === 0) ? 0 : provenFor(tableForm(w, a, b), arrays);
}

/** The same for max uᵀWu over ‖u‖² ≤ 1. */
export function provenSquareSplitting(w: Observed, norm: Norm, arrays: ProofArrays): number {
  return w.value.every((x) => x === 0) ? 0 : provenFor(squareForm(w, norm), arrays);
}

/** The best splitting there is, or that was found when stopped. */
export function bestSplitting(w: Observed, a: Norm, b: Norm, options: SplittingOptions): SplittingBound {
  if (w.value.every((x) => x === 0)) return { upper: 0, arrays: {}, work: 0 };
  return bestFor(tableForm(w, a, b), options);
}

/** The same for max uᵀWu over ‖u‖² ≤ 1. */
export function bestSquareSplitting(w: Observed, norm: Norm, options: SplittingOptions): SplittingBound {
  if (w.value.every((x) => x === 0)) return { upper: 0, arrays: {}, work: 0 };
  return bestFor(squareForm(w, norm), options);
}

function provenFor(form: QuadraticForm | undefined, arrays: ProofArrays): number {
  if (form === undefined) return Number.POSITIVE_INFINITY;
  return polarOf(form, provenBound(form, splittingIn(form, arrays, 1)));
}

function bestFor(form: QuadraticForm | undefined, options: SplittingOptions): SplittingBound {
  if (form === undefined) return { upper: Number.POSITIVE_INFINITY, arrays: {}, work: 0 };
  const { hint = {}, branch, lower, tolerance, turns = MOST_TURNS, stopped } = options;
  const given = startOf(form, hint, stopped);
  const goal = (x: number): number => (form.root ? (x / form.unit) ** 2 : x / form.unit);
  // The proof takes a little more than the value.
  const enough = goal(lower * (1 + 0.9 * tolerance));
  if (stopped() || given.value <= enough) return boundOf(form, given, 0);
  const found = descend(form, {
    start: given.splitting,
    z: startingPoint(form, branch),
    enough,
    lower: goal(lower),
    turns,
    stopped,
  });
  const value = provenBound(form, found.best);
  const best = value < given.value ? { splitting: found.best, value } : given;
  return { ...boundOf(form, best, found.work), near: { point: found.point, form } };
}

interface Proven {
  readonly splitting: Splitting;
  readonly value: number;
}

/** The hint, at the first scale at which it is better than no splitting at all. */
function startOf(form: QuadraticForm, hint: ProofArrays, stopped: () => boolean): Proven {
  const nothing = { splitting: {}, value: provenBound(form, {}) };
  for (const scale of NAMES.some((name) => hint[name] !== undefined) ? HINT_SCALES : []) {
    if (stopped()) break;
    const splitting = splittingIn(form, hint, scale);
    const value = provenBound(form, splitting);
    if (value < nothing.value) return { splitting, value };
  }
  return nothing;
}

function boundOf(form: QuadraticForm, { splitting, value }: Proven, work: number): SplittingBound {
  const { size } = form;
  const arrays: Record<string, ProofArrays[string]> = {};
  for (const name of NAMES) {
    const data = splitting[name];
    if (data !== undefined) arrays[name] = { shape: [size, size], data };
  }
  return { upper: polarOf(form, value), arrays, work };
}

/** What of the arrays has the right shape and is finite, times the scale. */
function splittingIn({ size }: QuadraticForm, arrays: ProofArrays, scale: number): Splitting {
  const splitting: Splitting = {};
  for (const name of NAMES) {
    const array = arrays[name];
    if (array === undefined || array.data.length !== size * size || !array.data.every(Number.isFinite)) continue;
    splitting[name] = scale === 1 ? array.data : times(array.data, scale);
  }
  return splitting;
}

function polarOf(form: QuadraticForm, bound: number): number {
  const value = form.root ? roundedUp(Math.sqrt(bound), 2) : bound;
  const upper = roundedUp(value * form.unit, 2);
  return Number.isNaN(upper) ? Number.POSITIVE_INFINITY : Math.max(upper, SMALLEST_POLAR);
}

/**
 * t + k of a splitting, rounding included. What is not allowed in a part counts as 0: entries beside a block where nothing may be,
 * or above 0 where r is 0.
 */
function provenBound(form: QuadraticForm, { lines, entries, cross }: Splitting): number {
  const { size: n, ratio, positive, second } = form;
  const isCross = hasCross(form);
  const isWithin = (i: number, j: number): boolean => i < second === j < second;
  const counted = (x: number, at: number): number => (positive[at] === 1 ? Math.max(0, x) : Math.abs(x));
  let within = 0;
  let beside = 0;
  const raise = (isInside: boolean, level: number): void => {
    if (isInside) within = Math.max(within, level);
    else beside = Math.max(beside, level);
  };
  const rest = form.entries.slice();
  // What the entries of `rest` are made of, which bounds their rounding.
  const sizes = rest.map(Math.abs);
  const take = (i: number, j: number, x: number): void => {
    rest[i * n + j] -= x;
    sizes[i * n + j] += Math.abs(x);
  };
  for (let j = 0; j < n && lines !== undefined; j++) {
    if (ratio[j] === 0) continue;
    for (const isInside of isCross ? [true, false] : [true]) {
      const column = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        if (isWithin(i, j) !== isInside) continue;
        take(i, j, lines[i * n + j]);
        column[i] = counted(lines[i * n + j], i * n + j);
      }
      raise(isInside, roundedUp(euclideanLength(column) / (2 * ratio[j]), n + 8));
    }
  }
  for (let k = 0; k < n * n && entries !== undefined; k++) {
    const [i, j] = [Math.floor(k / n), k % n];
    const isInside = isWithin(i, j);
    const weight = isInside || isCross ? ratio[i] * ratio[j] : 0;
    const isFree = positive[k] === 1;
    if (weight > UNDERFLOW * 2 ** 60) {
      take(i, j, entries[k]);
      raise(isInside, roundedUp(counted(entries[k], k) / weight, 4));
    } else if (isFree) take(i, j, Math.min(0, entries[k]));
  }
  if (cross !== undefined && isCross) {
    const block = new Float64Array(n * n);
    for (let i = 0; i < second; i++) {
      for (let j = second; j < n; j++) {
        const at = i * n + j;
        block[at] = counted(cross[at], at);
        take(i, j, cross[at]);
        take(j, i, cross[at]);
      }
    }
    raise(false, roundedUp(euclideanLength(block), n * n + 8));
  }
  symmetrizeInto(rest, n);
  // At most three subtractions and the mean, each within u of numbers no larger than `sizes`.
  const lost = roundedUp(gamma(8) * euclideanLength(sizes), n * n + 8) + n * n * UNDERFLOW;
  const eigen = symmetricEigen(n);
  const estimate = eigen.solve(rest) ? eigen.values[0] : euclideanLength(rest);
  const { bound } = proveEigenvalueBound(rest, n, estimate);
  const spectral = roundedUp(Math.max(0, bound) + lost + form.error, 4);
  const total = roundedUp(Math.max(spectral, within) + beside, 2);
  return Number.isNaN(total) ? Number.POSITIVE_INFINITY : total;
}
