/**
 * What every polar answers. Ω°(W) = sup { ⟨w, A(φ(z))⟩ : g(z) ≤ 1 } (26), for float64 numbers w (one per observation) taken
 * as exact.
 */
import type { NumericArray } from "../../data/array.ts";
import type { SetApart } from "../../linalg/deflated-bound.ts";
import type { Branch } from "../../problem/factors.ts";

/** No upper bound is reported below this: above it, scaling by powers of two loses nothing to underflow. */
export const SMALLEST_POLAR = 1e-280;

/** A branch with g = 1, and the value ⟨w, A(φ)⟩ it reaches. */
export interface PolarBranch {
  readonly value: number;
  readonly factors: Branch;
}

/** What a check needs besides w, so that it need not search: by name, in the units of the polar that made it. */
export type ProofArrays = Readonly<Record<string, NumericArray>>;

/** What the proof rests on; `threshold` is the number the final comparison was made with, 0 where it is not finite. */
export interface Witness {
  readonly kind: string;
  readonly threshold: number;
  /** A shift, a splitting, a tree of cells; maybe none. Absent for closed forms, which a check computes again. */
  readonly arrays?: ProofArrays | undefined;
}

export interface PolarResult {
  /** Reached by `branches[0]`; it can only refute. */
  readonly lower: number;
  /** Proven, rounding included; it can only certify. Infinity when nothing is proven. */
  readonly upper: number;
  readonly method: string;
  /** Why this method, and no other: a clause for people. */
  readonly why?: string | undefined;
  readonly kind: "exact" | "bound";
  readonly witness: Witness;
  /**
   * Cells that were looked at: cones of directions, sets of supports or signs, activation patterns. Counted as `cells` counts them,
   * so that one that takes longer counts as several; 0 where there is no search.
   */
  readonly work?: number | undefined;
  /** Whether a guess took the place of the search; undefined where none can. */
  readonly isGuessed?: boolean | undefined;
  /** Best first; all with a value above `above` when the polar knows them, at least the best one unless W = 0. */
  readonly branches: readonly PolarBranch[];
}

/**
 * How hard to try for `upper`.
 *   estimate   only `lower` and `branches` are wanted; `upper` may be as loose as it likes, as long as it holds
 *   bracket    what costs about as much as the search from below
 *   close      all there is, within `cells`: relaxations at their best, enumeration, branch and bound
 */
export type Effort = "estimate" | "bracket" | "close";

/** A branch and a witness that somebody claims: the polar checks them and searches nothing. Whatever they are, `upper` holds. */
export interface PolarProof {
  readonly branch: Branch | undefined;
  readonly witness: Witness;
}

/** Branches of a point that are probably worth the same, and more than all others. */
export interface Guess {
  /** Of any length, the best one first. */
  readonly branches: readonly [Branch, ...Branch[]];
  /** Where w = y − A(Φ) on a whole table: what is known of it there. */
  readonly apart?: SetApart | undefined;
}

export interface PolarOptions {
  /** Branches worth more than this are wanted for growth. */
  readonly above: number;
  /** `bracket` where it is not given. */
  readonly effort?: Effort | undefined;
  /** Where `effort` is `close`: how many cells a branch and bound may look at. */
  readonly cells?: number | undefined;
  /** Where `effort` is `close`: how narrow (relative) the bracket should become. */
  readonly tolerance?: number | undefined;
  /** Where `effort` is `close`: a witness for some w nearby, to start from. */
  readonly hint?: ProofArrays | undefined;
  /** Check this instead of searching. */
  readonly proof?: PolarProof | undefined;
  /** Where a proof at its value is cheap, it is tried before any search. */
  readonly guess?: Guess | undefined;
  /** w is never changed and asked about again: what is made of it may be kept. */
  readonly lasting?: boolean | undefined;
  readonly stopped: () => boolean;
}

export type Polar = (w: Float64Array, options: PolarOptions) => PolarResult;
