/**
 * A proven upper bound on f(u) = Σ_n w_n (v_n · u)₊ over unit u from a quadratic above it (d). With t_n = v_n · u and t₊ = ½t + ½|t|,
 *   w_n > 0:  ½w_n|t_n| ≤ a_n t_n² + w_n²/(16 a_n)  for any a_n > 0, equal where |t_n| = w_n/(4 a_n);
 *   w_n < 0:  ½w_n|t_n| ≤ −(|w_n|/(2‖v_n‖)) t_n²  as |t_n| ≤ ‖v_n‖;
 * so f(u) ≤ uᵀM u + b · u + c, b = ½Vᵀw, c = Σ w_n²/(16 a_n): a trust-region problem, whose maximum is the smallest μ + σ with
 *   G = [μ1 − M, −b/2; −bᵀ/2, σ] ⪰ 0,  as (u, 1)ᵀ G (u, 1) = μ + σ − uᵀM u − b · u.
 * A Cholesky factorization proves that. Unlike bounds by the convex part alone it sees that large weights of either sign cancel.
 *
 * Rounding: the factorization leaves G ⪰ −e tr G, e = `choleskyError`; M and b are off by γ_{N+2} Σ |c_n|‖v_n‖² and
 * γ_{N+2} ½Σ |w_n|‖v_n‖, c_n the coefficient of t_n². Coefficients themselves are taken as they are in float64.
 */
import { choleskyError } from "../../linalg/cholesky.ts";
import { choleskyInto } from "../../linalg/kernels/cholesky.ts";
import { multiplyVectorInto } from "../../linalg/kernels/matrix-vector.ts";
import { multiplyInto } from "../../linalg/kernels/multiply.ts";
import { gamma, roundedUp, UNDERFLOW, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { type SymmetricEigen, symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import { dot, euclideanLength, lengthBound, over } from "../../linalg/vector.ts";

/** Eigenvalues of larger M take longer than all else. */
const MOST_FEATURES = 256;
/** Where |t_n| is expected: (κ (v_n · û)² + (1 − κ) ‖v_n‖²/d)^½, û the direction of b. */
const CONCENTRATIONS = [0, 0.4, 0.8];
/** Above the optimal μ and σ, relatively, so that the factorization succeeds. */
const MARGINS = [1e-10, 1e-7, 1e-4];
const BISECTIONS = 60;

/** `lengths`: not below ‖v_n‖. Cost: 2 N d² flops and the eigenvalues of a d × d matrix, three times. Infinity where d is too large. */
export function quadraticBound(w: Float64Array, v: Float64Array, lengths = rowLengths(v, w.length)): number {
  const count = w.length;
  const d = v.length / count;
  if (d > MOST_FEATURES) return Number.POSITIVE_INFINITY;
  const b = new Float64Array(d);
  multiplyVectorInto(b, v, w, { m: count, n: d, transpose: true });
  for (let j = 0; j < d; j++) b[j] /= 2;
  const along = new Float64Array(count);
  const size = euclideanLength(b);
  if (size > 0) multiplyVectorInto(along, v, over(b, size), { m: count, n: d });
  const eigen = symmetricEigen(d);
  let best = Number.POSITIVE_INFINITY;
  for (const concentration of CONCENTRATIONS) {
    const spread = (1 - concentration) / d;
    const coefficients = w.map((x, n) => {
      if (x === 0 || lengths[n] === 0) return 0;
      if (x < 0) return ((x / lengths[n]) * (1 - 8 * UNIT_ROUNDOFF)) / 2;
      return x / (4 * Math.sqrt(concentration * along[n] ** 2 + spread * lengths[n] ** 2));
    });
    best = Math.min(best, boundWith(coefficients, { w, v, lengths, b, eigen }));
  }
  return best;
}

/** Not below ‖v_n‖. */
export function rowLengths(v: Float64Array, count: number): Float64Array {
  const d = v.length / count;
  return Float64Array.from({ length: count }, (_, n) => lengthBound(v.subarray(n * d, (n + 1) * d)));
}

interface Parts {
  readonly w: Float64Array;
  readonly v: Float64Array;
  /** Not below ‖v_n‖. */
  readonly lengths: Float64Array;
  readonly b: Float64Array;
  readonly eigen: SymmetricEigen;
}

function boundWith(coefficients: Float64Array, { w, v, lengths, b, eigen }: Parts): number {
  const count = w.length;
  const d = b.length;
  let constant = 0;
  let square = 0;
  let linear = 0;
  for (let n = 0; n < count; n++) {
    if (w[n] > 0 && lengths[n] > 0) constant += (w[n] * w[n]) / (16 * coefficients[n]);
    square += Math.abs(coefficients[n]) * lengths[n] ** 2;
    linear += (Math.abs(w[n]) * lengths[n]) / 2;
  }
  const scaled = new Float64Array(v.length);
  for (let n = 0; n < count; n++) {
    for (let k = n * d; k < (n + 1) * d; k++) scaled[k] = v[k] * coefficients[n];
  }
  const m = new Float64Array(d * d);
  multiplyInto(m, v, scaled, { m: d, n: d, k: count, transposeA: true });
  const top = quadraticMaximum(m, b, eigen);
  if (top === undefined) return Number.POSITIVE_INFINITY;
  for (const margin of MARGINS) {
    const extra = margin * (square + linear);
    const mu = top.mu + extra;
    const sigma = top.sigma + extra;
    const rounding = factorized(m, b, mu, sigma);
    if (rounding === undefined) continue;
    const forming = gamma(count + 2) * roundedUp(square + linear, 2 * count + 8);
    // μ may be negative: what adding up has lost is relative to its parts.
    const adding = gamma(count + 16) * (Math.abs(mu) + sigma + constant);
    const lost = 8 * count * d * d * UNDERFLOW;
    const sum = Math.max(0, mu + sigma + constant) + rounding + forming + adding + lost;
    return Number.isNaN(sum) ? Number.POSITIVE_INFINITY : roundedUp(sum, 8);
  }
  return Number.POSITIVE_INFINITY;
}

/** About the μ and σ with the least μ + σ: σ = ¼ Σ_k (q_k · b)²/(μ − λ_k). */
function quadraticMaximum(
  m: Float64Array,
  b: Float64Array,
  eigen: SymmetricEigen,
): { readonly mu: number; readonly sigma: number } | undefined {
  const d = b.length;
  if (!eigen.solve(m)) return undefined;
  const { values, vectors } = eigen;
  const parts = Float64Array.from(values, (_, k) => dot(vectors.subarray(k * d, (k + 1) * d), b) ** 2 / 4);
  let low = values[0];
  let high = values[0] + euclideanLength(b);
  for (let k = 0; k < BISECTIONS; k++) {
    const middle = (low + high) / 2;
    let slope = 1;
    for (let j = 0; j < d; j++) slope -= parts[j] / (middle - values[j]) ** 2;
    if (slope > 0) high = middle;
    else low = middle;
  }
  let sigma = 0;
  for (let j = 0; j < d; j++) if (parts[j] > 0) sigma += parts[j] / (high - values[j]);
  return { mu: high, sigma };
}

/** How far (u, 1)ᵀ G (u, 1) may be below 0 for all that is proven; undefined where G is not proven positive definite. */
function factorized(m: Float64Array, b: Float64Array, mu: number, sigma: number): number | undefined {
  const d = b.length;
  const size = d + 1;
  const g = new Float64Array(size * size);
  let trace = sigma;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) g[i * size + j] = (i === j ? mu : 0) - m[i * d + j];
    trace += g[i * size + i];
    g[d * size + i] = -b[i] / 2;
  }
  g[d * size + d] = sigma;
  if (!choleskyInto(g, size)) return undefined;
  return 2 * (choleskyError(size) + 2 * UNIT_ROUNDOFF) * roundedUp(trace, size);
}
