/**
 * ½ max(0, 1 − yx)², y = ±1: ∇ = −y max(0, 1 − yx). Dual: −L*(−q) = q y − q²/2 where q y ≥ 0 (theory.md §2).
 */
import { BINARY_TARGETS, signed } from "./binary.ts";
import { dualOf } from "./dual-formulas.ts";
import { rangeByLabel } from "./dual-range.ts";
import { entrywise } from "./entrywise.ts";

function value(x: number, y: number): number {
  return 0.5 * Math.max(0, 1 - y * x) ** 2;
}

export const squaredHingeLoss = entrywise({
  kind: "squared-hinge",
  label: "½ Σ max(0, 1 − yx)²",
  lipschitz: 1,
  targets: BINARY_TARGETS,
  encode: signed,
  predictionSize: () => 1,
  value,
  // yx is exact and 1 − yx is rounded once, so that its sign is right: where the value is 0 it is exactly 0.
  magnitude: value,
  derivative: (x, y) => -y * Math.max(0, 1 - y * x),
  curvature: (x, y) => (y * x < 1 ? 1 : 0),
  ...dualOf({
    dual: (q, y) => q * y - 0.5 * q * q,
    dualSlope: (q, y) => y - q,
    dualMagnitude: (q) => Math.abs(q) + q * q,
    ...rangeByLabel(0, Number.POSITIVE_INFINITY),
  }),
});
