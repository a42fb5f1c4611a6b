/**
 * Fully corrective weights (theory.md §5): with the branches held as they are, their scales τ_i solve the convex problem
 *   min over τ ≥ 0 of ℓ(Σ τ_i A(φ_i)) + λ Σ τ_i g_i.
 * Where ReLU has kinks, descent in the factors creeps; new directions from the polar and this step together do not.
 */
import { gramInto } from "../linalg/kernels/multiply.ts";
import { dot } from "../linalg/vector.ts";
import type { Branch } from "../problem/factors.ts";
import { factorsOf } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";
import { nonnegativeMinimum } from "./nonnegative-minimum.ts";

const STEPS = 40;
const HALVINGS = 40;
/** A step that promises less than this share of the objective is the last one. */
const SMALLEST_PROMISE = 1e-15;
/** Ridge on the Hessian, relative to its diagonal: copies of one branch make it singular. */
const RIDGE = 1e-12;

/**
 * τ from `start`, by Newton steps on the quadratic model with the Hessian Φᵀ C Φ of the loss, each to the model's minimum over
 * τ ≥ 0, which is shortened until the objective falls: one step for a squared loss. Cost of a step: n k² for the Hessian (once
 * where it is the same everywhere) and a few times k³/3 for the minimum, k branches and n observations.
 */
export function correctedWeights(problem: Problem, branches: readonly Branch[], start: readonly number[]): number[] {
  const { target, loss, mapping, regularizer, lambda, sizes } = problem;
  const n = target.value.length;
  const columns = branches.map((branch) => {
    const x = new Float64Array(n);
    mapping.predictInto(x, factorsOf([branch], sizes, 1));
    return x;
  });
  const cost = branches.map((branch) => lambda * regularizer.measure(branch));
  const x = new Float64Array(n);
  const w = new Float64Array(n);
  const curvature = new Float64Array(n);
  const valueAt = (tau: Float64Array): number => {
    x.fill(0);
    let charge = 0;
    tau.forEach((t, i) => {
      if (t === 0) return;
      charge += t * cost[i];
      for (let k = 0; k < n; k++) x[k] += t * columns[i][k];
    });
    return loss.value(x, target) + charge;
  };
  let tau = Float64Array.from(start);
  let value = valueAt(tau);
  let hessian: Float64Array | undefined;
  for (let step = 0; step < STEPS; step++) {
    // `x` is that of `tau`.
    loss.negativeGradientInto(w, x, target);
    if (hessian === undefined || !loss.quadratic) {
      loss.curvatureInto(curvature, x, target);
      hessian = hessianOf(columns, curvature);
    }
    const gradient = Float64Array.from(columns, (column, i) => cost[i] - dot(w, column));
    const best = nonnegativeMinimum(hessian, gradient, tau);
    let promise = 0;
    for (let i = 0; i < tau.length; i++) promise += gradient[i] * (tau[i] - best[i]);
    if (!(promise > SMALLEST_PROMISE * Math.abs(value))) break;
    let moved = false;
    for (let halving = 0, length = 1; halving < HALVINGS; halving++, length /= 2) {
      const next = tau.map((t, i) => (length === 1 ? best[i] : t + length * (best[i] - t)));
      const reached = valueAt(next);
      if (!(reached < value)) continue;
      tau = next;
      value = reached;
      moved = true;
      break;
    }
    if (!moved) break;
  }
  return [...tau];
}

/** Φᵀ C Φ with a ridge, row-major. */
function hessianOf(columns: readonly Float64Array[], curvature: Float64Array): Float64Array {
  const k = columns.length;
  const n = curvature.length;
  const weighted = new Float64Array(n * k);
  for (let at = 0; at < n; at++) {
    const root = Math.sqrt(curvature[at]);
    for (let i = 0; i < k; i++) weighted[at * k + i] = root * columns[i][at];
  }
  const hessian = new Float64Array(k * k);
  gramInto(hessian, weighted, n, k);
  // Relative to each entry: weights of branches of very different sizes differ as much.
  for (let i = 0; i < k; i++) hessian[i * k + i] = hessian[i * k + i] * (1 + RIDGE) + Number.MIN_VALUE;
  return hessian;
}
