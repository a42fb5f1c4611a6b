/**
 * Everything a certificate claims about one point, from data, factors and (optionally) a dual array. The run ends with it and
 * `verify` repeats it: same input, same bits. What a search for a polar's upper end has found counts only as its witness proves
 * it again.
 */
import type { Gap } from "../events.ts";
import type { Factors } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";
import { polarBeside } from "./beside.ts";
import type { BoundOptions, LowerBound, ProvenPolar } from "./dual.ts";
import { boundBelow, gapOf } from "./dual.ts";
import type { PointEvaluation } from "./evaluate.ts";
import { evaluatePoint, isModest, settledGuess } from "./evaluate.ts";
import type { Guess, PolarProof } from "./polar/polar.ts";

export interface Assessment {
  readonly evaluation: PointEvaluation;
  /** From the factors themselves; null when mapping and regularizer do not match, or numbers are not finite. */
  readonly bound: ProvenPolar | null;
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
   * What is said of the point's own polar: all there is; what follows from the proof at the dual array (`beside.ts`); or nothing, of a
   * point where it was never computed (a run cancelled in the middle of descent). The less it is the less is claimed.
   */
  readonly own?: "proven" | "beside" | "none";
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

/** Of a point for which nothing is proven. */
export const NOTHING = { bound: null, dualBound: null, lowerBound: null, gap: null, contradiction: false };

export function assess(problem: Problem, factors: Factors, options: AssessOptions): Assessment {
  const evaluation = evaluatePoint(problem, factors);
  if (!evaluation.finite || !problem.regularizer.matched) {
    return { evaluation, ...NOTHING };
  }
  const { proofs = {}, known, own: claimed = "proven", ...others } = options;
  const { negativeGradient: w } = evaluation;
  const provenAt = (dual: Float64Array, from: "factors" | "array") =>
    provenBound(problem, dual, {
      ...others,
      guess: settledGuess(problem, factors, dual === w ? undefined : dual),
      proof: proofs[from],
      known: known?.[from] ?? null,
      isChecked: (bound) => known?.checked.has(bound) === true,
    });
  const array = options.dual === null ? null : dualAtEntries(problem, options.dual, w);
  const other = array === null ? null : provenAt(array, "array");
  const own = claimed === "proven" ? provenAt(w, "factors") : null;
  const beside = claimed === "beside" && other !== null ? polarBeside(problem, evaluation, other) : undefined;
  const best = other !== null && (own === null || other.value > own.value) ? other : own;
  const source = best === own ? ("factors" as const) : ("array" as const);
  const crossed = own !== null && own.polar.upper !== null && own.polar.lower > own.polar.upper * (1 + 1e-12);
  return {
    evaluation,
    bound: own ?? beside ?? null,
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
  const isKnown = known !== null && isRepeatable(known, guess) && (isSame(known.given, w) || isSame(known.dual, w));
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

/** Whether a bound is what is found with this guess, which a check is given. */
export function isRepeatable({ guess: given, isGuessed }: LowerBound, guess: Guess | undefined): boolean {
  if (isGuessed === undefined) return true;
  return guess === undefined ? !isGuessed : given === guess || isSameGuess(given, guess);
}

/** At the same w. */
function isSameGuess(a: Guess | undefined, b: Guess): boolean {
  if (a === undefined || a.branches.length !== b.branches.length || a.apart?.distance !== b.apart?.distance)
    return false;
  return a.branches.every((branch, i) => branch.every((slice, k) => isSame(slice, b.branches[i][k])));
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** Its values at the observed entries: `w` itself where they are the same; null when it does not fit or leaves float64. */
function dualAtEntries({ target }: Problem, dual: Float64Array, w: Float64Array): Float64Array | null {
  if (isSame(dual, w)) return w;
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
