/**
 * The samples of a neuron as enumeration and branch and bound see them: rows in the coordinates of their space, of about length 1,
 * what their size was in the weights. (V u)₊ is homogeneous in each row, so this changes nothing but the numbers' range.
 */
import type { Observed } from "../../linalg/observed.ts";
import { powerOfTwoAbove, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { lengthBound, over } from "../../linalg/vector.ts";
import type { RowSpace } from "./row-space.ts";

/** max ‖Σ_n w_n (v_n · u)₊‖₂ over unit u is wanted. */
export interface Samples {
  readonly count: number;
  /** The length of u. */
  readonly dimension: number;
  readonly outputs: number;
  /** v_n, count × dimension: entries of modulus at most 1, the largest of a row above ½. */
  readonly rows: Float64Array;
  /** w_n, count × outputs: entries of modulus at most 1. */
  readonly weights: Float64Array;
  /** Not below ‖w_n‖₂. */
  readonly sizes: Float64Array;
  /** Not below Σ_n ‖w_n‖₂‖v_n‖₂. */
  readonly total: number;
}

export interface ScaledSamples {
  readonly samples: Samples;
  /** A bound on the maximum over `samples` as one on that over W and V. */
  readonly bounded: (upper: number) => number;
}

/** Without samples that weigh nothing, maybe none. `table`: W, entries of modulus ≤ 1. */
export function samplesOf({ rank, rows, stretch, rest }: RowSpace, table: Observed): ScaledSamples {
  const outputs = table.columns;
  const kept: number[] = [];
  const scales: number[] = [];
  let remainder = 0;
  for (let n = 0; n < table.rows; n++) {
    const own = table.value.subarray(table.rowStart[n], table.rowStart[n + 1]);
    if (!own.some((x) => x !== 0)) continue;
    remainder += lengthBound(own) * rest[n];
    const scale = powerOfTwoAbove(rows.subarray(n * rank, (n + 1) * rank));
    if (scale === 0) continue;
    kept.push(n);
    scales.push(scale);
  }
  const raw = new Float64Array(kept.length * outputs);
  kept.forEach((n, k) => {
    for (let at = table.rowStart[n]; at < table.rowStart[n + 1]; at++)
      raw[k * outputs + table.column[at]] = table.value[at] * scales[k];
  });
  const unit = powerOfTwoAbove(raw) || 1;
  // Weights of rows so small that the product underflows.
  const lost = 4 * kept.length * outputs * rank * UNDERFLOW;
  const left = roundedUp(remainder, table.rows + 2) + lost;
  const weights = over(raw, unit);
  const own = new Float64Array(kept.length * rank);
  kept.forEach((n, k) => {
    for (let j = 0; j < rank; j++) own[k * rank + j] = rows[n * rank + j] / scales[k];
  });
  const sizes = new Float64Array(kept.length);
  let total = 0;
  for (let k = 0; k < kept.length; k++) {
    sizes[k] = lengthBound(weights.subarray(k * outputs, (k + 1) * outputs));
    total += sizes[k] * lengthBound(own.subarray(k * rank, (k + 1) * rank));
  }
  return {
    samples: {
      count: kept.length,
      dimension: rank,
      outputs,
      rows: own,
      weights,
      sizes,
      total: roundedUp(total, kept.length + 2),
    },
    bounded: (upper) => roundedUp(roundedUp(upper * stretch, 1) * unit + left, 3),
  };
}
