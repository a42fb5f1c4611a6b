/** Sums over the observed entries, row by row: the longest chain of additions is `depth`, which error bounds need. */
import type { Observed } from "../../linalg/observed.ts";

export function sumByRows(pattern: Observed, term: (k: number) => number): number {
  let total = 0;
  for (let i = 0; i < pattern.rows; i++) {
    let row = 0;
    for (let k = pattern.rowStart[i]; k < pattern.rowStart[i + 1]; k++) row += term(k);
    total += row;
  }
  return total;
}

/** Σ a_k b_k and Σ (a_k − b_k)² in the same order, as loops that need no call an entry. */
export function productByRows({ rows, rowStart }: Observed, a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < rows; i++) {
    let row = 0;
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) row += a[k] * b[k];
    total += row;
  }
  return total;
}

export function squaredDistanceByRows({ rows, rowStart }: Observed, a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < rows; i++) {
    let row = 0;
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) {
      const difference = a[k] - b[k];
      row += difference * difference;
    }
    total += row;
  }
  return total;
}

export function depth(pattern: Observed): number {
  return pattern.rows + pattern.columns;
}

export function rootMeanSquare(target: Observed): number {
  return Math.sqrt(productByRows(target, target.value, target.value) / target.value.length);
}
