/** What recordings are made of: a state of the panel, and the series of its run. */
import type { BranchReport } from "@optimality-lens/engine";
import type { HistoryRow, PanelState, SeriesDelta } from "../../../extension/protocol/panel.ts";

export interface Recording {
  readonly name: string;
  readonly state: PanelState;
  readonly series: SeriesDelta | null;
}

const RUN = 3;

export const base: PanelState = {
  configName: "iris.optimality.yaml",
  configUri: "file:///project/examples/iris.optimality.yaml",
  runId: RUN,
  phase: "empty",
  outOfDate: false,
  problem: null,
  progress: null,
  snapshot: null,
  result: null,
  failure: null,
  findings: [],
  history: [],
  certificateFile: null,
  path: null,
};

export function record(name: string, state: PanelState, series: SeriesDelta | null): Recording {
  return { name, state, series };
}

export function row(
  runId: number,
  label: string,
  verdict: string,
  objective: number,
  relativeGap: number,
  rank: number,
  seconds: number,
  current: boolean,
): HistoryRow {
  const startedAt = `2025-11-21T14:3${runId}:05.000Z`;
  return { runId, startedAt, label, verdict, status: "converged", objective, relativeGap, rank, seconds, current };
}

/** Falling regularizer values; every ninth branch or so is zero. */
export function branchesOf(count: number): readonly BranchReport[] {
  return Array.from({ length: count }, (_, index) => {
    const zero = index % 10 === 7;
    return {
      index,
      regularizer: zero ? 0 : 64 * 0.93 ** index * (1 + 0.2 * Math.sin(index * 2.3)),
      slack: zero ? 0 : 10 ** (-9 + 4 * Math.abs(Math.sin(index * 1.7))) * (index % 3 === 0 ? -1 : 1),
      zero,
    };
  });
}

/** A descent with three growth steps; the bound is proven from one eighth of the way on and steps up. */
export function seriesOf(iterations: number, seconds: number, start: number, end: number, bound: number): SeriesDelta {
  const length = iterations;
  const iteration = new Float64Array(length);
  const time = new Float64Array(length);
  const objective = new Float64Array(length);
  const lowerBound = new Float64Array(length);
  let proven = Number.NaN;
  for (let i = 0; i < length; i += 1) {
    const s = i / Math.max(1, length - 1);
    iteration[i] = i;
    time[i] = seconds * s;
    const stairs =
      0.5 * Math.exp(-40 * s) +
      0.35 * Math.exp(-14 * Math.max(0, s - 0.1)) +
      0.15 * Math.exp(-22 * Math.max(0, s - 0.4));
    objective[i] = i === length - 1 ? end : end + (start - end) * stairs * (1 - s) ** 2 * 0.6;
    if (i % Math.max(1, Math.floor(length / 24)) === 0 && s > 0.1) {
      proven = Math.max(Number.isNaN(proven) ? 0 : proven, bound - Math.abs(bound) * 0.6 * Math.exp(-12 * (s - 0.1)));
    }
    lowerBound[i] = i === length - 1 ? bound : proven;
  }
  return { runId: RUN, from: 0, iteration, seconds: time, objective, lowerBound };
}
