/**
 * x¹ ⊗ x² ⊗ x³ beyond its unfoldings. For two axes i, j, and the third eliminated, ⟨T, u ⊗ v ⊗ w⟩² ≤ zᵀPz for z = u ⊗ v and P = M Mᵀ, M
 * the unfolding with rows (i, j). Exchanging the first index of both sides leaves zzᵀ as it is, so zᵀNz = 0 for every symmetric N
 * that changes its sign under that exchange (partial transposition), and
 *   Ω°² ≤ λ_max(P + N)          for every such N: the witness, one number for each two pairs i < k, j < l.
 * N = 0 is the unfolding. The best N is the dual of max ⟨P, Y⟩ over Y ⪰ 0, tr Y = 1, Y = its partial transpose (peres1996), found by
 * ADMM (boyd2011): an eigendecomposition of order n = d_i d_j a turn. (d)
 */
import { proveEigenvalueBound } from "../../linalg/eigen.ts";
import { denseOf, dividedBy } from "../../linalg/observed.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import type { ObservedTensor } from "../../linalg/tensor.ts";
import { unfold } from "../../linalg/tensor.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import { divided } from "./bounded.ts";
import type { Closer } from "./closing.ts";

const METHOD = "unfolding, up to partial transposition";
const WITNESS = "transposition";

/** Orders of P above this take too long a turn. */
const MOST_ROWS = 150;
const TURNS = 400;
/** Turns from one look at the bound to the next; after so many looks without a gain of 1e-4 of what is missing, enough. */
const LOOK = 10;
const IDLE_LOOKS = 6;
/** Step of the prox, in units of λ_max(P), and over-relaxation. */
const STEP = 0.5;
const RELAXATION = 1.6;

/** Undefined where all pairs of axes are too long. */
export function tensorTransposition(tensor: ObservedTensor, norms: readonly Norm[]): Closer | undefined {
  const { lengths } = tensor;
  if (lengths.length !== 3) return undefined;
  const [third] = [0, 1, 2].sort((x, y) => lengths[y] - lengths[x]);
  const axes = [0, 1, 2].filter((axis) => axis !== third);
  const [a, b] = axes.map((axis) => lengths[axis]);
  const n = a * b;
  if (n > MOST_ROWS || a < 2 || b < 2) return undefined;
  const unit = powerOfTwoAbove(tensor.entries.value);
  const columns = lengths[third];
  const m = denseOf(unfold({ lengths, entries: dividedBy(tensor.entries, unit) }, axes));
  const p = gramOfRows(m, n, columns);
  const size = euclideanLength(m);
  // ‖fl(MMᵀ) − MMᵀ‖_F ≤ γ ‖M‖_F².
  const error = roundedUp(gamma(columns + 2) * size * size, n * columns) + n * n * columns * UNDERFLOW;
  const eigen = symmetricEigen(n);
  const words = { method: METHOD, witness: WITNESS, why: "every axis is too long to cover its sphere with cells" };

  /** √λ_max(P + N), proven. */
  function proven(shift: Float64Array): number {
    const shifted = addedTo(p, shift, a, b);
    if (!shifted.every(Number.isFinite) || !eigen.solve(shifted)) return Number.POSITIVE_INFINITY;
    const { bound } = proveEigenvalueBound(shifted, n, eigen.values[0]);
    // One rounding for every entry of P + N.
    const lost = error + roundedUp(2 * UNIT_ROUNDOFF * euclideanLength(shifted), n * n);
    const top = roundedUp(Math.sqrt(roundedUp(Math.max(0, bound) + lost, 2)), 2);
    return divided(roundedUp(top * unit, 1), norms);
  }

  function branchOf(z: Float64Array): Branch {
    const u = new Float64Array(a);
    const v = Float64Array.from({ length: b }, (_, j) => 1 + 0.1 * j);
    for (let turn = 0; turn < 30; turn++) {
      for (let i = 0; i < a; i++) u[i] = v.reduce((sum, x, j) => sum + x * z[i * b + j], 0);
      scaleToUnit(u);
      for (let j = 0; j < b; j++) v[j] = u.reduce((sum, x, i) => sum + x * z[i * b + j], 0);
      scaleToUnit(v);
    }
    const w = new Float64Array(columns);
    for (let i = 0; i < a; i++) {
      for (let j = 0; j < b; j++) {
        for (let k = 0; k < columns; k++) w[k] += u[i] * v[j] * m[(i * b + j) * columns + k];
      }
    }
    scaleToUnit(w);
    const factors: Float64Array[] = [];
    factors[axes[0]] = u;
    factors[axes[1]] = v;
    factors[third] = w;
    return factors;
  }

  return {
    witness: WITNESS,
    close({ lower, tolerance, hint, stopped }) {
      const wanted = ((lower * (1 + tolerance)) / divided(unit, norms)) ** 2;
      const { shift, top } = bestShift({ p, a, b, eigen, wanted, start: hint?.["shift"]?.data, stopped });
      const upper = proven(shift);
      return {
        ...words,
        upper,
        arrays: { shift: { shape: [shift.length], data: shift } },
        work: 0,
        better: branchOf(top),
      };
    },
    check({ shift }) {
      const fits = shift !== undefined && shift.data.length === pairs(a) * pairs(b);
      return { ...words, upper: fits ? proven(shift.data) : Number.POSITIVE_INFINITY };
    },
  };
}

interface Search {
  readonly p: Float64Array;
  readonly a: number;
  readonly b: number;
  readonly eigen: ReturnType<typeof symmetricEigen>;
  /** A λ_max that is small enough. */
  readonly wanted: number;
  readonly start: Float64Array | undefined;
  readonly stopped: () => boolean;
}

/** About the N with the least λ_max(P + N), and the top eigenvector there. */
function bestShift({ p, a, b, eigen, wanted, start, stopped }: Search): { shift: Float64Array; top: Float64Array } {
  const n = a * b;
  const count = pairs(a) * pairs(b);
  let shift =
    start?.length === count && start.every(Number.isFinite) ? Float64Array.from(start) : new Float64Array(count);
  const dual = new Float64Array(n * n);
  const given = new Float64Array(n * n);
  const a0 = new Float64Array(n * n);
  let best = { value: Number.POSITIVE_INFINITY, shift, top: new Float64Array(n) };
  let idle = 0;
  let step = 0;
  let now = addedTo(p, shift, a, b);
  for (let turn = 0; turn <= TURNS && !stopped(); turn++) {
    if (turn % LOOK === 0) {
      if (!eigen.solve(now)) break;
      const value = eigen.values[0];
      if (turn === 0) step = STEP * Math.abs(value);
      idle = best.value - value > 1e-4 * (best.value - wanted) ? 0 : idle + 1;
      if (value < best.value) best = { value, shift, top: eigen.vectors.slice(0, n) };
      if (best.value <= wanted || idle >= IDLE_LOOKS || !(step > 0)) break;
    }
    for (let k = 0; k < given.length; k++) given[k] = now[k] - dual[k];
    if (!eigen.solve(given)) break;
    // prox of step · λ_max: less step times the projection of the eigenvalues over step on the simplex.
    const taken = simplexProjection(eigen.values, step);
    a0.set(given);
    for (let k = 0; k < n && taken[k] > 0; k++) {
      for (let i = 0; i < n; i++) {
        const x = taken[k] * eigen.vectors[k * n + i];
        if (x === 0) continue;
        for (let j = 0; j < n; j++) a0[i * n + j] -= x * eigen.vectors[k * n + j];
      }
    }
    for (let k = 0; k < a0.length; k++) a0[k] = RELAXATION * a0[k] + (1 - RELAXATION) * now[k];
    const next = new Float64Array(count);
    const rest = a0.map((x, k) => x + dual[k] - p[k]);
    eachPair(a, b, n, (at, plus, minus) => {
      next[at] = (rest[plus] - rest[minus]) / 2;
    });
    shift = next;
    now = addedTo(p, shift, a, b);
    for (let k = 0; k < dual.length; k++) dual[k] += a0[k] - now[k];
  }
  return best;
}

/** Eigenvalues (descending) less a common level, those that stay above 0, summing to `total`. */
function simplexProjection(values: Float64Array, total: number): Float64Array {
  let sum = 0;
  let level = 0;
  for (let k = 0; k < values.length; k++) {
    sum += values[k];
    const next = (sum - total) / (k + 1);
    if (values[k] <= next) break;
    level = next;
  }
  return values.map((x) => Math.max(0, x - level));
}

function pairs(n: number): number {
  return (n * (n - 1)) / 2;
}

/** Places of N_{(i,j),(k,l)} (with a plus) and of its partial transpose N_{(k,j),(i,l)}, for i < k, j < l. */
function eachPair(a: number, b: number, n: number, visit: (at: number, plus: number, minus: number) => void): void {
  let at = 0;
  for (let i = 0; i < a; i++) {
    for (let k = i + 1; k < a; k++) {
      for (let j = 0; j < b; j++) {
        for (let l = j + 1; l < b; l++) visit(at++, (i * b + j) * n + k * b + l, (k * b + j) * n + i * b + l);
      }
    }
  }
}

/** P + N, both triangles. */
function addedTo(p: Float64Array, shift: Float64Array, a: number, b: number): Float64Array {
  const n = a * b;
  const out = Float64Array.from(p);
  eachPair(a, b, n, (at, plus, minus) => {
    const x = shift[at];
    out[plus] += x;
    out[minus] -= x;
    out[(plus % n) * n + Math.floor(plus / n)] += x;
    out[(minus % n) * n + Math.floor(minus / n)] -= x;
  });
  return out;
}

/** M Mᵀ of n rows. */
function gramOfRows(m: Float64Array, n: number, columns: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += m[i * columns + k] * m[j * columns + k];
      out[i * n + j] = sum;
      out[j * n + i] = sum;
    }
  }
  return out;
}

function scaleToUnit(x: Float64Array): void {
  const length = euclideanLength(x);
  if (length > 0) for (let i = 0; i < x.length; i++) x[i] /= length;
}
