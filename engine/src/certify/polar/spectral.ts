/**
 * ℓ2·ℓ2: Ω°(W) = σ₁(W). Value: Lanczos on WᵀW, an estimate from below. Proof (theory.md §4): a Cholesky factorization of T I − WᵀW for
 * W scaled by a power of two succeeds, so σ₁(W)² ≤ T but for rounding, which is bounded; up to a side of 3000 from a Gram matrix that
 * is held, beyond from rows of it that are made while the factor grows. Where even the factor would be larger than W is stored, the
 * moduli of the entries, and where a proof is interrupted, the Frobenius norm (`linalg/singular-bound.ts`). Cost: of both.
 */
import type { LanczosOptions, SingularTriplet } from "../../linalg/lanczos.ts";
import { largestSingularTriplets } from "../../linalg/lanczos.ts";
import type { Observed } from "../../linalg/observed.ts";
import { dividedBy } from "../../linalg/observed.ts";
import { powerOfTwoAbove, roundedUp } from "../../linalg/rounding.ts";
import type { SpectralMethod } from "../../linalg/singular-bound.ts";
import { spectralBracket } from "../../linalg/singular-bound.ts";
import { kindOf, zeroResult } from "./bracket.ts";
import type { PolarBranch, PolarOptions, PolarResult } from "./polar.ts";
import { SMALLEST_POLAR } from "./polar.ts";

const METHOD = "Lanczos, proven by Cholesky";
export const MODULI_METHOD = "Lanczos, bounded by the moduli of the entries";
export const MODULI_WHY =
  "a proof by Cholesky needs a factor of half the shorter side squared, which is more than all observed entries take";
/** The part of the polar's tolerance that its value may be off by in a cluster, and the most: the bracket stays exact. */
const CLUSTER_SHARE = 1 / 2;
const MOST_ERROR = 2e-7;

interface Statement {
  readonly method: string;
  readonly why?: string;
  /** Kind of the witness. */
  readonly witness: string;
}

const STATEMENTS: Readonly<Record<SpectralMethod, Statement>> = {
  gram: { method: METHOD, witness: "cholesky" },
  apart: {
    method: "branches of the point, Cholesky for the rest",
    why: "all branches reach the same value; of every other direction it only has to be shown that it reaches less, and the Gram matrix of the data shows that",
    witness: "cholesky",
  },
  rows: {
    method: "Lanczos, proven by a Cholesky factorization row by row",
    why: "a Gram matrix of this side is never held: T I − WᵀW is factored from rows that are made one after the other",
    witness: "cholesky",
  },
  moduli: { method: MODULI_METHOD, why: MODULI_WHY, witness: "moduli" },
  frobenius: { method: "Lanczos, proven by the Frobenius norm", witness: "frobenius" },
};

/** Beyond 2^±60 numbers are divided by a power of two: their squares must not come near the ends of float64. */
const ORDINARY = 2 ** 60;

export function spectralPolar(w: Observed, options: PolarOptions): PolarResult {
  const size = powerOfTwoAbove(w.value);
  if (size === 0) return zeroResult(METHOD);
  const scale = size > ORDINARY || size < 1 / ORDINARY ? size : 1;
  const a = scale === 1 ? w : dividedBy(w, scale);
  const wanted: LanczosOptions = {
    above: options.above / scale,
    tolerance: clusterTolerance(options),
    lasting: scale === 1 && options.lasting,
    stopped: options.stopped,
  };
  if (options.effort === "estimate") return unproven(w, size, branchesOf(largestSingularTriplets(a, wanted), scale));
  const { triplets, proof, isGuessed } = spectralBracket(a, {
    ...wanted,
    guess: options.guess?.branches[0][1],
    apart: options.guess?.apart,
  });
  const branches = branchesOf(triplets, scale);
  const lower = branches[0]?.value ?? 0;
  const upper = Math.max(proof.bound * scale, SMALLEST_POLAR);
  const { method, why, witness } = STATEMENTS[proof.method];
  const unit = size / scale;
  return {
    lower,
    upper,
    method,
    ...(why === undefined ? {} : { why }),
    // With one row or column the Frobenius norm is σ₁ itself.
    kind: kindOf(lower, upper),
    // Of W divided by the power of two above its entries.
    witness: { kind: witness, threshold: proof.method === "moduli" ? proof.bound / unit : proof.threshold / unit ** 2 },
    isGuessed,
    branches,
  };
}

/** The relative error of the largest value that does no harm where many lie near it, as at every optimum. */
export function clusterTolerance({ tolerance }: PolarOptions): number | undefined {
  return tolerance === undefined ? undefined : Math.min(MOST_ERROR, CLUSTER_SHARE * tolerance);
}

function branchesOf(triplets: readonly SingularTriplet[], scale: number): PolarBranch[] {
  return triplets.map(({ sigma, u, v }): PolarBranch => ({ value: sigma * scale, factors: [u, v] }));
}

/** The value alone, without the cost of a proof; entries of W are at most `size`. */
function unproven(w: Observed, size: number, branches: readonly PolarBranch[]): PolarResult {
  return {
    lower: branches[0]?.value ?? 0,
    upper: roundedUp(size * Math.sqrt(w.value.length), 3),
    method: "Lanczos, not proven",
    kind: "bound",
    witness: { kind: "none", threshold: 0 },
    branches,
  };
}
