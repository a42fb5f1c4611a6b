/**
 * log(1 + e^{−yx}), y = ±1: ∇ = −y σ(−yx), curvature σ(1 − σ) ≤ ¼. Dual with p = q y ∈ [0, 1]:
 * −L*(−q) = −p log p − (1 − p) log(1 − p) (theory.md §2).
 */
import { logisticDualSums } from "../../linalg/kernels/logistic-dual.ts";
import { roundedUp } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import { BINARY_TARGETS, signed } from "./binary.ts";
import { FORMULA_ERROR, formulaMargin, movedUpper } from "./bounds.ts";
import { bestOnDualLine, type DualLine } from "./dual-line.ts";
import { dualReach, rangeByLabel } from "./dual-range.ts";
import { entrywise } from "./entrywise.ts";
import type { Loss } from "./loss.ts";

/** σ(m) = 1/(1 + e^{−m}) without overflow. */
function sigmoid(m: number): number {
  if (m >= 0) return 1 / (1 + Math.exp(-m));
  const e = Math.exp(m);
  return e / (1 + e);
}

function value(x: number, y: number): number {
  const m = -y * x;
  return m > 0 ? m + Math.log1p(Math.exp(-m)) : Math.log1p(Math.exp(m));
}

const COMPILED = { kind: "logistic", weight: 1 } as const;

const RANGE = rangeByLabel(0, 1);

/**
 * An entry is off by at most 28 units (assembly/logistic-dual.ts) and at most log 2: the margin's 64 units of 1 have room for the
 * rounding of what is left. Those with w = 0 are exactly 0, and so is D(0).
 */
function dualLine(w: Float64Array, y: Float64Array): DualLine {
  return {
    zero: () => ({ scale: 0, value: 0, margin: 0 }),
    at(scale) {
      const { value, slope, nonzero, additions } = logisticDualSums(w, y, scale);
      const margin = formulaMargin(nonzero, additions);
      return { bound: { scale, value: value - margin, margin }, slope };
    },
    slope: (scale) => logisticDualSums(w, y, scale).slope,
  };
}

const plain = entrywise({
  kind: "logistic",
  label: "Σ log(1 + e^{−yx})",
  lipschitz: 0.25,
  compiled: COMPILED,
  targets: BINARY_TARGETS,
  encode: signed,
  predictionSize: () => 1,
  value,
  // −yx is exact and nothing cancels; e^m loses all its digits in underflow.
  magnitude: (x, y) => value(x, y) + 1e-300,
  derivative: (x, y) => -y * sigmoid(-y * x),
  curvature(x, y) {
    const s = sigmoid(-y * x);
    return s * (1 - s);
  },
  ...RANGE,
  dualBound(w, target, scaleMax) {
    return bestOnDualLine(dualLine(w.value, target.value), Math.min(scaleMax, dualReach(w.value, target, RANGE)));
  },
});

export const logisticLoss: Loss = {
  ...plain,
  // The compiled values are off by at most 15 units (assembly/logistic.ts), and by an excess where e^m would underflow.
  judged({ value, additions }, w, error) {
    const upper = roundedUp(value, additions + 1) * (1 + FORMULA_ERROR);
    return { value, upper: error === 0 ? upper : upper + movedUpper(euclideanLength(w), plain.lipschitz, error) };
  },
};
