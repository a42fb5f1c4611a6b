/** Dense matrices that stay with the kernels, for products with one vector after another: reading them is then all that these cost. */
import { type Arithmetic, borrowWorkspace, FIRST_ADDRESS, giveBack } from "./loader.ts";
import { multiplySymmetricInto } from "./matrix-vector.ts";

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
