/**
 * ℓ2·ℓ2: Ω°(W) = σ₁(W).
 *
 * Value: Golub-Kahan-Lanczos, an estimate from below. Proof (theory.md §4): scale W by a power of two to A with entries at
 * most 1 (exact), form S = fl(AᵀA) over the smaller side k, and show by Cholesky that fl(T I − S) is positive definite.
 * Then AᵀA ⪯ (T(1 + u) + ε_chol + ε_gram) I, where
 *   ε_gram ≤ γ_M tr(AᵀA)              M the longer side (|S − AᵀA| ≤ γ_M |A|ᵀ|A|, and ‖|A|‖₂² ≤ ‖A‖_F²),
 *   ε_chol ≤ γ_{k+1}/(1 − γ_{k+1}) tr(T I − S)     (rump2006),
 * so σ₁(A) is at most the square root. A proof that fails or is interrupted falls back on ‖W‖_F, which always holds.
 * Cost: Lanczos + M k² + k³/3 flops.
 */
import { choleskyInto } from "../../linalg/cholesky.ts";
import { largestSingularTriplets } from "../../linalg/lanczos.ts";
import type { Observed } from "../../linalg/observed.ts";
import { bilinear, dividedBy, gram, transpose } from "../../linalg/observed.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { kindOf, zeroResult } from "./bracket.ts";
import type { PolarBranch, PolarOptions, PolarResult } from "./polar.ts";
import { SMALLEST_POLAR } from "./polar.ts";

const METHOD = "Lanczos, proven by Cholesky";

export function spectralPolar(w: Observed, options: PolarOptions): PolarResult {
  const scale = powerOfTwoAbove(w.value);
  if (scale === 0) return zeroResult(METHOD);
  const a = dividedBy(w, scale);
  const triplets = largestSingularTriplets(a, { above: options.above / scale, stopped: options.stopped });
  const branches = triplets
    .map(({ u, v }): PolarBranch => ({ value: bilinear(w, u, v), factors: [u, v] }))
    .sort((x, y) => y.value - x.value);
  const lower = branches[0]?.value ?? 0;
  if (options.effort === "estimate") return { ...unproven(w), lower, branches };
  const proof = proveSpectralBound(a, lower / scale, options.stopped);
  const upper = Math.max(proof.bound * scale, SMALLEST_POLAR);
  return {
    lower,
    upper,
    method: proof.proven ? METHOD : "Lanczos, proven by the Frobenius norm",
    // With one row or column the Frobenius norm is σ₁ itself.
    kind: kindOf(lower, upper),
    witness: { kind: proof.proven ? "cholesky" : "frobenius", threshold: proof.threshold },
    branches,
  };
}

/** A proven upper bound on σ₁(A) close to the estimate; entries of A must be at most 1 in modulus. */
export function proveSpectralBound(
  a: Observed,
  estimate: number,
  stopped: () => boolean = () => false,
): { readonly proven: boolean; readonly bound: number; readonly threshold: number } {
  const side = a.columns <= a.rows ? a : transpose(a);
  const k = side.columns;
  const longer = side.rows;
  const s = gram(side, stopped);
  let trace = 0;
  for (let i = 0; i < k; i++) trace += s[i * k + i];
  // tr fl(AᵀA) against tr AᵀA = ‖A‖_F²: the same γ, then the sum over k.
  const frobeniusSquared = roundedUp(trace, longer + k) + k * longer * UNDERFLOW;
  const gramError = gamma(longer) * frobeniusSquared + k * longer * UNDERFLOW;
  const choleskyFactor = gamma(k + 1) / (1 - gamma(k + 1));
  const choleskyError = (threshold: number) => roundedUp(choleskyFactor * k * threshold, 4) + k * k * 1e-300;

  let excess = 2 * (choleskyError(estimate * estimate) + gramError) + 1e-14 * estimate * estimate;
  for (let attempt = 0; attempt < 10 && !stopped(); attempt++, excess *= 16) {
    const threshold = estimate * estimate + excess;
    const shifted = new Float64Array(k * k);
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < i; j++) shifted[i * k + j] = -s[i * k + j];
      shifted[i * k + i] = threshold - s[i * k + i];
    }
    if (!choleskyInto(shifted, k, stopped)) continue;
    const squared = threshold * (1 + UNIT_ROUNDOFF) + choleskyError(threshold) + gramError;
    const bound = roundedUp(Math.sqrt(roundedUp(squared, 4)), 4);
    // A sloppy proof can be worse than the norm that needs none.
    const frobenius = roundedUp(Math.sqrt(frobeniusSquared), 4);
    return bound <= frobenius ? { proven: true, bound, threshold } : { proven: false, bound: frobenius, threshold: 0 };
  }
  return { proven: false, bound: frobeniusBound(a), threshold: 0 };
}

/** ‖A‖_F rounded up: σ₁ ≤ ‖A‖_F. */
function frobeniusBound(a: Observed): number {
  let sum = 0;
  for (let k = 0; k < a.value.length; k++) sum += a.value[k] * a.value[k];
  return roundedUp(Math.sqrt(roundedUp(sum, a.value.length + 2)), 4);
}

/** The value alone, without the cost of a proof. */
function unproven(w: Observed): PolarResult {
  const upper = frobeniusBound(w);
  return {
    lower: 0,
    upper,
    method: "Lanczos, not proven",
    kind: "bound",
    witness: { kind: "none", threshold: 0 },
    branches: [],
  };
}
