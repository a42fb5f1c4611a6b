/** Fewer or smaller branches for the same Φ, with f_r never rising: balance, dust to zero, refactor. */

import type { PointEvaluation } from "../certify/evaluate.ts";
import { evaluatePoint } from "../certify/evaluate.ts";
import { bilinear } from "../linalg/observed.ts";
import { isBelow } from "../linalg/rounding.ts";
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

/** Branches worth less than this share of the objective are tried without. */
const DUST = 1e-6;

/** How far beyond 1 the polar may be along a branch that is dropped. */
const IDLE = 1e-12;

/**
 * Sets to zero, smallest first, the small branches that would not grow back: those with ⟨W₀, φ(X_i)⟩ ≤ λ g(X_i) at the
 * point without them. What descent was driving to zero gets there. Costs one evaluation a candidate.
 */
export function withoutDust(problem: Problem, factors: Factors): Factors {
  const point = evaluatePoint(problem, factors);
  let kept = factors;
  const small = point.branches
    .filter(({ zero, regularizer }) => !zero && problem.lambda * regularizer <= DUST * Math.abs(point.objective))
    .sort((a, b) => a.regularizer - b.regularizer);
  for (const { index, regularizer } of small) {
    const branches = branchesOf(kept);
    const { u, v } = branches[index];
    branches[index] = zeroBranch(problem);
    const candidate = factorsOf(branches, problem.rows, problem.columns, factors.branches);
    const after = evaluatePoint(problem, candidate);
    const correlation = bilinear(after.negativeGradient, u, v);
    if (after.finite && correlation <= problem.lambda * regularizer * (1 + IDLE)) kept = candidate;
  }
  return kept;
}

/**
 * The same Φ with fewer branches and an objective that is not higher; undefined when there is none. Without `shrink` the
 * width stays, and the branches saved are zero.
 */
export function reduced(problem: Problem, factors: Factors, options: { shrink?: boolean } = {}): Factors | undefined {
  const kept = nonZeroBranches(factors);
  if (!problem.regularizer.matched) return undefined;
  const before = evaluatePoint(problem, factors);
  const ways = [() => optimalBranches(problem, factors), () => independentBranches(problem, kept)];
  for (const way of ways) {
    const candidate = way();
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
  return isBelow(before.objective - before.objectiveMargin, after.objective - after.objectiveMargin, 1e-13);
}

function zeroBranch({ rows, columns }: Problem): Branch {
  return { u: new Float64Array(rows), v: new Float64Array(columns) };
}
