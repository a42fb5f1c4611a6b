/** The plane that holds most of the rows of a matrix: V = Y Qᵀ + E, with Q two columns that are orthonormal up to rounding. */
import { gamma, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { dot, euclideanLength, scaleInto } from "../../linalg/vector.ts";
import { lengthBound } from "./singular-bound.ts";

export interface RowPlane {
  /** Y, N × 2. */
  readonly rows: Float64Array;
  /** The columns of Q. */
  readonly basis: readonly [Float64Array, Float64Array];
  /** Not below ‖Q‖₂. */
  readonly stretch: number;
  /** Not below ‖e_n‖₂, the rows of E: all 0 where V has at most two columns. */
  readonly rest: Float64Array;
}

/** `v`: N × columns with entries of modulus ≤ 1. The two rows that Gram-Schmidt with pivots takes first. Cost O(N·columns). */
export function rowPlane(v: Float64Array, columns: number): RowPlane {
  const count = v.length / columns;
  const rows = new Float64Array(2 * count);
  if (columns <= 2) {
    for (let n = 0; n < count; n++) for (let j = 0; j < columns; j++) rows[2 * n + j] = v[n * columns + j];
    const unit = (at: number) => Float64Array.from({ length: columns }, (_, j) => (j === at ? 1 : 0));
    return { rows, basis: [unit(0), unit(1)], stretch: 1, rest: new Float64Array(count) };
  }
  const first = largestBeside(v, columns, []);
  const second = largestBeside(v, columns, [first]);
  const basis = [first, second] as const;
  const rest = new Float64Array(count);
  const residual = new Float64Array(columns);
  const size = new Float64Array(columns);
  for (let n = 0; n < count; n++) {
    const row = v.subarray(n * columns, (n + 1) * columns);
    const [a, b] = basis.map((q) => dot(row, q));
    rows[2 * n] = a;
    rows[2 * n + 1] = b;
    for (let j = 0; j < columns; j++) {
      residual[j] = row[j] - a * first[j] - b * second[j];
      size[j] = Math.abs(row[j]) + Math.abs(a * first[j]) + Math.abs(b * second[j]);
    }
    // Four roundings, each of a number that is not above `size`.
    rest[n] = roundedUp(lengthBound(residual) + gamma(4) * lengthBound(size) + 4 * columns * UNDERFLOW, 4);
  }
  return { rows, basis, stretch: stretchOf(first, second), rest };
}

/** The direction of the row with the largest part orthogonal to `basis`; zero where nothing is left. */
function largestBeside(v: Float64Array, columns: number, basis: readonly Float64Array[]): Float64Array {
  let best = new Float64Array(columns);
  let largest = 0;
  const part = new Float64Array(columns);
  for (let at = 0; at < v.length; at += columns) {
    part.set(v.subarray(at, at + columns));
    const whole = euclideanLength(part);
    // Two passes of Gram-Schmidt: once is not enough, twice is.
    for (const q of [...basis, ...basis]) {
      const along = dot(part, q);
      for (let j = 0; j < columns; j++) part[j] -= along * q[j];
    }
    const size = euclideanLength(part);
    // What is left of a row by rounding has no direction.
    if (size <= largest || size <= 1e-13 * whole) continue;
    largest = size;
    best = part.slice();
  }
  if (largest > 0) scaleInto(best, 1 / largest);
  return best;
}

/** ‖Q‖₂² ≤ max ‖q‖² + |q₁ · q₂| (Gershgorin). */
function stretchOf(first: Float64Array, second: Float64Array): number {
  const terms = first.length + 4;
  const largest = roundedUp(Math.max(dot(first, first), dot(second, second)), terms);
  const across = Math.abs(dot(first, second)) + gamma(terms) * largest;
  return roundedUp(Math.sqrt(roundedUp(largest + across, 4)), 2);
}
