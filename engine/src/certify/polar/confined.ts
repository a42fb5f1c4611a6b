/**
 * Factors in linear subspaces, u ∈ S_a, v ∈ S_b: uᵀWv = uᵀ(P_a W P_b)v, so bounds may be taken of the projected table. The
 * projections are computed; `Norm.release` says how much of ⟨p, x⟩ each one can miss, per ‖x‖₂. (d) theory.md §4.
 */
import type { Observed } from "../../linalg/observed.ts";
import { denseOf, isAffordable, wholeTable } from "../../linalg/observed.ts";
import { roundedUp } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import { setSliceInto, sliceOf } from "../../problem/factors.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";

export interface Confined {
  readonly table: Observed;
  /** |uᵀWv − uᵀ(table)v| ≤ slack ‖u‖₂‖v‖₂ for all u, v that the norms let pass. */
  readonly slack: number;
}

/** W itself where no factor is confined to a subspace, or the projected table would be too large: bounds of W hold too. Cost: a projection for every row and column. */
export function confined(w: Observed, a: Norm, b: Norm): Confined {
  const { rows, columns } = w;
  const free = a.release === undefined && b.release === undefined;
  if (free || !isAffordable(rows * columns, w)) return { table: w, slack: 0 };
  const dense = denseOf(w);
  const columnSlacks = new Float64Array(columns);
  const rowSlacks = new Float64Array(rows);
  if (a.release !== undefined) {
    for (let j = 0; j < columns; j++) {
      const { moved, slack } = a.release(sliceOf(dense, columns, j));
      setSliceInto(dense, columns, j, moved);
      columnSlacks[j] = slack;
    }
  }
  if (b.release !== undefined) {
    for (let i = 0; i < rows; i++) {
      const { moved, slack } = b.release(dense.slice(i * columns, (i + 1) * columns));
      dense.set(moved, i * columns);
      rowSlacks[i] = slack;
    }
  }
  // Σ_j |v_j| slack_j ‖u‖ ≤ ‖slacks‖₂ ‖u‖‖v‖.
  const slack = euclideanLength(columnSlacks) + euclideanLength(rowSlacks);
  return { table: wholeTable(dense, rows, columns), slack: roundedUp(slack, rows + columns + 8) };
}
