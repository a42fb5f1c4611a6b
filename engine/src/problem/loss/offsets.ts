/**
 * The best offset of one column, argmin over b of Σ_k L(x_k + b; y_k) for a loss that is given entry by entry: the root of the
 * rising function Σ_k L'(x_k + b; y_k) by Newton's method, kept between the ends of a bracket that is found by doubling.
 * Where the infimum is not attained (one class only, or counts that are all 0) the gradient underflows to 0 at some finite b,
 * and that is the answer. Cost: 2 to 20 evaluations of gradient and curvature.
 */
import type { Observed } from "../../linalg/observed.ts";
import { UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import type { Loss } from "./loss.ts";

/** Doubling reaches any float64 number, and halving any place between two, well before. */
const MAX_STEPS = 2200;

/** One column of a target, and what of it does not depend on x. */
export interface Column {
  /** Where its entries are in the target. */
  readonly entries: Int32Array;
  /** n × 1. */
  readonly target: Observed;
  /** A typical size of predictions. */
  readonly size: number;
  /**
   * Only 0 among the dual points of the column sums to 0: all of one class, or counts that are all 0. Then the loss falls to
   * its infimum 0 as b goes one way, attained or not.
   */
  readonly oneSided: boolean;
}

export function columnOf(loss: Loss, whole: Observed, entries: Int32Array): Column {
  const rows = entries.length;
  const target: Observed = {
    rows,
    columns: 1,
    rowStart: Int32Array.from({ length: rows + 1 }, (_, i) => i),
    column: new Int32Array(rows),
    value: new Float64Array(rows),
  };
  gatherInto(target.value, whole.value, entries);
  const ranges = Array.from(target.value, loss.dualRange);
  return {
    entries,
    target,
    size: rows > 0 ? loss.predictionSize(target) : 0,
    oneSided: ranges.every(([low]) => low === 0) || ranges.every(([, high]) => high === 0),
  };
}

function gatherInto(out: Float64Array, from: Float64Array, entries: Int32Array): void {
  for (let at = 0; at < entries.length; at++) out[at] = from[entries[at]];
}

/** `all`: x at the entries of the whole target. */
export function columnOffset(
  loss: Loss,
  all: Float64Array,
  { entries, target, size: typical, oneSided }: Column,
): number {
  const x = new Float64Array(entries.length);
  gatherInto(x, all, entries);
  const shifted = new Float64Array(x.length);
  const w = new Float64Array(x.length);
  const curvature = new Float64Array(x.length);
  let stride = typical;
  for (let k = 0; k < x.length; k++) stride = Math.max(stride, Math.abs(x[k] - target.value[k]));
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let b = 0;
  let before = Number.POSITIVE_INFINITY;
  let settled = false;
  for (let step = 0; step < MAX_STEPS; step++) {
    for (let k = 0; k < x.length; k++) shifted[k] = x[k] + b;
    loss.negativeGradientInto(w, shifted, target);
    let [slope, size, curve] = [0, 0, 0];
    for (let k = 0; k < x.length; k++) {
      slope -= w[k];
      size += Math.abs(w[k]);
    }
    const overflown = Math.abs(slope) === Number.POSITIVE_INFINITY;
    if (!(Math.abs(slope) > 4 * UNIT_ROUNDOFF * size || overflown)) return b;
    if (slope < 0) low = b;
    else high = b;
    loss.curvatureInto(curvature, shifted, target);
    let moved = 0;
    for (let k = 0; k < x.length; k++) {
      curve += curvature[k];
      moved += curvature[k] * Math.abs(shifted[k]);
    }
    const newton = b - slope / curve;
    let next = newton;
    // The rounding of x + b alone makes such a slope. One more step, which ends at 0 where that can be.
    if (!oneSided && !overflown && Math.abs(slope) <= 4 * UNIT_ROUNDOFF * moved) {
      if (settled) return b;
      settled = true;
    } else if (low === Number.NEGATIVE_INFINITY || high === Number.POSITIVE_INFINITY) {
      // A first step may land on the root; after that, and where the loss is flat, only doubling gets anywhere.
      const limit = slope < 0 ? b + stride : b - stride;
      if (oneSided || step > 0 || !(Math.abs(newton - b) <= stride)) {
        next = limit;
        stride *= 2;
      }
    } else if (!(newton > low && newton < high) || Math.abs(slope) > before / 2) {
      next = low / 2 + high / 2;
    }
    if (next === b || next === low || next === high) return b;
    before = Math.abs(slope);
    b = next;
  }
  return b;
}
