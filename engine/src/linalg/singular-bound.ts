/** σ₁ of any matrix, from above: proven by Cholesky where that is cheap enough, by norms where it is not. */
import type { SetApart } from "./deflated-bound.ts";
import { deflatedBound } from "./deflated-bound.ts";
import { type ProofOptions, proveEigenvalueBound, proveRowsBound } from "./eigen.ts";
import { gramOver, gramRows, isWhole } from "./gram.ts";
import { mayKeepGram } from "./kept-gram.ts";
import type { LanczosOptions, SingularTriplet } from "./lanczos.ts";
import { productsOf, tallTriplets, turned } from "./lanczos.ts";
import { nonnegativeBound } from "./nonnegative-bound.ts";
import type { Observed } from "./observed.ts";
import { affordableCells, dividedBy, observedEntries, transpose } from "./observed.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW, UNIT_ROUNDOFF } from "./rounding.ts";
import { withScratch } from "./scratch.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { euclideanLength, lengthBound, over } from "./vector.ts";

/** Flops of one proof that nobody asked for by name: a fraction of a second. */
const MAX_FLOPS = 2e9;
/** Up to this shorter side the dense eigenvalue of AᵀA is found sooner than by Lanczos. */
const MAX_DENSE_SIDE = 64;
/** Up to this shorter side the Gram matrix is made: 72 MB. */
export const MAX_GRAM_SIDE = 3000;
/** Up to so many of all columns are worth setting apart, … */
const FEW_OF_ALL = 1 / 4;
/** … where the bound is so little (relative) above what is attained. */
const SHARP = 1e-9;
/** Numbers of a factor at most: 400 MB. */
const MAX_FACTOR = 5e7;

/**
 * What is proven, and of what:
 *   gram       a factor of T I − S, S = fl(AᵀA) over the shorter side, which is held as a whole
 *   apart      what branches of the point make of A, and a factor of T I − S for the rest, S of the data (`deflated-bound.ts`)
 *   rows       the same for rows of S that are made while the factor grows: its k(k + 1)/2 numbers are all that is held
 *   moduli     the moduli of the entries, or ‖A‖_F: a factor would be larger than what is stored of A
 *   frobenius  ‖A‖_F, where a proof was interrupted or knows no more
 */
export type SpectralMethod = "gram" | "apart" | "rows" | "moduli" | "frobenius";

export interface SpectralProof {
  readonly method: SpectralMethod;
  readonly bound: number;
  /** T, 0 where nothing was factored. */
  readonly threshold: number;
}

export interface SpectralBracket {
  /** Whether the guess took the place of the search. */
  readonly isGuessed: boolean;
  readonly triplets: readonly SingularTriplet[];
  readonly proof: SpectralProof;
}

export interface BracketOptions extends LanczosOptions {
  /**
   * x of which ‖A x‖ = σ₁ ‖x‖ is likely. It is the only direction where a proof right above that value succeeds, and the others are
   * not searched for.
   */
  readonly guess?: Float64Array | undefined;
  /** All such x, and where A comes from: then the proof does without a Gram matrix of A. */
  readonly apart?: SetApart | undefined;
}

/**
 * σ₁(A) from both sides, and directions as `largestSingularTriplets` finds them; the largest entry of A must be of ordinary
 * size, 2^±60. A Gram
 * matrix that the proof needs serves the search too, where it is smaller than A.
 */
export function spectralBracket(a: Observed, options: BracketOptions): SpectralBracket {
  const stopped = forGood(options.stopped);
  const deflated = options.apart === undefined ? undefined : provenApart(a, options.apart, stopped);
  if (deflated !== undefined) return deflated;
  return withSubject(a, stopped, (subject) => {
    const isWide = subject.side !== a;
    const guessed = options.guess === undefined ? undefined : tripletAt(a, options.guess);
    if (guessed !== undefined && subject.method === "gram") {
      const proof = prove(subject, guessed.sigma, stopped, { attempts: 1 });
      if (proof.method === "gram") return { triplets: [guessed], proof, isGuessed: true };
    }
    const found = tallTriplets(subject.side, () => (isWide ? a : transpose(a)), subject.gram, { ...options, stopped });
    const [first] = found;
    const estimate = first === undefined ? 0 : first.sigma + first.error;
    // Of the square.
    const harmless = 2 * (options.tolerance ?? 0) * estimate * estimate;
    const proof = prove(subject, estimate, stopped, { harmless });
    return { triplets: isWide ? found.map(turned) : found, proof, isGuessed: false };
  });
}

/** Undefined where it is not about this A, takes no less time, or proves less than a Gram matrix of A would. */
function provenApart(a: Observed, apart: SetApart, stopped: () => boolean): SpectralBracket | undefined {
  const isAbout = apart.w === a.value && apart.y.length === a.value.length && mayKeepGram(a);
  if (!isAbout || apart.branches.length > FEW_OF_ALL * Math.min(a.rows, a.columns)) return undefined;
  const found = deflatedBound(a, apart, stopped);
  if (found === undefined) return undefined;
  const { bound, threshold, triplet } = found;
  if (!(bound <= triplet.sigma * (1 + SHARP))) return undefined;
  return { triplets: [triplet], proof: { method: "apart", bound, threshold }, isGuessed: true };
}

/** x / ‖x‖ and what A makes of it; undefined where that is nothing, or not finite. */
function tripletAt(a: Observed, x: Float64Array): SingularTriplet | undefined {
  const length = euclideanLength(x);
  const v = over(x, length);
  const [product] = productsOf(a, [v]);
  const sigma = euclideanLength(product);
  if (!(length > 0 && sigma > 0 && sigma < Number.POSITIVE_INFINITY)) return undefined;
  return { sigma, u: over(product, sigma), v, error: 0 };
}

/**
 * A proven upper bound on σ₁(A) close to the estimate; the largest entry of A must be of ordinary size, 2^±60. With S = fl(AᵀA) over the shorter
 * side k, M the entries of its longest column,
 *   σ₁(A)² ≤ λ_max(S) + ε_gram,   ε_gram ≤ γ_M tr(AᵀA)     as |S − AᵀA| ≤ γ_M |A|ᵀ|A| and ‖|A|‖₂² ≤ ‖A‖_F²,
 * and λ_max(S) is bounded by a factorization of T I − S (`eigen.ts`). Cost of S and k³/3 flops.
 */
export function proveSpectralBound(a: Observed, estimate: number, stopped: () => boolean = () => false): SpectralProof {
  const until = forGood(stopped);
  return withSubject(a, until, (subject) => prove(subject, estimate, until));
}

/** What was interrupted once is of no use ever after. */
function forGood(stopped: () => boolean): () => boolean {
  let isStopped = false;
  return () => {
    isStopped ||= stopped();
    return isStopped;
  };
}

/** A turned so that it has the shorter side for columns, and how S is had: unusable once it was stopped. */
interface Subject {
  readonly side: Observed;
  readonly method: SpectralMethod;
  readonly gram: Float64Array | undefined;
}

function withSubject<Result>(a: Observed, stopped: () => boolean, use: (subject: Subject) => Result): Result {
  const side = a.columns <= a.rows ? a : transpose(a);
  const { columns: k } = side;
  if (k <= MAX_GRAM_SIDE) {
    return withScratch(k * k, (s) => {
      gramOver(s, side, stopped);
      return use({ side, method: "gram", gram: s });
    });
  }
  const affordable = (k * (k + 1)) / 2 <= Math.min(MAX_FACTOR, affordableCells(a));
  return use({ side, method: affordable ? "rows" : "moduli", gram: undefined });
}

function prove(
  { side, method, gram: s }: Subject,
  estimate: number,
  stopped: () => boolean,
  options: ProofOptions = {},
): SpectralProof {
  const frobenius = lengthBound(side.value);
  if (method === "moduli") return { method, bound: Math.min(frobenius, nonnegativeBound(side)), threshold: 0 };
  const { columns: k } = side;
  const terms = longestColumn(side);
  const lost = k * terms * UNDERFLOW;
  const gramError = roundedUp(gamma(terms) * roundedUp(frobenius * frobenius, 2), 2) + lost;
  // The estimate squared, and what rounding makes of S besides: some part of what it can at most.
  const level = estimate * estimate * (1 + 4 * UNIT_ROUNDOFF) + gramError / 8;
  const proof =
    s === undefined
      ? proveRowsBound({ ...gramRows(side, stopped), fallback: Number.POSITIVE_INFINITY }, level, stopped, options)
      : proveEigenvalueBound(s, k, level, stopped, options);
  const bound = roundedUp(Math.sqrt(roundedUp(Math.max(0, proof.bound) + gramError, 4)), 4);
  return proof.proven && bound <= frobenius
    ? { method, bound, threshold: proof.threshold }
    : { method: "frobenius", bound: frobenius, threshold: 0 };
}

/** How many entries the longest column has. */
function longestColumn(a: Observed): number {
  if (isWhole(a)) return a.rows;
  const { columns, column } = a;
  const count = new Int32Array(columns);
  let most = 0;
  for (let k = 0; k < column.length; k++) most = Math.max(most, ++count[column[k]]);
  return most;
}

/** Not below σ₁(A), rounding included; Infinity where A is not finite. Cost M k², k the shorter side and M the longer one. */
export function singularBound(a: Observed, stopped: () => boolean = () => false): number {
  const frobenius = lengthBound(a.value);
  if (!(frobenius < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  const scale = powerOfTwoAbove(a.value);
  if (scale === 0) return 0;
  const isCheap = Math.max(a.rows, a.columns) * Math.min(a.rows, a.columns) ** 2 <= MAX_FLOPS;
  if (!isCheap || scale === Number.POSITIVE_INFINITY) return frobenius;
  const { bound } = tightest(dividedBy(a, scale), forGood(stopped));
  return Math.min(frobenius, roundedUp((bound + a.value.length * UNDERFLOW) * scale, 2));
}

function tightest(a: Observed, stopped: () => boolean): SpectralProof {
  if (Math.min(a.rows, a.columns) > MAX_DENSE_SIDE) {
    return spectralBracket(a, { above: Number.POSITIVE_INFINITY, most: 1, stopped }).proof;
  }
  return withSubject(a, stopped, (subject) => {
    const { gram: s, side } = subject;
    const square = s === undefined || stopped() ? 0 : symmetricEigen(side.columns).largest(s);
    return prove(subject, Math.sqrt(Math.max(0, square)), stopped);
  });
}

/** The same for a dense row-major array of so many columns. */
export function denseSingularBound(a: Float64Array, columns: number, stopped?: () => boolean): number {
  return singularBound(
    observedEntries(a, a.length / columns, columns, (k) => a[k] !== 0),
    stopped,
  );
}
