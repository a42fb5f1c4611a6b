/** Cones: projections against enumerations, tolerances and what bounds make of them, refusals. */
import { describe, expect, it } from "vitest";
import type { NormSpec } from "../../../engine/src/config/config.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { provenTolerance, TOLERANCE } from "../../../engine/src/problem/regularizer/cone.ts";
import { nonnegativeLeastSquares } from "../../../engine/src/problem/regularizer/least-squares.ts";
import type { ResolvedConstraint } from "../../../engine/src/problem/regularizer/registry.ts";
import { normOf } from "../../../engine/src/problem/regularizer/registry.ts";
import { norm } from "../../support/norm-cases.ts";

const normal = normalStream(7);
const random = (size: number) => Float64Array.from({ length: size }, normal);
const matrix = (rows: number, columns: number) => ({ shape: [rows, columns], data: random(rows * columns) });
const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, a, i) => sum + a * y[i], 0);
const length = (x: Float64Array) => Math.hypot(...x);

function projection(of: ReturnType<typeof norm>, p: Float64Array): Float64Array {
  const x = p.slice();
  of.proxInto(x, 0);
  return x;
}

/** p less its part in the span of `rows`, by Gram-Schmidt. */
function withoutSpan(p: Float64Array, rows: readonly Float64Array[]): Float64Array {
  const basis: Float64Array[] = [];
  const remove = (x: Float64Array) => basis.reduce((y, q) => y.map((a, i) => a - dot(q, y) * q[i]), x);
  for (const row of rows) {
    const rest = remove(remove(row));
    basis.push(rest.map((a) => a / length(rest)));
  }
  return remove(remove(p));
}

/** The nearest point of {x : Ax = 0, Bx ≥ 0}: of all faces' projections that are feasible, the nearest. */
function nearestOfFaces(p: Float64Array, a: readonly Float64Array[], b: readonly Float64Array[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let bits = 0; bits < 2 ** b.length; bits++) {
    const face = [...a, ...b.filter((_, i) => (bits >> i) & 1)];
    if (face.length > p.length) continue;
    const x = face.length === p.length ? new Float64Array(p.length) : withoutSpan(p, face);
    if (b.every((row) => dot(row, x) >= -1e-10)) least = Math.min(least, length(x.map((entry, i) => entry - p[i])));
  }
  return least;
}

const rowsOf = ({ shape, data }: ReturnType<typeof matrix>) =>
  Array.from({ length: shape[0] }, (_, i) => data.slice(i * shape[1], (i + 1) * shape[1]));
const units = (size: number) =>
  Array.from({ length: size }, (_, i) => Float64Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)));

describe("polyhedral cones", () => {
  it("projections are nearest points, by enumeration of the faces; ‖p‖_* = ‖projection‖₂", () => {
    for (let k = 0; k < 40; k++) {
      const [kernel, inequality] = [matrix(1, 5), matrix(3, 5)];
      const [a, b] = [rowsOf(kernel), rowsOf(inequality)];
      const p = random(5);
      for (const [constraints, equal, above] of [
        [[{ kernel }], a, []],
        [[{ inequality }], [], b],
        [[{ kernel }, { inequality }], a, b],
        [[{ kernel }, "nonnegative"], a, units(5)],
        [[{ inequality }, "nonnegative"], [], [...b, ...units(5)]],
      ] as const) {
        const of = norm("l2", [5], constraints);
        const x = projection(of, p);
        expect(of.violation(x)).toBeUndefined();
        expect(length(x.map((entry, i) => entry - p[i]))).toBeCloseTo(nearestOfFaces(p, equal, above), 10);
        expect(of.dualValue(p)).toBeCloseTo(length(x), 9);
        expect(of.dualUpper(p)).toBeGreaterThanOrEqual(length(x) * (1 - 1e-14));
        expect(of.dualUpper(p)).toBeLessThanOrEqual(length(x) + 1e-7 * length(p));
      }
    }
  });

  it("the dual bound covers slices that use up the tolerance", () => {
    const of = norm("l2", [4], [{ kernel: { shape: [1, 4], data: Float64Array.of(1, 0, 0, 0) } }]);
    // ⟨p, x⟩ gains a thousand times what ‖x‖ loses.
    const [p, x] = [Float64Array.of(1000, 1, 0, 0), Float64Array.of(0.99e-9, 1, 0, 0)];
    expect(of.violation(x)).toBeUndefined();
    expect(dot(p, x)).toBeGreaterThan(1 + 9e-7);
    expect(of.dualUpper(p) * of.value(x)).toBeGreaterThanOrEqual(dot(p, x));
    const above = norm("l1", [4], [{ inequality: { shape: [1, 4], data: Float64Array.of(1, 0, 0, 0) } }]);
    const below = Float64Array.of(-0.99e-9, 1, 0, 0);
    expect(above.violation(below)).toBeUndefined();
    expect(above.dualUpper(p.map((a, i) => (i === 0 ? -a : a))) * above.value(below)).toBeGreaterThanOrEqual(1 + 9e-7);
  });

  it("say what does not hold", () => {
    const kernel = norm("l2", [2], [{ kernel: { shape: [1, 2], data: Float64Array.of(2, 0) } }]);
    expect(kernel.violation(Float64Array.of(1, 1))).toMatch(/^not in the kernel: off by 0\.707/);
    expect(kernel.value(Float64Array.of(1, 1))).toBe(Number.POSITIVE_INFINITY);
    expect(kernel.violation(Float64Array.of(0, 5))).toBeUndefined();
    const inequality = norm("l2", [2], [{ inequality: { shape: [2, 2], data: Float64Array.of(1, 0, 0, 1) } }]);
    expect(inequality.violation(Float64Array.of(3, -4))).toMatch(/^inequality 2 does not hold: off by 0\.800/);
    expect(kernel.condition("u")).toBe("A u = 0");
    expect(inequality.condition("u")).toBe("A u ≥ 0");
  });

  it("rows of zeros, copies of rows, rows of any size: the same cone", () => {
    const p = random(3);
    const row = random(3);
    const data = Float64Array.from([...row, ...row.map((a) => 1e200 * a), ...row.map((a) => -1e-200 * a), 0, 0, 0]);
    const plain = projection(norm("l2", [3], [{ kernel: { shape: [1, 3], data: row } }]), p);
    const same = projection(norm("l2", [3], [{ kernel: { shape: [4, 3], data } }]), p);
    same.forEach((a, i) => {
      expect(a).toBeCloseTo(plain[i], 14);
    });
    // The copy with the opposite sign leaves the plane only.
    const both = projection(norm("l2", [3], [{ inequality: { shape: [4, 3], data } }]), p);
    both.forEach((a, i) => {
      expect(a).toBeCloseTo(plain[i], 12);
    });
  });

  it("a cone that is {0}: every slice goes there, and the dual norm is next to 0", () => {
    const of = norm("l2", [2], [{ kernel: { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) } }]);
    const p = Float64Array.of(5, -6);
    expect([...projection(of, p)]).toEqual([0, 0]);
    expect(of.dualValue(p)).toBe(0);
    expect(of.dualUpper(p)).toBeLessThan(1e-7);
  });
});

describe("nonnegative least squares", () => {
  it("meets the conditions of Karush, Kuhn and Tucker, also on dependent and zero columns", () => {
    for (let k = 0; k < 60; k++) {
      const columns = Array.from({ length: 4 }, () => random(3));
      if (k % 2 === 0) columns[2] = columns[0].map((a) => 2 * a);
      if (k % 3 === 0) columns[1] = new Float64Array(3);
      const b = random(3);
      const y = nonnegativeLeastSquares(columns, b);
      const residual = b.map((entry, i) => entry - columns.reduce((sum, column, j) => sum + column[i] * y[j], 0));
      expect(y.every((entry) => entry >= 0)).toBe(true);
      columns.forEach((column, j) => {
        expect(dot(column, residual)).toBeLessThan(1e-12);
        expect(Math.min(1, y[j]) * Math.abs(dot(column, residual))).toBeLessThan(1e-12);
      });
    }
  });
});

describe("positive semidefinite slices", () => {
  it("2 × 2: the projection by the formula for eigenvalues", () => {
    for (let k = 0; k < 40; k++) {
      const p = random(4);
      const [a, b, c] = [p[0], (p[1] + p[2]) / 2, p[3]];
      const [mean, radius] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
      const positive = [mean - radius, mean + radius].map((value) => Math.max(0, value));
      const of = norm("l2", [2, 2], ["psd"]);
      const x = projection(of, p);
      expect(x[1]).toBe(x[2]);
      expect(x[0] + x[3]).toBeCloseTo(positive[0] + positive[1], 13);
      expect(length(x)).toBeCloseTo(Math.hypot(...positive), 13);
      expect(of.violation(x)).toBeUndefined();
      expect(norm("nuclear", [2, 2], ["psd"]).dualUpper(p)).toBeCloseTo(positive[1], 6);
      expect(norm("spectral", [2, 2], ["psd"]).dualUpper(p)).toBeCloseTo(positive[0] + positive[1], 6);
    }
  });

  it("say what does not hold, with the tolerance of the dual bound", () => {
    const of = norm("l2", [2, 2], ["psd"]);
    expect(of.violation(Float64Array.of(1, 2, 0, 1))).toMatch(/^not symmetric/);
    expect(of.violation(Float64Array.of(1, 2, 2, 1))).toMatch(/^not positive semidefinite/);
    expect(of.violation(Float64Array.of(1, 1, 1, 1))).toBeUndefined();
    const x = Float64Array.of(1, 0, 0, -0.99e-9);
    expect(of.violation(x)).toBeUndefined();
    expect(of.dualUpper(Float64Array.of(1, 0, 0, -1000)) * of.value(x)).toBeGreaterThanOrEqual(1 + 9e-7);
    expect(of.condition("X")).toBe("X ⪰ 0");
  });

  it("with x ≥ 0 too: both hold, exactly where they can", () => {
    for (let k = 0; k < 10; k++) {
      const of = norm({ l2: 1, nuclear: 0.5 }, [3, 3], ["psd", "nonnegative"]);
      const p = random(9);
      const x = projection(of, p);
      expect(of.violation(x)).toBeUndefined();
      expect(x.every((a) => a >= 0)).toBe(true);
      // 0 exactly for what lies in the polar cone.
      expect(length(x) > 0).toBe(of.dualUpper(p) > 1e-6 * length(p));
    }
    expect(norm("l2", [2, 2], ["psd", "nonnegative"]).condition("X")).toBe("X ≥ 0, X ⪰ 0");
  });
});

it("what is proven of a cone forgives more than what passes, by its rounding, for slices of every length", () => {
  for (const [length, count] of [
    [1, 1],
    [1e5, 100],
    [5e6, 10],
    [5e7, 1],
    [7071, 7071],
  ]) {
    // n u √k, once for the inner products and once more for what else is rounded.
    expect(provenTolerance(length, count)).toBeGreaterThan(TOLERANCE + 1.5 * Math.sqrt(count) * length * 2 ** -53);
    expect(provenTolerance(length, count)).toBeGreaterThanOrEqual(1.1e-9);
  }
  expect(provenTolerance(1e5, 1)).toBe(1.1e-9);
});

it("the distance to the subdifferential of a tiny multiple of a norm is finite", () => {
  const tiny = norm({ l2: 1e-300 }, [3]);
  expect(tiny.subgradientDistance(Float64Array.of(3, 0, 4), Float64Array.of(1, 0, 0))).toBeCloseTo(5, 12);
  expect(tiny.subgradientDistance(Float64Array.of(1e-300, 0, 0), Float64Array.of(1, 0, 0))).toBeLessThan(1e-315);
});

describe("what is told about a norm", () => {
  const labelOf = (spec: NormSpec, constraints: readonly ResolvedConstraint[] = []) => {
    const of = norm(spec, [2, 2], constraints);
    return [of.label("u"), of.condition("u"), of.kind, of.constrained, of.nonnegative, of.convex];
  };

  it.each([
    [labelOf("linf"), ["‖u‖_∞", "", "linf", false, false, true]],
    [labelOf({ lq: 0.5 }), ["‖u‖_0.5", "", "lq", false, false, false]],
    [labelOf({ lq: 2 }), ["‖u‖₂", "", "l2", false, false, true]],
    [labelOf({ l2: 1 }), ["‖u‖₂", "", "l2", false, false, true]],
    [labelOf({ l2: 1, l1: 0.5 }), ["(‖u‖₂ + 0.5‖u‖₁)", "", "sum", false, false, true]],
    [labelOf({ nuclear: 2, l2: 1 }), ["(‖u‖₂ + 2‖u‖_*)", "", "sum", false, false, true]],
    [labelOf("l2", ["nonnegative"]), ["‖u‖₂", "u ≥ 0", "l2", true, true, true]],
    [labelOf("l2", [{ sparse: 3 }]), ["‖u‖₂", "‖u‖₀ ≤ 3", "l2", true, false, false]],
    [labelOf("l1", [{ sparse: 3 }, "nonnegative"]), ["‖u‖₁", "u ≥ 0, ‖u‖₀ ≤ 3", "l1", true, false, false]],
    // All entries may be there: no constraint is left.
    [labelOf("l1", [{ sparse: 4 }]), ["‖u‖₁", "", "l1", false, false, true]],
    [labelOf("nuclear", ["psd"]), ["‖u‖_*", "u ⪰ 0", "nuclear", true, false, true]],
    [labelOf("nuclear", ["nonnegative"]), ["‖u‖_*", "u ≥ 0", "nuclear", true, false, true]],
    [
      labelOf("l2", [{ sparse: 3 }, { kernel: matrix(1, 4) }, "nonnegative"]),
      ["‖u‖₂", "A u = 0, u ≥ 0, ‖u‖₀ ≤ 3", "l2", true, false, false],
    ],
    [labelOf("nuclear", [{ sparse: 2 }]), ["‖u‖_*", "‖u‖₀ ≤ 2", "nuclear", true, false, false]],
    [labelOf("l2", [{ sparse: 2 }, "psd"]), ["‖u‖₂", "u ⪰ 0, ‖u‖₀ ≤ 2", "l2", true, false, false]],
    [labelOf({ lq: 0.5 }, ["psd"]), ["‖u‖_0.5", "u ⪰ 0", "lq", true, false, false]],
    [labelOf({ lq: 0.5 }, [{ sparse: 2 }, "psd"]), ["‖u‖_0.5", "u ⪰ 0, ‖u‖₀ ≤ 2", "lq", true, false, false]],
  ])("%j", (told, expected) => {
    expect(told).toEqual(expected);
  });

  it.each<[NormSpec, readonly number[], readonly ResolvedConstraint[], RegExp]>([
    ["l2", [3], ["psd"], /^psd: a slice is a vector of 3 entries; only square/],
    ["l2", [2, 3], ["psd"], /^psd: a slice is 2×3/],
    ["l2", [3], [{ sparse: 0 }], /^sparse: the limit is 0/],
    ["l2", [3], [{ sparse: 1.5 }], /^sparse: the limit is 1.5/],
    ["l2", [3], [{ kernel: matrix(2, 4) }], /^kernel: the matrix is 2×4; give it 3 columns/],
    [
      "l2",
      [3],
      [{ inequality: { shape: [1, 3], data: Float64Array.of(1, Number.NaN, 0) } }],
      /^inequality: row 1, column 2 is empty or NaN; give every entry/,
    ],
    [
      "l2",
      [3],
      [{ kernel: { shape: [1, 3], data: Float64Array.of(1, 2, 1e308) } }],
      /^kernel: row 1, column 3 is 1e\+308; entries have to be below 1e\+300 in size/,
    ],
    [{ lq: -1 }, [3], [], /^lq: q is -1/],
    [{ l1: 0 }, [3], [], /^l1: weight is 0/],
    [{}, [3], [], /^a sum of norms without a term/],
    ["l2", [0], [], /^the factor has no entries/],
    [
      "l2",
      [3],
      [{ kernel: { shape: [2, 3], data: Float64Array.of(1, 1, 1, 1, 1, 1 + 1e-9) } }],
      /^kernel: some rows are combinations/,
    ],
  ])("refuses %j on %j", (spec, shape, constraints, message) => {
    const made = normOf(spec, { shape, constraints });
    expect(made.ok ? "" : made.message).toMatch(message);
  });

  it("refusals say which constraint is at fault", () => {
    const wrong = { kernel: matrix(1, 5) };
    expect(normOf("l2", { shape: [3], constraints: ["nonnegative", { sparse: 2 }, wrong] })).toMatchObject({
      ok: false,
      constraint: 2,
    });
    expect(normOf("l2", { shape: [3], constraints: ["nonnegative", "psd"] })).toMatchObject({ constraint: 1 });
  });
});
