/**
 * The Hessian of Newton's method without its coupling of U and V: for row i of dU the block Σ_{j observed} c_k v_j v_jᵀ + λI, and the
 * same for the rows of dV. Where these take little memory they are factored one by one; otherwise, and where all rows see the same
 * entries, one eigenvalue decomposition VᵀV = E D Eᵀ serves all rows: E diag(c̄_i D + λ) Eᵀ, c̄_i the mean curvature of row i over
 * all columns, which is exact when every entry is observed and curves alike.
 */
import type { EntryKernel } from "../../linalg/kernels/entry-kernel.ts";
import { gramInto, multiplyInto } from "../../linalg/kernels/multiply.ts";
import type { Observed } from "../../linalg/observed.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";

export interface Preconditioner {
  /** d ← M⁻¹ d. */
  solveInto(du: Float64Array, dv: Float64Array): void;
  /** ⟨d, M d⟩. */
  squaredNorm(du: Float64Array, dv: Float64Array): number;
}

/** Of all blocks together; beyond it, reading them costs more than a product with the Hessian. */
const MOST_BYTES = 2 ** 25;

export interface PreconditionerOptions {
  readonly kernel: EntryKernel;
  /** Of the loss at every observed entry. */
  readonly curvature: Float64Array;
  readonly lambda: number;
  readonly u: Float64Array;
  readonly v: Float64Array;
  readonly r: number;
}

export function* preconditioner(options: PreconditionerOptions): Generator<void, Preconditioner> {
  const { kernel, curvature, lambda, u, v, r } = options;
  const { rows, columns, value } = kernel.pattern;
  const isShared = value.length === rows * columns;
  const blocks = isShared ? undefined : yield* kernel.factorBlocks(u, v, r, lambda, MOST_BYTES);
  return blocks ?? sharedBlocks(kernel.pattern, curvature, { lambda, u, v, r });
}

/** Cost of a solve 4(m + n)r² flops. */
function sharedBlocks(
  { rows, columns, rowStart, column }: Observed,
  curvature: Float64Array,
  { lambda, u, v, r }: Pick<PreconditionerOptions, "lambda" | "u" | "v" | "r">,
): Preconditioner {
  const rowMean = new Float64Array(rows);
  const columnMean = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) {
      rowMean[i] += curvature[k] / columns;
      columnMean[column[k]] += curvature[k] / rows;
    }
  }
  const ofU = side(rowMean, v, columns);
  const ofV = side(columnMean, u, rows);

  /** For the rows of one factor, from the other one. */
  function side(mean: Float64Array, other: Float64Array, length: number) {
    const gram = new Float64Array(r * r);
    gramInto(gram, other, length, r);
    const eigen = symmetricEigen(r);
    if (!eigen.solve(gram)) {
      eigen.values.fill(0);
      eigen.vectors.fill(0);
      for (let b = 0; b < r; b++) eigen.vectors[b * r + b] = 1;
    }
    const turned = new Float64Array(mean.length * r);
    const turn = (d: Float64Array) => {
      multiplyInto(turned, d, eigen.vectors, { m: mean.length, n: r, k: r, transposeB: true });
    };
    const weight = (i: number, b: number) => mean[i] * Math.max(0, eigen.values[b]) + lambda;
    return {
      solveInto(d: Float64Array): void {
        turn(d);
        for (let i = 0; i < mean.length; i++) for (let b = 0; b < r; b++) turned[i * r + b] /= weight(i, b);
        multiplyInto(d, turned, eigen.vectors, { m: mean.length, n: r, k: r });
      },
      squaredNorm(d: Float64Array): number {
        turn(d);
        let sum = 0;
        for (let i = 0; i < mean.length; i++) {
          for (let b = 0; b < r; b++) sum += weight(i, b) * turned[i * r + b] * turned[i * r + b];
        }
        return sum;
      },
    };
  }

  return {
    solveInto(du, dv) {
      ofU.solveInto(du);
      ofV.solveInto(dv);
    },
    squaredNorm: (du, dv) => ofU.squaredNorm(du) + ofV.squaredNorm(dv),
  };
}
