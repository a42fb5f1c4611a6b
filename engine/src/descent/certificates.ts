/** The certificates of a run: what is proven at its points, how hard each one tries, and the best bound so far. */
import type { Assessment } from "../certify/assess.ts";
import { assess } from "../certify/assess.ts";
import type { LowerBound } from "../certify/dual.ts";
import { boundBelow, gapOf } from "../certify/dual.ts";
import type { PointEvaluation } from "../certify/evaluate.ts";
import { evaluatePoint } from "../certify/evaluate.ts";
import type { Effort } from "../certify/polar/polar.ts";
import { isOpen } from "../certify/verdict.ts";
import type { RunEvent } from "../events.ts";
import { denseOf, withValues } from "../linalg/observed.ts";
import type { Factors } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";
import { NEARLY_BEST } from "./correct.ts";

/** The part of all cells that a certificate begins with. */
const FIRST_CELLS = 1 / 8;

/** The part of the gap that may be left of it before the polar's bracket is worth closing. */
const HOPED_SHARE = 0.6;

export interface Certified {
  readonly evaluation: PointEvaluation;
  readonly bound: LowerBound | null;
  /** The gap is within its tolerance. */
  readonly met: boolean;
  readonly event?: RunEvent;
}

export interface CertificateOptions {
  /** Of the point: iterations and seconds so far. */
  readonly moment: () => { readonly iteration: number; readonly seconds: number };
  readonly aborted: () => boolean;
  readonly outOfTime: () => boolean;
}

export interface Certificates {
  readonly best: LowerBound | null;
  /** Whether the last polar was only bracketed: certificates on the way are then no use, and last digits worth less. */
  readonly open: boolean;
  /** Evaluates the point, and proves a bound for it. */
  certify(at: Factors): Certified;
  /** The same with the polar's bracket closed as far as it goes. */
  close(at: Factors): Certified;
  /** Whether all that is missing is the proof that the polar is what the search says, or, at rest, nothing else is left to do. */
  mayClose(certified: Certified, rests: boolean): boolean;
  /** The last word on a point; where no time is left, brackets stay as they are. */
  assess(at: Factors): { readonly assessment: Assessment; readonly dual: Float64Array | null };
}

export function certificates(problem: Problem, { moment, aborted, outOfTime }: CertificateOptions): Certificates {
  const { regularizer, target } = problem;
  const { gap: tolerance } = problem.config.search;
  let best = null as LowerBound | null;
  let open = false;
  /** Of the last certificate that tried to close its polar's bracket; how many did not get there. */
  let closing = null as LowerBound | null;
  let failures = 0;

  function certify(at: Factors, effort: Effort = "bracket", cellShare = 1): Certified {
    const evaluation = evaluatePoint(problem, at);
    if (!evaluation.finite || !regularizer.matched) return { evaluation, bound: null, met: false };
    const bound = boundBelow(problem, evaluation.negativeGradient, {
      stopped: () => aborted() || outOfTime(),
      share: problem.mapping.kind === "network" ? NEARLY_BEST : 1,
      effort,
      cellShare,
      hint: closing?.witness.arrays,
    });
    if (best === null || bound.value > best.value) best = bound;
    if (effort === "close") closing = bound;
    open = bound.polar.kind === "bound";
    const gap = gapOf(evaluation.objective, best.value);
    const { objective, branches } = evaluation;
    const { polar } = bound;
    const certificate = { ...moment(), objective, lowerBound: best.value, gap, polar, branches };
    return { evaluation, bound, met: gap.relative <= tolerance, event: { kind: "certificate", certificate } };
  }

  /** A better branch is mostly met by the first cells; the others are for the proof that there is none. */
  function close(at: Factors): Certified {
    const first = certify(at, "close", FIRST_CELLS);
    const polar = first.bound?.polar;
    const isSpent = polar !== undefined && isOpen(polar) && (polar.work ?? 0) > 0;
    const certified = isSpent && !first.met ? certify(at, "close") : first;
    if (certified.bound?.polar.kind === "bound") failures++;
    return certified;
  }

  function mayClose({ evaluation, bound, met }: Certified, rests: boolean): boolean {
    if (met || bound === null || bound.polar.kind === "exact" || outOfTime()) return false;
    if (rests) return isOpen(bound.polar);
    return failures === 0 && gapOf(evaluation.objective, bound.hoped).relative <= HOPED_SHARE * tolerance;
  }

  function finalAssessment(at: Factors): ReturnType<Certificates["assess"]> {
    if (aborted()) return { assessment: interrupted(at), dual: best === null ? null : tableOf(best) };
    const effort = outOfTime() ? "bracket" : "close";
    const dual = best === null ? null : tableOf(best);
    const known = { factors: effort === "close" ? closing : best, array: best };
    const assessment = assess(problem, at, { dual, effort, known, stopped: aborted });
    return { assessment, dual: assessment.lowerBound?.source === "array" ? dual : null };
  }

  /** A cancelled run proves nothing new: it keeps the best bound that it has. */
  function interrupted(at: Factors): Assessment {
    const evaluation = evaluatePoint(problem, at);
    if (best === null || !evaluation.finite) {
      return { evaluation, bound: null, dualBound: null, lowerBound: null, gap: null, contradiction: false };
    }
    const { value, margin, scale } = best;
    return {
      evaluation,
      bound: null,
      dualBound: best,
      lowerBound: { value, margin, scale, source: "array" },
      gap: gapOf(evaluation.objective, value),
      contradiction: value > evaluation.objective,
    };
  }

  /** w as a table of the target's rows × columns. */
  function tableOf({ dual }: LowerBound): Float64Array {
    return denseOf(withValues(target, dual));
  }

  return {
    get best() {
      return best;
    },
    get open() {
      return open;
    },
    certify: (at) => certify(at),
    close,
    mayClose,
    assess: finalAssessment,
  };
}
