/**
 * The skew parts N for `tensor-skew.ts`. Where the polar is reached, at z_r = u_r ⊗ v_r, the best S has S z_r = τ z_r with τ = Ω°²
 * and no larger eigenvalue. So
 *   1. the local maxima near the best branch are sought, z_r, with an orthonormal basis q_s of their span;
 *   2. the smallest N with S q_s = τ q_s comes from the normal equations: N is the skew part of Σ (y_s q_sᵀ + q_s y_sᵀ), and the
 *      y_s are found by conjugate gradients, some twenty steps;
 *   3. an eigenvalue that still is above τ points to a local maximum that was missed, which joins the z_r; otherwise its
 *      eigenvector x is pushed down by −xxᵀ, and 2 is done again.
 * Proves nothing: whatever comes out, the bound holds.
 */
import { multiplyInto } from "../../linalg/kernels/multiply.ts";
import { residentSymmetric } from "../../linalg/kernels/resident-matrix.ts";
import type { RitzPair } from "../../linalg/krylov.ts";
import { largestRitzPairs } from "../../linalg/krylov.ts";
import { addScaledInto, dot, euclideanLength, scaleInto } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import { localMaxima } from "./tensor-search.ts";
import type { SkewRows } from "./tensor-skew.ts";

const ROUNDS = 8;
/** Eigenvectors of the first S whose best pair of factors is a start, and later at most. */
const STARTS = 12;
const MOST_HIGH = 16;
/** Local maxima within this of the best one (relative) are taken for as good. */
const NEARLY_BEST = 1e-4;
/** Of an eigenvector or z_r, what is left outside the span of the others counts from here on. */
const OUTSIDE = 0.1;
/** How far an eigenvalue is pushed, in multiples of its excess over a level a little below τ; less than that is left after projection. */
const PUSH = 8;
const LEVEL = 0.98;
const STEPS = 60;
const RESIDUAL = 1e-8;
/** Of the tolerance: how far S q_s may be from τ q_s. */
const HARMLESS = 0.05;
/** Square of the residual over the least one before, at which there is no more to hope for. */
const GROWN = 100;

interface SkewSearch {
  /** Row-major. */
  readonly tensor: Float64Array;
  readonly lengths: readonly number[];
  /** Of S, and the one eliminated. */
  readonly axes: readonly number[];
  readonly third: number;
  readonly branch: Branch | undefined;
  /** Of Ω° (relative). */
  readonly tolerance: number;
  /** S. */
  readonly shifted: (rows: SkewRows) => Float64Array;
  readonly stopped: () => boolean;
}

/** L and R, and the best branch that was met. */
export function searchSkew(search: SkewSearch): { readonly rows: SkewRows; readonly best: Branch | undefined } {
  const { tensor, lengths, axes, shifted, tolerance, stopped } = search;
  const [a, b] = axes.map((axis) => lengths[axis]);
  const n = a * b;
  // One row of zeros: an array without entries is none that a file would keep.
  const nothing = rowsFrom([new Float64Array(n)], [new Float64Array(n)], n);
  const first = largestRitzPairs(n, shifted(nothing), { above: 0, most: STARTS, tolerance: 1e-4, stopped });
  let best = { value: first[0]?.value ?? 0, rows: nothing };
  const starts = [
    ...(search.branch === undefined ? [] : [search.branch]),
    ...first.map((pair) => startAt(search, pair)),
  ];
  const [top, ...others] = localMaxima(tensor, lengths, starts, stopped);
  if (top === undefined || stopped()) return { rows: nothing, best: undefined };
  const level = top.value ** 2;
  const basis: Float64Array[] = [];
  const join = (factors: Branch) => {
    const z = outsideOf(basis, pairOf(search, factors));
    if (z !== undefined) basis.push(z);
    return z !== undefined;
  };
  for (const { value, factors } of [top, ...others]) if (value >= top.value * (1 - NEARLY_BEST)) join(factors);
  /** y_s. */
  const solution: Float64Array[] = [];
  /** x, and what stands with −xxᵀ. */
  const pushed: Float64Array[] = [];
  const pushes: Float64Array[] = [];
  const rowsNow = () => rowsFrom([...solution, ...pushes], [...basis, ...pushed], n);
  for (let round = 0; round < ROUNDS && !stopped(); round++) {
    while (solution.length < basis.length) solution.push(new Float64Array(n));
    const before = residentSymmetric(shifted(rowsNow()), n);
    const missing = basis.map((q) => {
      const out = new Float64Array(n);
      before.timesInto(out, q);
      for (let i = 0; i < n; i++) out[i] = level * q[i] - out[i];
      return out;
    });
    before.release();
    const { parts, isSettled } = corrections(basis, missing, a, b, HARMLESS * tolerance * level);
    parts.forEach((y, s) => {
      addScaledInto(solution[s], 1, y);
    });
    const rows = rowsNow();
    const above = level * (1 + tolerance);
    const pairs = largestRitzPairs(n, shifted(rows), { above, most: MOST_HIGH, tolerance: tolerance / 4, stopped });
    const value = pairs[0]?.value ?? Number.POSITIVE_INFINITY;
    const isBetter = value < best.value;
    if (isBetter) best = { value, rows };
    if (!(value > above) || stopped()) break;
    const high = pairs.flatMap((pair) => {
      const x = pair.value > above ? outsideOf(basis, pair.vector) : undefined;
      return x === undefined ? [] : [{ pair, x }];
    });
    const met = localMaxima(
      tensor,
      lengths,
      high.map(({ pair }) => startAt(search, pair)),
      stopped,
      { random: 0 },
    );
    const joined = met.filter(({ value: x, factors }) => x >= top.value * (1 - NEARLY_BEST) && join(factors));
    if (high.length === 0 && (isSettled || !isBetter)) break;
    if (joined.length > 0) continue;
    for (const { pair, x } of high) {
      pushed.push(x);
      pushes.push(x.map((entry) => -0.5 * PUSH * (pair.value - LEVEL * level) * entry));
    }
  }
  return { rows: best.rows, best: top.factors };
}

function rowsFrom(left: readonly Float64Array[], right: readonly Float64Array[], n: number): SkewRows {
  const flat = (rows: readonly Float64Array[]) => {
    const out = new Float64Array(rows.length * n);
    rows.forEach((row, r) => {
      out.set(row, r * n);
    });
    return out;
  };
  return { count: left.length, left: flat(left), right: flat(right) };
}

/** The unit vector of what the orthonormal basis leaves of x; undefined where that is little. */
function outsideOf(basis: readonly Float64Array[], given: Float64Array): Float64Array | undefined {
  const x = given.slice();
  for (let pass = 0; pass < 2; pass++) for (const q of basis) addScaledInto(x, -dot(q, x), q);
  const left = euclideanLength(x);
  if (!(left > OUTSIDE * euclideanLength(given))) return undefined;
  scaleInto(x, 1 / left);
  return x;
}

/** u ⊗ v. */
function pairOf({ axes }: SkewSearch, factors: Branch): Float64Array {
  const [u, v] = axes.map((axis) => factors[axis]);
  const z = new Float64Array(u.length * v.length);
  for (let i = 0; i < u.length; i++) for (let j = 0; j < v.length; j++) z[i * v.length + j] = u[i] * v[j];
  return z;
}

/** The leading pair of an eigenvector as a matrix; the third factor is for the climb to find. */
function startAt({ axes, third, lengths }: SkewSearch, { vector }: RitzPair): Branch {
  const [a, b] = axes.map((axis) => lengths[axis]);
  const u = new Float64Array(a);
  const v = Float64Array.from({ length: b }, (_, j) => 1 + 0.1 * j);
  for (let turn = 0; turn < 10; turn++) {
    multiplyInto(u, vector, v, { m: a, n: 1, k: b });
    scaleInto(u, 1 / (euclideanLength(u) || 1));
    multiplyInto(v, vector, u, { m: b, n: 1, k: a, transposeA: true });
    scaleInto(v, 1 / (euclideanLength(v) || 1));
  }
  const factors: Float64Array[] = [];
  factors[axes[0]] = u;
  factors[axes[1]] = v;
  factors[third] = Float64Array.from({ length: lengths[third] }, (_, k) => 1 + 0.1 * Math.sin(k));
  return factors;
}

/**
 * y_s with N q_s = missing_s for the skew part N of Σ (y_s q_sᵀ + q_s y_sᵀ): with the vectors as a × b matrices,
 *   N q_s = ½ (y_s + Σ_r q_r ⟨y_r, q_s⟩ − Σ_r (q_r q_sᵀ y_r + y_r q_sᵀ q_r)),
 * which is symmetric in (y, q) and semidefinite; and whether more steps would change nothing. Conjugate gradients, side by side: a × (R b). Cost of a step 6·a·(R b)².
 */
function corrections(
  basis: readonly Float64Array[],
  missing: readonly Float64Array[],
  a: number,
  b: number,
  harmless: number,
): { readonly parts: readonly Float64Array[]; readonly isSettled: boolean } {
  const count = basis.length;
  const width = count * b;
  const q = sideBySide(basis, a, b);
  const inner = new Float64Array(width * width);
  const turned = new Float64Array(width * width);
  const productInto = (other: Float64Array) => {
    multiplyInto(inner, q, other, { m: width, n: width, k: a, transposeA: true });
    // Blocks (s, r) of qᵀy to where (r, s) is.
    for (let s = 0; s < count; s++) {
      for (let i = 0; i < b; i++) {
        const from = (s * b + i) * width;
        for (let r = 0; r < count; r++) {
          turned.set(inner.subarray(from + r * b, from + (r + 1) * b), (r * b + i) * width + s * b);
        }
      }
    }
  };
  productInto(q);
  const own = turned.slice();
  const apply = (y: Float64Array): Float64Array => {
    productInto(y);
    const out = new Float64Array(y.length);
    multiplyInto(out, q, turned, { m: a, n: width, k: width });
    multiplyInto(out, y, own, { m: a, n: width, k: width, accumulate: true });
    for (let k = 0; k < out.length; k++) out[k] = 0.5 * (y[k] - out[k]);
    for (let s = 0; s < count; s++) {
      for (let r = 0; r < count; r++) {
        let sum = 0;
        for (let i = 0; i < b; i++) sum += inner[(s * b + i) * width + r * b + i];
        for (let i = 0; i < a; i++) {
          for (let j = 0; j < b; j++) out[i * width + s * b + j] += 0.5 * sum * q[i * width + r * b + j];
        }
      }
    }
    return out;
  };
  const y = new Float64Array(a * width);
  const residual = sideBySide(missing, a, b);
  const direction = residual.slice();
  let square = dot(residual, residual);
  const enough = Math.max(square * RESIDUAL ** 2, harmless ** 2);
  let best = { square, y: y.slice() };
  // Where the equations contradict one another, if only by rounding, what is left grows again in the end.
  let step = 0;
  for (; step < STEPS && square > enough && square < GROWN * best.square; step++) {
    const image = apply(direction);
    const curvature = dot(direction, image);
    if (!(curvature > 0)) break;
    addScaledInto(y, square / curvature, direction);
    addScaledInto(residual, -square / curvature, image);
    const next = dot(residual, residual);
    scaleInto(direction, next / square);
    addScaledInto(direction, 1, residual);
    square = next;
    if (square < best.square) best = { square, y: y.slice() };
  }
  const parts = basis.map((_, s) =>
    Float64Array.from({ length: a * b }, (__, at) => best.y[Math.floor(at / b) * width + s * b + (at % b)]),
  );
  return { parts, isSettled: step < STEPS };
}

/** Row i: row i of the first a × b matrix, of the second, … */
function sideBySide(matrices: readonly Float64Array[], a: number, b: number): Float64Array {
  const width = matrices.length * b;
  const out = new Float64Array(a * width);
  matrices.forEach((matrix, s) => {
    for (let i = 0; i < a; i++) out.set(matrix.subarray(i * b, (i + 1) * b), i * width + s * b);
  });
  return out;
}
