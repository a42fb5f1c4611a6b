/** Y as the loss wants it: encoded, masked, its observed entries in order, and the loss that goes with it. */
import type { Config } from "../config/config.ts";
import { isSparse, type NumericArray, type SparseArray } from "../data/array.ts";
import { largestModulus, rememberModulus } from "../linalg/kernels/sizes.ts";
import type { Observed } from "../linalg/observed.ts";
import { keptEntries, observedEntries, wholeTable, withValues } from "../linalg/observed.ts";
import { targetMisfit } from "./fit.ts";
import { huberLoss } from "./loss/huber.ts";
import { withIntercept } from "./loss/intercept.ts";
import type { Loss } from "./loss/loss.ts";
import { lossOf } from "./loss/loss.ts";
import { type Refusal, refuse } from "./refusal.ts";

export interface Target {
  /** Rows are the first axis, columns all the others, last axis fastest. */
  readonly entries: Observed;
  /** Lengths of the axes; one axis stands for a single column. */
  readonly shape: readonly number[];
  readonly loss: Loss;
}

/** Squares and products of data must neither overflow nor lose themselves in underflow. */
const LARGEST_VALUE = 1e100;
const SMALLEST_SCALE = 1e-100;

/** Shapes are known to fit (`misfitOf`). */
export function targetOf(
  config: Config,
  arrays: { readonly target: NumericArray | SparseArray; readonly mask?: NumericArray },
): { readonly ok: true; readonly target: Target } | Refusal {
  const name = config.data.target;
  const loss = modelLoss(config);
  const expanded = expandedTarget(loss, arrays.target);
  if (!expanded.ok) return refuse("invalid-data", "data.target", `data.target: ${name}: ${expanded.message}`);
  const given = expanded.array;
  const misfit = targetMisfit(config, given.shape);
  if (misfit !== undefined) return refuse(misfit.code, misfit.path, misfit.message);
  const shape = given.shape.length === 1 ? [given.shape[0], 1] : given.shape;
  const rows = shape[0];
  const columns = shape.slice(1).reduce((all, length) => all * length, 1);
  const place = (k: number) => placeOf(k, shape);

  const mask = arrays.mask === undefined ? undefined : spreadMask(arrays.mask, rows, shape);
  const bad = mask?.data.findIndex((x) => x !== 0 && x !== 1) ?? -1;
  if (mask !== undefined && bad >= 0) {
    const message = `data.mask: ${place(bad)} is ${mask.data[bad]}; a mask holds 1 (observed) or 0 (hidden)`;
    return refuse("invalid-data", "data.mask", message);
  }
  const seen = (k: number) => mask === undefined || mask.data[k] === 1;
  const written = isSparse(given)
    ? writtenEntries(given, mask === undefined ? undefined : seen)
    : mask === undefined
      ? tableEntries(given.data, rows, columns)
      : observedEntries(given.data, rows, columns, (k) => !Number.isNaN(given.data[k]) && seen(k));
  const { targets } = loss;
  const wrong = targets === undefined ? -1 : firstWrong(written.value, targets.accepts);
  if (wrong >= 0) {
    const message = `data.target: ${place(indexOfEntry(written, wrong))} of ${name} is ${written.value[wrong]}, which for loss: ${config.loss.kind} is not ${targets?.words}`;
    return refuse("invalid-data", "data.target", message);
  }
  const entries = loss.encode === undefined ? written : withValues(written, encoded(written.value, loss.encode));
  if (entries.value.length === 0) {
    const message = `data.target: ${name} has no observed entry (${shape.join(" × ")}, every cell empty, NaN or masked); give at least one number`;
    return refuse("invalid-data", "data.target", message);
  }
  const torn = config.loss.kind === "cross-entropy" ? tornRow(entries) : undefined;
  if (torn !== undefined) {
    const message = `data.mask: row ${torn + 1} is only partly observed; for loss: cross-entropy a sample is observed whole or not at all`;
    return refuse("invalid-data", "data.mask", message);
  }
  const largest = largestModulus(entries.value);
  if (!(largest <= LARGEST_VALUE) || (largest > 0 && largest < SMALLEST_SCALE)) {
    const message = `data.target: the largest entry of ${name} is ${largest}; squares would leave float64: rescale the data to between ${SMALLEST_SCALE} and ${LARGEST_VALUE}`;
    return refuse("invalid-data", "data.target", message);
  }
  return { ok: true, target: { entries, shape, loss } };
}

/** Where the first one is; −1 where there is none. */
function firstWrong(values: Float64Array, accepts: (y: number) => boolean): number {
  for (let k = 0; k < values.length; k++) if (!accepts(values[k])) return k;
  return -1;
}

/** A loop: `map` would put every number into an object of its own. */
function encoded(values: Float64Array, encode: (y: number) => number): Float64Array {
  const out = new Float64Array(values.length);
  for (let k = 0; k < values.length; k++) out[k] = encode(values[k]);
  return out;
}

/** Sparse tables are known not to be classes (`misfitOf`). */
function expandedTarget(
  loss: Loss,
  target: NumericArray | SparseArray,
):
  | { readonly ok: true; readonly array: NumericArray | SparseArray }
  | { readonly ok: false; readonly message: string } {
  return loss.expand === undefined || isSparse(target) ? { ok: true, array: target } : loss.expand(target);
}

/** Of a table without a mask: NaN are holes. */
function tableEntries(data: Float64Array, rows: number, columns: number): Observed {
  const largest = largestModulus(data);
  if (Number.isNaN(largest)) return observedEntries(data, rows, columns, (k) => !Number.isNaN(data[k]));
  const table = wholeTable(data, rows, columns);
  rememberModulus(table.value, largest);
  return table;
}

/** The values are the given ones, not a copy: sparse tables are large. Whole ones are not sparse, and what is found of them is kept. */
function writtenEntries(
  { shape: [rows, columns], rowStart, column, value }: SparseArray,
  seen: ((index: number) => boolean) | undefined,
): Observed {
  const all = { rows, columns, rowStart, column, value: value.length === rows * columns ? value.slice() : value };
  return seen === undefined ? all : keptEntries(all, seen);
}

/** Of entry k, as in a dense row-major array. */
function indexOfEntry({ columns, rowStart, column }: Observed, k: number): number {
  let row = 0;
  while (rowStart[row + 1] <= k) row++;
  return row * columns + column[k];
}

/** One number a sample, where the loss made several columns of one, hides or shows all of them. */
function spreadMask(mask: NumericArray, rows: number, shape: readonly number[]): NumericArray {
  const [, columns] = shape;
  if (mask.data.length !== rows || columns === 1 || shape.length !== 2) return mask;
  const data = Float64Array.from({ length: rows * columns }, (_, k) => mask.data[Math.floor(k / columns)]);
  return { shape, data };
}

/** The loss the factors see: Q is eliminated. Outliers E with H = μ‖E‖₁ turn a squared loss into Huber's. */
function modelLoss({ loss, extra }: Config): Loss {
  const outliers = extra?.outliers;
  const plain = outliers !== undefined && loss.kind === "squared" ? huberLoss(loss.weight, outliers.l1) : lossOf(loss);
  return extra?.intercept === true ? withIntercept(plain) : plain;
}

/** row 3, column 2; with more axes: entry [3, 2, 1]. Counted from 1. */
function placeOf(index: number, shape: readonly number[]): string {
  const at: number[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    at.unshift((rest % shape[axis]) + 1);
    rest = Math.floor(rest / shape[axis]);
  }
  return at.length === 2 ? `row ${at[0]}, column ${at[1]}` : `entry [${at.join(", ")}]`;
}

function tornRow({ rows, columns, rowStart }: Observed): number | undefined {
  for (let i = 0; i < rows; i++) {
    const count = rowStart[i + 1] - rowStart[i];
    if (count !== 0 && count !== columns) return i;
  }
  return undefined;
}
