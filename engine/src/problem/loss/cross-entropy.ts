/**
 * −x_c + log Σ_j e^{x_j} for every row of the target, which is a sample: its columns are the classes, one of them 1 and the
 * others 0. ∇ = softmax − onehot, Hessian diag(p) − p pᵀ with p the softmax.
 *
 * Lipschitz constant ½ (d): vᵀ(diag(p) − p pᵀ)v is the variance of v under p, at most (max v − min v)²/4 (Popoviciu), and
 * (max v − min v)² ≤ 2‖v‖². With two equal classes it is attained.
 *
 * Dual with v = onehot − q: −ℓ*(−q) = −Σ v log v for v in the simplex of every row (theory.md §2). The rows of v sum to 1
 * when those of q sum to 0, which `feasibleDual` brings about exactly; what is left is v ≥ 0, entry by entry.
 */
import type { Observed } from "../../linalg/observed.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import { balanced, isBalanced } from "./balance.ts";
import { formulaMargin, movedUpper } from "./bounds.ts";
import { dualOf } from "./dual-formulas.ts";
import { entropy, entropyMagnitude } from "./entropy.ts";
import type { Loss } from "./loss.ts";
import { oneHot } from "./one-hot.ts";
import { depth } from "./rows.ts";

const LIPSCHITZ = 0.5;

const ROWS = { rows: true, columns: false } as const;

const dual = dualOf({
  dual: (q, y) => -entropy(Math.max(0, y - q)),
  dualSlope: (q, y) => Math.log(Math.max(0, y - q)) + 1,
  dualMagnitude: entropyMagnitude,
  dualRange: (y) => [y - 1, y],
});

/** Where the largest of x_start … x_{end−1} is, Σ e^{x_j − largest} over the others, and Σ |x_j − largest| e^{x_j − largest}. */
interface RowSum {
  readonly top: number;
  readonly others: number;
  readonly moment: number;
}

function rowSum(x: Float64Array, start: number, end: number): RowSum {
  let top = start;
  for (let k = start + 1; k < end; k++) if (x[k] > x[top]) top = k;
  let [others, moment] = [0, 0];
  for (let k = start; k < end; k++) {
    if (k === top) continue;
    const below = x[top] - x[k];
    const e = Math.exp(-below);
    others += e;
    if (e > 0) moment += below * e;
  }
  return { top, others, moment };
}

/** log Σ e^{x_j} − x_c: nothing in it cancels. */
function rowValue(x: Float64Array, target: Observed, start: number, end: number, { top, others }: RowSum): number {
  let given = top;
  for (let k = start; k < end; k++) if (target.value[k] === 1) given = k;
  return x[top] - x[given] + Math.log1p(others);
}

function forRows(target: Observed, visit: (start: number, end: number) => void): void {
  for (let i = 0; i < target.rows; i++) {
    if (target.rowStart[i] < target.rowStart[i + 1]) visit(target.rowStart[i], target.rowStart[i + 1]);
  }
}

function negativeGradientInto(w: Float64Array, x: Float64Array, target: Observed): void {
  forRows(target, (start, end) => {
    const { top, others } = rowSum(x, start, end);
    let given = start;
    let rest = 0;
    for (let k = start; k < end; k++) {
      const p = Math.exp(x[k] - x[top]) / (1 + others);
      if (target.value[k] === 1) given = k;
      else {
        w[k] = -p;
        rest += p;
      }
    }
    // 1 − p as the sum of the others keeps its digits, and the row sums to 0 but for rounding.
    w[given] = rest;
  });
}

export const crossEntropyLoss: Loss = {
  kind: "cross-entropy",
  label: "Σ (log Σⱼ e^{xⱼ} − x_c)",
  lipschitz: LIPSCHITZ,
  quadratic: false,
  entrywise: false,
  expand: oneHot,
  predictionSize: () => 1,
  value(x, target) {
    let total = 0;
    forRows(target, (start, end) => {
      total += rowValue(x, target, start, end, rowSum(x, start, end));
    });
    return total;
  },
  negativeGradientInto,
  /**
   * diag(p) − p pᵀ is not above diag(p), nor above 2 diag(p(1 − p)) (Gershgorin: the rest is diagonally dominant). Each row
   * takes the one with the smaller trace.
   */
  curvatureInto(d, x, target) {
    forRows(target, (start, end) => {
      const { top, others } = rowSum(x, start, end);
      let squares = 0;
      for (let k = start; k < end; k++) {
        d[k] = Math.exp(x[k] - x[top]) / (1 + others);
        squares += d[k] * d[k];
      }
      if (squares <= 0.5) return;
      for (let k = start; k < end; k++) d[k] *= 2 * (k === top ? others / (1 + others) : 1 - d[k]);
    });
  },
  valueUpper(x, target, error) {
    let [sum, magnitude] = [0, 0];
    forRows(target, (start, end) => {
      const row = rowSum(x, start, end);
      const value = rowValue(x, target, start, end, row);
      sum += value;
      // The exponents are off by |x_j − x_top| units; e^x loses all its digits in underflow.
      magnitude += value + row.moment / (1 + row.others) + 1e-300;
    });
    const upper = sum + formulaMargin(magnitude, depth(target));
    if (error === 0) return upper;
    const w = new Float64Array(x.length);
    negativeGradientInto(w, x, target);
    return upper + movedUpper(euclideanLength(w), LIPSCHITZ, error);
  },
  dualRange: dual.dualRange,
  feasibleDual: (w, target) => balanced(w, target, dual.dualRange, ROWS),
  dualBound: (w, target, scaleMax) => dual.dualBound(w, target, isBalanced(w.value, target, ROWS) ? scaleMax : 0),
};
