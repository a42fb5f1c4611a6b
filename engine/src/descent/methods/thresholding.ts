/**
 * Accelerated proximal gradient in Φ for ℓ2·ℓ2, where Ω is the nuclear norm (beck2009, with the restarts of odonoghue2015):
 *   Φ⁺ = S_{λ/L}(G),  G = Z − ∇ℓ(Z)/L,  Z = Φ + β(Φ − Φ⁻),
 * S the soft-thresholding of singular values and L the Lipschitz constant of ∇ℓ. One step adds all branches whose polar is above λ
 * and drops what is worth nothing. The singular vectors come from a block of directions that goes through one pass of subspace
 * iteration a step, from those of the step before: a few more than the branches that are kept. Cost of a step with k directions:
 * 4mnk + 2mnr flops, and 5(m + n)k². Targets that are mostly unobserved have a method of their own (`entry-thresholding.ts`), and
 * squared losses without holes need one step only (`closed-form.ts`).
 */
import { isMostlyObserved } from "../../linalg/observed.ts";
import type { Directions, Pass, Triplets } from "../../linalg/subspace.ts";
import { orthonormalTriplets, subspacePass } from "../../linalg/subspace.ts";
import type { Factors } from "../../problem/factors.ts";
import { stepCurvature } from "../../problem/loss/loss.ts";
import type { Problem } from "../../problem/problem.ts";
import { closedForm, hasClosedForm } from "./closed-form.ts";
import { dualForecast } from "./dual-forecast.ts";
import { entryThresholding } from "./entry-thresholding.ts";
import { firstDirections, spareNumbers, wantedFor } from "./first-directions.ts";
import { fullIterates } from "./full-iterates.ts";
import {
  countAbove,
  directionsAhead,
  factorsOfTriplets,
  keptOf,
  leading,
  passedDirections,
  tripletsOf,
} from "./leading.ts";
import type { LocalMethod, StepReport } from "./method.ts";
import { roughObjective, stepPrecision } from "./single-precision.ts";
import { stepDual } from "./step-dual.ts";
import { tableIterates } from "./table-iterates.ts";

/** How far directions are taken ahead of where the last pass turned them. */
const AHEAD = 0.5;
/** Passes over the first G at most, and the relative change of what is kept at which it counts as known. */
const FIRST_PASSES = 16;
const SETTLED = 1e-3;
/** Steps are in single precision until the gap at their dual point may be so near its tolerance, or so small. */
const NEAR = 10;
const SMALL_GAP = 1e-5;
/** Gaps at a step's dual point are mostly 0.6 to 1.6 of what `gapOf` says: a certificate costs some three steps, so that few may be in vain. */
const GAP_BEYOND = 1.6;
/** Steps without a lower objective after which there is nothing more to be had. */
const IDLE_STEPS = 8;
/** The way back from where momentum overshot is longer: beyond this stationarity. */
const AT_REST = 1e-3;
const LONG_IDLE_STEPS = 200;
/** A decrease smaller than this share of the objective is rounding: then it counts how stationary a point is, … */
const NOISE = 1e-15;
/** … in steps of this factor. */
const CLOSER = 0.9;

export function thresholding(problem: Problem, start: Factors): LocalMethod {
  if (hasClosedForm(problem)) return closedForm(problem, start);
  if (!isMostlyObserved(problem.target)) return entryThresholding(problem, start);
  const { target, loss } = problem;
  const { rows, columns } = target;
  const lambda = problem.lambda * problem.regularizer.scale;
  const shorter = Math.min(rows, columns);
  /** Φ's triplets, of its longer and its shorter side; the start's are made orthogonal by the first step. */
  const branches = tripletsOf(problem, start);
  const steepest = stepCurvature(loss, target);
  const isFull = target.value.length === rows * columns;
  const isCompiled = isFull && loss.compiled !== undefined;
  const iterates = isCompiled
    ? fullIterates(problem, loss.compiled, branches, steepest)
    : tableIterates(problem, branches, steepest);
  const { lipschitz } = iterates;
  const startsAtZero = branches.count === 0;
  const normal = spareNumbers();
  let directions = firstDirections(problem, branches, normal);
  const following = directionsAhead(shorter, normal, AHEAD);
  let isFirst = true;
  let momentum = 1;
  let idle = 0;
  /** The least stationarity of the points that got on. */
  let closest = Number.POSITIVE_INFINITY;
  /** The best point so far: with momentum the objective may rise for a step. */
  let best = { objective: Number.POSITIVE_INFINITY, stationarity: Number.POSITIVE_INFINITY, branches, isRough: false };
  const precision = stepPrecision();
  let dual: Float64Array | undefined;
  const forecast = dualForecast(problem.config.search.gap, GAP_BEYOND);
  if (iterates.less === undefined) forecast.giveUp();

  /** For the next pass, after one that found `found`, of which `kept` have a branch. */
  function nextDirections(found: Pass, kept: number): Directions {
    const wanted = kept === found.count ? 2 * kept : wantedFor(kept);
    return following(found, wanted, precision.now);
  }

  /** The triplets of G: one pass, or as many as it takes where the directions are new. */
  function* tripletsOfG(tau: number): Generator<void, Pass> {
    let found = subspacePass(iterates, directions.q, directions.k);
    yield;
    for (let pass = 1; isFirst && !startsAtZero && pass < FIRST_PASSES; pass++) {
      const before = keptOf(found.values, tau);
      directions = passedDirections(found, tau, shorter, normal);
      const isShort = directions.k > found.count;
      found = subspacePass(iterates, directions.q, directions.k);
      yield;
      const kept = keptOf(found.values, tau);
      if (!isShort && Math.abs(kept - before) <= SETTLED * kept) break;
    }
    isFirst = false;
    return found;
  }

  /** Of a step's dual point, about. */
  function gapOf(error: number): number {
    return (lipschitz * error * error) / (2 * best.objective);
  }

  /** Whether the gap at the step's dual point, where the curvature is near L, is as small as it has to be. */
  function findDual(triplets: Triplets, distance: number): boolean {
    dual = undefined;
    if (!forecast.promises(gapOf(distance))) return false;
    const { residual, point } = stepDual(iterates, triplets, problem);
    if (!forecast.promises(gapOf(distance + residual))) return false;
    dual = point();
    // What is cut off now will be cut off again.
    if (dual === undefined) forecast.giveUp();
    return dual !== undefined;
  }

  function* step(): Generator<void, StepReport> {
    const next = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    iterates.extrapolate((momentum - 1) / next);
    yield;
    const tau = lambda / lipschitz;
    iterates.step(precision.now);
    let found = yield* tripletsOfG(tau);
    if (precision.hasFailed(found)) {
      iterates.step(precision.now);
      found = yield* tripletsOfG(tau);
    }
    const kept = countAbove(found.values, tau);
    const proposed = leading(found, kept, (value) => value - tau);
    const move = iterates.move(proposed);
    yield;
    const work = 4 * target.value.length * found.count + 5 * (rows + columns) * found.count ** 2;
    directions = nextDirections(found, kept);
    iterates.accept();
    momentum = move.uphill > 0 ? 1 : next;
    // 0 ∈ ∇ℓ(Z) + L(Φ⁺ − Z) + λ∂‖Φ⁺‖: L‖Φ⁺ − Z‖ is how far Φ⁺ is from where its own gradient belongs, up to a factor 2.
    const stationarity = (2 * lipschitz * move.distance) / lambda;
    const isRough = precision.now === "single";
    const reached = move.loss + lambda * proposed.values.reduce((sum, s) => sum + s, 0);
    const value = isRough ? roughObjective(reached) : reached;
    const noise = NOISE * Math.abs(value);
    idle = value < best.objective - noise || stationarity < CLOSER * closest ? 0 : idle + 1;
    if (idle === 0) closest = Math.min(closest, stationarity);
    const isIdle = idle >= (stationarity <= AT_REST ? IDLE_STEPS : LONG_IDLE_STEPS);
    if (value <= best.objective || (value <= best.objective + noise && stationarity < best.stationarity)) {
      best = { objective: Math.min(best.objective, value), stationarity, branches: proposed, isRough };
    }
    const isFar = gapOf(move.distance) > Math.max(SMALL_GAP, NEAR * problem.config.search.gap);
    precision.choose(stationarity, found, tau);
    if (!isFar) precision.sharpen();
    const ready = !isRough && findDual({ ...proposed, values: found.values.subarray(0, kept) }, move.distance);
    return { objective: best.objective, stationarity, ready, stuck: isIdle, work };
  }

  return {
    step,
    factors() {
      return factorsOfTriplets(problem, best.isRough ? orthonormalTriplets(best.branches) : best.branches);
    },
    dual: () => dual,
    missed: forecast.missed,
  };
}
