/**
 * x¹ ⊗ x² ⊗ x³ of longer axes beyond its unfoldings. With the third axis eliminated, ⟨T, u ⊗ v ⊗ w⟩² ≤ Σ_ik u_i u_k vᵀP_ik v for the
 * b × b blocks P_ik = M_i M_kᵀ, M_i the slice of T at entry i of the first axis. Of a block only the symmetric part counts, so
 *   Ω°² ≤ λ_max(S), S_ii = P_ii, S_ik = P_ikᵀ + N_ik, S_ki = S_ikᵀ      for any skew N_ik, i < k.
 * N_ik = 0 exchanges one index of P (partial transposition), which noise survives far worse than P itself: of a Gaussian tensor with
 * axes a, b, c about √(c + 2√(abc)) is left of √a √b + √c. The blocks' skew parts of LᵀR + RᵀL are N, for a few rows L and R of
 * order n = a b: the witness; `tensor-skew-search.ts` finds them. A check costs P, L and R times n² and one Cholesky proof. (d)
 */
import { proveEigenvalueBound } from "../../linalg/eigen.ts";
import { gramInto, multiplyInto } from "../../linalg/kernels/multiply.ts";
import { largestRitzPairs } from "../../linalg/krylov.ts";
import { denseOf, dividedBy } from "../../linalg/observed.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import type { ObservedTensor } from "../../linalg/tensor.ts";
import { unfold } from "../../linalg/tensor.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import { divided } from "./bounded.ts";
import type { Closer } from "./closing.ts";
import type { ProofArrays } from "./polar.ts";
import { searchSkew } from "./tensor-skew-search.ts";

const WORDS = {
  method: "unfolding, up to skew parts",
  witness: "skew",
  why: "only the symmetric parts of the blocks of an unfolding's Gram matrix count",
};

/** Orders of S that are covered otherwise (tensor-transposition.ts), and those that take seconds. */
const LEAST_ROWS = 151;
const MOST_ROWS = 3000;
/** Error of the estimate that the proof begins with (relative): it does no harm. */
const ESTIMATE_ERROR = 1e-9;

/** The rows of L and R, each count × n. */
export interface SkewRows {
  readonly count: number;
  readonly left: Float64Array;
  readonly right: Float64Array;
}

interface SkewProof extends Pick<SkewRows, "left" | "right"> {
  readonly lengths: readonly number[];
  /** Proven, not interrupted. */
  readonly sigma: number;
}

/** The last one of every tensor that is still in use: a run checks what it has just found, and asks once more at its end. */
const proofs = new WeakMap<Float64Array, SkewProof>();

function isSame(x: ArrayLike<number>, y: ArrayLike<number>): boolean {
  if (x.length !== y.length) return false;
  for (let i = 0; i < x.length; i++) if (!Object.is(x[i], y[i])) return false;
  return true;
}

/** Undefined where the two shorter axes make too few or too many pairs. */
export function tensorSkew(tensor: ObservedTensor, norms: readonly Norm[], least = LEAST_ROWS): Closer | undefined {
  const { lengths } = tensor;
  if (lengths.length !== 3) return undefined;
  const [third] = [0, 1, 2].sort((x, y) => lengths[y] - lengths[x]);
  const axes = [0, 1, 2].filter((axis) => axis !== third);
  const [a, b] = axes.map((axis) => lengths[axis]);
  const n = a * b;
  if (n < least || n > MOST_ROWS || a < 2 || b < 2) return undefined;
  const unit = powerOfTwoAbove(tensor.entries.value);
  const scaled = { lengths, entries: dividedBy(tensor.entries, unit) };
  const columns = lengths[third];
  let gramOfSlices: Float64Array | undefined;

  /** P, row (i, j), column (k, l): entry (j, l) of M_i M_kᵀ. */
  function products(): Float64Array {
    if (gramOfSlices === undefined) {
      gramOfSlices = new Float64Array(n * n);
      gramInto(gramOfSlices, denseOf(unfold(scaled, [third])), columns, n);
    }
    return gramOfSlices;
  }

  /** √λ_max(S), proven. */
  function proven(rows: SkewRows, stopped: () => boolean): number {
    const known = proofs.get(tensor.entries.value);
    if (
      known !== undefined &&
      isSame(known.lengths, lengths) &&
      isSame(known.left, rows.left) &&
      isSame(known.right, rows.right)
    )
      return divided(known.sigma, norms);
    const s = skewed(products(), a, b, rows);
    if (!s.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
    const options = { above: Number.POSITIVE_INFINITY, most: 1, tolerance: ESTIMATE_ERROR, stopped };
    const [top] = largestRitzPairs(n, s, options);
    if (top === undefined) return Number.POSITIVE_INFINITY;
    const { bound } = proveEigenvalueBound(s, n, top.value + top.error, stopped);
    const size = euclideanLength(scaled.entries.value);
    // ‖fl(MMᵀ) − MMᵀ‖_F ≤ γ ‖M‖_F², whichever way its blocks are turned.
    const error = roundedUp(gamma(columns + 2) * size * size, n * columns) + n * n * columns * UNDERFLOW;
    // One rounding for every entry of S: N_ik itself is skew bit by bit.
    const lost = error + roundedUp(2 * UNIT_ROUNDOFF * euclideanLength(s), n * n);
    const root = roundedUp(Math.sqrt(roundedUp(Math.max(0, bound) + lost, 2)), 2);
    const sigma = roundedUp(root * unit, 1);
    if (!stopped()) proofs.set(tensor.entries.value, { lengths, left: rows.left, right: rows.right, sigma });
    return divided(sigma, norms);
  }

  return {
    witness: WORDS.witness,
    close({ branch, lower, tolerance, hint, stopped }) {
      const given = hint === undefined ? undefined : rowsOf(hint, n);
      if (given !== undefined) {
        const upper = proven(given, stopped);
        if (upper <= lower * (1 + tolerance)) return { ...WORDS, upper, arrays: arraysOf(given, n), work: 0 };
      }
      const { rows, best } = searchSkew({
        ...{ tensor: denseOf(scaled.entries), lengths, axes, third, branch, tolerance, stopped },
        shifted: (shift) => skewed(products(), a, b, shift),
      });
      return { ...WORDS, upper: proven(rows, stopped), arrays: arraysOf(rows, n), work: 0, better: best };
    },
    check(arrays, { stopped }) {
      const rows = rowsOf(arrays, n);
      return { ...WORDS, upper: rows === undefined ? Number.POSITIVE_INFINITY : proven(rows, stopped) };
    },
  };
}

function arraysOf({ count, left, right }: SkewRows, n: number): ProofArrays {
  const shape = [count, n];
  return { left: { shape, data: left }, right: { shape, data: right } };
}

function rowsOf({ left, right }: ProofArrays, n: number): SkewRows | undefined {
  if (left === undefined || right === undefined || left.data.length !== right.data.length) return undefined;
  const count = left.data.length / n;
  return Number.isInteger(count) && count <= n
    ? { count, left: Float64Array.from(left.data), right: Float64Array.from(right.data) }
    : undefined;
}

/** S, both triangles, equal bit by bit. Cost 4·n²·count. */
function skewed(p: Float64Array, a: number, b: number, { count, left, right }: SkewRows): Float64Array {
  const n = a * b;
  const s = p.slice();
  const both = new Float64Array(2 * count * n);
  both.set(right);
  both.set(left, count * n);
  const own = new Float64Array(2 * count * b);
  const panel = new Float64Array(b * n);
  const block = new Float64Array(b * b);
  const turned = new Float64Array(b * b);
  for (let i = 0; i < a - 1; i++) {
    for (let r = 0; r < count; r++) {
      const at = r * n + i * b;
      own.set(left.subarray(at, at + b), r * b);
      own.set(right.subarray(at, at + b), (count + r) * b);
    }
    multiplyInto(panel, own, both, { m: b, n, k: 2 * count, transposeA: true });
    for (let k = i + 1; k < a; k++) {
      for (let j = 0; j < b; j++) {
        const from = j * n + k * b;
        for (let l = 0; l < b; l++) block[j * b + l] = panel[from + l];
      }
      for (let l = 0; l < b; l++) {
        const from = (i * b + l) * n + k * b;
        const to = (k * b + l) * n + i * b;
        for (let j = 0; j < b; j++) {
          const x = p[from + j] + 0.5 * (block[j * b + l] - block[l * b + j]);
          s[to + j] = x;
          turned[j * b + l] = x;
        }
      }
      for (let j = 0; j < b; j++) {
        const to = (i * b + j) * n + k * b;
        for (let l = 0; l < b; l++) s[to + l] = turned[j * b + l];
      }
    }
  }
  return s;
}
