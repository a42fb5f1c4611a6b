/**
 * λ_max(M_SS) over supports S of k indices with I ⊆ S ⊆ I ∪ F, from above, for symmetric M (n × n). With r = k − |I| indices open:
 *
 *   wolkowicz1980: λ_max ≤ t/k + √(κ (f² − t²/k)), t = tr M_SS, f = ‖M_SS‖_F, κ = (k − 1)/k. For every c > 0 and μ that is at most
 *     κ/(4c) + Σ_{i∈S} [M_ii/k + c ((M_ii − μ)² + Σ_{j∈S, j≠i} M_ij²)],
 *   where the sums over j ∈ S are at most those over I and the r − 1 largest of F: then the r largest weights bound all S. (d)
 *
 *   λ_max(M_SS) ≤ T iff T I − M_II ≻ 0 and λ_max of M_RR + M_RI (T I − M_II)⁻¹ M_IR, R = S \ I, is at most T: I is eliminated, and the
 *   bound above taken of what is left; with one index open that is exact. (d)
 *
 * Where several M are given, each of them bounds the value of S, and so does the least.
 */
import { principalPart } from "../../linalg/dense.ts";
import { proveEigenvalueBound } from "../../linalg/eigen.ts";
import { gamma, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import type { SymmetricEigen } from "../../linalg/symmetric-eigen.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";

export const FREE = 0;
export const INSIDE = 1;
export const OUTSIDE = 2;

export interface SupportProblem {
  readonly size: number;
  /** k, at most `size`. */
  readonly limit: number;
  /** Symmetric, row-major. The value of S is at most λ_max(M_SS) + error for each of them. */
  readonly matrices: readonly Float64Array[];
  readonly error: number;
}

export interface SupportBounds {
  /** The node that all the rest is about: a state for each index. */
  load(states: Uint8Array, at: number): void;
  /** Whether one support is left. */
  isSingle(): boolean;
  /** That support, ascending. */
  support(): number[];
  /** A bound without anything to compare it with. */
  loose(): number;
  /** Whether no support of the node is worth more than this: the sharper bound. */
  isBelow(threshold: number): boolean;
  /** Of a node with one support: its bound. */
  single(): number;
  /** The free index whose weight is largest. */
  pick(): number;
}

const ROUNDS = 3;
/** With so many free indices beyond twice those that are open all of them together are not tried. */
const SPARE = 2;

export function supportBounds({ size: n, limit: k, matrices, error }: SupportProblem): SupportBounds {
  const inside = new Int32Array(n);
  const free = new Int32Array(n);
  const identity = Int32Array.from({ length: n }, (_, i) => i);
  let insideCount = 0;
  let freeCount = 0;
  const work = new Float64Array(n * n);
  const shares = new Float64Array(n);
  const weights = new Float64Array(n);
  const largest = new Float64Array(n);
  const chosen = new Int32Array(n);
  const eigens = new Map<number, SymmetricEigen>();
  const diagonals = matrices.map((m) => {
    let most = 0;
    for (let i = 0; i < n; i++) most = Math.max(most, Math.abs(m[i * n + i]));
    return most;
  });
  /** c and μ of the last bound. */
  let slope = 1;
  let center = 0;

  /** The r largest of the weights of the f first free indices, into `chosen`. */
  function choose(f: number, r: number): void {
    let count = 0;
    for (let j = 0; j < f; j++) {
      const weight = weights[j];
      if (count === r && weight <= weights[chosen[r - 1]]) continue;
      let at = count < r ? count++ : r - 1;
      while (at > 0 && weights[chosen[at - 1]] < weight) {
        chosen[at] = chosen[at - 1];
        at--;
      }
      chosen[at] = j;
    }
  }

  /** Into `shares`: twice the squares of M beside I, and the r − 1 largest beside other free indices. */
  function shareOut(
    m: Float64Array,
    stride: number,
    a: Int32Array,
    i: number,
    b: Int32Array,
    f: number,
    r: number,
  ): void {
    for (let j = 0; j < f; j++) {
      const row = b[j] * stride;
      let sum = 0;
      for (let l = 0; l < i; l++) sum += m[row + a[l]] * m[row + a[l]];
      sum *= 2;
      let count = 0;
      if (r > 1) {
        for (let l = 0; l < f; l++) {
          if (l === j) continue;
          const square = m[row + b[l]] * m[row + b[l]];
          if (count === r - 1 && square <= largest[count - 1]) continue;
          let at = count < r - 1 ? count++ : r - 2;
          while (at > 0 && largest[at - 1] < square) {
            largest[at] = largest[at - 1];
            at--;
          }
          largest[at] = square;
        }
      }
      for (let l = 0; l < count; l++) sum += largest[l];
      shares[j] = sum;
    }
  }

  /** The first bound, for |I| = i and r of f free indices; `enough` ends the search for c and μ. */
  function weighted(
    m: Float64Array,
    stride: number,
    a: Int32Array,
    i: number,
    b: Int32Array,
    f: number,
    r: number,
    enough: number,
  ): number {
    const count = i + r;
    const kappa = (count - 1) / count;
    shareOut(m, stride, a, i, b, f, r);
    let fixed = 0;
    let trace = 0;
    let most = 0;
    for (let x = 0; x < i; x++) {
      const row = a[x] * stride;
      trace += m[row + a[x]];
      most = Math.max(most, Math.abs(m[row + a[x]]));
      for (let y = 0; y < i; y++) if (y !== x) fixed += m[row + a[y]] * m[row + a[y]];
    }
    for (let j = 0; j < f; j++) {
      weights[j] = m[b[j] * stride + b[j]];
      most = Math.max(most, Math.abs(weights[j]));
    }
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      choose(f, r);
      let sum = trace;
      for (let x = 0; x < r; x++) sum += m[b[chosen[x]] * stride + b[chosen[x]]];
      const mu = sum / count;
      let square = fixed;
      for (let x = 0; x < i; x++) square += (m[a[x] * stride + a[x]] - mu) ** 2;
      for (let x = 0; x < r; x++) square += (m[b[chosen[x]] * stride + b[chosen[x]]] - mu) ** 2 + shares[chosen[x]];
      const c = Math.sqrt(kappa / Math.max(square, 1e-30 * most * most, 1e-290)) / 2;
      let total = c > 0 ? kappa / (4 * c) + c * fixed : 0;
      for (let x = 0; x < i; x++) {
        const own = m[a[x] * stride + a[x]];
        total += own / count + c * (own - mu) ** 2;
      }
      for (let j = 0; j < f; j++) {
        const own = m[b[j] * stride + b[j]];
        weights[j] = own / count + c * ((own - mu) ** 2 + shares[j]);
      }
      choose(f, r);
      for (let x = 0; x < r; x++) total += weights[chosen[x]];
      // Terms are at most their sum and twice the negative parts of M_ii/k.
      const bound = total + gamma(4 * n + 40) * (Math.abs(total) + 4 * most);
      if (bound < best) [best, slope, center] = [bound, c, mu];
      if (best <= enough) break;
    }
    return best;
  }

  function loose(): number {
    const open = Math.min(k - insideCount, freeCount);
    let least = Number.POSITIVE_INFINITY;
    for (const m of matrices) {
      least = Math.min(least, weighted(m, n, inside, insideCount, free, freeCount, open, Number.NEGATIVE_INFINITY));
    }
    return raisedBy(least, error);
  }

  /** I eliminated from T I − M on I ∪ F, into `work` (d × d, free indices behind); then on with all, where they may all be in. */
  function isBelowFor(m: Float64Array, most: number, threshold: number): boolean {
    const i = insideCount;
    const f = freeCount;
    const d = i + f;
    const open = k - i;
    // Of LDLᵀ, |ΔA| ≤ 4 γ √(A_aa A_bb) + γ T on the diagonal.
    const lost = 8 * gamma(4 * (d + 4)) * (d + 1) * (Math.abs(threshold) + most) + error;
    const level = threshold - lost * (1 + 4 * UNIT_ROUNDOFF) - 2 * UNIT_ROUNDOFF * Math.abs(threshold);
    for (let x = 0; x < d; x++) {
      const row = (x < i ? inside[x] : free[x - i]) * n;
      for (let y = 0; y <= x; y++) work[x * d + y] = m[row + (y < i ? inside[y] : free[y - i])];
    }
    const isWhole = open >= f || f <= 2 * open + SPARE;
    for (let x = 0; x < i; x++) if (!eliminate(x, d, level)) return false;
    if (open === 0) return true;
    if (open < f) {
      // What is left, with both triangles, in the first rows.
      for (let x = 0; x < f; x++) {
        const row = (x + i) * d + i;
        for (let y = 0; y < x; y++) work[(y + i) * d + i + x] = work[row + y];
      }
      const rest = i === 0 ? work : work.subarray(i * d + i);
      let most1 = Number.NEGATIVE_INFINITY;
      for (let x = 0; x < f; x++) most1 = Math.max(most1, rest[x * d + x]);
      if (most1 > level) return false;
      if (open === 1) return true;
      if (weighted(rest, d, identity, 0, identity, f, open, level) <= level) return true;
    }
    if (!isWhole) return false;
    for (let x = i; x < d; x++) if (!eliminate(x, d, level)) return false;
    return true;
  }

  function eliminate(x: number, d: number, level: number): boolean {
    const pivot = level - work[x * d + x];
    if (!(pivot > 0)) return false;
    for (let a = x + 1; a < d; a++) {
      const factor = work[a * d + x] / pivot;
      if (factor === 0) continue;
      for (let b = x + 1; b <= a; b++) work[a * d + b] += factor * work[b * d + x];
    }
    return true;
  }

  /** Largest of the supports of a node with one. */
  function single(): number {
    const s = support();
    const eigen = eigens.get(s.length) ?? symmetricEigen(s.length);
    eigens.set(s.length, eigen);
    let least = Number.POSITIVE_INFINITY;
    for (const m of matrices) {
      const own = principalPart(m, n, s);
      least = Math.min(least, proveEigenvalueBound(own, s.length, eigen.largest(own)).bound);
    }
    return raisedBy(least, error);
  }

  function isSingle(): boolean {
    return insideCount === k || insideCount + freeCount <= k;
  }

  function support(): number[] {
    const all = [...inside.subarray(0, insideCount)];
    if (insideCount < k) all.push(...free.subarray(0, freeCount));
    return all.sort((x, y) => x - y);
  }

  function load(states: Uint8Array, at: number): void {
    insideCount = 0;
    freeCount = 0;
    for (let i = 0; i < n; i++) {
      const state = states[at + i];
      if (state === INSIDE) inside[insideCount++] = i;
      else if (state === FREE) free[freeCount++] = i;
    }
  }

  // c and μ for `pick`: those of the root, so that trees do not depend on what has been looked at.
  load(new Uint8Array(n), 0);
  loose();
  const [rootSlope, rootCenter] = [slope, center];

  return {
    load,
    isSingle,
    support,
    loose,
    isBelow: (threshold) => matrices.some((m, x) => isBelowFor(m, diagonals[x], threshold)),
    single,
    pick() {
      const m = matrices[matrices.length - 1];
      shareOut(m, n, inside, insideCount, free, freeCount, k - insideCount);
      let at = 0;
      let most = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < freeCount; j++) {
        const own = m[free[j] * n + free[j]];
        const weight = own / k + rootSlope * ((own - rootCenter) ** 2 + shares[j]);
        if (weight > most) [most, at] = [weight, free[j]];
      }
      return at;
    },
  };
}

/** x + error, rounded up; x of any sign. */
function raisedBy(x: number, error: number): number {
  const sum = x + error;
  return sum + 4 * UNIT_ROUNDOFF * Math.abs(sum);
}
