/**
 * The evidence of `not-global`: one branch along the polar direction at its exact scale, and the objective after it. A point
 * in hand, evaluated with its rounding margin; it needs no proof.
 */
import type { Evidence } from "../events.ts";
import type { End } from "../linalg/root.ts";
import { rootBetween } from "../linalg/root.ts";
import type { Branch, Factors } from "../problem/factors.ts";
import { branchesOf, factorsOf } from "../problem/factors.ts";
import { predictInto } from "../problem/mapping/matrix.ts";
import type { Problem } from "../problem/problem.ts";
import type { PointEvaluation } from "./evaluate.ts";
import { evaluatePoint } from "./evaluate.ts";
import type { PolarBranch } from "./polar/polar.ts";
import { improves } from "./verdict.ts";

export function evidenceOf(
  problem: Problem,
  factors: Factors,
  point: PointEvaluation,
  direction: PolarBranch | undefined,
): Evidence | null {
  if (direction === undefined || !(direction.value > problem.lambda)) return null;
  const x = new Float64Array(problem.target.value.length);
  predictInto(x, problem.target, factors);
  const root = Math.sqrt(exactScale(problem, x, [direction]));
  if (root === 0) return null;
  const branch: Branch = { u: direction.u.map((e) => e * root), v: direction.v.map((e) => e * root) };
  const all = [...branchesOf(factors), branch];
  const after = evaluatePoint(problem, factorsOf(all, problem.rows, problem.columns, all.length));
  const evidence: Evidence = { polar: direction.value / problem.lambda, objectiveAfter: after.objective };
  const { objective, objectiveMargin } = point;
  return after.finite && improves({ evidence, objective, objectiveMargin }) ? evidence : null;
}

/**
 * argmin over τ ≥ 0 of ℓ(x + τ d) + τ λ Σ g, d = Σ φ(branches): the derivative λΣg − ⟨W(x + τd), d⟩ rises with τ, so its
 * root is bracketed and found by the Illinois variant of regula falsi; for a squared loss the first secant is exact.
 */
export function exactScale(problem: Problem, x: Float64Array, branches: readonly Branch[]): number {
  const { target, loss, regularizer, lambda } = problem;
  const [normU, normV] = regularizer.norms;
  const d = new Float64Array(x.length);
  predictInto(d, target, factorsOf(branches, problem.rows, problem.columns, branches.length));
  let cost = 0;
  for (const { u, v } of branches) cost += lambda * regularizer.value(normU.value(u), normV.value(v));
  const shifted = new Float64Array(x.length);
  const w = new Float64Array(x.length);
  const slope = (tau: number) => {
    for (let k = 0; k < x.length; k++) shifted[k] = x[k] + tau * d[k];
    loss.negativeGradientInto(w, shifted, target);
    let sum = cost;
    for (let k = 0; k < x.length; k++) sum -= w[k] * d[k];
    return sum;
  };
  let low: End = { at: 0, value: slope(0) };
  if (!(low.value < 0)) return 0;
  const tolerance = -1e-12 * low.value;
  let high: End = { at: 1, value: slope(1) };
  for (let doubling = 0; high.value < 0 && doubling < 200; doubling++) {
    low = high;
    high = { at: 2 * low.at, value: slope(2 * low.at) };
  }
  return high.value >= 0 ? rootBetween(slope, low, high, { tolerance, steps: 100 }) : low.at;
}
