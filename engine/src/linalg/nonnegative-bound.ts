/**
 * σ₁ of a large sparse matrix from above, by its entries' moduli alone: σ₁(A) ≤ σ₁(|A|), and for every x > 0
 *   σ₁(|A|)² ≤ max_j (|A|ᵀ|A| x)_j / x_j     (Collatz and Wielandt; horn2012, theorem 8.1.26)
 * for which x goes some steps of the power method towards the vector where it is σ₁(|A|)². Memory of the rows and columns, cost 4·nnz a
 * step. Tight where signs do not matter: entries of one sign, or so few of them that signs can be moved into u and v along every cycle
 * that counts. With many entries of random signs in every row it is off by about the root of their number.
 */
import type { Observed } from "./observed.ts";
import { roundedUp, UNDERFLOW } from "./rounding.ts";

const STEPS = 60;
/** No component of x is smaller, relative to the largest one. */
const FLOOR = 1e-8;

/** Not below σ₁(A), rounding included, for entries up to 1 in modulus. */
export function nonnegativeBound(a: Observed): number {
  const { rows, columns, rowStart, column, value } = a;
  const x = new Float64Array(columns).fill(1);
  const z = new Float64Array(columns);
  let least = Number.POSITIVE_INFINITY;
  for (let step = 0; step < STEPS; step++) {
    z.fill(0);
    for (let i = 0; i < rows; i++) {
      let y = 0;
      for (let k = rowStart[i]; k < rowStart[i + 1]; k++) y += Math.abs(value[k]) * x[column[k]];
      for (let k = rowStart[i]; k < rowStart[i + 1]; k++) z[column[k]] += Math.abs(value[k]) * y;
    }
    let [quotient, largest] = [0, 0];
    for (let j = 0; j < columns; j++) {
      quotient = Math.max(quotient, z[j] / x[j]);
      largest = Math.max(largest, z[j]);
    }
    // Sums of numbers ≥ 0 lose at most u an addition; each product in them may underflow besides, before it is divided by x ≥ FLOOR.
    const underflow = ((rows + 1) * (columns + 1) * 4 * UNDERFLOW) / FLOOR;
    least = Math.min(least, roundedUp(roundedUp(quotient, rows + columns + 4) + underflow, 2));
    if (!(largest > 0)) break;
    for (let j = 0; j < columns; j++) x[j] = Math.max(FLOOR, z[j] / largest);
  }
  return roundedUp(Math.sqrt(least), 2);
}
