/** Problem → descent ⇄ certify → diagnose, as a stream of events. */
import type { Assessment } from "./certify/assess.ts";
import { extraOf } from "./certify/extra.ts";
import { judge } from "./certify/verdict.ts";
import type { AlgorithmResult } from "./descent/algorithm.ts";
import { algorithm } from "./descent/algorithm.ts";
import { balanced } from "./descent/reduce.ts";
import { independentBranches, nonZeroBranches, optimalBranches } from "./descent/refactor.ts";
import type { RunAction } from "./diagnose/finding.ts";
import { runFindings } from "./diagnose/run-findings.ts";
import type { CancelSignal, Progress, RunEvent, RunResult } from "./events.ts";
import { kernelTurns } from "./linalg/kernels/entry-kernel.ts";
import { branchFacts } from "./problem/branch-facts.ts";
import type { Factors } from "./problem/factors.ts";
import type { Problem } from "./problem/problem.ts";
import { summarize } from "./problem/problem.ts";
import { isSmooth } from "./problem/regularizer/regularizer.ts";

export interface RunOptions {
  readonly signal: CancelSignal;
  /** Milliseconds from any origin, monotonic. */
  readonly clock: () => number;
  /** Awaited every few milliseconds of work, so that the caller's event loop turns. */
  readonly pause: () => Promise<void>;
  /** Called a few times a second from within long work, where no event can be yielded: the last progress, its seconds counted on. */
  readonly report?: ((progress: Progress) => void) | undefined;
  /** Continue an earlier run from its factors instead of the config's start. */
  readonly resume?: { readonly factors: Factors; readonly action: RunAction };
}

/** Everything a run leaves behind; `result` is what people see, the rest is what a certificate needs. */
export interface RunOutcome {
  readonly result: RunResult;
  readonly factors: Factors;
  /** The dual array when the best bound came from an earlier point: one number per observed entry. */
  readonly dual: Float64Array | null;
  /** What the result's numbers were read from. */
  readonly assessment: Assessment;
  readonly problem: Problem;
}

const NO_FACTS = { duplicates: [], unbalanced: [], dead: [], deadUnits: null };

/** How long the run works before it gives the caller's event loop a turn. */
const TURN_MS = 15;

/** Never throws on bad numbers: those end the run with status `non-finite`. */
export async function* run(problem: Problem, options: RunOptions): AsyncGenerator<RunEvent, RunOutcome> {
  yield { kind: "started", problem: summarize(problem) };
  const steps = algorithm(problem, options);
  const turns = kernelTurns(problem.target);
  const step = () => {
    turns.begin();
    return steps.next();
  };
  try {
    let turnStart = options.clock();
    let next = step();
    while (!next.done) {
      if (next.value !== undefined) yield next.value;
      if (options.clock() - turnStart > TURN_MS) {
        await options.pause();
        turnStart = options.clock();
      }
      next = step();
    }
    const found = next.value;
    return {
      result: resultOf(problem, found),
      factors: found.factors,
      dual: found.dual,
      assessment: found.assessment,
      problem,
    };
  } finally {
    turns.end();
  }
}

function resultOf(problem: Problem, found: AlgorithmResult): RunResult {
  const { evaluation, bound, lowerBound, gap, contradiction } = found.assessment;
  const { config } = problem;
  const { finite, branches, objective } = evaluation;
  const judged = judge({
    mismatch: problem.regularizer.mismatch,
    objective,
    objectiveMargin: evaluation.objectiveMargin,
    gap,
    contradiction,
    gapTolerance: config.search.gap,
    evidence: found.evidence,
    polar: bound?.polar ?? null,
  });
  const result: Omit<RunResult, "findings"> = {
    version: 1,
    verdict: judged.verdict,
    status: found.status,
    reason: judged.reason,
    objective,
    lowerBound: lowerBound?.value ?? null,
    gap,
    polar: bound?.polar ?? null,
    homogeneity: { mapping: problem.mapping.degree, regularizer: problem.regularizer.degree },
    lambda: problem.lambda,
    lambdaMax: problem.lambdaMax,
    rank: branches.filter((branch) => !branch.zero).length,
    branches,
    evidence: judged.verdict === "global" ? null : found.evidence,
    extra: finite ? extraOf(problem, found.factors) : null,
    stationarity: evaluation.stationarity,
    iterations: found.iterations,
    seconds: found.seconds,
  };
  const findings = runFindings({
    result,
    mapping: config.mapping.kind,
    grow: config.search.grow,
    width: found.factors.branches,
    gapTolerance: config.search.gap,
    maxCells: config.search.maxCells,
    sufficient: finite && found.status !== "cancelled" ? sufficientBranches(problem, found.factors) : null,
    zeroTarget: problem.target.value.every((y) => y === 0),
    ...(finite ? branchFacts(problem, found.factors, balanced(problem, found.factors)) : NO_FACTS),
  });
  return { ...result, findings };
}

/** The fewest branches we know that give the same Φ at no higher objective. */
function sufficientBranches(problem: Problem, factors: Factors): number | null {
  if (!problem.regularizer.matched) return null;
  const optimal = optimalBranches(problem, factors);
  // The rank of Φ cannot be undercut; rows and columns can.
  if (optimal !== undefined && isSmooth(problem.regularizer)) return optimal.length;
  const independent = independentBranches(problem, nonZeroBranches(problem, factors)).length;
  return Math.min(independent, optimal?.length ?? independent);
}
