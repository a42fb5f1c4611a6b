/** The time series of one run as growing float64 columns, assembled from the host's deltas. */
import type { SeriesDelta } from "../extension/protocol/panel.ts";

export interface Series {
  runId: number;
  length: number;
  iteration: Float64Array;
  seconds: Float64Array;
  objective: Float64Array;
  /** NaN where none was proven yet. */
  lowerBound: Float64Array;
  /** log10 of the relative gap; NaN where there is no lower bound. */
  logGap: Float64Array;
}

const COLUMNS = ["iteration", "seconds", "objective", "lowerBound"] as const;

/** What float64 can prove: a smaller gap is shown as this one. */
export const GAP_FLOOR = 1e-9;

export function emptySeries(runId: number): Series {
  return {
    runId,
    length: 0,
    iteration: new Float64Array(0),
    seconds: new Float64Array(0),
    objective: new Float64Array(0),
    lowerBound: new Float64Array(0),
    logGap: new Float64Array(0),
  };
}

/**
 * Adds a delta in place and returns the points held afterwards. A delta that starts behind the end, or that belongs
 * to another run and does not start at 0, is dropped: the returned count tells the host where to go on.
 */
export function appendDeltaInto(series: Series, delta: SeriesDelta): number {
  const count = Math.min(...COLUMNS.map((column) => delta[column].length));
  if (delta.runId !== series.runId) {
    if (delta.from !== 0) return 0;
    series.runId = delta.runId;
  } else if (delta.from > series.length) return series.length;
  const length = delta.from + count;
  reserveInto(series, length);
  for (const column of COLUMNS) series[column].set(delta[column].subarray(0, count), delta.from);
  for (let i = delta.from; i < length; i += 1) {
    series.logGap[i] = Math.log10(relativeGap(series.objective[i] ?? Number.NaN, series.lowerBound[i] ?? Number.NaN));
  }
  series.length = length;
  return length;
}

/** (objective − bound) / |objective|, at least the floor; NaN where undefined. */
export function relativeGap(objective: number, lowerBound: number): number {
  const absolute = Math.max(0, objective - lowerBound);
  if (absolute === 0) return GAP_FLOOR;
  const relative = absolute / Math.abs(objective);
  return Number.isFinite(relative) ? Math.max(relative, GAP_FLOOR) : Number.NaN;
}

function reserveInto(series: Series, length: number): void {
  if (length <= series.iteration.length) return;
  const capacity = Math.max(1024, 2 ** Math.ceil(Math.log2(length)));
  for (const column of [...COLUMNS, "logGap"] as const) {
    const grown = new Float64Array(capacity);
    grown.set(series[column]);
    series[column] = grown;
  }
}
