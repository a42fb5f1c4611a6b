/** Largest singular values and vectors: Lanczos on AᵀA over the shorter side. */
import { gramOver, isWhole } from "./gram.ts";
import { keptGram, mayKeepGram, SAFE_SINGLE, SINGLE_SIDE } from "./kept-gram.ts";
import { multiplyInto as multiplyDenseInto } from "./kernels/multiply.ts";
import { residentEntries } from "./kernels/resident-entries.ts";
import type { KrylovOptions, RitzPair } from "./krylov.ts";
import { largestRitzPairs } from "./krylov.ts";
import type { Observed } from "./observed.ts";
import { dividedBy, multiplyInto, transpose } from "./observed.ts";
import { powerOfTwoAbove } from "./rounding.ts";
import { withScratch } from "./scratch.ts";
import { euclideanLength, over } from "./vector.ts";

export interface SingularTriplet {
  /** uᵀ A v, as computed: an estimate of σ₁ from below, whatever u and v are worth. */
  readonly sigma: number;
  /** Unit vectors. */
  readonly u: Float64Array;
  readonly v: Float64Array;
  /** How far above sigma the singular value that it stands for may lie, as far as the search can tell: no proof. */
  readonly error: number;
}

export interface LanczosOptions {
  /** Triplets with sigma above this are wanted (the largest one always), … */
  readonly above: number;
  /** … so many at most; `MOST_TRIPLETS` where it is not given. */
  readonly most?: number;
  /** Singular vectors of the shorter side (of the columns, of a square A) from a matrix nearby. */
  readonly start?: readonly Float64Array[] | undefined;
  /** The relative error of σ₁ that suffices in a cluster of values. */
  readonly tolerance?: number | undefined;
  /** A is never changed and asked about again: what is made of it may be kept. */
  readonly lasting?: boolean | undefined;
  readonly stopped: () => boolean;
}

/** More directions than anybody follows at once. */
export const MOST_TRIPLETS = 32;
/** Fourth powers of entries up to this, or down to its inverse, stay well within float64. */
const SAFE = 1e60;
/** A dense matrix is searched through its Gram matrix up to this side: it is made in the time of some twenty steps without it. */
const GRAM_SIDE = 700;
const DENSE_SHARE = 0.3;
/** A Gram matrix at hand serves up to so many numbers for an entry of A, which is used twice and found through its index. */
const GRAM_SHARE = 6;
/** Below so many entries the way to compiled code and back costs more than it gains. */
const FEW = 2 ** 14;

/**
 * Triplets of A (m×n) in descending order. Squaring costs the small singular values their digits, none of the large ones: value and
 * right vector of the first are good to 1e-14 or so where it stands apart, the value within its residual in any case. With a Gram matrix
 * in single precision the vector is good to 1e-7 over its distance from the next value, and the value to the square of that, 1e-7 in a
 * cluster. A step costs 4·nnz flops (2k² with a Gram matrix of side k) and the reorthogonalization of one side only. Source: golub1965,
 * simon2000.
 */
export function largestSingularTriplets(a: Observed, options: LanczosOptions): SingularTriplet[] {
  const size = powerOfTwoAbove(a.value);
  if (size === 0 || !Number.isFinite(size)) return [];
  const isWide = a.columns > a.rows;
  const least = Math.min(a.rows, a.columns);
  const isDense = a.value.length >= DENSE_SHARE * a.rows * a.columns;
  // Of eigenvectors the error of single precision is squared in σ = ‖A v‖.
  const isSingle = isDense && least >= SINGLE_SIDE && least <= GRAM_SIDE;
  const limit = isSingle ? SAFE_SINGLE : SAFE;
  const isSafe = size < limit && size > 1 / limit;
  const own = isSafe ? a : dividedBy(a, size);
  const side = isWide ? transpose(own) : own;
  const other = () => (isWide ? own : transpose(own));
  const safe = isSafe ? options : { ...options, above: options.above / size };
  const kept = options.lasting === true && isSafe && mayKeepGram(a) ? keptGram(a)?.gram : undefined;
  const found =
    kept === undefined && isDense && side.columns <= GRAM_SIDE
      ? withScratch(side.columns ** 2, (s) => {
          gramOver(s, side, options.stopped, isSingle ? "single" : "double");
          return tallTriplets(side, other, s, safe);
        })
      : tallTriplets(side, other, kept, safe);
  const scaled = isSafe
    ? found
    : found.map((triplet) => ({ ...triplet, sigma: triplet.sigma * size, error: triplet.error * size }));
  return isWide ? scaled.map(turned) : scaled;
}

/** The same triplet of Aᵀ. */
export function turned({ u, v, ...rest }: SingularTriplet): SingularTriplet {
  return { ...rest, u: v, v: u };
}

/** For A with no more columns than rows and entries of ordinary size; with Aᵀ for who needs it, and AᵀA where it is at hand. */
export function tallTriplets(
  a: Observed,
  transposed: () => Observed,
  s: Float64Array | undefined,
  { above, most = MOST_TRIPLETS, start, tolerance, stopped }: LanczosOptions,
): SingularTriplet[] {
  const options: KrylovOptions = {
    above: above > 0 ? above * above : above,
    most,
    start,
    // Of the square.
    tolerance: tolerance === undefined ? undefined : 2 * tolerance,
    stopped,
  };
  const { pairs, others } =
    s !== undefined && s.length <= GRAM_SHARE * a.value.length
      ? withGram(a, s, options)
      : withoutGram(a, transposed, options);
  return pairs
    .map(({ vector, error }, i): SingularTriplet => {
      const sigma = euclideanLength(others[i]);
      return { sigma, u: over(others[i], sigma), v: vector, error: error / (2 * sigma) };
    })
    .filter(({ sigma }, i) => sigma > 0 && (i === 0 || sigma > above))
    .sort((x, y) => y.sigma - x.sigma);
}

interface Found {
  /** Of AᵀA. */
  readonly pairs: readonly RitzPair[];
  /** A x for the vector x of each. */
  readonly others: readonly Float64Array[];
}

function withGram(a: Observed, s: Float64Array, options: KrylovOptions): Found {
  const pairs = largestRitzPairs(a.columns, s, options);
  return { pairs, others: productsOf(a, pairs.map(vectorOf)) };
}

function withoutGram(a: Observed, transposed: () => Observed, options: KrylovOptions): Found {
  if (isWhole(a) || a.value.length < FEW) {
    const pairs = largestRitzPairs(a.columns, normalProduct(a, transposed()), options);
    return { pairs, others: productsOf(a, pairs.map(vectorOf)) };
  }
  const { normalInto, timesAll } = residentEntries(a);
  const pairs = largestRitzPairs(a.columns, normalInto, options);
  return { pairs, others: timesAll(pairs.map(vectorOf)) };
}

function vectorOf({ vector }: RitzPair): Float64Array {
  return vector;
}

/** A x for every x. */
export function productsOf(a: Observed, vectors: readonly Float64Array[]): Float64Array[] {
  const { rows: m, columns: n } = a;
  if (!isWhole(a)) {
    return vectors.map((x) => {
      const out = new Float64Array(m);
      multiplyInto(out, a, x);
      return out;
    });
  }
  const x = new Float64Array(vectors.length * n);
  vectors.forEach((vector, i) => {
    x.set(vector, i * n);
  });
  const out = new Float64Array(vectors.length * m);
  multiplyDenseInto(out, x, a.value, { m: vectors.length, n: m, k: n, transposeB: true });
  return vectors.map((_, i) => out.subarray(i * m, (i + 1) * m));
}

/** out = Aᵀ(A x). Both products gather: scattering into `out` instead would take twice as long here. */
function normalProduct(a: Observed, transposed: Observed): (out: Float64Array, x: Float64Array) => void {
  const across = new Float64Array(a.rows);
  return (out, x) => {
    multiplyInto(across, a, x);
    multiplyInto(out, transposed, across);
  };
}
