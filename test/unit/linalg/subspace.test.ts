/** Subspace iteration against one-sided Jacobi rotations. */
import { describe, expect, it } from "vitest";
import { multiplyInto } from "../../../engine/src/linalg/kernels/multiply.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import type { BlockOperator, Directions } from "../../../engine/src/linalg/subspace.ts";
import {
  ahead,
  besideAhead,
  directionsFrom,
  subspacePass,
  tripletsOfPass,
  tripletsOfProduct,
} from "../../../engine/src/linalg/subspace.ts";
import { singularValues } from "../../support/jacobi-svd.ts";

function operatorOf(a: Float64Array, longer: number, shorter: number): BlockOperator {
  return {
    longer,
    shorter,
    timesInto: (out, q, k) => multiplyInto(out, a, q, { m: longer, n: k, k: shorter }),
    transposedTimesInto: (out, p, k) => multiplyInto(out, a, p, { m: shorter, n: k, k: longer, transposeA: true }),
  };
}

function randomMatrix(seed: number, length: number): Float64Array {
  return Float64Array.from({ length }, normalStream(seed));
}

/** Largest |⟨column i, column j⟩ − δ_ij|. */
function defect(side: Float64Array, rows: number, count: number): number {
  let most = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? -1 : 0;
      for (let k = 0; k < rows; k++) sum += side[k * count + i] * side[k * count + j];
      most = Math.max(most, Math.abs(sum));
    }
  }
  return most;
}

describe("subspacePass", () => {
  it.each([
    [30, 20, 20],
    [9, 9, 9],
    [40, 3, 3],
    [5, 1, 1],
  ])("a pass over all of a %i × %i matrix is its singular value decomposition", (m, n, k) => {
    const a = randomMatrix(m * n, m * n);
    const { q } = directionsFrom(new Float64Array(0), 0, { rows: n, wanted: k, normal: normalStream(1) });
    const { count, values, left, right } = tripletsOfPass(subspacePass(operatorOf(a, m, n), q, k));
    expect(count).toBe(k);
    const reference = singularValues(a, m, n);
    values.forEach((value, j) => {
      expect(Math.abs(value - reference[j])).toBeLessThan(1e-9 * reference[0]);
    });
    const product = new Float64Array(m * n);
    const weighted = left.map((entry, at) => entry * values[at % count]);
    multiplyInto(product, weighted, right, { m, n, k: count, transposeB: true });
    product.forEach((entry, at) => {
      expect(Math.abs(entry - a[at])).toBeLessThan(1e-9 * reference[0]);
    });
  });

  it("passes converge to the leading values from below, with orthonormal vectors", () => {
    const [m, n, k] = [60, 40, 12];
    const a = randomMatrix(3, m * n);
    // A gap behind the fourth value.
    const low = randomMatrix(4, m * 4);
    const other = randomMatrix(5, n * 4);
    multiplyInto(a, low, other, { m, n, k: 4, transposeB: true, accumulate: true });
    const reference = singularValues(a, m, n);
    let { q } = directionsFrom(new Float64Array(0), 0, { rows: n, wanted: k, normal: normalStream(1) });
    let before = 0;
    for (let pass = 0; pass < 12; pass++) {
      const found = tripletsOfPass(subspacePass(operatorOf(a, m, n), q, k));
      const sum = found.values.slice(0, 4).reduce((all, value) => all + value, 0);
      expect(sum).toBeGreaterThanOrEqual(before * (1 - 1e-14));
      found.values.forEach((value, j) => {
        expect(value).toBeLessThanOrEqual(reference[j] * (1 + 1e-12));
      });
      expect(defect(found.left, m, found.count)).toBeLessThan(1e-10);
      expect(defect(found.right, n, found.count)).toBeLessThan(1e-10);
      before = sum;
      q = found.right;
    }
    expect(before).toBeGreaterThan((1 - 1e-6) * reference.slice(0, 4).reduce((all, value) => all + value, 0));
  });

  it("leaves out what the matrix maps to nothing", () => {
    const [m, n] = [12, 8];
    const a = new Float64Array(m * n);
    multiplyInto(a, randomMatrix(1, m * 2), randomMatrix(2, n * 2), { m, n, k: 2, transposeB: true });
    const { q } = directionsFrom(new Float64Array(0), 0, { rows: n, wanted: 6, normal: normalStream(1) });
    expect(subspacePass(operatorOf(a, m, n), q, 6).count).toBe(2);
    expect(subspacePass(operatorOf(new Float64Array(m * n), m, n), q, 6).count).toBe(0);
  });

  it.each([1e-90, 1e90])("is the same for a matrix times %f", (scale) => {
    const a = randomMatrix(7, 15 * 6);
    const { q } = directionsFrom(new Float64Array(0), 0, { rows: 6, wanted: 6, normal: normalStream(1) });
    const [plain, scaled] = [a, a.map((entry) => entry * scale)].map((given) =>
      subspacePass(operatorOf(given, 15, 6), q, 6),
    );
    expect(scaled.count).toBe(plain.count);
    scaled.values.forEach((value, j) => {
      expect(value / scale / plain.values[j]).toBeCloseTo(1, 9);
    });
  });
});

describe("tripletsOfProduct", () => {
  it("is the singular value decomposition of L Rᵀ, dependent columns included", () => {
    const [m, n, r] = [20, 14, 5];
    const [left, right] = [randomMatrix(1, m * r), randomMatrix(2, n * r)];
    // The last branch is a copy of the first.
    for (let i = 0; i < m; i++) left[i * r + 4] = left[i * r];
    for (let i = 0; i < n; i++) right[i * r + 4] = right[i * r];
    const product = new Float64Array(m * n);
    multiplyInto(product, left, right, { m, n, k: r, transposeB: true });
    const { count, values } = tripletsOfProduct(left, right, r);
    expect(count).toBe(4);
    const reference = singularValues(product, m, n);
    values.forEach((value, j) => {
      expect(Math.abs(value - reference[j])).toBeLessThan(1e-10 * reference[0]);
    });
  });
});

describe("directionsFrom", () => {
  it("keeps the span of what is given and fills up with orthonormal columns", () => {
    const [rows, count] = [10, 4];
    const given = randomMatrix(9, rows * count);
    for (let i = 0; i < rows; i++) given[i * count + 2] = 2 * given[i * count];
    const { q, k } = directionsFrom(given, count, { rows, wanted: 7, normal: normalStream(2) });
    expect(k).toBe(7);
    expect(defect(q, rows, k)).toBeLessThan(1e-14);
    // Every given column is its own projection.
    for (let j = 0; j < count; j++) {
      const column = Float64Array.from({ length: rows }, (_, i) => given[i * count + j]);
      const inner = new Float64Array(k);
      multiplyInto(inner, q, column, { m: k, n: 1, k: rows, transposeA: true });
      const back = new Float64Array(rows);
      multiplyInto(back, q, inner, { m: rows, n: 1, k });
      back.forEach((entry, i) => {
        expect(Math.abs(entry - column[i])).toBeLessThan(1e-13);
      });
    }
  });

  it("leaves orthonormal columns as they are", () => {
    for (const [rows, count, wanted] of [
      [30, 5, 12],
      [30, 0, 4],
      [12, 9, 12],
      [6, 5, 6],
    ]) {
      const given = directionsFrom(randomMatrix(3, rows * count), count, {
        ...{ rows, wanted: count, normal: normalStream(4) },
      }).q;
      const { q, k } = directionsFrom(given, count, { rows, wanted, normal: normalStream(2), orthonormal: true });
      expect(k).toBe(wanted);
      expect(defect(q, rows, k)).toBeLessThan(1e-13);
      given.forEach((entry, at) => {
        expect(q[Math.floor(at / count) * k + (at % count)]).toBeCloseTo(entry, 13);
      });
    }
  });

  it("has no more columns than rows", () => {
    expect(directionsFrom(new Float64Array(0), 0, { rows: 3, wanted: 9, normal: normalStream(2) }).k).toBe(3);
  });
});

describe("directions ahead", () => {
  const [rows, normal] = [40, normalStream(11)];
  const orthonormal = (k: number) => directionsFrom(new Float64Array(0), 0, { rows, wanted: k, normal });
  const products = (a: Directions, b: Directions) => {
    const out = new Float64Array(a.k * b.k);
    multiplyInto(out, a.q, b.q, { m: a.k, n: b.k, k: rows, transposeA: true });
    return out;
  };
  const expectClose = (actual: Float64Array, expected: Float64Array) => {
    expect(actual.length).toBe(expected.length);
    for (let at = 0; at < actual.length; at++) expect(actual[at]).toBeCloseTo(expected[at], 12);
  };

  it("know what they have of the vectors that they come of, also with random ones beside them", () => {
    const [before, own] = [orthonormal(7), orthonormal(5)];
    const following = ahead(own, before, 0.6);
    for (const wanted of [5, 9]) {
      const found = besideAhead(following, own, before, { rows, wanted, normal });
      if (!("shares" in found)) throw new Error("no shares");
      const [ofOwn, ofBefore] = found.shares();
      expect(found.k).toBe(wanted);
      expectClose(ofOwn, products(own, found));
      expectClose(ofBefore, products(before, found));
      expect(found.q.filter((_, at) => at % wanted < 5)).toEqual(following.q);
    }
  });

  it("are fewer than wanted only where there are no more rows", () => {
    const [before, own] = [orthonormal(38), orthonormal(38)];
    const found = besideAhead(ahead(own, before, 0.6), own, before, { rows, wanted: 60, normal });
    expect(found.k).toBe(rows);
  });
});
