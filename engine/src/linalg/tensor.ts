/**
 * Tensors known at some entries, as a table: rows are the first axis, columns all the others, last axis fastest; the columns of
 * every row ascend.
 */
import type { Observed } from "./observed.ts";

export interface ObservedTensor {
  readonly lengths: readonly number[];
  readonly entries: Observed;
}

/**
 * The table with the axes `rowAxes` along its rows and the others along its columns, both in their order, last one fastest. Rows
 * are filled in the order of the tensor's entries, so columns ascend again. Cost nnz·K.
 */
export function unfold(tensor: ObservedTensor, rowAxes: readonly number[]): Observed {
  const { lengths, entries } = tensor;
  const order = lengths.length;
  if (rowAxes.length === 1 && rowAxes[0] === 0) return entries;
  if (isFull(tensor)) return unfoldedFully(tensor, rowAxes);
  // What one step along an axis adds to row and column.
  const rowStride = new Float64Array(order);
  const columnStride = new Float64Array(order);
  let rows = 1;
  let columns = 1;
  for (let k = order - 1; k >= 0; k--) {
    if (rowAxes.includes(k)) {
      rowStride[k] = rows;
      rows *= lengths[k];
    } else {
      columnStride[k] = columns;
      columns *= lengths[k];
    }
  }
  const count = entries.value.length;
  const rowOf = new Int32Array(count);
  const columnOf = new Int32Array(count);
  for (let i = 0; i < entries.rows; i++) {
    for (let at = entries.rowStart[i]; at < entries.rowStart[i + 1]; at++) {
      let rest = entries.column[at];
      let row = i * rowStride[0];
      let column = i * columnStride[0];
      for (let k = order - 1; k > 0; k--) {
        const index = rest % lengths[k];
        rest = (rest - index) / lengths[k];
        row += index * rowStride[k];
        column += index * columnStride[k];
      }
      rowOf[at] = row;
      columnOf[at] = column;
    }
  }
  const rowStart = new Int32Array(rows + 1);
  for (const row of rowOf) rowStart[row + 1]++;
  for (let i = 0; i < rows; i++) rowStart[i + 1] += rowStart[i];
  const next = rowStart.slice(0, rows);
  const column = new Int32Array(count);
  const value = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    const to = next[rowOf[at]]++;
    column[to] = columnOf[at];
    value[to] = entries.value[at];
  }
  return { rows, columns, rowStart, column, value };
}

export function isFull({ entries }: ObservedTensor): boolean {
  return entries.value.length === entries.rows * entries.columns;
}

/** The same where every entry is there: the values in another order. */
function unfoldedFully({ lengths, entries }: ObservedTensor, rowAxes: readonly number[]): Observed {
  const axes = lengths.map((_, k) => k);
  const order = [...axes.filter((k) => rowAxes.includes(k)), ...axes.filter((k) => !rowAxes.includes(k))];
  const rows = axes.reduce((all, k) => (rowAxes.includes(k) ? all * lengths[k] : all), 1);
  const columns = entries.value.length / rows;
  const strides = axes.map((k) => lengths.slice(k + 1).reduce((all, length) => all * length, 1));
  // Where the entries lie, the last axes first: each axis repeats what is behind it.
  let places = new Int32Array(1);
  for (const k of order.slice(1).reverse()) {
    const next = new Int32Array(places.length * lengths[k]);
    for (let i = 0; i < lengths[k]; i++)
      for (let at = 0; at < places.length; at++) next[i * places.length + at] = places[at] + i * strides[k];
    places = next;
  }
  const [first] = order;
  const value = new Float64Array(entries.value.length);
  const column = new Int32Array(value.length);
  for (let i = 0, to = 0; i < lengths[first]; i++) {
    const start = i * strides[first];
    for (let at = 0; at < places.length; at++) value[to++] = entries.value[start + places[at]];
  }
  for (let i = 0, to = 0; i < rows; i++) for (let j = 0; j < columns; j++) column[to++] = j;
  return { rows, columns, rowStart: Int32Array.from({ length: rows + 1 }, (_, i) => i * columns), column, value };
}

/** The place of entry `at`, one index per axis. */
export function indexOf({ lengths, entries }: ObservedTensor, at: number): number[] {
  const index: number[] = [];
  let rest = entries.column[at];
  for (let k = lengths.length - 1; k > 0; k--) {
    index.unshift(rest % lengths[k]);
    rest = Math.floor(rest / lengths[k]);
  }
  let row = 0;
  while (entries.rowStart[row + 1] <= at) row++;
  return [row, ...index];
}

/** The tensor's slices along one axis, each of order K − 1. Cost nnz·K. */
export function slicesAlong(tensor: ObservedTensor, axis: number): ObservedTensor[] {
  const table = unfold(tensor, [axis]);
  const lengths = tensor.lengths.filter((_, k) => k !== axis);
  return Array.from({ length: table.rows }, (_, i) => ({ lengths, entries: asTable(table, i, lengths[0]) }));
}

/** Row i of a table as a table with `rows` rows. */
function asTable({ columns, rowStart, column, value }: Observed, i: number, rows: number): Observed {
  const width = columns / rows;
  const [from, to] = [rowStart[i], rowStart[i + 1]];
  const start = new Int32Array(rows + 1);
  const inner = new Int32Array(to - from);
  for (let at = from; at < to; at++) {
    const c = column[at] % width;
    inner[at - from] = c;
    start[(column[at] - c) / width + 1]++;
  }
  for (let row = 0; row < rows; row++) start[row + 1] += start[row];
  return { rows, columns: width, rowStart: start, column: inner, value: value.slice(from, to) };
}
