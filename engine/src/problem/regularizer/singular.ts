/** Singular values of slices seen as matrices, and a proven bound on their sum. */
import { SingularValueDecomposition } from "ml-matrix";
import { transposed } from "../../linalg/dense.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { dot, euclideanLength, over, times } from "../../linalg/vector.ts";

export interface Singular {
  /** Descending, min(rows, columns) of them. */
  readonly values: Float64Array;
  /** left[i] and right[i] belong to values[i]; orthonormal up to rounding. */
  readonly left: readonly Float64Array[];
  readonly right: readonly Float64Array[];
}

/** A = Σ values_i left_i right_iᵀ for a finite rows × columns matrix, row-major. Cost about 20 m k², k the smaller side. */
export function singularValues(a: Float64Array, rows: number, columns: number): Singular {
  if (rows < columns) {
    const { values, left, right } = singularValues(transposed(a, rows, columns), columns, rows);
    return { values, left: right, right: left };
  }
  const scale = powerOfTwoAbove(a);
  const one = scale === 0 ? 1 : scale;
  const table = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => flushed(a[i * columns + j] / one)),
  );
  const svd = new SingularValueDecomposition(table);
  const columnsOf = (matrix: readonly (readonly number[])[], length: number) =>
    Array.from({ length: columns }, (_, k) => Float64Array.from({ length }, (_, i) => matrix[i][k]));
  return {
    values: Float64Array.from(svd.diagonal, (value) => value * one),
    left: columnsOf(svd.leftSingularVectors.to2DArray(), rows),
    right: columnsOf(svd.rightSingularVectors.to2DArray(), columns),
  };
}

/** A ← Σ values_i left_i right_iᵀ over the values that are not 0. */
export function assembleInto(a: Float64Array, { values, left, right }: Singular): void {
  a.fill(0);
  const columns = right[0].length;
  values.forEach((value, k) => {
    if (value === 0) return;
    for (let i = 0; i < left[k].length; i++) {
      const factor = value * left[k][i];
      for (let j = 0; j < columns; j++) a[i * columns + j] += factor * right[k][j];
    }
  });
}

/**
 * A proven upper bound on Σ σ_i(A), tight to about 1e-13 (d). For any L = [l_i], V = [v_i] and R = A − L Vᵀ:
 * ‖A‖_* ≤ Σ ‖l_i‖₂ ‖v_i‖₂ + √k ‖R‖_F; here l_i = σ_i u_i. Infinity when A is not finite.
 */
export function singularSumUpper(a: Float64Array, rows: number, columns: number): number {
  const scale = powerOfTwoAbove(a);
  if (scale === 0) return 0;
  if (!(scale < Number.POSITIVE_INFINITY) || !a.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
  const one = over(a, scale);
  const { values, left, right } = singularValues(one, rows, columns);
  const scaled = left.map((u, k) => times(u, values[k]));
  const residual = one.slice();
  let sum = 0;
  scaled.forEach((l, k) => {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) residual[i * columns + j] -= l[i] * right[k][j];
    }
    sum += euclideanLength(l) * euclideanLength(right[k]);
  });
  const k = values.length;
  const error =
    euclideanLength(residual) +
    gamma(k + 2) * (euclideanLength(one) + euclideanLength(residual) + frobeniusUpper(scaled) * frobeniusUpper(right));
  const longest = Math.max(rows, columns);
  const bound =
    roundedUp(sum, longest + k + 8) + roundedUp(Math.sqrt(k) * error, a.length + 16) + a.length * k * UNDERFLOW;
  return roundedUp(bound * scale, 3);
}

/** 0 for what is nothing beside 1: squares that underflow lead the decompositions of ml-matrix astray. */
export function flushed(x: number): number {
  return Math.abs(x) < 1e-100 ? 0 : x;
}

function frobeniusUpper(vectors: readonly Float64Array[]): number {
  let sum = 0;
  let length = 0;
  for (const x of vectors) {
    sum += dot(x, x);
    length += x.length;
  }
  return roundedUp(Math.sqrt(sum), length + 2);
}
