/** The parts of a symmetric eigenproblem that cost n³: reflections that make it tridiagonal, and rotations of its eigenvectors. */
import { type Arithmetic, FIRST_ADDRESS, workspaceFor } from "./loader.ts";
import { plainAccumulate, plainRotateRows, plainTridiagonalize } from "./plain-householder.ts";

/** Rows that rotations turn in neighboring pairs. */
export interface TurnedRows {
  /** Rows of `width` numbers each, to begin with zeros. */
  readonly rows: Float64Array;
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
  /** For k from high down to low, rows k and k + 1: (x, y) ← (c x − s y, s x + c y), with c and s number k. Cost 6 flops a number. */
  turn(low: number, high: number): void;
}

export interface Householder extends TurnedRows {
  /** n × n, row-major, of which the lower triangle counts, with entries up to 1 for its sums of squares. It is overwritten. */
  readonly matrix: Float64Array;
  /** T, where matrix = Q T Qᵀ; of `beside` the first n − 1 count. */
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
  /** Finds T. Cost 4n³/3 flops. */
  tridiagonalize(): void;
  /** Then rows ← Qᵀ. Cost 4n³/3 flops. */
  accumulate(): void;
}

/** Below so many rows, of so many numbers, the way to compiled code and back costs more than it gains. */
const FEW = 14;

/** What is returned gives the room for one problem after the other; each is of use until any other kernel is called. */
export function householder(n: number, arithmetic: Arithmetic = "compiled"): () => Householder {
  const even = 16 * Math.ceil(n / 2);
  const matrixAt = FIRST_ADDRESS;
  const rowsAt = matrixAt + n * even;
  const vectorsAt = rowsAt + n * even;
  const [diagonalAt, besideAt, factorAt] = [vectorsAt, vectorsAt + even, vectorsAt + 2 * even];
  const [partAt, cosinesAt, sinesAt] = [vectorsAt + 3 * even, vectorsAt + 4 * even, vectorsAt + 5 * even];
  const bytes = vectorsAt + 6 * even;

  function roomIn(numbers: Float64Array) {
    const view = (at: number, size: number) => numbers.subarray(at / 8, at / 8 + size);
    return {
      matrix: view(matrixAt, n * n),
      rows: view(rowsAt, n * n),
      diagonal: view(diagonalAt, n),
      beside: view(besideAt, n),
      cosines: view(cosinesAt, n),
      sines: view(sinesAt, n),
    };
  }

  function plain(): Householder {
    const own = roomIn(new Float64Array(bytes / 8));
    const { matrix, rows, diagonal, beside, cosines, sines } = own;
    const [factor, part] = [new Float64Array(n), new Float64Array(n)];
    return {
      ...own,
      tridiagonalize: () => plainTridiagonalize(matrix, n, diagonal, beside, factor, part),
      accumulate: () => plainAccumulate(rows, matrix, n, factor),
      turn: (low, high) => plainRotateRows(rows, n, [low, high], cosines, sines),
    };
  }

  let kept: Householder | undefined;
  return () => {
    const workspace = n < FEW || arithmetic === "plain" ? undefined : workspaceFor(bytes);
    if (workspace === undefined) {
      kept ??= plain();
      return kept;
    }
    const { code } = workspace;
    return {
      ...roomIn(workspace.numbers(bytes)),
      tridiagonalize: () => code.tridiagonalize(matrixAt, n, diagonalAt, besideAt, factorAt, partAt),
      accumulate: () => code.accumulateReflectors(rowsAt, matrixAt, n, factorAt),
      turn: (low, high) => code.rotateRows(rowsAt, n, low, high, cosinesAt, sinesAt),
    };
  };
}

/** n rows of zeros. Of use until any other kernel is called. */
export function turnedRows(n: number, width: number, arithmetic: Arithmetic = "compiled"): TurnedRows {
  const even = 16 * Math.ceil(n / 2);
  const [rowsAt, cosinesAt] = [FIRST_ADDRESS + 2 * even, FIRST_ADDRESS];
  const bytes = rowsAt + 8 * n * width;
  const workspace = Math.min(n, width) < FEW || arithmetic === "plain" ? undefined : workspaceFor(bytes);
  const numbers = workspace?.numbers(bytes) ?? new Float64Array(bytes / 8);
  const view = (at: number, size: number) => numbers.subarray(at / 8, at / 8 + size);
  const [rows, cosines, sines] = [view(rowsAt, n * width), view(cosinesAt, n), view(cosinesAt + even, n)];
  rows.fill(0);
  if (workspace === undefined) {
    const turn = (low: number, high: number) => plainRotateRows(rows, width, [low, high], cosines, sines);
    return { rows, cosines, sines, turn };
  }
  const { code } = workspace;
  return {
    rows,
    cosines,
    sines,
    turn: (low, high) => code.rotateRows(rowsAt, width, low, high, cosinesAt, cosinesAt + even),
  };
}
