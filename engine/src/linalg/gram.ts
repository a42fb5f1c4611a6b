/** Gram matrices AᵀA: whole ones, and one row after the other. */
import type { LowerRows } from "./definite.ts";
import { type Arithmetic, FIRST_ADDRESS, newWorkspace, type Workspace } from "./kernels/loader.ts";
import { gramInto, type Precision } from "./kernels/multiply.ts";
import type { Observed } from "./observed.ts";
import { denseOf } from "./observed.ts";

/** From this part of all cells on, dense products with their zeros are faster. */
const DENSE_SHARE = 0.3;
/** Numbers of the rows of S that are made together, and those rows: the more, the more often an entry of A is used once it is read. */
const PANEL = 2 ** 20;
const MOST_ROWS = 96;
/** The same for compiled code, which the third cache does not keep waiting. */
const COMPILED_PANEL = 2 ** 20;
const MOST_COMPILED_ROWS = 160;
/** Products with whole rows of A between two questions whether to stop. */
const ENTRIES_PER_TURN = 2 ** 14;
/** Below so many entries the way to compiled code and back costs more than it gains. */
const FEW = 2 ** 14;

/** Whether every entry is observed: its values are then those of the dense matrix. */
export function isWhole({ rows, columns, value }: Observed): boolean {
  return value.length === rows * columns;
}

/**
 * Gram matrix S = AᵀA (columns × columns, row-major, both triangles); columns of A ascend in every row. Error of every entry:
 * |S − AᵀA| ≤ γ_c |A|ᵀ|A| with c the entries of the longest column. Cost Σ_i nnz_i² flops.
 * Stops early when `stopped` says so; the result is then unusable.
 */
export function gram(a: Observed, stopped: () => boolean): Float64Array {
  const s = new Float64Array(a.columns * a.columns);
  gramOver(s, a, stopped);
  return s;
}

/** The same into an array that is there; when it was stopped anything may stand in it. In single precision only dense products are. */
export function gramOver(s: Float64Array, a: Observed, stopped: () => boolean, precision?: Precision): void {
  const { rows, columns, value } = a;
  if (value.length >= DENSE_SHARE * rows * columns) {
    if (!stopped()) gramInto(s, isWhole(a) ? value : denseOf(a), rows, columns, { precision });
    return;
  }
  const { rowInto } = gramRows(a, stopped);
  for (let i = 0; i < columns; i++) rowInto(s, i * columns, i);
  for (let i = 0; i < columns; i++) for (let j = 0; j < i; j++) s[j * columns + i] = s[i * columns + j];
}

export interface GramRows extends LowerRows {
  /** S_ii but for rounding. */
  readonly diagonal: Float64Array;
}

/**
 * The lower triangle of S = AᵀA by rows, asked for in ascending order: a panel of them is made at a time, by scattering the rows of A.
 * Holds the panel and a number for every row of A; compiled code holds A, too. The sums are the same.
 */
export function gramRows(a: Observed, stopped: () => boolean, arithmetic: Arithmetic = "compiled"): GramRows {
  const { columns: n, column, value } = a;
  const workspace = arithmetic === "plain" || value.length < FEW ? undefined : newWorkspace();
  const panels = workspace === undefined ? plainPanels(a, stopped) : compiledPanels(a, stopped, workspace);
  const { height } = panels;
  const diagonal = new Float64Array(n);
  for (let k = 0; k < value.length; k++) diagonal[column[k]] += value[k] * value[k];
  let panel: Float64Array = new Float64Array(0);
  let first = -height;
  return {
    n,
    diagonal,
    rowInto: (out, at, i) => {
      if (i === 0) {
        panels.restart();
        first = -height;
      }
      if (i >= first + height) {
        first = i;
        panel = panels.from(first);
      }
      const from = (i - first) * n;
      out.set(panel.subarray(from, from + i + 1), at);
    },
  };
}

interface Panels {
  /** Rows of a panel. */
  readonly height: number;
  restart(): void;
  /** Rows first … of S, asked for in ascending order; valid until the next. What lies behind the diagonals is no part of them. */
  from(first: number): Float64Array;
}

function plainPanels(a: Observed, stopped: () => boolean): Panels {
  const height = Math.max(1, Math.min(MOST_ROWS, Math.floor(PANEL / a.columns), a.columns));
  const panel = new Float64Array(height * a.columns);
  let next = a.rowStart.slice(0, a.rows);
  return {
    height,
    restart() {
      next = a.rowStart.slice(0, a.rows);
    },
    from(first) {
      scatterInto(panel, a, next, first, height, stopped);
      return panel;
    },
  };
}

function compiledPanels(a: Observed, stopped: () => boolean, workspace: Workspace): Panels {
  const { rows, columns: n, rowStart, column, value } = a;
  const { code } = workspace;
  const height = Math.max(1, Math.min(MOST_COMPILED_ROWS, Math.floor(COMPILED_PANEL / n), n));
  const valueAt = FIRST_ADDRESS;
  const panelAt = valueAt + 8 * value.length;
  const startAt = panelAt + 8 * height * n;
  const columnAt = startAt + 4 * (rows + 1);
  const nextAt = columnAt + 4 * column.length;
  const bytes = nextAt + 4 * rows;
  const numbers = workspace.numbers(bytes);
  const indices = workspace.indices(bytes);
  numbers.set(value, valueAt / 8);
  indices.set(rowStart, startAt / 4);
  indices.set(column, columnAt / 4);
  const panel = numbers.subarray(panelAt / 8, panelAt / 8 + height * n);
  const rowsPerTurn = Math.max(1, Math.floor((ENTRIES_PER_TURN * n * rows) / (height * Math.max(1, value.length))));
  return {
    height,
    restart: () => indices.set(rowStart.subarray(0, rows), nextAt / 4),
    from(first) {
      panel.fill(0);
      const to = Math.min(n, first + height);
      for (let r = 0; r < rows && !stopped(); r += rowsPerTurn) {
        const end = Math.min(rows, r + rowsPerTurn);
        code.gramRows(...([r, end, first, to, startAt, columnAt, valueAt, nextAt, panelAt, n] as const));
      }
      return panel;
    },
  };
}

/** Rows first … of S up to the diagonal; `next` of row r goes from its first entry in those columns to the first one behind them. */
function scatterInto(
  panel: Float64Array,
  { rows, columns, rowStart, column, value }: Observed,
  next: Int32Array,
  first: number,
  height: number,
  stopped: () => boolean,
): void {
  panel.fill(0);
  const end = first + height;
  let entries = 0;
  for (let r = 0; r < rows; r++) {
    const start = rowStart[r];
    const stop = rowStart[r + 1];
    let k = next[r];
    let to = k;
    while (to < stop && column[to] < end) to++;
    next[r] = to;
    entries += to - k;
    // Four rows of S read an entry together. What they get beyond their diagonals is no part of the result.
    for (; k + 4 <= to; k += 4) {
      const x0 = value[k];
      const x1 = value[k + 1];
      const x2 = value[k + 2];
      const x3 = value[k + 3];
      const s0 = (column[k] - first) * columns;
      const s1 = (column[k + 1] - first) * columns;
      const s2 = (column[k + 2] - first) * columns;
      const s3 = (column[k + 3] - first) * columns;
      for (let l = start; l <= k + 3; l++) {
        const c = column[l];
        const y = value[l];
        panel[s0 + c] += x0 * y;
        panel[s1 + c] += x1 * y;
        panel[s2 + c] += x2 * y;
        panel[s3 + c] += x3 * y;
      }
    }
    for (; k < to; k++) {
      const x = value[k];
      const s = (column[k] - first) * columns;
      for (let l = start; l <= k; l++) panel[s + column[l]] += x * value[l];
    }
    if (entries >= ENTRIES_PER_TURN) {
      entries = 0;
      if (stopped()) return;
    }
  }
}
