/** Dense matrices, row-major. */

/** Aᵀ (columns × rows) of A (rows × columns). */
export function transposed(a: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j];
  return out;
}

/** The rows and columns of the n × n matrix A that `kept` lists, in its order. */
export function principalPart(a: Float64Array, n: number, kept: readonly number[]): Float64Array {
  const size = kept.length;
  const out = new Float64Array(size * size);
  for (let x = 0; x < size; x++) for (let y = 0; y < size; y++) out[x * size + y] = a[kept[x] * n + kept[y]];
  return out;
}

/** A ← (A + Aᵀ)/2, n × n: entries beside the diagonal are rounded once. */
export function symmetrizeInto(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (a[i * n + j] + a[j * n + i]) / 2;
      a[i * n + j] = mean;
      a[j * n + i] = mean;
    }
  }
}
