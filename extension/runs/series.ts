/**
 * The time series of one run: growable float64 columns. Past `limit` points it is thinned so that every bucket keeps its
 * smallest and largest objective and its last point; peaks and the newest bound are never lost. Cost: O(1) a point, amortized.
 */
import type { SeriesColumns } from "../protocol/worker.ts";

export const MAX_SERIES_POINTS = 20_000;

const NAMES = ["iteration", "seconds", "objective", "lowerBound"] as const;

type Columns = { [K in (typeof NAMES)[number]]: Float64Array };

function allocate(points: number): Columns {
  return {
    iteration: new Float64Array(points),
    seconds: new Float64Array(points),
    objective: new Float64Array(points),
    lowerBound: new Float64Array(points),
  };
}

export class Series {
  readonly #limit: number;
  #columns = allocate(256);
  #length = 0;
  #generation = 0;

  constructor(limit: number = MAX_SERIES_POINTS) {
    this.#limit = Math.max(16, limit);
  }

  get length(): number {
    return this.#length;
  }

  /** Changes when points that were already there were thinned: earlier indices mean nothing any more. */
  get generation(): number {
    return this.#generation;
  }

  append(columns: SeriesColumns): void {
    const added = columns.iteration.length;
    this.#reserve(this.#length + added);
    for (const name of NAMES) this.#columns[name].set(columns[name], this.#length);
    this.#length += added;
    if (this.#length > this.#limit) this.#thin();
  }

  /** A copy of the points from `from` on. */
  slice(from = 0): SeriesColumns {
    const { iteration, seconds, objective, lowerBound } = this.#columns;
    return {
      iteration: iteration.slice(from, this.#length),
      seconds: seconds.slice(from, this.#length),
      objective: objective.slice(from, this.#length),
      lowerBound: lowerBound.slice(from, this.#length),
    };
  }

  #reserve(points: number): void {
    const capacity = this.#columns.iteration.length;
    if (points <= capacity) return;
    const grown = allocate(Math.max(points, 2 * capacity));
    for (const name of NAMES) grown[name].set(this.#columns[name].subarray(0, this.#length));
    this.#columns = grown;
  }

  #thin(): void {
    const kept = decimate(this.slice(), Math.floor(this.#limit / 2));
    this.#length = kept.iteration.length;
    for (const name of NAMES) this.#columns[name].set(kept[name]);
    this.#generation += 1;
  }
}

/** At most `points` points of `columns`: first and last, and of each bucket the minimum, the maximum and the last objective. */
export function decimate(columns: SeriesColumns, points: number): SeriesColumns {
  const length = columns.iteration.length;
  if (length <= points) return columns;
  const buckets = Math.max(1, Math.floor((points - 1) / 3));
  const keep: number[] = [0];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = 1 + Math.floor((bucket * (length - 1)) / buckets);
    const end = 1 + Math.floor(((bucket + 1) * (length - 1)) / buckets);
    for (const index of extremes(columns.objective, start, end)) keep.push(index);
  }
  const thinned = allocate(keep.length);
  for (const name of NAMES) {
    for (const [to, from] of keep.entries()) thinned[name][to] = columns[name][from];
  }
  return thinned;
}

/** Indices of the minimum, the maximum and the last point in [start, end), ascending, without repeats. */
function extremes(values: Float64Array, start: number, end: number): readonly number[] {
  if (end <= start) return [];
  let lowest = start;
  let highest = start;
  for (let index = start + 1; index < end; index++) {
    if (values[index] < values[lowest] || Number.isNaN(values[lowest])) lowest = index;
    if (values[index] > values[highest] || Number.isNaN(values[highest])) highest = index;
  }
  return [...new Set([lowest, highest, end - 1])].sort((a, b) => a - b);
}
