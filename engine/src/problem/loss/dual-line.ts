/** The largest value on the dual line t ↦ D(t) = −ℓ*(−t w), from below. Cost: one point mostly, some 50 at most. */
import type { End } from "../../linalg/root.ts";
import { rootBetween } from "../../linalg/root.ts";
import type { DualBound } from "./loss.ts";

export interface DualLine {
  /** D(0), rounded down. */
  zero(): DualBound;
  /** D(t), rounded down, and the slope there. */
  at(scale: number): DualPoint;
  /** The slope alone. */
  slope(scale: number): number;
}

export interface DualPoint {
  readonly bound: DualBound;
  readonly slope: number;
}

/** Of the slope's range: D at its largest is flat, so it loses the square of that. */
const SLOPE = 1e-8;

/** t·w is in the domain of the dual for 0 ≤ t ≤ reach. */
export function bestOnDualLine(line: DualLine, reach: number): DualBound {
  if (!(Number.isFinite(reach) && reach > 0)) return line.zero();
  // Near an optimum the largest scale is the best one: D is concave.
  const end = line.at(reach);
  if (end.slope >= 0 && end.bound.value > 0 && Number.isFinite(end.bound.value)) return end.bound;
  const zero = line.zero();
  const scale = bestScale(line, { at: reach, value: end.slope });
  if (scale === 0) return zero;
  const best = line.at(scale).bound;
  // t = 0 also stands where something overflowed.
  return best.value > zero.value ? best : zero;
}

/** D is concave: its slope falls, and its root in [0, high.at] is the best scale. */
function bestScale({ slope }: DualLine, high: End): number {
  const low: End = { at: 0, value: slope(0) };
  if (!(low.value > 0)) return 0;
  if (!Number.isFinite(low.value) || !Number.isFinite(high.value)) return bisected(slope, high.at);
  return rootBetween(slope, low, high, { tolerance: SLOPE * (low.value - high.value), steps: 60 });
}

/** Where the slope is infinite at an end of the domain: plain bisection, good to 1e-12 of the interval. */
function bisected(slope: (t: number) => number, limit: number): number {
  let [low, high] = [0, limit];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  return low;
}
