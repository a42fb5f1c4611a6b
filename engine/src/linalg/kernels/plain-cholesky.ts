/** The blocked Cholesky factorization without WebAssembly: the same sums in the same order as assembly/cholesky.ts. */
import { DEPTH } from "./plain-multiply.ts";

/** Columns of a block. */
const BLOCK = 64;

/**
 * Row by row; l_ij = (a_ij − partial sums over 256 columns before j's block − the sum over the columns of the block before j's
 * tile of four − what is left, one by one) / l_jj.
 */
export function plainCholeskyInto(a: Float64Array, n: number, stopped: () => boolean = () => false): boolean {
  for (let i = 0; i < n; i++) {
    if ((i & 15) === 0 && stopped()) return false;
    const ri = i * n;
    for (let j = 0; j <= i; j++) {
      const rj = j * n;
      const block = j - (j % BLOCK);
      const tile = j - (j % 4);
      let left = a[ri + j];
      for (let start = 0; start < tile; ) {
        const end = start < block ? Math.min(start + DEPTH, block) : tile;
        let sum = 0;
        for (let k = start; k < end; k++) sum += a[ri + k] * a[rj + k];
        left -= sum;
        start = end;
      }
      for (let k = tile; k < j; k++) left -= a[ri + k] * a[rj + k];
      if (j < i) a[ri + j] = left / a[rj + j];
      else if (left > 0 && left < Number.POSITIVE_INFINITY) a[ri + i] = Math.sqrt(left);
      else return false;
    }
  }
  return true;
}
