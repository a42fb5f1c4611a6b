/**
 * Dual points between the gradient at zero and the one at hand, for neurons whose polar stays open. At a good point large weights of
 * either sign cancel in the polar, which bounds from above hardly see: they are several times what the search finds. At the
 * gradient at zero nothing cancels; in between is mostly better than either. Any w gives a bound: w_θ = (1 − θ) w₀ + θ w.
 */
import type { LowerBound } from "../certify/dual.ts";
import { boundBelow } from "../certify/dual.ts";
import { slopesAtZero } from "../problem/loss/loss.ts";
import type { Problem } from "../problem/problem.ts";

/** The better the point, the larger the best one. */
const SHARES = [0.3, 0.8, 0.95];

/** What the bound rests on; it needs no search, and no branch. */
const PROOF = { branch: undefined, witness: { kind: "signs", threshold: 0 } };

/**
 * The best bound at the mixtures with each w that is given; undefined where there is none to be had. Only the first, second, fourth,
 * eighth … call computes anything. Cost: some tens of products of the data with themselves.
 */
export function mixedBounds(problem: Problem): (w: Float64Array) => LowerBound | undefined {
  const { mapping, target } = problem;
  let calls = 0;
  /** Of w₀, which stays the same. */
  let first: LowerBound | undefined;
  return (w) => {
    if (mapping.kind !== "network" || !mapping.neuron || target.columns > 1) return undefined;
    calls++;
    if (!Number.isInteger(Math.log2(calls))) return undefined;
    const start = slopesAtZero(problem);
    first ??= boundBelow(problem, start, { proof: PROOF });
    const bounds = SHARES.map((share) => {
      const mixed = start.map((x, k) => (1 - share) * x + share * w[k]);
      return boundBelow(problem, mixed, { proof: PROOF });
    });
    return bounds.reduce((best, bound) => (bound.value > best.value ? bound : best), first);
  };
}
