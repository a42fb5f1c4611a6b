import { describe, expect, it } from "vitest";
import type { Closer } from "../../../engine/src/certify/polar/closing.ts";
import { maxNormClosers } from "../../../engine/src/certify/polar/max-norm.ts";
import { bilinear, observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import type { Norm } from "../../../engine/src/problem/regularizer/norm.ts";
import { dataOf } from "../../support/arbitraries.ts";
import { feasible, normFor } from "../../support/norms.ts";

const never = () => false;
const TOLERANCE = 2e-7;
const full = (dense: Float64Array, rows: number, columns: number) => observedEntries(dense, rows, columns, () => true);
const close = (closer: Closer, lower: number, cells = 1e6) =>
  closer.close({ lower, tolerance: TOLERANCE, cells, hint: undefined, stopped: never });
const check = (closer: Closer, arrays: Parameters<Closer["check"]>[0]) =>
  closer.check(arrays, { cells: 1e6, stopped: never }).upper;

function closerOf(w: Float64Array, rows: number, columns: number, a: Norm, b: Norm, witness: string): Closer {
  const found = maxNormClosers(full(w, rows, columns), a, b).find((closer) => closer.witness === witness);
  if (found === undefined) throw new Error(`no ${witness}`);
  return found;
}

/** max over the vertices of the box of the dual norm of Wᵀu, by its definition for each. */
function exhaustive(
  w: Float64Array,
  rows: number,
  columns: number,
  low: number,
  dual: (s: readonly number[]) => number,
): number {
  let most = 0;
  for (let code = 0; code < 2 ** rows; code++) {
    const u = Array.from({ length: rows }, (_, i) => ((code >> i) & 1 ? 1 : low));
    const s = Array.from({ length: columns }, (_, j) => u.reduce((sum, x, i) => sum + x * w[i * columns + j], 0));
    most = Math.max(most, dual(s));
  }
  return most;
}

const plus = (x: number) => Math.max(0, x);
const total = (s: readonly number[]) => s.reduce((sum, x) => sum + x, 0);
const DUALS = {
  linf: (s: readonly number[]) => total(s.map(Math.abs)),
  "linf, nonnegative": (s: readonly number[]) => total(s.map(plus)),
  l2: (s: readonly number[]) => Math.hypot(...s),
  "l2, nonnegative": (s: readonly number[]) => Math.hypot(...s.map(plus)),
  "l2, 2-sparse": (s: readonly number[]) =>
    Math.hypot(
      ...s
        .map(Math.abs)
        .sort((x, y) => y - x)
        .slice(0, 2),
    ),
  "l1, nonnegative": (s: readonly number[]) => Math.max(0, ...s),
  "lq 3": (s: readonly number[]) => total(s.map((x) => Math.abs(x) ** 1.5)) ** (1 / 1.5),
} as const;
type Name = keyof typeof DUALS;
const NAMES = Object.keys(DUALS) as Name[];

function named(name: Name, size: number): Norm {
  if (name === "lq 3") return normFor({ lq: 3 }, [size]);
  if (name === "l2, 2-sparse") return normFor("l2", [size], [{ sparse: 2 }]);
  const [norm, condition] = name.split(", ");
  return normFor(norm as "l2", [size], condition === undefined ? [] : ["nonnegative"]);
}

const BOXES = ["linf", "linf, nonnegative"] as const;
const KINDS = ["full", "low-rank", "constant", "identity", "equal-rows", "rows-scaled"] as const;
const SHAPES = [
  [5, 6],
  [7, 4],
  [1, 5],
  [6, 1],
  [8, 8],
] as const;

describe("ℓ∞ on u", () => {
  for (const box of BOXES) {
    it.each(NAMES)(`${box} × %s: all vertices`, (name) => {
      for (const kind of KINDS) {
        SHAPES.forEach(([rows, columns], seed) => {
          const w = dataOf(kind, rows, columns, seed + 1);
          const truth = exhaustive(w, rows, columns, box === "linf" ? -1 : 0, DUALS[name]);
          const [a, b] = [named(box, rows), named(name, columns)];
          const closer = closerOf(w, rows, columns, a, b, "signs");
          for (const lower of [truth, 0.8 * truth, 0]) {
            const found = close(closer, lower);
            expect(found.upper).toBeGreaterThanOrEqual(truth * (1 - 1e-15));
            // A dual norm known to 1e-9 only; where nothing is positive the bound is a small part of the entries.
            expect(found.upper).toBeLessThanOrEqual(truth * (1 + 1.01 * TOLERANCE) + 1e-8 * Math.hypot(...w));
            expect(check(closer, found.arrays)).toBe(found.upper);
            if (lower < truth * 0.9 && truth > 1e-6 * Math.hypot(...w)) {
              const [u, v] = found.better ?? [];
              expect(a.value(u) * b.value(v)).toBeLessThanOrEqual(1 + 1e-12);
              expect(bilinear(full(w, rows, columns), u, v)).toBeGreaterThanOrEqual(truth * (1 - 2 * TOLERANCE));
            }
          }
          // Mirrored: the ℓ∞ factor is the second one.
          const mirror = w.map((_, at) => w[(at % rows) * columns + Math.floor(at / rows)]);
          expect(close(closerOf(mirror, columns, rows, b, a, "signs"), truth).upper).toBeLessThanOrEqual(
            truth * (1 + 1.01 * TOLERANCE) + 1e-8 * Math.hypot(...w),
          );
        });
      }
    });

    it.each(NAMES)(
      `${box} × %s: the diagonal pair holds, and is no worse than the inequality of Grothendieck`,
      (name) => {
        for (const kind of KINDS) {
          SHAPES.forEach(([rows, columns], seed) => {
            const w = dataOf(kind, rows, columns, seed + 1);
            const truth = exhaustive(w, rows, columns, box === "linf" ? -1 : 0, DUALS[name]);
            const closer = closerOf(w, rows, columns, named(box, rows), named(name, columns), "diagonal-pair");
            const found = close(closer, truth);
            expect(found.upper).toBeGreaterThanOrEqual(truth * (1 - 1e-15));
            expect(check(closer, found.arrays)).toBe(found.upper);
            if (name === "linf") expect(found.upper).toBeLessThanOrEqual(1.7823 * truth * (1 + 1e-5));
            if (name === "l2") expect(found.upper).toBeLessThanOrEqual(1.2534 * truth * (1 + 1e-5));
          });
        }
      },
    );
  }

  it("for 0 ≤ u, v ≤ 1 the diagonal pair keeps the shape of both boxes", () => {
    for (const seed of [1, 2, 3, 4]) {
      const w = dataOf("full", 8, 9, seed);
      const truth = exhaustive(w, 8, 9, 0, DUALS["linf, nonnegative"]);
      const sides = [named("linf, nonnegative", 8), named("linf, nonnegative", 9)] as const;
      expect(close(closerOf(w, 8, 9, ...sides, "diagonal-pair"), 0).upper).toBeLessThanOrEqual(1.2 * truth);
    }
  });

  it("for 0 ≤ u, v ≤ 1 there is nothing to gain from W ≤ 0", () => {
    const w = dataOf("full", 5, 6, 3).map((x) => -Math.abs(x));
    for (const witness of ["signs", "diagonal-pair"]) {
      const closer = closerOf(w, 5, 6, named("linf, nonnegative", 5), named("linf, nonnegative", 6), witness);
      expect(close(closer, 0).upper).toBeLessThanOrEqual(1e-8);
    }
  });

  it("20 × 15 and 40 × 30 are closed by signs, the relaxation being within 20 %", () => {
    for (const [rows, columns] of [
      [20, 15],
      [40, 30],
    ]) {
      const w = dataOf("full", rows, columns, 2);
      const sides = [named("linf", rows), named("linf", columns)] as const;
      const signs = closerOf(w, rows, columns, ...sides, "signs");
      const found = close(signs, 0);
      const [u, v] = found.better ?? [];
      // Reached by signs, and bounded: that is the maximum.
      const value = bilinear(full(w, rows, columns), u, v);
      expect([...u, ...v].every((x) => Math.abs(x) === 1)).toBe(true);
      expect(found.upper).toBeGreaterThanOrEqual(value);
      expect(found.upper).toBeLessThanOrEqual(value * (1 + 1.01 * TOLERANCE));
      const pair = close(closerOf(w, rows, columns, ...sides, "diagonal-pair"), value);
      expect(pair.upper).toBeGreaterThanOrEqual(value);
      expect(pair.upper).toBeLessThanOrEqual(1.2 * value);
    }
  });

  it.each([1e-90, 1e90])("scales with W: %d", (scale) => {
    const w = dataOf("full", 6, 7, 4);
    for (const name of NAMES) {
      const truth = exhaustive(w, 6, 7, -1, DUALS[name]);
      for (const witness of ["signs", "diagonal-pair"]) {
        const closer = (by: number) =>
          closerOf(
            w.map((x) => x * by),
            6,
            7,
            named("linf", 6),
            named(name, 7),
            witness,
          );
        const { upper } = close(closer(scale), truth * scale);
        expect(upper / scale).toBeGreaterThanOrEqual(truth * (1 - 1e-15));
        expect(upper / scale / close(closer(1), truth).upper).toBeCloseTo(1, 6);
      }
    }
  });

  it("bounds every feasible point where more confines the factors", () => {
    const kernel = { shape: [1, 6], data: Float64Array.of(1, -1, 1, -1, 1, -1) };
    const sides = [
      normFor("linf", [6], [{ kernel }]),
      normFor("linf", [6], [{ sparse: 3 }]),
      normFor("linf", [6], [{ sparse: 3 }, "nonnegative"]),
      normFor("l2", [6], [{ kernel }]),
      normFor("l2", [6], [{ kernel }, "nonnegative"]),
      normFor("l1", [6], [{ inequality: kernel }]),
      normFor({ l2: 1, linf: 1 }, [6]),
    ];
    const normal = normalStream(4);
    const uniform = uniformStream(4);
    const point = (norm: Norm) =>
      feasible(
        norm,
        Float64Array.from({ length: 6 }, () => (uniform() < 0.3 ? 0 : normal())),
      );
    const w = full(dataOf("full", 6, 6, 8), 6, 6);
    for (const a of sides) {
      for (const b of sides) {
        const uppers = maxNormClosers(w, a, b).map((closer) => close(closer, 0).upper);
        expect(uppers.length > 0).toBe(a.kind === "linf" || b.kind === "linf");
        const least = Math.min(...uppers);
        for (let k = 0; k < 200; k++) {
          const [u, v] = [point(a), point(b)];
          const size = a.value(u) * b.value(v);
          if (size > 0) expect(bilinear(w, u, v) / size).toBeLessThanOrEqual(least);
        }
      }
    }
  });

  it("stops when asked or when its nodes are spent, and then says nothing", () => {
    const w = dataOf("full", 30, 30, 2);
    const [a, b] = [named("linf", 30), named("linf", 30)];
    expect(close(closerOf(w, 30, 30, a, b, "signs"), 0, 10).upper).toBe(Number.POSITIVE_INFINITY);
    for (const closer of maxNormClosers(full(w, 30, 30), a, b)) {
      const stopped = { lower: 0, tolerance: TOLERANCE, cells: 1e6, hint: undefined, stopped: () => true };
      expect(closer.close(stopped).upper).toBeGreaterThanOrEqual(close(closer, 0).upper * (1 - 1e-6));
    }
  });

  it("takes any arrays for a proof, and bounds with none of them too low", () => {
    const w = dataOf("full", 6, 7, 9);
    const uniform = uniformStream(3);
    const odd = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-300, 1e300, 1, 5, 1e-9];
    for (const name of NAMES) {
      const truth = exhaustive(w, 6, 7, -1, DUALS[name]);
      const norms = [named("linf", 6), named(name, 7)] as const;
      const signs = closerOf(w, 6, 7, ...norms, "signs");
      for (const x of odd) {
        expect(check(signs, { level: { shape: [1], data: Float64Array.of(x) } })).toBeGreaterThanOrEqual(truth);
      }
      expect(check(signs, {})).toBeGreaterThanOrEqual(truth);
      const pair = closerOf(w, 6, 7, ...norms, "diagonal-pair");
      const { arrays } = close(pair, truth);
      for (let k = 0; k < 60; k++) {
        const tampered = Object.fromEntries(
          Object.entries(arrays).map(([key, { shape, data }]) => [
            key,
            { shape, data: data.map((x) => (uniform() < 0.3 ? odd[Math.floor(odd.length * uniform())] : x)) },
          ]),
        );
        expect(check(pair, tampered)).toBeGreaterThanOrEqual(truth);
      }
      expect(check(pair, {})).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it("a pair for a table nearby is enough where it closes the bracket", () => {
    const w = dataOf("full", 6, 7, 4);
    const closer = closerOf(w, 6, 7, named("linf", 6), named("linf", 7), "diagonal-pair");
    const { upper, arrays } = close(closer, 0);
    const again = closer.close({ lower: upper, tolerance: TOLERANCE, cells: 1, hint: arrays, stopped: never });
    expect(again.work).toBe(0);
    expect(again.upper).toBe(upper);
  });

  it("of zero, or without the ℓ∞ norm, has nothing to close", () => {
    expect(maxNormClosers(full(new Float64Array(6), 2, 3), named("linf", 2), named("l2", 3))).toEqual([]);
    expect(maxNormClosers(full(dataOf("full", 2, 3, 1), 2, 3), named("l2", 2), named("l2", 3))).toEqual([]);
  });
});
