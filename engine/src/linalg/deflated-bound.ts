/**
 * σ₁ of W = Y − Σ_b u_b v_bᵀ (m × n, m ≥ n) from above where all v_b are singular vectors of its largest value, as at the optimum of a
 * factorization: without a Gram matrix of W, from the one of the data Y. Let the rows of X (r × n) be the v_b / ‖v_b‖, nearly orthonormal,
 * ‖XXᵀ − I‖ ≤ η < 1, and P the projector on their span. Every unit vector is Xᵀa + z with Xz = 0 and (1 − η)|a|² + |z|² ≤ 1, so
 *   ‖W(Xᵀa + z)‖² ≤ α² (1 − η)|a|² + 2κ √(1 − η)|a| |z| + β² |z|²,
 *   α = ‖WXᵀ‖/√(1 − η),  κ = ‖(I − P) WᵀWXᵀ‖/√(1 − η),  β = ‖W(I − P)‖,
 * and where β < α, σ₁² ≤ α² + κ²/(α² − β²). α and κ follow from W v_b and Wᵀu_b, in float64: with y_b = u_b / ‖u_b‖, s_b near σ₁ and
 * W x_b = s_b y_b + e_b,
 *   WᵀW x_b = s_b Wᵀy_b + Wᵀe_b,  ‖Wᵀe_b‖ ≤ σ₁ ‖e_b‖,
 * so that what is left of s_b Wᵀy_b beside x_b and the small e_b are all that κ is made of. β need not be known to more than that it is below
 * α: Wz = Yz, and with S = fl₃₂(YᵀY), for whatever weights t_b,
 *   ‖Yz‖² ≤ zᵀSz + e|z|² = zᵀ(S − Σ_b t_b² x_b x_bᵀ)z + e|z|²,  e ≥ ‖S − YᵀY‖,
 * whose largest eigenvalue is bounded by a Cholesky factorization (`eigen.ts`).
 * The errors of all products are bounded as in higham2002, chapter 3. Cost n³/3 + n²r flops, and S where nobody has made it yet.
 */
import { proveEigenvalueBound } from "./eigen.ts";
import { type KeptGram, keptGram } from "./kept-gram.ts";
import { addGramInto, multiplyInto } from "./kernels/multiply.ts";
import type { SingularTriplet } from "./lanczos.ts";
import type { Observed } from "./observed.ts";
import { withValues } from "./observed.ts";
import { gamma, roundedUp, UNIT_ROUNDOFF } from "./rounding.ts";
import { withScratch } from "./scratch.ts";
import { dot, euclideanLength, lengthBound, over } from "./vector.ts";

/** Branches of a point that are probably worth the same, and what is known of W = −∇ℓ there. */
export interface SetApart {
  /** The values of W, every entry observed. */
  readonly w: Float64Array;
  /** u_b and v_b, of any length. */
  readonly branches: readonly (readonly Float64Array[])[];
  /** W v_b and Wᵀu_b in float64: every entry a sum of products, in any order. */
  readonly correlations: readonly (readonly Float64Array[])[];
  /** The values of Y, which nobody changes. */
  readonly y: Float64Array;
  /** ‖W − (Y − Σ_b u_b v_bᵀ)‖_F at most. */
  readonly distance: number;
}

export interface DeflatedBound {
  readonly bound: number;
  /** T of the factorization. */
  readonly threshold: number;
  /** The best of the branches. */
  readonly triplet: SingularTriplet;
}

/** How far below α² the squares of the others have to be, as a part of it: κ² is divided by that. */
const APART = 2 ** -9;
/** Vectors that are further from orthonormal are of no use. */
const MOST_SKEW = 1e-6;
/** Lengths of u_b, v_b and W within this, and of the former its inverse: what underflows then is below `UNDERFLOWS` in all. */
const ORDINARY = 2 ** 100;
const UNDERFLOWS = 1e-200;

/** Undefined where other singular values are not clearly below those of the branches, numbers are out of the ordinary, or it was stopped. */
export function deflatedBound(table: Observed, apart: SetApart, stopped: () => boolean): DeflatedBound | undefined {
  const { w, branches, distance } = apart;
  const { rows, columns } = table;
  // The slices along the shorter side are the x_b.
  const [along, across] = columns <= rows ? [1, 0] : [0, 1];
  const [m, n] = columns <= rows ? [rows, columns] : [columns, rows];
  const r = branches.length;
  const lengths = branches.map((slices) => slices.map(euclideanLength));
  const areOrdinary = lengths.every((of) => of.length === 2 && of.every((l) => l <= ORDINARY && l >= 1 / ORDINARY));
  const length = lengthBound(w);
  if (!areOrdinary || !(length <= ORDINARY)) return undefined;

  const units = (of: SetApart["branches"], axis: number, by: number): Float64Array => {
    const out = new Float64Array(r * of[0][axis].length);
    of.forEach((slices, b) => {
      out.set(over(slices[axis], lengths[b][by]), b * slices[axis].length);
    });
    return out;
  };
  const x = units(branches, along, along);
  const skew = skewOf(x, r, n);
  if (!(skew < MOST_SKEW)) return undefined;
  const y = units(branches, across, across);
  // W x_b and Wᵀy_b but for the rounding of the products and of what they are divided by.
  const wx = units(apart.correlations, across, along);
  const wy = units(apart.correlations, along, across);
  const wxError = roundedUp(gamma(n + 5) * roundedUp(length * lengthBound(x), 1), 2) + UNDERFLOWS;
  const wyError = roundedUp(gamma(m + 5) * roundedUp(length * lengthBound(y), 1), 2) + UNDERFLOWS;

  const wxLength = lengthBound(wx);
  const squares = new Float64Array(r * r);
  multiplyInto(squares, wx, wx, { m: r, n: r, k: m, transposeB: true });
  const squaresError = roundedUp(gamma(m) * roundedUp(wxLength * wxLength, 1), 2) + UNDERFLOWS;
  const size = roundedUp(Math.sqrt(roundedUp(largestRow(squares, r) + squaresError, 1)) + wxError, 2);
  const alpha2 = roundedUp(roundedUp(size * size, 1) / (1 - skew), 2);

  const near = keptGram(withValues(table, apart.y));
  if (near === undefined || stopped()) return undefined;
  // What Σ_b u_b v_bᵀ makes of z: x_b is v_b / ‖v_b‖ but for a unit in the last place.
  const seen = lengths.reduce((sum, [u, v]) => sum + u * v, 0);
  const beside = roundedUp(distance + roundedUp(2 * UNIT_ROUNDOFF * seen, r + 8), 1) + UNDERFLOWS;
  const weights = Float64Array.from(lengths, ([u, v]) => -((size + u * v) ** 2));
  const rest = provenRest(near, n, { x, weights, level: alpha2 * (1 - APART), stopped });
  if (rest === undefined) return undefined;
  const beta = roundedUp(roundedUp(Math.sqrt(rest.square), 1) + beside, 1);
  const between = (alpha2 - roundedUp(beta * beta, 1)) * (1 - 2 ** -50);
  if (!(between > 0)) return undefined;

  const { parallel, astray } = crossing({ x, y, wx, wy }, r, wyError);
  // σ₁ is at most ‖W‖_F, and then what follows from that.
  let sigma = length;
  for (let pass = 0; pass < 2; pass++) {
    const kappa = roundedUp(roundedUp(parallel + sigma * roundedUp(astray + wxError, 1), 2) / (1 - skew), 2);
    const square = roundedUp(alpha2 + roundedUp(roundedUp(kappa * kappa, 1) / between, 1), 1);
    sigma = Math.min(sigma, roundedUp(Math.sqrt(square), 2));
  }
  if (!(sigma < Number.POSITIVE_INFINITY)) return undefined;
  const best = largestDiagonal(squares, r);
  const value = euclideanLength(wx.subarray(best * m, (best + 1) * m));
  const [ofX, ofWx] = [x.slice(best * n, (best + 1) * n), over(wx.subarray(best * m, (best + 1) * m), value)];
  const [u, v] = along === 1 ? [ofWx, ofX] : [ofX, ofWx];
  return { bound: sigma, threshold: rest.threshold, triplet: { sigma: value, u, v, error: 0 } };
}

interface RestOptions {
  readonly x: Float64Array;
  /** −t_b². */
  readonly weights: Float64Array;
  /** What the square of β has to be below. */
  readonly level: number;
  readonly stopped: () => boolean;
}

/** ‖Yz‖² at most, of unit z with Xz = 0. */
function provenRest(
  { gram, error }: KeptGram,
  n: number,
  { x, weights, level, stopped }: RestOptions,
): { readonly square: number; readonly threshold: number } | undefined {
  return withScratch(n * n, (s) => {
    s.set(gram);
    addGramInto(s, x, weights, n);
    const xLength = lengthBound(x);
    const most = weights.reduce((all, weight) => Math.max(all, -weight), 0);
    const both = roundedUp(lengthBound(gram) + roundedUp(most * roundedUp(xLength * xLength, 1), 1), 1);
    const sumError = roundedUp(gamma(weights.length + 4) * both, 2) + UNDERFLOWS;
    const target = level - error - sumError;
    if (!(target > 0)) return undefined;
    const proof = proveEigenvalueBound(s, n, target, stopped, { attempts: 1 });
    if (!proof.proven) return undefined;
    const square = roundedUp(Math.max(0, proof.bound) + roundedUp(sumError + error, 1), 1);
    return { square, threshold: proof.threshold };
  });
}

/** ‖XXᵀ − I‖ at most. */
function skewOf(x: Float64Array, r: number, n: number): number {
  const inner = new Float64Array(r * r);
  multiplyInto(inner, x, x, { m: r, n: r, k: n, transposeB: true });
  for (let b = 0; b < r; b++) inner[b * r + b] -= 1;
  const length = lengthBound(x);
  const error = roundedUp(gamma(n + 1) * roundedUp(length * length + r, 2), 2) + UNDERFLOWS;
  return roundedUp(largestRow(inner, r) + error, 1);
}

interface Products {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly wx: Float64Array;
  readonly wy: Float64Array;
}

/** Of s_b Wᵀy_b what is not along x_b, and of W x_b what is not along y_b: lengths of all together, at most. */
function crossing(
  { x, y, wx, wy }: Products,
  r: number,
  wyError: number,
): { readonly parallel: number; readonly astray: number } {
  const left = new Float64Array(x.length);
  const error = new Float64Array(y.length);
  const [n, m] = [x.length / r, y.length / r];
  let largest = 0;
  /** Lengths of all terms. */
  let [ofLeft, ofError] = [0, 0];
  for (let b = 0; b < r; b++) {
    const row = (of: Float64Array, count: number) => of.subarray(b * count, (b + 1) * count);
    const s = dot(row(wx, m), row(y, m));
    const t = s * dot(row(wy, n), row(x, n));
    for (let k = b * n; k < (b + 1) * n; k++) left[k] = s * wy[k] - t * x[k];
    for (let k = b * m; k < (b + 1) * m; k++) error[k] = wx[k] - s * y[k];
    largest = Math.max(largest, Math.abs(s));
    ofLeft += Math.abs(s) * lengthBound(row(wy, n)) + Math.abs(t) * lengthBound(row(x, n));
    ofError += lengthBound(row(wx, m)) + Math.abs(s) * lengthBound(row(y, m));
  }
  const parallel = lengthBound(left) + roundedUp(gamma(3) * ofLeft, r + 4) + roundedUp(largest * wyError, 1);
  const astray = lengthBound(error) + roundedUp(gamma(3) * ofError, r + 4);
  return { parallel: roundedUp(parallel, 2) + UNDERFLOWS, astray: roundedUp(astray, 1) + UNDERFLOWS };
}

/** Not below ‖(A + Aᵀ)/2‖₂ of A, r × r: the largest sum of a row's moduli, of each pair a_ij, a_ji the larger one. */
function largestRow(a: Float64Array, r: number): number {
  let most = 0;
  for (let i = 0; i < r; i++) {
    let sum = 0;
    for (let j = 0; j < r; j++) sum += Math.max(Math.abs(a[i * r + j]), Math.abs(a[j * r + i]));
    if (!(sum < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    most = Math.max(most, sum);
  }
  return roundedUp(most, r);
}

function largestDiagonal(a: Float64Array, r: number): number {
  let best = 0;
  for (let b = 1; b < r; b++) if (a[b * r + b] > a[best * r + best]) best = b;
  return best;
}
