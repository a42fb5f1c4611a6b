/**
 * What every polar answers. Ω°(W) = sup { ⟨w, A(φ(z))⟩ : g(z) ≤ 1 } (26), for float64 numbers w (one per observation) taken
 * as exact.
 */
import type { Branch } from "../../problem/factors.ts";

/** No upper bound is reported below this: above it, scaling by powers of two loses nothing to underflow. */
export const SMALLEST_POLAR = 1e-280;

/** A branch with g = 1, and the value ⟨w, A(φ)⟩ it reaches. */
export interface PolarBranch {
  readonly value: number;
  readonly factors: Branch;
}

export interface PolarResult {
  /** Reached by `branches[0]`; it can only refute. */
  readonly lower: number;
  /** Proven, rounding included; it can only certify. Infinity when nothing is proven. */
  readonly upper: number;
  readonly method: string;
  readonly kind: "exact" | "bound";
  /** What the proof rests on; `threshold` is the number the final comparison was made with, 0 where it is not finite. */
  readonly witness: { readonly kind: string; readonly threshold: number };
  /** Best first; all with a value above `above` when the polar knows them, at least the best one unless W = 0. */
  readonly branches: readonly PolarBranch[];
}

export interface PolarOptions {
  /** Branches worth more than this are wanted for growth. */
  readonly above: number;
  /** Only `lower` and `branches` are wanted; `upper` may be as loose as it likes, as long as it holds. */
  readonly estimateOnly?: boolean;
  readonly stopped: () => boolean;
}

export type Polar = (w: Float64Array, options: PolarOptions) => PolarResult;
