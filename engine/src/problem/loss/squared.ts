/**
 * (c/2) Σ (x − y)²: ∇ = c(x − y), conjugate L*(z) = z²/(2c) + z y, so that with q = t w the dual value is
 * D(t) = t⟨w, y⟩ − t²‖w‖²/(2c), largest at t = c⟨w, y⟩/‖w‖², cut to [0, scaleMax].
 */

import { parabolaSums } from "../../linalg/kernels/parabola.ts";
import { largestModulus } from "../../linalg/kernels/sizes.ts";
import type { Observed } from "../../linalg/observed.ts";
import { gamma, roundedUp, UNDERFLOW, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { rangeOf } from "./dual-range.ts";
import { isOrdinary, judgedQuadratic } from "./judged.ts";
import type { DualBound, Loss } from "./loss.ts";
import { depth, rootMeanSquare, squaredDistanceByRows } from "./rows.ts";

export function squaredLoss(c: number): Loss {
  const compiled = { kind: "squared", weight: c } as const;

  return {
    kind: "squared",
    label: c === 1 ? "½ Σ (x − y)²" : `${c}/2 Σ (x − y)²`,
    lipschitz: c,
    quadratic: true,
    entrywise: true,
    compiled,
    predictionSize: rootMeanSquare,
    value: (x, target) => (c / 2) * squaredDistanceByRows(target, x, target.value),
    negativeGradientInto(w, x, target) {
      for (let k = 0; k < x.length; k++) w[k] = c * (target.value[k] - x[k]);
    },
    curvatureInto(d) {
      d.fill(c);
    },
    valueUpper(x, target, error) {
      const sum = squaredDistanceByRows(target, x, target.value);
      // A sum of 0 is exact when every residual is; otherwise something underflowed.
      if (sum === 0 && error === 0 && x.every((value, k) => value === target.value[k])) return 0;
      // Each term has two roundings before the sum; then (‖r‖ + error)².
      const operations = depth(target) + 3;
      const norm = roundedUp(Math.sqrt(roundedUp(sum, operations) + target.value.length * UNDERFLOW), 2) + error;
      // c may be subnormal: then half of it is not exact, half of the norm is.
      return roundedUp(roundedUp(c * norm, 2) * (norm / 2), 5);
    },
    ...(isOrdinary(c) ? { judged: (sums, w, error) => judgedQuadratic(sums, w.length, error, compiled) } : {}),
    ...rangeOf(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
    dualBound: (w, target, scaleMax) => bestOnParabola(c, w, target, scaleMax),
  };
}

const NOTHING: DualBound = { scale: 0, value: 0, margin: 0 };

/**
 * D at its best t, from ŵ = w/P and s = tP, P a power of two near max |w_k|: the same number, in which neither t² nor ‖w‖²
 * under- or overflows. t = 0 gives 0 exactly (the loss is never negative), and is the answer where nothing better is shown.
 */
function bestOnParabola(c: number, w: Observed, target: Observed, scaleMax: number): DualBound {
  const unit = powerOfTwoNear(w.value);
  if (unit === 0) return NOTHING;
  const y = target.value;
  const { inner, magnitude, square, sizes, additions } = parabolaSums(w.value, y, unit);
  const operations = additions + 2;
  // Products that underflow; and ŵ_k that do, each by half a unit, times y_k.
  const underflow = y.length * UNDERFLOW;
  const carried = roundedUp(roundedUp(sizes, operations) * UNDERFLOW, 1);
  const innerError = roundedUp(roundedUp(gamma(operations) * magnitude, operations + 3) + underflow + carried, 3);
  const squareUpper = roundedUp(roundedUp(square, operations) + underflow, 1);

  const wanted = Math.max(0, (c * inner) / square);
  const scale = Math.min(wanted / unit, scaleMax);
  const s = scale * unit;
  // Multiplying by a power of two is exact where the way back is; an overflow is not.
  if (!(s > 0 && s / unit === scale)) return NOTHING;
  const linear = s * inner;
  // Stepwise, so that every product has its own margin for underflow. A half of what is not tiny is exact.
  const quadratic = roundedUp(s * roundedUp(s * roundedUp(squareUpper / c, 1), 1), 1) / 2 + UNDERFLOW;
  const rounding = roundedUp(s * innerError, 1) + 8 * UNIT_ROUNDOFF * (Math.abs(linear) + quadratic) + 8 * UNDERFLOW;
  const value = linear - quadratic - rounding;
  const margin = rounding + Math.max(0, quadratic - s * ((s * square) / c / 2));
  return value > 0 && Number.isFinite(value) ? { scale, value, margin } : NOTHING;
}

/** A power of two with 1 ≤ max |x_k|/P < 4 (log2 may round up or down); 0 for the zero vector. */
function powerOfTwoNear(x: Float64Array): number {
  const largest = largestModulus(x);
  return largest > 0 ? 2 ** Math.max(-1074, Math.floor(Math.log2(largest)) - 1) : 0;
}
