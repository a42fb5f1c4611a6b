/**
 * A point, judged without any polar: objective, W = −∇ℓ, slacks, stationarity. Everything `verify` recomputes from the
 * factors alone. Cost 6·nnz·r flops.
 */
import type { BranchReport } from "../events.ts";
import type { Observed } from "../linalg/observed.ts";
import { withValues } from "../linalg/observed.ts";
import { gamma, roundedUp } from "../linalg/rounding.ts";
import type { Factors } from "../problem/factors.ts";
import { branchesOf } from "../problem/factors.ts";
import { correlateInto, predictInto, predictionError } from "../problem/mapping/matrix.ts";
import type { Problem } from "../problem/problem.ts";

export interface PointEvaluation {
  /** Every number below is finite; when false, nothing else here may be used. */
  readonly finite: boolean;
  /** f_r at the point, rounded up: never below the exact value. */
  readonly objective: number;
  /** How much of `objective` is margin for rounding. */
  readonly objectiveMargin: number;
  /** W = −∇ℓ(Φ) at the observed entries; Z = W / λ. */
  readonly negativeGradient: Observed;
  readonly branches: readonly BranchReport[];
  /** Σ_i g(X_i), without λ. */
  readonly regularizer: number;
  /**
   * Scale-free distance from stationarity: with p_i = Z v_i, q_i = Zᵀ u_i and the weights g_i,
   * √(Σ g_i (dist(p_i/‖v_i‖, ∂‖u_i‖)² + dist(q_i/‖u_i‖, ∂‖v_i‖)² + imbalance_i²) / Σ g_i);
   * the imbalance (‖u‖² − ‖v‖²)/(‖u‖² + ‖v‖²) counts for the power forms only. 0 without branches.
   */
  readonly stationarity: number;
}

export function evaluatePoint(problem: Problem, factors: Factors): PointEvaluation {
  const { target, loss, regularizer, lambda, rows, columns } = problem;
  const x = new Float64Array(target.value.length);
  predictInto(x, target, factors);
  const w = withValues(target, new Float64Array(x.length));
  loss.negativeGradientInto(w.value, x, target);
  const p = new Float64Array(factors.u.length);
  const q = new Float64Array(factors.v.length);
  correlateInto(p, q, w, factors);

  const [normU, normV] = regularizer.norms;
  const correlations = branchesOf({ branches: factors.branches, u: p, v: q });
  const reports: BranchReport[] = [];
  let sum = 0;
  let weighted = 0;
  branchesOf(factors).forEach(({ u, v }, index) => {
    const a = normU.value(u);
    const b = normV.value(v);
    const g = regularizer.value(a, b);
    let inner = 0;
    for (let i = 0; i < rows; i++) inner += u[i] * correlations[index].u[i];
    sum += g;
    if (a > 0 && b > 0) {
      const [weightU, weightV] = regularizer.matched ? [lambda * b, lambda * a] : [lambda, lambda];
      const du = normU.subgradientDistance(
        correlations[index].u.map((z) => z / weightU),
        u,
      );
      const dv = normV.subgradientDistance(
        correlations[index].v.map((z) => z / weightV),
        v,
      );
      const balanced = regularizer.kind === "product" || regularizer.kind === "l1";
      const ratio = Math.min(a, b) / Math.max(a, b);
      const balance = balanced ? 0 : (1 - ratio * ratio) / (1 + ratio * ratio);
      weighted += g * (du * du + dv * dv + balance * balance);
    } else if (g > 0) weighted += g;
    reports.push({ index, regularizer: g, slack: g - inner / lambda, zero: g === 0 });
  });
  const value = loss.value(x, target) + lambda * sum;
  const upper =
    loss.valueUpper(x, target, predictionError(factors, rows, columns)) +
    (reports.every(({ zero }) => zero) ? 0 : lambda * roundedUp(sum, rows + columns + factors.branches + 6));
  const objective = upper * (1 + gamma(4));
  const finite =
    Number.isFinite(objective) &&
    w.value.every((entry) => Math.abs(entry) < 1e200) &&
    reports.every((report) => Number.isFinite(report.slack));
  return {
    finite,
    objective,
    objectiveMargin: objective - value,
    negativeGradient: w,
    branches: reports,
    regularizer: sum,
    stationarity: sum > 0 ? Math.sqrt(weighted / sum) : 0,
  };
}
