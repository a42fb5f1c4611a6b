/**
 * The dual line t ↦ D(t) = −ℓ*(−t w) where ℓ* is a sum over the entries: its domain, its largest value, and a bound on the
 * rounding of that. Cost: some 50 evaluations of the entries.
 */
import type { Observed } from "../../linalg/observed.ts";
import type { End } from "../../linalg/root.ts";
import { rootBetween } from "../../linalg/root.ts";
import { UNDERFLOW } from "../../linalg/rounding.ts";
import { formulaMargin } from "./bounds.ts";
import type { DualBound, Loss } from "./loss.ts";
import { sumByRows } from "./rows.ts";

export interface DualFormulas {
  /** −L*(−q; y), its derivative in q, and a bound on the size of what is added up in it (and of q times the derivative). */
  readonly dual: (q: number, y: number) => number;
  readonly dualSlope: (q: number, y: number) => number;
  readonly dualMagnitude: (q: number, y: number) => number;
  readonly dualRange: Loss["dualRange"];
}

/** Below it a product may have lost digits to underflow. */
const SMALLEST_NORMAL = 2 ** -1022;

/**
 * Above |D'| at |q| below the smallest normal number: log v is between −745 and 710 for every float64 v, for the other losses
 * D' is 1.
 */
const STEEPEST = 1024;

/**
 * A t > 0 for which t·w is in the domain of the dual as real numbers, a few units below the largest one: 0 when there is
 * none, Infinity when all are in. What is taken off at last is for quotients that underflow.
 */
export function dualReach(w: Float64Array, target: Observed, dualRange: Loss["dualRange"]): number {
  let reach = Number.POSITIVE_INFINITY;
  for (let k = 0; k < w.length; k++) {
    if (w[k] === 0) continue;
    // Not taken apart: that would cost more than all the rest.
    const range = dualRange(target.value[k]);
    reach = Math.min(reach, (range[w[k] > 0 ? 1 : 0] / w[k]) * (1 - 2 ** -50) - UNDERFLOW);
  }
  return reach > 0 ? reach : 0;
}

/** Of the slope's range: D at its largest is flat, so it loses the square of that. */
const SLOPE = 1e-8;

/** D(0) is that of the target alone. */
const zeros = new WeakMap<Observed, { readonly formulas: DualFormulas; readonly bound: DualBound }>();

function atZero(formulas: DualFormulas, w: Observed, target: Observed): DualBound {
  const known = zeros.get(target);
  if (known?.formulas === formulas) return known.bound;
  const { slope: _, ...bound } = boundAt(formulas, w, target, 0);
  zeros.set(target, { formulas, bound });
  return bound;
}

export function bestOnDualLine(formulas: DualFormulas, w: Observed, target: Observed, scaleMax: number): DualBound {
  const reach = Math.min(scaleMax, dualReach(w.value, target, formulas.dualRange));
  if (!(Number.isFinite(reach) && reach > 0)) return atZero(formulas, w, target);
  // Near an optimum the largest scale is the best one: D is concave.
  const { slope: slopeAtEnd, ...end } = boundAt(formulas, w, target, reach);
  if (slopeAtEnd >= 0 && end.value > 0 && Number.isFinite(end.value)) return end;
  const zero = atZero(formulas, w, target);
  const scale = bestScale(reach, slopeAtEnd);
  if (scale === 0) return zero;
  const { slope: _, ...best } = boundAt(formulas, w, target, scale);
  // t = 0 also stands where something overflowed.
  return best.value > zero.value ? best : zero;

  /** D is concave: its slope falls, and its root in [0, reach] is the best scale. */
  function bestScale(limit: number, slopeAtLimit: number): number {
    const slope = (t: number) =>
      sumByRows(target, (k) =>
        w.value[k] === 0 ? 0 : w.value[k] * formulas.dualSlope(t * w.value[k], target.value[k]),
      );
    const high: End = { at: limit, value: slopeAtLimit };
    const low: End = { at: 0, value: slope(0) };
    if (!(low.value > 0)) return 0;
    if (!Number.isFinite(low.value) || !Number.isFinite(high.value)) return bisected(slope, limit);
    return rootBetween(slope, low, high, { tolerance: SLOPE * (low.value - high.value), steps: 60 });
  }
}

/** D(t), rounded down, and its slope there. */
function boundAt(
  { dual, dualSlope, dualMagnitude }: DualFormulas,
  { value: w }: Observed,
  target: Observed,
  scale: number,
): DualBound & { readonly slope: number } {
  const { rows, rowStart, value: y } = target;
  let [value, slope, magnitude, lost] = [0, 0, 0, 0];
  for (let i = 0; i < rows; i++) {
    let [ofRow, slopeOfRow, magnitudeOfRow] = [0, 0, 0];
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) {
      const q = scale * w[k];
      ofRow += dual(q, y[k]);
      if (w[k] !== 0) slopeOfRow += w[k] * dualSlope(q, y[k]);
      if (w[k] === 0 || scale === 0 || Math.abs(q) >= SMALLEST_NORMAL) magnitudeOfRow += dualMagnitude(q, y[k]);
      else {
        lost++;
        // An exact 0 would say that nothing is rounded.
        magnitudeOfRow += dualMagnitude(Math.sign(w[k]) * SMALLEST_NORMAL, y[k]);
      }
    }
    value += ofRow;
    slope += slopeOfRow;
    magnitude += magnitudeOfRow;
  }
  const margin = formulaMargin(magnitude, target) + lost * STEEPEST * UNDERFLOW;
  return { scale, value: value - margin, margin, slope };
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
