/**
 * The space that the rows of a matrix span, as far as it counts: V = Y Qᵀ + E, with Q a few columns that are orthonormal up to
 * rounding. Data of low rank (sums of columns, a column of ones beside centered ones) have fewer columns in Y than in V.
 */
import { gamma, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { dot, euclideanLength, lengthBound, scaleInto } from "../../linalg/vector.ts";

export interface RowSpace {
  readonly rank: number;
  /** Y, N × rank. */
  readonly rows: Float64Array;
  /** The columns of Q. */
  readonly basis: readonly Float64Array[];
  /** Not below ‖Q‖₂. */
  readonly stretch: number;
  /** Not below ‖e_n‖₂, the rows of E: all 0 where Y = V. */
  readonly rest: Float64Array;
}

/** What is left of a row by rounding has no direction. */
const NOTHING_LEFT = 1e-13;

/**
 * `v`: N × columns with entries of modulus ≤ 1. The rows that Gram-Schmidt with pivots takes first, at most `most`; Y = V where
 * they are as many as columns, and where there are at most two columns. Cost O(N·columns·rank).
 */
export function rowSpace(v: Float64Array, columns: number, most: number): RowSpace {
  const basis = columns <= 2 ? undefined : leadingRows(v, columns, most);
  if (basis === undefined || basis.length === columns) return wholeSpace(v, columns);
  const count = v.length / columns;
  const rank = basis.length;
  const rows = new Float64Array(rank * count);
  const rest = new Float64Array(count);
  const residual = new Float64Array(columns);
  const size = new Float64Array(columns);
  for (let n = 0; n < count; n++) {
    const row = v.subarray(n * columns, (n + 1) * columns);
    residual.set(row);
    for (let j = 0; j < columns; j++) size[j] = Math.abs(row[j]);
    basis.forEach((q, k) => {
      const along = dot(row, q);
      rows[n * rank + k] = along;
      for (let j = 0; j < columns; j++) {
        residual[j] -= along * q[j];
        size[j] += Math.abs(along * q[j]);
      }
    });
    // Two roundings for each direction, of numbers that are not above `size`.
    const rounding = gamma(2 * rank + 2) * lengthBound(size) + 2 * rank * columns * UNDERFLOW;
    rest[n] = roundedUp(lengthBound(residual) + rounding, 4);
  }
  return { rank, rows, basis, stretch: stretchOf(basis), rest };
}

function wholeSpace(v: Float64Array, columns: number): RowSpace {
  const basis = Array.from({ length: columns }, (_, k) => {
    const unit = new Float64Array(columns);
    unit[k] = 1;
    return unit;
  });
  return { rank: columns, rows: v, basis, stretch: 1, rest: new Float64Array(v.length / columns) };
}

/** Unit vectors along the rows with the largest parts orthogonal to those before. */
function leadingRows(v: Float64Array, columns: number, most: number): Float64Array[] {
  const count = v.length / columns;
  const left = v.slice();
  const whole = new Float64Array(count);
  for (let n = 0; n < count; n++) whole[n] = euclideanLength(v.subarray(n * columns, (n + 1) * columns));
  const basis: Float64Array[] = [];
  const takeOut = (row: Float64Array, q: Float64Array) => {
    const along = dot(row, q);
    for (let j = 0; j < columns; j++) row[j] -= along * q[j];
  };
  while (basis.length < Math.min(most, columns)) {
    let largest = 0;
    let best = -1;
    for (let n = 0; n < count; n++) {
      const size = euclideanLength(left.subarray(n * columns, (n + 1) * columns));
      if (size <= largest || size <= NOTHING_LEFT * whole[n]) continue;
      largest = size;
      best = n;
    }
    if (best < 0) break;
    const next = left.slice(best * columns, (best + 1) * columns);
    // Once more: after one pass of Gram-Schmidt a small part need not be orthogonal.
    for (const q of basis) takeOut(next, q);
    scaleInto(next, 1 / euclideanLength(next));
    basis.push(next);
    for (let n = 0; n < count; n++) takeOut(left.subarray(n * columns, (n + 1) * columns), next);
  }
  return basis;
}

/** ‖Q‖₂² ≤ max_i Σ_j |q_i · q_j| (Gershgorin). */
function stretchOf(basis: readonly Float64Array[]): number {
  const [first] = basis;
  if (first === undefined) return 1;
  const terms = first.length + 4;
  const largest = roundedUp(Math.max(...basis.map((q) => dot(q, q))), terms);
  const across = Math.max(
    ...basis.map((q) =>
      basis.reduce((sum, p) => (p === q ? sum : sum + Math.abs(dot(p, q)) + gamma(terms) * largest), 0),
    ),
  );
  return roundedUp(Math.sqrt(roundedUp(largest + across, basis.length + 4)), 2);
}
