/** The dual of the logistic loss along a line: compiled and plain agree in every bit, both with the definition. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logisticDualSums } from "../../../../engine/src/linalg/kernels/logistic-dual.ts";
import { expectSame, numbersOf } from "./kernel-data.ts";

const labels = (count: number) => Float64Array.from({ length: count }, (_, k) => (k % 3 === 0 ? -1 : 1));

describe("the sums of the logistic loss's dual", () => {
  it("are the same bit for bit with and without WebAssembly", () => {
    const given = fc.record({
      seed: fc.nat(1e6),
      // Below and above the shortest that is compiled, and of several chains.
      count: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constantFrom(2047, 2048, 2049, 4097)),
      specialShare: fc.constantFrom(0, 0, 0.01, 0.2),
      scale: fc.oneof(fc.double({ min: 0, max: 2, noNaN: true }), fc.constantFrom(0, 5e-324, 1e-310, 1e308)),
      isFitting: fc.boolean(),
    });
    fc.assert(
      fc.property(given, ({ seed, count, specialShare, scale, isFitting }) => {
        const y = labels(count);
        const numbers = numbersOf(seed, specialShare).take(count);
        const w = isFitting ? numbers.map((x, k) => Math.abs(x) * y[k]) : numbers;
        const [compiled, plain] = [logisticDualSums(w, y, scale), logisticDualSums(w, y, scale, "plain")];
        expectSame(Float64Array.from(Object.values(compiled)), Float64Array.from(Object.values(plain)));
      }),
      { numRuns: 300 },
    );
  });

  it("have the value and the slope of every entry", () => {
    for (let k = 1; k < 4000; k++) {
      const [p, y] = [k / 4000, k % 2 === 0 ? 1 : -1];
      const { value, slope } = logisticDualSums(Float64Array.of(y * p * 4), Float64Array.of(y), 0.25);
      expect(Math.abs(value + p * Math.log(p) + (1 - p) * Math.log1p(-p))).toBeLessThanOrEqual(4e-16);
      expect(Math.abs(slope - 4 * p * Math.log((1 - p) / p))).toBeLessThanOrEqual(4e-15 * (1 + Math.abs(slope)));
    }
  });

  it("take nothing from the ends of the domain and beyond, nor from w = 0, which does not count", () => {
    const y = labels(300);
    for (const scale of [1, 1.5, 1e300]) {
      const { value, slope, nonzero } = logisticDualSums(y, y, scale);
      expect([value, nonzero]).toEqual([0, 300]);
      expect(slope / 300).toBeCloseTo(-1023 * Math.LN2, 8);
    }
    const w = y.map((label, k) => (k < 100 ? 0.5 * label : 0));
    const { value, slope, nonzero } = logisticDualSums(w, y, 1);
    expect(value).toBeCloseTo(100 * Math.LN2, 11);
    expect([slope, nonzero]).toEqual([0, 100]);
  });
});
