/** A matrix that is known at some entries and zero elsewhere, as passes of subspace iteration take it. */
import type { EntryKernel } from "./kernels/entry-kernel.ts";
import type { Precision } from "./kernels/multiply.ts";
import type { BlockOperator } from "./subspace.ts";

/**
 * With these numbers at the entries of the kernel's pattern, its longer side left whatever side that is. They are set for every product:
 * between two of them the kernel's weights are anybody's. Cost of a product 2·nnz·k flops.
 */
export function entryOperator(kernel: EntryKernel, weights: Float64Array, precision?: Precision): BlockOperator {
  const { rows, columns } = kernel.pattern;
  const isTall = rows >= columns;
  const multiplyInto = (out: Float64Array, block: Float64Array, k: number, transpose: boolean) => {
    kernel.setWeights(weights);
    kernel.multiplyBlockInto(out, block, k, { transpose, precision });
  };
  return {
    precision,
    longer: Math.max(rows, columns),
    shorter: Math.min(rows, columns),
    timesInto: (out, q, k) => multiplyInto(out, q, k, !isTall),
    transposedTimesInto: (out, p, k) => multiplyInto(out, p, k, isTall),
  };
}
