/**
 * Everything a certificate claims about one point, from data, factors and (optionally) a dual array. The run ends with it and
 * `verify` repeats it: same input, same bits.
 */
import type { Gap } from "../events.ts";
import type { Factors } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";
import type { LowerBound } from "./dual.ts";
import { boundBelow, gapOf } from "./dual.ts";
import type { PointEvaluation } from "./evaluate.ts";
import { evaluatePoint } from "./evaluate.ts";

export interface Assessment {
  readonly evaluation: PointEvaluation;
  /** From the factors themselves; null when mapping and regularizer do not match, or numbers are not finite. */
  readonly bound: LowerBound | null;
  /** The better of `bound` and the bound from the dual array. */
  readonly lowerBound: {
    readonly value: number;
    readonly margin: number;
    readonly scale: number;
    readonly source: "factors" | "array";
  } | null;
  readonly gap: Gap | null;
  /** A proven lower bound above an attained objective: a fault of ours. */
  readonly contradiction: boolean;
}

export interface AssessOptions {
  /** w of an earlier point as a table of the target's rows × columns, used at the observed entries only. */
  readonly dual: Float64Array | null;
  /**
   * `false` for a point whose own polar was never computed (a run cancelled in the middle of descent): the dual array is
   * all that bounds it. Claims less, never more.
   */
  readonly ownBound?: boolean;
}

export function assess(problem: Problem, factors: Factors, options: AssessOptions): Assessment {
  const evaluation = evaluatePoint(problem, factors);
  if (!evaluation.finite || !problem.regularizer.matched) {
    return { evaluation, bound: null, lowerBound: null, gap: null, contradiction: false };
  }
  const own = options.ownBound === false ? null : boundBelow(problem, evaluation.negativeGradient);
  const other = options.dual === null ? null : boundFromDual(problem, options.dual);
  const best = other !== null && (own === null || other.value > own.value) ? other : own;
  const source = best === own ? ("factors" as const) : ("array" as const);
  const crossed = own !== null && own.polar.upper !== null && own.polar.lower > own.polar.upper * (1 + 1e-12);
  return {
    evaluation,
    bound: own,
    lowerBound: best === null ? null : { value: best.value, margin: best.margin, scale: best.scale, source },
    gap: best === null ? null : gapOf(evaluation.objective, best.value),
    contradiction: crossed || (best !== null && best.value > evaluation.objective),
  };
}

function boundFromDual(problem: Problem, dual: Float64Array): LowerBound | null {
  const { target } = problem;
  if (dual.length !== target.rows * target.columns) return null;
  const value = new Float64Array(target.value.length);
  for (let i = 0; i < target.rows; i++) {
    for (let k = target.rowStart[i]; k < target.rowStart[i + 1]; k++)
      value[k] = dual[i * target.columns + target.column[k]];
  }
  if (!value.every((x) => Math.abs(x) < 1e200)) return null;
  return boundBelow(problem, value);
}
