/**
 * Algorithm 1 of the paper, the only outer loop: local descent to stationarity, certificate, removal of redundant branches,
 * growth along the polar direction; until the gap is proven small, a limit is met, or the run is cancelled.
 */

import type { Assessment } from "../certify/assess.ts";
import { gapOf } from "../certify/dual.ts";
import { evaluatePoint } from "../certify/evaluate.ts";
import { evidenceOf } from "../certify/evidence.ts";
import { isOpen } from "../certify/verdict.ts";
import type { Evidence, Phase, RunEvent, RunStatus } from "../events.ts";
import { isBelow } from "../linalg/rounding.ts";
import type { Factors } from "../problem/factors.ts";
import { copyFactors, factorsOf, zeroFactors } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";
import { certificates } from "./certificates.ts";
import { corrected } from "./correct.ts";
import { type CourseOptions, startCourse } from "./course.ts";
import { creepWatch } from "./creeping.ts";
import { growthBranches } from "./grow.ts";
import { chooseMethod, finerMethod, leavesZero, mayCleanUp, methodOf } from "./methods/method.ts";
import { growthDirections } from "./more-directions.ts";
import { reduced } from "./reduce.ts";
import { CLOSE_COSINE, mergedBranches, nonZeroBranches, SAME_COSINE } from "./refactor.ts";
import {
  firstTolerance,
  isWorthPolishing,
  LAST_TOLERANCE,
  MERGED_STEPS,
  POLISH_STEPS,
  polishTolerance,
  refinement,
  SETTLED_STATIONARITY,
  workBetweenCertificates,
} from "./tolerances.ts";
import type { Resume } from "./width.ts";
import { roomFor, startPoint, tidied, widthFor } from "./width.ts";

export interface AlgorithmOptions extends CourseOptions {
  readonly resume?: Resume;
}

export interface AlgorithmResult {
  readonly status: RunStatus;
  readonly factors: Factors;
  readonly assessment: Assessment;
  /** w of the point with the best bound when that is not the final one, one number per observed entry. */
  readonly dual: Float64Array | null;
  readonly evidence: Evidence | null;
  readonly iterations: number;
  readonly seconds: number;
}

/** Rounds without a lower objective or a higher bound after which nothing more is to be expected. */
const IDLE_ROUNDS = 8;

/** With a polar that stays open, a settled point whose objective falls by less than this (relative) a round is done. */
const SETTLED_DECREASE = 1e-9;
const SETTLING_STEPS = 50;

/** A corrective step that lowers the objective by more than this, relatively, is followed by another one. */
const CORRECTING_DECREASE = 1e-7;

/** Yields events, and `undefined` wherever the caller may pause. */
export function* algorithm(
  problem: Problem,
  options: AlgorithmOptions,
): Generator<RunEvent | undefined, AlgorithmResult> {
  const { config, regularizer } = problem;
  const { search } = config;
  const { signal } = options;
  const course = startCourse(problem, options);
  const { limit, seconds } = course;
  let methodName = chooseMethod(problem);
  const betweenCertificates = workBetweenCertificates(problem);

  const proofs = certificates(problem, {
    moment: () => ({ iteration: course.iterations, seconds: seconds() }),
    aborted: () => signal.aborted,
    timeLeftMs: course.timeLeftMs,
    working,
  });

  let factors = startPoint(problem, options.resume, methodName);
  let dual: Float64Array | undefined;
  let tolerance = firstTolerance(methodName, problem);
  let polishing = false;
  let idleRounds = 0;
  const creeps = creepWatch();
  let last = { objective: Number.POSITIVE_INFINITY, lowerBound: Number.NEGATIVE_INFINITY };
  /** The point before branches were merged once the gap was met. */
  let unmerged: { readonly factors: Factors; readonly objective: number } | undefined;
  /** The point before its copies were merged. */
  let copied: { readonly factors: Factors; readonly objective: number } | undefined;
  let mayGrow = options.resume?.action === "add-zero-branch";

  function progress(phase: Phase, objective: number, stationarity: number): RunEvent {
    const lowerBound = proofs.best?.value ?? null;
    return course.progress(phase, { objective, lowerBound, stationarity, branches: factors.branches });
  }

  function working(phase: Phase): void {
    course.working(phase, proofs.best?.value ?? null);
  }

  function dualStopped(): boolean {
    working("certificate");
    return signal.aborted || course.timeLeftMs() <= 0;
  }

  /** Local descent at fixed width until stationary, stuck, certified on the way, or out of budget. */
  function* descend(): Generator<
    RunEvent | undefined,
    { stuck: boolean; handedOver: boolean; stationarity: number; status: RunStatus | undefined }
  > {
    const method = methodOf(methodName, problem)(problem, factors, signal);
    let sinceCertificate = 0;
    let status = limit();
    let stuck = false;
    let stationarity = Number.POSITIVE_INFINITY;
    let settling = Number.POSITIVE_INFINITY;
    /** The point whose certificate met the gap. */
    let reached: { readonly factors: Factors; readonly dual: Float64Array | undefined } | undefined;
    for (
      let count = 0;
      status === undefined && !(polishing && count >= (unmerged === undefined ? POLISH_STEPS : MERGED_STEPS));
      count++
    ) {
      const steps = method.step();
      let next = steps.next();
      while (!next.done) {
        working("descent");
        yield undefined;
        next = steps.next();
      }
      const report = next.value;
      if (signal.aborted) status = "cancelled";
      else {
        course.count();
        yield progress("descent", report.objective, report.stationarity);
        if (proofs.open && report.stationarity <= SETTLED_STATIONARITY && count % SETTLING_STEPS === 0) {
          if (!isBelow(report.objective, settling, SETTLED_DECREASE)) break;
          settling = report.objective;
        }
        if (!Number.isFinite(report.objective))
          return { stuck: true, handedOver: false, stationarity, status: "non-finite" };
        stationarity = report.stationarity;
        if (report.stationarity <= tolerance || report.stuck) {
          stuck = report.stuck;
          break;
        }
        sinceCertificate += report.work;
        const mayCertify = regularizer.matched && !polishing && !proofs.open;
        if (mayCertify && (report.ready || sinceCertificate >= betweenCertificates)) {
          sinceCertificate = 0;
          const point = { factors: method.factors(), dual: method.dual?.(dualStopped) };
          const { event, met, gap } = proofs.certify(point.factors, point.dual);
          if (event !== undefined) yield event;
          if (met) {
            reached = point;
            break;
          }
          if (report.ready) method.missed?.(gap);
        }
        status = limit();
      }
    }
    ({ factors, dual } = reached ?? {
      factors: method.factors(),
      dual: polishing ? undefined : method.dual?.(dualStopped),
    });
    const finer = stuck ? finerMethod(methodName, problem) : methodName;
    const handedOver = finer !== methodName;
    methodName = finer;
    return { stuck, handedOver, stationarity, status };
  }

  /** The point with branches merged that point the same way; undefined when there are none, or the width is not ours to choose. */
  function withoutCopies(cosine = SAME_COSINE): Factors | undefined {
    const merged = search.grow ? mergedBranches(problem, nonZeroBranches(problem, factors), cosine) : undefined;
    return merged === undefined ? undefined : factorsOf(merged, problem.sizes, 1);
  }

  /**
   * At the end of a run whose polar stays open, branches that became copies of one another are merged, and descent goes on once
   * more; false when that has been done. Where it did not serve, the point before counts.
   */
  function goesOn(objective: number): boolean {
    if (copied === undefined) {
      const merged = withoutCopies();
      if (merged === undefined) return false;
      copied = { factors, objective };
      factors = merged;
      tolerance = SETTLED_STATIONARITY;
      return true;
    }
    if (isBelow(copied.objective, objective, SETTLED_DECREASE)) factors = copied.factors;
    return false;
  }

  function* finish(status: RunStatus): Generator<RunEvent, AlgorithmResult> {
    // What descent drives to zero for ever without arriving.
    const zero = zeroFactors(problem.sizes, factors.branches);
    const atRest = status === "converged" || status === "stalled";
    if (atRest && !proofs.met && evaluatePoint(problem, zero).objective <= evaluatePoint(problem, factors).objective)
      factors = zero;
    if (proofs.lasts && !signal.aborted) {
      const { objective, stationarity } = evaluatePoint(problem, factors);
      yield progress("proof", objective, stationarity);
    }
    const { assessment, dual, cut } = proofs.assess(factors);
    const { evaluation, gap } = assessment;
    const direction = assessment.bound?.directions[0];
    const isMet = gap !== null && gap.relative <= search.gap;
    const isCut = cut === "cancelled" || (cut !== undefined && atRest && !isMet);
    const ended = isCut ? cut : status;
    return {
      status: evaluation.finite ? ended : "non-finite",
      factors: copyFactors(factors),
      assessment,
      dual,
      evidence: isMet && !assessment.contradiction ? null : evidenceOf(problem, factors, evaluation, direction),
      iterations: course.iterations,
      seconds: seconds(),
    };
  }

  const beginsAtZero = leavesZero(methodName, problem) && nonZeroBranches(problem, factors).length === 0;
  // The zero model is finite.
  if (!beginsAtZero && !evaluatePoint(problem, factors).finite) return yield* finish("non-finite");
  // With no iteration to spend, the start is judged as it is; thresholding decides about branches anew.
  if (search.maxIterations > 0 && methodName !== "thresholding") factors = tidied(problem, factors, methodName);
  let skipDescent = false;
  let cleansUp = false;
  for (let round = 0; ; round++) {
    // At the zero model every gradient vanishes: only the polar tells where to go.
    let stuck = true;
    /** Another method goes on from here. */
    let handedOver = false;
    let stationarity = 0;
    const mayDescend = round > 0 || beginsAtZero || nonZeroBranches(problem, factors).length > 0;
    if (!skipDescent && mayDescend && limit() === undefined) {
      const outcome = yield* descend();
      ({ stuck, handedOver, stationarity } = outcome);
      if (outcome.status === "cancelled" || outcome.status === "non-finite") return yield* finish(outcome.status);
      if (handedOver && cleansUp) {
        cleansUp = false;
        continue;
      }
      const before = evaluatePoint(problem, factors).objective;
      const count = nonZeroBranches(problem, factors).length;
      factors = tidied(problem, factors, methodName);
      const after = evaluatePoint(problem, factors).objective;
      // Another factorization of Φ that is worth less, or more branches that may move: descend again before any proof.
      const moved = isBelow(after, before, 1e-9) || nonZeroBranches(problem, factors).length > count;
      if (moved && limit() === undefined) {
        yield progress("reduction", after, stationarity);
        continue;
      }
    }
    skipDescent = false;
    const at = proofs.certify(factors, dual);
    dual = undefined;
    const settled = !isBelow(at.evaluation.objective, last.objective, SETTLED_DECREASE);
    const rests =
      (settled && at.evaluation.stationarity <= SETTLED_STATIONARITY) ||
      creeps(at.evaluation.objective, proofs.open ? (proofs.best?.value ?? null) : null);
    const closes = proofs.mayClose(at, rests);
    if (closes) yield progress("proof", at.evaluation.objective, at.evaluation.stationarity);
    const { evaluation, bound, met, event } = closes ? proofs.close(factors) : at;
    if (event !== undefined) yield event;
    yield progress("certificate", evaluation.objective, evaluation.stationarity);
    if (!evaluation.finite) return yield* finish("non-finite");
    const stop = limit();
    if (unmerged !== undefined) {
      // Fewer branches, if they are as good.
      const isWorse = !met || isBelow(unmerged.objective, evaluation.objective, SETTLED_DECREASE);
      if (isWorse) factors = unmerged.factors;
      unmerged = undefined;
      if (isWorse) {
        polishing = true;
        continue;
      }
    }
    cleansUp = !met && !handedOver && mayCleanUp(methodName, problem, evaluation.stationarity);
    if (cleansUp) methodName = "thresholding";
    if (met) {
      // Copies of one branch, which descent would only shift weight between, are merged before the last steps.
      const merged = polishing || stop !== undefined ? undefined : withoutCopies(CLOSE_COSINE);
      if (merged !== undefined) {
        unmerged = { factors, objective: evaluation.objective };
        factors = merged;
        polishing = true;
        tolerance = polishTolerance(methodName, problem);
        yield progress("reduction", evaluation.objective, evaluation.stationarity);
        continue;
      }
      // A witness that took long belongs to this very point.
      const enough = closes ? SETTLED_STATIONARITY : polishTolerance(methodName, problem);
      const isSharp = evaluation.stationarity <= enough || !isWorthPolishing(problem);
      if (polishing || stop !== undefined || isSharp) return yield* finish("converged");
      polishing = true;
      tolerance = polishTolerance(methodName, problem);
      continue;
    }
    if (bound === null) {
      if (evaluation.stationarity <= (stuck ? 1e-5 : 1e-8)) return yield* finish("converged");
      if (stuck && !handedOver) return yield* finish("stalled");
    }
    if (stop !== undefined) return yield* finish(stop);
    const reached = { objective: evaluation.objective, lowerBound: proofs.best?.value ?? Number.NEGATIVE_INFINITY };
    const improved =
      isBelow(reached.objective, last.objective, 1e-14) || isBelow(last.lowerBound, reached.lowerBound, 1e-14);
    idleRounds = improved ? 0 : idleRounds + 1;
    last = reached;
    if (rests && bound !== null && proofs.open && isOpen(bound.polar)) {
      if (goesOn(evaluation.objective)) continue;
      return yield* finish("converged");
    }
    if (idleRounds >= IDLE_ROUNDS) {
      if (bound?.polar.kind !== "bound") return yield* finish("stalled");
      if (goesOn(evaluation.objective)) continue;
      return yield* finish("converged");
    }
    if (bound === null) {
      tolerance = Math.max(LAST_TOLERANCE, tolerance * 1e-2);
      continue;
    }

    const better = corrected(problem, factors, bound.directions, widthFor(problem, factors));
    if (better !== undefined) {
      factors = better;
      course.count();
      yield progress("growth", evaluation.objective, evaluation.stationarity);
      tolerance = Math.max(LAST_TOLERANCE, tolerance * 0.1);
      // While this step gets on by itself, descent between two of them is wasted.
      const after = evaluatePoint(problem, factors).objective;
      skipDescent = isBelow(after, evaluation.objective, CORRECTING_DECREASE) && limit() === undefined;
      continue;
    }

    // How much the best direction promises, against what loose stationarity alone could fake.
    const promise = bound.polar.lower - 1;
    const stationary = stuck || stationarity <= LAST_TOLERANCE;
    const worthwhile = promise > 10 * stationarity || (stationary && promise > 1e-13);
    // Thresholding adds branches by itself, and loses its momentum where it begins anew.
    const growsByItself = methodName === "thresholding" && !stuck;
    if (worthwhile && !growsByItself && (!proofs.open || promise > SETTLED_STATIONARITY)) {
      const room = roomFor(problem, factors, mayGrow);
      const x = new Float64Array(problem.target.value.length);
      problem.mapping.predictInto(x, factors);
      const directions = growthDirections(problem, evaluation.negativeGradient, bound.directions, room);
      const added = growthBranches(problem, x, evaluation.negativeGradient, directions, room);
      if (added.length > 0) {
        mayGrow = false;
        const kept = nonZeroBranches(problem, factors);
        const width = Math.max(factors.branches, kept.length + added.length);
        factors = factorsOf([...kept, ...added], problem.sizes, width);
        yield progress("growth", evaluation.objective, evaluation.stationarity);
        tolerance = Math.min(firstTolerance(methodName, problem), Math.max(LAST_TOLERANCE, 0.1 * promise));
        continue;
      }
      if (room === 0 && !handedOver) {
        const fewer = reduced(problem, factors);
        if (fewer !== undefined) {
          factors = fewer;
          yield progress("reduction", evaluation.objective, evaluation.stationarity);
          continue;
        }
        if (stationary || stationarity <= Math.min(1e-7, search.gap))
          return yield* finish(search.grow ? "branch-limit" : "converged");
      }
    }
    if (handedOver) {
      tolerance = firstTolerance(methodName, problem);
      continue;
    }
    // Descent is done; what is open then is the polar's upper bound, not the point.
    if (stationary) {
      if (bound.polar.kind !== "bound") return yield* finish("stalled");
      if (goesOn(evaluation.objective)) continue;
      return yield* finish("converged");
    }
    const gap = gapOf(evaluation.objective, proofs.best?.value ?? bound.value).relative;
    tolerance = Math.max(LAST_TOLERANCE, Math.min(tolerance, stationarity) * refinement(methodName, search.gap / gap));
  }
}
