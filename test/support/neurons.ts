/** One ReLU neuron, by means that share nothing with the engine: values, random directions, and every activation pattern of three features. */
import { normalStream } from "../../engine/src/linalg/random.ts";

export interface NeuronCase {
  /** Samples × features. */
  readonly v: Float64Array;
  readonly features: number;
  /** Samples × outputs. */
  readonly w: Float64Array;
}

/** ‖Wᵀ (V u)₊‖ / ‖u‖. */
export function neuronValue({ v, features, w }: NeuronCase, u: ArrayLike<number>): number {
  const samples = v.length / features;
  const outputs = w.length / samples;
  const sum = new Float64Array(outputs);
  for (let n = 0; n < samples; n++) {
    let t = 0;
    for (let j = 0; j < features; j++) t += v[n * features + j] * u[j];
    if (t > 0) for (let o = 0; o < outputs; o++) sum[o] += w[n * outputs + o] * t;
  }
  return Math.hypot(...sum) / Math.hypot(...Array.from(u));
}

export function bestOfRandom(given: NeuronCase, count: number, seed: number): number {
  const normal = normalStream(seed);
  let best = 0;
  for (let k = 0; k < count; k++) {
    best = Math.max(best, neuronValue(given, Float64Array.from({ length: given.features }, normal)));
  }
  return best;
}

export function gaussianNeuron(samples: number, features: number, outputs: number, seed: number): NeuronCase {
  const normal = normalStream(seed);
  const v = Float64Array.from({ length: samples * features }, normal);
  return { v, features, w: Float64Array.from({ length: samples * outputs }, normal) };
}

type Vector = readonly [number, number, number];

/**
 * Three features, one output: the maximum lies along c = Σ w_n v_n over the samples that are on, along c within a plane v_n · u = 0,
 * or where two such planes meet; next to the meeting points all patterns are found. Every candidate is worth what it is worth.
 */
export function bestOfPatterns(given: NeuronCase): number {
  const { v, w } = given;
  const rows = Array.from(w, (_, n): Vector => [v[3 * n], v[3 * n + 1], v[3 * n + 2]]).filter((row) => norm(row) > 0);
  const candidates: Vector[] = [...rows];
  const meetings: Vector[] = [];
  rows.forEach((a, i) => {
    for (const b of rows.slice(i + 1)) {
      const p = cross(a, b);
      if (norm(p) > 1e-9 * norm(a) * norm(b)) meetings.push(unit(p), unit(scaled(p, -1)));
    }
    // With a single plane, or parallel ones, nothing meets.
    const across = unit(cross(a, Math.abs(a[0]) < 0.5 * norm(a) ? [1, 0, 0] : [0, 1, 0]));
    meetings.push(across, scaled(across, -1));
  });
  for (const p of meetings) {
    candidates.push(p);
    const near = rows.filter((row) => Math.abs(dot(row, p)) < 1e-6 * norm(row));
    for (let k = 0; k < 16; k++) {
      const angle = (2 * Math.PI * (k + 0.37)) / 16;
      const [x, y] = frame(p);
      const moved = plus(p, plus(scaled(x, 1e-5 * Math.cos(angle)), scaled(y, 1e-5 * Math.sin(angle))));
      let c: Vector = [0, 0, 0];
      for (let n = 0; n < w.length; n++) {
        const row: Vector = [v[3 * n], v[3 * n + 1], v[3 * n + 2]];
        if (dot(row, moved) > 0) c = plus(c, scaled(row, w[n]));
      }
      candidates.push(c, ...near.map((row) => plus(c, scaled(row, -dot(c, row) / dot(row, row)))));
    }
  }
  let best = 0;
  for (const u of candidates) {
    if (norm(u) === 0) continue;
    best = Math.max(best, neuronValue(given, u), neuronValue(given, scaled(u, -1)));
  }
  return best;
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function norm(a: Vector): number {
  return Math.hypot(...a);
}

function plus(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function scaled(a: Vector, s: number): Vector {
  return [a[0] * s, a[1] * s, a[2] * s];
}

function unit(a: Vector): Vector {
  return scaled(a, 1 / norm(a));
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function frame(p: Vector): readonly [Vector, Vector] {
  const x = unit(cross(p, Math.abs(p[0]) < 0.5 ? [1, 0, 0] : [0, 1, 0]));
  return [x, cross(p, x)];
}
