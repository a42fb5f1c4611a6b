/** The entries of an observed matrix by rows and by columns, as places in its arrays. */
import type { Observed } from "../../linalg/observed.ts";

export function entriesByRow({ rows, rowStart }: Observed): Int32Array[] {
  return Array.from({ length: rows }, (_, i) =>
    Int32Array.from({ length: rowStart[i + 1] - rowStart[i] }, (_entry, at) => rowStart[i] + at),
  );
}

export function entriesByColumn({ columns, column }: Observed): Int32Array[] {
  const length = new Int32Array(columns);
  for (const j of column) length[j]++;
  const groups = Array.from(length, (count) => new Int32Array(count));
  const next = new Int32Array(columns);
  for (let k = 0; k < column.length; k++) groups[column[k]][next[column[k]]++] = k;
  return groups;
}
