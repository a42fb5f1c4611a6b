/** The course of an objective, as its record lows: when it was first within reach of a value that is known later only. */

export interface Low {
  readonly seconds: number;
  readonly objective: number;
}

/** Far below any tolerance that is asked for later. */
const FINEST_STEP = 1e-9;

export interface RecordLows {
  readonly lows: readonly Low[];
  add(low: Low): void;
}

export function recordLows(): RecordLows {
  const lows: Low[] = [];
  return {
    lows,
    add({ seconds, objective }) {
      const last = lows.at(-1)?.objective ?? Number.POSITIVE_INFINITY;
      if (objective < last - FINEST_STEP * Math.abs(objective)) lows.push({ seconds, objective });
    },
  };
}

/** Seconds until the objective was at most `goal`; undefined when it never was. */
export function secondsTo(goal: number, lows: readonly Low[]): number | undefined {
  return lows.find(({ objective }) => objective <= goal)?.seconds;
}
