/** Rows of a table as slices that a norm can measure. */
import type { Observed } from "../../linalg/observed.ts";
import { opposite } from "../../linalg/vector.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";

/** Row `row` times the sign, as long as `norm` needs it: without its zeros where they do not count. */
export function lineOf(table: Observed, norm: Norm, row: number, sign: number): Float64Array {
  const entries = table.value.subarray(table.rowStart[row], table.rowStart[row + 1]);
  const line = ignoresZeros(norm) ? entries : spread(table, row, entries);
  return sign === 1 ? line : opposite(line);
}

/** The norm's dual direction for that line, in full length. */
export function lineDirection(table: Observed, norm: Norm, row: number, sign: number): Float64Array {
  const direction = norm.dualDirection(lineOf(table, norm, row, sign));
  return ignoresZeros(norm) ? spread(table, row, direction) : Float64Array.from(direction);
}

function spread({ columns, rowStart, column }: Observed, row: number, entries: Float64Array): Float64Array {
  const out = new Float64Array(columns);
  for (let k = 0; k < entries.length; k++) out[column[rowStart[row] + k]] = entries[k];
  return out;
}

/** Norms that see neither the place of an entry nor a zero; so their duals. */
function ignoresZeros({ kind, constrained, nonnegative }: Norm): boolean {
  return (kind === "l1" || kind === "l2" || kind === "linf" || kind === "lq") && (!constrained || nonnegative);
}
