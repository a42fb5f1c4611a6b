/**
 * The cone {x : A x = 0, B x ≥ 0} and, where asked, x ≥ 0.
 *
 * Rows are scaled by powers of two to lengths in (½, 1]; Q (k columns) is an orthonormal basis of the rows of A. A slice
 * passes with ‖Qᵀx‖₂ ≤ ε‖x‖₂ and b_iᵀx ≥ −ε‖x‖₂ for all i, ε = `TOLERANCE`; x ≥ 0 is exact. That Q stands for A is proven:
 * with Q = AᵀM + E, A x = 0 gives ‖Qᵀx‖₂ ≤ ‖E‖_F ‖x‖₂, and ‖E‖_F ≤ ε/2 is checked, so every x with A x = 0 passes.
 * The polar cone is {Q z − Bᵀy − y₀ : y, y₀ ≥ 0}; the projection is p minus its part there, by nonnegative least squares.
 */
import type { NumericArray } from "../../data/array.ts";
import { showShape } from "../../data/limits.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { addScaledInto, dot, euclideanLength, opposite, over } from "../../linalg/vector.ts";
import type { Cone } from "./cone.ts";
import { provenTolerance, TOLERANCE } from "./cone.ts";
import { positivePart } from "./entries.ts";
import { nonnegativeLeastSquares } from "./least-squares.ts";
import { negativeEntry } from "./nonnegative.ts";
import { singularValues } from "./singular.ts";
import { coneWithin } from "./support.ts";

/** Singular values of A below this, relative to the largest, are rounding: their rows depend on the others. */
const DEPENDENT = 1e-13;
/** Powers of two above larger entries may leave float64. */
const LARGEST_ENTRY = 1e300;
/** A projection shorter than this, relative to what was projected, is rounding. */
const NOTHING = 1e-13;

export interface PolyhedralParts {
  /** The rows of A and B: each has `size` entries. */
  readonly kernel: readonly Float64Array[];
  readonly inequality: readonly Float64Array[];
  readonly nonnegative: boolean;
  readonly size: number;
}

type Made = { readonly ok: true; readonly cone: Cone } | { readonly ok: false; readonly message: string };

export function polyhedralCone(parts: PolyhedralParts): Made {
  const basis = orthonormalBasis(parts.kernel.map(scaledRow).filter(isNotZero));
  return basis === undefined
    ? {
        ok: false,
        message: "kernel: some rows are combinations of the others up to rounding, but not quite; remove those",
      }
    : { ok: true, cone: coneOf(parts, basis) };
}

function coneOf({ kernel, inequality, nonnegative, size }: PolyhedralParts, basis: readonly Float64Array[]): Cone {
  const rows = inequality.map(scaledRow).filter(isNotZero);
  /** Directions that may be added to get back into the cone: rows of B, unit vectors, without their part in span Q. */
  const units = nonnegative ? Array.from({ length: size }, (_, i) => unit(size, i)) : [];
  const directions = [...rows, ...units].map((row) => {
    const out = row.slice();
    removeSpanInto(out, basis);
    return euclideanLength(out) > 1e-13 ? out : new Float64Array(size);
  });

  const proven = provenTolerance(size, basis.length + 1);

  /** y, y₀ ≥ 0 for the part of p in the polar cone. */
  function multipliers(p: Float64Array): Float64Array {
    const rest = opposite(p);
    removeSpanInto(rest, basis);
    return nonnegativeLeastSquares(directions, rest);
  }

  function projectOnceInto(x: Float64Array): void {
    const before = euclideanLength(x);
    const y = multipliers(x);
    removeSpanInto(x, basis);
    directions.forEach((direction, j) => {
      if (y[j] > 0) addScaledInto(x, y[j], direction);
    });
    removeSpanInto(x, basis);
    if (nonnegative) for (let i = 0; i < size; i++) x[i] = positivePart(x[i]);
    if (euclideanLength(x) <= NOTHING * before) x.fill(0);
  }

  const cone: Cone = {
    ...(rows.length === 0 && !nonnegative ? { subspace: true as const } : {}),
    condition: (variable) =>
      [
        ...(kernel.length > 0 ? [`A ${variable} = 0`] : []),
        ...(inequality.length > 0 ? [`${kernel.length > 0 ? "B" : "A"} ${variable} ≥ 0`] : []),
        ...(nonnegative ? [`${variable} ≥ 0`] : []),
      ].join(", "),
    violation(x) {
      const negative = nonnegative ? negativeEntry(x) : undefined;
      if (negative !== undefined) return negative;
      const length = euclideanLength(x);
      if (!Number.isFinite(length)) return "an entry is not a finite number";
      const off = Math.hypot(...basis.map((q) => dot(q, x)));
      if (off > TOLERANCE * length) return `not in the kernel: off by ${(off / length).toPrecision(3)} of its length`;
      const row = rows.findIndex((b) => dot(b, x) < -TOLERANCE * length);
      return row < 0
        ? undefined
        : `inequality ${row + 1} does not hold: off by ${(-dot(rows[row], x) / length).toPrecision(3)} of its length`;
    },
    projectInto(x) {
      // The second pass makes the errors of the first small relative to the result.
      projectOnceInto(x);
      if (!cone.violation(x)) return;
      projectOnceInto(x);
      if (cone.violation(x) !== undefined) x.fill(0);
    },
    release(p, c) {
      const y = multipliers(c);
      const moved = p.slice();
      const sizes = p.map(Math.abs);
      const along = c.slice();
      let slack = 0;
      [...rows, ...units].forEach((row, j) => {
        if (y[j] === 0) return;
        addScaledInto(moved, y[j], row);
        addScaledInto(along, y[j], row);
        addScaledInto(sizes, y[j], row.map(Math.abs));
        if (j < rows.length) slack += y[j];
      });
      let square = 0;
      for (const q of basis) {
        const z = dot(q, along);
        addScaledInto(moved, -z, q);
        addScaledInto(sizes, Math.abs(z), q.map(Math.abs));
        square += z * z;
      }
      const count = rows.length + basis.length + 3;
      const rounding = gamma(count) * euclideanLength(sizes) + size * count * UNDERFLOW;
      const total = proven * (slack + Math.sqrt(square)) + rounding;
      return { moved, slack: roundedUp(total, size + count + 8) };
    },
    within(support) {
      const part = (row: Float64Array) => Float64Array.from(support, (i) => row[i]);
      const parts = { kernel: basis.map(part), inequality: rows.map(part), nonnegative, size: support.length };
      const made = polyhedralCone(parts);
      return coneWithin(cone, support, (x) => {
        const inside = part(x);
        // Rows that depend on one another there, but not quite: {0} is safe.
        if (made.ok) made.cone.projectInto(inside);
        else inside.fill(0);
        x.fill(0);
        support.forEach((i, at) => {
          x[i] = inside[at];
        });
      });
    },
  };
  return cone;
}

/** What is wrong with the shape of a matrix that needs so many columns. */
export function columnsMisfit(shape: readonly number[], columns: number, name: string): string | undefined {
  if (shape.length === 2 && shape[1] === columns) return undefined;
  return `${name}: the matrix is ${showShape(shape)}; give it ${columns === 1 ? "1 column" : `${columns} columns`}, one per entry of a slice, or write the constraint under the entry of regularizer.factors that it belongs to`;
}

/** The rows of a matrix with the given number of columns; a message when it is none. */
export function rowsOf({ shape, data }: NumericArray, columns: number, name: string): Float64Array[] | string {
  const misfit = columnsMisfit(shape, columns, name);
  if (misfit !== undefined) return misfit;
  const bad = data.findIndex((entry) => !(Math.abs(entry) < LARGEST_ENTRY));
  if (bad >= 0) {
    const place = `${name}: row ${Math.floor(bad / columns) + 1}, column ${(bad % columns) + 1}`;
    return Number.isFinite(data[bad])
      ? `${place} is ${data[bad]}; entries have to be below ${LARGEST_ENTRY} in size, so divide that row, whose scale does not matter`
      : `${place} is ${Number.isNaN(data[bad]) ? "empty or NaN" : data[bad]}; give every entry a finite number`;
  }
  return Array.from({ length: shape[0] }, (_, i) => data.slice(i * columns, (i + 1) * columns));
}

/** Q of the file's comment by singular values; undefined when it does not stand for the rows closely enough. */
function orthonormalBasis(rows: readonly Float64Array[]): Float64Array[] | undefined {
  if (rows.length === 0) return [];
  const columns = rows[0].length;
  const flat = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    flat.set(row, i * columns);
  });
  const { values, left, right } = singularValues(flat, rows.length, columns);
  const kept = Array.from(values.keys()).filter((k) => values[k] > DEPENDENT * values[0]);
  let square = 0;
  for (const k of kept) {
    const residual = right[k].slice();
    const sizes = residual.map(Math.abs);
    rows.forEach((row, i) => {
      const m = left[k][i] / values[k];
      addScaledInto(residual, -m, row);
      addScaledInto(sizes, Math.abs(m), row.map(Math.abs));
    });
    square += (euclideanLength(residual) + gamma(rows.length + 2) * euclideanLength(sizes)) ** 2;
  }
  return Math.sqrt(square) <= TOLERANCE / 2 ? kept.map((k) => right[k]) : undefined;
}

/** x −= its part in the span, twice. */
function removeSpanInto(x: Float64Array, basis: readonly Float64Array[]): void {
  for (let pass = 0; pass < 2; pass++) for (const q of basis) addScaledInto(x, -dot(q, x), q);
}

/** Divided by a power of two, to a length in (½, 1]. */
function scaledRow(row: Float64Array): Float64Array {
  const largest = powerOfTwoAbove(row);
  if (largest === 0) return row;
  const one = over(row, largest);
  const scale = powerOfTwoAbove(Float64Array.of(euclideanLength(one)));
  return over(one, scale);
}

function isNotZero(row: Float64Array): boolean {
  return row.some((entry) => entry !== 0);
}

function unit(size: number, i: number): Float64Array {
  const out = new Float64Array(size);
  out[i] = 1;
  return out;
}
