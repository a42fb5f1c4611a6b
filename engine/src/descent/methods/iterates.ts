/** What thresholding needs to know about Φ; tables hold it in table-iterates.ts and full-iterates.ts, entries in entry-iterates.ts. */
import type { Precision } from "../../linalg/kernels/multiply.ts";
import type { BlockOperator, Triplets } from "../../linalg/subspace.ts";

/** Of a step from Z to Φ⁺. */
export interface Move {
  /** ℓ(Φ⁺), or what it is at most. */
  readonly loss: number;
  /** ‖Φ⁺ − Z‖_F. */
  readonly distance: number;
  /** ⟨Z − Φ⁺, Φ⁺ − Φ⟩, as far as it is seen: positive where the momentum points uphill. */
  readonly uphill: number;
}

export interface Iterates extends BlockOperator {
  readonly precision: Precision;
  /** Sets Z and ∇ℓ(Z). */
  extrapolate(momentum: number): void;
  /** G, from here on, its products and those of the move in that precision. */
  step(precision: Precision): void;
  /** What would be if Φ⁺ were these. */
  move(next: Triplets): Move;
  /** The last move becomes Φ, and Φ becomes Φ⁻. */
  accept(): void;
  /** G less these, of a table without holes. */
  readonly less?: (triplets: Triplets) => Float64Array;
  /** L, a Lipschitz constant of ∇ℓ. */
  readonly lipschitz: number;
}

/** A D for A rows × k and D of k numbers. */
export function timesDiagonal(a: Float64Array, d: Float64Array): Float64Array {
  const k = d.length;
  const out = new Float64Array(a.length);
  for (let at = 0; at < a.length; at += k) for (let j = 0; j < k; j++) out[at + j] = a[at + j] * d[j];
  return out;
}

/** The left side of Σ values_j left_j right_jᵀ with the values in it. */
export function weightedLeft({ values, left }: Triplets): Float64Array {
  return timesDiagonal(left, values);
}
