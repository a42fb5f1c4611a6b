/**
 * "Add zero branch" (Algorithm 1): a new branch starts at 0 and moves along the polar direction, which lowers f as long as
 * ⟨w, A(φ(z))⟩ > λ g(z). Its scale τ = α^p is an exact one-dimensional convex search.
 */
import { alongRay, exactScale } from "../certify/evidence.ts";
import type { PolarBranch } from "../certify/polar/polar.ts";
import type { Observed } from "../linalg/observed.ts";
import { withValues } from "../linalg/observed.ts";
import { dot, over, times } from "../linalg/vector.ts";
import type { Branch } from "../problem/factors.ts";
import { factorsOf } from "../problem/factors.ts";
import { stepCurvature } from "../problem/loss/loss.ts";
import type { Problem } from "../problem/problem.ts";
import { sparseSide } from "./sparse-side.ts";

/**
 * New branches from the polar's directions, at most `room`. Each gets the scale of a prox-gradient step in Φ (Lipschitz
 * constant L, or the curvature here): (⟨w, A(φ)⟩ − λ)/(L‖A(φ)‖²); with ℓ1 on a factor the whole row is stepped at once. A
 * common factor on all of them is then searched exactly. Empty when no direction lowers f.
 */
export function growthBranches(
  problem: Problem,
  x: Float64Array,
  w: Float64Array,
  directions: readonly PolarBranch[],
  room: number,
): Branch[] {
  const curvature = stepCurvature(problem.loss, problem.target, x);
  const branches = directions
    .filter(({ value }) => value > problem.lambda)
    .slice(0, room)
    .map((direction) => steppedBranch(problem, curvature, w, direction));
  if (branches.length === 0) return [];
  const factor = exactScale(problem, x, branches);
  return factor > 0 ? branches.map((branch) => alongRay(problem, branch, factor)) : [];
}

function steppedBranch(problem: Problem, curvature: number, w: Float64Array, direction: PolarBranch): Branch {
  const side = sparseSide(problem);
  if (side !== undefined) {
    // One factor is a unit vector: the other one's best value solves a prox.
    const other = problem.regularizer.norms[1 - side];
    const index = direction.factors[side].findIndex((e) => e !== 0);
    const step = lineOf(withValues(problem.target, w), side, index).map((e) => e / curvature);
    other.proxInto(step, problem.lambda / curvature);
    const root = Math.sqrt(other.value(step));
    const unit = times(direction.factors[side], root);
    const rest = root > 0 ? over(step, root) : step;
    return side === 0 ? [unit, rest] : [rest, unit];
  }
  const prediction = new Float64Array(w.length);
  problem.mapping.predictInto(prediction, factorsOf([direction.factors], problem.sizes, 1));
  const size = dot(prediction, prediction);
  return alongRay(problem, direction.factors, (direction.value - problem.lambda) / (curvature * size));
}

/** Row (side 0) or column (side 1) `index` of W, zero where unobserved. */
function lineOf(w: Observed, side: 0 | 1, index: number): Float64Array {
  const out = new Float64Array(side === 0 ? w.columns : w.rows);
  for (let i = 0; i < w.rows; i++) {
    if (side === 0 && i !== index) continue;
    for (let k = w.rowStart[i]; k < w.rowStart[i + 1]; k++) {
      if (side === 0) out[w.column[k]] = w.value[k];
      else if (w.column[k] === index) out[i] = w.value[k];
    }
  }
  return out;
}
