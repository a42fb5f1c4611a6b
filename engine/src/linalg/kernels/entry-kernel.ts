/**
 * What a descent does with the observed entries of a matrix, at compiled speed: predictions u_i · v_j, gradients W V and Wᵀ U,
 * Hessian products, ridge regressions. Entries stay where the kernels are; a call copies (m + n) r numbers. A table without
 * holes goes through the dense products instead, which are faster yet.
 */
import type { Observed } from "../observed.ts";
import { compiledEntries } from "./compiled-entries.ts";
import type { EntryLoss } from "./entry-loss.ts";
import { fullEntries } from "./full-entries.ts";
import { type Arithmetic, newWorkspace } from "./loader.ts";
import type { Precision } from "./multiply.ts";
import type { Side } from "./observed-memory.ts";
import { plainEntries } from "./plain-entries.ts";

export interface BlockOptions {
  readonly transpose?: boolean;
  /** "single": W, the block and their sums may be in float32; of a table without holes they are not. */
  readonly precision?: Precision | undefined;
}

/**
 * U (m×r) and V (n×r) are row-major with the branch last; y are the pattern's values. The kernel keeps weights W and a
 * curvature c for all its users: set them before the calls that read them. Methods that yield (every few million flops) must
 * be run to their end before another call, or be dropped.
 */
export interface EntryKernel {
  readonly pattern: Observed;
  /** x_k = u_i · v_j; "single": as in BlockOptions. Cost 2·nnz·r. */
  predictInto(x: Float64Array, u: Float64Array, v: Float64Array, r: number, precision?: Precision): void;
  /** P = W V and Q = Wᵀ U for the weights w. W is w afterwards, or what it was before. Cost 4·nnz·r. */
  correlateInto(p: Float64Array, q: Float64Array, w: Float64Array, u: Float64Array, v: Float64Array, r: number): void;
  /** W ← −∇loss at U Vᵀ, P = W V, Q = Wᵀ U; returns the loss, summed entry after entry. Cost 6·nnz·r. */
  gradientInto(p: Float64Array, q: Float64Array, u: Float64Array, v: Float64Array, r: number, loss: EntryLoss): number;
  setWeights(w: Float64Array): void;
  weightsInto(w: Float64Array): void;
  /** W X (m×k), or Wᵀ X (n×k), for a row-major block X of k vectors. Cost 2·nnz·k. */
  multiplyBlockInto(out: Float64Array, x: Float64Array, k: number, options?: BlockOptions): void;
  /** One number an entry (≥ 0), or one for all. 1 until it is set. */
  setCurvature(c: number | Float64Array): void;
  /** c ← that of the loss at U Vᵀ. Cost 2·nnz·r. */
  setCurvatureAt(u: Float64Array, v: Float64Array, r: number, loss: EntryLoss): void;
  /** With dX_k = du_i · v_j + u_i · dv_j: HU = c dX V − W dV, HV = (c dX)ᵀ U − Wᵀ dU. Cost 12·nnz·r. */
  hessianTimesInto(
    hu: Float64Array,
    hv: Float64Array,
    at: { readonly u: Float64Array; readonly v: Float64Array },
    direction: { readonly u: Float64Array; readonly v: Float64Array },
    r: number,
  ): Generator<void>;
  /**
   * The minimizer of Σ c_k/2 (y_k − u_i · v_j)² + ½ Σ_b ridge_b u_ib² for every row i (for the columns: of V, given U).
   * Rows whose matrix is not positive definite become NaN; returns how many. Cost nnz·r² + m·r³/3.
   */
  ridgeInto(
    out: Float64Array,
    other: Float64Array,
    r: number,
    ridge: number | Float64Array,
    side: Side,
  ): Generator<void, number>;
  /**
   * Factors Σ_k c_k v_j v_jᵀ + diag(ridge) of every row and every column's own, for the two below; they stay until the
   * curvature is first set by entries or the next call. Undefined when they take more than `mostBytes`.
   */
  factorBlocks(
    u: Float64Array,
    v: Float64Array,
    r: number,
    ridge: number | Float64Array,
    mostBytes?: number,
  ): Generator<void, BlockFactors | undefined>;
}

/** A positive definite block for every row of U and of V. */
export interface BlockFactors {
  /** d_i ← A_i⁻¹ d_i for every row of dU and dV, in place. Cost 2 (m + n) r². */
  solveInto(du: Float64Array, dv: Float64Array): void;
  /** Σ_i d_iᵀ A_i d_i. */
  squaredNorm(du: Float64Array, dv: Float64Array): number;
}

/** Below so many entries plain loops are as fast. */
const FEW = 256;
/** At up to 44 bytes an entry, the most that a memory of 4 GB holds beside the factors. */
const MANY = 5e7;

const kernels = new WeakMap<Float64Array, EntryKernel>();

/** The kernel of these entries and values, the same one for the same arrays: its weights and curvature are shared (`kernelTurns`). */
export function entryKernel(pattern: Observed): EntryKernel {
  const known = kernels.get(pattern.value);
  if (known !== undefined && known.pattern.column === pattern.column && known.pattern.rowStart === pattern.rowStart) {
    return known;
  }
  const kernel = newEntryKernel(pattern);
  kernels.set(pattern.value, kernel);
  return kernel;
}

/** Whose kernel the shared one is, of those that take turns. */
const holders = new WeakMap<Float64Array, Holder>();

interface Holder {
  /** While others have their turn. */
  kernel: EntryKernel | undefined;
  hasEnded: boolean;
}

export interface KernelTurns {
  /** From here on `entryKernel` is the caller's own. */
  begin(): void;
  /** Leaves the kernel to whoever comes next. */
  end(): void;
}

/**
 * Runs that go on at the same time on the same values, whose weights, curvature and unfinished calls outlast a turn: each says
 * when its turn begins, and has a kernel of its own for as long as others have not ended. One that is dropped takes its own along.
 */
export function kernelTurns({ value }: Observed): KernelTurns {
  const own: Holder = { kernel: undefined, hasEnded: false };
  return {
    begin() {
      const last = holders.get(value);
      if (last === own) return;
      const isBusy = last !== undefined && !last.hasEnded;
      if (isBusy) last.kernel = kernels.get(value);
      if (own.kernel !== undefined) kernels.set(value, own.kernel);
      else if (isBusy) kernels.delete(value);
      own.kernel = undefined;
      holders.set(value, own);
    },
    end() {
      own.kernel = undefined;
      own.hasEnded = true;
    },
  };
}

/** A kernel that nobody else holds. W are the pattern's values until others are set. */
export function newEntryKernel(pattern: Observed, arithmetic: Arithmetic = "compiled"): EntryKernel {
  const isAscending = hasAscendingColumns(pattern);
  if (isAscending && pattern.column.length === pattern.rows * pattern.columns && pattern.column.length > 0) {
    return fullEntries(pattern, arithmetic, () => sparseEntries(pattern, arithmetic));
  }
  return sparseEntries(pattern, arithmetic, isAscending);
}

/** By entries, however many are observed. */
export function sparseEntries(pattern: Observed, arithmetic: Arithmetic, isAscending = true): EntryKernel {
  const entries = pattern.column.length;
  const isPlain = arithmetic === "plain" || !isAscending || entries < FEW || entries > MANY;
  const workspace = isPlain ? undefined : newWorkspace();
  return workspace === undefined ? plainEntries(pattern) : compiledEntries(pattern, workspace);
}

/** Patterns that were looked through: a problem has one for all its kernels. */
const looked = new WeakMap<Int32Array, { readonly rowStart: Int32Array; readonly isAscending: boolean }>();

function hasAscendingColumns({ rows, rowStart, column }: Observed): boolean {
  const known = looked.get(column);
  if (known?.rowStart === rowStart) return known.isAscending;
  const isAscending = areAscending(rows, rowStart, column);
  looked.set(column, { rowStart, isAscending });
  return isAscending;
}

function areAscending(rows: number, rowStart: Int32Array, column: Int32Array): boolean {
  for (let i = 0; i < rows; i++) {
    for (let k = rowStart[i] + 1; k < rowStart[i + 1]; k++) if (column[k] <= column[k - 1]) return false;
  }
  return true;
}
