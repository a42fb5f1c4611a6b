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

const STEPS = 40;
const HALVINGS = 40;
/** A step that promises less than this share of the objective is the last one. */
const SMALLEST_PROMISE = 1e-15;
/** Ridge on the Hessian, relative to its diagonal: copies of one branch make it singular. */
const RIDGE = 1e-12;

/**
 * τ from `start`, by Newton steps on the quadratic model with the Hessian Φᵀ C Φ of the loss, each to the model's minimum over
 * τ ≥ 0, which is shortened until the objective falls: one step for a squared loss. Cost of a step: n k²/2 for the Hessian and
 * k³/3 for every weight that enters or leaves, k branches and n observations.
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
  for (let step = 0; step < STEPS; step++) {
    // `x` is that of `tau`.
    loss.negativeGradientInto(w, x, target);
    loss.curvatureInto(curvature, x, target);
    const gradient = columns.map((column, i) => cost[i] - dot(w, column));
    const best = modelMinimum(hessianOf(columns, curvature), gradient, tau);
    const promise = best.reduce((sum, t, i) => sum + gradient[i] * (tau[i] - t), 0);
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
  return tau;
}

/** Φᵀ C Φ with a ridge, row-major. */
function hessianOf(columns: readonly Float64Array[], curvature: Float64Array): Float64Array {
  const k = columns.length;
  const hessian = new Float64Array(k * k);
  columns.forEach((column, i) => {
    const weighted = column.map((entry, at) => entry * curvature[at]);
    for (let j = 0; j <= i; j++) {
      hessian[i * k + j] = dot(weighted, columns[j]);
      hessian[j * k + i] = hessian[i * k + j];
    }
  });
  // Relative to each entry: weights of branches of very different sizes differ as much.
  for (let i = 0; i < k; i++) hessian[i * k + i] = hessian[i * k + i] * (1 + RIDGE) + Number.MIN_VALUE;
  return hessian;
}

/**
 * argmin over z ≥ 0 of ⟨g, z − τ⟩ + ½(z − τ)ᵀ H (z − τ), by active sets as in nonnegative least squares (lawson1974, chapter 23):
 * the weight with the steepest fall enters; when the minimum over the chosen ones has a negative entry, the way there is cut short
 * and what became 0 leaves.
 */
function modelMinimum(h: Float64Array, gradient: readonly number[], tau: readonly number[]): number[] {
  const k = tau.length;
  let z = [...tau];
  let chosen = z.flatMap((t, i) => (t > 0 ? [i] : []));
  const slopes = () => gradient.map((g, i) => z.reduce((sum, t, j) => sum + h[i * k + j] * (t - tau[j]), g));
  const tolerance = 1e-13 * gradient.reduce((size, g, i) => Math.max(size, Math.abs(g), h[i * k + i] * tau[i]), 0);
  for (let change = 0; change < 3 * k + 10; change++) {
    const aim = minimumOver(h, gradient, tau, chosen);
    if (aim === undefined) return z;
    // How far towards the aim all chosen weights stay ≥ 0.
    let reach = 1;
    chosen.forEach((i, a) => {
      if (aim[a] < 0) reach = Math.min(reach, z[i] / (z[i] - aim[a]));
    });
    const next = z.map(() => 0);
    chosen.forEach((i, a) => {
      next[i] = Math.max(0, z[i] + reach * (aim[a] - z[i]));
    });
    z = next;
    if (reach < 1) {
      chosen = chosen.filter((i, a) => !(aim[a] < 0 && z[i] <= 1e-14 * tau[i]) && z[i] > 0);
      continue;
    }
    const slope = slopes();
    let entering = -1;
    slope.forEach((g, i) => {
      if (!chosen.includes(i) && g < (entering < 0 ? -tolerance : slope[entering])) entering = i;
    });
    if (entering < 0) return z;
    chosen = [...chosen, entering];
  }
  return z;
}

/** The unconstrained minimum over the chosen weights, the others being 0. Undefined when H is not positive definite there. */
function minimumOver(
  h: Float64Array,
  gradient: readonly number[],
  tau: readonly number[],
  chosen: readonly number[],
): Float64Array | undefined {
  const k = tau.length;
  const p = chosen.length;
  const block = new Float64Array(p * p);
  const right = new Float64Array(p);
  chosen.forEach((i, a) => {
    for (let b = 0; b <= a; b++) block[a * p + b] = h[i * k + chosen[b]];
    // g + H (z − τ) = 0 on the chosen rows.
    right[a] = tau.reduce((sum, t, j) => sum + h[i * k + j] * t, -gradient[i]);
  });
  if (!choleskyInto(block, p)) return undefined;
  choleskySolveRowsInto(right, 1, block, p);
  return right;
}
