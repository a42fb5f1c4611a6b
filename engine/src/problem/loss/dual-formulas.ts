/** Duals given entry by entry, ℓ* a sum over the entries: their domain, their best multiple, and a bound on the rounding of that. */
import type { Observed } from "../../linalg/observed.ts";
import { UNDERFLOW } from "../../linalg/rounding.ts";
import { formulaMargin } from "./bounds.ts";
import { bestOnDualLine, type DualLine, type DualPoint } from "./dual-line.ts";
import { type DualRange, dualReach } from "./dual-range.ts";
import type { DualBound, Loss } from "./loss.ts";
import { depth, sumByRows } from "./rows.ts";

export interface DualFormulas extends DualRange {
  /** −L*(−q; y), its derivative in q, and a bound on the size of what is added up in it (and of q times the derivative). */
  readonly dual: (q: number, y: number) => number;
  readonly dualSlope: (q: number, y: number) => number;
  readonly dualMagnitude: (q: number, y: number) => number;
}

/** Below it a product may have lost digits to underflow. */
const SMALLEST_NORMAL = 2 ** -1022;

/**
 * Above |D'| at |q| below the smallest normal number: log v is between −745 and 710 for every float64 v, for the other losses
 * D' is 1.
 */
const STEEPEST = 1024;

/** D(0) is that of the target alone. */
const zeros = new WeakMap<Observed, { readonly formulas: DualFormulas; readonly bound: DualBound }>();

export function dualOf(formulas: DualFormulas): DualRange & Pick<Loss, "dualBound"> {
  const { dualRange, dualBox } = formulas;
  return {
    dualRange,
    dualBox,
    dualBound(w, target, scaleMax) {
      const reach = Math.min(scaleMax, dualReach(w.value, target, formulas));
      return bestOnDualLine(lineOf(formulas, w, target), reach);
    },
  };
}

function lineOf(formulas: DualFormulas, w: Observed, target: Observed): DualLine {
  return {
    zero() {
      const known = zeros.get(target);
      if (known?.formulas === formulas) return known.bound;
      const { bound } = pointAt(formulas, w, target, 0);
      zeros.set(target, { formulas, bound });
      return bound;
    },
    at: (scale) => pointAt(formulas, w, target, scale),
    slope: (scale) =>
      sumByRows(target, (k) =>
        w.value[k] === 0 ? 0 : w.value[k] * formulas.dualSlope(scale * w.value[k], target.value[k]),
      ),
  };
}

function pointAt(
  { dual, dualSlope, dualMagnitude }: DualFormulas,
  { value: w }: Observed,
  target: Observed,
  scale: number,
): DualPoint {
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
  const margin = formulaMargin(magnitude, depth(target)) + lost * STEEPEST * UNDERFLOW;
  return { bound: { scale, value: value - margin, margin }, slope };
}
