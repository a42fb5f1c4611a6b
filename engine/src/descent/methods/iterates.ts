/** What thresholding needs to know about Φ; tables hold it in table-iterates.ts and full-iterates.ts, entries in entry-iterates.ts. */
import type { BlockOperator, Triplets } from "../../linalg/subspace.ts";

/** Of a step from Z to Φ⁺. */
export interface Move {
  /** ℓ(Φ⁺), or what it is at most. */
  readonly loss: number;
  /** ‖Φ⁺ − Z‖_F. */
  readonly distance: number;
  /** ⟨Z − Φ⁺, Φ⁺ − Φ⟩, as far as it is seen: positive where the momentum points uphill. */
  readonly uphill: number;
  /** The L that this step would have needed; undefined where that is not known. */
  readonly curvature: number | undefined;
}

export interface Iterates extends BlockOperator {
  /** Sets Z and ∇ℓ(Z). */
  extrapolate(momentum: number): void;
  /** G for this L, from here on. */
  step(lipschitz: number): void;
  /** What would be if Φ⁺ were these. */
  move(next: Triplets): Move;
  /** The last move becomes Φ, and Φ becomes Φ⁻. */
  accept(): void;
  /** G less these, of a table without holes. */
  readonly less?: (triplets: Triplets) => Float64Array;
  /** The L to begin with. */
  readonly lipschitz: number;
}

/** Σ values_j left_j right_jᵀ as a pair of longer × count and shorter × count matrices. */
export function weightedLeft({ count, values, left }: Triplets, factor: number): Float64Array {
  return left.map((entry, at) => factor * entry * values[at % count]);
}
