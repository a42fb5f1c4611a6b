/**
 * The Fenchel gap (theory.md §2, (d)): for w = −∇ℓ at any point whatever, and any t with t Ω°(w) ≤ λ,
 *   F* = min_X ℓ(A(X)) + λ Ω(X)  ≥  min_X ℓ(A(X)) + ⟨t w, A(X)⟩ = −ℓ*(−t w) = D(t).
 * Ω°(w) enters by its proven upper bound, D by its value rounded down; so the bound holds in exact arithmetic.
 * Where the loss has linear conditions on w (classes, an intercept), w is first moved onto them exactly.
 */
import { DEFAULT_MAX_CELLS } from "../config/search-schema.ts";
import type { Gap, PolarBracket } from "../events.ts";
import { gamma, UNDERFLOW, UNIT_ROUNDOFF } from "../linalg/rounding.ts";
import type { Problem } from "../problem/problem.ts";
import type { Effort, Guess, PolarBranch, PolarProof, PolarResult, ProofArrays, Witness } from "./polar/polar.ts";

/** What is known of the polar at a dual point w, and what that rests on. */
export interface ProvenPolar {
  /** Bracket of Ω°(Z) = Ω°(w)/λ. */
  readonly polar: PolarBracket;
  readonly witness: Witness;
  /** Unit branches with ⟨w, A(φ)⟩ > share · λ as far as the polar met them, best first; at least the best one unless w = 0. */
  readonly directions: readonly PolarBranch[];
}

export interface LowerBound extends ProvenPolar {
  /** Proven: not above F*. */
  readonly value: number;
  readonly margin: number;
  /**
   * What `value` would be if the polar's upper end came down to its lower one: what closing the bracket can gain at most; `value`
   * where there is none.
   */
  readonly hoped: number;
  /** t: the dual point is t Z. */
  readonly scale: number;
  /** What w was made of: itself, but for the linear conditions of the loss. */
  readonly given: Float64Array;
  /** w itself, one number per observation. */
  readonly dual: Float64Array;
  /**
   * The guess that was given, and whether it took the place of the polar's search, undefined where it takes none: without it the same is
   * found but for that search's tolerance.
   */
  readonly guess: Guess | undefined;
  readonly isGuessed: boolean | undefined;
}

/** A relative gap below this is not resolved by float64 arithmetic: it is reported as this floor. */
export const GAP_FLOOR = 1e-9;

export interface BoundOptions {
  readonly stopped?: (() => boolean) | undefined;
  /** Directions worth more than this share of λ are wanted; 1 where it is not given. */
  readonly share?: number;
  /** How hard to try for the polar's upper end; `bracket` where it is not given. */
  readonly effort?: Effort | undefined;
  /** The part of `search.maxCells` that a branch and bound may look at; all of them where it is not given. */
  readonly cellShare?: number | undefined;
  /** Witness arrays from a point nearby. */
  readonly hint?: ProofArrays | undefined;
  /** Check this instead of searching. */
  readonly proof?: PolarProof | undefined;
  /** Of the point in hand. */
  readonly guess?: Guess | undefined;
}

/** The part of the gap's tolerance that an open polar may cost. */
const POLAR_SHARE = 0.2;

export function boundBelow(problem: Problem, given: Float64Array, options: BoundOptions = {}): LowerBound {
  const { lambda, loss, target } = problem;
  const { gap, maxCells } = problem.config.search;
  const { stopped = () => false, share = 1, effort, cellShare = 1, hint, proof, guess } = options;
  const w = loss.feasibleDual?.(given, target) ?? given;
  const above = share * lambda;
  // How many cells a config allows is no part of what is certified: a check may look at as many as searches mostly do.
  const cells = proof === undefined ? Math.ceil(cellShare * maxCells) : Math.max(maxCells, DEFAULT_MAX_CELLS);
  const polar = problem.polar(w, {
    above,
    effort,
    tolerance: POLAR_SHARE * gap,
    cells,
    hint,
    proof,
    guess,
    stopped,
  });
  const dualAt = (upper: number) => {
    // Rounded down, also where the quotient is subnormal: t Ω° ≤ λ has to hold exactly.
    const scaleMax =
      upper > 0 ? Math.max(0, (lambda / upper) * (1 - 4 * UNIT_ROUNDOFF) - UNDERFLOW) : Number.POSITIVE_INFINITY;
    return loss.dualBound({ ...target, value: w }, target, scaleMax);
  };
  const dual = dualAt(polar.upper);
  const upper = (polar.upper / lambda) * (1 + 4 * UNIT_ROUNDOFF);
  return {
    value: dual.value,
    hoped: isClosed(polar) ? dual.value : dualAt(polar.lower).value,
    margin: dual.margin,
    scale: dual.scale,
    given,
    dual: w,
    polar: {
      lower: Math.min(Number.MAX_VALUE, polar.lower / lambda),
      upper: Number.isFinite(upper) ? upper : null,
      method: polar.method,
      ...(polar.why === undefined ? {} : { why: polar.why }),
      kind: polar.kind,
      ...(polar.work === undefined || polar.work === 0 ? {} : { work: polar.work }),
    },
    witness: polar.witness,
    directions: polar.branches,
    guess,
    isGuessed: polar.isGuessed,
  };
}

/** No bracket that a search could narrow. */
function isClosed({ kind, lower, witness }: PolarResult): boolean {
  return kind === "exact" || witness.arrays === undefined || lower === 0;
}

/**
 * Both numbers carry their margins already; the difference is rounded up once more. Relative to the larger of the two in
 * modulus, which is the objective unless it is negative (Poisson loss) or zero.
 */
export function gapOf(objective: number, lowerBound: number): Gap {
  const difference = objective - lowerBound;
  const scale = Math.max(Math.abs(objective), Math.abs(lowerBound));
  if (difference <= 0) return { absolute: Math.max(0, difference), relative: scale === 0 ? 0 : GAP_FLOOR };
  const absolute = difference * (1 + gamma(2));
  return { absolute, relative: Math.max(GAP_FLOOR, absolute / scale) };
}
