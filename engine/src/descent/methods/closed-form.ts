/**
 * A squared loss (c/2)‖Φ − Y‖² with every entry observed and ℓ2·ℓ2: Φ = S_τ(Y), τ = λ/c, the soft-thresholding of singular values. The
 * triplets of Y above τ come from subspace iteration; they count as exact when what is kept of their values no longer changes.
 * With UᵀY = S Vᵀ of one pass and Y V = U S + R the slopes are W v_i = λ u_i + c R_i: the point is as far from stationary as R is
 * long. Cost of a pass over k directions 4mnk + 5(m + n)k² flops, half of the first part where the search for λ_max met all branches: they begin it.
 */
import { multiplyInto } from "../../linalg/kernels/multiply.ts";
import { type BlockOperator, type Pass, passFromLeft, subspacePass } from "../../linalg/subspace.ts";
import { euclideanLength, over } from "../../linalg/vector.ts";
import type { Factors } from "../../problem/factors.ts";
import type { Problem } from "../../problem/problem.ts";
import { type FoundAtZero, firstDirections, foundAtZero, spareNumbers } from "./first-directions.ts";
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
  const atZero = branches.count === 0 ? foundAtZero(problem) : undefined;
  const normal = spareNumbers();
  let last: Pass | undefined;
  let kept = Number.NaN;
  let idle = 0;
  let nearest = Number.POSITIVE_INFINITY;

  /** Where the search for λ_max has met all that counts, its left vectors are half of a pass, and what it found is known. */
  function firstPass({ count, values, left }: FoundAtZero): { readonly pass: Pass; readonly isWhole: boolean } {
    kept = keptOf(over(values, loss.lipschitz), tau);
    const pass = passFromLeft(table, left(), count);
    return { pass, isWhole: pass.count === count };
  }

  /** Whole: it holds all that counts, as not all that it found does. */
  function nextPass(): { readonly pass: Pass; readonly isWhole: boolean } {
    const { q, k } =
      last === undefined
        ? firstDirections(problem, branches, normal, atZero)
        : passedDirections(last, tau, shorter, normal);
    const pass = subspacePass(table, q, k);
    return { pass, isWhole: pass.count === shorter || countAbove(pass.values, tau) < pass.count };
  }

  function* step(): Generator<void, StepReport> {
    let work = 0;
    let isKnown: boolean;
    let found: Pass;
    let passes = 0;
    do {
      const isHalf = last === undefined && atZero?.isAll === true;
      const { pass, isWhole } = isHalf ? firstPass(atZero) : nextPass();
      found = pass;
      last = pass;
      work += (isHalf ? 2 : 4) * y.length * pass.count + 5 * (longer + shorter) * pass.count ** 2;
      yield;
      const before = kept;
      kept = keptOf(pass.values, tau);
      isKnown = isWhole && Math.abs(kept - before) <= ROUNDING * kept;
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
