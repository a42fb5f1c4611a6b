/**
 * Local maxima of f(u) = Σ_n w_n (v_n · u)₊ over unit u, exact at kinks. On the cone K of all u with the same signs of V u, f is
 * linear, c · u, and its maximum over unit vectors is reached at the projection of c on K (Moreau; nonnegative least squares gives
 * it). Where that lies on hyperplanes v_n · u = 0, the cones behind them are tried, until none of them has a higher maximum.
 * An estimate from below: no more than a better start for descent. Cost: some tens of least-squares problems in d unknowns.
 */
import { dot, euclideanLength } from "../../linalg/vector.ts";
import { nonnegativeLeastSquares } from "../../problem/regularizer/least-squares.ts";

const MAX_CELLS = 40;
/** A cell has to be better by this share. */
const WORTHWHILE = 1e-12;

/** From the cell of u; a unit vector, or undefined when f ≤ 0 there. `rows`: v_n. */
export function climbNeuron(
  rows: readonly Float64Array[],
  w: Float64Array,
  start: Float64Array,
): Float64Array | undefined {
  // At a kink the side on which f is larger.
  let signs: readonly number[] = rows.map((row, n) => {
    const reach = dot(row, start);
    return reach > 0 || (reach === 0 && w[n] > 0) ? 1 : -1;
  });
  let best: Cell | undefined = bestOfCell(rows, w, signs);
  for (let cell = 0; cell < MAX_CELLS && best !== undefined; cell++) {
    let next: Cell | undefined;
    let nextSigns = signs;
    for (const walls of [best.walls, ...best.walls.map((n) => [n])]) {
      const tried = signs.map((sign, n) => (walls.includes(n) ? -sign : sign));
      const found = bestOfCell(rows, w, tried);
      if (found === undefined || found.value <= (next ?? best).value * (1 + WORTHWHILE)) continue;
      [next, nextSigns] = [found, tried];
    }
    if (next === undefined) break;
    [best, signs] = [next, nextSigns];
  }
  return best?.u;
}

interface Cell {
  readonly u: Float64Array;
  readonly value: number;
  /** Hyperplanes that hold the maximum back. */
  readonly walls: readonly number[];
}

/** max c · u over unit u with signs_n v_n · u ≥ 0, undefined where it is not positive. */
function bestOfCell(rows: readonly Float64Array[], w: Float64Array, signs: readonly number[]): Cell | undefined {
  const c = new Float64Array(rows[0].length);
  rows.forEach((row, n) => {
    if (signs[n] > 0) for (let i = 0; i < c.length; i++) c[i] += w[n] * row[i];
  });
  const inward = rows.map((row, n) => (signs[n] > 0 ? row : row.map((x) => -x)));
  const pushes = nonnegativeLeastSquares(
    inward,
    c.map((x) => -x),
  );
  const p = c.slice();
  const walls: number[] = [];
  pushes.forEach((y, n) => {
    if (y === 0) return;
    walls.push(n);
    for (let i = 0; i < p.length; i++) p[i] += y * inward[n][i];
  });
  const value = euclideanLength(p);
  if (!(value > 1e-12 * euclideanLength(c))) return undefined;
  return { u: p.map((x) => x / value), value, walls };
}
