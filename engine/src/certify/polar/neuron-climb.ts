/**
 * Local maxima of f(u) = Σ_n w_n (v_n · u)₊ over unit u, exact at kinks (d). As f is homogeneous, those with f > 0 are up to their
 * length the local minima of q(u) = ½‖u‖² − f(u), with ‖u‖ = f(u/‖u‖): nothing has to be kept on the sphere. q is quadratic with
 * Hessian 1 on every cell, so the step P c − u, c = Σ_on w_n v_n, leads to its minimum on the face v_n · u = 0, n held, P the
 * projection on it. On the way a kink with w_n > 0 bends q down and is crossed; one with w_n < 0 bends it up, and where the slope
 * becomes positive there it is held. At the minimum of a face c − u = Σ_held μ_n v_n, and a sample with μ_n outside of [0, |w_n|]
 * is let go to the side that lowers q, the worst one first.
 *
 * An estimate from below: no more than a better start for descent. Cost of a step: 2 N d flops; ten steps, or some times the number
 * of kinks held (up to d) where many meet.
 */
import { kinkLine } from "../../linalg/kernels/kink-line.ts";
import { dot, euclideanLength, over } from "../../linalg/vector.ts";
import { crossingQueue } from "./neuron-crossings.ts";
import { faceOf } from "./neuron-face.ts";

const MOST_STEPS = 400;
/** A step shorter than this share of ‖c‖ is rounding. */
const ARRIVED = 1e-11;
/** A multiplier this far outside of its range, against ‖c‖, is rounding. */
const WITHIN_RANGE = 1e-9;
/** A sample this close to u's hyperplane, as a sine, is held from the start; one whose reach changes as little is parallel to it. */
const AT_KINK = 1e-9;
const PARALLEL = 1e-13;
/** Crossings are looked for so far along the step first, then so many times as far: mostly it ends early. */
const FIRST_REACH = 1 / 16;
const FARTHER = 4;

export interface NeuronRows {
  /** v_n, samples × features, row-major. */
  readonly rows: Float64Array;
  readonly features: number;
}

/** From `start` up; a unit vector, undefined when f ≤ 0 there. */
export type Climb = (w: Float64Array, start: Float64Array, options?: { steps?: number }) => Float64Array | undefined;

/** Buffers live as long as the climb. */
export function neuronClimb({ rows, features: d }: NeuronRows): Climb {
  const count = rows.length / d;
  const lengths = Float64Array.from({ length: count }, (_, n) => euclideanLength(rows.subarray(n * d, (n + 1) * d)));
  const face = faceOf(rows, lengths, d);
  const line = kinkLine(rows, lengths, d);
  /** `side`: 1 on, −1 off, 0 held. */
  const { reach, change, side, found } = line;
  const crossings = crossingQueue(count);
  /** w_n where on, else 0. */
  const active = new Float64Array(count);
  const u = new Float64Array(d);
  const c = new Float64Array(d);
  const step = new Float64Array(d);
  const difference = new Float64Array(d);

  function take(n: number, factor: number): void {
    for (let i = 0; i < d; i++) c[i] += factor * rows[n * d + i];
  }

  function begin(w: Float64Array, start: Float64Array): void {
    line.begin(start);
    let value = 0;
    for (let n = 0; n < count; n++) if (reach[n] > 0) value += w[n] * reach[n];
    const length = euclideanLength(start);
    // ‖u‖ = f(u/‖u‖) at the minimum; of no consequence where f ≤ 0.
    const scale = value > 0 ? value / length / length : 1 / length;
    for (let i = 0; i < d; i++) u[i] = start[i] * scale;
    face.clear();
    for (let n = 0; n < count; n++) {
      reach[n] *= scale;
      side[n] = reach[n] > 0 || (reach[n] === 0 && w[n] > 0) ? 1 : -1;
      if (w[n] < 0 && Math.abs(reach[n]) <= AT_KINK * lengths[n] * scale * length && face.hold(n)) side[n] = 0;
      active[n] = side[n] > 0 ? w[n] : 0;
    }
    line.combineInto(c, active);
  }

  /** Lets a held sample go whose multiplier is out of its range; false when there is none. */
  function released(w: Float64Array, size: number): boolean {
    const multipliers = face.multipliers(difference);
    let worst = WITHIN_RANGE * size;
    let leaving = -1;
    let isOn = false;
    multipliers.forEach((multiplier, k) => {
      const n = face.held[k];
      const excess = Math.max(-multiplier, multiplier + w[n]) * lengths[n];
      if (excess > worst) [worst, leaving, isOn] = [excess, n, multiplier + w[n] > -multiplier];
    });
    if (leaving < 0) return false;
    side[leaving] = isOn ? 1 : -1;
    reach[leaving] = 0;
    if (isOn) take(leaving, w[leaving]);
    face.release(leaving);
    return true;
  }

  /** Puts the samples in order that cross in (low, high] along the step; `least`: what is no change. */
  function findCrossings(low: number, high: number, least: number): void {
    crossings.clear();
    const size = line.findCrossings(low, high, least);
    for (let k = 0; k < size; k++) {
      const n = found[k];
      crossings.add(n, Math.max(0, (side[n] * reach[n]) / (-side[n] * change[n])));
    }
  }

  /** To the first minimum of q along the step, whose length is the root of `square`. */
  function move(w: Float64Array, square: number): void {
    line.head(step);
    const least = PARALLEL * Math.sqrt(square);
    let slope = -square;
    let from = 0;
    let to = -1;
    let stop = -1;
    for (let low = Number.NEGATIVE_INFINITY, high = FIRST_REACH; to < 0; low = high, high *= FARTHER) {
      findCrossings(low, high, least);
      for (let n = crossings.next(); n >= 0; n = crossings.next()) {
        const slopeThere = slope + (crossings.at(n) - from) * square;
        if (slopeThere >= 0) break;
        slope = slopeThere;
        from = crossings.at(n);
        const bend = -w[n] * Math.abs(change[n]);
        if (slope + bend >= 0) [to, stop] = [from, n];
        else slope += bend;
        if (side[n] > 0) take(n, -w[n]);
        else if (stop !== n) take(n, w[n]);
        side[n] = stop === n ? -1 : -side[n];
        if (stop === n) break;
      }
      if (to < 0 && from - slope / square <= high) to = from - slope / square;
      // Against rounding: q grows with ‖u‖².
      else if (to < 0 && high > 1e12) to = from;
    }
    for (let i = 0; i < d; i++) u[i] += to * step[i];
    line.advance(to);
    if (stop < 0) return;
    reach[stop] = 0;
    if (face.hold(stop)) side[stop] = 0;
  }

  return (w, start, { steps = MOST_STEPS } = {}) => {
    begin(w, start);
    for (let taken = 0; taken < steps; taken++) {
      for (let i = 0; i < d; i++) difference[i] = c[i] - u[i];
      step.set(difference);
      face.projectInto(step);
      const square = dot(step, step);
      const size = euclideanLength(c);
      if (square > (ARRIVED * size) ** 2) move(w, square);
      else if (!released(w, size)) break;
    }
    const value = euclideanLength(u);
    return value > AT_KINK * euclideanLength(c) ? over(u, value) : undefined;
  };
}
