/**
 * Whether T I − S is positive definite for symmetric S: by a Cholesky factorization L Lᵀ that holds the n²/2 numbers of L and nothing
 * else. S is asked for row by row, so who makes rows from something sparse never holds a dense matrix.
 */
import { factorTriangle } from "./kernels/cholesky.ts";
import type { Arithmetic } from "./kernels/loader.ts";
import { FIRST_ADDRESS, workspaceFor } from "./kernels/loader.ts";
import { plainCholeskyInto } from "./kernels/plain-cholesky.ts";

export interface LowerRows {
  readonly n: number;
  /** S_i0 … S_ii into `out` from `at` on; asked once for every i, ascending. No compiled kernel may be called here. */
  readonly rowInto: (out: Float64Array, at: number, i: number) => void;
}

export interface DefiniteOptions {
  readonly stopped?: (() => boolean) | undefined;
  readonly arithmetic?: Arithmetic;
}

/** Below this the plain loops are faster. */
const SMALL = 24;
/** Rows side by side in the compiled triangle (kernels/assembly/cholesky.ts). */
const SLIVER = 4;

/**
 * Of M = fl(T I − S), where only the pivots are rounded. True: L Lᵀ = M + E with ‖E‖₂ ≤ `choleskyError(n)` · tr M, whatever the blocks (kernels/cholesky.ts), so M ⪰ −‖E‖₂. False: a
 * pivot was not positive and finite, or it was stopped. Cost n³/3 flops.
 */
export function isFactored(
  shift: number,
  { n, rowInto }: LowerRows,
  { stopped, arithmetic }: DefiniteOptions = {},
): boolean {
  const slivers = Math.ceil(n / SLIVER);
  const base = FIRST_ADDRESS + 8 * SLIVER * n;
  const bytes = base + 64 * slivers * (slivers + 1);
  const workspace = n < SMALL || arithmetic === "plain" ? undefined : workspaceFor(bytes);
  if (workspace === undefined) return isPlainlyFactored(shift, { n, rowInto }, stopped);
  const { code } = workspace;
  const numbers = workspace.numbers(bytes);
  for (let sliver = 0; sliver < slivers; sliver++) {
    for (let i = SLIVER * sliver; i < Math.min(n, SLIVER * (sliver + 1)); i++) {
      rowInto(numbers, FIRST_ADDRESS / 8 + (i % SLIVER) * n, i);
    }
    code.packShifted(base, sliver, FIRST_ADDRESS, n, shift);
    if (stopped?.() === true) return false;
  }
  return factorTriangle(code, base, slivers, stopped);
}

function isPlainlyFactored(shift: number, { n, rowInto }: LowerRows, stopped: (() => boolean) | undefined): boolean {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    rowInto(a, i * n, i);
    for (let k = i * n; k < i * n + i; k++) a[k] = -a[k];
    a[i * n + i] = shift - a[i * n + i];
  }
  return plainCholeskyInto(a, n, stopped);
}
