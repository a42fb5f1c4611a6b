/** A local method at fixed width: init, step, stop. The outer loop is `algorithm.ts`. */
import type { MethodName } from "../../config/config.ts";
import type { CancelSignal } from "../../events.ts";
import type { Factors } from "../../problem/factors.ts";
import type { Problem } from "../../problem/problem.ts";
import { isSmooth } from "../../problem/regularizer/regularizer.ts";
import { bfgs } from "./bfgs.ts";
import { newton } from "./newton.ts";
import { proxBlocks } from "./prox-blocks.ts";
import { proxGradient } from "./prox-gradient.ts";

export interface StepReport {
  /** f_r after the step, in plain float64. */
  readonly objective: number;
  /** As in `evaluatePoint`, up to balance. */
  readonly stationarity: number;
  /** No further decrease is possible in float64. */
  readonly stuck: boolean;
  /** Floating-point operations of the step, roughly. */
  readonly work: number;
}

export interface LocalMethod {
  /** Improves the point; yields between pieces of work so that others get a turn. Returns early when cancelled. */
  step(): Generator<void, StepReport>;
  /** The point reached, balanced where the regularizer asks for it. */
  factors(): Factors;
}

export type StartMethod = (problem: Problem, start: Factors, signal: CancelSignal) => LocalMethod;

/**
 * Newton's blocks are those of u vᵀ entry by entry, with the smooth power form of ℓ2·ℓ2; BFGS needs that smooth form and any
 * mapping; everything else has a prox. A method asked for that does not apply gives way to one that does.
 */
export function chooseMethod(problem: Problem): MethodName {
  const asked = problem.config.search.method;
  if (!isSmooth(problem.regularizer)) return "prox-gradient";
  const entries = seesEntries(problem) && problem.regularizer.matched && problem.loss.entrywise;
  if (asked === "newton") return entries ? "newton" : "bfgs";
  return asked ?? (entries ? "newton" : "bfgs");
}

export function methodOf(name: MethodName, problem: Problem): StartMethod {
  const { matched, kind, form } = problem.regularizer;
  switch (name) {
    case "newton":
      return newton;
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
