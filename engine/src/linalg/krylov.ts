/** Largest eigenvalues of symmetric operators by Lanczos with full reorthogonalization: one Krylov space for all of them. */
import { type KrylovSpace, krylovSpace, type SymmetricOperator } from "./kernels/krylov-space.ts";
import { multiplyInto } from "./kernels/multiply.ts";
import { normalStream } from "./random.ts";
import type { TridiagonalPairs } from "./tridiagonal.ts";
import { tridiagonalPairs } from "./tridiagonal.ts";
import { euclideanLength, scaleInto } from "./vector.ts";

export interface RitzPair {
  readonly value: number;
  /** A unit vector x with xᵀ S x ≈ value. */
  readonly vector: Float64Array;
  /** How far above `value` the eigenvalue that it stands for may lie, as far as the space can tell: no proof. */
  readonly error: number;
}

export interface KrylovOptions {
  /** Pairs with a value above this are wanted (the largest one always), … */
  readonly above: number;
  /** … so many at most. */
  readonly most: number;
  /** Vectors to start from, rather than from a random one: those that are nearly eigenvectors are found again soon. */
  readonly start?: readonly Float64Array[] | undefined;
  /** A relative error of the largest value that does no harm where its residual is slow to fall. */
  readonly tolerance?: number | undefined;
  readonly stopped: () => boolean;
}

/** Residual ‖S x − value x‖, relative to ‖S‖, at which the largest value counts as converged; its error is mostly the square. */
const TOP_RESIDUAL = 1e-10;
/**
 * In a cluster the residual says little: there the value has settled once twice its rise in so many steps is harmless, which
 * this part of ‖S‖ is in any case.
 */
const TOP_RISE = 1e-12;
const RISE_STEPS = 16;
/** Residual of the other values, relative to each: they serve as directions. */
const REST_RESIDUAL = 2.5e-2;
/** The first look at the Ritz values: a smaller space is taken whole. */
const FIRST_LOOK = 24;
/** Steps to the next look, which costs as much as some steps do once the space is large. */
const STRIDE = 8;
const LONG_STRIDE = 16;
const LARGE_SPACE = 64;
/** Steps at most, and those that suffice for so many pairs. In a cluster of eigenvalues more would only tell them apart. */
const MOST_STEPS = 200;
/** Norms below this part of ‖S‖ are rounding. */
const NOTHING = 1e-15;
/** How much of a given start is random, so that what it misses is met too. */
const RANDOM_SHARE = 0.1;

/** Up to this side a compiled matrix is not worth its own memory; the numbers are the same. */
const MAX_PLAIN_SIDE = 100;

/**
 * Pairs of the symmetric operator S on n numbers, in descending order. A space of dimension k costs k products with S and 2k²n
 * flops; it grows until the largest value has converged and the other wanted ones roughly, at the latest to 200 (or n). Estimates
 * from below: they prove nothing about values that they did not meet. Source: simon2000.
 */
export function largestRitzPairs(n: number, s: SymmetricOperator, options: KrylovOptions): RitzPair[] {
  const limit = Math.min(n, Math.max(MOST_STEPS, 4 * options.most));
  const space = krylovSpace(limit, n, s, n <= MAX_PLAIN_SIDE ? "plain" : "compiled");
  try {
    return pairsIn(space, limit, n, options);
  } finally {
    space.release();
  }
}

function pairsIn(
  space: KrylovSpace,
  limit: number,
  n: number,
  { above, most, start = [], tolerance = 0, stopped }: KrylovOptions,
): RitzPair[] {
  const alpha: number[] = [];
  const beta: number[] = [];
  const normal = normalStream(0x3c6ef372);
  let scale = 0;
  let b = 0;
  let k = 0;
  let fresh = start.length === 0;
  let lookAt = FIRST_LOOK;
  const seen: { readonly steps: number; readonly value: number }[] = [];
  let error = Number.POSITIVE_INFINITY;
  let next: number | undefined = space.startWith(startOf(n, start, normal));
  while (next !== undefined && k < limit) {
    const { a, length } = space.advance(next, k > 0 ? beta[k - 1] : 0);
    if (!Number.isFinite(a)) break;
    alpha.push(a);
    k++;
    b = orthogonalizedLength(space, length);
    if (!Number.isFinite(b)) return [];
    scale = Math.max(scale, Math.abs(a), b);
    const invariant = b <= NOTHING * scale;
    if (invariant) b = 0;
    if (stopped()) return [{ value: alpha[0], vector: space.rows().slice(0, n), error: scale }];
    // A random direction of the complement is an eigenvector: the complement has no other eigenvalue.
    if (fresh && invariant && a <= above) break;
    if (k === limit) break;
    if (!invariant && k >= lookAt) {
      lookAt = k + (k < LARGE_SPACE ? STRIDE : LONG_STRIDE);
      const ritz = tridiagonalPairs(alpha, beta, k, "last components");
      if (ritz === undefined) break;
      const residual = b * Math.abs(ritz.rows[0]);
      const earlier = seen.findLast(({ steps }) => steps <= k - RISE_STEPS);
      const rise = ritz.values[0] - (earlier?.value ?? Number.NEGATIVE_INFINITY);
      seen.push({ steps: k, value: ritz.values[0] });
      const harmless = Math.max(tolerance * Math.abs(ritz.values[0]), TOP_RISE * scale);
      error = Math.min(residual, Math.max(2 * rise, harmless));
      const isSettled = residual <= TOP_RESIDUAL * scale || 2 * rise <= harmless;
      if (isSettled && areDirections(ritz, b, scale, { above, most })) break;
    }
    beta.push(b);
    next = invariant ? randomLength(space, n, k, normal) : b;
    fresh = invariant;
  }
  return k === 0 ? [] : assemble(alpha, beta, space.rows(), n, k, b, error, { above, most });
}

/** Σ of the given vectors, each turned at random, and a random one. */
function startOf(n: number, start: readonly Float64Array[], normal: () => number): Float64Array {
  const w = new Float64Array(n);
  const share = start.length === 0 ? 1 : RANDOM_SHARE / Math.sqrt(n);
  for (let i = 0; i < n; i++) w[i] = share * normal();
  for (const x of start) {
    const turn = normal() / euclideanLength(x);
    for (let i = 0; i < n; i++) w[i] += turn * x[i];
  }
  return w;
}

/** Of a random vector orthogonal to the rows; undefined where these span the space. */
function randomLength(space: KrylovSpace, n: number, rows: number, normal: () => number): number | undefined {
  for (let attempt = 0; attempt < 3 && rows < n; attempt++) {
    const length = orthogonalizedLength(space, space.startWith(Float64Array.from({ length: n }, normal)));
    if (length > 1e-8) return length;
  }
  return undefined;
}

/** Of w, less its part in the rows, once more while it takes much away (twice is enough). */
function orthogonalizedLength(space: KrylovSpace, length: number): number {
  let before = length;
  for (let pass = 0; ; pass++) {
    const after = space.projectOut();
    if (pass === 2 || after > 0.5 * before || after === 0 || !Number.isFinite(after)) return after;
    before = after;
  }
}

type Wanted = Pick<KrylovOptions, "above" | "most">;

function wantedCount(values: Float64Array, { above, most }: Wanted): number {
  let count = 1;
  while (count < values.length && count < most && values[count] > above) count++;
  return count;
}

/** Whether the wanted pairs behind the first are near enough. The residual of a pair is b times its vector's last component. */
function areDirections({ values, rows }: TridiagonalPairs, b: number, scale: number, wanted: Wanted): boolean {
  for (let i = 1; i < wantedCount(values, wanted); i++) {
    if (b * Math.abs(rows[i]) > REST_RESIDUAL * Math.max(Math.abs(values[i]), NOTHING * scale)) return false;
  }
  return true;
}

function assemble(
  alpha: readonly number[],
  beta: readonly number[],
  basis: Float64Array,
  n: number,
  k: number,
  b: number,
  error: number,
  wanted: Wanted,
): RitzPair[] {
  const ritz = tridiagonalPairs(alpha, beta, k, "vectors");
  if (ritz === undefined) return [];
  const { values, rows } = ritz;
  const count = wantedCount(values, wanted);
  const vectors = new Float64Array(count * n);
  multiplyInto(vectors, rows, basis, { m: count, n, k });
  return Array.from({ length: count }, (_, i) => {
    const residual = b * Math.abs(rows[i * k + k - 1]);
    const vector = vectors.slice(i * n, (i + 1) * n);
    const length = euclideanLength(vector);
    if (length > 0) scaleInto(vector, 1 / length);
    return { value: values[i], vector, error: i === 0 ? Math.min(residual, error) : residual };
  });
}
