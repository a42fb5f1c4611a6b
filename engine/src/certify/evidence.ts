/**
 * The evidence of `not-global`: one branch along the polar direction at its exact scale, and the objective after it. A point
 * in hand, evaluated with its rounding margin; it needs no proof.
 */
import type { Evidence } from "../events.ts";
import type { End } from "../linalg/root.ts";
import { rootBetween } from "../linalg/root.ts";
import { dot } from "../linalg/vector.ts";
import type { Branch, Factors } from "../problem/factors.ts";
import { branchesOf, factorsOf, scaledBranch } from "../problem/factors.ts";
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
  problem.mapping.predictInto(x, factors);
  const scale = exactScale(problem, x, [direction.factors]);
  if (scale === 0) return null;
  const all = [...branchesOf(factors), alongRay(problem, direction.factors, scale)];
  const after = evaluatePoint(problem, factorsOf(all, problem.sizes, all.length));
  const polar = Math.min(Number.MAX_VALUE, direction.value / problem.lambda);
  const evidence: Evidence = { polar, objectiveAfter: after.objective };
  const { objective, objectiveMargin } = point;
  return after.finite && improves({ evidence, objective, objectiveMargin }) ? evidence : null;
}

/** The branch with τ times the φ and the g of `branch`: every factor scaled by τ^{1/p}. */
export function alongRay({ mapping }: Problem, branch: Branch, tau: number): Branch {
  return scaledBranch(branch, tau ** (1 / (mapping.degree ?? 1)));
}

/** Doubling reaches any float64 number well before. */
const MAX_DOUBLINGS = 2200;

/**
 * argmin over τ ≥ 0 of ℓ(x + τ d) + τ λ Σ g, d = Σ A(φ(branches)): the derivative λΣg − ⟨w(x + τd), d⟩ rises with τ, so its
 * root is bracketed by doubling and found between the ends; for a squared loss it has a closed form. Where the
 * derivative overflows at τ = 1 (e^x), the search starts where no prediction moves by more than 1. 0 where f does not fall.
 */
export function exactScale(problem: Problem, x: Float64Array, branches: readonly Branch[]): number {
  const { target, loss, mapping, regularizer, lambda } = problem;
  const d = new Float64Array(x.length);
  mapping.predictInto(d, factorsOf(branches, problem.sizes, branches.length));
  let cost = 0;
  for (const branch of branches) cost += lambda * regularizer.measure(branch);
  const shifted = new Float64Array(x.length);
  const w = new Float64Array(x.length);
  const slope = (tau: number) => {
    for (let k = 0; k < x.length; k++) shifted[k] = x[k] + tau * d[k];
    loss.negativeGradientInto(w, shifted, target);
    let sum = cost;
    for (let k = 0; k < x.length; k++) sum -= w[k] * d[k];
    return sum;
  };
  if (loss.quadratic) {
    const fall = -slope(0);
    const curvature = loss.lipschitz * dot(d, d);
    const tau = fall / curvature;
    // Beyond float64 the search below finds its way.
    if (Number.isFinite(tau) && curvature > 0) return Math.max(0, tau);
  }
  // What is not a number is beyond the root: there something overflowed.
  const endAt = (at: number): End => {
    const value = slope(at);
    return { at, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value };
  };
  let low = endAt(0);
  if (!(low.value < 0 && Number.isFinite(low.value))) return 0;
  const tolerance = -1e-12 * low.value;
  let high = endAt(1);
  if (high.value === Number.POSITIVE_INFINITY) {
    const largest = d.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
    high = endAt(Math.min(1, 1 / largest));
  }
  for (let doubling = 0; high.value < 0 && doubling < MAX_DOUBLINGS; doubling++) {
    low = high;
    high = endAt(2 * low.at);
  }
  return high.value >= 0 ? rootBetween((tau) => endAt(tau).value, low, high, { tolerance, steps: 200 }) : low.at;
}
