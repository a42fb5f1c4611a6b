/** σ₁ of any matrix, from above: proven by Cholesky where that is cheap enough, by the Frobenius norm where it is not. */
import { proveEigenvalueBound } from "./eigen.ts";
import { largestSingularTriplets } from "./lanczos.ts";
import { nonnegativeBound } from "./nonnegative-bound.ts";
import type { Observed } from "./observed.ts";
import { dividedBy, gram, isAffordable, observedEntries, transpose } from "./observed.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW } from "./rounding.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { lengthBound } from "./vector.ts";

/** Flops of one proof: about a second. */
const MAX_FLOPS = 2e9;
/** Up to this shorter side the dense eigenvalue of AᵀA is found sooner than Lanczos finds σ₁. */
const MAX_DENSE_SIDE = 256;

export interface SpectralProof {
  /** Whether Cholesky proved more than the Frobenius norm knows. */
  readonly proven: boolean;
  readonly bound: number;
  /** T, 0 where it is the Frobenius norm. */
  readonly threshold: number;
  /** Set where a Gram matrix would be larger than what is stored of A: then `bound` is what moduli of the entries bound. */
  readonly byNorms?: true;
}

/**
 * A proven upper bound on σ₁(A) close to the estimate, or to σ₁ itself where none is given; entries of A must be at most 1 in
 * modulus. With S = fl(AᵀA) over the shorter side k, M the longer one,
 *   σ₁(A)² ≤ λ_max(S) + ε_gram,   ε_gram ≤ γ_M tr(AᵀA)     as |S − AᵀA| ≤ γ_M |A|ᵀ|A| and ‖|A|‖₂² ≤ ‖A‖_F²,
 * and λ_max(S) is bounded by a factorization of T I − S (`eigen.ts`). A proof that fails or is interrupted falls back on ‖A‖_F,
 * which always holds. Cost M k² + k³/3 flops, and 4k³/3 for an estimate.
 */
export function proveSpectralBound(
  a: Observed,
  estimate: number | undefined,
  stopped: () => boolean = () => false,
): SpectralProof {
  if (!isAffordable(Math.min(a.columns, a.rows) ** 2, a)) {
    const bound = Math.min(lengthBound(a.value), nonnegativeBound(a));
    return { proven: false, bound, threshold: 0, byNorms: true };
  }
  const side = a.columns <= a.rows ? a : transpose(a);
  const { columns: k, rows: longer } = side;
  const s = gram(side, stopped);
  let trace = 0;
  for (let i = 0; i < k; i++) trace += s[i * k + i];
  // tr fl(AᵀA) against tr AᵀA = ‖A‖_F²: the same γ, then the sum over k.
  const lost = k * longer * UNDERFLOW;
  const gramError = roundedUp(gamma(longer) * (roundedUp(trace, longer + k) + lost), 2) + lost;
  // An estimate that does not come from S itself may be off by what S is.
  const level = estimate === undefined ? symmetricEigen(k).largest(s) : estimate * estimate + 2 * gramError;
  const proof = proveEigenvalueBound(s, k, level, stopped);
  const frobenius = lengthBound(a.value);
  if (!proof.proven) return { proven: false, bound: frobenius, threshold: 0 };
  const bound = roundedUp(Math.sqrt(roundedUp(Math.max(0, proof.bound) + gramError, 4)), 4);
  return bound <= frobenius
    ? { proven: true, bound, threshold: proof.threshold }
    : { proven: false, bound: frobenius, threshold: 0 };
}

/** Not below σ₁(A), rounding included; Infinity where A is not finite. Cost M k², k the shorter side and M the longer one. */
export function singularBound(a: Observed, stopped: () => boolean = () => false): number {
  const frobenius = lengthBound(a.value);
  if (!(frobenius < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  const scale = powerOfTwoAbove(a.value);
  if (scale === 0) return 0;
  const side = Math.min(a.rows, a.columns);
  const isCheap = Math.max(a.rows, a.columns) * side ** 2 <= MAX_FLOPS;
  if (!isCheap || scale === Number.POSITIVE_INFINITY) return frobenius;
  const unit = dividedBy(a, scale);
  const estimate = side <= MAX_DENSE_SIDE ? undefined : lanczosEstimate(unit, stopped);
  const { bound } = proveSpectralBound(unit, estimate, stopped);
  return Math.min(frobenius, roundedUp((bound + a.value.length * UNDERFLOW) * scale, 2));
}

/** The same for a dense row-major array of so many columns. */
export function denseSingularBound(a: Float64Array, columns: number, stopped?: () => boolean): number {
  return singularBound(
    observedEntries(a, a.length / columns, columns, (k) => a[k] !== 0),
    stopped,
  );
}

function lanczosEstimate(a: Observed, stopped: () => boolean): number {
  return largestSingularTriplets(a, { above: Number.POSITIVE_INFINITY, stopped })[0]?.sigma ?? 0;
}
