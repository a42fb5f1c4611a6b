/** Largest eigenvalues of symmetric matrices: found by Lanczos, bounded by a Cholesky factorization. */
import { EigenvalueDecomposition } from "ml-matrix";
import { choleskyError, choleskyInto } from "./cholesky.ts";
import { combination, orthogonalizeInto, randomUnit } from "./krylov.ts";
import type { LanczosOptions } from "./lanczos.ts";
import type { Observed } from "./observed.ts";
import { multiplyInto } from "./observed.ts";
import { normalStream } from "./random.ts";
import { roundedUp, UNIT_ROUNDOFF } from "./rounding.ts";
import { dot, euclideanLength, scaleInto } from "./vector.ts";

export interface Eigenpair {
  readonly value: number;
  /** A unit vector x with xᵀ S x ≈ value. */
  readonly vector: Float64Array;
}

/** Relative residual at which the largest value counts as converged (its error is quadratic in it), and the others. */
const TOP_RESIDUAL = 1e-7;
const REST_RESIDUAL = 1e-6;

/**
 * Eigenpairs of the symmetric S (n × n, both triangles) in descending order: the largest, and all above `above`. A Krylov space
 * of dimension k costs 2k·nnz + 2k²n flops and grows to n at the latest. An estimate from below: it proves nothing about
 * values it did not meet. Source: simon2000, with full reorthogonalization.
 */
export function largestEigenpairs(s: Observed, { above, stopped }: LanczosOptions): Eigenpair[] {
  const n = s.rows;
  const normal = normalStream(0x3c6ef372);
  const basis: Float64Array[] = [];
  const alpha: number[] = [];
  const beta: number[] = [];
  let scale = 0;
  let v = randomUnit(n, basis, normal);
  let fresh = true;
  let nextCheck = Math.min(8, n);
  while (v !== undefined && basis.length < n) {
    const w = new Float64Array(n);
    multiplyInto(w, s, v);
    const a = dot(v, w);
    basis.push(v);
    alpha.push(a);
    orthogonalizeInto(w, basis);
    const b = euclideanLength(w);
    if (!Number.isFinite(b)) break;
    scale = Math.max(scale, Math.abs(a), b);
    const invariant = b <= 1e-15 * scale;
    if (stopped()) return [{ value: alpha[0], vector: basis[0] }];
    // A random direction of the complement is an eigenvector: the complement has no other eigenvalue.
    if (fresh && invariant && a <= above) break;
    const k = basis.length;
    if (!invariant && k >= nextCheck && k < n) {
      const ritz = ritzPairs(alpha, beta);
      if (converged(ritz, b, above, scale)) return assemble(ritz, basis, above);
      nextCheck = Math.ceil(k * 1.3) + 1;
    }
    beta.push(invariant ? 0 : b);
    if (!invariant) scaleInto(w, 1 / b);
    v = invariant ? randomUnit(n, basis, normal) : w;
    fresh = invariant;
  }
  return basis.length === 0 ? [] : assemble(ritzPairs(alpha, beta), basis, above);
}

interface Ritz {
  /** Descending. */
  readonly values: readonly number[];
  /** Columns: coefficients in the basis. */
  readonly vectors: readonly (readonly number[])[];
}

/** Eigenpairs of the tridiagonal matrix with diagonal alpha and beta beside it. */
function ritzPairs(alpha: readonly number[], beta: readonly number[]): Ritz {
  const k = alpha.length;
  const t = Array.from({ length: k }, () => new Array<number>(k).fill(0));
  for (let i = 0; i < k; i++) {
    t[i][i] = alpha[i];
    if (i + 1 < k) {
      t[i][i + 1] = beta[i];
      t[i + 1][i] = beta[i];
    }
  }
  const evd = new EigenvalueDecomposition(t, { assumeSymmetric: true });
  const values = evd.realEigenvalues;
  const order = values.map((_, i) => i).sort((i, j) => values[j] - values[i]);
  const vectors = evd.eigenvectorMatrix.to2DArray();
  return { values: order.map((i) => values[i]), vectors: vectors.map((row) => order.map((i) => row[i])) };
}

/** The residual of Ritz pair i is b times the last entry of its vector. */
function converged({ values, vectors }: Ritz, b: number, above: number, scale: number): boolean {
  const last = vectors[vectors.length - 1];
  for (let i = 0; i < values.length; i++) {
    if (i > 0 && values[i] <= above) break;
    if (b * Math.abs(last[i]) > (i === 0 ? TOP_RESIDUAL : REST_RESIDUAL) * scale) return false;
  }
  return true;
}

function assemble({ values, vectors }: Ritz, basis: readonly Float64Array[], above: number): Eigenpair[] {
  const wanted = values.findIndex((value, i) => i > 0 && value <= above);
  return values
    .slice(0, wanted < 0 ? values.length : wanted)
    .map((value, i) => ({ value, vector: combination(basis, vectors, i) }));
}

export interface EigenvalueProof {
  /** Whether a factorization succeeded; without one the bound is ‖S‖_F. */
  readonly proven: boolean;
  readonly bound: number;
  /** T, 0 without a factorization. */
  readonly threshold: number;
}

/**
 * A proven upper bound on λ_max(S) for dense symmetric S (n × n, entries of ordinary size), close to the estimate: the Cholesky
 * factorization of M = fl(T I − S) succeeds, so M ⪰ −ε tr M with ε = `choleskyError(n)`, and with |T − S_ii − M_ii| ≤ u M_ii
 *   λ_max(S) ≤ T + ε tr M + u max M_ii.
 * T lies above the estimate by what the factorization is sure to survive, and by more where it does not. A proof that fails or is
 * interrupted falls back on ‖S‖_F. Source: rump2006. Cost n³/3 flops.
 */
export function proveEigenvalueBound(
  s: Float64Array,
  n: number,
  estimate: number,
  stopped: () => boolean = () => false,
): EigenvalueProof {
  const frobenius = roundedUp(euclideanLength(s), s.length + 4);
  const factor = choleskyError(n);
  let spread = 0;
  for (let i = 0; i < n; i++) spread += Math.abs(estimate - s[i * n + i]);
  let excess = 2 * factor * spread + 1e-14 * Math.abs(estimate);
  for (let attempt = 0; attempt < 10 && !stopped(); attempt++, excess *= 16) {
    const threshold = estimate + excess;
    const shifted = new Float64Array(n * n);
    let trace = 0;
    let largest = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) shifted[i * n + j] = -s[i * n + j];
      const pivot = threshold - s[i * n + i];
      shifted[i * n + i] = pivot;
      trace += pivot;
      largest = Math.max(largest, pivot);
    }
    if (!choleskyInto(shifted, n, stopped)) continue;
    const error = roundedUp(factor * roundedUp(trace, n) + UNIT_ROUNDOFF * largest, 6) + n * n * 1e-300;
    const bound = threshold + error + 4 * UNIT_ROUNDOFF * (Math.abs(threshold) + error);
    return { proven: true, bound: Math.min(bound, frobenius), threshold };
  }
  return { proven: false, bound: frobenius, threshold: 0 };
}
