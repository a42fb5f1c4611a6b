/** Largest singular values and vectors by Golub-Kahan-Lanczos bidiagonalization with full reorthogonalization. */
import { SingularValueDecomposition } from "ml-matrix";
import { combination, orthogonalizeInto, randomUnit } from "./krylov.ts";
import type { Observed } from "./observed.ts";
import { multiplyInto, multiplyTransposedInto, transpose } from "./observed.ts";
import { normalStream } from "./random.ts";
import { addScaledInto, euclideanLength, scaleInto } from "./vector.ts";

export interface SingularTriplet {
  readonly sigma: number;
  /** Unit vectors with ⟨A, u vᵀ⟩ = uᵀ A v ≈ sigma. */
  readonly u: Float64Array;
  readonly v: Float64Array;
}

export interface LanczosOptions {
  /** Triplets with sigma above this are wanted (the largest one always). */
  readonly above: number;
  readonly stopped: () => boolean;
}

/** Relative residual at which the largest value counts as converged, and the others (which only serve as directions). */
const TOP_TOLERANCE = 1e-14;
const REST_TOLERANCE = 1e-6;

/**
 * Triplets of A (m×n) in descending order. A Krylov space of dimension k costs 4k·nnz + 4k²(m+n) flops; it grows until the
 * largest value has converged to 1e-14 and the wanted others to 1e-6, at the latest to min(m, n).
 * The result is an estimate from below: it proves nothing about values it did not meet.
 * Source: golub1965; reorthogonalization as in simon2000.
 */
export function largestSingularTriplets(a: Observed, options: LanczosOptions): SingularTriplet[] {
  // The side of v must be the smaller one: its basis is complete after min(m, n) steps, and nothing is left over.
  if (a.columns > a.rows) {
    return largestSingularTriplets(transpose(a), options).map(({ sigma, u, v }) => ({ sigma, u: v, v: u }));
  }
  const { rows: m, columns: n } = a;
  const limit = Math.min(m, n);
  const normal = normalStream(0x9e3779b9);
  const us: Float64Array[] = [];
  const vs: Float64Array[] = [];
  const alpha: number[] = [];
  const beta: number[] = [];
  let scale = 0;
  let v = randomUnit(n, vs, normal);
  let fresh = true;
  let nextCheck = Math.min(8, limit);
  while (v !== undefined && vs.length < limit) {
    const u = new Float64Array(m);
    multiplyInto(u, a, v);
    const previous = us.at(-1);
    if (previous !== undefined) addScaledInto(u, -(beta.at(-1) ?? 0), previous);
    orthogonalizeInto(u, us);
    let norm = euclideanLength(u);
    if (!Number.isFinite(norm)) break;
    scale = Math.max(scale, norm);
    if (norm <= 1e-15 * scale) {
      // A random direction of the complement is mapped to 0: so is the whole complement.
      const other = fresh ? undefined : randomUnit(m, us, normal);
      if (other === undefined) break;
      u.set(other);
      norm = 0;
    } else scaleInto(u, 1 / norm);
    vs.push(v);
    us.push(u);
    alpha.push(norm);

    const w = new Float64Array(n);
    multiplyTransposedInto(w, a, u);
    addScaledInto(w, -norm, v);
    orthogonalizeInto(w, vs);
    const b = euclideanLength(w);
    scale = Math.max(scale, b);
    fresh = b <= 1e-15 * scale;
    const k = vs.length;
    // The first pair is an estimate from below too, and needs no SVD of what was built.
    if (options.stopped()) return [{ sigma: alpha[0], u: us[0], v: vs[0] }];
    if (!fresh && k >= nextCheck && k < limit) {
      const ritz = ritzTriplets(alpha, beta);
      if (converged(ritz, b, options.above, k)) return assemble(ritz, us, vs, options.above);
      nextCheck = Math.ceil(k * 1.3) + 1;
    }
    // An invariant subspace: go on from a fresh direction, uncoupled from the old ones.
    beta.push(fresh ? 0 : b);
    if (!fresh) scaleInto(w, 1 / b);
    v = fresh ? randomUnit(n, vs, normal) : w;
  }
  return vs.length === 0 ? [] : assemble(ritzTriplets(alpha, beta), us, vs, options.above);
}

interface Ritz {
  readonly sigma: readonly number[];
  /** Columns: coefficients in `us` and `vs`. */
  readonly left: number[][];
  readonly right: number[][];
}

/** SVD of the upper bidiagonal matrix with diagonal alpha and superdiagonal beta. */
function ritzTriplets(alpha: readonly number[], beta: readonly number[]): Ritz {
  const k = alpha.length;
  const b = Array.from({ length: k }, () => new Array<number>(k).fill(0));
  for (let i = 0; i < k; i++) {
    b[i][i] = alpha[i];
    if (i + 1 < k) b[i][i + 1] = beta[i];
  }
  const svd = new SingularValueDecomposition(b);
  return {
    sigma: svd.diagonal,
    left: svd.leftSingularVectors.to2DArray(),
    right: svd.rightSingularVectors.to2DArray(),
  };
}

/** The residual of Ritz triplet i is b times the last entry of its left vector. */
function converged(ritz: Ritz, b: number, above: number, k: number): boolean {
  const top = ritz.sigma[0] ?? 0;
  for (let i = 0; i < k; i++) {
    if (i > 0 && ritz.sigma[i] <= above) break;
    const residual = b * Math.abs(ritz.left[k - 1][i]);
    // The value's error is quadratic in the residual; the direction's is linear.
    if (residual > (i === 0 ? Math.sqrt(TOP_TOLERANCE) : REST_TOLERANCE) * top) return false;
  }
  return true;
}

function assemble(
  ritz: Ritz,
  us: readonly Float64Array[],
  vs: readonly Float64Array[],
  above: number,
): SingularTriplet[] {
  const triplets: SingularTriplet[] = [];
  for (let i = 0; i < ritz.sigma.length; i++) {
    if (i > 0 && ritz.sigma[i] <= above) break;
    triplets.push({ sigma: ritz.sigma[i], u: combination(us, ritz.left, i), v: combination(vs, ritz.right, i) });
  }
  return triplets;
}
