/**
 * Alternating ridge solves for sums of rank-one tensors seen at every entry, with a squared loss c/2 ‖Y − X‖² and λ Σ_b Π_k ‖x_b^k‖₂,
 * done in the coordinates of a small subspace of every axis. A step
 *   1. spans, for every axis, the factor A_k and the gradient p_k in it, at most 2r directions, S_k;
 *   2. minimizes the same problem for the core Y ×₁ S₁ᵀ … ×_K S_Kᵀ in the place of Y (norms are the same there), which is so small that
 *      hundreds of sweeps cost less than one product with Y (`core-sweeps.ts`);
 *   3. lifts the answer, A_k = S_k (its factor).
 * The point before is a point of the core, so the objective falls. Where a stationary point's factors are what Y says to them
 * (A_k is Y times the other factors, up to r × r matrices), each step multiplies what the subspaces miss of them by about
 * noise over signal, and a few steps are enough, whatever the sweeps of the core have to creep along. (d)
 * Cost of a step for n entries: 2·n·(s₁ + 3r) flops and the core's.
 */

import type { CancelSignal } from "../../events.ts";
import { multiplyInto } from "../../linalg/kernels/multiply.ts";
import { correlateTensorInto, inCoordinates, rankOneSumInto, splitAxes } from "../../linalg/rank-one-sums.ts";
import { isBelow } from "../../linalg/rounding.ts";
import { liftedBy, spanOf } from "../../linalg/span.ts";
import { dot, euclideanLength } from "../../linalg/vector.ts";
import type { Factors } from "../../problem/factors.ts";
import { branchesOf, factorsOf, sliceOf } from "../../problem/factors.ts";
import { isZero } from "../../problem/mapping/mapping.ts";
import type { Problem } from "../../problem/problem.ts";
import { isSmooth } from "../../problem/regularizer/regularizer.ts";
import { balanced } from "../reduce.ts";
import { coreStart } from "./core-start.ts";
import { coreSweeps } from "./core-sweeps.ts";
import type { LocalMethod, StepReport } from "./method.ts";

/** The core is solved until its stationarity is this part of the point's. */
const CORE_SHARE = 0.01;
const MOST_SWEEPS = 100;
/** Relative; and how much more stationary a point is that counts as better beside it. */
const ROUNDING = 1e-14;
const FINER = 0.7;
/** In a valley along which steps creep (by so little in so many of them) other methods get on. */
const CREEPING_STEPS = 8;
const CREEPING = 1e-6;
/** Steps that did not serve. The same step again would not either: its core is the same. */
const IDLE_STEPS = 1;

/** Entries from which a start of its own pays. */
const LARGE = 10_000;
/** Flops of that start, in multiples of the entries and the last axis. */
const START_PRODUCTS = 3;

/** Rank-one tensors at all entries of a table, squared loss, ℓ2 norms. */
export function mayAlternate({ mapping, loss, regularizer, target }: Problem): boolean {
  return (
    mapping.kind === "cp" &&
    loss.kind === "squared" &&
    loss.entrywise &&
    regularizer.matched &&
    isSmooth(regularizer) &&
    target.value.length === target.rows * target.columns
  );
}

/** Whether a start in a core is found for it, where it begins at zero. */
export function findsCore(problem: Problem): boolean {
  return mayAlternate(problem) && problem.config.search.grow && problem.target.value.length >= LARGE;
}

export function alternating(problem: Problem, start: Factors, signal: CancelSignal): LocalMethod {
  const { target, loss, shape, sizes, mapping } = problem;
  const lambda = problem.lambda * problem.regularizer.scale;
  const weight = loss.lipschitz;
  const split = splitAxes(shape);
  const width = start.branches;
  const used = branchesOf(start).filter((branch) => !isZero(mapping, branch));
  let point = evaluated(factorsOf(used, sizes, 0));
  let idle = 0;
  let count = 0;
  let mark = point;
  let beginsAnew = used.length === 0 && findsCore(problem);

  /**
   * The factors with what a step needs to know there. Stationarity is that of the branch which is the farthest from it: new ones are so
   * small that a mean by their size would not see them, and grow only if descent goes on.
   */
  function evaluated({ branches: r, values }: Factors) {
    const x = new Float64Array(target.value.length);
    rankOneSumInto(x, split, values, r);
    const w = new Float64Array(x.length);
    loss.negativeGradientInto(w, x, target);
    const gradients = values.map((value) => new Float64Array(value.length));
    correlateTensorInto(gradients, w, split, values, r);
    let charge = 0;
    let worst = 0;
    for (let b = 0; b < r; b++) {
      const branch = values.map((value) => sliceOf(value, r, b));
      const lengths = branch.map(euclideanLength);
      const g = lengths.reduce((all, length) => all * length, 1);
      charge += g;
      let distance = 0;
      branch.forEach((slice, k) => {
        const p = sliceOf(gradients[k], r, b);
        for (let i = 0; i < p.length; i++) p[i] = (p[i] * lengths[k]) / (lambda * g) - slice[i] / lengths[k];
        distance += dot(p, p);
      });
      worst = Math.max(worst, distance);
    }
    const objective = loss.value(x, target) + lambda * charge;
    return { r, values, gradients, objective, stationarity: Math.sqrt(worst) };
  }

  function* step(): Generator<void, StepReport> {
    const { r, values, gradients } = point;
    if (beginsAnew) {
      beginsAnew = false;
      const core = { tensor: target.value, lengths: shape, weight, lambda };
      const next = evaluated(yield* coreStart(core, problem.maxBranches, signal));
      if (next.objective < point.objective) {
        point = mark = next;
        return report(START_PRODUCTS * target.value.length * shape[shape.length - 1], false);
      }
    }
    if (r === 0) return report(0, true);
    const bases = values.map((value, k) => spanOf([value, gradients[k]], sizes[k], r));
    yield;
    const core = inCoordinates(target.value, shape, bases);
    const inner = values.map((value, k) => {
      const out = new Float64Array(bases[k].columns * r);
      multiplyInto(out, bases[k].values, value, { m: bases[k].columns, n: r, k: sizes[k], transposeA: true });
      return out;
    });
    const sweeps = coreSweeps({ tensor: core, lengths: bases.map(({ columns }) => columns), weight, lambda }, inner, r);
    const wanted = CORE_SHARE * point.stationarity;
    let swept = 0;
    while (swept < MOST_SWEEPS && !sweeps.quiet && !(swept > 0 && sweeps.stationarity <= wanted)) {
      if (signal.aborted) break;
      sweeps.sweep();
      swept++;
      yield;
    }
    const lifted = sweeps.values.map((value, k) => liftedBy(bases[k], value, sweeps.branches));
    const next = evaluated({ branches: sweeps.branches, values: lifted });
    // Where objectives differ by rounding alone, stationarity still tells points apart.
    const rises = next.objective - point.objective;
    const rounding = ROUNDING * Math.abs(point.objective);
    const serves = rises < -rounding || (rises <= rounding && next.stationarity < FINER * point.stationarity);
    idle = serves ? 0 : idle + 1;
    if (serves) point = next;
    const volume = core.length * sweeps.branches * 4 * swept;
    return report(2 * target.value.length * (bases[0].columns + 3 * r) + volume, idle >= IDLE_STEPS || creeps());
  }

  function creeps(): boolean {
    count++;
    if (count % CREEPING_STEPS !== 0) return false;
    const before = mark;
    mark = point;
    return point.stationarity > before.stationarity / 2 && !isBelow(point.objective, before.objective, CREEPING);
  }

  function report(work: number, stuck: boolean): StepReport {
    const { objective, stationarity } = point;
    return { objective, stationarity, stuck, work };
  }

  return {
    step,
    factors: () => {
      const { r, values } = point;
      return balanced(problem, factorsOf(branchesOf({ branches: r, values }), sizes, width));
    },
  };
}
