/**
 * Everything a certificate claims about one point, from data, factors and (optionally) a dual array. The run ends with it and
 * `verify` repeats it: same input, same bits.
 */
import type { Gap } from "../events.ts";
import { withValues } from "../linalg/observed.ts";
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
  /** W of an earlier point, rows × columns row-major, used at the observed entries only. */
  readonly dual: Float64Array | null;
}

export function assess(problem: Problem, factors: Factors, options: AssessOptions): Assessment {
  const evaluation = evaluatePoint(problem, factors);
  if (!evaluation.finite || !problem.regularizer.matched) {
    return { evaluation, bound: null, lowerBound: null, gap: null, contradiction: false };
  }
  const bound = boundBelow(problem, evaluation.negativeGradient);
  const other = options.dual === null ? null : boundFromDual(problem, options.dual);
  const lowerBound =
    other !== null && other.value > bound.value
      ? { value: other.value, margin: other.margin, scale: other.scale, source: "array" as const }
      : { value: bound.value, margin: bound.margin, scale: bound.scale, source: "factors" as const };
  return {
    evaluation,
    bound,
    lowerBound,
    gap: gapOf(evaluation.objective, lowerBound.value),
    contradiction: lowerBound.value > evaluation.objective || bound.polar.lower > bound.polar.upper * (1 + 1e-12),
  };
}

function boundFromDual(problem: Problem, dual: Float64Array): LowerBound | null {
  const { target, columns } = problem;
  if (dual.length !== problem.rows * columns) return null;
  const value = new Float64Array(target.value.length);
  for (let i = 0; i < problem.rows; i++) {
    for (let k = target.rowStart[i]; k < target.rowStart[i + 1]; k++) value[k] = dual[i * columns + target.column[k]];
  }
  if (!value.every((x) => Math.abs(x) < 1e200)) return null;
  return boundBelow(problem, withValues(target, value));
}
