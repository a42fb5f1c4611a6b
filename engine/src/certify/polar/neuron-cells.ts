/**
 * max over unit u of f(u) = ‖Σ_n w_n (v_n · u)₊‖₂ for rows v_n in up to three dimensions: exact by going through all activation
 * patterns (theory.md §4). In two they are the arcs of a circle. In three the circles v_n · u = 0 cut the sphere into cells; on one
 * of them f(u) = ‖A u‖, so a maximum inside of a cell is a leading right singular vector of A, with value σ₁(A), and every other
 * one lies on some circle, where f is a problem in two dimensions. Every cell has an arc of some circle on its border: the arcs of
 * all circles, with both sides, are all cells. Cost O(N² log N + N² outputs).
 *
 * Rounding (d). Let u be a maximum, A belong to it, ρ its distance to the nearest circle, and T = Σ ‖w_n‖‖v_n‖.
 * ρ ≤ τ = `NEAR`: the way to the foot q on that circle stays in the cell, so f(q) = ‖A q‖ ≥ f(u) cos τ: the circle's bound is enough.
 * ρ > τ: the cell holds a disc of radius τ, has at most N edges, so one of at least 6τ/N; let p be the middle of it, on circle n.
 *   Other circles are at least 3τ/N from p along circle n. A row at more than an angle σ = `parallel` = 256 N u/τ from ± v_n has
 *   |v_m · p| > (2/π) σ 3τ/N ‖v_m‖ > 280u ‖v_m‖, more than what is lost between p and the walk around the circle (256u in the
 *   circle's coordinates, 16u in the walk): it is on or off as it should be. A row within σ < τ/2 of ± v_n is on or off as v_n
 *   itself, because u is more than τ away from both circles. So the walk visits the cell of u.
 *   Visited cells with σ₁(A)² at most the largest square in hand (a Cholesky factorization says so) need no more. For others t, the
 *   leading singular vector, is computed; where the second singular value is proven to be small enough for t to be within τ/4 of
 *   the true one, up to its sign, and both t and −t have a row on the wrong side, the cell does not hold u. Else σ₁(A) counts.
 */
import { choleskyInto } from "../../linalg/cholesky.ts";
import { gamma, roundedUp, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import { lengthBound } from "../../linalg/vector.ts";
import { circleOf } from "./angle-sweep.ts";
import { walkArcs } from "./neuron-arcs.ts";
import type { Samples } from "./neuron-samples.ts";

export interface CellMaximum {
  /** Not below the maximum, rounding included. */
  readonly upper: number;
  /** A unit vector where it is reached, about. */
  readonly point: Float64Array;
  /** Patterns looked at. */
  readonly cells: number;
}

/** τ at least: what it costs is 1 − cos τ. */
const NEAR = 2 ** -18;

/** Undefined in more dimensions, and when stopped. */
export function enumerateCells(samples: Samples, stopped: () => boolean): CellMaximum | undefined {
  const { count, dimension, outputs, rows, weights, total } = samples;
  if (count === 0) return { upper: 0, point: new Float64Array(dimension), cells: 0 };
  if (dimension === 1) return lineMaximum(samples);
  if (dimension !== 2) return dimension === 3 ? sphereMaximum(samples, stopped) : undefined;
  const { upper, x, y } = walkArcs(circleOf(rows), weights, outputs, total);
  return { upper, point: Float64Array.of(x, y), cells: 2 * count };
}

function lineMaximum({ count, outputs, rows, weights, total }: Samples): CellMaximum {
  const [up, down] = ([1, -1] as const).map((side) => {
    const sum = new Float64Array(outputs);
    for (let n = 0; n < count; n++) {
      const reach = side * rows[n];
      if (reach > 0) for (let o = 0; o < outputs; o++) sum[o] += weights[n * outputs + o] * reach;
    }
    return lengthBound(sum);
  });
  const upper = roundedUp(Math.max(up, down) + gamma(count + 2) * total, 2);
  return { upper, point: Float64Array.of(up >= down ? 1 : -1), cells: 2 };
}

function sphereMaximum(samples: Samples, stopped: () => boolean): CellMaximum | undefined {
  const { count, outputs, rows, weights, total } = samples;
  const near = Math.max(NEAR, Math.sqrt(1024 * count * UNIT_ROUNDOFF));
  const parallel = (256 * count * UNIT_ROUNDOFF) / near;
  const visited = cellVisitor(samples, near);
  const flat = new Float64Array(2 * count);
  const isParallel = new Int8Array(count);
  let circles = 0;
  let circlePoint: Float64Array = new Float64Array(3);
  let cells = 0;
  for (let n = 0; n < count; n++) {
    if (stopped()) return undefined;
    const basis = planeAcross(rows[3 * n], rows[3 * n + 1], rows[3 * n + 2]);
    visited.start();
    for (let m = 0; m < count; m++) {
      const [x, y, z] = [rows[3 * m], rows[3 * m + 1], rows[3 * m + 2]];
      const a = x * basis[0] + y * basis[1] + z * basis[2];
      const b = x * basis[3] + y * basis[4] + z * basis[5];
      flat[2 * m] = a;
      flat[2 * m + 1] = b;
      isParallel[m] = 0;
      if (a * a + b * b > parallel * parallel * (x * x + y * y + z * z)) continue;
      isParallel[m] = x * rows[3 * n] + y * rows[3 * n + 1] + z * rows[3 * n + 2] > 0 ? 1 : -1;
      visited.beside(m, isParallel[m] > 0 ? 1 : -1);
    }
    const circle = walkArcs(
      circleOf(flat),
      weights,
      outputs,
      total,
      (row, change) => {
        if (isParallel[row] === 0) visited.turn(row, change);
      },
      () => {
        cells += 2;
        visited.visit();
      },
    );
    // The circle in its coordinates, and the rows in them: 128u each, and 128u for the products.
    const upper = roundedUp(circle.upper + 256 * UNIT_ROUNDOFF * total, 64);
    if (upper > circles) {
      circles = upper;
      circlePoint = combined(basis, circle.x, circle.y);
      visited.known((upper * (1 - 1e-9)) ** 2);
    }
  }
  // cos τ ≥ 1 − τ²/2.
  const onCircles = roundedUp(circles / (1 - near * near), 4);
  const inside = visited.upper();
  return { upper: Math.max(onCircles, inside), point: inside > onCircles ? visited.point : circlePoint, cells };
}

/** Orthonormal b₁, b₂ across (x, y, z), one after the other; each within 64u. */
function planeAcross(x: number, y: number, z: number): Float64Array {
  const length = Math.sqrt(x * x + y * y + z * z);
  const v = [x / length, y / length, z / length];
  const sizes = v.map(Math.abs);
  const least = sizes.indexOf(Math.min(...sizes));
  const [i, j] = [(least + 1) % 3, (least + 2) % 3];
  const side = Math.sqrt(v[i] * v[i] + v[j] * v[j]);
  const out = new Float64Array(6);
  out[i] = v[j] / side;
  out[j] = -v[i] / side;
  for (let k = 0; k < 3; k++) {
    const [p, q] = [(k + 1) % 3, (k + 2) % 3];
    out[3 + k] = v[p] * out[q] - v[q] * out[p];
  }
  return out;
}

function combined(basis: Float64Array, x: number, y: number): Float64Array {
  return Float64Array.from({ length: 3 }, (_, k) => x * basis[k] + y * basis[3 + k]);
}

interface CellVisitor {
  /** A new circle: no row is on. */
  start(): void;
  /** A row that is on where ± v_n · u > 0, whatever the arc. */
  beside(row: number, side: 1 | -1): void;
  turn(row: number, change: 1 | -1): void;
  /** Both sides of the arc in hand. */
  visit(): void;
  /** A square that is bounded elsewhere: cells up to it need not be looked at. */
  known(square: number): void;
  upper(): number;
  readonly point: Float64Array;
}

function cellVisitor({ count, outputs, rows, weights, total }: Samples, near: number): CellVisitor {
  const onArc = new Float64Array(3 * outputs);
  const onSide = [new Float64Array(3 * outputs), new Float64Array(3 * outputs)];
  const a = new Float64Array(3 * outputs);
  const m = new Float64Array(9);
  const work = new Float64Array(9);
  const eigen = symmetricEigen(3);
  const vector = eigen.vectors.subarray(0, 3);
  /** 1 on, 0 off, ±2 on one side of the circle. */
  const state = new Int8Array(count);
  const point = new Float64Array(3);
  let level = 0;
  // ‖fl(A) − A‖: as on a circle, with the rows of either side.
  const drift = roundedUp(4 * gamma(4 * count + 8) * total, 4);
  // Of AᵀA from fl(A), of 3 × 3 factorizations of what is at most 4T², of the residual of t.
  const rounding = roundedUp(gamma(outputs + 256) * 8 * total * total, 4);
  const whole = roundedUp(2 * drift * total + drift * drift + rounding, 8);

  const add = (to: Float64Array, row: number, change: number): void => {
    for (let o = 0; o < outputs; o++) {
      const weight = change * weights[row * outputs + o];
      for (let k = 0; k < 3; k++) to[3 * o + k] += weight * rows[3 * row + k];
    }
  };

  /** Whether t I − M + shift vvᵀ is positive definite, up to `rounding`. */
  function isAbove(t: number, shift: number, v: Float64Array): boolean {
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j <= i; j++) work[3 * i + j] = (i === j ? t : 0) - m[3 * i + j] + shift * v[i] * v[j];
    }
    return choleskyInto(work, 3);
  }

  /** Whether some row is on the wrong side of t. */
  function isOutside(t: Float64Array, sign: 1 | -1, side: 1 | -1): boolean {
    for (let n = 0; n < count; n++) {
      const reach = sign * (rows[3 * n] * t[0] + rows[3 * n + 1] * t[1] + rows[3 * n + 2] * t[2]);
      const own = state[n];
      const isOn = own === 1 || own === 2 * side;
      if (isOn ? reach < 0 : reach > 0) return true;
    }
    return false;
  }

  function look(side: 1 | -1): void {
    const beside = onSide[side > 0 ? 0 : 1];
    let trace = 0;
    for (let k = 0; k < a.length; k++) {
      a[k] = onArc[k] + beside[k];
      trace += a[k] * a[k];
    }
    if (trace <= level * (1 - 1e-15) - rounding) return;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let o = 0; o < outputs; o++) sum += a[3 * o + i] * a[3 * o + j];
        m[3 * i + j] = sum;
        m[3 * j + i] = sum;
      }
    }
    if (isAbove(level, 0, point)) return;
    if (!eigen.solve(m)) {
      // Never seen; the trace is a bound as well.
      level = Math.max(level, trace);
      return;
    }
    const { value, residual } = rayleighQuotient(m, vector);
    // sin of the angle to the true vector ≤ (residual + whole) / gap.
    const gap = ((residual + 2 * whole) * 4) / near;
    const isClose = isAbove(value - gap - whole, value, vector);
    const signs = ([1, -1] as const).filter((sign) => !isOutside(vector, sign, side));
    if (isClose && signs.length === 0) return;
    let next = Math.max(value, level) + rounding;
    while (!isAbove(next, 0, point) && next < 8 * total * total) next += rounding + 1e-14 * next;
    level = next;
    for (let k = 0; k < 3; k++) point[k] = (signs[0] ?? 1) * vector[k];
  }

  return {
    start() {
      onArc.fill(0);
      for (const side of onSide) side.fill(0);
      state.fill(0);
    },
    beside(row, side) {
      state[row] = side > 0 ? 2 : -2;
      add(onSide[side > 0 ? 0 : 1], row, 1);
    },
    turn(row, change) {
      state[row] = change > 0 ? 1 : 0;
      add(onArc, row, change);
    },
    visit() {
      look(1);
      look(-1);
    },
    known(square) {
      level = Math.max(level, square);
    },
    upper: () => (level === 0 ? 0 : roundedUp(Math.sqrt(roundedUp(level + 2 * rounding, 3)) + drift, 4)),
    point,
  };
}

/** vᵀMv for the symmetric 3 × 3 matrix M and a v of about length 1, and ‖M v − value v‖, rounded up. */
function rayleighQuotient(m: Float64Array, v: Float64Array): { readonly value: number; readonly residual: number } {
  const x = m[0] * v[0] + m[1] * v[1] + m[2] * v[2];
  const y = m[3] * v[0] + m[4] * v[1] + m[5] * v[2];
  const z = m[6] * v[0] + m[7] * v[1] + m[8] * v[2];
  const value = x * v[0] + y * v[1] + z * v[2];
  const square = (x - value * v[0]) ** 2 + (y - value * v[1]) ** 2 + (z - value * v[2]) ** 2;
  return { value, residual: roundedUp(Math.sqrt(square), 8) };
}
