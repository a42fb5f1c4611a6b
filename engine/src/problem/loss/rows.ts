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

export function depth(pattern: Observed): number {
  return pattern.rows + pattern.columns;
}

export function rootMeanSquare(target: Observed): number {
  return Math.sqrt(sumByRows(target, (k) => target.value[k] ** 2) / target.value.length);
}
