/** Arithmetic on brackets [lower, upper] of a polar. */
import { roundedUp } from "../../linalg/rounding.ts";
import { scaledBranch } from "../../problem/factors.ts";
import type { PolarBranch, PolarOptions, PolarResult } from "./polar.ts";
import { SMALLEST_POLAR } from "./polar.ts";
import type { Gauge } from "./search.ts";
import { unitSize } from "./search.ts";

/** A bracket narrower than this (relative) counts as exact. */
const EXACT = 1e-6;

export function kindOf(lower: number, upper: number): PolarResult["kind"] {
  return upper <= lower * (1 + EXACT) ? "exact" : "bound";
}

export interface UpperBound {
  readonly upper: number;
  readonly method: string;
  readonly witness: string;
  /** Why this bound: a clause for people. */
  readonly why?: string | undefined;
}

/** The lower end in hand and the smallest of the proven bounds. */
export function bracket(lower: number, bounds: readonly UpperBound[], branches: PolarResult["branches"]): PolarResult {
  const best = bounds.reduce((least, bound) => (bound.upper < least.upper ? bound : least));
  const upper = Math.max(best.upper, SMALLEST_POLAR);
  return {
    lower,
    upper,
    method: best.method,
    why: best.why,
    kind: kindOf(lower, upper),
    witness: { kind: best.witness, threshold: Number.isFinite(best.upper) ? best.upper : 0, arrays: {} },
    branches,
  };
}

/** Ω°(0). */
export function zeroResult(method: string): PolarResult {
  return { lower: 0, upper: 0, method, kind: "exact", witness: { kind: "zero", threshold: 0 }, branches: [] };
}

/** Of numbers that are not finite nothing is known. */
export function unknownResult(): PolarResult {
  return {
    lower: 0,
    upper: Number.POSITIVE_INFINITY,
    method: "none, numbers are not finite",
    kind: "bound",
    witness: { kind: "none", threshold: 0 },
    branches: [],
  };
}

/** Best first; those above `above`, and the best one in any case. */
export function wantedBranches(branches: readonly PolarBranch[], above: number): PolarBranch[] {
  return [...branches].sort((x, y) => y.value - x.value).filter(({ value }, i) => i === 0 || value > above);
}

/** The polar at a W that is only known up to `error` ≥ Ω°(W − W'), from the one at W'. */
export function widened(result: PolarResult, error: number): PolarResult {
  if (error === 0) return result;
  const upper = Math.max(roundedUp(result.upper + error, 2), SMALLEST_POLAR);
  return { ...result, upper, kind: kindOf(result.lower, upper) };
}

/**
 * The polar of scale · Π n_k^exponent_k, from the polar of Π n_k^exponent_k: a division. The scale of a sum form is computed with
 * powers, a few roundings for every factor.
 */
export function rescaled(
  gauge: Gauge,
  options: PolarOptions,
  polar: (options: PolarOptions) => PolarResult,
): PolarResult {
  const { matched, scale, exponents } = gauge;
  if (!matched || scale === 1) return polar(options);
  const result = polar({ ...options, above: options.above * scale });
  const size = unitSize(gauge);
  const lower = result.lower / scale;
  const upper =
    result.upper === 0 ? 0 : Math.max(roundedUp(result.upper / scale, 8 * (exponents.length + 1)), SMALLEST_POLAR);
  return {
    ...result,
    lower,
    upper,
    kind: kindOf(lower, upper),
    branches: result.branches.map(({ value, factors }) => ({
      value: value / scale,
      factors: scaledBranch(factors, size),
    })),
  };
}
