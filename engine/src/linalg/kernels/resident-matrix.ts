/** A dense matrix that stays with the kernels, for products with one vector after another: reading it is then all they cost. */
import { type Arithmetic, borrowWorkspace, FIRST_ADDRESS, giveBack } from "./loader.ts";
import { multiplyVectorInto } from "./matrix-vector.ts";

export interface ResidentMatrix {
  /** y (m) = A x. Cost 2·m·n flops. */
  timesInto(y: Float64Array, x: Float64Array): void;
  /** y (n) = Aᵀ x. Cost 2·m·n flops. */
  timesTransposedInto(y: Float64Array, x: Float64Array): void;
  /** Once, when no more products follow: its memory then serves others. */
  release(): void;
}

/** A: m×n, row-major; later changes of the array are not seen. The sums are those of `multiplyVectorInto`. */
export function residentMatrix(
  a: Float64Array,
  m: number,
  n: number,
  arithmetic: Arithmetic = "compiled",
): ResidentMatrix {
  const workspace = arithmetic === "plain" ? undefined : borrowWorkspace();
  if (workspace === undefined) {
    const copy = a.slice(0, m * n);
    return {
      timesInto: (y, x) => multiplyVectorInto(y, copy, x, { m, n }),
      timesTransposedInto: (y, x) => multiplyVectorInto(y, copy, x, { m, n, transpose: true }),
      release: () => {},
    };
  }
  const { code } = workspace;
  const aAt = FIRST_ADDRESS;
  const rowsAt = aAt + 16 * Math.ceil((m * n) / 2);
  const columnsAt = rowsAt + 16 * Math.ceil(m / 2);
  const numbers = workspace.numbers(columnsAt + 8 * n);
  numbers.set(a.subarray(0, m * n), aAt / 8);
  return {
    timesInto(y, x) {
      numbers.set(x, columnsAt / 8);
      code.timesVector(rowsAt, aAt, columnsAt, m, n);
      y.set(numbers.subarray(rowsAt / 8, rowsAt / 8 + m));
    },
    timesTransposedInto(y, x) {
      numbers.set(x, rowsAt / 8);
      code.timesVectorTransposed(columnsAt, aAt, rowsAt, m, n);
      y.set(numbers.subarray(columnsAt / 8, columnsAt / 8 + n));
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
