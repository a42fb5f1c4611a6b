/**
 * Fully corrective weights (theory.md §5): with the branches held as they are, their scales τ_i solve the convex problem
 *   min over τ ≥ 0 of ℓ(Σ τ_i A(φ_i)) + λ Σ τ_i g_i.
 * Where ReLU has kinks, descent in the factors creeps; new directions from the polar and this step together do not.
 */
import { choleskyInto, choleskySolveRowsInto } from "../linalg/cholesky.ts";
import { dot } from "../linalg/vector.ts";
import type { Branch } from "../problem/factors.ts";
import { factorsOf } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";

const STEPS = 60;
const HALVINGS = 40;
/** Directional derivatives below this share of λ Σ g count as zero. */
const STATIONARY = 1e-14;

/**
 * τ from `start`, by projected Newton steps (bertsekas1982): weights at 0 that would fall stay there, the others take a step
 * with the Hessian Φᵀ C Φ of the loss, which is shortened until the objective falls. Cost of a step: n k² + k³/3 for k branches.
 */
export function correctedWeights(problem: Problem, branches: readonly Branch[], start: readonly number[]): number[] {
  const { target, loss, mapping, regularizer, lambda, sizes } = problem;
  const n = target.value.length;
  const columns = branches.map((branch) => {
    const x = new Float64Array(n);
    mapping.predictInto(x, factorsOf([branch], sizes, 1));
    return x;
  });
  const cost = branches.map(
    (branch) => lambda * regularizer.value(branch.map((z, k) => regularizer.norms[k].value(z))),
  );
  const x = new Float64Array(n);
  const w = new Float64Array(n);
  const curvature = new Float64Array(n);
  const valueAt = (tau: readonly number[]): number => {
    x.fill(0);
    let charge = 0;
    tau.forEach((t, i) => {
      if (t === 0) return;
      charge += t * cost[i];
      for (let k = 0; k < n; k++) x[k] += t * columns[i][k];
    });
    return loss.value(x, target) + charge;
  };
  let tau = [...start];
  let value = valueAt(tau);
  const scale = cost.reduce((all, c, i) => all + c * Math.max(tau[i], 1e-3), 0);
  for (let step = 0; step < STEPS; step++) {
    // `x` is that of `tau`.
    loss.negativeGradientInto(w, x, target);
    loss.curvatureInto(curvature, x, target);
    const gradient = columns.map((column, i) => cost[i] - dot(w, column));
    const free = tau.flatMap((t, i) => (t > 0 || gradient[i] < 0 ? [i] : []));
    const slope = free.reduce((all, i) => all + Math.abs(gradient[i]) * Math.max(tau[i], 1e-3), 0);
    if (free.length === 0 || slope <= STATIONARY * scale) break;
    const direction = newtonDirection(columns, curvature, gradient, free);
    let moved = false;
    for (let halving = 0, length = 1; halving < HALVINGS; halving++, length /= 2) {
      const next = [...tau];
      free.forEach((i, a) => {
        next[i] = Math.max(0, tau[i] + length * direction[a]);
      });
      const reached = valueAt(next);
      if (!(reached < value)) continue;
      tau = next;
      value = reached;
      moved = true;
      break;
    }
    if (!moved) break;
  }
  return tau;
}

/** −H⁻¹ g on the free weights; a small ridge serves copies of one branch. */
function newtonDirection(
  columns: readonly Float64Array[],
  curvature: Float64Array,
  gradient: readonly number[],
  free: readonly number[],
): Float64Array {
  const k = free.length;
  const hessian = new Float64Array(k * k);
  free.forEach((i, a) => {
    const weighted = columns[i].map((entry, at) => entry * curvature[at]);
    for (let b = 0; b <= a; b++) hessian[a * k + b] = dot(weighted, columns[free[b]]);
  });
  let trace = 0;
  for (let a = 0; a < k; a++) trace += hessian[a * k + a];
  const out = new Float64Array(k);
  for (let ridge = 1e-12; ridge < 1e6; ridge *= 100) {
    const shifted = hessian.slice();
    for (let a = 0; a < k; a++) shifted[a * k + a] += (ridge * (trace > 0 ? trace : 1)) / k;
    if (!choleskyInto(shifted, k)) continue;
    free.forEach((i, a) => {
      out[a] = -gradient[i];
    });
    choleskySolveRowsInto(out, 1, shifted, k);
    return out;
  }
  free.forEach((i, a) => {
    out[a] = -gradient[i];
  });
  return out;
}
