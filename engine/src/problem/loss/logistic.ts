/**
 * log(1 + e^{−yx}), y = ±1: ∇ = −y σ(−yx), curvature σ(1 − σ) ≤ ¼. Dual with p = q y ∈ [0, 1]:
 * −L*(−q) = −p log p − (1 − p) log(1 − p) (theory.md §2).
 */
import { BINARY_TARGETS, signed } from "./binary.ts";
import { entrywise } from "./entrywise.ts";

/** σ(m) = 1/(1 + e^{−m}) without overflow. */
function sigmoid(m: number): number {
  if (m >= 0) return 1 / (1 + Math.exp(-m));
  const e = Math.exp(m);
  return e / (1 + e);
}

/** p log p, 0 at 0. */
function entropy(p: number): number {
  return p > 0 ? p * Math.log(p) : 0;
}

export const logisticLoss = entrywise({
  kind: "logistic",
  label: "Σ log(1 + e^{−yx})",
  lipschitz: 0.25,
  targets: BINARY_TARGETS,
  encode: signed,
  predictionSize: () => 1,
  value(x, y) {
    const m = -y * x;
    return m > 0 ? m + Math.log1p(Math.exp(-m)) : Math.log1p(Math.exp(m));
  },
  // The exponent's own rounding is |x| units of the value's slope, at most 1.
  magnitude: (x) => 1 + Math.abs(x),
  derivative: (x, y) => -y * sigmoid(-y * x),
  curvature(x, y) {
    const s = sigmoid(-y * x);
    return s * (1 - s);
  },
  dual(q, y) {
    const p = Math.min(1, Math.max(0, q * y));
    return -entropy(p) - entropy(1 - p);
  },
  dualSlope(q, y) {
    const p = q * y;
    if (p <= 0) return y * Number.POSITIVE_INFINITY;
    if (p >= 1) return y * Number.NEGATIVE_INFINITY;
    return y * Math.log((1 - p) / p);
  },
  dualMagnitude: () => 1,
  dualReach(w, y) {
    const p = w * y;
    return p > 0 ? (1 / p) * (1 - 2 ** -50) : p === 0 ? Number.POSITIVE_INFINITY : 0;
  },
});
