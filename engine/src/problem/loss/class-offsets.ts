/**
 * The best offsets of all classes of a cross-entropy loss together: argmin over b of F(b) = Σ_i log Σ_j e^{x_ij + b_j} − x_ic − b_c
 * by damped Newton steps, ∇F = Σ_i p_i − counts, ∇²F = Σ_i diag(p_i) − p_i p_iᵀ. Only differences of offsets matter: they sum
 * to 0 over the classes that some sample has. The others are pushed down until their probability is 0 in float64, as the
 * infimum asks for −∞. Cost: some 8 evaluations, each N C² for the Hessian and C³/3 for its factor.
 */
import { choleskyInto, choleskySolveRowsInto } from "../../linalg/cholesky.ts";
import type { Observed } from "../../linalg/observed.ts";
import { UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { opposite } from "../../linalg/vector.ts";

/** e^{−800} is 0 in float64. */
const VANISHING = 800;

const MAX_STEPS = 60;

interface Point {
  readonly b: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  /** Σ |∇F|, and what of it is rounding. */
  readonly size: number;
  readonly noise: number;
}

/** `target`: one-hot rows, complete or hidden; `x` at its entries. */
export function classOffsets(x: Float64Array, target: Observed): Float64Array {
  const { columns } = target;
  const counts = new Float64Array(columns);
  for (let k = 0; k < target.value.length; k++) counts[target.column[k]] += target.value[k];
  const seen = Int32Array.from(counts.keys()).filter((c) => counts[c] > 0);
  const n = seen.length;
  // Where the entries of every observed sample start.
  const samples: number[] = [];
  for (let i = 0; i < target.rows; i++) {
    if (target.rowStart[i] < target.rowStart[i + 1]) samples.push(target.rowStart[i]);
  }
  const p = new Float64Array(n);
  // No step need be longer: then every sample has changed its most probable class.
  const spread = 1 + 2 * x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

  /** Softmax of x + b of one sample into p; returns log Σ e^{x_j + b_j}. */
  const probabilities = (start: number, b: Float64Array): number => {
    let top = Number.NEGATIVE_INFINITY;
    for (let a = 0; a < n; a++) top = Math.max(top, x[start + seen[a]] + b[a]);
    let sum = 0;
    for (let a = 0; a < n; a++) {
      p[a] = Math.exp(x[start + seen[a]] + b[a] - top);
      sum += p[a];
    }
    for (let a = 0; a < n; a++) p[a] /= sum;
    return top + Math.log(sum);
  };

  const pointAt = (b: Float64Array): Point => {
    const gradient = Float64Array.from(seen, (c) => -counts[c]);
    let value = 0;
    let largest = 1;
    for (const start of samples) {
      value += probabilities(start, b);
      for (let a = 0; a < n; a++) {
        gradient[a] += p[a];
        const y = target.value[start + seen[a]];
        const shifted = x[start + seen[a]] + b[a];
        if (y === 1) value -= shifted;
        largest = Math.max(largest, Math.abs(shifted));
      }
    }
    const size = gradient.reduce((sum, g) => sum + Math.abs(g), 0);
    return { b, value, gradient, size, noise: 4 * UNIT_ROUNDOFF * largest * samples.length };
  };

  const newtonStep = ({ b, gradient }: Point): Float64Array => {
    const hessian = new Float64Array(n * n);
    for (const start of samples) {
      probabilities(start, b);
      for (let a = 0; a < n; a++) {
        hessian[a * n + a] += p[a];
        for (let c = 0; c <= a; c++) hessian[a * n + c] -= p[a] * p[c];
      }
    }
    let trace = 0;
    for (let a = 0; a < n; a++) trace += hessian[a * n + a];
    // Along (1, …, 1) F is constant: any curvature there leaves the step as it is. The ridge is for classes that are all but sure.
    const along = trace / n;
    const ridge = 1e-14 * trace + 1e-300;
    for (let a = 0; a < n; a++) {
      hessian[a * n + a] += ridge;
      for (let c = 0; c <= a; c++) hessian[a * n + c] += along;
    }
    const step = opposite(gradient);
    if (choleskyInto(hessian, n)) choleskySolveRowsInto(step, 1, hessian, n);
    else for (let a = 0; a < n; a++) step[a] *= 2 / samples.length;
    const longest = step.reduce((most, d) => Math.max(most, Math.abs(d)), 0);
    return longest > spread ? step.map((d) => d * (spread / longest)) : step;
  };

  const mean = (b: Float64Array) => b.reduce((sum, value) => sum + value, 0) / n;
  const centered = (b: Float64Array) => {
    const middle = mean(b);
    return b.map((value) => value - middle);
  };
  /** The first of the halved steps that lowers F, or (where F is flat in rounding) the gradient. */
  const downhill = (from: Point, direction: Float64Array): Point | undefined => {
    const slope = direction.reduce((sum, d, a) => sum + d * from.gradient[a], 0);
    for (let t = 1; t > 1e-12; t /= 2) {
      const point = pointAt(centered(from.b.map((value, a) => value + t * direction[a])));
      if (point.value <= from.value + 1e-4 * t * slope && point.value < from.value) return point;
      if (point.value <= from.value + 1e-13 * Math.abs(from.value) && point.size < 0.5 * from.size) return point;
    }
    return undefined;
  };

  let at = pointAt(centered(Float64Array.from(seen, (c) => Math.log(counts[c]))));
  for (let step = 0; step < MAX_STEPS && at.size > at.noise; step++) {
    const direction = newtonStep(at);
    const next = downhill(at, direction);
    if (next === undefined) break;
    at = next;
  }

  const b = new Float64Array(columns);
  for (let a = 0; a < n; a++) b[seen[a]] = at.b[a];
  for (let c = 0; c < columns; c++) {
    if (counts[c] > 0) continue;
    b[c] = Number.POSITIVE_INFINITY;
    for (const start of samples) {
      let top = Number.NEGATIVE_INFINITY;
      for (const s of seen) top = Math.max(top, x[start + s] + b[s]);
      b[c] = Math.min(b[c], top - x[start + c] - VANISHING);
    }
  }
  return b;
}
