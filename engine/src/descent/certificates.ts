/** The certificates of a run: what is proven at its points, how hard each one tries, and the best bound so far. */
import type { Assessment } from "../certify/assess.ts";
import { assess, checkedBound, isRepeatable, NOTHING } from "../certify/assess.ts";
import { isSpared } from "../certify/beside.ts";
import type { LowerBound } from "../certify/dual.ts";
import { boundBelow, gapOf } from "../certify/dual.ts";
import type { PointEvaluation } from "../certify/evaluate.ts";
import { evaluatePoint, settledGuess } from "../certify/evaluate.ts";
import type { Effort } from "../certify/polar/polar.ts";
import { isOpen } from "../certify/verdict.ts";
import type { Phase, RunEvent } from "../events.ts";
import type { Factors } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";
import { NEARLY_BEST } from "./correct.ts";
import { mixedBounds } from "./mixed-dual.ts";

/** The part of all cells that a certificate begins with. */
const FIRST_CELLS = 1 / 8;

/** The part of the gap that may be left of it before the polar's bracket is worth closing. */
const HOPED_SHARE = 0.6;

/** How far past the time limit the check of a witness may go: without its end the whole proof is lost. */
const GRACE_MS = 250;

export interface Certified {
  readonly evaluation: PointEvaluation;
  readonly bound: LowerBound | null;
  /** The relative gap, and whether it is within its tolerance. */
  readonly gap: number;
  readonly met: boolean;
  readonly event?: RunEvent;
}

export interface CertificateOptions {
  /** Of the point: iterations and seconds so far. */
  readonly moment: () => { readonly iteration: number; readonly seconds: number };
  readonly aborted: () => boolean;
  /** To `search.timeLimit`; infinite without one. */
  readonly timeLeftMs: () => number;
  /** Called often while a proof goes on. */
  readonly working: (phase: Phase) => void;
}

export interface FinalAssessment {
  readonly assessment: Assessment;
  readonly dual: Float64Array | null;
  /** Why less was proven than could have been. */
  readonly cut: "cancelled" | "time-limit" | undefined;
}

export interface Certificates {
  readonly best: LowerBound | null;
  /** Whether the last polar was only bracketed: certificates on the way are then no use, and last digits worth less. */
  readonly open: boolean;
  /** Whether the last certificate met the gap. */
  readonly met: boolean;
  /** Whether the last word may take long: there is a bracket to close, or a witness to check. */
  readonly lasts: boolean;
  /** Evaluates the point, and proves a bound for it: at `dual` where that is given, at −∇ℓ of the point itself otherwise. */
  certify(at: Factors, dual?: Float64Array): Certified;
  /** The same with the polar's bracket closed as far as it goes. */
  close(at: Factors): Certified;
  /** Whether all that is missing is the proof that the polar is what the search says, or, at rest, nothing else is left to do. */
  mayClose(certified: Certified, rests: boolean): boolean;
  /** The last word on a point; where no time is left, brackets stay as they are. */
  assess(at: Factors): FinalAssessment;
}

/** The bracket of a σ₁ that is proven by Cholesky is as narrow as a cluster of singular values lets it be: descent parts them. */
function isFactored({ witness }: LowerBound): boolean {
  return witness.kind === "cholesky";
}

export function certificates(problem: Problem, options: CertificateOptions): Certificates {
  const { moment, aborted, timeLeftMs, working } = options;
  const { regularizer } = problem;
  const { gap: tolerance } = problem.config.search;
  let best = null as LowerBound | null;
  let open = false;
  /** Of the last certificate that tried to close its polar's bracket; how many did not get there. */
  let closing = null as LowerBound | null;
  let failures = 0;
  /** Its search ended early, so that there was time to check what it found. */
  let closingIsCut = false;
  /** The last certificate's. */
  let latest = null as LowerBound | null;
  let isMet = false;
  /** Bounds that a check finds again, bit by bit. */
  const checked = new WeakSet<LowerBound>();

  const mixedAt = mixedBounds(problem);
  const outOfTime = () => timeLeftMs() <= 0;
  const pastGrace = () => timeLeftMs() <= -GRACE_MS;
  /** When a search that begins now has to end: with as much time left for the check as it took. A check looks at fewer cells. */
  function searchLimit(): () => boolean {
    const enoughMs = timeLeftMs() / 2;
    return () => Number.isFinite(enoughMs) && timeLeftMs() <= enoughMs;
  }

  function certify(
    at: Factors,
    { effort = "bracket", cellShare = 1, dual }: { effort?: Effort; cellShare?: number; dual?: Float64Array } = {},
  ): Certified {
    const evaluation = evaluatePoint(problem, at);
    if (!evaluation.finite || !regularizer.matched)
      return { evaluation, bound: null, gap: Number.POSITIVE_INFINITY, met: false };
    const w = dual ?? evaluation.negativeGradient;
    const closes = effort === "close";
    const share = problem.mapping.kind === "network" ? NEARLY_BEST : 1;
    const isLate = closes ? searchLimit() : outOfTime;
    let isCut = false;
    const stopped = () => {
      working(closes ? "proof" : "certificate");
      isCut ||= aborted() || isLate();
      return isCut;
    };
    // Of the same array again, which was not cut short.
    const known = !closes && latest?.given === w && checked.has(latest) ? latest : undefined;
    const guess = settledGuess(problem, at, dual);
    const hint = closing?.witness.arrays;
    const found = known ?? boundBelow(problem, w, { stopped, share, effort, cellShare, hint, guess });
    const again = closes && isBetter(found) ? checkedBound(problem, w, found, checkStopped) : undefined;
    if (again !== undefined) checked.add(again);
    const bound = again ?? found;
    // Only what a check finds, too: not what was cut short, nor a witness that proves less than its search did.
    const isRepeatable = again !== undefined || (!isCut && (!closes || found.witness.arrays === undefined));
    // A closed form that was not cut short: whoever computes it again gets the same.
    if (!isCut && !closes && share === 1 && (found.polar.kind === "exact" || isFactored(found))) checked.add(found);
    if (isBetter(bound) && isRepeatable) best = bound;
    if (closes) {
      closing = bound;
      closingIsCut = isCut;
    }
    open = bound.polar.kind === "bound" && !isFactored(bound);
    const mixed = open ? mixedAt(w) : undefined;
    if (mixed !== undefined && isBetter(mixed)) best = mixed;
    const { objective, branches } = evaluation;
    const lowerBound = best?.value ?? bound.value;
    const gap = gapOf(objective, lowerBound);
    latest = bound;
    isMet = gap.relative <= tolerance;
    const certificate = { ...moment(), objective, lowerBound, gap, polar: bound.polar, branches };
    return { evaluation, bound, gap: gap.relative, met: isMet, event: { kind: "certificate", certificate } };
  }

  function isBetter({ value }: LowerBound): boolean {
    return best === null || value > best.value;
  }

  function checkStopped(): boolean {
    working("proof");
    return aborted() || pastGrace();
  }

  /** A better branch is mostly met by the first cells; the others are for the proof that there is none. */
  function close(at: Factors): Certified {
    const first = certify(at, { effort: "close", cellShare: FIRST_CELLS });
    const polar = first.bound?.polar;
    const isSpent = polar !== undefined && isOpen(polar) && (polar.work ?? 0) > 0;
    const certified = isSpent && !first.met && !closingIsCut ? certify(at, { effort: "close" }) : first;
    if (certified.bound?.polar.kind === "bound") failures++;
    return certified;
  }

  function mayClose({ evaluation, bound, met }: Certified, rests: boolean): boolean {
    if (met || bound === null || bound.polar.kind === "exact" || outOfTime()) return false;
    // A closed form has no bracket to close.
    if (bound.witness.arrays === undefined) return false;
    if (rests) return isOpen(bound.polar);
    return failures === 0 && gapOf(evaluation.objective, bound.hoped).relative <= HOPED_SHARE * tolerance;
  }

  function finalAssessment(at: Factors): FinalAssessment {
    if (aborted()) return interrupted(at);
    // Where the gap is met without it, a narrower bracket is of no use.
    const isEasy = isMet && closing === null;
    const effort = outOfTime() || isEasy ? "bracket" : "close";
    const dual = best?.dual ?? null;
    const known = { factors: isEasy ? latest : effort === "close" ? closing : best, array: best, checked };
    const search = searchLimit();
    let isCut = false;
    const assessment = assess(problem, at, {
      dual,
      own: isEasy && isBeside(at) ? "beside" : "proven",
      effort,
      known,
      stopped: () => {
        working(lasts() ? "proof" : "certificate");
        return aborted();
      },
      isLate: {
        search: () => {
          isCut ||= search();
          return isCut;
        },
        check: pastGrace,
      },
    });
    // Whatever was computed meanwhile may have been cut short.
    if (aborted()) return interrupted(at);
    return {
      assessment,
      dual: assessment.lowerBound?.source === "array" ? dual : null,
      cut: isCut || closingIsCut ? "time-limit" : undefined,
    };
  }

  /** Whether the last certificate, at a dual point of the method's own, is all that this point needs. */
  function isBeside(at: Factors): boolean {
    const { objective, negativeGradient } = evaluatePoint(problem, at);
    if (best === null || best !== latest || best.given === negativeGradient) return false;
    return gapOf(objective, best.value).relative <= tolerance && isSpared(problem);
  }

  /** A cancelled run searches for nothing more: it keeps the best bound that it has. */
  function interrupted(at: Factors): FinalAssessment {
    const evaluation = evaluatePoint(problem, at);
    if (best === null || !evaluation.finite) {
      return { assessment: { evaluation, ...NOTHING }, dual: null, cut: "cancelled" };
    }
    // As the check of a dual array finds it.
    const guess = settledGuess(problem, at, best.dual);
    const plain = isRepeatable(best, guess) ? best : boundBelow(problem, best.dual, { guess });
    const kept = checked.has(plain) ? plain : (checkedBound(problem, plain.dual, plain, () => false) ?? plain);
    const { value, margin, scale } = kept;
    const assessment: Assessment = {
      evaluation,
      bound: null,
      dualBound: kept,
      lowerBound: { value, margin, scale, source: "array" },
      gap: gapOf(evaluation.objective, value),
      contradiction: value > evaluation.objective,
    };
    return { assessment, dual: kept.dual, cut: "cancelled" };
  }

  function lasts(): boolean {
    return open || closing !== null;
  }

  return {
    get best() {
      return best;
    },
    get open() {
      return open;
    },
    get met() {
      return isMet;
    },
    get lasts() {
      return lasts();
    },
    certify: (at, dual) => certify(at, dual === undefined ? {} : { dual }),
    close,
    mayClose,
    assess: finalAssessment,
  };
}
