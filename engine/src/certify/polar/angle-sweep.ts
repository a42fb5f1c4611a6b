/**
 * max over unit y in the plane of ± f(y), f(y) = Σ_n w_n (r_n · y)₊: exact by going once around the circle. Between two directions
 * at which some row r_n turns on or off f is linear, f(y) = c · y with c the sum of w_n r_n over the rows that are on, so its
 * maximum over that arc is ‖c‖ if c points into the arc, else it is at an end. Cost
 * O(N log N) once for the order of the turns, O(N) for every w.
 *
 * The proof needs no arctangent: angles are compared by ψ(x, y) = y/(|x| + |y|) in the first quadrant and so on around to 4,
 * monotone in the angle θ with ½ ≤ dψ/dθ ≤ 1, and computed within 8u of its value. With S = Σ |w_n|‖r_n‖ the computed maximum
 * is below the true one by at most (d)
 *   16u S   for rows that are taken to be on or off wrongly: y is then within 16u of their line, where (r_n · y)₊ ≤ 16u ‖r_n‖;
 *    3u S + 2γ²_{3N} S   for c, summed with the rounding errors of every addition carried along;
 *   26u S   for the ends of the arcs, which are 16u off and normalized to 7u, and the products c · y;
 *    5u S   for ‖c‖,
 * together less than 64u S + 2γ²_{3N} S; the test whether c points into the arc errs on the safe side.
 */
import { gamma, roundedUp, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";

export interface AngularMaximum {
  /** The unit vector y. */
  readonly x: number;
  readonly y: number;
  /** The sign in ± f, and ± f(y). */
  readonly sign: 1 | -1;
  readonly value: number;
}

export interface AngularMaxima {
  /** Not below max |f|, rounding included. */
  readonly upper: number;
  /** Local maxima of f and −f with a positive value, best first. */
  readonly maxima: readonly AngularMaximum[];
}

/** A direction at which a row turns on (change 1) or off (−1). */
export interface Crossing {
  readonly row: number;
  readonly change: 1 | -1;
  /** ψ of the direction, and the direction as a unit vector. */
  readonly at: number;
  readonly x: number;
  readonly y: number;
}

/** Rows in the plane with the directions at which they turn, once around. */
export interface Circle {
  /** N × 2. */
  readonly rows: Float64Array;
  readonly crossings: readonly Crossing[];
  /** Rows that are on where the circle starts. */
  readonly atStart: readonly number[];
}

/** From `crossings[k]` to the next one f is c · y. */
interface Cells {
  readonly crossings: readonly Crossing[];
  readonly cx: Float64Array;
  readonly cy: Float64Array;
}

/** Rows this small are left out, and paid for. */
export const SMALLEST_ROW = 2 ** -900;
/** In units of ψ: what the test for "points into the arc" may be off by. */
const ARC_MARGIN = 64 * UNIT_ROUNDOFF;
/** Directions closer than this are the same. */
const SAME_DIRECTION = 1e-12;

/** `rows`: N × 2, their entries far from the ends of float64. */
export function circleOf(rows: Float64Array): Circle {
  const crossings: Crossing[] = [];
  const atStart: number[] = [];
  for (let row = 0; row < rows.length / 2; row++) {
    const [x, y] = [rows[2 * row], rows[2 * row + 1]];
    if (Math.abs(x) + Math.abs(y) < SMALLEST_ROW) continue;
    const [on, off] = [turn(y, -x), turn(-y, x)];
    crossings.push({ row, change: 1, at: on, ...directionOf(y, -x) });
    crossings.push({ row, change: -1, at: off, ...directionOf(-y, x) });
    // It turns off before it turns on.
    if (on > off) atStart.push(row);
  }
  crossings.sort((a, b) => a.at - b.at);
  return { rows, crossings, atStart };
}

/** `w`: entries of modulus ≤ 1. */
export function sweepAngles(circle: Circle, w: Float64Array): AngularMaxima {
  const { rows } = circle;
  const count = w.length;
  let total = 0;
  for (let n = 0; n < count; n++) total += Math.abs(w[n]) * (Math.abs(rows[2 * n]) + Math.abs(rows[2 * n + 1]));
  const margin =
    roundedUp(total, count + 3) * (64 * UNIT_ROUNDOFF + 2 * gamma(3 * count) ** 2) + 8 * count * SMALLEST_ROW;
  const cells = cellsOf(circle, w);
  const all = ([1, -1] as const).map((sign) => {
    const best = maximumOf(cells, sign);
    return { best, local: localMaxima(cells, sign, best) };
  });
  return {
    upper: roundedUp(Math.max(...all.map(({ best }) => best.value)) + margin, 2),
    maxima: all.flatMap(({ local }) => local).sort((a, b) => b.value - a.value),
  };
}

function cellsOf({ rows, crossings, atStart }: Circle, w: Float64Array): Cells {
  const sum = new CarriedSum();
  for (const n of atStart) sum.add(w[n] * rows[2 * n], w[n] * rows[2 * n + 1]);
  const [cx, cy] = [new Float64Array(crossings.length), new Float64Array(crossings.length)];
  for (let k = 0; k < crossings.length; k++) {
    const { row, change } = crossings[k];
    sum.add(change * (w[row] * rows[2 * row]), change * (w[row] * rows[2 * row + 1]));
    cx[k] = sum.x;
    cy[k] = sum.y;
  }
  return { crossings, cx, cy };
}

/** The maximum of ± f: a peak, or an end of an arc as either of its neighbors sees it. */
function maximumOf(cells: Cells, sign: 1 | -1): AngularMaximum {
  const { crossings, cx, cy } = cells;
  let best: AngularMaximum = { x: 0, y: 0, sign, value: 0 };
  for (let k = 0; k < crossings.length; k++) {
    const value = peakValue(cells, k, sign);
    if (value > best.value) best = { ...directionOf(sign * cx[k], sign * cy[k]), sign, value };
    for (const { x, y } of [crossings[k], crossings[(k + 1) % crossings.length]]) {
      const end = sign * (cx[k] * x + cy[k] * y);
      if (end > best.value) best = { x, y, sign, value: end };
    }
  }
  return best;
}

/** ‖c‖ where ± c points into arc k, where it is the maximum over the whole circle; else 0. */
function peakValue({ crossings, cx, cy }: Cells, k: number, sign: 1 | -1): number {
  const [x, y] = [sign * cx[k], sign * cy[k]];
  if (x === 0 && y === 0) return 0;
  return isInArc(crossings, k, x, y) ? length(x, y) : 0;
}

/** Whether (x, y) ≠ 0 points into the arc behind `crossings[k]`, or almost. */
export function isInArc(crossings: readonly Crossing[], k: number, x: number, y: number): boolean {
  const from = crossings[k].at;
  const offset = around(turn(x, y) - from);
  const width = around(crossings[(k + 1) % crossings.length].at - from);
  return offset <= width + ARC_MARGIN || offset >= 4 - ARC_MARGIN;
}

/** Peaks of single arcs, and kinks that are met rising and left falling; `best` in any case, whatever rounding did to it. */
function localMaxima(cells: Cells, sign: 1 | -1, best: AngularMaximum): readonly AngularMaximum[] {
  const { crossings, cx, cy } = cells;
  const found: AngularMaximum[] = [];
  const take = (x: number, y: number, value: number) => {
    if (!(value > 0)) return;
    const isKnown = [found.at(-1), found[0]].some(
      (other) => other !== undefined && Math.abs(other.x - x) + Math.abs(other.y - y) < SAME_DIRECTION,
    );
    if (!isKnown) found.push({ x, y, sign, value });
  };
  for (let k = 0; k < crossings.length; k++) {
    const before = (k + crossings.length - 1) % crossings.length;
    const { x, y } = crossings[k];
    const slope = (side: number) => sign * (cy[side] * x - cx[side] * y);
    if (slope(before) > 0 && slope(k) < 0) take(x, y, sign * (cx[k] * x + cy[k] * y));
    const peak = peakValue(cells, k, sign);
    if (peak === 0) continue;
    const direction = directionOf(sign * cx[k], sign * cy[k]);
    take(direction.x, direction.y, peak);
  }
  if (best.value > 0 && !found.some(({ value }) => value >= best.value * (1 - SAME_DIRECTION))) found.push(best);
  return found;
}

interface Direction {
  readonly x: number;
  readonly y: number;
}

/** ψ: 0 at (1, 0), 1 at (0, 1), 2 at (−1, 0), 3 at (0, −1). */
function turn(x: number, y: number): number {
  const size = Math.abs(x) + Math.abs(y);
  if (x > 0 && y >= 0) return y / size;
  if (x <= 0 && y > 0) return 1 - x / size;
  if (x < 0) return 2 - y / size;
  return 3 + x / size;
}

/** Into [0, 4). */
function around(difference: number): number {
  return difference < 0 ? difference + 4 : difference;
}

/** (x, y) / ‖(x, y)‖, within 7u. */
function directionOf(x: number, y: number): Direction {
  const size = Math.abs(x) + Math.abs(y);
  const [a, b] = [x / size, y / size];
  const norm = Math.sqrt(a * a + b * b);
  return { x: a / norm, y: b / norm };
}

/** ‖(x, y)‖ for numbers of any size, within 5u. */
function length(x: number, y: number): number {
  const largest = Math.max(Math.abs(x), Math.abs(y));
  return largest * Math.sqrt((x / largest) ** 2 + (y / largest) ** 2);
}

/**
 * A sum of vectors that forgets nothing: the rounding error of every addition is itself a float64 (two-sum; higham2002,
 * section 4.3), and is summed beside.
 */
class CarriedSum {
  #x = 0;
  #y = 0;
  #restX = 0;
  #restY = 0;

  get x(): number {
    return this.#x + this.#restX;
  }

  get y(): number {
    return this.#y + this.#restY;
  }

  add(x: number, y: number): void {
    const sumX = this.#x + x;
    const sumY = this.#y + y;
    this.#restX += lostIn(this.#x, x, sumX);
    this.#restY += lostIn(this.#y, y, sumY);
    this.#x = sumX;
    this.#y = sumY;
  }
}

/** a + b − sum, exactly. */
function lostIn(a: number, b: number, sum: number): number {
  const second = sum - a;
  return a - (sum - second) + (b - second);
}
