/** Cholesky factorization A = L Lᵀ of symmetric n×n matrices, row-major; only the lower triangle is read and written. */
import { choleskyInto as blockedCholeskyInto } from "./kernels/cholesky.ts";
import { multiplyInto, type Precision } from "./kernels/multiply.ts";
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

/** Rows of X that are solved for together. */
const BLOCK = 32;

/** Solves L Lᵀ X = B in place for X (n × k, row-major). Cost 2 n² k flops, nearly all of them in dense products. */
export function choleskySolveBlockInto(
  x: Float64Array,
  k: number,
  l: Float64Array,
  n: number,
  precision?: Precision,
): void {
  const panel = new Float64Array(BLOCK * n);
  const rowsOf = (from: number, to: number) => x.subarray(from * k, to * k);
  for (let from = 0; from < n; from += BLOCK) {
    const to = Math.min(n, from + BLOCK);
    for (let i = from; i < to; i++) for (let j = 0; j < from; j++) panel[(i - from) * from + j] = -l[i * n + j];
    if (from > 0)
      multiplyInto(rowsOf(from, to), panel, rowsOf(0, from), {
        m: to - from,
        n: k,
        k: from,
        accumulate: true,
        precision,
      });
    for (let i = from; i < to; i++) {
      for (let j = from; j < i; j++) addRow(x, k, i, -l[i * n + j], j);
      divideRow(x, k, i, l[i * n + i]);
    }
  }
  for (let from = BLOCK * Math.floor((n - 1) / BLOCK); from >= 0; from -= BLOCK) {
    const to = Math.min(n, from + BLOCK);
    const width = to - from;
    for (let i = to; i < n; i++) for (let j = from; j < to; j++) panel[(i - to) * width + j - from] = -l[i * n + j];
    if (to < n)
      multiplyInto(rowsOf(from, to), panel, rowsOf(to, n), {
        m: width,
        n: k,
        k: n - to,
        transposeA: true,
        accumulate: true,
        precision,
      });
    for (let i = to - 1; i >= from; i--) {
      for (let j = i + 1; j < to; j++) addRow(x, k, i, -l[j * n + i], j);
      divideRow(x, k, i, l[i * n + i]);
    }
  }
}

/** Row i of X (… × k) += a · row j. */
function addRow(x: Float64Array, k: number, i: number, a: number, j: number): void {
  for (let to = i * k, from = j * k; to < (i + 1) * k; to++, from++) x[to] += a * x[from];
}

function divideRow(x: Float64Array, k: number, i: number, by: number): void {
  for (let at = i * k; at < (i + 1) * k; at++) x[at] /= by;
}
