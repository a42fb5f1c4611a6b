/**
 * Proven upper bounds on max ‖Wᵀ (V u)₊‖₂ over unit u, W samples × outputs and V samples × features, both with entries of modulus
 * ≤ 1. With t₊ = ½t + ½|t| (d):
 *   ½ σ₁(WᵀV) + ½ σ₁(S⁻¹W) σ₁(S V)   for any S = diag(s) > 0, as (W a)ᵀ|V u| = (S⁻¹W a)ᵀ |S V u|;
 * for one output and either sign ±, with P the samples where ± w > 0 and N those where it is < 0,
 *   ‖½ V_Pᵀ|w_P| − α V_Nᵀ|w_N|‖ + ½ ‖S⁻¹w_P‖ σ₁(S V_P)   for any α in [0, 1], as t₊ ≥ α t;
 * at α = ½ that is the first one with V and w cut down to P in its second part. S = 1, and s_n = (‖w_n‖/‖v_n‖)^½, which does not
 * care how a row is split between W and V.
 */
import { gramInto } from "../../linalg/kernels/multiply.ts";
import type { Observed } from "../../linalg/observed.ts";
import { denseOf } from "../../linalg/observed.ts";
import { gamma, roundedUp, UNDERFLOW, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { denseSingularBound } from "../../linalg/singular-bound.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import { dot, euclideanLength, lengthBound, opposite } from "../../linalg/vector.ts";
import { quadraticBound, rowLengths } from "./neuron-quadratic.ts";

/** The samples as they are seen: row n of W belongs to row n of V. */
interface Sides {
  readonly w: Float64Array;
  readonly outputs: number;
  readonly v: Float64Array;
  readonly features: number;
}

type Stopped = () => boolean;

/** ½ σ₁(WᵀV) + ½ σ₁(S⁻¹W) σ₁(S V). Cost of four σ₁ of these sizes. */
export function halvesBound(table: Observed, v: Float64Array, stopped: Stopped): number {
  const w = denseOf(table);
  const sides = { w, outputs: table.columns, v, features: v.length / table.rows };
  const linear = denseSingularBound(crossProduct(sides), sides.features, stopped);
  const rounding = gamma(table.rows + 2) * roundedUp(lengthBound(w) * lengthBound(v), 1);
  return roundedUp((linear + rounding + absoluteBound(sides, stopped)) / 2, 4);
}

/** The same for one output, with each sign on its own; or the quadratic above it, where that is lower. */
export function signedBound(w: Float64Array, v: Float64Array, stopped: Stopped): number {
  const sides = { w, outputs: 1, v, features: v.length / w.length };
  const lengths = rowLengths(v, w.length);
  const ofSign = (sign: 1 | -1) => {
    const quadratic = quadraticBound(sign > 0 ? w : opposite(w), v, lengths);
    return Math.min(quadratic, oneSignBound(sides, sign, quadratic, stopped));
  };
  return Math.max(ofSign(1), ofSign(-1));
}

/** Σ_n ‖w_n‖‖v_n‖: what needs no proof. */
export function sumBound(table: Observed, v: Float64Array): number {
  const features = v.length / table.rows;
  let sum = 0;
  for (let n = 0; n < table.rows; n++) {
    const own = table.value.subarray(table.rowStart[n], table.rowStart[n + 1]);
    sum += lengthBound(own) * lengthBound(v.subarray(n * features, (n + 1) * features));
  }
  return roundedUp(sum, table.rows + 1);
}

/** Infinity where it is seen early not to be below `other`. */
function oneSignBound(sides: Sides, sign: 1 | -1, other: number, stopped: Stopped): number {
  const { w, v, features } = sides;
  const positive = { ...sides, w: w.map((x) => (sign * x > 0 ? x : 0)) };
  if (positive.w.every((x) => x === 0)) return 0;
  const rise = crossProduct(positive);
  const fall = crossProduct({ ...sides, w: w.map((x) => (sign * x < 0 ? x : 0)) });
  for (let j = 0; j < features; j++) {
    rise[j] *= sign / 2;
    fall[j] *= -sign;
  }
  const square = dot(fall, fall);
  const alpha = square > 0 ? Math.min(1, Math.max(0, dot(rise, fall) / square)) : 0;
  const linear = lengthBound(rise.map((x, j) => x - alpha * fall[j]));
  const weighed = weighing(positive);
  if (other < Number.POSITIVE_INFINITY && linear + absoluteEstimate(weighed) / 2 >= other)
    return Number.POSITIVE_INFINITY;
  const rounding = gamma(w.length + 4) * 2 * roundedUp(lengthBound(w) * lengthBound(v), 1);
  return roundedUp(linear + rounding + absoluteBound(weighed, stopped) / 2, 4);
}

/** What `absoluteBound` is for one output, up to rounding. Cost of two Gram matrices and their largest eigenvalues. */
function absoluteEstimate(sides: Sides): number {
  const { w, v, features } = sides;
  const s = new Float64Array(features * features);
  const { largest } = symmetricEigen(features);
  const estimateOf = (left: Float64Array, right: Float64Array) => {
    gramInto(s, right, w.length, features);
    return euclideanLength(left) * Math.sqrt(Math.max(0, largest(s)));
  };
  const split = evenSplit(sides);
  const [left, right] = [w.map((x, n) => x / split[n]), v.map((x, k) => x * split[Math.floor(k / features)])];
  return Math.min(estimateOf(w, v), estimateOf(left, right));
}

/** max aᵀWᵀ|V u| over unit a and u. */
function absoluteBound(sides: Sides, stopped: Stopped): number {
  const plain = splitBound(sides, undefined, stopped);
  return Math.min(plain, splitBound(sides, evenSplit(sides), stopped));
}

/** σ₁(S⁻¹W) σ₁(S V), S = 1 when absent. The products round once: ‖fl(S V) − S V‖_F ≤ u‖S V‖_F. */
function splitBound({ w, outputs, v, features }: Sides, split: Float64Array | undefined, stopped: Stopped): number {
  const left = split === undefined ? w : w.map((x, k) => x / split[Math.floor(k / outputs)]);
  const right = split === undefined ? v : v.map((x, k) => x * split[Math.floor(k / features)]);
  const sigma = (a: Float64Array, columns: number) => {
    const rounding = split === undefined ? 0 : 2 * UNIT_ROUNDOFF * lengthBound(a) + a.length * UNDERFLOW;
    return roundedUp(denseSingularBound(a, columns, stopped) + rounding, 3);
  };
  const bound = sigma(left, outputs) * sigma(right, features);
  return Number.isNaN(bound) ? Number.POSITIVE_INFINITY : roundedUp(bound, 1);
}

/** s_n = (‖w_n‖/‖v_n‖)^½, kept within what can be divided by without loss; any positive numbers will do. */
function evenSplit({ w, outputs, v, features }: Sides): Float64Array {
  return Float64Array.from({ length: w.length / outputs }, (_, n) => {
    const left = euclideanLength(w.subarray(n * outputs, (n + 1) * outputs));
    const right = euclideanLength(v.subarray(n * features, (n + 1) * features));
    return left > 0 && right > 0 ? Math.min(1e60, Math.max(1e-60, Math.sqrt(left / right))) : 1;
  });
}

/** WᵀV, outputs × features. |fl − exact| ≤ γ_N |W|ᵀ|V|. Cost 2 N·outputs·features. */
function crossProduct({ w, outputs, v, features }: Sides): Float64Array {
  const out = new Float64Array(outputs * features);
  for (let n = 0; n < w.length / outputs; n++) {
    for (let o = 0; o < outputs; o++) {
      const x = w[n * outputs + o];
      if (x === 0) continue;
      for (let j = 0; j < features; j++) out[o * features + j] += x * v[n * features + j];
    }
  }
  return out;
}

/** Of one output, without the samples that weigh nothing. */
function weighing({ w, v, features }: Sides): Sides {
  const kept = [...w.keys()].filter((n) => w[n] !== 0);
  const rows = new Float64Array(kept.length * features);
  for (const [k, n] of kept.entries()) rows.set(v.subarray(n * features, (n + 1) * features), k * features);
  return { w: Float64Array.from(kept, (n) => w[n]), outputs: 1, v: rows, features };
}
