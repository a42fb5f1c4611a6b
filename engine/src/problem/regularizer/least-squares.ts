/** Nonnegative least squares. */
import { addScaledInto, dot, euclideanLength, scaleInto } from "../../linalg/vector.ts";

/** A slope below this, relative to ‖b‖₂ and the column's length, counts as 0. */
const SLOPE_TOLERANCE = 1e-15;
/** A column whose part outside the span of the chosen ones is shorter than this, relative to it, depends on them. */
const DEPENDENT = 1e-11;

/**
 * y ≥ 0 with the least ‖Σ_j y_j c_j − b‖₂. Active sets: a column enters when it lowers the objective, and leaves when the least
 * squares solution would make its coefficient negative. Cost O(d p) per column that enters, O(d p²) per one that leaves, p the
 * number of chosen columns. Should rounding keep it from converging, what it returns is still ≥ 0.
 * Source: lawson1974, chapter 23.
 */
export function nonnegativeLeastSquares(columns: readonly Float64Array[], b: Float64Array): Float64Array {
  const y = new Float64Array(columns.length);
  const lengths = columns.map(euclideanLength);
  const tolerance = SLOPE_TOLERANCE * euclideanLength(b);
  const chosen = factorization(columns, b);
  const barred = new Set<number>();
  const residual = b.slice();
  for (let change = 0; change < 3 * columns.length + 10; change++) {
    let entering = -1;
    let steepest = tolerance;
    columns.forEach((column, j) => {
      if (lengths[j] === 0 || y[j] > 0 || barred.has(j)) return;
      const slope = dot(column, residual) / lengths[j];
      if (slope > steepest) [entering, steepest] = [j, slope];
    });
    if (entering < 0) break;
    if (!chosen.push(entering)) {
      barred.add(entering);
      continue;
    }
    let solution = chosen.solve();
    // Against its slope, by rounding: it has nothing to give.
    if (!(solution[solution.length - 1] > 0)) {
      chosen.keep((j) => j !== entering);
      barred.add(entering);
      continue;
    }
    while (solution.some((value) => value <= 0)) {
      let step = 1;
      let leaving = -1;
      for (const [k, j] of chosen.indices().entries()) {
        const ratio = solution[k] <= 0 ? y[j] / (y[j] - solution[k]) : 1;
        if (ratio < step) [step, leaving] = [ratio, j];
      }
      for (const [k, j] of chosen.indices().entries()) y[j] = Math.max(0, y[j] + step * (solution[k] - y[j]));
      if (leaving >= 0) y[leaving] = 0;
      chosen.keep((j) => y[j] > 0);
      solution = chosen.solve();
    }
    for (const [k, j] of chosen.indices().entries()) y[j] = solution[k];
    const before = euclideanLength(residual);
    residual.set(b);
    for (const j of chosen.indices()) addScaledInto(residual, -y[j], columns[j]);
    if (euclideanLength(residual) < before) barred.clear();
    else barred.add(entering);
  }
  return y;
}

/**
 * Q R of the chosen columns by Gram-Schmidt, twice, so that their condition is not squared, and the least squares
 * coefficients of b in them.
 */
function factorization(columns: readonly Float64Array[], b: Float64Array) {
  let chosen: number[] = [];
  let basis: Float64Array[] = [];
  let triangle: number[][] = [];

  /** False, and nothing done, when the column depends on the chosen ones. */
  function push(j: number): boolean {
    const q = columns[j].slice();
    const length = euclideanLength(q);
    const coefficients = new Array<number>(basis.length).fill(0);
    for (let pass = 0; pass < 2; pass++) {
      for (const [i, other] of basis.entries()) {
        const along = dot(other, q);
        coefficients[i] += along;
        addScaledInto(q, -along, other);
      }
    }
    const rest = euclideanLength(q);
    if (!(rest > DEPENDENT * length)) return false;
    scaleInto(q, 1 / rest);
    chosen.push(j);
    basis.push(q);
    triangle.push([...coefficients, rest]);
    return true;
  }

  /** In order; all before the first that goes stay factored. */
  function keep(wanted: (j: number) => boolean): void {
    const first = chosen.findIndex((j) => !wanted(j));
    if (first < 0) return;
    const later = chosen.slice(first).filter(wanted);
    chosen = chosen.slice(0, first);
    basis = basis.slice(0, first);
    triangle = triangle.slice(0, first);
    for (const j of later) push(j);
  }

  function solve(): Float64Array {
    const rest = b.slice();
    const out = Float64Array.from(basis, (q) => {
      const along = dot(q, rest);
      addScaledInto(rest, -along, q);
      return along;
    });
    for (let k = out.length - 1; k >= 0; k--) {
      out[k] /= triangle[k][k];
      for (let l = 0; l < k; l++) out[l] -= triangle[k][l] * out[k];
    }
    return out;
  }

  return { push, keep, solve, indices: (): readonly number[] => chosen };
}
