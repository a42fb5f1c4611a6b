/** Sums over the entries of the logistic loss's dual, along a line. */
import { type Chain, chainedSums } from "./chains.ts";
import type { Arithmetic } from "./loader.ts";
import { logisticDualPoint } from "./plain-logistic.ts";

export interface LogisticDualSums {
  /** Σ −p log p − (1 − p) log(1 − p) for p = t w y clipped to [0, 1]: each off by at most 28 units (assembly/logistic-dual.ts). */
  readonly value: number;
  /** Its derivative in t; a logarithm of 0 counts as −709. */
  readonly slope: number;
  /** How many w are not 0: the others add exactly 0. */
  readonly nonzero: number;
  /** The longest chain of additions. */
  readonly additions: number;
}

/** At t = `scale`, of labels y = ±1. */
export function logisticDualSums(
  w: Float64Array,
  y: Float64Array,
  scale: number,
  arithmetic?: Arithmetic,
): LogisticDualSums {
  const chain = {
    size: 3,
    compiled: (code, wAt, yAt, count, sumsAt) => code.logisticDualSpan(wAt, yAt, count, scale, sumsAt),
    plain(sums, side, entry, label) {
      const { value, slope } = logisticDualPoint(scale * entry, label);
      sums[side] += value;
      sums[2 + side] += entry * slope;
      if (entry !== 0) sums[4 + side]++;
    },
  } satisfies Chain;
  const { sums, additions } = chainedSums(w, y, chain, arithmetic);
  return { value: sums[0], slope: sums[1], nonzero: sums[2], additions };
}
