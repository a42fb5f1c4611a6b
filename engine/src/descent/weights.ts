/**
 * Fully corrective weights (theory.md §5): with the branches held as they are, their scales τ_i solve the convex problem
 *   min over τ ≥ 0 of ℓ(Σ τ_i A(φ_i)) + λ Σ τ_i g_i.
 * Where ReLU has kinks, descent in the factors creeps; new directions from the polar and this step together do not.
 */
import { multiplyVectorInto } from "../linalg/kernels/matrix-vector.ts";
import { gramInto, multiplyInto } from "../linalg/kernels/multiply.ts";
import type { Branch } from "../problem/factors.ts";
import { factorsOf } from "../problem/factors.ts";
import type { NetworkMapping } from "../problem/mapping/mapping.ts";
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
  const { target, loss, regularizer, lambda } = problem;
  const n = target.value.length;
  const count = branches.length;
  const columns = predictionsOf(problem, branches);
  const shape = { m: n, n: count };
  const cost = branches.map((branch) => lambda * regularizer.measure(branch));
  const x = new Float64Array(n);
  const w = new Float64Array(n);
  const curvature = new Float64Array(n);
  const gradient = new Float64Array(count);
  const valueAt = (tau: Float64Array): number => {
    let charge = 0;
    for (let i = 0; i < count; i++) charge += tau[i] * cost[i];
    multiplyVectorInto(x, columns, tau, shape);
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
      hessian = hessianOf(columns, curvature, count);
    }
    multiplyVectorInto(gradient, columns, w, { ...shape, transpose: true });
    for (let i = 0; i < count; i++) gradient[i] = cost[i] - gradient[i];
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

/** Φ, observations × branches: what each branch predicts by itself. */
function predictionsOf({ target, mapping, sizes }: Problem, branches: readonly Branch[]): Float64Array {
  const n = target.value.length;
  const count = branches.length;
  const out = new Float64Array(n * count);
  if (mapping.kind === "network" && mapping.neuron) {
    neuronPredictionsInto(out, mapping, branches);
    return out;
  }
  const x = new Float64Array(n);
  branches.forEach((branch, i) => {
    mapping.predictInto(x, factorsOf([branch], sizes, 1));
    for (let k = 0; k < n; k++) out[k * count + i] = x[k];
  });
  return out;
}

/** (V u_i)₊ v_i where it is observed, all V u_i as one product. */
function neuronPredictionsInto(
  out: Float64Array,
  { input, entries }: NetworkMapping,
  branches: readonly Branch[],
): void {
  const { rows, rowStart, column } = entries;
  const features = input.length / rows;
  const count = branches.length;
  const u = new Float64Array(features * count);
  branches.forEach(([own], i) => {
    for (let j = 0; j < features; j++) u[j * count + i] = own[j];
  });
  const reach = new Float64Array(rows * count);
  multiplyInto(reach, input, u, { m: rows, n: count, k: features });
  const outputs = branches[0]?.[1].length ?? 0;
  const v = new Float64Array(outputs * count);
  branches.forEach(([, own], i) => {
    for (let j = 0; j < outputs; j++) v[j * count + i] = own[j];
  });
  for (let n = 0; n < rows; n++) {
    for (let k = rowStart[n]; k < rowStart[n + 1]; k++) {
      const [to, from, factor] = [k * count, n * count, column[k] * count];
      for (let i = 0; i < count; i++) out[to + i] = Math.max(0, reach[from + i]) * v[factor + i];
    }
  }
}

/** Φᵀ C Φ with a ridge, row-major. */
function hessianOf(columns: Float64Array, curvature: Float64Array, count: number): Float64Array {
  const hessian = new Float64Array(count * count);
  gramInto(hessian, rowsScaled(columns, curvature, count), curvature.length, count);
  // Relative to each entry: weights of branches of very different sizes differ as much.
  for (let i = 0; i < count; i++) hessian[i * count + i] = hessian[i * count + i] * (1 + RIDGE) + Number.MIN_VALUE;
  return hessian;
}

/** C^½ Φ. */
function rowsScaled(columns: Float64Array, curvature: Float64Array, count: number): Float64Array {
  if (curvature.every((c) => c === 1)) return columns;
  const out = new Float64Array(columns.length);
  for (let k = 0; k < curvature.length; k++) {
    const root = Math.sqrt(curvature[k]);
    for (let at = k * count; at < (k + 1) * count; at++) out[at] = root * columns[at];
  }
  return out;
}
