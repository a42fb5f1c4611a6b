/**
 * max over unit u of |f(u)|, f(u) = Σ_n w_n (v_n · u)₊, by the branch and bound of `cover/` (theory.md §4.1, (d)). On a cell, the
 * cone of c_1 … c_d, for either sign ±: samples with ± w_n > 0 are convex, so they are at most what they are at the vertices,
 * interpolated; those with ± w_n < 0 that cross the cell are −|w_n|(t)₊ ≤ −|w_n| α_n t, t = v_n · u, for any α_n in [0, 1]. So
 *   ± f(Σ λ_i c_i) ≤ Σ λ_i F_i,   F_i = ± f(c_i) + Σ_{± w_n < 0, crossing} |w_n| ((t_i)₊ − α_n t_i),   t_i = v_n · c_i,
 * which `coneBound` turns into a number. It is convex in α; α = 0 or 1 by majority comes first, then a few sweeps of coordinate
 * descent on ½‖p‖², p the point of the cone that gives the bound, as if p moved freely: ∂/∂α_n = −|w_n| v_n · p. Every α bounds.
 * At a maximum within a cell of the arrangement, or on kinks of it, the bound is reached in finitely many steps.
 */
import { gamma, roundedUp, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import { coneBound } from "./cover/cone-bound.ts";
import type { Covered } from "./cover/sphere-cover.ts";
import type { Samples } from "./neuron-samples.ts";
import { SampleVertices } from "./neuron-vertices.ts";

/** Bounds of cells need values above 0: this times Σ |w_n|. */
const LEAST = 1e-13;
/** Of coordinate descent on α, and sweeps in each. */
const ROUNDS = 30;
const SWEEPS = 3;
/** A round that gains less than this share of what is missing is the last one. */
const WORTHWHILE = 0.005;

/** One output. */
export function scalarCover(samples: Samples): Covered {
  const { count, dimension: d, rows, weights } = samples;
  const vertices = new SampleVertices(samples);
  const cone = coneBound(d);
  let values = new Float64Array(256);
  const own = new Float64Array(d);
  const alpha = new Float64Array(count);
  const squares = new Float64Array(count);
  const p = new Float64Array(d);
  let size = 0;
  for (let n = 0; n < count; n++) {
    size += Math.abs(weights[n]);
    for (let j = 0; j < d; j++) squares[n] += rows[n * d + j] ** 2;
  }
  // |v_n · c_i| ≤ 1: of t_i, and of sums of 2 count terms.
  const margin = roundedUp(4 * gamma(2 * count + d + 16) * size, count + 4);
  const least = LEAST * size + margin;

  /** F for the α in hand; false where none of them is above 0. */
  function gather(cells: Int32Array, at: number, sign: 1 | -1): boolean {
    const { reach, crossing, crossings } = vertices;
    let positive = false;
    for (let i = 0; i < d; i++) {
      const index = cells[at + i];
      let sum = sign * values[index];
      for (let k = 0; k < crossings; k++) {
        const n = crossing[k];
        const weight = -sign * weights[n];
        if (weight <= 0) continue;
        const t = reach[index * count + n];
        sum += weight * (t > 0 ? (1 - alpha[n]) * t : -alpha[n] * t);
      }
      positive ||= sum > 0;
      own[i] = Math.max(least, sum + margin);
    }
    return positive;
  }

  /** α by majority of the vertices. */
  function vote(cells: Int32Array, at: number): void {
    const { reach, crossing, crossings } = vertices;
    for (let k = 0; k < crossings; k++) {
      const n = crossing[k];
      let sum = 0;
      for (let i = 0; i < d; i++) sum += reach[cells[at + i] * count + n];
      alpha[n] = sum > 0 ? 1 : 0;
    }
  }

  /** Coordinate descent from the maximizer of the last bound; false where nothing moved. */
  function descend(points: Float64Array, cells: Int32Array, at: number, sign: 1 | -1): boolean {
    const { crossing, crossings } = vertices;
    p.fill(0);
    for (let i = 0; i < d; i++) {
      const weight = cone.weights[i];
      for (let j = 0; weight > 0 && j < d; j++) p[j] += weight * points[cells[at + i] * d + j];
    }
    let moved = 0;
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      for (let k = 0; k < crossings; k++) {
        const n = crossing[k];
        const weight = -sign * weights[n];
        if (weight <= 0) continue;
        let slope = 0;
        for (let j = 0; j < d; j++) slope += rows[n * d + j] * p[j];
        const next = Math.min(1, Math.max(0, alpha[n] + slope / (weight * squares[n])));
        const step = next - alpha[n];
        if (step === 0) continue;
        moved = Math.max(moved, Math.abs(step));
        alpha[n] = next;
        for (let j = 0; j < d; j++) p[j] -= step * weight * rows[n * d + j];
      }
    }
    return moved > 0;
  }

  function signBound(points: Float64Array, cells: Int32Array, at: number, enough: number, sign: 1 | -1): number {
    vote(cells, at);
    // All vertices lie in one orthant: Σ λ_i = ‖u‖₁ ≤ √d.
    if (!gather(cells, at, sign)) return least * d;
    let best = cone.bound(points, cells, at, own);
    for (let round = 0; round < ROUNDS && best > enough; round++) {
      if (!descend(points, cells, at, sign)) break;
      gather(cells, at, sign);
      const next = cone.bound(points, cells, at, own);
      const isWorthIt = best - next > WORTHWHILE * (best - enough);
      best = Math.min(best, next);
      if (!isWorthIt) break;
    }
    return best;
  }

  return {
    dimension: d,
    domain: "sphere",
    vertex(points, index) {
      vertices.add(points, index);
      if (index >= values.length) {
        const longer = new Float64Array(2 * values.length);
        longer.set(values);
        values = longer;
      }
      let sum = 0;
      for (let n = 0; n < count; n++) {
        const t = vertices.reach[index * count + n];
        if (t > 0) sum += weights[n] * t;
      }
      values[index] = sum;
    },
    bound(points, cells, at, enough) {
      vertices.findCrossing(cells, at);
      const up = signBound(points, cells, at, enough, 1);
      return Math.max(up, signBound(points, cells, at, Math.max(up, enough), -1));
    },
    reachedAt(points, index) {
      const length = euclideanLength(points.subarray(index * d, (index + 1) * d));
      return Math.max(0, (Math.abs(values[index]) - margin) / length) * (1 - 8 * UNIT_ROUNDOFF);
    },
  };
}
