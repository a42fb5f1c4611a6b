/** Where a run is: its iterations and seconds so far, what it reports of itself, and which limit it has met. */
import type { CancelSignal, Phase, Progress, RunEvent, RunStatus } from "../events.ts";
import type { Problem } from "../problem/problem.ts";

export interface CourseOptions {
  readonly signal: CancelSignal;
  readonly clock: () => number;
  readonly report?: ((progress: Progress) => void) | undefined;
}

/** What of a point goes into a report. */
export type Reported = Pick<Progress, "objective" | "lowerBound" | "stationarity" | "branches">;

export interface Course {
  readonly iterations: number;
  /** One iteration more. */
  count(): void;
  seconds(): number;
  /** To `search.timeLimit`; infinite without one. */
  timeLeftMs(): number;
  limit(): RunStatus | undefined;
  progress(phase: Phase, point: Reported): RunEvent;
  /** From within work that cannot yield: the same point as in the last progress, later. */
  working(phase: Phase, lowerBound: number | null): void;
}

/** How often work that cannot yield says that it goes on. */
const REPORT_MS = 200;

export function startCourse({ config: { search } }: Problem, { signal, clock, report }: CourseOptions): Course {
  const startMs = clock();
  let iterations = 0;
  let latest: Progress | undefined;
  let reportedMs = startMs;

  function seconds(): number {
    return (clock() - startMs) / 1000;
  }

  function timeLeftMs(): number {
    return search.timeLimitMs === undefined ? Number.POSITIVE_INFINITY : startMs + search.timeLimitMs - clock();
  }

  return {
    get iterations() {
      return iterations;
    },
    count() {
      iterations++;
    },
    seconds,
    timeLeftMs,
    limit() {
      if (signal.aborted) return "cancelled";
      if (iterations >= search.maxIterations) return "iteration-limit";
      return timeLeftMs() <= 0 ? "time-limit" : undefined;
    },
    progress(phase, point) {
      latest = { iteration: iterations, seconds: seconds(), phase, ...point };
      return { kind: "progress", progress: latest };
    },
    working(phase, lowerBound) {
      if (report === undefined || latest === undefined || clock() - reportedMs < REPORT_MS) return;
      reportedMs = clock();
      report({ ...latest, phase, seconds: seconds(), lowerBound });
    },
  };
}
