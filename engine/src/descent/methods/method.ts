/** A local method at fixed width: init, step, stop. The outer loop is `algorithm.ts`. */
import type { MethodName } from "../../config/config.ts";
import type { CancelSignal } from "../../events.ts";
import { isMostlyObserved } from "../../linalg/observed.ts";
import type { Factors } from "../../problem/factors.ts";
import type { Problem } from "../../problem/problem.ts";
import { isSmooth } from "../../problem/regularizer/regularizer.ts";
import { alternating, findsCore, mayAlternate } from "./alternating.ts";
import { bfgs } from "./bfgs.ts";
import { newton } from "./newton.ts";
import { proxBlocks } from "./prox-blocks.ts";
import { proxGradient } from "./prox-gradient.ts";
import { ridgeSolves, solvesRidges } from "./ridge-solves.ts";
import { thresholding } from "./thresholding.ts";

export interface StepReport {
  /** f_r after the step, in plain float64. */
  readonly objective: number;
  /** As in `evaluatePoint`, up to balance. */
  readonly stationarity: number;
  /** No further decrease is possible in float64. */
  readonly stuck: boolean;
  /** A certificate at `dual` may be expected to meet the gap. */
  readonly ready?: boolean;
  /** Floating-point operations of the step, roughly. */
  readonly work: number;
}

export interface LocalMethod {
  /** Improves the point; yields between pieces of work so that others get a turn. Returns early when cancelled. */
  step(): Generator<void, StepReport>;
  /** The point reached, balanced where the regularizer asks for it. */
  factors(): Factors;
  /**
   * A dual point that goes with the last step, one number per observed entry, where −∇ℓ at the point is not the best one. It may cost as
   * much as some steps.
   */
  readonly dual?: (stopped?: () => boolean) => Float64Array | undefined;
  /** A certificate that was asked for found this relative gap: the next one should be worth it. */
  readonly missed?: (gap: number) => void;
}

export type StartMethod = (problem: Problem, start: Factors, signal: CancelSignal) => LocalMethod;

/**
 * Newton's blocks are those of u vᵀ entry by entry, with the smooth power form of ℓ2·ℓ2; BFGS needs that smooth form and any
 * mapping; everything else has a prox. A method asked for that does not apply gives way to one that does.
 */
export function chooseMethod(problem: Problem): MethodName {
  const asked = problem.config.search.method;
  if (!isSmooth(problem.regularizer)) return "prox-gradient";
  if ((asked === undefined || asked === "thresholding") && choosesRank(problem)) return "thresholding";
  if ((asked === undefined || asked === "alternating") && mayAlternate(problem)) return "alternating";
  if (asked === "alternating" && solvesRidges(problem)) return asked;
  const entries = seesEntries(problem) && problem.regularizer.matched && problem.loss.entrywise;
  if (asked === "bfgs" || asked === "prox-gradient") return asked;
  return entries ? "newton" : "bfgs";
}

/** Up to so many entries BFGS ends a descent along a valley soon. */
const SMALL_TENSOR = 10_000;

/** What goes on where a method got stuck: thresholding sees only as far as its directions are exact, alternating solves may creep. */
export function finerMethod(name: MethodName, problem: Problem): MethodName {
  if (name === "alternating" && problem.target.value.length <= SMALL_TENSOR) return "bfgs";
  if (name !== "thresholding") return name;
  return problem.loss.entrywise ? "newton" : "bfgs";
}

/** Whether a method goes on from the zero model by itself: thresholding adds branches, and tensors have a core to start in. */
export function leavesZero(name: MethodName, problem: Problem): boolean {
  return name === "thresholding" || (name === "alternating" && !seesEntries(problem) && findsCore(problem));
}

/** Points more stationary than this have the branches that they keep. */
const CLEAN = 1e-5;

/** Whether thresholding may go on where Newton's method stopped, which drives branches to zero for ever without arriving. */
export function mayCleanUp(name: MethodName, problem: Problem, stationarity: number): boolean {
  return (
    stationarity > CLEAN &&
    name === "newton" &&
    chooseMethod(problem) === "thresholding" &&
    !isMostlyObserved(problem.target)
  );
}

export function methodOf(name: MethodName, problem: Problem): StartMethod {
  const { matched, kind, form } = problem.regularizer;
  switch (name) {
    case "thresholding":
      return thresholding;
    case "newton":
      return newton;
    case "alternating":
      return seesEntries(problem) ? ridgeSolves : alternating;
    case "bfgs":
      return bfgs;
    case "prox-gradient":
      return seesEntries(problem) && form !== "compound" && (matched || kind === "l1" || kind === "elastic-net")
        ? proxGradient
        : proxBlocks;
    default:
      return name satisfies never;
  }
}

function seesEntries({ mapping }: Problem): boolean {
  return mapping.kind === "matrix" && mapping.observation.kind === "entries";
}

/** With fewer entries in a row or column, directions are dear beside what is known of them. */
const ENTRIES_PER_LINE = 4;

/** Whether Φ's rank is ours to choose, and its gradient one of a loss without kinks. */
function choosesRank(problem: Problem): boolean {
  const { target, regularizer, loss, config, maxBranches } = problem;
  return (
    seesEntries(problem) &&
    regularizer.matched &&
    Number.isFinite(loss.lipschitz) &&
    config.search.grow &&
    maxBranches >= Math.min(target.rows, target.columns) &&
    (isMostlyObserved(target) || target.value.length >= ENTRIES_PER_LINE * (target.rows + target.columns))
  );
}
