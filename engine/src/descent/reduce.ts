/** Fewer or smaller branches for the same Φ, with f_r never rising: balance, dust to zero, refactor. */

import type { PointEvaluation } from "../certify/evaluate.ts";
import { evaluatePoint } from "../certify/evaluate.ts";
import { isBelow } from "../linalg/rounding.ts";
import { withScratch } from "../linalg/scratch.ts";
import { dot, times } from "../linalg/vector.ts";
import type { Branch, Factors } from "../problem/factors.ts";
import { branchesOf, copyFactors, factorsOf, pointBranches, pointOf, zeroBranch } from "../problem/factors.ts";
import { isZero } from "../problem/mapping/mapping.ts";
import type { Problem } from "../problem/problem.ts";
import { independentBranches, nonZeroBranches, optimalBranches } from "./refactor.ts";

/**
 * Rescales the factors of every branch against one another, which leaves Φ and a product form as they are and brings a sum
 * Σ c_k n_k^p to its least, where all c_k n_k^p / m_k agree; for a product form all n_k do.
 */
export function balanced(problem: Problem, factors: Factors): Factors {
  const { mapping, regularizer, sizes } = problem;
  if (!regularizer.matched || !mapping.separable) return copyFactors(factors);
  const branches = pointBranches(factors).map((branch) => balancedBranch(problem, branch) ?? zeroBranch(sizes));
  return pointOf(branches, sizes);
}

/** Undefined for a branch with a factor that is zero. */
function balancedBranch({ mapping, regularizer }: Problem, branch: Branch): Branch | undefined {
  const { norms, exponents, sum, form, compound } = regularizer;
  const p = mapping.degree ?? 1;
  const norm = branch.map((slice, k) => norms[k].value(slice));
  if (norm.some((n) => n === 0)) return undefined;
  if (branch.length === 1) return branch.map((slice) => slice.slice());
  if (compound !== undefined) return compound.balanced(branch);
  // c_k/m_k of the sum form; a product form has no preference, and equal norms serve descent best.
  const shares = exponents.map((m, k) => (form === "sum" && sum !== undefined ? sum.weights[k] / m : 1));
  let level = 1;
  norm.forEach((n, k) => {
    level *= (n * shares[k] ** (1 / p)) ** (exponents[k] / p);
  });
  return branch.map((slice, k) => {
    const scale = level / (norm[k] * shares[k] ** (1 / p));
    return times(slice, scale);
  });
}

/** Branches worth less than this share of the objective are tried without. */
const DUST = 1e-6;

/** And less than this share of it is nothing. */
const NOTHING = 1e-100;

/** How far beyond 1 the polar may be along a branch that is dropped. */
const IDLE = 1e-12;

/**
 * Sets to zero, smallest first, the small branches that would not grow back: those with ⟨w₀, A(φ(X_i))⟩ ≤ λ g(X_i) at the
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
    const alone = factorsOf([branches[index]], problem.sizes, 1);
    branches[index] = zeroBranch(problem.sizes);
    const candidate = factorsOf(branches, problem.sizes, factors.branches);
    const after = evaluatePoint(problem, candidate);
    const correlation = withScratch(problem.target.value.length, (prediction) => {
      problem.mapping.predictInto(prediction, alone);
      return dot(after.negativeGradient, prediction);
    });
    // Of what is hardly more than 0 products say nothing any more.
    const isNothing = problem.lambda * regularizer <= NOTHING * Math.abs(after.objective);
    if (after.finite && (isNothing || correlation <= problem.lambda * regularizer * (1 + IDLE))) kept = candidate;
  }
  return kept;
}

/**
 * The same Φ with fewer branches and an objective that is not higher; undefined when there is none. Without `shrink` the
 * width stays, and the branches saved are zero.
 */
export function reduced(problem: Problem, factors: Factors, options: { shrink?: boolean } = {}): Factors | undefined {
  if (!problem.regularizer.matched) return undefined;
  const kept = nonZeroBranches(problem, factors);
  const before = evaluatePoint(problem, factors);
  const ways = [() => optimalBranches(problem, factors), () => independentBranches(problem, kept)];
  for (const way of ways) {
    const candidate = way();
    if (candidate === undefined) continue;
    if (candidate.length === factors.branches && isSame(candidate, kept)) return undefined;
    const limit = options.shrink
      ? Math.max(kept.length, problem.config.search.grow ? problem.maxBranches : 0)
      : kept.length - 1;
    if (candidate.length > limit) continue;
    const width = options.shrink ? Math.max(1, candidate.length) : factors.branches;
    const used = candidate.filter((branch) => !isZero(problem.mapping, branch));
    const next = balanced(problem, factorsOf(used, problem.sizes, width));
    const after = evaluatePoint(problem, next);
    if (after.finite && !rises(before, after)) return next;
  }
  return undefined;
}

function isSame(a: readonly Branch[], b: readonly Branch[]): boolean {
  return (
    a.length === b.length &&
    a.every((branch, i) => branch.every((slice, k) => slice.every((entry, at) => Object.is(entry, b[i][k][at]))))
  );
}

/** Whether f rose by more than the rounding of two evaluations. */
function rises(before: PointEvaluation, after: PointEvaluation): boolean {
  return isBelow(before.objective - before.objectiveMargin, after.objective - after.objectiveMargin, 1e-13);
}
