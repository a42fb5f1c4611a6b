/**
 * The Fenchel gap (theory.md §2, (d)): for W = −∇ℓ at any point whatever, and any t with t Ω°(W) ≤ λ,
 *   F* = min_X ℓ(X) + λ Ω(X)  ≥  min_X ℓ(X) + ⟨t W, X⟩ = −ℓ*(−t W) = D(t).
 * Ω°(W) enters by its proven upper bound, D by its value rounded down; so the bound holds in exact arithmetic.
 */
import type { Gap, PolarBracket } from "../events.ts";
import type { Observed } from "../linalg/observed.ts";
import { gamma, UNIT_ROUNDOFF } from "../linalg/rounding.ts";
import type { Problem } from "../problem/problem.ts";
import type { PolarBranch, PolarResult } from "./polar/polar.ts";

export interface LowerBound {
  /** Proven: not above F*. */
  readonly value: number;
  readonly margin: number;
  /** t: the dual point is t Z. */
  readonly scale: number;
  /** Bracket of Ω°(Z) = Ω°(W)/λ. */
  readonly polar: PolarBracket;
  readonly witness: PolarResult["witness"];
  /** Unit branches with ⟨W, φ⟩ > λ as far as the polar met them, best first; at least the best one unless W = 0. */
  readonly directions: readonly PolarBranch[];
}

/** A relative gap below this is not resolved by float64 arithmetic: it is reported as this floor. */
export const GAP_FLOOR = 1e-9;

export function boundBelow(problem: Problem, w: Observed, stopped: () => boolean = () => false): LowerBound {
  const { lambda, loss, target } = problem;
  const polar = problem.polar(w, { above: lambda, stopped });
  const scaleMax = polar.upper > 0 ? (lambda / polar.upper) * (1 - 4 * UNIT_ROUNDOFF) : Number.POSITIVE_INFINITY;
  const dual = loss.dualBound(w, target, scaleMax);
  return {
    value: dual.value,
    margin: dual.margin,
    scale: dual.scale,
    polar: {
      lower: polar.lower / lambda,
      upper: (polar.upper / lambda) * (1 + 4 * UNIT_ROUNDOFF),
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
