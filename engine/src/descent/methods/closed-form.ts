/**
 * A squared loss (c/2)‖Φ − Y‖² with every entry observed and ℓ2·ℓ2: Φ = S_τ(Y), τ = λ/c, the soft-thresholding of singular values. The
 * triplets of Y above τ come from subspace iteration; they count as exact when what is kept of their values no longer changes.
 * With UᵀY = S Vᵀ of one pass and Y V = U S + R the slopes are W v_i = λ u_i + c R_i: the point is as far from stationary as R is
 * long. Cost of a pass over k directions 4mnk + 5(m + n)k² flops.
 */
import { multiplyInto } from "../../linalg/kernels/multiply.ts";
import { type BlockOperator, type Directions, type Pass, subspacePass } from "../../linalg/subspace.ts";
import { euclideanLength, over } from "../../linalg/vector.ts";
import type { Factors } from "../../problem/factors.ts";
import type { Problem } from "../../problem/problem.ts";
import { firstDirections } from "./first-directions.ts";
import {
  countAbove,
  factorsOfTriplets,
  keptOf,
  leading,
  passedDirections,
  rightProducts,
  tripletsOf,
} from "./leading.ts";
import type { LocalMethod, StepReport } from "./method.ts";

/** Passes of one step at most, and steps that get no nearer, after which nothing more is to be had. */
const PASSES = 16;
const IDLE_STEPS = 3;
/** The relative change of what is kept at which it is known, and the stationarity that rounding leaves of such a point. */
const ROUNDING = 1e-13;

/** Whether the problem is one of these: the others need thresholding proper. */
export function hasClosedForm({ target, loss }: Problem): boolean {
  return loss.quadratic && target.value.length === target.rows * target.columns;
}

export function closedForm(problem: Problem, start: Factors): LocalMethod {
  const { target, loss } = problem;
  const { rows, columns, value: y } = target;
  const isTall = rows >= columns;
  const [longer, shorter] = isTall ? [rows, columns] : [columns, rows];
  const lambda = problem.lambda * problem.regularizer.scale;
  const tau = lambda / loss.lipschitz;
  const table: BlockOperator = {
    longer,
    shorter,
    timesInto: (out, q, k) => multiplyInto(out, y, q, { m: longer, n: k, k: shorter, transposeA: !isTall }),
    transposedTimesInto: (out, p, k) => multiplyInto(out, y, p, { m: shorter, n: k, k: longer, transposeA: isTall }),
  };
  const length = euclideanLength(y);
  let branches = tripletsOf(problem, start);
  const first = firstDirections(problem, branches);
  const { normal } = first;
  let directions: Directions = first;
  // What λ_max was found with is known: a pass that finds the same ends it.
  let kept = first.values === undefined ? Number.NaN : keptOf(over(first.values, loss.lipschitz), tau);
  let idle = 0;
  let nearest = Number.POSITIVE_INFINITY;

  function* step(): Generator<void, StepReport> {
    let work = 0;
    let isKnown: boolean;
    let found: Pass;
    let passes = 0;
    do {
      const { q, k } = directions;
      found = subspacePass(table, q, k);
      work += 4 * y.length * k + 5 * (longer + shorter) * k * k;
      yield;
      const before = kept;
      kept = keptOf(found.values, tau);
      directions = passedDirections(found, tau, shorter, normal);
      isKnown = directions.k === found.count && Math.abs(kept - before) <= ROUNDING * kept;
      passes++;
    } while (!isKnown && passes < PASSES);
    const { values } = found;
    const count = countAbove(values, tau);
    branches = leading(found, count, (value) => value - tau);
    const exact = { ...branches, values: values.subarray(0, count) };
    // 2‖R‖/τ, up to balance.
    const stationarity = isKnown ? Math.sqrt(ROUNDING) : (2 * rightProducts(table, exact).residual) / tau;
    idle = stationarity < nearest ? 0 : idle + 1;
    nearest = Math.min(nearest, stationarity);
    // ‖Y − Φ‖² with ⟨Φ, Y⟩ = Σ (s − τ) s: of each branch is left what τ takes.
    let squares = length * length;
    for (let j = 0; j < count; j++) squares += tau * tau - values[j] * values[j];
    const objective = (loss.lipschitz / 2) * Math.max(0, squares) + lambda * kept;
    return { objective, stationarity, stuck: idle >= IDLE_STEPS, work };
  }

  return { step, factors: () => factorsOfTriplets(problem, branches) };
}
