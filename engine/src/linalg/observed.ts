import { over } from "./vector.ts";
/**
 * A rows × columns matrix known only at some entries, stored by rows (CSR): the entries of row i are
 * `value[rowStart[i] … rowStart[i+1]−1]`, their columns, ascending, in `column`. A fully observed matrix lists every entry.
 */
export interface Observed {
  readonly rows: number;
  readonly columns: number;
  readonly rowStart: Int32Array;
  readonly column: Int32Array;
  readonly value: Float64Array;
}

/** The observed entries of a dense row-major array; `keep(index)` says which. */
export function observedEntries(
  dense: Float64Array,
  rows: number,
  columns: number,
  keep: (index: number) => boolean,
): Observed {
  let count = 0;
  for (let k = 0; k < dense.length; k++) if (keep(k)) count++;
  const rowStart = new Int32Array(rows + 1);
  const column = new Int32Array(count);
  const value = new Float64Array(count);
  let next = 0;
  for (let i = 0; i < rows; i++) {
    rowStart[i] = next;
    for (let j = 0; j < columns; j++) {
      if (!keep(i * columns + j)) continue;
      column[next] = j;
      value[next++] = dense[i * columns + j];
    }
  }
  rowStart[rows] = next;
  return { rows, columns, rowStart, column, value };
}

/** The pattern of the whole table that was asked for last, while somebody uses it: whoever builds a problem of its shape again has it. */
let latest: { readonly rowStart: Int32Array; readonly column: WeakRef<Int32Array> } | undefined;

function wholePattern(rows: number, columns: number): Omit<Observed, "value"> {
  const known = latest?.column.deref();
  if (latest?.rowStart.length === rows + 1 && known?.length === rows * columns) {
    return { rows, columns, rowStart: latest.rowStart, column: known };
  }
  const column = new Int32Array(rows * columns);
  for (let j = 0; j < columns; j++) column[j] = j;
  for (let filled = columns; filled < column.length; filled *= 2) column.copyWithin(filled, 0, filled);
  const rowStart = Int32Array.from({ length: rows + 1 }, (_, i) => i * columns);
  latest = { rowStart, column: new WeakRef(column) };
  return { rows, columns, rowStart, column };
}

/** Every entry of a dense row-major array. */
export function wholeTable(dense: Float64Array, rows: number, columns: number): Observed {
  return { ...wholePattern(rows, columns), value: dense.slice(0, rows * columns) };
}

/** The entries that `keep(index)` keeps, index as in a dense row-major array. */
export function keptEntries(a: Observed, keep: (index: number) => boolean): Observed {
  const { rows, columns } = a;
  const rowStart = new Int32Array(rows + 1);
  const column = new Int32Array(a.column.length);
  const value = new Float64Array(a.value.length);
  let next = 0;
  for (let i = 0; i < rows; i++) {
    for (let k = a.rowStart[i]; k < a.rowStart[i + 1]; k++) {
      if (!keep(i * columns + a.column[k])) continue;
      column[next] = a.column[k];
      value[next++] = a.value[k];
    }
    rowStart[i + 1] = next;
  }
  return { rows, columns, rowStart, column: column.slice(0, next), value: value.slice(0, next) };
}

/** The same pattern with other values. */
export function withValues(pattern: Observed, value: Float64Array): Observed {
  return { ...pattern, value };
}

/** A / scale; `scale` a power of two, so that nothing is rounded but what underflows. */
export function dividedBy(a: Observed, scale: number): Observed {
  return withValues(a, over(a.value, scale));
}

/** The entries above 0, on the same pattern. */
export function positivePart(a: Observed): Observed {
  return withValues(
    a,
    a.value.map((x) => (x > 0 ? x : 0)),
  );
}

/** Tables of so many cells are small whatever they hold: 3000 × 3000, 72 MB. */
const SMALL_TABLE = 9e6;

/** How many numbers cost little beside the entries that are stored: memory has to go with these. */
export function affordableCells({ value }: Observed): number {
  return Math.max(SMALL_TABLE, 4 * value.length);
}

export function isAffordable(cells: number, a: Observed): boolean {
  return cells <= affordableCells(a);
}

/** The part of all cells that has to be observed, and how many of them fit into memory a few times, for a table as a whole. */
const MOSTLY = 0.4;
const MOST_CELLS = 2 ** 22;

/** Whether it is best held as a full table, whatever few entries are missing. */
export function isMostlyObserved({ rows, columns, value }: Observed): boolean {
  return rows * columns <= MOST_CELLS && value.length >= MOSTLY * rows * columns;
}

/** Row-major, zero where nothing was observed. */
export function denseOf({ rows, columns, rowStart, column, value }: Observed): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) out[i * columns + column[k]] = value[k];
  }
  return out;
}

/** (A + Aᵀ)/2 for square A, with columns ascending. Every entry is rounded once: its error is at most u times itself. */
export function symmetricPart(a: Observed): Observed {
  const t = transpose(a);
  const n = a.rows;
  const rowStart = new Int32Array(n + 1);
  const column: number[] = [];
  const value: number[] = [];
  for (let i = 0; i < n; i++) {
    let [k, l] = [a.rowStart[i], t.rowStart[i]];
    const [aEnd, tEnd] = [a.rowStart[i + 1], t.rowStart[i + 1]];
    while (k < aEnd || l < tEnd) {
      const left = k < aEnd ? a.column[k] : n;
      const right = l < tEnd ? t.column[l] : n;
      const x = left <= right ? a.value[k++] : 0;
      const y = right <= left ? t.value[l++] : 0;
      column.push(Math.min(left, right));
      value.push((x + y) / 2);
    }
    rowStart[i + 1] = column.length;
  }
  return { rows: n, columns: n, rowStart, column: Int32Array.from(column), value: Float64Array.from(value) };
}

/** out (length rows) = A x. Cost 2·nnz. Four sums a row: one would wait for itself. */
export function multiplyInto(out: Float64Array, a: Observed, x: Float64Array): void {
  const { rows, rowStart, column, value } = a;
  for (let i = 0; i < rows; i++) {
    const end = rowStart[i + 1];
    let k = rowStart[i];
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (; k + 4 <= end; k += 4) {
      s0 += value[k] * x[column[k]];
      s1 += value[k + 1] * x[column[k + 1]];
      s2 += value[k + 2] * x[column[k + 2]];
      s3 += value[k + 3] * x[column[k + 3]];
    }
    for (; k < end; k++) s0 += value[k] * x[column[k]];
    out[i] = s0 + s1 + (s2 + s3);
  }
}

/** out (length columns) = Aᵀ x. Cost 2·nnz. */
export function multiplyTransposedInto(out: Float64Array, a: Observed, x: Float64Array): void {
  const { rows, rowStart, column, value } = a;
  out.fill(0);
  for (let i = 0; i < rows; i++) {
    const xi = x[i];
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) out[column[k]] += value[k] * xi;
  }
}

/** Aᵀ. Cost nnz. */
export function transpose(a: Observed): Observed {
  const { rows, columns, rowStart, column, value } = a;
  const start = new Int32Array(columns + 1);
  for (let k = 0; k < column.length; k++) start[column[k] + 1]++;
  for (let j = 0; j < columns; j++) start[j + 1] += start[j];
  const next = start.slice(0, columns);
  const outColumn = new Int32Array(column.length);
  const outValue = new Float64Array(value.length);
  for (let i = 0; i < rows; i++) {
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) {
      const at = next[column[k]]++;
      outColumn[at] = i;
      outValue[at] = value[k];
    }
  }
  return { rows: columns, columns: rows, rowStart: start, column: outColumn, value: outValue };
}

/** uᵀ A v. Cost 2·nnz. */
export function bilinear(w: Observed, u: Float64Array, v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < w.rows; i++) {
    let row = 0;
    for (let k = w.rowStart[i]; k < w.rowStart[i + 1]; k++) row += w.value[k] * v[w.column[k]];
    sum += row * u[i];
  }
  return sum;
}
