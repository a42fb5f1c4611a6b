/**
 * |uᵀWv| over ‖u‖_∞ ≤ 1 and ‖v‖_∞ ≤ 1, or ‖v‖₂ ≤ 1: for every p, q > 0
 *   uᵀWv = (P^½u)ᵀ (P^-½ W Q^-½) (Q^½v) ≤ √(Σp Σq) σ₁(P^-½ W Q^-½)      and      ≤ √Σp σ₁(P^-½ W).
 * The least of these is the semidefinite relaxation: at most 1.7823 times the maximum (krivine1979), 1.2534 for ‖v‖₂. It is found
 * from the other side, max Σ w_ij ⟨x_i, y_j⟩ over unit vectors in few dimensions (burer2003), one block after the other: where that
 * rests, p_i = ‖Σ_j w_ij y_j‖ and q_j = ‖Σ_i w_ij x_i‖ are optimal. Whatever they are, the bound holds. (d)
 */
import { transposed } from "../../linalg/dense.ts";
import { normalStream } from "../../linalg/random.ts";
import { powerOfTwoAbove, roundedUp, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { denseSingularBound } from "../../linalg/singular-bound.ts";
import { lengthBound, over } from "../../linalg/vector.ts";

export interface SignTable {
  /** Row-major, entries up to about 1. */
  readonly entries: Float64Array;
  readonly rows: number;
  readonly columns: number;
  /** Whether ‖v‖₂ ≤ 1 is what v obeys. */
  readonly isRound: boolean;
}

export interface DiagonalPair {
  readonly p: Float64Array;
  /** Empty where v is round. */
  readonly q: Float64Array;
}

const MAX_STEPS = 2000;
/** A step that gains less than this (relative) is the last one. */
const GAIN = 1e-13;
/** Of the largest one; rows that hold nothing take this. */
const LEAST = 1e-10;

/** The bound for a pair, rounding included; Infinity for numbers that are none of a pair. */
export function pairBound({ entries, rows, columns, isRound }: SignTable, pair: DiagonalPair): number {
  const p = normalized(pair.p, rows);
  const q = isRound ? { entries: new Float64Array(columns).fill(1), sum: 1 } : normalized(pair.q, columns);
  if (p === undefined || q === undefined) return Number.POSITIVE_INFINITY;
  const scaled = new Float64Array(entries.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      scaled[i * columns + j] = entries[i * columns + j] / Math.sqrt(p.entries[i]) / Math.sqrt(q.entries[j]);
    }
  }
  // Four roundings an entry, of ‖·‖_F in all; what underflows is 1e-300 beside entries up to 1.
  const error = roundedUp(8 * UNIT_ROUNDOFF * lengthBound(scaled), 4) + scaled.length * 1e-300;
  const sigma = denseSingularBound(scaled, columns) + error;
  const bound = roundedUp(Math.sqrt(roundedUp(p.sum * q.sum, 4)) * sigma, rows + columns + 8);
  return Number.isNaN(bound) ? Number.POSITIVE_INFINITY : bound;
}

/** Divided by a power of two to at most 1, with the sum; undefined unless every number is of ordinary size beside the largest. */
function normalized(x: Float64Array, length: number) {
  if (x.length !== length || !x.every((entry) => entry > 0 && entry < 1e300)) return undefined;
  const unit = powerOfTwoAbove(x);
  const entries = over(x, unit);
  if (!entries.every((entry) => entry > 1e-100)) return undefined;
  return { entries, sum: entries.reduce((sum, entry) => sum + entry, 0) };
}

/** A pair close to the best one. Deterministic; steps cost 4 m n r flops, r ≈ √(2(m + n)). */
export function bestPair(table: SignTable, stopped: () => boolean): DiagonalPair {
  const { entries, rows, columns, isRound } = table;
  const r = Math.min(24, Math.ceil(Math.sqrt(2 * (rows + columns))) + 1);
  const normal = normalStream(0x2545f491);
  const x = Float64Array.from({ length: rows * r }, normal);
  const y = new Float64Array(columns * r);
  normalizeRows(x, rows, r);
  const q = new Float64Array(columns);
  const p = new Float64Array(rows);
  const turned = transposed(entries, rows, columns);
  let value = 0;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    if ((steps & 7) === 0 && steps > 0 && stopped()) break;
    const before = value;
    multiplyInto(y, turned, x, columns, rows, r);
    if (isRound) {
      // Y ∝ WᵀX; its length is the value.
      let square = 0;
      for (const entry of y) square += entry * entry;
      if (!(square > 0)) break;
      const length = Math.sqrt(square);
      for (let k = 0; k < y.length; k++) y[k] /= length;
    } else lengthsInto(q, y, columns, r);
    multiplyInto(x, entries, y, rows, columns, r);
    lengthsInto(p, x, rows, r);
    value = p.reduce((sum, entry) => sum + entry, 0);
    if (!(value > before * (1 + GAIN))) break;
  }
  return { p: raisedOf(p), q: isRound ? new Float64Array(0) : raisedOf(q) };
}

/** out (a × r) = A (a × b) times B (b × r). */
function multiplyInto(
  out: Float64Array,
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  r: number,
): void {
  out.fill(0);
  for (let i = 0; i < rows; i++) {
    const to = i * r;
    for (let j = 0; j < inner; j++) {
      const factor = a[i * inner + j];
      if (factor === 0) continue;
      const from = j * r;
      for (let k = 0; k < r; k++) out[to + k] += factor * b[from + k];
    }
  }
}

/** Rows of x to unit length, their lengths kept. */
function lengthsInto(lengths: Float64Array, x: Float64Array, rows: number, r: number): void {
  for (let i = 0; i < rows; i++) {
    let square = 0;
    for (let k = 0; k < r; k++) square += x[i * r + k] * x[i * r + k];
    const length = Math.sqrt(square);
    lengths[i] = length;
    if (length > 0) for (let k = 0; k < r; k++) x[i * r + k] /= length;
    else x[i * r] = 1;
  }
}

function normalizeRows(x: Float64Array, rows: number, r: number): void {
  lengthsInto(new Float64Array(rows), x, rows, r);
}

function raisedOf(x: Float64Array): Float64Array {
  const least = LEAST * x.reduce((most, entry) => Math.max(most, entry), 0);
  return x.map((entry) => Math.max(entry, least, 1e-200));
}
