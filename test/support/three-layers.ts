/**
 * A plain reference for Σ_b relu(relu(V W₁) W₂) W₃ with cross-entropy and the price (λ/3) Σ ‖W_k‖³: its objective, and Adam from
 * random starts. It shares no code with the engine.
 */
import { normalStream } from "../../engine/src/linalg/random.ts";

/** W₁ d × p, W₂ p × q, W₃ q × classes, row-major. */
export type Branch = readonly Float64Array[];

export interface Classification {
  /** Rows of V, with the 1 of the bias. */
  readonly inputs: readonly Float64Array[];
  readonly classes: readonly number[];
  /** d, p, q, number of classes. */
  readonly widths: readonly [number, number, number, number];
  readonly lambda: number;
}

/** The objective; adds its gradient to `gradient` where one is given. */
export function objectiveOf(problem: Classification, model: readonly Branch[], gradient?: readonly Branch[]): number {
  const { inputs, classes, widths, lambda } = problem;
  const [d, p, q, count] = widths;
  let objective = 0;
  for (const [n, input] of inputs.entries()) {
    const scores = new Float64Array(count);
    const hidden = model.map(([w1, w2, w3]) => {
      const first = relu(product(input, w1, d, p));
      const second = relu(product(first, w2, p, q));
      product(second, w3, q, count).forEach((score, c) => {
        scores[c] += score;
      });
      return { first, second };
    });
    const top = Math.max(...scores);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
    objective += Math.log(total) + top - scores[classes[n]];
    if (gradient === undefined) continue;
    const slope = scores.map((score, c) => Math.exp(score - top) / total - (c === classes[n] ? 1 : 0));
    hidden.forEach(({ first, second }, b) => {
      const behind = backwardInto(gradient[b][2], second, model[b][2], slope, true);
      const middle = backwardInto(gradient[b][1], first, model[b][1], behind, true);
      backwardInto(gradient[b][0], input, model[b][0], middle, false);
    });
  }
  model.forEach((branch, b) => {
    branch.forEach((w, k) => {
      const size = Math.sqrt(w.reduce((sum, x) => sum + x * x, 0));
      objective += (lambda / 3) * size ** 3;
      if (gradient !== undefined) for (let i = 0; i < w.length; i++) gradient[b][k][i] += lambda * size * w[i];
    });
  });
  return objective;
}

/** The least objective of Adam with a falling rate. */
export function adam(
  problem: Classification,
  { branches, starts, steps }: { readonly branches: number; readonly starts: number; readonly steps: number },
): number {
  const [d, p, q, count] = problem.widths;
  const shape = [d * p, p * q, q * count];
  const zeros = () => Array.from({ length: branches }, () => shape.map((size) => new Float64Array(size)));
  let best = Number.POSITIVE_INFINITY;
  for (let start = 0; start < starts; start++) {
    const normal = normalStream(500 + start);
    const model = zeros().map((branch) => branch.map((w) => w.map(() => 0.7 * normal())));
    const [mean, square] = [zeros(), zeros()];
    for (let step = 1; step <= steps; step++) {
      const gradient = zeros();
      best = Math.min(best, objectiveOf(problem, model, gradient));
      const rate = 0.05 * (1 - step / steps);
      model.forEach((branch, b) => {
        branch.forEach((w, k) => {
          const [g, m, s] = [gradient[b][k], mean[b][k], square[b][k]];
          for (let i = 0; i < w.length; i++) {
            m[i] = 0.9 * m[i] + 0.1 * g[i];
            s[i] = 0.99 * s[i] + 0.01 * g[i] ** 2;
            w[i] -= (rate * (m[i] / (1 - 0.9 ** step))) / (Math.sqrt(s[i] / (1 - 0.99 ** step)) + 1e-12);
          }
        });
      });
    }
  }
  return best;
}

/** xᵀ W, W: rows × columns. */
function product(x: Float64Array, w: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j] += x[i] * w[i * columns + j];
  return out;
}

function relu(x: Float64Array): Float64Array {
  return x.map((e) => Math.max(e, 0));
}

/** Adds x slopeᵀ to the gradient of W; returns W slope, where x comes out of a relu only at its positive entries. */
function backwardInto(
  gradient: Float64Array,
  x: Float64Array,
  w: Float64Array,
  slope: Float64Array,
  rectified: boolean,
): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < slope.length; j++) {
      gradient[i * slope.length + j] += x[i] * slope[j];
      if (!rectified || x[i] > 0) out[i] += w[i * slope.length + j] * slope[j];
    }
  }
  return out;
}
