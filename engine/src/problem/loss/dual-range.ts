/** The domain of the dual: how far a dual point can be stretched in it, and what of one is outside. */
import type { Observed } from "../../linalg/observed.ts";
import { UNDERFLOW } from "../../linalg/rounding.ts";
import type { Loss } from "./loss.ts";

export type DualRange = Pick<Loss, "dualRange" | "dualBox">;

/** low ≤ q ≤ high. */
export function rangeOf(low: number, high: number): DualRange {
  const range = [low, high] as const;
  return { dualRange: () => range, dualBox: { low, high, byLabel: false } };
}

/** low ≤ q y ≤ high, for targets y = ±1. */
export function rangeByLabel(low: number, high: number): DualRange {
  const range = [low, high] as const;
  const image = [0 - high, 0 - low] as const;
  return { dualRange: (y) => (y > 0 ? range : image), dualBox: { low, high, byLabel: true } };
}

/**
 * A t with t·|entry| ≤ |bound| as real numbers, a few units below the largest one. What is taken off at last is for quotients
 * that underflow.
 */
function stretch(bound: number, entry: number): number {
  return entry === 0 ? Number.POSITIVE_INFINITY : (bound / entry) * (1 - 2 ** -50) - UNDERFLOW;
}

/** A t > 0 for which t·w is in the domain as real numbers: 0 when there is none, Infinity when all are in. */
export function dualReach(w: Float64Array, { value: y }: Observed, { dualRange, dualBox }: DualRange): number {
  let reach = Number.POSITIVE_INFINITY;
  if (dualBox === undefined) {
    for (let k = 0; k < w.length; k++) {
      // Not taken apart: that would cost more than all the rest.
      const range = dualRange(y[k]);
      reach = Math.min(reach, stretch(range[w[k] > 0 ? 1 : 0], w[k]));
    }
  } else {
    // Every operation of `stretch` is monotone, its rounding too: the farthest entries have the least of it, to the last bit.
    const [least, most] = extremes(w, dualBox.byLabel ? y : undefined);
    reach = Math.min(stretch(dualBox.low, least), stretch(dualBox.high, most));
  }
  return reach > 0 ? reach : 0;
}

/** The least and the largest entry of w, or of w y, and of 0. */
function extremes(w: Float64Array, y: Float64Array | undefined): readonly [number, number] {
  let [least, most] = [0, 0];
  for (let k = 0; y === undefined && k < w.length; k++) {
    least = Math.min(least, w[k]);
    most = Math.max(most, w[k]);
  }
  for (let k = 0; y !== undefined && k < w.length; k++) {
    const entry = w[k] * y[k];
    least = Math.min(least, entry);
    most = Math.max(most, entry);
  }
  return [least, most];
}

/** q ← the point of the domain that is nearest to `factor` q; returns how far that is. */
export function clipInto(
  q: Float64Array,
  { value: y }: Observed,
  { dualRange, dualBox }: DualRange,
  factor: number,
): number {
  let squares = 0;
  if (dualBox === undefined) {
    for (let k = 0; k < q.length; k++) {
      const given = factor * q[k];
      const range = dualRange(y[k]);
      q[k] = Math.min(range[1], Math.max(range[0], given));
      squares += (given - q[k]) ** 2;
    }
    return Math.sqrt(squares);
  }
  const { low, high, byLabel } = dualBox;
  for (let k = 0; k < q.length; k++) {
    const given = factor * q[k];
    const sign = byLabel ? y[k] : 1;
    const inside = sign * Math.min(high, Math.max(low, sign * given));
    q[k] = inside;
    squares += (given - inside) * (given - inside);
  }
  return Math.sqrt(squares);
}
