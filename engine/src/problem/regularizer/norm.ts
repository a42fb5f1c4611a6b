/**
 * What the engine knows about a norm ‖·‖ on one slice of a factor, with its constraint (a cone) if it has one. One file per
 * norm; the registry is `normOf` in `registry.ts`.
 */
import type { NormKind } from "../../config/config.ts";

export interface Norm {
  readonly kind: NormKind | "sum" | "lq" | "elastic-net" | "free";
  /** Whether slices are confined to a cone. */
  readonly constrained: boolean;
  /** Whether the cone is exactly x ≥ 0; false without one. */
  readonly nonnegative: boolean;
  /** ‖·‖ is convex, and so is the cone: `proxInto` finds the one minimizer. */
  readonly convex: boolean;
  /** As it is written in formulas: ‖u‖₁. */
  readonly label: (variable: string) => string;
  /** What is said about the constraint, "" for none: u ≥ 0. */
  readonly condition: (variable: string) => string;
  /** c > 0 with ‖x‖ ≥ c‖x‖₂ for all x in the cone. */
  readonly euclideanFloor: number;
  /** d ≥ 0 with ‖x‖ ≥ d‖x‖₁ for all x in the cone; 0 when none is known that does not depend on the length of x. */
  readonly l1Floor: number;
  /** Where ‖x‖ = l2 ‖x‖₂ + l1 ‖x‖₁ for all x in the cone. */
  readonly mixture?: { readonly l2: number; readonly l1: number } | undefined;
  /** Where at most `limit` entries of x may differ from 0, fewer than all; whether all of them are ≥ 0 besides. */
  readonly support?: { readonly limit: number; readonly nonnegative: boolean } | undefined;
  /**
   * Infinity outside the cone. Within size + 4 roundings for ℓ1, ℓ2, ℓ∞ and group, and for sums one more per term; never below
   * ‖x‖ for norms that take more (ℓq, nuclear, spectral).
   */
  value(x: Float64Array): number;
  /**
   * What makes x infeasible, undefined when nothing does; `value` is finite exactly then. Kernel, inequality and psd forgive
   * what is 1e-9 of ‖x‖₂ (`cone.ts`), and the dual bounds count it in.
   */
  violation(x: Float64Array): string | undefined;
  /** ‖p‖_* = max { ⟨p, x⟩ : ‖x‖ ≤ 1, x in the cone }, or an estimate from below where that is hard. */
  dualValue(p: Float64Array): number;
  /** Not below ‖p‖_*, rounding included. A bound that is no larger than `enough` need not be any tighter. */
  dualUpper(p: Float64Array, enough?: number): number;
  /** x with ‖x‖ = 1 in the cone and ⟨p, x⟩ = dualValue(p); zero where that is 0. */
  dualDirection(p: Float64Array): Float64Array;
  /**
   * Where `dualDirection` takes many proxes: steps of a search, at the cost of a few. Each takes p and a point x ≠ 0 of the cone
   * to a point with ‖x'‖ = 1 there and ⟨p, x'⟩ ≥ ⟨p, x⟩/‖x‖; where they stop rising p is in ⟨p, x⟩ ∂‖x‖. They build on one
   * another: one climber per search, with p changing little by little. x = 0 starts from the projection of p.
   */
  readonly climber?: (() => Climber) | undefined;
  /** x ← argmin_y ½‖y − x‖₂² + t‖y‖ over the cone; t = 0 projects. */
  proxInto(x: Float64Array, t: number): void;
  /** Euclidean distance from p to the subdifferential of the norm (and the cone's indicator) at x. */
  subgradientDistance(p: Float64Array, x: Float64Array): number;
  /**
   * Where the cone is a linear subspace: p' near the projection of p on it, and a number with |⟨p − p', x⟩| ≤ slack ‖x‖₂ for
   * every x without `violation`, rounding included. Absent elsewhere.
   */
  release?(p: Float64Array): { readonly moved: Float64Array; readonly slack: number };
}

export type Climber = (p: Float64Array, x: Float64Array) => Float64Array;

/** The norm itself, with nothing else to obey. */
export function isPlain(norm: Norm, kind: NormKind): boolean {
  return norm.kind === kind && !norm.constrained;
}

/** Roundings behind ‖x‖ for slices of this size: sums of entries; decompositions of matrix slices take many more. */
export function roundingsOfNorm({ kind }: Norm, size: number): number {
  const isSum = kind === "l1" || kind === "l2" || kind === "linf" || kind === "group";
  return isSum ? size + 4 : 64 * size + 64;
}
