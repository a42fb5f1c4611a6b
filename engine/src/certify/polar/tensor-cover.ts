/**
 * x¹ ⊗ … ⊗ xᴷ through its shortest axis: max over unit u of f(u) = Ω°(T ×ₖ u), by the branch and bound of `cover/`. With two
 * other factors with ℓ2 that is σ₁(T ×ₖ u); elsewhere it is closed itself as far as a small budget goes.
 *
 * With Z_i the slices along the axis, (T ×ₖ u)ᵀ(T ×ₖ u) = Σ_ij u_i u_j Z_iᵀZ_j, whose blocks are computed once. A value costs
 * d²q² flops for q the shorter one of the two other axes, an eigenvalue and a Cholesky proof.
 */
import { proveEigenvalueBound } from "../../linalg/eigen.ts";
import type { Observed } from "../../linalg/observed.ts";
import { denseOf, dividedBy, transpose, wholeTable } from "../../linalg/observed.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import type { ObservedTensor } from "../../linalg/tensor.ts";
import { slicesAlong } from "../../linalg/tensor.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import { isPlain } from "../../problem/regularizer/norm.ts";
import { divided } from "./bounded.ts";
import type { Closer } from "./closing.ts";
import { coverCloser } from "./cover/cover-closer.ts";
import type { PolarOptions, PolarResult } from "./polar.ts";
import { MOST_COVERED, stoppable } from "./table-cover.ts";

/** The polar of a tensor with an axis less. */
export type InnerPolar = (tensor: ObservedTensor, norms: readonly Norm[], options: PolarOptions) => PolarResult;

/**
 * Where f takes a branch and bound of its own: the longest axis that is tried, its cells, and the part of all cells outside, up to
 * these lengths of the other axes, plain ones and those with ℓ2 and ℓ1. Then the semidefinite relaxations inside take longer.
 */
const NESTED = { axis: 4, cells: 2000, tolerance: 1e-8, share: 1 / 512, plain: 8, mixed: 3 };
/** Norms whose dual is a search. */
const DEAR_SHARE = 1 / 256;

/** With one new vertex for some fifteen cells, a σ₁ of so many operations is cheap. */
const CHEAP_SIGMA = 2e5;

/** Undefined where no axis is short enough. */
export function tensorCover(tensor: ObservedTensor, norms: readonly Norm[], inner: InnerPolar): Closer | undefined {
  const { lengths } = tensor;
  const [axis] = lengths.map((_, k) => k).sort((i, j) => lengths[i] - lengths[j]);
  const covered = norms[axis];
  const d = lengths[axis];
  const rest = norms.filter((_, k) => k !== axis);
  const isSpectral = rest.length === 2 && rest.every((norm) => isPlain(norm, "l2"));
  if (d > (isSpectral ? MOST_COVERED : NESTED.axis)) return undefined;
  const { mixture } = covered;
  if (mixture === undefined || mixture.l2 === 0) return undefined;
  if (covered.constrained && !covered.nonnegative) return undefined;
  const unit = powerOfTwoAbove(tensor.entries.value);
  const others = lengths.filter((_, k) => k !== axis);
  const slices = slicesAlong({ lengths, entries: dividedBy(tensor.entries, unit) }, axis);
  const innerAt = (u: Float64Array, options: PolarOptions) => inner(combined(slices, u), rest, options);
  const sigma = sigmaOf(slices.map(({ entries }) => entries));
  return stoppable((stopped) => {
    const single = { above: Number.POSITIVE_INFINITY, stopped };
    const nested = nestedValue(slices, rest, (u) =>
      innerAt(u, { ...single, effort: "close", cells: NESTED.cells, tolerance: NESTED.tolerance }),
    );
    return coverCloser({
      problem: {
        dimension: d,
        domain: covered.nonnegative
          ? "orthant"
          : rest.every(({ constrained }) => constrained)
            ? "sphere"
            : "half-sphere",
        alpha: mixture.l2,
        beta: mixture.l1,
        above: isSpectral ? sigma : nested,
        below: (u) => (isSpectral ? sigma(u) * (1 - 1e-9) : innerAt(u, single).lower),
        scale: euclideanLength(tensor.entries.value) / unit / rest.reduce((all, norm) => all * norm.euclideanFloor, 1),
      },
      share: isSpectral ? Math.min(1, CHEAP_SIGMA / Math.min(...others) ** 3) : nestedShare(rest, others),
      unit,
      why: `axis ${axis + 1} has ${d} entries, few enough for a cover of their sphere`,
      branch: (u) => {
        const [top] = innerAt(u, single).branches;
        const best = top?.factors ?? others.map((length) => new Float64Array(length));
        return [...best.slice(0, axis), u, ...best.slice(axis)];
      },
    });
  });
}

/** The part of all cells that are worth their time, where each takes a search of its own. */
function nestedShare(norms: readonly Norm[], lengths: readonly number[]): number {
  if (norms.some(({ climber }) => climber !== undefined)) return NESTED.share * DEAR_SHARE;
  const soon = norms.some(({ mixture }) => mixture !== undefined && mixture.l1 > 0) ? NESTED.mixed : NESTED.plain;
  return NESTED.share * Math.min(1, (soon / Math.max(...lengths)) ** 4);
}

/** What another polar proves of T ×ₖ u, and what rounding of T ×ₖ u can change: γ Σ |u_i|‖Z_i‖_F. */
function nestedValue(
  slices: readonly ObservedTensor[],
  rest: readonly Norm[],
  polar: (u: Float64Array) => PolarResult,
): (u: Float64Array) => number {
  const largest = Math.max(...slices.map(({ entries }) => euclideanLength(entries.value)));
  const error = divided(roundedUp(gamma(slices.length + 2) * largest, slices.length), rest);
  return (u) => roundedUp(polar(u).upper + error, 1);
}

/** Not below σ₁(Σ u_i Z_i) for ‖u‖₁ ≤ 1 and entries of modulus at most 1. */
function sigmaOf(slices: readonly Observed[]): (u: Float64Array) => number {
  const flat = slices.map((z) => (z.columns <= z.rows ? z : transpose(z))).map(denseOf);
  const q = Math.min(slices[0].rows, slices[0].columns);
  const p = Math.max(slices[0].rows, slices[0].columns);
  const blocks: { readonly i: number; readonly j: number; readonly block: Float64Array }[] = [];
  for (let i = 0; i < slices.length; i++) {
    for (let j = 0; j <= i; j++) blocks.push({ i, j, block: crossGram(flat[i], flat[j], p, q) });
  }
  // Entry by entry the sum is off by γ Σ_ij |u_i||u_j||Z_i|ᵀ|Z_j|, in Frobenius norm at most γ (Σ |u_i|‖Z_i‖_F)².
  const largest = Math.max(...flat.map(euclideanLength));
  const error = roundedUp(gamma(p + blocks.length + 6) * largest * largest, p * q) + p * q * q * UNDERFLOW;
  const s = new Float64Array(q * q);
  const eigen = symmetricEigen(q);
  return (u) => {
    s.fill(0);
    for (const { i, j, block } of blocks) {
      const weight = u[i] * u[j];
      if (weight === 0) continue;
      for (let k = 0; k < s.length; k++) s[k] += weight * block[k];
    }
    const { bound } = proveEigenvalueBound(s, q, eigen.largest(s));
    return roundedUp(Math.sqrt(roundedUp(Math.max(0, bound) + error, 2)), 2);
  };
}

/** Z_iᵀZ_j + Z_jᵀZ_i, once where i = j: what stands with u_i u_j. */
function crossGram(a: Float64Array, b: Float64Array, p: number, q: number): Float64Array {
  const out = new Float64Array(q * q);
  for (let k = 0; k < p; k++) {
    for (let x = 0; x < q; x++) {
      const ax = a[k * q + x];
      const bx = a === b ? 0 : b[k * q + x];
      for (let y = 0; y < q; y++) out[x * q + y] += ax * b[k * q + y] + bx * a[k * q + y];
    }
  }
  return out;
}

/** Σ u_i Z_i. */
function combined(slices: readonly ObservedTensor[], u: Float64Array): ObservedTensor {
  const [{ lengths, entries }] = slices;
  const { rows, columns } = entries;
  const sum = new Float64Array(rows * columns);
  slices.forEach((slice, i) => {
    denseOf(slice.entries).forEach((x, k) => {
      sum[k] += u[i] * x;
    });
  });
  return { lengths, entries: wholeTable(sum, rows, columns) };
}
