/** Fewer or smaller branches for the same Φ, with f_r never rising: balance, dust to zero, refactor. */

import type { PointEvaluation } from "../certify/evaluate.ts";
import { evaluatePoint } from "../certify/evaluate.ts";
import type { Branch, Factors } from "../problem/factors.ts";
import { branchesOf, factorsOf, isZero, nonZeroBranches } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";
import { independentBranches, optimalBranches } from "./refactor.ts";

/** Rescales every branch so that ‖u‖_a = ‖v‖_b, which leaves Φ and the product form unchanged and lowers the power form. */
export function balanced(problem: Problem, factors: Factors): Factors {
  if (!problem.regularizer.matched) return { ...factors, u: factors.u.slice(), v: factors.v.slice() };
  const [normU, normV] = problem.regularizer.norms;
  const branches = branchesOf(factors).map((branch): Branch => {
    const [a, b] = [normU.value(branch.u), normV.value(branch.v)];
    if (a === 0 || b === 0) return zeroBranch(problem);
    const scale = Math.sqrt(b / a);
    return { u: branch.u.map((x) => x * scale), v: branch.v.map((x) => x / scale) };
  });
  return factorsOf(branches, problem.rows, problem.columns, factors.branches);
}

/** Sets branches to zero whose whole regularizer is below rounding of the objective. */
export function withoutDust(problem: Problem, factors: Factors, objective: number): Factors {
  const [normU, normV] = problem.regularizer.norms;
  const branches = branchesOf(factors).map((branch) => {
    const g = problem.regularizer.value(normU.value(branch.u), normV.value(branch.v));
    return problem.lambda * g <= 1e-16 * objective ? zeroBranch(problem) : branch;
  });
  return factorsOf(branches, problem.rows, problem.columns, factors.branches);
}

/**
 * The same Φ with fewer branches and an objective that is not higher; undefined when there is none. Without `shrink` the
 * width stays, and the branches saved are zero.
 */
export function reduced(problem: Problem, factors: Factors, options: { shrink?: boolean } = {}): Factors | undefined {
  const kept = nonZeroBranches(factors);
  const optimal = optimalBranches(problem, factors);
  const before = evaluatePoint(problem, factors);
  const candidates = [optimal, problem.regularizer.matched ? independentBranches(problem, kept) : undefined];
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
    const limit = options.shrink
      ? Math.max(kept.length, problem.config.search.grow ? problem.maxBranches : 0)
      : kept.length - 1;
    if (candidate.length > limit) continue;
    const width = options.shrink ? Math.max(1, candidate.length) : factors.branches;
    const next = balanced(
      problem,
      factorsOf(
        candidate.filter((branch) => !isZero(branch)),
        problem.rows,
        problem.columns,
        width,
      ),
    );
    const after = evaluatePoint(problem, next);
    if (after.finite && !rises(before, after)) return next;
  }
  return undefined;
}

/** Whether f rose by more than the rounding of two evaluations. */
function rises(before: PointEvaluation, after: PointEvaluation): boolean {
  return after.objective - after.objectiveMargin > (before.objective - before.objectiveMargin) * (1 + 1e-13);
}

function zeroBranch({ rows, columns }: Problem): Branch {
  return { u: new Float64Array(rows), v: new Float64Array(columns) };
}
