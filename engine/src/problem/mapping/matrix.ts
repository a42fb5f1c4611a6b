/** φ(u, v) = u vᵀ, Φ = U Vᵀ at the observed entries. Factors are row-major with the branch as last axis. */
import type { Observed } from "../../linalg/observed.ts";
import { gamma, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import type { Factors } from "../factors.ts";
import { branchesOf } from "../factors.ts";

/** x_k = (U Vᵀ)_ij at observed entry k = (i, j). Cost 2·nnz·r. */
export function predictInto(x: Float64Array, pattern: Observed, { u, v, branches: r }: Factors): void {
  const { rows, rowStart, column } = pattern;
  for (let i = 0; i < rows; i++) {
    const ui = i * r;
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) {
      const vj = column[k] * r;
      let sum = 0;
      for (let b = 0; b < r; b++) sum += u[ui + b] * v[vj + b];
      x[k] = sum;
    }
  }
}

/**
 * A bound on ‖fl(U Vᵀ) − U Vᵀ‖_F over the observed entries: every entry is a dot product of length r, so the error is at
 * most γ_{r+1} Σ_b ‖u_b‖₂‖v_b‖₂, and an underflow in each product.
 */
export function predictionError(factors: Factors, rows: number, columns: number): number {
  if (factors.u.every((x) => x === 0) || factors.v.every((x) => x === 0)) return 0;
  let sum = 0;
  for (const { u, v } of branchesOf(factors)) sum += euclideanLength(u) * euclideanLength(v);
  const relative = gamma(factors.branches + 1) * roundedUp(sum, 2 * (rows + columns) + factors.branches + 8);
  return relative + factors.branches * rows * columns * UNDERFLOW;
}

/** p = W V (rows × r) and q = Wᵀ U (columns × r), for W given at the observed entries. Cost 4·nnz·r. */
export function correlateInto(p: Float64Array, q: Float64Array, w: Observed, { u, v, branches: r }: Factors): void {
  const { rows, rowStart, column, value } = w;
  p.fill(0);
  q.fill(0);
  for (let i = 0; i < rows; i++) {
    const ui = i * r;
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) {
      const vj = column[k] * r;
      const e = value[k];
      for (let b = 0; b < r; b++) {
        p[ui + b] += e * v[vj + b];
        q[vj + b] += e * u[ui + b];
      }
    }
  }
}
