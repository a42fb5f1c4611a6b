/** What the engine knows about a norm ‖·‖ on one slice of a factor. One file per norm; the registry is `norms` below. */
import type { NormKind } from "../../config/config.ts";
import { l1 } from "./l1.ts";
import { l2 } from "./l2.ts";

export interface Norm {
  readonly kind: NormKind;
  /** As it is written in formulas: ‖u‖₁. */
  readonly label: (variable: string) => string;
  value(x: Float64Array): number;
  /** ‖p‖_* = max { ⟨p, x⟩ : ‖x‖ ≤ 1 }. */
  dualValue(p: Float64Array): number;
  /** x ← argmin_y ½‖y − x‖₂² + t‖y‖. */
  proxInto(x: Float64Array, t: number): void;
  /** Euclidean distance from p to the subdifferential ∂‖x‖. */
  subgradientDistance(p: Float64Array, x: Float64Array): number;
}

const NORMS: Readonly<Record<NormKind, Norm>> = { l1, l2 };

export function normOf(kind: NormKind): Norm {
  return NORMS[kind];
}
