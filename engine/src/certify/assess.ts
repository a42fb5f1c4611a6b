/**
 * Everything a certificate claims about one point, from data, factors and (optionally) a dual array. The run ends with it and
 * `verify` repeats it: same input, same bits. What a search for a polar's upper end has found counts only as its witness proves
 * it again.
 */
import type { Gap } from "../events.ts";
import type { Factors } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";
import type { BoundOptions, LowerBound } from "./dual.ts";
import { boundBelow, gapOf } from "./dual.ts";
import type { PointEvaluation } from "./evaluate.ts";
import { evaluatePoint, isModest, settledBranch } from "./evaluate.ts";
import type { PolarProof } from "./polar/polar.ts";

export interface Assessment {
  readonly evaluation: PointEvaluation;
  /** From the factors themselves; null when mapping and regularizer do not match, or numbers are not finite. */
  readonly bound: LowerBound | null;
  /** From the dual array, when that is the better one. */
  readonly dualBound: LowerBound | null;
  /** The better of the two. */
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

export interface AssessOptions extends Pick<BoundOptions, "effort" | "stopped"> {
  /** w of an earlier point, one number per observed entry; or as a table of the target's rows × columns, as older files have it. */
  readonly dual: Float64Array | null;
  /**
   * `false` for a point whose own polar was never computed (a run cancelled in the middle of descent): the dual array is
   * all that bounds it. Claims less, never more.
   */
  readonly ownBound?: boolean;
  /** Bounds that a run has proven: where one is about the same w, its witness is checked instead of a new search. */
  readonly known?: {
    readonly factors: LowerBound | null;
    readonly array: LowerBound | null;
    /** Those that a check finds again, bit by bit: their witness has been checked, or they have a closed form. */
    readonly checked: { has(bound: LowerBound): boolean };
  };
  /**
   * The search for a witness, and the check of one, end when these say so, too. Then the bracket that needs no witness counts, in
   * full: a check has to find it again.
   */
  readonly isLate?: { readonly search: () => boolean; readonly check: () => boolean };
  /** Of the polar at the factors and at the dual array: claimed by a certificate. */
  readonly proofs?: { readonly factors?: PolarProof | undefined; readonly array?: PolarProof | undefined };
}

export function assess(problem: Problem, factors: Factors, options: AssessOptions): Assessment {
  const evaluation = evaluatePoint(problem, factors);
  if (!evaluation.finite || !problem.regularizer.matched) {
    return { evaluation, bound: null, dualBound: null, lowerBound: null, gap: null, contradiction: false };
  }
  const { proofs = {}, known, ...others } = options;
  const provenAt = (w: Float64Array, from: "factors" | "array", isOwn: boolean) =>
    provenBound(problem, w, {
      ...others,
      guess: isOwn ? settledBranch(evaluation, factors) : undefined,
      proof: proofs[from],
      known: known?.[from] ?? null,
      isChecked: (bound) => known?.checked.has(bound) === true,
    });
  const own = options.ownBound === false ? null : provenAt(evaluation.negativeGradient, "factors", true);
  // The point's own w, given once more, is treated as it: its proofs are known.
  const isOwn = options.dual !== null && own !== null && isSame(options.dual, evaluation.negativeGradient);
  const array = options.dual === null || isOwn ? options.dual : observedDual(problem, options.dual);
  const other = array === null ? null : provenAt(array, "array", isOwn);
  const best = other !== null && (own === null || other.value > own.value) ? other : own;
  const source = best === own ? ("factors" as const) : ("array" as const);
  const crossed = own !== null && own.polar.upper !== null && own.polar.lower > own.polar.upper * (1 + 1e-12);
  return {
    evaluation,
    bound: own,
    dualBound: source === "array" ? other : null,
    lowerBound: best === null ? null : { value: best.value, margin: best.margin, scale: best.scale, source },
    gap: best === null ? null : gapOf(evaluation.objective, best.value),
    contradiction: crossed || (best !== null && best.value > evaluation.objective),
  };
}

type ProvenOptions = Pick<BoundOptions, "proof" | "guess"> &
  Pick<AssessOptions, "effort" | "stopped" | "isLate"> & {
    readonly known: LowerBound | null;
    readonly isChecked: (bound: LowerBound) => boolean;
  };

/** What a check of the witness makes of it; without one to check, of what a search finds. */
function provenBound(
  problem: Problem,
  w: Float64Array,
  { proof, guess, known, isChecked, effort, stopped = () => false, isLate }: ProvenOptions,
): LowerBound {
  if (proof !== undefined) return boundBelow(problem, w, { proof, guess });
  // A check finds only what it can be given the guess for, too.
  const isRepeatable = known?.isGuessed !== true || guess !== undefined;
  const isKnown = known !== null && isRepeatable && (isSame(known.given, w) || isSame(known.dual, w));
  if (isKnown && isChecked(known)) return known;
  let isCut = false;
  const search = () => {
    isCut ||= isLate?.search() === true;
    return isCut || stopped();
  };
  const found = isKnown ? known : boundBelow(problem, w, { effort, guess, stopped: search });
  // A closed form is computed again where it may have been cut short, or asked for other branches.
  if (found.witness.arrays === undefined && !isKnown && !isCut) return found;
  const again = checkedBound(problem, w, found, () => stopped() || isLate?.check() === true);
  if (again !== undefined) return again;
  const plain = boundBelow(problem, w, { guess, stopped });
  // Where a check finds it useless (sizes near the ends of float64), it has to do the same search: nothing is claimed of its arrays.
  const { kind, threshold } = plain.witness;
  return checkedBound(problem, w, plain, stopped) ?? { ...plain, witness: { kind, threshold } };
}

/** The bound as a check of its witness finds it; undefined where it has none, or the check is stopped, or finds it useless. */
export function checkedBound(
  problem: Problem,
  w: Float64Array,
  { witness, directions, polar: { work } }: LowerBound,
  stopped: () => boolean,
): LowerBound | undefined {
  const branch = directions[0]?.factors;
  if (witness.arrays === undefined || branch === undefined) return undefined;
  let isCut = false;
  const until = () => {
    isCut ||= stopped();
    return isCut;
  };
  const again = boundBelow(problem, w, { proof: { branch, witness }, stopped: until });
  // Without its branch where that is worth nothing in float64: then a check would look for another one.
  if (isCut || again.witness.arrays === undefined || again.directions.length === 0) return undefined;
  return { ...again, directions, polar: work === undefined ? again.polar : { ...again.polar, work } };
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** Its values at the observed entries; null when it does not fit or leaves float64. */
function observedDual({ target }: Problem, dual: Float64Array): Float64Array | null {
  const observed = target.value.length;
  if (dual.length === observed) return isModest(dual) ? dual : null;
  if (dual.length !== target.rows * target.columns) return null;
  const value = new Float64Array(observed);
  for (let i = 0; i < target.rows; i++) {
    for (let k = target.rowStart[i]; k < target.rowStart[i + 1]; k++)
      value[k] = dual[i * target.columns + target.column[k]];
  }
  return isModest(value) ? value : null;
}
