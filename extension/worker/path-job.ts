/** One λ-path, from config file to last point, said as messages: points as they come, progress at most ten times a second. */
import type { Finding, PathEvent, PathOptions, PathOutcome, PathRange, Problem } from "@optimality-lens/engine";
import { detailOf, messageOf } from "../log.ts";
import type { PathExtent, PathJob } from "../protocol/worker.ts";
import type { JobPort } from "./job.ts";
import { cancelSignal } from "./job.ts";

/** What a path needs of the engine. */
export interface PathEngine {
  loadProblem(
    configPath: string,
  ): Promise<
    | { readonly ok: true; readonly loaded: { readonly problem: Problem } }
    | { readonly ok: false; readonly findings: readonly Finding[] }
  >;
  runPath(problem: Problem, options: PathOptions): AsyncGenerator<PathEvent, PathOutcome>;
}

const PROGRESS_MS = 100;

/** Bad input ends in `rejected`, a fault of ours in `failed`; nothing is thrown. */
export async function servePath(job: PathJob, engine: PathEngine, port: JobPort): Promise<void> {
  const { runId } = job;
  try {
    const read = await engine.loadProblem(job.configPath);
    if (!read.ok) {
      port.post({ kind: "rejected", runId, findings: read.findings }, []);
      return;
    }
    const tell = teller(runId, port);
    const { clock, pause } = port;
    const { problem } = read.loaded;
    const events = engine.runPath(problem, {
      lambdas: rangeOf(problem, job.extent),
      signal: cancelSignal(job.cancel),
      clock,
      pause,
      report: tell,
    });
    let next = await events.next();
    for (; next.done !== true; next = await events.next()) tell(next.value);
    port.post({ kind: "path-finished", runId, status: next.value.result.status }, []);
  } catch (error) {
    port.post({ kind: "failed", runId, message: messageOf(error), detail: detailOf(error) }, []);
  }
}

/** Where λ_max is 0 or beyond float64, no share of it is a λ: then the config's own. */
function rangeOf({ lambdaMax }: Problem, { points, end }: PathExtent): PathRange {
  const to = end === null ? Number.NaN : end * lambdaMax;
  return to > 0 && to <= Number.MAX_VALUE ? { points, to } : { points };
}

function teller(runId: number, port: JobPort): (event: PathEvent) => void {
  let toldMs = Number.NEGATIVE_INFINITY;
  return (event) => {
    switch (event.kind) {
      case "path-started":
        port.post({ kind: "path-started", runId, problem: event.problem, lambdas: event.lambdas }, []);
        return;
      case "path-progress":
        if (port.clock() - toldMs < PROGRESS_MS) return;
        toldMs = port.clock();
        port.post({ kind: "path-progress", runId, progress: event.progress }, []);
        return;
      case "path-point":
        port.post({ kind: "path-point", runId, point: event.point }, []);
        return;
      default:
        event satisfies never;
    }
  };
}
