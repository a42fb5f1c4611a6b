/**
 * The Fenchel gap (theory.md §2, (d)): for w = −∇ℓ at any point whatever, and any t with t Ω°(w) ≤ λ,
 *   F* = min_X ℓ(A(X)) + λ Ω(X)  ≥  min_X ℓ(A(X)) + ⟨t w, A(X)⟩ = −ℓ*(−t w) = D(t).
 * Ω°(w) enters by its proven upper bound, D by its value rounded down; so the bound holds in exact arithmetic.
 * Where the loss has linear conditions on w (classes, an intercept), w is first moved onto them exactly.
 */
import type { Gap, PolarBracket } from "../events.ts";
import { gamma, UNDERFLOW, UNIT_ROUNDOFF } from "../linalg/rounding.ts";
import type { Problem } from "../problem/problem.ts";
import type { PolarBranch, PolarResult } from "./polar/polar.ts";

export interface LowerBound {
  /** Proven: not above F*. */
  readonly value: number;
  readonly margin: number;
  /** t: the dual point is t Z. */
  readonly scale: number;
  /** w itself, one number per observation. */
  readonly dual: Float64Array;
  /** Bracket of Ω°(Z) = Ω°(w)/λ. */
  readonly polar: PolarBracket;
  readonly witness: PolarResult["witness"];
  /** Unit branches with ⟨w, A(φ)⟩ > share · λ as far as the polar met them, best first; at least the best one unless w = 0. */
  readonly directions: readonly PolarBranch[];
}

/** A relative gap below this is not resolved by float64 arithmetic: it is reported as this floor. */
export const GAP_FLOOR = 1e-9;

export interface BoundOptions {
  readonly stopped?: () => boolean;
  /** Directions worth more than this share of λ are wanted; 1 where it is not given. */
  readonly share?: number;
}

export function boundBelow(problem: Problem, given: Float64Array, options: BoundOptions = {}): LowerBound {
  const { lambda, loss, target } = problem;
  const { stopped = () => false, share = 1 } = options;
  const w = loss.feasibleDual?.(given, target) ?? given;
  const polar = problem.polar(w, { above: share * lambda, stopped });
  // Rounded down, also where the quotient is subnormal: t Ω° ≤ λ has to hold exactly.
  const scaleMax =
    polar.upper > 0
      ? Math.max(0, (lambda / polar.upper) * (1 - 4 * UNIT_ROUNDOFF) - UNDERFLOW)
      : Number.POSITIVE_INFINITY;
  const dual = loss.dualBound({ ...target, value: w }, target, scaleMax);
  return {
    value: dual.value,
    margin: dual.margin,
    scale: dual.scale,
    dual: w,
    polar: {
      lower: polar.lower / lambda,
      upper: Number.isFinite(polar.upper) ? (polar.upper / lambda) * (1 + 4 * UNIT_ROUNDOFF) : null,
      method: polar.method,
      kind: polar.kind,
    },
    witness: polar.witness,
    directions: polar.branches,
  };
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
