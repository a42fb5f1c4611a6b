/**
 * Blocked Cholesky factorization A = L Lᵀ on the 4×4 tiles of the dense products (assembly/cholesky.ts).
 *
 * Every l_ij comes from a_ij − Σ_k l_ik l_jk and one division or root, whatever the blocks: partial sums are only another
 * order of the same additions. higham2002, lemma 8.4 and theorem 10.3 hold for any order, without FMA:
 * |L Lᵀ − A| ≤ γ_{n+1} |L||L|ᵀ, so `choleskyError(n)` of linalg/cholesky.ts bounds this factorization too.
 */
import { type Arithmetic, FIRST_ADDRESS, type KernelCode, workspaceFor } from "./loader.ts";
import { plainCholeskyInto } from "./plain-cholesky.ts";

export interface CholeskyOptions {
  /** Asked every few million flops. */
  readonly stopped?: () => boolean;
  readonly arithmetic?: Arithmetic;
}

/** Below this the plain loops are faster. */
const SMALL = 24;
/** Slivers (of four rows) of one block of columns. */
const BLOCK = 16;
/** Flops between two questions. */
const FLOPS_PER_TURN = 5e6;

/**
 * Overwrites the lower triangle of the row-major n×n matrix A by L; what lies above the diagonal is neither read nor written.
 * False when a pivot is not positive and finite, or when stopped: the lower triangle is then of no use. Cost n³/3 flops;
 * works on a copy of n²/2 numbers.
 */
export function choleskyInto(a: Float64Array, n: number, { stopped, arithmetic }: CholeskyOptions = {}): boolean {
  const slivers = Math.ceil(n / 4);
  const rowsAt = FIRST_ADDRESS;
  const base = rowsAt + 8 * 4 * n;
  const bytes = base + 64 * slivers * (slivers + 1);
  const workspace = n < SMALL || arithmetic === "plain" ? undefined : workspaceFor(bytes);
  if (workspace === undefined) return plainCholeskyInto(a, n, stopped);
  const { code } = workspace;
  const numbers = workspace.numbers(bytes);
  const staged = rowsAt / 8;
  for (let i = 0; i < slivers; i++) {
    numbers.set(a.subarray(4 * i * n, Math.min(4 * i + 4, n) * n), staged);
    code.packTriangle(base, i, rowsAt, n);
  }
  if (!factorTriangle(code, base, slivers, stopped)) return false;
  for (let i = 0; i < slivers; i++) {
    code.unpackTriangle(base, i, rowsAt, n);
    for (let r = 4 * i; r < Math.min(4 * i + 4, n); r++) {
      const from = staged + (r - 4 * i) * n;
      a.set(numbers.subarray(from, from + r + 1), r * n);
    }
  }
  return true;
}

/** The packed triangle at `base` ← L, by blocks of columns. False at a pivot that is not positive and finite, or when stopped. */
export function factorTriangle(code: KernelCode, base: number, slivers: number, stopped?: () => boolean): boolean {
  for (let first = 0; first < slivers; first += BLOCK) {
    // Of one sliver in this block of columns.
    const flops = 8 * 64 * (4 * first + 32);
    const turn = Math.max(BLOCK, Math.floor(FLOPS_PER_TURN / flops));
    for (let from = first; from < slivers; from += turn) {
      if (stopped?.() === true) return false;
      if (code.choleskyBlock(base, first / BLOCK, from, Math.min(slivers, from + turn)) === 0) return false;
    }
  }
  return true;
}
