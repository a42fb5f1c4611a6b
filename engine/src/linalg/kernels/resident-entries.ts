/** The entries of a matrix that stay with the kernels, for one product after another: reading them is then what these cost. */
import type { Observed } from "../observed.ts";
import { type Arithmetic, FIRST_ADDRESS, newWorkspace, type Workspace } from "./loader.ts";

export interface ResidentEntries {
  /** y = Aᵀ(A x), n numbers each. Cost 4·nnz flops, and one way through A. */
  normalInto(y: Float64Array, x: Float64Array): void;
  /** A x for every x. Cost 2·nnz flops each. */
  timesAll(vectors: readonly Float64Array[]): Float64Array[];
}

/** Vectors side by side. */
const ABREAST = 16;
/** Rows of a call: code is only replaced by better code when it is called. */
const ROWS_PER_CALL = 1024;

/** Columns of A ascend in every row; later changes of its arrays are not seen. */
export function residentEntries(a: Observed, arithmetic: Arithmetic = "compiled"): ResidentEntries {
  const workspace = arithmetic === "plain" ? undefined : newWorkspace();
  return workspace === undefined ? plainEntries(a) : compiledEntries(a, workspace);
}

function compiledEntries({ rows, columns, rowStart, column, value }: Observed, workspace: Workspace): ResidentEntries {
  const { code } = workspace;
  const even = (bytes: number) => 16 * Math.ceil(bytes / 16);
  const startAt = FIRST_ADDRESS;
  const columnAt = startAt + even(4 * rowStart.length);
  const valueAt = columnAt + even(4 * column.length);
  const inAt = valueAt + even(8 * value.length);
  const outAt = inAt + even(8 * columns * ABREAST);
  // All there will ever be: the views stay what they are.
  const numbers = workspace.numbers(outAt + 8 * Math.max(rows, columns) * ABREAST);
  const indices = workspace.indices(0);
  const [input, output] = [numbers.subarray(inAt / 8), numbers.subarray(outAt / 8)];
  numbers.set(value, valueAt / 8);
  indices.set(column, columnAt / 4);
  indices.set(rowStart, startAt / 4);
  const each = (part: (from: number, to: number) => void) => {
    for (let from = 0; from < rows; from += ROWS_PER_CALL) part(from, Math.min(rows, from + ROWS_PER_CALL));
  };
  return {
    normalInto(y, x) {
      input.set(x);
      output.fill(0, 0, columns);
      each((from, to) => code.normalRows(from, to, startAt, columnAt, valueAt, inAt, outAt));
      y.set(output.subarray(0, columns));
    },
    timesAll(vectors) {
      const out: Float64Array[] = [];
      for (let first = 0; first < vectors.length; first += ABREAST) {
        const block = vectors.slice(first, first + ABREAST);
        const width = 4 * Math.ceil(block.length / 4);
        input.fill(0, 0, columns * width);
        for (const [b, x] of block.entries()) for (let j = 0; j < columns; j++) input[j * width + b] = x[j];
        output.fill(0, 0, rows * width);
        each((from, to) => code.timesRows(from, to, startAt, columnAt, valueAt, inAt, outAt, 8 * width));
        for (const b of block.keys()) out.push(Float64Array.from({ length: rows }, (_, i) => output[i * width + b]));
      }
      return out;
    },
  };
}

/** The same sums. */
function plainEntries({ rows, columns, rowStart, column, value }: Observed): ResidentEntries {
  return {
    normalInto(y, x) {
      const out = new Float64Array(columns);
      for (let i = 0; i < rows; i++) {
        const [start, end] = [rowStart[i], rowStart[i + 1]];
        const quads = end - ((end - start) & 3);
        let [s0, s1, s2, s3] = [0, 0, 0, 0];
        for (let k = start; k < quads; k += 4) {
          s0 += value[k] * x[column[k]];
          s1 += value[k + 1] * x[column[k + 1]];
          s2 += value[k + 2] * x[column[k + 2]];
          s3 += value[k + 3] * x[column[k + 3]];
        }
        for (let k = quads; k < end; k++) s0 += value[k] * x[column[k]];
        const sum = s0 + s1 + (s2 + s3);
        for (let k = start; k < end; k++) out[column[k]] += value[k] * sum;
      }
      y.set(out);
    },
    timesAll: (vectors) =>
      vectors.map((x) =>
        Float64Array.from({ length: rows }, (_, i) => {
          let sum = 0;
          for (let k = rowStart[i]; k < rowStart[i + 1]; k++) sum += value[k] * x[column[k]];
          return sum;
        }),
      ),
  };
}
