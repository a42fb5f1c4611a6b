/**
 * The linear operator A between matrix models and the numbers that the loss sees (theory.md §1): entries of the matrix, general
 * sensing ⟨A_k, X⟩, rank-one sensing a_kᵀ X a_k. ∇ℓ = A*(∇L).
 */
import type { EntryLoss } from "../../linalg/kernels/entry-loss.ts";
import type { TableGradient, TableJudgment } from "../../linalg/kernels/table-judgment.ts";
import type { Observed } from "../../linalg/observed.ts";
import type { Factors } from "../factors.ts";

export interface Observation {
  readonly kind: "entries" | "matrices" | "rank-one";
  /** Of X. */
  readonly rows: number;
  readonly columns: number;
  /** How many numbers A(X) has. */
  readonly count: number;
  /** x = A(U Vᵀ), U rows × branches, V columns × branches. */
  applyInto(x: Float64Array, u: Float64Array, v: Float64Array, branches: number): void;
  /** p = A*(w) V (rows × branches) and q = A*(w)ᵀ U (columns × branches). */
  correlateInto(
    p: Float64Array,
    q: Float64Array,
    w: Float64Array,
    u: Float64Array,
    v: Float64Array,
    branches: number,
  ): void;
  /** Both at w = −∇ℓ(A(U Vᵀ)) for the targets y, and the sums of the loss: `Mapping.judgeInto`. */
  judgeInto?(gradient: TableGradient, y: Float64Array, factors: Factors, loss: EntryLoss): TableJudgment | undefined;
  /** A*(w), rows × columns. */
  adjoint(w: Float64Array): Observed;
  /** Not below ‖fl(A(U Vᵀ)) − A(U Vᵀ)‖₂. */
  applyError(u: Float64Array, v: Float64Array, branches: number): number;
  /** Not below ‖fl(A*(w)) − A*(w)‖_F. */
  adjointError(w: Float64Array): number;
}
