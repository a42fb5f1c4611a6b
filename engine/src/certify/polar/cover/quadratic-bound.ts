/**
 * A second bound of a cell, exact to second order around a maximum, where that of `cone-bound.ts` is not: it spares the many small
 * cells around every maximum. For f(u) = ‖p(u)‖_*, p linear, * dual to α'‖·‖₂ + β'‖·‖₁ (free, or on x ≥ 0), against τ N(u),
 * N(u) = α‖u‖₂ + β‖u‖₁, f ≤ τ N means
 *   Σ_j (|p_j| − β'τ N)₊² ≤ α'² τ² N²                                 (p_j instead of |p_j| on x ≥ 0).
 * On a cell u = C λ, λ ≥ 0, with a unit q, m = q·u and D = ‖u‖² − m² ≥ 0, all quadratic in λ:
 *   m² + κD ≤ ‖u‖m ≤ m² + ½D, 1/κ = 1 + max ‖u‖/m;    and for a linear e = e₀m + r:  |‖u‖e − (m e + e₀(‖u‖m − m²))| ≤ ½D max |r|/m,
 * maxima over the vertices. With them N² and N e have quadratic bounds in λ that agree to third order near q. Entries j that stay
 * inactive on the cell drop out; of the others (t)₊² ≤ t², t = s_j p_j − β'τ N, where p_j keeps its sign s_j; and where it does
 * not, |p_j| − β'τ(αm + β‖u‖₁) and its positive part are convex, with products of their values at the vertices as bounds. What
 * remains is whether a symmetric matrix M is copositive: it is when, less some matrix with no negative entry, it is positive
 * definite. (d) Cost d²n/2 + d³.
 */
import { choleskyInto } from "../../../linalg/cholesky.ts";
import { gamma } from "../../../linalg/rounding.ts";

/** p at the vertices, and the norm on the other factor. */
export interface LinearImage {
  /** p(u), known but for `error` in Euclidean length for ‖u‖₁ = 1. */
  readonly of: (u: Float64Array) => Float64Array;
  readonly error: number;
  readonly alpha: number;
  readonly beta: number;
  readonly nonnegative: boolean;
}

export interface QuadraticBound {
  /** Whether f ≤ τ N is proven on the cell; `weights` ≥ 0 say where in it the maximum may be. */
  isBelow(
    points: Float64Array,
    cells: Int32Array,
    at: number,
    given: { readonly tau: number; readonly weights: Float64Array },
  ): boolean;
  vertex(index: number, u: Float64Array): void;
}

/** N = α‖·‖₂ + β‖·‖₁ of the covered factor; ‖c‖₁ = 1 at all vertices. */
export function quadraticBound(d: number, alpha: number, beta: number, image: LinearImage): QuadraticBound {
  const images: (Float64Array | undefined)[] = [];
  let stored = 0;
  const gram = new Float64Array(d * d);
  const m = new Float64Array(d);
  const q = new Float64Array(d);
  const b = new Float64Array(d);
  const matrix = new Float64Array(d * d);
  const work = new Float64Array(d * d);
  const values = new Float64Array(d);
  const own: Float64Array[] = [];

  /** q, m, the Gram matrix; false where q is not within 90° of all vertices. */
  function prepare(points: Float64Array, cells: Int32Array, at: number, weights: Float64Array): boolean {
    let square = 0;
    for (let k = 0; k < d; k++) {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += weights[i] * points[cells[at + i] * d + k];
      q[k] = sum;
      square += sum * sum;
    }
    if (!(square > 0 && square < Number.POSITIVE_INFINITY)) return false;
    // ‖q‖ ≤ 1, so that m ≤ ‖u‖ holds.
    const scale = (1 - gamma(d + 6)) / Math.sqrt(square);
    for (let k = 0; k < d; k++) q[k] *= scale;
    for (let i = 0; i < d; i++) {
      const ci = cells[at + i] * d;
      let sum = 0;
      for (let k = 0; k < d; k++) sum += q[k] * points[ci + k];
      m[i] = sum;
      if (!(sum > 1e-3)) return false;
      for (let j = 0; j <= i; j++) {
        const cj = cells[at + j] * d;
        let dot = 0;
        for (let k = 0; k < d; k++) dot += points[ci + k] * points[cj + k];
        gram[i * d + j] = dot;
      }
    }
    return true;
  }

  /** e₀ and max |r|/m of a linear function from its values at the vertices; e₀ from where the weights are. */
  function tilt(e: Float64Array, weights: Float64Array): readonly [number, number] {
    let top = 0;
    let bottom = 0;
    for (let i = 0; i < d; i++) {
      top += weights[i] * e[i];
      bottom += weights[i] * m[i];
    }
    const level = top / bottom;
    let rest = 0;
    for (let i = 0; i < d; i++) rest = Math.max(rest, Math.abs(e[i] - level * m[i]) / m[i]);
    return [level, rest * (1 + 1e-12)];
  }

  function isBelow(
    points: Float64Array,
    cells: Int32Array,
    at: number,
    { tau, weights }: { readonly tau: number; readonly weights: Float64Array },
  ): boolean {
    if (!prepare(points, cells, at, weights)) return false;
    let stretch = 1;
    for (let i = 0; i < d; i++) {
      const p = images[cells[at + i]];
      if (p === undefined) return false;
      own[i] = p;
      stretch = Math.max(stretch, Math.sqrt(gram[i * d + i]) / m[i]);
    }
    const kappa = (1 - 1e-12) / (1 + stretch);
    matrix.fill(0);
    b.fill(0);
    const n = own[0].length;
    const level = image.beta * tau;
    let active = 0;
    let largest = 0;
    for (let j = 0; j < n; j++) {
      let isQuiet = true;
      let negative = 0;
      let positive = 0;
      for (let i = 0; i < d; i++) {
        const p = own[i][j];
        const size = image.nonnegative ? p : Math.abs(p);
        if (size + image.error > level * (alpha * m[i] + beta) * (1 - 1e-14)) isQuiet = false;
        if (p < 0) negative++;
        if (p > 0) positive++;
      }
      if (isQuiet) continue;
      const isMixed = negative > 0 && positive > 0;
      if (isMixed && (image.nonnegative ? image.beta === 0 : image.beta > 0)) {
        for (let i = 0; i < d; i++) {
          const p = own[i][j];
          values[i] = Math.max(0, (image.nonnegative ? p : Math.abs(p)) - level * (alpha * m[i] + beta));
        }
      } else {
        const sign = image.nonnegative || positive > 0 ? 1 : -1;
        for (let i = 0; i < d; i++) {
          values[i] = own[i][j];
          if (image.beta > 0) b[i] += sign * own[i][j];
        }
        active++;
      }
      for (let i = 0; i < d; i++) {
        const x = values[i];
        if (x === 0) continue;
        for (let k = 0; k <= i; k++) matrix[i * d + k] -= x * values[k];
      }
    }
    for (let i = 0; i < d; i++) largest = Math.max(largest, -matrix[i * d + i]);
    const share = tau * tau * (image.alpha * image.alpha - (image.beta > 0 ? active * image.beta * image.beta : 0));
    const [lengthLevel, lengthRest] = tilt(ONES[d] ?? new Float64Array(d).fill(1), weights);
    // The coefficient of D in the bound of ‖u‖‖u‖₁, from below where N² counts positively, from above where it does not.
    const turn = share >= 0 ? lengthLevel * kappa - lengthRest / 2 : lengthLevel / 2 + lengthRest / 2;
    const [level0, rest0] = image.beta > 0 ? tilt(b, weights) : [0, 0];
    const lift = level0 * (level0 >= 0 ? kappa : 0.5) - rest0 / 2;
    let most = 0;
    for (let i = 0; i < d; i++) {
      most = Math.max(most, Math.abs(b[i]));
      for (let k = 0; k <= i; k++) {
        const g = gram[i * d + k];
        const off = g - m[i] * m[k];
        const square = alpha * alpha * g + 2 * alpha * beta * ((m[i] + m[k]) / 2 + turn * off) + beta * beta;
        let entry = matrix[i * d + k] + share * square;
        if (image.beta > 0) {
          const cross = alpha * ((m[i] * b[k] + m[k] * b[i]) / 2 + lift * off) + (beta * (b[i] + b[k])) / 2;
          entry += 2 * level * cross;
        }
        matrix[i * d + k] = entry;
      }
    }
    const size = alpha + beta;
    const magnitude =
      Math.abs(share) * size * size * 4 * (1 + Math.abs(turn)) +
      4 * level * size * (1 + Math.abs(lift)) * most +
      largest;
    const inexact =
      image.error * (2 * Math.sqrt(largest) + image.error) +
      8 * level * size * Math.sqrt(n) * image.error * (1 + stretch);
    const error = d * (2 * gamma(n + 4 * d + 80) * magnitude + 2 * inexact);
    return isCopositive(error, weights);
  }

  /** Whether λᵀMλ ≥ error ‖λ‖² for all λ ≥ 0, by one of three matrices of no negative entry. */
  function isCopositive(error: number, weights: Float64Array): boolean {
    for (let i = 0; i < d; i++) if (!(matrix[i * d + i] > error)) return false;
    return (
      isDefinite("none", error, weights) || isDefinite("slack", error, weights) || isDefinite("all", error, weights)
    );
  }

  /** Less nothing; less what makes the rows without weight orthogonal to the weights; less all positive entries. */
  function isDefinite(less: "none" | "slack" | "all", error: number, weights: Float64Array): boolean {
    let whole = 0;
    let lacking = 0;
    for (let i = 0; i < d; i++) {
      whole += weights[i] * weights[i];
      if (weights[i] === 0) lacking++;
    }
    if (less === "slack" && lacking === 0) return false;
    let largest = 0;
    for (let i = 0; i < d; i++) {
      for (let k = 0; k < i; k++) {
        const entry = matrix[i * d + k];
        work[i * d + k] = less === "all" ? Math.min(0, entry) : entry;
      }
      work[i * d + i] = matrix[i * d + i];
      largest = Math.max(largest, matrix[i * d + i]);
    }
    if (less === "slack") {
      for (let i = 0; i < d; i++) {
        if (weights[i] > 0) continue;
        let slack = 0;
        for (let k = 0; k < d; k++) slack += weights[k] * (k < i ? matrix[i * d + k] : matrix[k * d + i]);
        for (let k = 0; k < d; k++) {
          const row = Math.max(i, k) * d + Math.min(i, k);
          if (weights[k] > 0 && slack > 0) work[row] -= (slack * weights[k]) / whole;
          else if (weights[k] === 0 && k < i) work[row] = Math.min(0, matrix[row]);
        }
      }
    }
    // What Cholesky itself may miss (rump2006), and the rounding of what was taken off.
    const margin = error + 4 * d * gamma(d + 6) * largest;
    for (let i = 0; i < d; i++) work[i * d + i] -= margin;
    return choleskyInto(work, d);
  }

  return {
    isBelow,
    vertex(index, u) {
      if (stored > MOST_NUMBERS) return;
      const p = image.of(u);
      images[index] = p;
      stored += p.length;
    },
  };
}

/** Of images that are kept, 160 MB: cells with other vertices have no second bound. */
const MOST_NUMBERS = 2e7;

const ONES = Array.from({ length: 16 }, (_, d) => new Float64Array(d).fill(1));
