/**
 * φ(x¹, …, xᴷ) = x¹ ⊗ … ⊗ xᴷ, K ≥ 2, at the observed entries. Where every entry is observed, by dense products
 * (`linalg/rank-one-sums.ts`). Elsewhere the tensor is a table whose columns are all axes but the first; with M the Khatri-Rao product of
 * the factors behind the first (one row per column of the table that has an entry, n of them), Φ = X¹ Mᵀ: predicting and correlating
 * are the loops of a matrix, and gradients behind the first factor come from Q = Wᵀ X¹.
 * Cost of both: 2·nnz·r and 4·nnz·r; where entries are missing also n·r·K or n·r·K².
 */
import { entryKernel } from "../../linalg/kernels/entry-kernel.ts";
import type { Observed } from "../../linalg/observed.ts";
import { correlateTensorInto, rankOneSumInto, splitAxes } from "../../linalg/rank-one-sums.ts";
import { gamma, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import type { Factors } from "../factors.ts";
import { branchesOf } from "../factors.ts";
import type { CpMapping, Mapping } from "./mapping.ts";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** `entries`: rows are the first axis, columns all the others, last axis fastest; `lengths` of every axis. */
export function cpMapping(entries: Observed, lengths: readonly number[]): CpMapping {
  const order = lengths.length;
  const isFull = entries.value.length === entries.rows * entries.columns;
  return {
    kind: "cp",
    label: Array.from({ length: order }, (_, k) => symbolOf(k)).join(" ⊗ "),
    factors: lengths.map((size, k) => ({ symbol: symbolOf(k), shape: [size], size, degree: 1, regularized: true })),
    degree: order,
    separable: true,
    entries,
    lengths,
    ...(isFull ? throughProducts(lengths) : throughEntries(entries, lengths)),
    /**
     * Every entry is a sum of r products of K numbers, in any order: |error| ≤ γ_{r+K} Σ_b Π_k |x^k_b|, whose norm over all entries is
     * at most γ_{r+K} Σ_b Π_k ‖x^k_b‖₂; and an underflow in each product, times what is still to be multiplied.
     */
    predictionError(factors) {
      let sum = 0;
      let zero = true;
      for (const branch of branchesOf(factors)) {
        const sizes = branch.map(euclideanLength);
        if (sizes.every((size) => size > 0)) zero = false;
        sum += sizes.reduce((all, size) => all * size, 1);
      }
      if (zero) return 0;
      const r = factors.branches;
      const total = lengths.reduce((all, length) => all + length, 0);
      const larger = factors.values.reduce((all, value) => all * (1 + euclideanLength(value)), 1);
      const underflow = r * order * entries.value.length * larger * UNDERFLOW;
      return roundedUp(gamma(r + order) * roundedUp(sum, 2 * total + r + 8) + 2 * underflow, 4);
    },
  };
}

type Directions = Pick<Mapping, "predictInto" | "correlateInto">;

function throughProducts(lengths: readonly number[]): Directions {
  const split = splitAxes(lengths);
  return {
    predictInto: (x, { values, branches }) => rankOneSumInto(x, split, values, branches),
    correlateInto: (out, w, { values, branches }) => correlateTensorInto(out, w, split, values, branches),
  };
}

function throughEntries(entries: Observed, lengths: readonly number[]): Directions {
  const { pattern, indices } = usedColumns(entries, lengths.slice(1));
  const used = pattern.columns;

  /** M without the factor `left` (0 is the first behind x¹; −1 leaves none out): used × r. */
  function khatriRao({ branches: r, values }: Factors, left: number): Float64Array {
    const out = new Float64Array(used * r).fill(1);
    indices.forEach((index, k) => {
      if (k === left) return;
      const x = values[k + 1];
      for (let c = 0; c < used; c++) {
        const from = index[c] * r;
        for (let b = 0; b < r; b++) out[c * r + b] *= x[from + b];
      }
    });
    return out;
  }

  return {
    predictInto(x, factors) {
      entryKernel(pattern).predictInto(x, factors.values[0], khatriRao(factors, -1), factors.branches);
    },
    correlateInto(out, w, factors) {
      const r = factors.branches;
      const q = new Float64Array(used * r);
      entryKernel(pattern).correlateInto(out[0], q, w, factors.values[0], khatriRao(factors, -1), r);
      indices.forEach((index, k) => {
        const gradient = out[k + 1].fill(0);
        const rest = khatriRao(factors, k);
        for (let c = 0; c < used; c++) {
          const to = index[c] * r;
          for (let b = 0; b < r; b++) gradient[to + b] += q[c * r + b] * rest[c * r + b];
        }
      });
    },
  };
}

function symbolOf(k: number): string {
  return `x${[...String(k + 1)].map((digit) => SUPERSCRIPTS[Number(digit)]).join("")}`;
}

/** The pattern without its empty columns, and for every axis behind the first the index that each column stands for. */
function usedColumns(
  entries: Observed,
  lengths: readonly number[],
): { readonly pattern: Observed; readonly indices: readonly Int32Array[] } {
  const place = new Int32Array(entries.columns).fill(-1);
  for (const column of entries.column) place[column] = 0;
  const columns: number[] = [];
  for (let column = 0; column < place.length; column++)
    if (place[column] === 0) place[column] = columns.push(column) - 1;
  const pattern: Observed = {
    ...entries,
    columns: columns.length,
    column: entries.column.map((column) => place[column]),
  };
  let stride = 1;
  const indices = lengths
    .map((_, back) => {
      const k = lengths.length - 1 - back;
      const index = Int32Array.from(columns, (column) => Math.floor(column / stride) % lengths[k]);
      stride *= lengths[k];
      return index;
    })
    .reverse();
  return { pattern, indices };
}
