/**
 * The least t + k for which S is a sum of parts P at the levels t and k (`splitting-parts.ts`), by the alternating direction method
 * of multipliers on copies Z of the parts, with one scaled multiplier U:
 *   P, t, k ← argmin (t + k)/ρ + ½ Σ ‖P − (Z − U)‖²,   R ← (S − sym Σ P̂)/parts,   Z ← P̂ + R,   U ← U − R,
 * P̂ = 1.6 P − 0.6 Z. The first is a projection for every part, at levels that are the roots of a decreasing function each. At
 * the end −ρU is the best point of the relaxation: z zᵀ where that is tight, which is where it starts from when z is given.
 * Source: boyd2011, §3.4 and §7.3. Proves nothing: any parts but the first give a bound (`splitting.ts`).
 * Cost of a step: an eigendecomposition of S.
 */
import { symmetrizeInto } from "../../linalg/dense.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import { euclideanLength, opposite, over, times } from "../../linalg/vector.ts";
import type { QuadraticForm } from "./splitting-form.ts";
import type { Levels, Place, SplittingPart } from "./splitting-parts.ts";
import { partsOf } from "./splitting-parts.ts";

/** All parts of S but the spectral one, which is what is left. */
export type Splitting = Partial<Record<SplittingPart["name"], Float64Array>>;

export interface DescentOptions {
  /** Where to begin. */
  readonly start?: Splitting | undefined;
  /** A good z, with norms of 1. */
  readonly z: Float64Array;
  /** A bound that is as small as this is small enough. */
  readonly enough: number;
  /** A bound that cannot be reached: what is left above it tells when to give up. */
  readonly lower: number;
  readonly turns: number;
  readonly stopped: () => boolean;
}

export interface Descent {
  readonly best: Splitting;
  /** What is best in the relaxation, as near as one z comes: where it is tight the z that reaches the polar. */
  readonly point: Float64Array;
  /** Turns. */
  readonly work: number;
}

const RELAXATION = 1.6;
/** ρ over ‖z zᵀ‖_F: with one block or signs alone, and with ℓ1 parts in two blocks. */
const WEIGHT = 0.8;
const MIXED_WEIGHT = 0.2;
/** Turns from one look at the bound to the next. */
const LOOK = 10;
/**
 * After so many looks that gained less than this part of what is left above `lower` it is over, if the levels, which end at the
 * least bound too, are as close to it as this part of what is left. Where `lower` is 0 nothing is known to be left but this part of the bound.
 */
const PATIENCE = 10;
const GAIN = 0.02;
const AGREEMENT = 0.1;
const LEAST_LEFT = 1e-4;

export function descend(
  form: QuadraticForm,
  { start = {}, z, enough, lower, turns, stopped }: DescentOptions,
): Descent {
  const { size: n } = form;
  const unit = levelOf(form, z);
  const s = over(form.entries, unit);
  symmetrizeInto(s, n);
  const parts = partsOf(form);
  const pieces = parts.map(({ name }) => Float64Array.from(start[name] ?? new Float64Array(n * n), (x) => x / unit));
  const isMixed = form.second < n && form.ratio.some((r) => r > 0);
  const outer = Float64Array.from(s, (_, k) => z[Math.floor(k / n)] * z[k % n]);
  const rho = (isMixed ? MIXED_WEIGHT : WEIGHT) * euclideanLength(outer);
  const multiplier = outer.map((x) => -x / rho);
  const rest = new Float64Array(n * n);
  restInto(rest, s, pieces.slice(1), n);
  pieces[0].set(rest);
  const copies = pieces.map((piece) => piece.slice());
  const points = pieces.map(() => new Float64Array(n * n));
  const levels: Levels = { within: 0, beside: 0 };
  const eigen = symmetricEigen(n);

  /** P, t, k; false where S cannot be decomposed. */
  const project = (): boolean => {
    for (const [k, part] of parts.entries()) {
      for (let i = 0; i < multiplier.length; i++) points[k][i] = copies[k][i] - multiplier[i];
      if (!part.measure(points[k])) return false;
    }
    levels.within = levelAt(parts, "within", 1 / rho);
    levels.beside = levelAt(parts, "beside", 1 / rho);
    for (const [k, part] of parts.entries()) part.projectInto(pieces[k], points[k], levels);
    return true;
  };
  /** Z, R, U. */
  const advance = (): void => {
    for (const [k, copy] of copies.entries()) {
      for (let i = 0; i < copy.length; i++) copy[i] = RELAXATION * pieces[k][i] + (1 - RELAXATION) * copy[i];
    }
    restInto(rest, s, copies, n);
    for (let i = 0; i < rest.length; i++) {
      const step = rest[i] / parts.length;
      multiplier[i] -= step;
      for (const copy of copies) copy[i] += step;
    }
  };

  let best: Splitting = start;
  /** The least bound at each look. */
  const history: number[] = [];
  const isOver = (): boolean => {
    restInto(rest, s, pieces.slice(1), n);
    if (!eigen.solve(rest)) return true;
    const bound = (Math.max(0, eigen.values[0], levels.within) + levels.beside) * unit;
    const before = history.at(-1) ?? Number.POSITIVE_INFINITY;
    if (bound < before) {
      best = Object.fromEntries(parts.map(({ name }, k) => [name, times(pieces[k], unit)]).slice(1));
    }
    const least = Math.min(bound, before);
    history.push(least);
    const gained = (history.at(-1 - PATIENCE) ?? Number.POSITIVE_INFINITY) - least;
    const left = lower > 0 ? least - lower : LEAST_LEFT * least;
    const apart = Math.abs(least - (levels.within + levels.beside) * unit);
    return least <= enough || (gained <= GAIN * left && apart <= AGREEMENT * left);
  };

  let work = 0;
  while (work < turns && !stopped() && project()) {
    work++;
    if (work % LOOK === 0 && isOver()) break;
    advance();
  }
  const relaxed = opposite(multiplier);
  return { best, point: eigen.solve(relaxed) ? eigen.vectors.slice(0, n) : z, work };
}

/** out = S − sym Σ pieces. */
function restInto(out: Float64Array, s: Float64Array, pieces: readonly Float64Array[], n: number): void {
  out.set(s);
  for (const piece of pieces) for (let i = 0; i < out.length; i++) out[i] -= piece[i];
  symmetrizeInto(out, n);
}

/** The level at which the slopes add up to `wanted`; 0 where they are less anywhere. By regula falsi, Illinois variant. */
function levelAt(parts: readonly SplittingPart[], place: Place, wanted: number): number {
  const above = (level: number): number => parts.reduce((sum, part) => sum + part.slope(place, level), -wanted);
  let low = 0;
  let atLow = above(0);
  if (!(atLow > 0)) return 0;
  let high = Math.max(...parts.map((part) => part.largest(place)));
  let atHigh = -wanted;
  let side = 0;
  for (let step = 0; step < 80 && high - low > 1e-15 * high; step++) {
    const middle = (low * atHigh - high * atLow) / (atHigh - atLow);
    const value = above(middle);
    if (Math.abs(value) <= 1e-14 * wanted) return middle;
    if (value > 0) {
      low = middle;
      atLow = value;
      if (side === 1) atHigh /= 2;
      side = 1;
    } else {
      high = middle;
      atHigh = value;
      if (side === -1) atLow /= 2;
      side = -1;
    }
  }
  return high;
}

/** About as large as the result: the value at z, or where that is no good the largest entry. */
function levelOf({ size: n, entries }: QuadraticForm, z: Float64Array): number {
  let value = 0;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      value += entries[i * n + j] * z[i] * z[j];
      largest = Math.max(largest, Math.abs(entries[i * n + j]));
    }
  }
  return value > 1e-6 * largest ? value : largest;
}
