/** One problem from arrays in memory to the end of its run, with the built engine. */
import { buildProblem, type Problem, type RunEvent, type RunResult, run } from "@optimality-lens/engine";
import { type LoadedProblem, loadProblem } from "@optimality-lens/engine/node";
import { type Low, recordLows } from "./record-lows.ts";

export interface MeasuredRun {
  /** Wall time of building the problem (its layout in memory, lambda_max) and of the run; both together are our time. */
  readonly buildSeconds: number;
  readonly seconds: number;
  /** User CPU time of both, all threads. */
  readonly userSeconds: number;
  readonly lows: readonly Low[];
  readonly isCut: boolean;
  readonly result: Pick<
    RunResult,
    "verdict" | "status" | "objective" | "lowerBound" | "rank" | "iterations" | "lambda" | "lambdaMax"
  > & { readonly gap: number | null };
  /** Numbers that the data hold: observed entries, or entries of the input of a network. */
  readonly entries: number;
}

export async function loaded(configPath: string): Promise<LoadedProblem> {
  const read = await loadProblem(configPath);
  if (!read.ok) throw new Error(read.findings.map(({ message }) => message).join("; "));
  return read.loaded;
}

/** Runs to the end, or is cancelled after `limitSeconds`. */
export async function measuredRun(problem: Problem | LoadedProblem, limitSeconds: number): Promise<MeasuredRun> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const since = () => (performance.now() - start) / 1000;
  const built = "arrays" in problem ? rebuilt(problem) : problem;
  const buildSeconds = since();
  const signal = {
    get aborted() {
      return since() > limitSeconds;
    },
  };
  const { lows, add } = recordLows();
  const events = run(built, { signal, clock: () => performance.now(), pause: turn });
  let next = await events.next();
  for (; next.done !== true; next = await events.next()) {
    const objective = objectiveOf(next.value);
    if (objective !== undefined) add({ seconds: since(), objective });
  }
  const seconds = since();
  const userSeconds = process.cpuUsage(cpu).user / 1e6;
  const { verdict, status, objective, lowerBound, gap, rank, iterations, lambda, lambdaMax } = next.value.result;
  add({ seconds, objective });
  return {
    buildSeconds,
    seconds,
    userSeconds,
    lows,
    isCut: status === "cancelled",
    result: {
      ...{ verdict, status, objective, lowerBound, rank, iterations, lambda, lambdaMax },
      gap: gap?.relative ?? null,
    },
    entries: "arrays" in problem ? entriesOf(problem) : built.target.value.length,
  };
}

export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function rebuilt({ config, arrays }: LoadedProblem): Problem {
  const built = buildProblem(config, arrays);
  if (!built.ok) throw new Error(built.findings.map(({ message }) => message).join("; "));
  return built.problem;
}

function entriesOf({ arrays, problem }: LoadedProblem): number {
  return arrays.input?.data.length ?? problem.target.value.length;
}

function objectiveOf(event: RunEvent): number | undefined {
  if (event.kind === "progress") return event.progress.objective;
  return event.kind === "certificate" ? event.certificate.objective : undefined;
}
