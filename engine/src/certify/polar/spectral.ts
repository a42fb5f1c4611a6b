/**
 * ℓ2·ℓ2: Ω°(W) = σ₁(W). Value: Golub-Kahan-Lanczos, an estimate from below. Proof (theory.md §4): by Cholesky on the Gram matrix of W
 * scaled by a power of two, or the Frobenius norm where that fails; where that matrix would be larger than
 * W is stored, by the moduli of the entries (`linalg/singular-bound.ts`). Cost: of both.
 */
import { largestSingularTriplets } from "../../linalg/lanczos.ts";
import type { Observed } from "../../linalg/observed.ts";
import { bilinear, dividedBy } from "../../linalg/observed.ts";
import { powerOfTwoAbove } from "../../linalg/rounding.ts";
import { proveSpectralBound } from "../../linalg/singular-bound.ts";
import { lengthBound } from "../../linalg/vector.ts";
import { kindOf, zeroResult } from "./bracket.ts";
import type { PolarBranch, PolarOptions, PolarResult } from "./polar.ts";
import { SMALLEST_POLAR } from "./polar.ts";

const METHOD = "Lanczos, proven by Cholesky";
export const MODULI_METHOD = "Lanczos, bounded by the moduli of the entries";
export const MODULI_WHY =
  "a proof by Cholesky needs a matrix of the shorter side squared, which is more than all observed entries take";

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
  if (proof.byNorms) {
    const witness = { kind: "moduli", threshold: proof.bound };
    return { lower, upper, method: MODULI_METHOD, why: MODULI_WHY, kind: kindOf(lower, upper), witness, branches };
  }
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

/** The value alone, without the cost of a proof. */
function unproven(w: Observed): PolarResult {
  const upper = lengthBound(w.value);
  return {
    lower: 0,
    upper,
    method: "Lanczos, not proven",
    kind: "bound",
    witness: { kind: "none", threshold: 0 },
    branches: [],
  };
}
