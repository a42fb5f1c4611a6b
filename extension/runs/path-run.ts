/** One λ-path as the host knows it. Records are replaced, never changed, like those of runs. */
import type { PathPoint, PathResult, ProblemSummary, Progress } from "@optimality-lens/engine";
import type { RunPhase } from "../protocol/panel.ts";
import type { ConfigRef, InputStamp, Run } from "./run.ts";

export interface PathRun {
  readonly id: number;
  readonly config: ConfigRef;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly phase: Exclude<RunPhase, "empty">;
  /** At the config's own λ. */
  readonly problem: ProblemSummary | null;
  /** Descending; empty until the data is read. */
  readonly lambdas: readonly number[];
  /** For the first of `lambdas`. */
  readonly points: readonly PathPoint[];
  /** Of the point that is being computed. */
  readonly progress: Progress | null;
  readonly status: PathResult["status"] | null;
  /** One line: why it ended early, or why a newer one came to nothing. */
  readonly failure: string | null;
  /** Without the config's λ: every λ has the same path. */
  readonly inputs: readonly InputStamp[];
  readonly outOfDate: boolean;
}

/** Of the two things that may go on. */
export function isPath(work: Run | PathRun): work is PathRun {
  return "lambdas" in work;
}

/** The same record as `optimality path --json`. */
export function pathResult({ points, problem, status }: PathRun): PathResult {
  return { version: 1, lambdaMax: problem?.lambdaMax ?? 0, status: status ?? "cancelled", points };
}

/** A point's λ at the six digits that the panel shows: what is read is what is written into the config. */
export function shownLambda({ lambda, relative }: PathPoint): { readonly lambda: number; readonly relative: number } {
  return { lambda: Number(lambda.toPrecision(6)), relative: Number(relative.toPrecision(6)) };
}

/** "λ-path: 20 values of λ, proven global" */
export function pathOutcome({ lambdas, points, status, failure }: PathRun): string {
  if (points.length === 0) return failure ?? "λ-path cancelled before its first point";
  const proven = points.filter(({ verdict }) => verdict === "global").length;
  const count = points.length === 1 ? "1 value of λ" : `${points.length} values of λ`;
  const words = proven === points.length ? "proven global" : `${proven} of them proven global`;
  const early = status === "complete" ? "" : `, ended after ${points.length} of ${lambdas.length}`;
  return `λ-path: ${count}, ${words}${early}${failure === null ? "" : `; ${failure}`}`;
}
