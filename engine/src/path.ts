/**
 * The λ-path: one problem at λ from λ_max down. Each point is a run of its own, proof and all, that starts from the factors of
 * the point before; at λ_max that is the zero model.
 */
import type { CancelSignal, PathEvent, PathPoint, PathResult } from "./events.ts";
import type { Factors } from "./problem/factors.ts";
import { zeroFactors } from "./problem/factors.ts";
import type { Problem } from "./problem/problem.ts";
import { summarize, withLambda } from "./problem/problem.ts";
import { type RunOptions, type RunOutcome, run } from "./run.ts";

/** How many λ, and where they end. */
export interface PathRange {
  readonly points?: number | undefined;
  readonly to?: number | undefined;
}

export interface PathOptions {
  readonly signal: CancelSignal;
  /** Milliseconds from any origin, monotonic. */
  readonly clock: () => number;
  /** Awaited every few milliseconds of work, so that the caller's event loop turns. */
  readonly pause: () => Promise<void>;
  /** Called a few times a second from within long work, where no event can be yielded. */
  readonly report?: ((event: PathEvent & { readonly kind: "path-progress" }) => void) | undefined;
  /** The λ themselves, all > 0, in any order; or the range to take them from. */
  readonly lambdas?: readonly number[] | PathRange | undefined;
}

export interface PathOutcome {
  readonly result: PathResult;
  /** Of each point. */
  readonly factors: readonly Factors[];
}

const DEFAULT_POINTS = 20;

/** Where a path ends, relative to λ_max, when the config's own λ is not below that. */
const DEFAULT_END = 0.01;

/** λ_max (to/λ_max)^(k/(points − 1)), k = 0 … points − 1; `to` alone where there is no way down to it. */
export function pathLambdas(problem: Problem, { points = DEFAULT_POINTS, to }: PathRange = {}): readonly number[] {
  const { lambda, lambdaMax } = problem;
  const fallback = lambda < lambdaMax || lambdaMax === 0 ? lambda : DEFAULT_END * lambdaMax;
  const end = to ?? fallback;
  if (!(end < lambdaMax && lambdaMax <= Number.MAX_VALUE && points > 1)) return [end];
  const last = points - 1;
  // The ends exactly, whatever the power rounds to.
  return Array.from({ length: points }, (_, k) =>
    k === 0 ? lambdaMax : k === last ? end : lambdaMax * (end / lambdaMax) ** (k / last),
  );
}

/** Never throws on bad numbers. A cancelled path keeps the points that were finished; `search.timeLimit` holds for each one. */
export async function* runPath(problem: Problem, options: PathOptions): AsyncGenerator<PathEvent, PathOutcome> {
  const lambdas = descending(problem, options.lambdas);
  yield { kind: "path-started", problem: summarize(problem), lambdas };
  const points: PathPoint[] = [];
  const factors: Factors[] = [];
  const outcomeOf = (status: PathResult["status"]): PathOutcome => ({
    result: { version: 1, lambdaMax: problem.lambdaMax, status, points },
    factors,
  });
  let start = firstFactors(problem);
  for (const [index, lambda] of lambdas.entries()) {
    if (options.signal.aborted) return outcomeOf("cancelled");
    const found = yield* runAt(problem, lambda, index, start, options);
    if (found.result.status === "cancelled") return outcomeOf("cancelled");
    const point = pointOf(found);
    points.push(point);
    factors.push(found.factors);
    start = nextStart(found, start);
    yield { kind: "path-point", index, point };
    await options.pause();
  }
  return outcomeOf("complete");
}

function descending(problem: Problem, lambdas: PathOptions["lambdas"] = {}): readonly number[] {
  return isList(lambdas) ? [...new Set(lambdas)].sort((a, b) => b - a) : pathLambdas(problem, lambdas);
}

function isList(lambdas: readonly number[] | PathRange): lambdas is readonly number[] {
  return Array.isArray(lambdas);
}

async function* runAt(
  problem: Problem,
  lambda: number,
  index: number,
  start: Factors | undefined,
  { signal, clock, pause, report }: PathOptions,
): AsyncGenerator<PathEvent, RunOutcome> {
  const options: RunOptions = {
    signal,
    clock,
    pause,
    report: report && ((progress) => report({ kind: "path-progress", index, progress })),
    ...(start === undefined ? {} : { resume: { factors: start, action: "continue" } }),
  };
  const events = run(withLambda(problem, lambda), options);
  for (;;) {
    const next = await events.next();
    if (next.done === true) return next.value;
    if (next.value.kind === "progress") yield { kind: "path-progress", index, progress: next.value.progress };
  }
}

/** Only a polar leads out of the zero model: without one, the config's own start. */
function firstFactors({ config, sizes, regularizer }: Problem): Factors | undefined {
  return regularizer.matched ? zeroFactors(sizes, config.branches) : undefined;
}

/** Numbers beyond float64 are nothing to start from: then the point before once more. */
function nextStart({ result, factors, problem }: RunOutcome, before: Factors | undefined): Factors | undefined {
  if (result.status === "non-finite") return before;
  return result.rank > 0 ? factors : firstFactors(problem);
}

function pointOf({ result, factors, assessment, problem }: RunOutcome): PathPoint {
  const { target, loss, mapping, lambda, lambdaMax } = problem;
  const { finite, regularizer } = assessment.evaluation;
  const x = new Float64Array(target.value.length);
  mapping.predictInto(x, factors);
  return {
    lambda,
    relative: lambdaMax > 0 ? lambda / lambdaMax : 1,
    verdict: result.verdict,
    status: result.status,
    reason: result.reason,
    rank: result.rank,
    objective: result.objective,
    lowerBound: result.lowerBound,
    gap: result.gap,
    loss: finite ? loss.value(x, target) : Number.MAX_VALUE,
    regularizer: finite ? regularizer : Number.MAX_VALUE,
    iterations: result.iterations,
    seconds: result.seconds,
  };
}
