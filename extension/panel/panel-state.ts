/** What the certificate panel shows of the store: everything but the time series. */
import type { HistoryRow, PanelState, PathState } from "../protocol/panel.ts";
import type { PathRun } from "../runs/path-run.ts";
import type { ConfigRef, Run } from "../runs/run.ts";
import type { RunStore } from "../runs/run-store.ts";

export interface PanelStateOptions {
  /** An absolute path as people know it: relative to the workspace. */
  readonly displayPath: (path: string) => string;
}

export function panelState(store: RunStore, config: ConfigRef, { displayPath }: PanelStateOptions): PanelState {
  const run = store.latest(config.uri);
  const configFindings = store.configFindings(config.uri);
  const path = store.paths.of(config.uri);
  const base = {
    configName: config.name,
    configUri: config.uri,
    history: history(store, config.uri, run),
    path: path === undefined ? null : pathState(path),
  };
  if (run === undefined) {
    return {
      ...base,
      runId: 0,
      phase: "empty",
      outOfDate: false,
      problem: null,
      progress: null,
      snapshot: null,
      result: null,
      failure: null,
      findings: configFindings,
      certificateFile: null,
    };
  }
  const over = run.phase === "finished" || run.phase === "failed";
  return {
    ...base,
    runId: run.id,
    phase: run.phase,
    outOfDate: run.outOfDate,
    problem: run.problem,
    progress: run.progress,
    snapshot: run.snapshot,
    result: run.result,
    failure: run.failure,
    findings: over ? run.findings : configFindings,
    certificateFile: run.certificateFile === null ? null : displayPath(run.certificateFile),
  };
}

function pathState(path: PathRun): PathState {
  const { id: pathId, phase, outOfDate, problem, lambdas, points, progress, status, failure } = path;
  return { pathId, phase, outOfDate, problem, lambdas, points, progress, status, failure };
}

function history(store: RunStore, configUri: string, shown: Run | undefined): readonly HistoryRow[] {
  const rows: HistoryRow[] = [];
  for (const run of store.runsOf(configUri)) {
    if (run.result === null) continue;
    rows.push({
      runId: run.id,
      startedAt: run.startedAt,
      label: run.label,
      verdict: run.result.verdict,
      status: run.result.status,
      objective: run.result.objective,
      relativeGap: run.result.gap?.relative ?? null,
      rank: run.result.rank,
      seconds: run.result.seconds,
      current: run.id === shown?.id,
    });
  }
  return rows;
}
