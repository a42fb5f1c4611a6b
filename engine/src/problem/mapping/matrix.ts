/** φ(u, v) = u vᵀ, Φ = U Vᵀ. Factors are row-major with the branch as last axis. */
import type { Observed } from "../../linalg/observed.ts";
import type { FactorSpec, MatrixMapping } from "./mapping.ts";
import type { Observation } from "./observation.ts";

export function matrixMapping(observation: Observation): MatrixMapping {
  const factor = (symbol: string, size: number): FactorSpec => ({
    symbol,
    shape: [size],
    size,
    degree: 1,
    regularized: true,
  });
  return {
    kind: "matrix",
    label: "u vᵀ",
    factors: [factor("u", observation.rows), factor("v", observation.columns)],
    degree: 2,
    separable: true,
    observation,
    predictInto: (x, { branches, values: [u, v] }) => observation.applyInto(x, u, v, branches),
    correlateInto: ([p, q], w, { branches, values: [u, v] }) => observation.correlateInto(p, q, w, u, v, branches),
    predictionError: ({ branches, values: [u, v] }) => observation.applyError(u, v, branches),
  };
}

/** x_k = (U Vᵀ)_ij at observed entry k = (i, j), U rows × r, V columns × r. Cost 2·nnz·r. */
export function predictEntriesInto(
  x: Float64Array,
  { rows, rowStart, column }: Observed,
  u: Float64Array,
  v: Float64Array,
  r: number,
): void {
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

/** p = W V (rows × r) and q = Wᵀ U (columns × r), for W given at the observed entries. Cost 4·nnz·r. */
export function correlateEntriesInto(
  p: Float64Array,
  q: Float64Array,
  { rows, rowStart, column, value }: Observed,
  u: Float64Array,
  v: Float64Array,
  r: number,
): void {
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
