/** A shaped float64 array, row-major; NaN marks an unobserved entry. */
export interface NumericArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}
