/**
 * log(1 + e^{−yx}), y = ±1: ∇ = −y σ(−yx), curvature σ(1 − σ) ≤ ¼. Dual with p = q y ∈ [0, 1]:
 * −L*(−q) = −p log p − (1 − p) log(1 − p) (theory.md §2).
 */
import { slopesInto } from "../../linalg/kernels/entry-loss.ts";
import { roundedUp } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import { BINARY_TARGETS, signed } from "./binary.ts";
import { FORMULA_ERROR, movedUpper } from "./bounds.ts";
import { entropy } from "./entropy.ts";
import { entrywise } from "./entrywise.ts";
import type { Loss } from "./loss.ts";

const POSITIVE = [0, 1] as const;
const NEGATIVE = [-1, 0] as const;

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
  dualMagnitude: (q) => (q === 0 ? 0 : 1),
  dualRange: (y) => (y > 0 ? POSITIVE : NEGATIVE),
});

/** Entries that are summed one by one. */
const CHAIN = 2 ** 15;

export const logisticLoss: Loss = {
  ...plain,
  // The compiled values are off by at most 15 units (assembly/logistic.ts), and by an excess where e^m would underflow.
  judgeInto(w, x, { value: y }, error) {
    w.set(x);
    let value = 0;
    for (let from = 0; from < x.length; from += CHAIN) {
      value += slopesInto(w, y, [from, Math.min(x.length, from + CHAIN)], COMPILED, 0);
    }
    const additions = Math.min(CHAIN, x.length) + Math.ceil(x.length / CHAIN);
    const upper = roundedUp(value, additions + 1) * (1 + FORMULA_ERROR);
    return { value, upper: error === 0 ? upper : upper + movedUpper(euclideanLength(w), plain.lipschitz, error) };
  },
};
