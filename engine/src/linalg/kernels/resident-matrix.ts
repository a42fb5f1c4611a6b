/** Dense matrices that stay with the kernels, for products with one vector after another: reading them is then all that these cost. */
import { type Arithmetic, borrowWorkspace, FIRST_ADDRESS, giveBack } from "./loader.ts";
import { multiplySymmetricInto, multiplyVectorInto } from "./matrix-vector.ts";

export interface ResidentSymmetric {
  /** y = S x. Cost 2n² flops, and half the matrix is read. */
  timesInto(y: Float64Array, x: Float64Array): void;
  /** Once, when no more products follow: its memory then serves others. */
  release(): void;
}

/**
 * Symmetric S, n×n, row-major, of which the lower triangle counts; later changes of the array are not seen. The sums are those of
 * `multiplySymmetricInto`.
 */
export function residentSymmetric(s: Float64Array, n: number, arithmetic: Arithmetic = "compiled"): ResidentSymmetric {
  const workspace = arithmetic === "plain" ? undefined : borrowWorkspace();
  if (workspace === undefined) {
    const copy = s.slice(0, n * n);
    return { timesInto: (y, x) => multiplySymmetricInto(y, copy, x, n), release: () => {} };
  }
  const { code } = workspace;
  const sAt = FIRST_ADDRESS;
  const yAt = sAt + 16 * Math.ceil((n * n) / 2);
  const xAt = yAt + 16 * Math.ceil(n / 2);
  const numbers = workspace.numbers(xAt + 8 * n);
  numbers.set(s.subarray(0, n * n), sAt / 8);
  return {
    timesInto(y, x) {
      numbers.set(x, xAt / 8);
      code.timesSymmetric(yAt, sAt, xAt, n);
      y.set(numbers.subarray(yAt / 8, yAt / 8 + n));
    },
    release: () => giveBack(workspace),
  };
}

/** Orthonormal rows Q that come one after the other, and stay with the kernels. */
export interface ResidentRows {
  /** The next row of Q. */
  add(row: Float64Array): void;
  /** x ← x − Qᵀ(Q x). Cost 4·rows·n flops. */
  projectOutInto(x: Float64Array): void;
  /** Once, when nothing more follows: its memory then serves others. */
  release(): void;
}

/** At most so many rows of n numbers each. */
export function residentRows(most: number, n: number, arithmetic: Arithmetic = "compiled"): ResidentRows {
  const workspace = arithmetic === "plain" ? undefined : borrowWorkspace();
  let m = 0;
  if (workspace === undefined) {
    const rows = new Float64Array(most * n);
    const [shares, part] = [new Float64Array(most), new Float64Array(n)];
    return {
      add: (row) => rows.set(row, m++ * n),
      projectOutInto(x) {
        multiplyVectorInto(shares, rows, x, { m, n });
        multiplyVectorInto(part, rows, shares, { m, n, transpose: true });
        for (let i = 0; i < n; i++) x[i] -= part[i];
      },
      release: () => {},
    };
  }
  const { code } = workspace;
  const even = (length: number) => 16 * Math.ceil(length / 2);
  const rowsAt = FIRST_ADDRESS;
  const sharesAt = rowsAt + even(most * n);
  const partAt = sharesAt + even(most);
  const xAt = partAt + even(n);
  const numbers = workspace.numbers(xAt + 8 * n);
  return {
    add: (row) => numbers.set(row, rowsAt / 8 + m++ * n),
    projectOutInto(x) {
      numbers.set(x, xAt / 8);
      code.timesVector(sharesAt, rowsAt, xAt, m, n);
      code.timesVectorTransposed(partAt, rowsAt, sharesAt, m, n);
      const part = partAt / 8;
      for (let i = 0; i < n; i++) x[i] -= numbers[part + i];
    },
    release: () => giveBack(workspace),
  };
}
