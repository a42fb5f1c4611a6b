/** Listed entries, in any order → a sparse table. */
import type { SparseArray } from "./array.ts";
import { failure, MAX_ENTRIES, type ReadResult } from "./limits.ts";

/** Entry k is at row[k], column[k], counted from 0. NaN is unobserved. */
export interface ListedEntries {
  readonly row: Int32Array;
  readonly column: Int32Array;
  readonly value: Float64Array;
}

/** What keeps a table of these lengths with so many entries from being read: nothing is allocated before this is asked. */
export function sparseSizeProblem([rows, columns]: readonly [number, number], count: number): string | undefined {
  if (!(rows + columns <= MAX_ENTRIES))
    return `has ${shown(rows)} rows and ${shown(columns)} columns; together at most ${shown(MAX_ENTRIES)} are read`;
  if (!(count <= MAX_ENTRIES)) return `lists ${shown(count)} entries; at most ${shown(MAX_ENTRIES)} are read`;
  return undefined;
}

/**
 * By rows and columns; entries listed twice are summed in the order they are listed, as scipy's coo format has it. Indices are known
 * to be whole and in range. Two counting sorts: cost of the order of entries, rows and columns.
 */
export function sparseTable(
  shape: readonly [number, number],
  entries: ListedEntries,
  name: string,
): ReadResult<SparseArray> {
  const [rows, columns] = shape;
  const { row, column, value } = entries;
  const order = isOrdered(entries) ? undefined : sortedBy(row, rows, sortedBy(column, columns));
  const rowStart = new Int32Array(rows + 1);
  const outColumn = new Int32Array(value.length);
  const outValue = new Float64Array(value.length);
  let count = 0;
  for (let at = 0; at < value.length; ) {
    const first = order === undefined ? at : order[at];
    let sum = value[first];
    for (at++; at < value.length; at++) {
      const k = order === undefined ? at : order[at];
      if (row[k] !== row[first] || column[k] !== column[first]) break;
      sum += value[k];
    }
    if (Number.isNaN(sum)) continue;
    if (!Number.isFinite(sum)) {
      return failure(
        `${name}: row ${row[first] + 1}, column ${column[first] + 1} is infinite or too large for float64; leave the entry out if it is unobserved`,
      );
    }
    outColumn[count] = column[first];
    outValue[count++] = sum;
    rowStart[row[first] + 1]++;
  }
  for (let i = 0; i < rows; i++) rowStart[i + 1] += rowStart[i];
  const whole = count === value.length;
  return {
    ok: true,
    array: {
      shape,
      rowStart,
      column: whole ? outColumn : outColumn.slice(0, count),
      value: whole ? outValue : outValue.slice(0, count),
    },
  };
}

function isOrdered({ row, column }: ListedEntries): boolean {
  for (let k = 1; k < row.length; k++) {
    if (row[k] < row[k - 1] || (row[k] === row[k - 1] && column[k] < column[k - 1])) return false;
  }
  return true;
}

/** The entries by their key, those with the same one in the order of `before`. */
function sortedBy(key: Int32Array, size: number, before?: Int32Array): Int32Array {
  const start = new Int32Array(size + 1);
  for (let k = 0; k < key.length; k++) start[key[k] + 1]++;
  for (let i = 0; i < size; i++) start[i + 1] += start[i];
  const out = new Int32Array(key.length);
  for (let at = 0; at < key.length; at++) {
    const k = before === undefined ? at : before[at];
    out[start[key[k]]++] = k;
  }
  return out;
}

function shown(count: number): string {
  return count.toLocaleString("en-US");
}
