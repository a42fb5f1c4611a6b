/** A closed convex cone that slices are confined to. One file per kind. */
import { gamma, roundedUp } from "../../linalg/rounding.ts";
import type { Support } from "./support.ts";

/**
 * How far a slice may be outside of a cone that rounding cannot keep exactly, relative to its length; what that means for a
 * cone stands in its file. Proven bounds hold for all slices that pass, so they use `provenTolerance`.
 */
export const TOLERANCE = 1e-9;

/**
 * What a slice that passes may really be off by: `count` inner products of `length` numbers, with vectors no longer than 1, are
 * off by √count γ_length of its own length, and the comparison by a few roundings of `TOLERANCE`. 1.1e-9 up to a length of 4e5.
 */
export function provenTolerance(length: number, count: number): number {
  return Math.max(1.1e-9, roundedUp(TOLERANCE + 2 * Math.sqrt(count) * gamma(length + 8), 8));
}

export interface Cone {
  /** What is said about it: u ≥ 0. */
  readonly condition: (variable: string) => string;
  /** Set where the cone is a linear subspace: `release` then serves both signs. */
  readonly subspace?: true;
  /** What makes x infeasible, undefined when nothing does. */
  violation(x: Float64Array): string | undefined;
  /** x ← the nearest point of the cone. */
  projectInto(x: Float64Array): void;
  /**
   * For any c, best one close to the polar cone {c : ⟨c, x⟩ ≤ 0 on the cone}: p less a c' near c, and a number with
   * ⟨p, x⟩ ≤ ⟨moved, x⟩ + slack ‖x‖₂ for every x without `violation`, rounding included.
   */
  release(p: Float64Array, c: Float64Array): { readonly moved: Float64Array; readonly slack: number };
  /** Its slices that vanish outside of the support; undefined where their projection is not known. */
  within?(support: Support): Cone | undefined;
}
