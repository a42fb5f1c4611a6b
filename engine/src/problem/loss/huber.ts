/**
 * Huber: (c/2) r² for |r| ≤ δ/c, else δ|r| − δ²/(2c), with r = x − y: the infimal convolution of δ|·| and (c/2)(·)², that is,
 * a squared loss whose outliers E with penalty δ‖E‖₁ are eliminated. ∇ = clip(c r, ±δ). Its dual is that of the squared loss
 * on the box |q| ≤ δ, so the dual line is the squared loss's, cut where t w meets the box (theory.md §2).
 */
import type { Observed } from "../../linalg/observed.ts";
import { roundedUp } from "../../linalg/rounding.ts";
import { dualReach, rangeOf } from "./dual-range.ts";
import { isOrdinary, judgedQuadratic } from "./judged.ts";
import type { Loss } from "./loss.ts";
import { depth, productByRows, rootMeanSquare } from "./rows.ts";
import { squaredLoss } from "./squared.ts";

export function huberLoss(c: number, delta: number): Loss {
  const squared = squaredLoss(c);
  const knee = delta / c;
  const compiled = { kind: "huber", weight: c, delta: knee } as const;
  const entry = (r: number) => (Math.abs(r) <= knee ? (c / 2) * r * r : delta * (Math.abs(r) - knee / 2));
  const slope = (r: number) => Math.max(-delta, Math.min(delta, c * r));
  const box = rangeOf(-delta, delta);
  function sumOfEntries(x: Float64Array, { rows, rowStart, value: y }: Observed): number {
    let total = 0;
    for (let i = 0; i < rows; i++) {
      let row = 0;
      for (let k = rowStart[i]; k < rowStart[i + 1]; k++) row += entry(x[k] - y[k]);
      total += row;
    }
    return total;
  }

  return {
    kind: "huber",
    label: c === 1 ? `Σ huber(x − y; ${delta})` : `Σ huber(x − y; ${delta}, curvature ${c})`,
    lipschitz: c,
    quadratic: false,
    entrywise: true,
    compiled,
    predictionSize: rootMeanSquare,
    value: sumOfEntries,
    negativeGradientInto(w, x, target) {
      for (let k = 0; k < x.length; k++) w[k] = -slope(x[k] - target.value[k]);
    },
    curvatureInto(d, x, target) {
      for (let k = 0; k < x.length; k++) d[k] = Math.abs(x[k] - target.value[k]) <= knee ? c : 0;
    },
    valueUpper(x, target, error) {
      const sum = sumOfEntries(x, target);
      if (sum === 0 && error === 0 && x.every((value, k) => value === target.value[k])) return 0;
      const slopes = x.map((at, k) => slope(at - target.value[k]));
      const steep = Math.sqrt(productByRows(target, slopes, slopes));
      const moved = roundedUp(steep * error + (c / 2) * error * error, depth(target) + 6);
      // Every entry has at most six roundings, none of them cancels: δ(|r| − δ/2c) is at least half of δ|r|.
      return roundedUp(sum, depth(target) + 16) + target.value.length * Number.MIN_VALUE + moved;
    },
    ...(isOrdinary(c, delta, knee)
      ? { judged: (sums, w, error) => judgedQuadratic(sums, w.length, error, compiled) }
      : {}),
    ...box,
    dualBound(w, target, scaleMax) {
      return squared.dualBound(w, target, Math.min(scaleMax, dualReach(w.value, target, box)));
    },
  };
}
