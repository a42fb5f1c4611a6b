/**
 * e^x − yx, y ≥ 0: ∇ = e^x − y, curvature e^x, which no constant bounds. Dual with v = y − q ≥ 0:
 * −L*(−q) = v − v log v (theory.md §2).
 */
import type { Observed } from "../../linalg/observed.ts";
import { dualOf } from "./dual-formulas.ts";
import { entropy, entropyMagnitude } from "./entropy.ts";
import { entrywise } from "./entrywise.ts";

export const poissonLoss = entrywise({
  kind: "poisson",
  label: "Σ (e^x − yx)",
  lipschitz: Number.POSITIVE_INFINITY,
  targets: { words: "≥ 0; a count is 0 or more", accepts: (y) => y >= 0 },
  predictionSize: (target: Observed) => {
    let mean = 0;
    for (let k = 0; k < target.value.length; k++) mean += target.value[k] / target.value.length;
    return Math.max(0.1, Math.min(1, Math.abs(Math.log(mean > 0 ? mean : 1))));
  },
  value: (x, y) => Math.exp(x) - y * x,
  // e^x loses all its digits in underflow.
  magnitude: (x, y) => Math.exp(x) * (1 + Math.abs(x)) + Math.abs(y * x) + 1e-300,
  derivative: (x, y) => Math.exp(x) - y,
  curvature: (x) => Math.exp(x),
  ...dualOf({
    dual(q, y) {
      const v = Math.max(0, y - q);
      return v - entropy(v);
    },
    dualSlope(q, y) {
      const v = y - q;
      return v > 0 ? Math.log(v) : Number.NEGATIVE_INFINITY;
    },
    dualMagnitude: entropyMagnitude,
    dualRange: (y) => [Number.NEGATIVE_INFINITY, y],
  }),
});
