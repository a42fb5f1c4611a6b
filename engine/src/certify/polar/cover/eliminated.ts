/**
 * What is left when all factors but one are eliminated: max f(u) over size(u) ≤ 1, f convex and homogeneous of degree 1 and
 * size(u) = α‖u‖₂ + β‖u‖₁; as something that `coverSphere` can cover.
 *
 * All vertices of a cell lie in one orthant, so ‖Σ λ_i c_i‖₁ = Σ λ_i ‖c_i‖₁ there, and f ≤ τ size on the cell when
 *   max { Σ λ_i (F_i − τ β ‖c_i‖₁) : ‖Σ λ_i c_i‖₂ ≤ 1 } ≤ τ α.
 */
import { UNIT_ROUNDOFF } from "../../../linalg/rounding.ts";
import { coneBound } from "./cone-bound.ts";
import type { LinearImage } from "./quadratic-bound.ts";
import { quadraticBound } from "./quadratic-bound.ts";
import type { Covered, Domain } from "./sphere-cover.ts";

export interface Eliminated {
  readonly dimension: number;
  readonly domain: Domain;
  /** α > 0 and β ≥ 0. */
  readonly alpha: number;
  readonly beta: number;
  /** Not below f(u), rounding included. */
  above(u: Float64Array): number;
  /** A value that f reaches at u. */
  below(u: Float64Array): number;
  /** f is about as large as this: values are raised to a tiny part of it, as bounds of cells need numbers above 0. */
  readonly scale: number;
  /** Where f is a dual norm of linear functions of u: a second bound of cells. */
  readonly image?: LinearImage | undefined;
}

const LEAST = 1e-12;

export function coveredBy(problem: Eliminated): Covered {
  const { dimension: d, domain, alpha, beta, above, below, scale, image } = problem;
  const cone = coneBound(d);
  const least = LEAST * scale;
  let reachedSoFar = 0;
  let values = new Float64Array(1024);
  let lengths = new Float64Array(1024);
  const quadratic = image === undefined ? undefined : quadraticBound(d, alpha, beta, image);
  const own = new Float64Array(d);
  const own1 = new Float64Array(d);
  const shifted = new Float64Array(d);

  function gather(cells: Int32Array, at: number): void {
    for (let i = 0; i < d; i++) {
      own[i] = values[cells[at + i]];
      own1[i] = lengths[cells[at + i]];
    }
  }

  /** max Σ λ_i (F_i − τβ‖c_i‖₁) over ‖u‖₂ ≤ 1, from above. */
  function charged(points: Float64Array, cells: Int32Array, at: number, tau: number): number {
    let positive = false;
    for (let i = 0; i < d; i++) {
      const value = own[i] - tau * beta * own1[i] * (1 - 4 * UNIT_ROUNDOFF);
      positive ||= value > 0;
      shifted[i] = Math.max(least, value * (1 + 4 * UNIT_ROUNDOFF));
    }
    return positive ? cone.bound(points, cells, at, shifted) : 0;
  }

  function isQuadraticallyBelow(points: Float64Array, cells: Int32Array, at: number, tau: number): boolean {
    return quadratic !== undefined && tau > 0 && quadratic.isBelow(points, cells, at, { tau, weights: cone.weights });
  }

  return {
    dimension: d,
    domain,
    vertex(points, index) {
      if (index >= values.length) {
        values = longer(values);
        lengths = longer(lengths);
      }
      const u = points.slice(index * d, (index + 1) * d);
      values[index] = Math.max(least, above(u));
      // Signs agree within a cell: a lower value of ‖c‖₁ is a smaller charge, which holds.
      let sum = 0;
      for (const x of u) sum += Math.abs(x);
      lengths[index] = sum * (1 - d * UNIT_ROUNDOFF);
      quadratic?.vertex(index, u);
    },
    bound(points, cells, at, enough) {
      gather(cells, at);
      if (beta === 0) {
        const bound = (cone.bound(points, cells, at, own) / alpha) * (1 + 4 * UNIT_ROUNDOFF);
        if (bound <= enough || !isQuadraticallyBelow(points, cells, at, enough)) return bound;
        return enough;
      }
      const charge = charged(points, cells, at, Math.max(0, enough));
      if (charge <= enough * alpha * (1 - 4 * UNIT_ROUNDOFF)) return enough;
      if (isQuadraticallyBelow(points, cells, at, enough)) return enough;
      // What is charged falls as τ rises, so f ≤ τ size holds from τ = charged(τ₀)/α on, for any τ₀ below that.
      return (charge / alpha) * (1 + 8 * UNIT_ROUNDOFF);
    },
    reachedAt(points, index) {
      const u = points.slice(index * d, (index + 1) * d);
      let square = 0;
      let sum = 0;
      for (const x of u) {
        square += x * x;
        sum += Math.abs(x);
      }
      const size = alpha * Math.sqrt(square) + beta * sum;
      return values[index] / size > reachedSoFar ? remember(below(u) / size) : 0;
    },
  };

  function remember(value: number): number {
    reachedSoFar = Math.max(reachedSoFar, value);
    return value;
  }
}

function longer(values: Float64Array): Float64Array<ArrayBuffer> {
  const out = new Float64Array(2 * values.length);
  out.set(values);
  return out;
}
