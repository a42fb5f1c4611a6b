/**
 * The bound of one cell (theory.md §4.1, (d)). In the cone of c_1 … c_d let f(u) ≤ Σ λ_i F_i for u = Σ λ_i c_i, λ ≥ 0: so it is for a
 * convex f of degree 1 with F_i ≥ f(c_i). For every y with c_i · y ≥ F_i for all i, f(u) ≤ Σ λ_i c_i · y = u · y ≤ ‖u‖₂‖y‖₂. The
 * shortest such y is that of the projection on the cone, y = C μ with
 *   μ = argmax over μ ≥ 0 of Fᵀμ − ½ μᵀ G μ,   G = CᵀC,
 * found by a primal active-set method. Whatever y the method ends with, stretching it until all inequalities hold gives a
 * bound: nothing rests on the method. Cost: d³/2 for G, d³/6 for each set tried, mostly one.
 */
import { UNIT_ROUNDOFF } from "../../../linalg/rounding.ts";

/** Sets tried before the y in hand is stretched. */
const MAX_PIVOTS = 40;

/** Squares below this lose digits to underflow. */
const LEAST_SQUARE = 2 ** -900;

/** Scratch of one dimension. */
export interface ConeBound {
  /** `vertices` holds row i at `vertexOf[i] · d`; F > 0. Not below max { f(u) : u in the cone, ‖u‖₂ ≤ 1 }, rounding included. */
  readonly bound: (vertices: Float64Array, vertexOf: Int32Array, at: number, values: Float64Array) => number;
  /** Of the last call: μ, so that the maximizer of the bound lies along C μ. */
  readonly weights: Float64Array;
}

export function coneBound(d: number): ConeBound {
  const g = new Float64Array(d * d);
  const l = new Float64Array(d * d);
  const mu = new Float64Array(d);
  const next = new Float64Array(d);
  const y = new Float64Array(d);
  const set = new Int32Array(d);
  const margin = 4 * (d + 4) * UNIT_ROUNDOFF;

  /** G_SS next_S = F_S by Cholesky; false where G_SS is not positive definite. */
  function solve(count: number, values: Float64Array): boolean {
    for (let a = 0; a < count; a++) {
      const row = set[a] * d;
      for (let b = 0; b <= a; b++) {
        let sum = g[row + set[b]];
        for (let k = 0; k < b; k++) sum -= l[a * d + k] * l[b * d + k];
        if (b < a) l[a * d + b] = sum / l[b * d + b];
        else if (sum > 1e-14 * g[row + set[a]]) l[a * d + a] = Math.sqrt(sum);
        else return false;
      }
      let rhs = values[set[a]];
      for (let k = 0; k < a; k++) rhs -= l[a * d + k] * next[k];
      next[a] = rhs / l[a * d + a];
    }
    for (let a = count - 1; a >= 0; a--) {
      let sum = next[a];
      for (let k = a + 1; k < count; k++) sum -= l[k * d + a] * next[k];
      next[a] = sum / l[a * d + a];
    }
    return true;
  }

  /** Lawson-Hanson, from the full set: cells are small, and mostly all weights are positive. */
  function optimize(values: Float64Array): void {
    let count = d;
    for (let i = 0; i < d; i++) set[i] = i;
    let whole = solve(count, values);
    for (let a = 0; whole && a < d; a++) whole = next[a] > 0;
    mu.fill(0);
    if (whole) {
      for (let a = 0; a < d; a++) mu[a] = next[a];
      return;
    }
    // Start again from the one vertex that bounds most.
    let first = 0;
    for (let i = 1; i < d; i++)
      if (values[i] * values[i] * g[first * d + first] > values[first] * values[first] * g[i * d + i]) first = i;
    count = 1;
    set[0] = first;
    mu[first] = values[first] / g[first * d + first];
    for (let pivot = 0; pivot < MAX_PIVOTS; pivot++) {
      let worst = -1;
      let most = 1e-12;
      for (let i = 0; i < d; i++) {
        if (mu[i] > 0) continue;
        let slack = values[i];
        for (let a = 0; a < count; a++) slack -= g[i * d + set[a]] * mu[set[a]];
        if (slack > most * values[i]) {
          most = slack / values[i];
          worst = i;
        }
      }
      if (worst < 0) return;
      set[count++] = worst;
      for (;;) {
        if (!solve(count, values)) {
          count--;
          return;
        }
        let step = 1;
        let leaving = -1;
        for (let a = 0; a < count; a++) {
          if (next[a] > 0) continue;
          const ratio = mu[set[a]] / (mu[set[a]] - next[a]);
          if (ratio < step) {
            step = ratio;
            leaving = a;
          }
        }
        for (let a = 0; a < count; a++) mu[set[a]] += step * (next[a] - mu[set[a]]);
        if (leaving < 0) break;
        mu[set[leaving]] = 0;
        let kept = 0;
        for (let a = 0; a < count; a++) if (mu[set[a]] > 0) set[kept++] = set[a];
        count = kept;
        if (count === 0) return;
      }
    }
  }

  function bound(vertices: Float64Array, vertexOf: Int32Array, at: number, values: Float64Array): number {
    for (let i = 0; i < d; i++) {
      const ci = vertexOf[at + i] * d;
      for (let j = 0; j <= i; j++) {
        const cj = vertexOf[at + j] * d;
        let sum = 0;
        for (let k = 0; k < d; k++) sum += vertices[ci + k] * vertices[cj + k];
        g[i * d + j] = sum;
        g[j * d + i] = sum;
      }
    }
    optimize(values);
    let square = 0;
    for (let k = 0; k < d; k++) {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += mu[i] * vertices[vertexOf[at + i] * d + k];
      y[k] = sum;
      square += sum * sum;
    }
    if (!(square > LEAST_SQUARE)) return Number.POSITIVE_INFINITY;
    const length = Math.sqrt(square) * (1 + margin);
    let stretch = 0;
    for (let i = 0; i < d; i++) {
      const ci = vertexOf[at + i] * d;
      let sum = 0;
      let size = 0;
      for (let k = 0; k < d; k++) {
        const term = vertices[ci + k] * y[k];
        sum += term;
        size += Math.abs(term);
      }
      const least = sum - margin * size;
      if (!(least > 0)) return Number.POSITIVE_INFINITY;
      const ratio = values[i] / least;
      if (ratio > stretch) stretch = ratio;
    }
    return length * stretch * (1 + margin);
  }

  return { bound, weights: mu };
}
