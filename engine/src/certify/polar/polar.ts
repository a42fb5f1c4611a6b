/** What every polar answers. Ω°(W) = sup { uᵀ W v : g(u, v) ≤ 1 } (26), for a float64 matrix W taken as exact. */
import type { Observed } from "../../linalg/observed.ts";

/** No upper bound is reported below this: above it, scaling by powers of two loses nothing to underflow. */
export const SMALLEST_POLAR = 1e-280;

/** A branch with g(u, v) = 1, and the value uᵀ W v it reaches. */
export interface PolarBranch {
  readonly value: number;
  readonly u: Float64Array;
  readonly v: Float64Array;
}

export interface PolarResult {
  /** Reached by `branches[0]`; it can only refute. */
  readonly lower: number;
  /** Proven, rounding included; it can only certify. */
  readonly upper: number;
  readonly method: string;
  readonly kind: "exact" | "bound";
  /** What the proof rests on; `threshold` is the number the final comparison was made with. */
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

export type Polar = (w: Observed, options: PolarOptions) => PolarResult;
