/**
 * The activation patterns of a circle, arc by arc: max over unit z in the plane of ‖Σ_n w_n (r_n · z)₊‖₂ for several outputs. On an
 * arc it is ‖A z‖, A = Σ w_n r_nᵀ over the rows that are on: largest at an end, or where ± the leading right singular vector of A
 * points into the arc, which is then σ₁(A).
 *
 * With T = Σ ‖w_n‖‖r_n‖ the true maximum M is within (d)
 *   (M − e)² ≤ max over arcs of the computed squares + γ_{outputs+64} 4T²,   e = (64u + 3γ_{3N+4}) T:
 * rows on or off wrongly and ends as in `angle-sweep.ts`; A is a sum of at most 3N terms of total size 3T; AᵀA, its eigenvalue
 * in closed form, and the quadratic form at the ends round by less than 64 + outputs operations on numbers up to T².
 */
import { gamma, roundedUp, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import type { Circle } from "./angle-sweep.ts";
import { isInArc, SMALLEST_ROW } from "./angle-sweep.ts";

export interface ArcMaximum {
  /** Not below the maximum, rounding included. */
  readonly upper: number;
  /** Where it is, about. */
  readonly x: number;
  readonly y: number;
}

/**
 * `total`: not below T. `visit` is called on every arc, once `turned` has been called for every row that turned since the last one
 * (in the beginning: for those that are on).
 */
export function walkArcs(
  circle: Circle,
  weights: Float64Array,
  outputs: number,
  total: number,
  turned: (row: number, change: 1 | -1) => void = () => {},
  visit: () => void = () => {},
): ArcMaximum {
  const { rows, crossings, atStart } = circle;
  const [ax, ay] = [new Float64Array(outputs), new Float64Array(outputs)];
  const take = (row: number, change: 1 | -1): void => {
    for (let o = 0; o < outputs; o++) {
      ax[o] += change * weights[row * outputs + o] * rows[2 * row];
      ay[o] += change * weights[row * outputs + o] * rows[2 * row + 1];
    }
    turned(row, change);
  };
  let best = 0;
  let bestX = 1;
  let bestY = 0;
  const raise = (square: number, x: number, y: number): void => {
    if (!(square > best)) return;
    [best, bestX, bestY] = [square, x, y];
  };
  for (const row of atStart) take(row, 1);
  if (crossings.length === 0) visit();
  for (let k = 0; k < crossings.length; k++) {
    take(crossings[k].row, crossings[k].change);
    let [xx, xy, yy] = [0, 0, 0];
    for (let o = 0; o < outputs; o++) {
      xx += ax[o] * ax[o];
      xy += ax[o] * ay[o];
      yy += ay[o] * ay[o];
    }
    const next = (k + 1) % crossings.length;
    for (const { x, y } of [crossings[k], crossings[next]]) raise(xx * x * x + 2 * xy * x * y + yy * y * y, x, y);
    const half = (xx - yy) / 2;
    const radius = Math.sqrt(half * half + xy * xy);
    const top = (xx + yy) / 2 + radius;
    if (top > best) {
      let [x, y] = [1, 0];
      if (radius > 0 && half >= 0) {
        x = Math.sqrt((1 + half / radius) / 2);
        y = xy / (2 * radius * x);
      } else if (radius > 0) {
        y = Math.sqrt((1 - half / radius) / 2);
        x = xy / (2 * radius * y);
      }
      if (!(radius > 0)) raise(top, crossings[k].x, crossings[k].y);
      else if (isInArc(crossings, k, x, y)) raise(top, x, y);
      else if (isInArc(crossings, k, -x, -y)) raise(top, -x, -y);
    }
    visit();
  }
  const count = rows.length / 2;
  const square = roundedUp(best + gamma(outputs + 64) * 4 * total * total, 4);
  const rounding = (64 * UNIT_ROUNDOFF + 3 * gamma(3 * count + 4)) * total + 8 * count * SMALLEST_ROW;
  return { upper: roundedUp(Math.sqrt(square) + rounding, 4), x: bestX, y: bestY };
}
