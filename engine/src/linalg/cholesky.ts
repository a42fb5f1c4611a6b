/** Cholesky factorization A = L Lᵀ of symmetric n×n matrices, row-major; only the lower triangle is read and written. */
import { choleskyInto as blockedCholeskyInto } from "./kernels/cholesky.ts";
import { gamma } from "./rounding.ts";

/**
 * Overwrites the lower triangle of A by L. Returns false as soon as a pivot is not positive (or not finite): A is then
 * not proven positive definite. Cost n³/3 flops.
 *
 * When it returns true, L Lᵀ = A + E with ‖E‖₂ ≤ `choleskyError(n)` · tr A.
 */
export function choleskyInto(a: Float64Array, n: number, stopped: () => boolean = () => false): boolean {
  return blockedCholeskyInto(a, n, { stopped });
}

/** γ_{n+1}/(1 − γ_{n+1}): what the factorization of an n×n matrix loses, of its trace (rump2006, from higham2002, theorem 10.3). */
export function choleskyError(n: number): number {
  return gamma(n + 1) / (1 - gamma(n + 1));
}

/** Solves L Lᵀ x = b in place for every row x of `rows` (count × n, row-major). Cost 2 n² per row. */
export function choleskySolveRowsInto(rows: Float64Array, count: number, l: Float64Array, n: number): void {
  for (let r = 0; r < count; r++) {
    const at = r * n;
    for (let i = 0; i < n; i++) {
      let sum = rows[at + i];
      for (let k = 0; k < i; k++) sum -= l[i * n + k] * rows[at + k];
      rows[at + i] = sum / l[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      const x = rows[at + i] / l[i * n + i];
      rows[at + i] = x;
      for (let k = 0; k < i; k++) rows[at + k] -= l[i * n + k] * x;
    }
  }
}
