/**
 * max over unit u of ‖h(u)‖₂, h(u) = Σ_n w_n (v_n · u)₊ with several outputs, by the branch and bound of `cover/` (d). On a cell a
 * direction s of the outputs is chosen, about that of h there. Along s the samples are those of one output, s · w_n: either sign of
 * s · h is bounded as in `neuron-cover.ts`, so |s · h(u)| ≤ Σ λ_i a_i. Across s, with P the projection off s and
 * (t)₊ = ½t + ½|t| for the crossing samples,
 *   ‖P h(u)‖ ≤ ‖P A u‖ + ½ Σ_crossing ‖P w_n‖|v_n · u| ≤ Σ λ_i b_i,   A c_i = h(c_i) − ½ Σ_crossing w_n |t_i|,
 * b_i its value at c_i. Then ‖h(u)‖ ≤ Σ λ_i (a_i² + b_i²)^½. Where h keeps its direction b is small, and counts by its square.
 */
import { gamma, roundedUp, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import { coneBound } from "./cover/cone-bound.ts";
import type { Covered } from "./cover/sphere-cover.ts";
import type { Samples } from "./neuron-samples.ts";
import { SampleVertices } from "./neuron-vertices.ts";

const LEAST = 1e-13;
/** Directions s tried, each with its α. */
const ROUNDS = 3;
const WORTHWHILE = 0.05;

export function vectorCover(samples: Samples): Covered {
  const { count, dimension: d, outputs, weights, sizes } = samples;
  const vertices = new SampleVertices(samples);
  const cone = coneBound(d);
  /** Row i: h(c_i). */
  let values = new Float64Array(256 * outputs);
  const own = new Float64Array(d);
  const mix = new Float64Array(d);
  const s = new Float64Array(outputs);
  const across = new Float64Array(outputs);
  const along = new Float64Array(count);
  const beside = new Float64Array(count);
  const alpha = new Float64Array(count);
  let size = 0;
  for (const x of sizes) size += x;
  // |v_n · c_i| ≤ 1; of sums of 3 count terms, of outputs numbers each, and of the split into s and what is across.
  const margin = roundedUp(8 * gamma(3 * count + d + 8 * outputs + 32) * size, count + 4);
  const least = LEAST * size + margin;

  /** s, and what it makes of the crossing samples, for the point Σ mix_i c_i. */
  function aim(cells: Int32Array, at: number): void {
    const { reach, crossing, crossings } = vertices;
    s.fill(0);
    for (let i = 0; i < d; i++) {
      for (let o = 0; o < outputs; o++) s[o] += mix[i] * values[cells[at + i] * outputs + o];
    }
    const length = euclideanLength(s);
    if (length > 0) for (let o = 0; o < outputs; o++) s[o] /= length;
    else s[0] = 1;
    for (let k = 0; k < crossings; k++) {
      const n = crossing[k];
      let t = 0;
      for (let i = 0; i < d; i++) t += mix[i] * reach[cells[at + i] * count + n];
      alpha[n] = t > 0 ? 1 : 0;
      let inner = 0;
      for (let o = 0; o < outputs; o++) inner += s[o] * weights[n * outputs + o];
      along[n] = inner;
      let square = 0;
      for (let o = 0; o < outputs; o++) square += (weights[n * outputs + o] - inner * s[o]) ** 2;
      beside[n] = Math.sqrt(square);
    }
  }

  function gather(cells: Int32Array, at: number): void {
    const { reach, crossing, crossings } = vertices;
    for (let i = 0; i < d; i++) {
      const index = cells[at + i];
      let up = 0;
      for (let o = 0; o < outputs; o++) {
        across[o] = values[index * outputs + o];
        up += s[o] * across[o];
      }
      let down = -up;
      let rest = 0;
      for (let k = 0; k < crossings; k++) {
        const n = crossing[k];
        const t = reach[index * count + n];
        const size = Math.abs(t) / 2;
        for (let o = 0; o < outputs; o++) across[o] -= size * weights[n * outputs + o];
        rest += size * beside[n];
        const lost = Math.abs(along[n]) * (t > 0 ? (1 - alpha[n]) * t : -alpha[n] * t);
        if (along[n] < 0) up += lost;
        else down += lost;
      }
      let inner = 0;
      for (let o = 0; o < outputs; o++) inner += s[o] * across[o];
      let square = 0;
      for (let o = 0; o < outputs; o++) square += (across[o] - inner * s[o]) ** 2;
      const a = Math.max(0, up, down);
      const b = Math.sqrt(square) + rest;
      own[i] = Math.max(least, Math.sqrt(a * a + b * b) + margin);
    }
  }

  return {
    dimension: d,
    domain: "sphere",
    vertex(points, index) {
      vertices.add(points, index);
      if ((index + 1) * outputs > values.length) {
        const longer = new Float64Array(2 * values.length);
        longer.set(values);
        values = longer;
      }
      for (let o = 0; o < outputs; o++) values[index * outputs + o] = 0;
      for (let n = 0; n < count; n++) {
        const t = vertices.reach[index * count + n];
        if (t > 0) for (let o = 0; o < outputs; o++) values[index * outputs + o] += weights[n * outputs + o] * t;
      }
    },
    bound(points, cells, at, enough) {
      vertices.findCrossing(cells, at);
      let best = Number.POSITIVE_INFINITY;
      mix.fill(1);
      for (let round = 0; round < ROUNDS && best > enough; round++) {
        aim(cells, at);
        gather(cells, at);
        const next = cone.bound(points, cells, at, own);
        const isWorthIt = round === 0 || best - next > WORTHWHILE * (best - enough);
        best = Math.min(best, next);
        if (!isWorthIt || vertices.crossings === 0) break;
        mix.set(cone.weights);
      }
      return best;
    },
    reachedAt(points, index) {
      const length = euclideanLength(points.subarray(index * d, (index + 1) * d));
      const value = euclideanLength(values.subarray(index * outputs, (index + 1) * outputs));
      return Math.max(0, (value - margin) / length) * (1 - 8 * UNIT_ROUNDOFF);
    },
  };
}
