/** Where an ℓ1 norm decides the best factorization of Φ. */
import type { Problem } from "../problem/problem.ts";

/**
 * The factor (0 or 1) whose ℓ1 norm makes single coordinates optimal: with ℓ1 on u, Ω(X) is the sum of the norms of X's rows,
 * and the best branches are (e_i, row i). With ℓ1 on both, the side with fewer coordinates. Undefined without an ℓ1 norm, and
 * where it does not hold: a cone on either factor splits rows by sign, and the loss has to see single entries.
 */
export function sparseSide({ mapping, regularizer, target }: Problem): 0 | 1 | undefined {
  if (mapping.kind !== "matrix" || mapping.observation.kind !== "entries" || !regularizer.matched) return undefined;
  if (regularizer.form === "compound") return undefined;
  const [a, b] = regularizer.norms;
  if (a.constrained || b.constrained) return undefined;
  if (a.kind === "l1" && b.kind === "l1") return target.rows <= target.columns ? 0 : 1;
  return a.kind === "l1" ? 0 : b.kind === "l1" ? 1 : undefined;
}
