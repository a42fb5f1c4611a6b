/** A local method at fixed width: init, step, stop. The outer loop is `iterate.ts`. */
import type { MethodName } from "../../config/config.ts";
import type { CancelSignal } from "../../events.ts";
import type { Factors } from "../../problem/factors.ts";
import type { Problem } from "../../problem/problem.ts";
import { isSmooth } from "../../problem/regularizer/regularizer.ts";
import { newton } from "./newton.ts";
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

/** Newton needs the smooth power form, which only ℓ2·ℓ2 has; everything else has a prox. */
export function chooseMethod(problem: Problem): MethodName {
  const smooth = problem.regularizer.matched && isSmooth(problem.regularizer);
  const asked = problem.config.search.method;
  if (!smooth) return "prox-gradient";
  return asked ?? "newton";
}

export function methodOf(name: MethodName): StartMethod {
  switch (name) {
    case "newton":
      return newton;
    case "prox-gradient":
      return proxGradient;
    default:
      return name satisfies never;
  }
}
