/**
 * Block prox-gradient for u vᵀ seen entry by entry: for every branch in turn, u and then v take an exact or majorized step on their own convex problem,
 *   u ← prox_{(weight/L)‖·‖_a}(u + W v / L),   L = c max_i Σ_{j observed in row i} v_j²,
 * which is the exact minimizer when every entry is observed (L = c‖v‖²). The weight of u is λ‖v‖_b for the product form
 * and λ for a sum of norms. Every step lowers the objective. One step of the method is a sweep over all branches,
 * about 12·nnz·r flops. Source: proximal alternating linearized minimization, bolte2014.
 */
import type { CancelSignal } from "../../events.ts";
import { withValues } from "../../linalg/observed.ts";
import { dot, opposite, over } from "../../linalg/vector.ts";
import type { Factors } from "../../problem/factors.ts";
import { branchesOf, factorsOf } from "../../problem/factors.ts";
import { stepCurvature } from "../../problem/loss/loss.ts";
import type { Problem } from "../../problem/problem.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import { balanced } from "../reduce.ts";
import { sparseSide } from "../sparse-side.ts";
import { anderson } from "./anderson.ts";
import type { LocalMethod, StepReport } from "./method.ts";

/** One branch, by the names of the formula. */
interface Pair {
  readonly u: Float64Array;
  readonly v: Float64Array;
}

export function proxGradient(problem: Problem, start: Factors, signal: CancelSignal): LocalMethod {
  const { target, mapping, loss, lambda, regularizer, sizes } = problem;
  const { rows, columns } = target;
  const [normU, normV] = regularizer.norms;
  const { matched, scale } = regularizer;
  const branches: Pair[] = branchesOf(start).map(([u, v]) => ({ u, v }));
  // When the run may grow, a branch on a single coordinate of the ℓ1 side stays there: other coordinates get branches of
  // their own from the polar, and what is left is a convex problem in the other factor.
  const side = problem.config.search.grow ? sparseSide(problem) : undefined;
  const fixedSide = side === undefined ? undefined : side === 0 ? "u" : "v";
  const x = new Float64Array(target.value.length);
  const w = withValues(target, new Float64Array(x.length));
  const correlation = { u: new Float64Array(rows), v: new Float64Array(columns) };
  const curvature = { u: new Float64Array(rows), v: new Float64Array(columns) };
  mapping.predictInto(x, start);
  loss.negativeGradientInto(w.value, x, target);

  /** Correlation W v (side u) or Wᵀ u (side v), and the largest curvature of the block. */
  function blockOf(side: "u" | "v", branch: Pair): number {
    const out = correlation[side].fill(0);
    const curve = curvature[side].fill(0);
    for (let i = 0; i < rows; i++) {
      const ui = branch.u[i];
      for (let k = target.rowStart[i]; k < target.rowStart[i + 1]; k++) {
        const j = target.column[k];
        if (side === "u") {
          out[i] += w.value[k] * branch.v[j];
          curve[i] += branch.v[j] * branch.v[j];
        } else {
          out[j] += w.value[k] * ui;
          curve[j] += ui * ui;
        }
      }
    }
    let largest = 0;
    for (let i = 0; i < curve.length; i++) largest = Math.max(largest, curve[i]);
    return stepCurvature(loss, target, x) * largest;
  }

  function updateSide(side: "u" | "v", branch: Pair, norm: Norm, weight: number): number {
    const block = branch[side];
    if (side === fixedSide && isUnit(block)) return 0;
    const lipschitz = blockOf(side, branch);
    const before = block.slice();
    const size = norm.value(block);
    let distance = 0;
    if (size > 0 && weight > 0) {
      const dual = over(correlation[side], weight);
      distance = norm.subgradientDistance(dual, block);
    }
    if (lipschitz > 0) takeStep(side, branch, norm, weight, before, lipschitz);
    else if (size > 0) {
      block.fill(0);
      moveInto(side, opposite(before), branch);
    }
    return distance;
  }

  /** The prox step; without a Lipschitz constant it is tried with a growing one until the majorizer holds. */
  function takeStep(
    side: "u" | "v",
    branch: Pair,
    norm: Norm,
    weight: number,
    before: Float64Array,
    lipschitz: number,
  ): void {
    const block = branch[side];
    const gradient = correlation[side].slice();
    const lossBefore = Number.isFinite(loss.lipschitz) ? undefined : loss.value(x, target);
    for (let attempt = 0, steepness = lipschitz; attempt < 40; attempt++, steepness *= 4) {
      for (let i = 0; i < block.length; i++) block[i] = before[i] + gradient[i] / steepness;
      norm.proxInto(block, weight / steepness);
      const change = block.map((value, i) => value - before[i]);
      if (change.every((value) => value === 0)) return;
      moveInto(side, change, branch);
      if (lossBefore === undefined) return;
      const model = lossBefore - dot(gradient, change) + (steepness / 2) * dot(change, change);
      if (loss.value(x, target) <= model + 1e-14 * Math.abs(lossBefore)) return;
      block.set(before);
      moveInto(side, opposite(change), branch);
    }
  }

  /** x += change ⊗ other side, and W after it. */
  function moveInto(side: "u" | "v", change: Float64Array, branch: Pair): void {
    for (let i = 0; i < rows; i++) {
      for (let k = target.rowStart[i]; k < target.rowStart[i + 1]; k++) {
        const j = target.column[k];
        x[k] += side === "u" ? change[i] * branch.v[j] : branch.u[i] * change[j];
      }
    }
    loss.negativeGradientInto(w.value, x, target);
  }

  let objective = value();
  let quiet = 0;

  function current(): Factors {
    const pairs = branches.map(({ u, v }) => [u, v]);
    return factorsOf(pairs, sizes, start.branches);
  }

  function value(): number {
    let sum = 0;
    for (const { u, v } of branches) {
      const [a, b] = [normU.value(u), normV.value(v)];
      sum += matched ? scale * a * b : a + b;
    }
    return loss.value(x, target) + lambda * sum;
  }

  const acceleration = anderson();

  /** U and V of all branches in one array. */
  function flat(): Float64Array {
    const out = new Float64Array((rows + columns) * branches.length);
    branches.forEach(({ u, v }, b) => {
      out.set(u, b * (rows + columns));
      out.set(v, b * (rows + columns) + rows);
    });
    return out;
  }

  /** Into the factors, within the cones; predictions follow. */
  function place(all: Float64Array): void {
    branches.forEach(({ u, v }, b) => {
      const at = b * (rows + columns);
      u.set(all.subarray(at, at + rows));
      v.set(all.subarray(at + rows, at + rows + columns));
      if (normU.constrained) normU.proxInto(u, 0);
      if (normV.constrained) normV.proxInto(v, 0);
    });
    mapping.predictInto(x, current());
    loss.negativeGradientInto(w.value, x, target);
  }

  /** The accelerated point instead of the one that the sweep reached, when it is lower. */
  function accelerate(before: Float64Array, reached: number): number {
    const after = flat();
    const proposal = acceleration.propose(before, after);
    if (proposal === undefined) return reached;
    place(proposal);
    const next = value();
    if (next < reached) return next;
    acceleration.reject();
    place(after);
    return reached;
  }

  function* sweep(): Generator<void, StepReport> {
    const before = flat();
    let weighted = 0;
    let total = 0;
    for (const branch of branches) {
      if (signal.aborted) break;
      const a = normU.value(branch.u);
      const b = normV.value(branch.v);
      const g = matched ? scale * a * b : a + b;
      if (g === 0) continue;
      const du = updateSide("u", branch, normU, matched ? lambda * scale * b : lambda);
      const dv = updateSide("v", branch, normV, matched ? lambda * scale * normU.value(branch.u) : lambda);
      if (normU.value(branch.u) === 0 || normV.value(branch.v) === 0) {
        branch.u.fill(0);
        branch.v.fill(0);
      }
      weighted += g * (du * du + dv * dv);
      total += g;
      yield;
    }
    // Sums of many small moves drift: start the next sweep from the product itself.
    mapping.predictInto(x, current());
    loss.negativeGradientInto(w.value, x, target);
    const next = signal.aborted ? value() : accelerate(before, value());
    quiet = objective - next <= 1e-15 * Math.abs(objective) ? quiet + 1 : 0;
    objective = next;
    return {
      objective,
      stationarity: total > 0 ? Math.sqrt(weighted / total) : 0,
      stuck: quiet >= 3,
      work: 12 * target.value.length * branches.length,
    };
  }

  return {
    step: sweep,
    factors: () => balanced(problem, current()),
  };
}

function isUnit(x: Float64Array): boolean {
  let count = 0;
  for (let i = 0; i < x.length; i++) if (x[i] !== 0) count++;
  return count === 1;
}
