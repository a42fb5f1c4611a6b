/** A shaped float64 array, row-major; NaN marks an unobserved entry. */
export interface NumericArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * A table known at the entries that it lists; the others are unobserved. Stored by rows (CSR): the entries of row i are
 * `value[rowStart[i] … rowStart[i + 1] − 1]`, their columns in `column`, ascending; every entry stands there once, and none is NaN.
 */
export interface SparseArray {
  readonly shape: readonly [number, number];
  readonly rowStart: Int32Array;
  readonly column: Int32Array;
  readonly value: Float64Array;
}

export function isSparse(array: NumericArray | SparseArray): array is SparseArray {
  return "rowStart" in array;
}
