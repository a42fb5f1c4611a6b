/**
 * Alternating ridge solves for u vᵀ seen entry by entry, ℓ2·ℓ2 and a squared loss (hastie2015): in the power form
 *   h(U, V) = c/2 Σ (x_k − y_k)² + (λ/2)(‖U‖² + ‖V‖²)
 * every row of U is the solution of a ridge regression on the rows of V, and the other way round, so h never rises.
 * Cost of a step 2·nnz·r² + (m + n) r³/3 flops.
 */
import type { CancelSignal } from "../../events.ts";
import { entryKernel } from "../../linalg/kernels/entry-kernel.ts";
import { dot } from "../../linalg/vector.ts";
import type { Factors } from "../../problem/factors.ts";
import type { Problem } from "../../problem/problem.ts";
import { balanced } from "../reduce.ts";
import type { LocalMethod, StepReport } from "./method.ts";

/** Steps that lower h by less than this share of it, one after the other, after which there is nothing more to be had. */
const IDLE = 1e-15;
const IDLE_STEPS = 3;

export function solvesRidges({ loss, regularizer, mapping }: Problem): boolean {
  return (
    mapping.kind === "matrix" &&
    mapping.observation.kind === "entries" &&
    regularizer.matched &&
    loss.compiled?.kind === "squared"
  );
}

export function ridgeSolves(problem: Problem, start: Factors, signal: CancelSignal): LocalMethod {
  const { target, loss } = problem;
  const lambda = problem.lambda * problem.regularizer.scale;
  const kernel = entryKernel(target);
  const r = start.branches;
  let u: Float64Array = start.values[0].slice();
  let v: Float64Array = start.values[1].slice();
  let objective = Number.POSITIVE_INFINITY;
  let idle = 0;

  function* solved(other: Float64Array, side: "rows" | "columns"): Generator<void, Float64Array | undefined> {
    const out = new Float64Array((side === "rows" ? target.rows : target.columns) * r);
    kernel.setCurvature(loss.lipschitz);
    const solves = kernel.ridgeInto(out, other, r, lambda, side);
    let next = solves.next();
    while (!next.done) {
      yield;
      if (signal.aborted) return undefined;
      next = solves.next();
    }
    return next.value === 0 ? out : undefined;
  }

  function* step(): Generator<void, StepReport> {
    u = (yield* solved(v, "rows")) ?? u;
    v = (yield* solved(u, "columns")) ?? v;
    const [p, q] = [u, v].map((side) => new Float64Array(side.length));
    const value = kernel.gradientInto(p, q, u, v, r, { kind: "squared", weight: loss.lipschitz });
    const size = dot(u, u) + dot(v, v);
    let gradient = 0;
    for (let i = 0; i < u.length; i++) gradient += (lambda * u[i] - p[i]) ** 2;
    for (let i = 0; i < v.length; i++) gradient += (lambda * v[i] - q[i]) ** 2;
    const before = objective;
    objective = value + (lambda / 2) * size;
    idle = objective < before - IDLE * Math.abs(objective) ? 0 : idle + 1;
    return {
      objective,
      stationarity: size > 0 ? Math.sqrt((2 * gradient) / size) / lambda : 0,
      stuck: idle >= IDLE_STEPS,
      work: 2 * target.value.length * r * r + ((target.rows + target.columns) * r ** 3) / 3,
    };
  }

  return { step, factors: () => balanced(problem, { branches: r, values: [u, v] }) };
}
