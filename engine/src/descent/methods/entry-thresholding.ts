/**
 * Thresholding (`thresholding.ts`) where most entries are unobserved: there ∇ℓ is much flatter along Φ's own directions than across
 * them, and next to λ lie as many singular values of the residual as Φ has branches. So
 *   – λ comes down from λ_max, so that what is missing brings no branches,
 *   – L begins at the curvature along matrices of low rank, and moves slowly,
 *   – momentum is what serves best (`momentum.ts`): along the branches that stay, the nuclear norm itself bends the objective,
 *   – directions are taken ahead of where a pass turned them, as momentum takes Φ: without that, subspace iteration converges as
 *     slowly as the singular values next to λ fall.
 * The gap of −∇ℓ(Φ) falls with the stationarity, linearly, so that certificates on the way would be of no use: they are asked for where a
 * better dual point promises to meet the gap (`entry-dual.ts`).
 * Cost of a step with k directions: 4·nnz·k + 2·nnz·r flops, 10(m + n)rk, and 3(m + n)k².
 */
import { evaluatePoint } from "../../certify/evaluate.ts";
import { normalStream } from "../../linalg/random.ts";
import type { Directions, DirectionsAhead, Pass, Triplets } from "../../linalg/subspace.ts";
import { directionsFrom, orthonormalTriplets, subspacePass } from "../../linalg/subspace.ts";
import type { Factors } from "../../problem/factors.ts";
import { stepCurvature } from "../../problem/loss/loss.ts";
import type { Problem } from "../../problem/problem.ts";
import { firstTolerance, polishSteps, workOfCertificate } from "../tolerances.ts";
import { dualForecast } from "./dual-forecast.ts";
import { entryDual, workOfEntryDual } from "./entry-dual.ts";
import { entryIterates } from "./entry-iterates.ts";
import { countAbove, directionsAhead, factorsOfTriplets, leading, tripletsOf } from "./leading.ts";
import type { LocalMethod, StepReport } from "./method.ts";
import { learnedMomentum } from "./momentum.ts";
import { roughObjective, stepPrecision } from "./single-precision.ts";

/** Directions of a run that starts from nothing; and how many there are beside those that have a branch, as a share of them. */
const FIRST_DIRECTIONS = 16;
const SPARE_SHARE = 0.25;
const LEAST_SPARE = 6;
const MOST_SPARE = 24;
/** Of the turn of a pass: so far directions are taken ahead. More does not converge any more. */
const AHEAD = 0.7;
/**
 * Of matrices of rank k at random places the part that is observed is p (1 + √(k(m + n)/nnz))² of them at most, p the share of all
 * cells. L is expected to be that, with so much of the root while steps show how curved the loss is.
 */
const ROOT_SHARE = 0.7;
/** L after a step that needed a larger one, beyond what it needed; and how fast it falls otherwise. */
const STEEPER = 1.2;
const FLATTER = 0.95;
/** How far λ comes down at once, at most, and the stationarity at which it does. */
const LEVEL_STEP = 0.3;
const LEVEL_DONE = 0.5;
/** A start of one branch that is as stationary as this is where it belongs. */
const AT_REST = 0.1;
/** Steps in which stationarity has to halve: where it does not, another method gets on better. */
const PATIENCE = 30;
/** Of a step, as far as certificates on the way are concerned. */
const WORK = 0;
/** Gaps at the dual point are mostly 6 times L/2 times the square of the way that is left, hardly ever this much. */
const GAP_BEYOND = 20;
/** So many steps tell how fast stationarity falls. */
const RATE_STEPS = 8;
/** Stationarity below this is rounding. */
const ROUNDING = 1e-11;

export function entryThresholding(problem: Problem, start: Factors): LocalMethod {
  const { target, loss } = problem;
  const { rows, columns } = target;
  const lambda = problem.lambda * problem.regularizer.scale;
  const shorter = Math.min(rows, columns);
  const normal = normalStream(0x7f4a7c15);
  const branches = tripletsOf(problem, start);
  const iterates = entryIterates(problem, branches, normal);
  const steepest = stepCurvature(loss, target);
  let lipschitz = expectedCurvature(FIRST_DIRECTIONS);
  const isWarm = branches.count > 0 && (start.branches > 1 || evaluatePoint(problem, start).stationarity <= AT_REST);
  const levels = isWarm ? [] : levelsAbove(lambda, problem.lambdaMax * problem.regularizer.scale);
  let level = levels.shift() ?? lambda;
  const precision = stepPrecision();
  // What the search for λ_max found is worse than nothing: its branches are in the way of others.
  let directions: Directions | DirectionsAhead = directionsFrom(branches.right, branches.count, {
    rows: shorter,
    wanted: Math.max(FIRST_DIRECTIONS, wantedFor(branches.count)),
    normal,
  });
  const following = directionsAhead(shorter, normal, AHEAD);
  const momentum = learnedMomentum();
  let milestone = Number.POSITIVE_INFINITY;
  let sinceMilestone = 0;
  /** The best point so far: with momentum the objective may rise for a step. */
  let best = { objective: Number.POSITIVE_INFINITY, branches, isRough: false };
  /** Of the last step, where it is worth its cost. */
  let dual: LocalMethod["dual"];
  /** The last stationarities at λ itself, and that at which descent ends anyway. */
  const course: number[] = [];
  const aim = firstTolerance("thresholding", problem);
  const forecast = dualForecast(problem.config.search.gap, GAP_BEYOND);

  function expectedCurvature(rank: number, rootShare = ROOT_SHARE): number {
    const count = target.value.length;
    const root = 1 + rootShare * Math.sqrt((rank * (rows + columns)) / count);
    return steepest * Math.min(1, (root * root * count) / (rows * columns));
  }

  function objectiveOf(loss: number, { values }: Triplets): number {
    return loss + lambda * values.reduce((sum, s) => sum + s, 0);
  }

  function wantedFor(count: number): number {
    return count + Math.max(LEAST_SPARE, Math.min(MOST_SPARE, Math.ceil(SPARE_SHARE * count)));
  }

  /** For the next pass, after one that found `found`, of which `kept` have a branch. */
  function nextDirections(found: Pass, kept: number): Directions | DirectionsAhead {
    // Only at λ itself: above it most of what a first step keeps is what is missing of few branches.
    const wanted = level === lambda && kept === found.count ? 2 * kept : wantedFor(kept);
    return following(found, wanted, precision.now);
  }

  /** Whether a dual point near the gradient at Φ⁺ promises to meet the gap, for less than the steps that are left cost. */
  function isReady(count: number, k: number, moved: number, distance: number): boolean {
    const [before] = course;
    if (count === 0 || course.length <= RATE_STEPS || !(aim < moved && moved < before)) return false;
    const rate = (moved / before) ** (1 / RATE_STEPS);
    const ahead = distance / (1 - rate);
    if (!forecast.promises((lipschitz * ahead * ahead) / (2 * best.objective))) return false;
    const left = Math.log(aim / moved) / Math.log(rate) - polishSteps("thresholding", problem);
    const { rows: m, columns: n, value } = target;
    const workOfStep = (4 * value.length + 3 * (m + n) * k) * k + (2 * value.length + 10 * (m + n) * k) * count;
    return left * workOfStep > workOfEntryDual(problem, count, k) + workOfCertificate(problem);
  }

  function* step(): Generator<void, StepReport> {
    const lossAtZ = iterates.extrapolate(momentum.share);
    // That of the start, which it may be all about to polish.
    if (best.objective === Number.POSITIVE_INFINITY) best = { ...best, objective: objectiveOf(lossAtZ, branches) };
    yield;
    for (;;) {
      // The directions ahead come of the vectors that Φ and Φ⁻ have, too.
      iterates.step(lipschitz, precision.now, "shares" in directions ? directions.shares() : undefined);
      const found = subspacePass(iterates, directions.q, directions.k);
      yield;
      if (precision.hasFailed(found)) continue;
      const kept = countAbove(found.values, level);
      const proposed = leading(found, kept, (value) => (value - level) / lipschitz);
      const move = iterates.move(proposed);
      yield;
      const { curvature } = move;
      if (curvature !== undefined && curvature > lipschitz * (1 + 1e-9) && lipschitz < steepest) {
        lipschitz = Math.min(steepest, STEEPER * curvature);
        directions = { q: found.right, k: found.count };
        continue;
      }
      directions = nextDirections(found, kept);
      iterates.accept();
      // 0 ∈ ∇ℓ(Z) + L(Φ⁺ − Z) + λ∂‖Φ⁺‖: L‖Φ⁺ − Z‖ is how far Φ⁺ is from where its own gradient belongs, up to a factor 2.
      const moved = (2 * lipschitz * move.distance) / level;
      momentum.follow(moved, move.uphill > 0);
      const isRough = precision.now === "single";
      const value = objectiveOf(move.loss, proposed);
      const objective = isRough ? roughObjective(value) : value;
      if (objective <= best.objective) best = { objective, branches: proposed, isRough };
      precision.choose(moved, found, level);
      const isBlind = curvature === undefined;
      lipschitz = Math.max(FLATTER * lipschitz, expectedCurvature(kept, isBlind ? 1 : ROOT_SHARE));
      if (level > lambda) {
        if (moved <= LEVEL_DONE) {
          level = levels.shift() ?? lambda;
          momentum.restart();
        }
        return { objective: best.objective, stationarity: Math.max(LEVEL_DONE, moved), stuck: false, work: WORK };
      }
      course.push(moved);
      if (course.length > RATE_STEPS + 1) course.shift();
      const ready = isReady(kept, found.count, moved, move.distance);
      dual = ready ? (stopped) => entryDual(problem, proposed, { q: found.right, k: found.count }, stopped) : undefined;
      return { objective: best.objective, stationarity: moved, ready, stuck: isStuck(moved), work: WORK };
    }
  }

  function isStuck(stationarity: number): boolean {
    if (stationarity <= milestone / 2) {
      milestone = stationarity;
      sinceMilestone = 0;
    } else sinceMilestone++;
    return stationarity <= ROUNDING || sinceMilestone >= PATIENCE;
  }

  return {
    step,
    factors() {
      return factorsOfTriplets(problem, best.isRough ? orthonormalTriplets(best.branches) : best.branches);
    },
    dual: (stopped) => {
      const q = dual?.(stopped);
      if (dual !== undefined && q === undefined) forecast.giveUp();
      return q;
    },
    missed: forecast.missed,
  };
}

/** On the way from λ_max to λ, by equal ratios. */
function levelsAbove(lambda: number, largest: number): number[] {
  const count = Math.ceil(Math.log(lambda / largest) / Math.log(LEVEL_STEP));
  return Array.from({ length: Math.max(0, count - 1) }, (_, i) => largest * (lambda / largest) ** ((i + 1) / count));
}
