/**
 * "Add zero branch" (Algorithm 1): a new branch starts at 0 and moves along the polar direction, which lowers f as long as
 * ⟨W, φ(z)⟩ > λ g(z). Its scale τ = α² is an exact one-dimensional convex search.
 */
import { exactScale } from "../certify/evidence.ts";
import type { PolarBranch } from "../certify/polar/polar.ts";
import type { Observed } from "../linalg/observed.ts";
import type { Branch } from "../problem/factors.ts";
import { stepCurvature } from "../problem/loss/loss.ts";
import type { Problem } from "../problem/problem.ts";
import { sparseSide } from "../problem/regularizer/regularizer.ts";

/**
 * New branches from the polar's directions, at most `room`. Each gets the scale of a prox-gradient step in Φ (Lipschitz
 * constant L, or the curvature here): (⟨W, φ⟩ − λ)/L; with ℓ1 on a factor the whole row is stepped at once. A common factor on all of them is then
 * searched exactly. Empty when no direction lowers f.
 */
export function growthBranches(
  problem: Problem,
  x: Float64Array,
  w: Observed,
  directions: readonly PolarBranch[],
  room: number,
): Branch[] {
  const curvature = stepCurvature(problem.loss, x, problem.target);
  const branches = directions
    .filter(({ value }) => value > problem.lambda)
    .slice(0, room)
    .map((direction) => steppedBranch(problem, curvature, w, direction));
  if (branches.length === 0) return [];
  const factor = Math.sqrt(exactScale(problem, x, branches));
  return factor > 0 ? branches.map(({ u, v }) => ({ u: u.map((e) => e * factor), v: v.map((e) => e * factor) })) : [];
}

function steppedBranch(problem: Problem, curvature: number, w: Observed, direction: PolarBranch): Branch {
  const side = sparseSide(problem.regularizer, problem.rows, problem.columns);
  if (side !== undefined) {
    // One factor is a unit vector: the other one's best value solves a prox.
    const other = problem.regularizer.norms[side === "u" ? 1 : 0];
    const index = direction[side].findIndex((e) => e !== 0);
    const step = lineOf(w, side, index).map((e) => e / curvature);
    other.proxInto(step, problem.lambda / curvature);
    const root = Math.sqrt(other.value(step));
    const unit = direction[side].map((e) => e * root);
    const rest = root > 0 ? step.map((e) => e / root) : step;
    return side === "u" ? { u: unit, v: rest } : { u: rest, v: unit };
  }
  const root = Math.sqrt((direction.value - problem.lambda) / curvature);
  return { u: direction.u.map((e) => e * root), v: direction.v.map((e) => e * root) };
}

/** Row (side u) or column (side v) `index` of W, zero where unobserved. */
function lineOf(w: Observed, side: "u" | "v", index: number): Float64Array {
  const out = new Float64Array(side === "u" ? w.columns : w.rows);
  for (let i = 0; i < w.rows; i++) {
    if (side === "u" && i !== index) continue;
    for (let k = w.rowStart[i]; k < w.rowStart[i + 1]; k++) {
      if (side === "u") out[w.column[k]] = w.value[k];
      else if (w.column[k] === index) out[i] = w.value[k];
    }
  }
  return out;
}
