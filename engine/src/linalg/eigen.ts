/** Largest eigenvalues of symmetric matrices: found by Lanczos, bounded by a Cholesky factorization. */
import { choleskyError } from "./cholesky.ts";
import type { LowerRows } from "./definite.ts";
import { isFactored } from "./definite.ts";
import { isWhole } from "./gram.ts";
import type { KrylovOptions, RitzPair } from "./krylov.ts";
import { largestRitzPairs } from "./krylov.ts";
import type { Observed } from "./observed.ts";
import { multiplyInto } from "./observed.ts";
import { roundedUp, UNIT_ROUNDOFF } from "./rounding.ts";
import { euclideanLength, lengthBound } from "./vector.ts";

export type Eigenpair = RitzPair;

export type EigenOptions = Omit<KrylovOptions, "most"> & Partial<Pick<KrylovOptions, "most">>;

/** More directions than anybody follows at once. */
const MOST_PAIRS = 32;
/** The part of ε tr M by which T is tried above the estimate. */
const LEAST_EXCESS = 1 / 8;
/** How much more is tried after a T that was too low; and where some excess does no harm, so many times after a T above that. */
const MORE = 16;
const LITTLE_MORE = 4;
const LITTLE_TIMES = 4;
const MOST_ATTEMPTS = 10;

/**
 * Eigenpairs of the symmetric S (n × n, both triangles) in descending order: the largest, and those above `above`, as many as
 * `most` says. An estimate from below: it proves nothing about values it did not meet. Cost of a step 2·nnz flops (`krylov.ts`).
 */
export function largestEigenpairs(
  s: Observed,
  { above, most = MOST_PAIRS, start, tolerance, stopped }: EigenOptions,
): Eigenpair[] {
  const { rows: n, value } = s;
  const options = { above, most, start, tolerance, stopped };
  if (isWhole(s)) return largestRitzPairs(n, value, options);
  return largestRitzPairs(n, (out, x) => multiplyInto(out, s, x), options);
}

export interface EigenvalueProof {
  /** Whether a factorization succeeded; without one the bound is ‖S‖_F. */
  readonly proven: boolean;
  readonly bound: number;
  /** T, 0 without a factorization. */
  readonly threshold: number;
}

export interface ProofOptions {
  /** Some excess over the estimate that does no harm. */
  readonly harmless?: number;
  /** How many thresholds are tried, each further above the estimate. */
  readonly attempts?: number;
}

/** A symmetric matrix as a proof asks for it. */
export interface SymmetricRows extends LowerRows {
  /** S_ii but for rounding. */
  readonly diagonal: Float64Array;
  /** Some bound on λ_max(S) that holds anyway. */
  readonly fallback: number;
}

/**
 * A proven upper bound on λ_max(S) for dense symmetric S (n × n, entries of ordinary size), close to the estimate. A proof that
 * fails or is interrupted falls back on ‖S‖_F.
 */
export function proveEigenvalueBound(
  s: Float64Array,
  n: number,
  estimate: number,
  stopped: () => boolean = () => false,
  options: ProofOptions = {},
): EigenvalueProof {
  const rows: SymmetricRows = {
    n,
    rowInto: (out, at, i) => {
      out.set(s.subarray(i * n, i * n + i + 1), at);
    },
    diagonal: Float64Array.from({ length: n }, (_, i) => s[i * n + i]),
    fallback: roundedUp(euclideanLength(s), s.length + 4),
  };
  return proveRowsBound(rows, estimate, stopped, options);
}

/** The same for S with its observed entries, both triangles: what is held besides is the factor, n²/2 numbers. */
export function proveObservedBound(
  { rows: n, rowStart, column, value }: Observed,
  estimate: number,
  stopped: () => boolean,
): EigenvalueProof {
  const diagonal = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) if (column[k] === i) diagonal[i] = value[k];
  }
  const rowInto = (out: Float64Array, at: number, i: number) => {
    out.fill(0, at, at + i + 1);
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) if (column[k] <= i) out[at + column[k]] = value[k];
  };
  return proveRowsBound({ n, rowInto, diagonal, fallback: lengthBound(value) }, estimate, stopped);
}

/**
 * The same for S by rows: the Cholesky factorization of M = fl(T I − S) succeeds, so M ⪰ −ε tr M with ε = `choleskyError(n)`, and with
 * |T − S_ii − M_ii| ≤ u M_ii
 *   λ_max(S) ≤ T + ε tr M + u max M_ii.
 * T lies above the estimate by a part of ε tr M, which is what the factorization survives in practice, and by more where it does not:
 * by `harmless` next, where some excess is.
 * Source: rump2006. Cost n³/3 flops.
 */
export function proveRowsBound(
  { n, rowInto, diagonal, fallback }: SymmetricRows,
  estimate: number,
  stopped: () => boolean,
  { harmless = 0, attempts = MOST_ATTEMPTS }: ProofOptions = {},
): EigenvalueProof {
  const factor = choleskyError(n);
  const spread = diagonal.reduce((sum, entry) => sum + Math.abs(estimate - entry), 0);
  let excess = LEAST_EXCESS * (factor * spread + UNIT_ROUNDOFF * n * Math.abs(estimate)) + 1e-14 * Math.abs(estimate);
  let littleLeft = harmless > 0 ? LITTLE_TIMES : 0;
  const more = () => {
    if (excess < harmless) return Math.max(harmless, MORE * excess);
    return (littleLeft-- > 0 ? LITTLE_MORE : MORE) * excess;
  };
  for (let attempt = 0; attempt < attempts && !stopped(); attempt++, excess = more()) {
    const threshold = estimate + excess;
    let trace = 0;
    let largest = 0;
    const countedInto = (out: Float64Array, at: number, i: number) => {
      rowInto(out, at, i);
      const pivot = threshold - out[at + i];
      trace += pivot;
      largest = Math.max(largest, pivot);
    };
    if (!isFactored(threshold, { n, rowInto: countedInto }, { stopped })) continue;
    const error = roundedUp(factor * roundedUp(trace, n) + UNIT_ROUNDOFF * largest, 6) + n * n * 1e-300;
    const bound = threshold + error + 4 * UNIT_ROUNDOFF * (Math.abs(threshold) + error);
    return { proven: true, bound: Math.min(bound, fallback), threshold };
  }
  return { proven: false, bound: fallback, threshold: 0 };
}
