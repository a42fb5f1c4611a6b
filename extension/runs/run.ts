/** One run as the host knows it. Records are replaced, never changed, so a view may keep what it was given. */
import type {
  CertificateSnapshot,
  Factors,
  Finding,
  ProblemSummary,
  Progress,
  RunAction,
  RunResult,
} from "@optimality-lens/engine";
import type { RunPhase } from "../protocol/panel.ts";

export interface ConfigRef {
  /** URI as a string: the identity of a config. */
  readonly uri: string;
  /** Absolute path on disk. */
  readonly path: string;
  /** What people see: path relative to the workspace. */
  readonly name: string;
}

/** What a run was made from: the statement of the config, or the content of one data file. */
export interface InputStamp {
  readonly path: string;
  readonly stamp: string;
}

export interface Run {
  readonly id: number;
  readonly config: ConfigRef;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly label: string;
  readonly phase: Exclude<RunPhase, "empty">;
  readonly problem: ProblemSummary | null;
  readonly progress: Progress | null;
  readonly snapshot: CertificateSnapshot | null;
  readonly result: RunResult | null;
  /** One line, when phase is `failed`. */
  readonly failure: string | null;
  readonly findings: readonly Finding[];
  /** Absolute paths. */
  readonly certificateFile: string | null;
  readonly factorsFile: string | null;
  /** The last point, kept for the newest run of a config so that it can be continued. */
  readonly factors: Factors | null;
  readonly inputs: readonly InputStamp[];
  readonly outOfDate: boolean;
}

export function isActive({ phase }: Pick<Run, "phase">): boolean {
  return phase === "loading" || phase === "running";
}

const LABELS: Readonly<Record<RunAction, string>> = {
  "add-zero-branch": "zero branch added",
  "remove-redundant-branches": "redundant branches removed",
  continue: "continued",
};

export function labelOf(action: RunAction | null): string {
  return action === null ? "from the start" : LABELS[action];
}

/**
 * The result of a run whose worker had to be ended before it could answer: everything received is kept,
 * nothing is claimed. `null` when not even the problem was known.
 */
export function interruptedResult(run: Run): RunResult | null {
  const { problem, progress, snapshot } = run;
  if (problem === null || progress === null) return null;
  return {
    version: 1,
    verdict: "undecided",
    status: "cancelled",
    reason: `stopped after ${progress.iteration} iterations, before a certificate of the last point was computed`,
    objective: progress.objective,
    lowerBound: progress.lowerBound,
    gap: snapshot?.gap ?? null,
    polar: snapshot?.polar ?? null,
    homogeneity: problem.homogeneity,
    lambda: problem.lambda,
    lambdaMax: problem.lambdaMax,
    rank: snapshot?.branches.filter((branch) => !branch.zero).length ?? progress.branches,
    branches: snapshot?.branches ?? [],
    evidence: null,
    extra: null,
    stationarity: progress.stationarity,
    iterations: progress.iteration,
    seconds: progress.seconds,
    findings: [],
  };
}

/** Findings that make a config unusable, in one line. */
export function rejection(findings: readonly Finding[]): string {
  const first = findings.find((finding) => finding.severity === "error") ?? findings[0];
  if (first === undefined) return "the config cannot be used";
  const others = findings.length - 1;
  return others === 0 ? first.message : `${first.message} (and ${others} more)`;
}
