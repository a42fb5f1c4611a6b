/** Collects what a run says into batches of columns, at most one each `intervalMs`. */
import type { CertificateSnapshot, Progress } from "@optimality-lens/engine";
import type { SeriesColumns } from "../protocol/worker.ts";

export interface Batch {
  readonly columns: SeriesColumns;
  readonly progress: Progress | null;
  readonly snapshot: CertificateSnapshot | null;
}

export interface Batcher {
  progress(progress: Progress): void;
  /** The same point as before, later: no point of the series. */
  report(progress: Progress): void;
  certificate(snapshot: CertificateSnapshot): void;
  /** Sends what is there when the interval has passed; cheap to call often. */
  flushIfDue(): void;
  flush(): void;
}

export interface BatcherOptions {
  readonly clock: () => number;
  readonly send: (batch: Batch) => void;
  readonly intervalMs?: number;
}

export function createBatcher({ clock, send, intervalMs = 100 }: BatcherOptions): Batcher {
  let iteration: number[] = [];
  let seconds: number[] = [];
  let objective: number[] = [];
  let lowerBound: number[] = [];
  let latest: Progress | null = null;
  let snapshot: CertificateSnapshot | null = null;
  let lastSent = Number.NEGATIVE_INFINITY;

  function flush(): void {
    if (latest === null && snapshot === null) return;
    lastSent = clock();
    send({
      columns: {
        iteration: Float64Array.from(iteration),
        seconds: Float64Array.from(seconds),
        objective: Float64Array.from(objective),
        lowerBound: Float64Array.from(lowerBound),
      },
      progress: latest,
      snapshot,
    });
    iteration = [];
    seconds = [];
    objective = [];
    lowerBound = [];
    latest = null;
    snapshot = null;
  }

  function flushIfDue(): void {
    if (clock() - lastSent >= intervalMs) flush();
  }

  return {
    progress(progress) {
      iteration.push(progress.iteration);
      seconds.push(progress.seconds);
      objective.push(progress.objective);
      lowerBound.push(progress.lowerBound ?? Number.NaN);
      latest = progress;
      flushIfDue();
    },
    report(progress) {
      latest = progress;
      flushIfDue();
    },
    certificate(fresh) {
      snapshot = fresh;
      flushIfDue();
    },
    flushIfDue,
    flush,
  };
}
