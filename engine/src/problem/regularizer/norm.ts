/**
 * What the engine knows about a norm ‖·‖ on one slice of a factor, with its constraint (a cone) if it has one. One file per
 * norm; the registry is `normOf`. All norms here are absolute: ‖x‖ depends on |x_i| only, and grows with each.
 */
import type { Constraint, NormSpec } from "../../config/config.ts";
import { l1 } from "./l1.ts";
import { l2 } from "./l2.ts";
import { nonnegative } from "./nonnegative.ts";
import { normSum } from "./norm-sum.ts";

export interface Norm {
  readonly kind: "l1" | "l2" | "sum";
  /** Whether slices are confined to a cone. */
  readonly constrained: boolean;
  /** As it is written in formulas: ‖u‖₁. */
  readonly label: (variable: string) => string;
  /** What is said about the constraint, "" for none: u ≥ 0. */
  readonly condition: (variable: string) => string;
  /** c with ‖x‖ ≥ c‖x‖₂ for all x. */
  readonly euclideanFloor: number;
  /** d with ‖x‖ ≥ d‖x‖₁ for all x; 0 when there is none that does not depend on the length of x. */
  readonly l1Floor: number;
  /** Infinity outside the cone. */
  value(x: Float64Array): number;
  /** ‖p‖_* = max { ⟨p, x⟩ : ‖x‖ ≤ 1, x in the cone }. */
  dualValue(p: Float64Array): number;
  /** Not below ‖p‖_*, rounding included. */
  dualUpper(p: Float64Array): number;
  /** x with ‖x‖ = 1 in the cone and ⟨p, x⟩ = ‖p‖_*; zero where ‖p‖_* = 0. */
  dualDirection(p: Float64Array): Float64Array;
  /** x ← argmin_y ½‖y − x‖₂² + t‖y‖ over the cone. */
  proxInto(x: Float64Array, t: number): void;
  /** Euclidean distance from p to the subdifferential of the norm (and the cone's indicator) at x. */
  subgradientDistance(p: Float64Array, x: Float64Array): number;
}

export function normOf(spec: NormSpec, constraint: Constraint | null = null): Norm {
  const norm = spec === "l1" ? l1 : spec === "l2" ? l2 : normSum(spec);
  return constraint === null ? norm : nonnegative(norm);
}

/** ℓ1 or ℓ2 itself, with nothing else to obey. */
export function isPlain(norm: Norm, kind: "l1" | "l2"): boolean {
  return norm.kind === kind && !norm.constrained;
}
