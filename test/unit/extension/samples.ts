/** Plain records for the extension's tests, and a log that remembers. */
import type { Finding, PathPoint, ProblemSummary, Progress, RunResult } from "@optimality-lens/engine";
import type { Log } from "../../../extension/log.ts";
import type { PathMessage, SeriesColumns, WorkerToHost } from "../../../extension/protocol/worker.ts";
import type { ConfigRef } from "../../../extension/runs/run.ts";

export const config: ConfigRef = {
  uri: "file:///ws/a.optimality.yaml",
  path: "/ws/a.optimality.yaml",
  name: "a.optimality.yaml",
};
export const otherConfig: ConfigRef = {
  uri: "file:///ws/b.optimality.yaml",
  path: "/ws/b.optimality.yaml",
  name: "b.optimality.yaml",
};

export const problem: ProblemSummary = {
  shape: [3, 2],
  observed: 6,
  seen: "entries",
  mapping: "matrix",
  formula: "u vᵀ",
  loss: "squared",
  regularizer: "product",
  homogeneity: { mapping: 2, regularizer: 2 },
  lambda: 0.5,
  lambdaMax: 5,
  gapTolerance: 1e-6,
  maxBranches: 2,
  grow: true,
};

export function progressAt(iteration: number, objective = 10 / (iteration + 1)): Progress {
  return {
    iteration,
    seconds: iteration / 100,
    phase: "descent",
    objective,
    lowerBound: iteration < 2 ? null : objective / 2,
    stationarity: 1e-3,
    branches: 1,
  };
}

export function findingOf(code: Finding["code"], change: Partial<Finding> = {}): Finding {
  return {
    code,
    severity: "warning",
    message: `${code} here`,
    path: "lambda",
    explanation: "",
    suggestions: [],
    ...change,
  };
}

export function resultOf(change: Partial<RunResult> = {}): RunResult {
  return {
    version: 1,
    verdict: "global",
    status: "converged",
    reason: "the objective is within 1e-6 of a proven lower bound",
    objective: 2,
    lowerBound: 1.999999,
    gap: { absolute: 1e-6, relative: 5e-7 },
    polar: { lower: 1, upper: 1.0000001, method: "sigma-1", kind: "exact" },
    homogeneity: { mapping: 2, regularizer: 2 },
    lambda: 0.5,
    lambdaMax: 5,
    rank: 1,
    branches: [{ index: 0, regularizer: 1.5, slack: 1e-9, zero: false }],
    evidence: null,
    extra: null,
    stationarity: 1e-9,
    iterations: 12,
    seconds: 0.1,
    findings: [findingOf("certified", { severity: "info" })],
    ...change,
  };
}

export function columnsOf(objective: readonly number[], from = 0): SeriesColumns {
  return {
    iteration: Float64Array.from(objective, (_, index) => from + index),
    seconds: Float64Array.from(objective, (_, index) => (from + index) / 100),
    objective: Float64Array.from(objective),
    lowerBound: Float64Array.from(objective, () => Number.NaN),
  };
}

export function batchOf(runId: number, objective: readonly number[], from = 0): WorkerToHost {
  const last = from + objective.length - 1;
  return {
    kind: "batch",
    runId,
    columns: columnsOf(objective, from),
    progress: progressAt(last, objective.at(-1)),
    snapshot: null,
  };
}

export function finishedOf(
  runId: number,
  change: Partial<RunResult> = {},
): Extract<WorkerToHost, { kind: "finished" }> {
  return {
    kind: "finished",
    runId,
    result: resultOf(change),
    factors: { branches: 1, values: [Float64Array.of(1, 2, 3), Float64Array.of(4, 5)] },
    files: { certificate: "/ws/a.optimality.yaml.certificate.json", factors: "/ws/a.optimality.yaml.factors.npz" },
    writeFailure: null,
  };
}

/** λ_max is 5. */
export function pathPointOf(lambda: number, change: Partial<PathPoint> = {}): PathPoint {
  return {
    lambda,
    relative: lambda / 5,
    verdict: "global",
    status: "converged",
    reason: "the objective is within 1e-6 of a proven lower bound",
    rank: lambda < 5 ? 1 : 0,
    objective: lambda + 1,
    lowerBound: lambda + 1 - 1e-7,
    gap: { absolute: 1e-7, relative: 1e-7 },
    loss: 1,
    regularizer: 1,
    iterations: 3,
    seconds: 0.25,
    ...change,
  };
}

/** A path from its start to its end, through each of `lambdas`. */
export function pathMessages(runId: number, lambdas: readonly number[]): readonly PathMessage[] {
  return [
    { kind: "path-started", runId, problem, lambdas },
    ...lambdas.map((lambda) => ({ kind: "path-point", runId, point: pathPointOf(lambda) }) as const),
    { kind: "path-finished", runId, status: "complete" },
  ];
}

export function recordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const say = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  return { lines, debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
}
