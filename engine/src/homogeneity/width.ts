/** How many branches are always enough for a global minimum. */
import type { RegularizerConfig } from "../config/config.ts";

/**
 * For rows × columns matrices u vᵀ. ℓ2·ℓ2: min(rows, columns), by the singular value decomposition. ℓ1 on the slices of U: the
 * unit ball's extreme points are ± unit vectors, and branches with the same one merge without raising g, so `rows` are enough
 * (derived); `columns` for V likewise. Otherwise card(D) + 1 (haeffele2015, Corollary 18).
 */
export function branchBound(regularizer: RegularizerConfig, rows: number, columns: number): number {
  const [first, second] = regularizer.norms;
  const simple = regularizer.norms.every((norm) => norm === "l1" || norm === "l2");
  const free = regularizer.constraints === undefined || regularizer.constraints.every((each) => each === null);
  if (regularizer.kind === "l1" || !simple || !free) return rows * columns + 1;
  const bounds = [first === "l1" ? rows : undefined, second === "l1" ? columns : undefined].filter(
    (bound) => bound !== undefined,
  );
  return bounds.length === 0 ? Math.min(rows, columns) : Math.min(...bounds);
}
