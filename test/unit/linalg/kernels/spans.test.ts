/** Sums in chains and the largest modulus: compiled and plain agree, both with the definition. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parabolaSums } from "../../../../engine/src/linalg/kernels/parabola.ts";
import { largestModulus, plainSquares, sumOfSquares } from "../../../../engine/src/linalg/kernels/sizes.ts";
import { gamma } from "../../../../engine/src/linalg/rounding.ts";
import { exactSum } from "../../../support/rational.ts";
import { draws, expectSame, numbersOf } from "./kernel-data.ts";

/** Below and above the shortest that is compiled, and of several chains. */
const counts = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constantFrom(2047, 2048, 2049, 4097));

describe("the sums of a parabola", () => {
  it("are the same bit for bit with and without WebAssembly", () => {
    const units = fc.constantFrom(1, 2 ** -1074, 2 ** -30, 2 ** 900);
    fc.assert(
      fc.property(draws, counts, units, ({ seed, specialShare }, count, unit) => {
        const numbers = numbersOf(seed, specialShare);
        const [w, y] = [numbers.take(count), numbers.take(count)];
        const [compiled, plain] = [parabolaSums(w, y, unit), parabolaSums(w, y, unit, "plain")];
        expectSame(Float64Array.from(Object.values(compiled)), Float64Array.from(Object.values(plain)));
      }),
      { numRuns: 300 },
    );
  });

  it("are off by no more than their additions and two roundings allow", () => {
    for (const count of [1, 63, 64, 2048, 5001]) {
      const numbers = numbersOf(count);
      const [w, y] = [numbers.take(count), numbers.take(count)];
      const { inner, magnitude, square, sizes, additions } = parabolaSums(w, y, 0.25);
      const near = (computed: number, terms: (readonly number[])[], size: number) => {
        for (const sign of [1, -1]) {
          const bound = gamma(additions + 2) * size;
          expect(exactSum([[sign * computed], ...terms.map((term) => [-sign, ...term]), [-bound]]).size < 0n).toBe(
            true,
          );
        }
      };
      const pairs = Array.from(w, (entry, k) => [4 * entry, y[k]] as const);
      const total = Math.max(magnitude, square, sizes) * 1.001;
      near(
        inner,
        pairs.map(([p, yk]) => [p, yk]),
        magnitude * 1.001,
      );
      near(
        magnitude,
        pairs.map(([p, yk]) => [Math.abs(p), Math.abs(yk)]),
        total,
      );
      near(
        square,
        pairs.map(([p]) => [p, p]),
        total,
      );
      near(
        sizes,
        pairs.map(([, yk]) => [Math.abs(yk), 1]),
        total,
      );
    }
  });
});

describe("the largest modulus", () => {
  it("is that of the definition, and NaN where a number is not one", () => {
    const lengths = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(2047, 2048, 4096, 4097, 9001));
    fc.assert(
      fc.property(draws, lengths, ({ seed, specialShare }, count) => {
        const x = numbersOf(seed, specialShare).take(count);
        let largest = 0;
        for (const entry of x) largest = Math.max(largest, Math.abs(entry));
        expect(largestModulus(x)).toBe(largest);
      }),
      { numRuns: 200 },
    );
  });

  it("is met wherever it is", () => {
    for (const count of [5, 2048, 8193]) {
      for (const at of [0, 1, Math.floor(count / 2), count - 2, count - 1]) {
        const x = new Float64Array(count).fill(-0.5);
        x[at] = -3;
        expect(largestModulus(x)).toBe(3);
        x[at] = Number.NaN;
        expect(largestModulus(x)).toBeNaN();
      }
    }
  });
});

describe("the sum of squares", () => {
  it("is the same bit for bit with and without WebAssembly", () => {
    const lengths = fc.oneof(
      fc.integer({ min: 2040, max: 2060 }),
      fc.constantFrom(1, 100, 4095, 4096, 4099, 8195, 20001),
    );
    fc.assert(
      fc.property(draws, lengths, ({ seed, specialShare }, count) => {
        const x = numbersOf(seed, specialShare).take(count);
        expectSame(Float64Array.of(sumOfSquares(x)), Float64Array.of(plainSquares(x)));
      }),
      { numRuns: 200 },
    );
  });

  it("is that of the definition", () => {
    const x = numbersOf(3).take(5003);
    const exact = x.reduce((sum, entry) => sum + entry * entry, 0);
    expect(Math.abs(sumOfSquares(x) - exact)).toBeLessThanOrEqual(1e-12 * exact);
  });
});
