/**
 * Polars of two factors, or of one used twice, as a quadratic form: the largest zᵀSz for z in one or two blocks, each with a norm
 * ‖·‖₂ + r‖·‖₁ of 1 and entries of any sign, or ≥ 0.
 *   gram        one factor is free with ℓ2, so that it can be eliminated: Ω°² = max ‖Wv‖₂², S = WᵀW, z = v
 *   pair        uᵀWv = zᵀSz/2 with z = (u, v), W beside the diagonal of S and 0 on its blocks
 *   symmetric   S = W, z = u
 * for W divided by a power of two, and norms divided by their ℓ2 weight. (d)
 */

import { gram } from "../../linalg/gram.ts";
import type { Observed } from "../../linalg/observed.ts";
import { denseOf, dividedBy, transpose } from "../../linalg/observed.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";

export interface QuadraticForm {
  /** Of z. */
  readonly size: number;
  /** S, size × size. */
  readonly entries: Float64Array;
  /** |zᵀ(S − the true one)z| ≤ error ‖z‖₂². */
  readonly error: number;
  /** Where the second block begins; `size` where there is one. */
  readonly second: number;
  /** r of the norm of each entry of z, from below. */
  readonly ratio: Float64Array;
  /** For each entry of S: 1 where both entries of z that it multiplies are ≥ 0. */
  readonly positive: Uint8Array;
  /** Whether the polar is the square root of the largest value. */
  readonly root: boolean;
  /** The polar is (at most) this times the largest value, or its root. */
  readonly unit: number;
  /** Which factors are in z: one for each block. */
  readonly factors: readonly number[];
}

interface Side {
  readonly ratio: number;
  readonly weight: number;
  readonly isPositive: boolean;
}

const MIXTURE_ROUNDINGS = 4;
/** A longer z is too much for a dense eigensolver. */
const LONGEST = 250;

/** Whether there is a form that is not too long: for norms α‖·‖₂ + β‖·‖₁ with α > 0, confined to nothing but x ≥ 0. */
export function hasTableForm({ rows, columns }: Observed, a: Norm, b: Norm): boolean {
  const [first, second] = [sideOf(a), sideOf(b)];
  return first !== undefined && second !== undefined && lengthOf(rows, columns, first, second) <= LONGEST;
}

export function hasSquareForm({ rows }: Observed, norm: Norm): boolean {
  return sideOf(norm) !== undefined && rows <= LONGEST;
}

/** Undefined where there is none, and for W = 0. */
export function tableForm(w: Observed, a: Norm, b: Norm): QuadraticForm | undefined {
  const [first, second] = [sideOf(a), sideOf(b)];
  const scale = finiteScale(w);
  if (first === undefined || second === undefined || scale === undefined) return undefined;
  if (lengthOf(w.rows, w.columns, first, second) > LONGEST) return undefined;
  const table = dividedBy(w, scale);
  const unit = roundedUp(scale / (first.weight * second.weight), 3 + 2 * MIXTURE_ROUNDINGS);
  const eliminated = eliminatedSide(w.rows, w.columns, first, second);
  if (eliminated === 0) return gramForm(table, second, 1, unit);
  if (eliminated === 1) return gramForm(transpose(table), first, 0, unit);
  const { rows } = w;
  const size = rows + w.columns;
  const entries = new Float64Array(size * size);
  const dense = denseOf(table);
  for (let i = 0; i < rows; i++) {
    for (let j = rows; j < size; j++) {
      const x = dense[i * w.columns + j - rows];
      entries[i * size + j] = x;
      entries[j * size + i] = x;
    }
  }
  const sides = Array.from({ length: size }, (_, i) => (i < rows ? first : second));
  return { ...formOf(entries, sides), error: size * UNDERFLOW, second: rows, root: false, unit, factors: [0, 1] };
}

/** The same for max uᵀWu, W square. */
export function squareForm(w: Observed, norm: Norm): QuadraticForm | undefined {
  const side = sideOf(norm);
  const scale = finiteScale(w);
  if (side === undefined || scale === undefined) return undefined;
  const size = w.rows;
  if (size > LONGEST) return undefined;
  const sides = new Array<Side>(size).fill(side);
  const unit = roundedUp(scale / side.weight ** 2, 3 + 2 * MIXTURE_ROUNDINGS);
  const form = formOf(denseOf(dividedBy(w, scale)), sides);
  return { ...form, error: size * UNDERFLOW, second: size, root: false, unit, factors: [0] };
}

function gramForm(table: Observed, side: Side, factor: number, unit: number): QuadraticForm {
  const { rows, columns: size } = table;
  const entries = gram(table, () => false);
  let trace = 0;
  for (let i = 0; i < size; i++) trace += entries[i * size + i];
  // |fl(AᵀA) − AᵀA| ≤ γ |A|ᵀ|A|, of norm at most ‖A‖_F² = tr AᵀA; and what underflows.
  const lost = 4 * size * (rows + 2) * UNDERFLOW;
  const error = roundedUp(gamma(rows) * (roundedUp(trace, rows + size) + lost), 4) + lost;
  const sides = new Array<Side>(size).fill(side);
  return { ...formOf(entries, sides), error, second: size, root: true, unit, factors: [factor] };
}

function formOf(
  entries: Float64Array,
  sides: readonly Side[],
): Pick<QuadraticForm, "size" | "entries" | "ratio" | "positive"> {
  const size = sides.length;
  const positive = new Uint8Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) positive[i * size + j] = sides[i].isPositive && sides[j].isPositive ? 1 : 0;
  }
  return { size, entries, ratio: Float64Array.from(sides, ({ ratio }) => ratio), positive };
}

function sideOf({ mixture, constrained, nonnegative }: Norm): Side | undefined {
  if (mixture === undefined || !(mixture.l2 > 0) || (constrained && !nonnegative)) return undefined;
  const ratio = (mixture.l1 / mixture.l2) * (1 - 2 * MIXTURE_ROUNDINGS * UNIT_ROUNDOFF);
  return Number.isFinite(ratio) ? { ratio, weight: mixture.l2, isPositive: nonnegative } : undefined;
}

/** Which factor is free with ℓ2; of two the longer one. */
function eliminatedSide(rows: number, columns: number, first: Side, second: Side): 0 | 1 | undefined {
  const [isFirst, isSecond] = [first, second].map(({ ratio, isPositive }) => ratio === 0 && !isPositive);
  if (isFirst && isSecond) return rows < columns ? 1 : 0;
  if (isFirst) return 0;
  return isSecond ? 1 : undefined;
}

function lengthOf(rows: number, columns: number, first: Side, second: Side): number {
  const eliminated = eliminatedSide(rows, columns, first, second);
  return (eliminated === 0 ? 0 : rows) + (eliminated === 1 ? 0 : columns);
}

function finiteScale({ value }: Observed): number | undefined {
  if (!value.every(Number.isFinite)) return undefined;
  const scale = powerOfTwoAbove(value);
  return scale > 0 ? scale : undefined;
}
