/**
 * What the engine knows about ℓ(X) = Σ over observed entries of L(x; y). One file per loss; the registry is `lossOf`.
 * Predictions x and targets y are given at the observed entries only, in the order of the target's entries.
 */
import type { LossConfig } from "../../config/config.ts";
import type { Observed } from "../../linalg/observed.ts";
import { squaredLoss } from "./squared.ts";

export interface Loss {
  readonly kind: LossConfig["kind"];
  readonly label: string;
  /** Lipschitz constant of ∇ℓ. */
  readonly lipschitz: number;
  value(x: Float64Array, target: Observed): number;
  /** w = −∇ℓ(x). */
  negativeGradientInto(w: Float64Array, x: Float64Array, target: Observed): void;
  /** Not below ℓ at the exact product, which differs from x by at most `error` in Euclidean norm. Rounding included. */
  valueUpper(x: Float64Array, target: Observed, error: number): number;
  /**
   * max over 0 ≤ t ≤ scaleMax of −ℓ*(−t w), the dual value of the point t w (theory.md §2).
   * `value` is not above the exact value at `scale`; `margin` is what was taken off for rounding.
   */
  dualBound(
    w: Observed,
    target: Observed,
    scaleMax: number,
  ): { readonly scale: number; readonly value: number; readonly margin: number };
}

export function lossOf(config: LossConfig): Loss {
  switch (config.kind) {
    case "squared":
      return squaredLoss(config.weight);
    default:
      return config.kind satisfies never;
  }
}
