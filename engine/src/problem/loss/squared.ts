/**
 * (c/2) Σ (x − y)²: ∇ = c(x − y), conjugate L*(z) = z²/(2c) + z y, so that with q = t w the dual value is
 * D(t) = t⟨w, y⟩ − t²‖w‖²/(2c), largest at t = c⟨w, y⟩/‖w‖², cut to [0, scaleMax].
 */
import { gamma, roundedUp, UNDERFLOW, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import type { Loss } from "./loss.ts";
import { depth, rootMeanSquare, sumByRows } from "./rows.ts";

export function squaredLoss(c: number): Loss {
  return {
    kind: "squared",
    label: c === 1 ? "½ Σ (x − y)²" : `${c}/2 Σ (x − y)²`,
    lipschitz: c,
    quadratic: true,
    entrywise: true,
    predictionSize: rootMeanSquare,
    value: (x, target) => (c / 2) * sumByRows(target, (k) => (x[k] - target.value[k]) ** 2),
    negativeGradientInto(w, x, target) {
      for (let k = 0; k < x.length; k++) w[k] = c * (target.value[k] - x[k]);
    },
    curvatureInto(d) {
      d.fill(c);
    },
    valueUpper(x, target, error) {
      const sum = sumByRows(target, (k) => (x[k] - target.value[k]) ** 2);
      // A sum of 0 is exact when every residual is; otherwise something underflowed.
      if (sum === 0 && error === 0 && x.every((value, k) => value === target.value[k])) return 0;
      // Each term has two roundings before the sum; then (‖r‖ + error)².
      const operations = depth(target) + 3;
      const norm = roundedUp(Math.sqrt(roundedUp(sum, operations) + target.value.length * UNDERFLOW), 2) + error;
      return roundedUp((c / 2) * norm * norm, 5);
    },
    dualRange: () => [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    dualBound(w, target, scaleMax) {
      const inner = sumByRows(target, (k) => w.value[k] * target.value[k]);
      const magnitude = sumByRows(target, (k) => Math.abs(w.value[k] * target.value[k]));
      const square = sumByRows(target, (k) => w.value[k] * w.value[k]);
      const operations = depth(target) + 2;
      const underflow = target.value.length * UNDERFLOW;
      const innerError = roundedUp(gamma(operations) * magnitude, operations + 3) + underflow;
      const squareUpper = roundedUp(square, operations) + underflow;
      const wanted = square > 0 ? Math.max(0, (c * inner) / square) : 0;
      const scale = Number.isFinite(wanted) ? Math.min(wanted, scaleMax) : 0;
      const linear = scale * inner;
      const quadratic = (scale * scale * squareUpper) / (2 * c);
      const rounding =
        scale * innerError * (1 + 8 * UNIT_ROUNDOFF) +
        8 * UNIT_ROUNDOFF * (Math.abs(linear) + quadratic) +
        8 * UNDERFLOW;
      const value = linear - quadratic - rounding;
      const margin = rounding + (scale * scale * (squareUpper - square)) / (2 * c);
      // t = 0 gives 0 exactly: the loss is never negative.
      return value > 0 ? { scale, value, margin } : { scale: 0, value: 0, margin: 0 };
    },
  };
}
