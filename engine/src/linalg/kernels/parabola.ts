/** What the dual line of a squared loss is made of. */
import { type Chain, chainedSums } from "./chains.ts";
import type { Arithmetic } from "./loader.ts";

export interface ParabolaSums {
  /** Σ p y, Σ |p y|, Σ p² and Σ |y| for p = w / unit. */
  readonly inner: number;
  readonly magnitude: number;
  readonly square: number;
  readonly sizes: number;
  /** The longest chain of additions. */
  readonly additions: number;
}

export function parabolaSums(w: Float64Array, y: Float64Array, unit: number, arithmetic?: Arithmetic): ParabolaSums {
  const chain = {
    size: 4,
    compiled: (code, wAt, yAt, count, sumsAt) => code.parabolaSpan(wAt, yAt, count, unit, sumsAt),
    plain(sums, side, wk, yk) {
      const part = wk / unit;
      const product = part * yk;
      sums[side] += product;
      sums[2 + side] += Math.abs(product);
      sums[4 + side] += part * part;
      sums[6 + side] += Math.abs(yk);
    },
  } satisfies Chain;
  const { sums, additions } = chainedSums(w, y, chain, arithmetic);
  return { inner: sums[0], magnitude: sums[1], square: sums[2], sizes: sums[3], additions };
}
