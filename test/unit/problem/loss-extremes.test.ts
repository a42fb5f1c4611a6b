/** Dual values for dual points and targets of any size, against exact arithmetic: nothing may be lost in underflow. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Observed } from "../../../engine/src/linalg/observed.ts";
import { observedEntries, withValues } from "../../../engine/src/linalg/observed.ts";
import { huberLoss } from "../../../engine/src/problem/loss/huber.ts";
import { logisticLoss } from "../../../engine/src/problem/loss/logistic.ts";
import type { DualBound } from "../../../engine/src/problem/loss/loss.ts";
import { poissonLoss } from "../../../engine/src/problem/loss/poisson.ts";
import { squaredLoss } from "../../../engine/src/problem/loss/squared.ts";
import { squaredHingeLoss } from "../../../engine/src/problem/loss/squared-hinge.ts";
import { exactSum } from "../../support/rational.ts";

function column(values: readonly number[]): Observed {
  return observedEntries(Float64Array.from(values), values.length, 1, () => true);
}

/** Whether value ≤ t⟨w, y⟩ − t²‖w‖²/(2c), decided exactly: 2c times both sides. */
function isBelowParabola(c: number, w: Observed, y: Observed, { scale, value }: DualBound): boolean {
  const linear = Array.from(w.value, (entry, k) => [2, c, scale, entry, y.value[k]]);
  const quadratic = Array.from(w.value, (entry) => [-1, scale, scale, entry, entry]);
  return exactSum([...linear, ...quadratic, [-2, c, value]]).size >= 0n;
}

/** Whether t|w_k| ≤ bound for all k, exactly. */
function isWithinBox(w: Observed, scale: number, bound: number): boolean {
  return w.value.every((entry) => exactSum([[bound], [-scale, Math.abs(entry)]]).size >= 0n);
}

const mantissa = fc.double({ min: 1, max: 9.99, noNaN: true });
const sign = fc.constantFrom(1, -1);
const wSize = fc.constantFrom(1e-320, 1e-300, 1e-154, 1e-20, 1, 1e20, 1e154, 1e200, 1e300);
const ySize = fc.constantFrom(1e-300, 1e-100, 1e-8, 1e-4, 1, 1e8, 1e100);
const entry = fc.record({ w: mantissa, y: mantissa, sign, small: fc.constantFrom(1, 1, 1e-12, 1e-200) });
const extreme = fc.record({
  entries: fc.array(entry, { minLength: 1, maxLength: 12 }),
  wSize,
  ySize,
  /** What t‖w‖ may be, in units of y. */
  reach: fc.constantFrom(1e-9, 0.3, 1, Number.POSITIVE_INFINITY),
});

function caseOf({ entries, wSize, ySize, reach }: typeof extreme extends fc.Arbitrary<infer T> ? T : never) {
  const y = column(entries.map((given) => given.y * ySize));
  const w = column(entries.map((given) => given.w * given.sign * wSize * given.small));
  return { y, w, scaleMax: (reach * ySize) / wSize };
}

describe("squared", () => {
  it.each([1, 2.5, 1e-250, 1e250])("never above the parabola: weight %d", (c) => {
    fc.assert(
      fc.property(extreme, (given) => {
        const { y, w, scaleMax } = caseOf(given);
        const dual = squaredLoss(c).dualBound(w, y, scaleMax);
        expect(dual.scale).toBeLessThanOrEqual(scaleMax);
        expect(dual.margin).toBeGreaterThanOrEqual(0);
        expect(isBelowParabola(c, w, y, dual)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it.each([511, -511, 990, -960])("is the same for w times 2^%d", (exponent) => {
    const y = column([1e-8, -3e-8, 2e-8]);
    const w = column([1.25, -0.7, 2.3]);
    for (const limit of [1e-9, Number.POSITIVE_INFINITY]) {
      const usual = squaredLoss(1).dualBound(w, y, limit);
      const large = withValues(
        w,
        w.value.map((x) => x * 2 ** exponent),
      );
      const dual = squaredLoss(1).dualBound(large, y, limit * 2 ** -exponent);
      expect(dual.value).toBeGreaterThan(0);
      expect(Math.abs(dual.value - usual.value)).toBeLessThanOrEqual(1e-13 * usual.value);
      expect(dual.scale * 2 ** exponent).toBeCloseTo(usual.scale, 20);
    }
  });

  it("a huge dual array proves no more than its direction does", () => {
    // min over x of ½(x − y)² + λ|x| = λy − λ²/2.
    for (const [y, lambda, w] of [
      [1e-8, 5e-9, 1e154],
      [1e-4, 5e-9, 1e154],
      [1e-4, 5e-5, 1e199],
    ]) {
      const best = lambda * y - lambda ** 2 / 2;
      const { value } = squaredLoss(1).dualBound(column([w]), column([y]), lambda / w);
      expect(value).toBeLessThanOrEqual(best * (1 + 1e-15));
      expect(value).toBeGreaterThanOrEqual(best * (1 - 1e-13));
    }
  });

  it("claims nothing for the zero array, nor where numbers overflow", () => {
    const nothing = { scale: 0, value: 0, margin: 0 };
    expect(squaredLoss(1).dualBound(column([0, 0]), column([1, 2]), 1)).toEqual(nothing);
    expect(squaredLoss(1).dualBound(column([1e300]), column([1e300]), 1)).toEqual(nothing);
    expect(squaredLoss(1).dualBound(column([5e-324]), column([1]), Number.POSITIVE_INFINITY)).toEqual(nothing);
  });

  it("the objective is not rounded down for a subnormal weight", () => {
    const upper = squaredLoss(5e-324).valueUpper(Float64Array.of(0), column([1e150]), 0);
    expect(
      exactSum([
        [2, upper],
        [-5e-324, 1e150, 1e150],
      ]).size,
    ).toBeGreaterThanOrEqual(0n);
    expect(upper).toBeLessThanOrEqual(2.4704e-24);
  });
});

describe("huber", () => {
  it.each([1e-30, 1e-8, 0.7, 1e30])("below the parabola, and inside the box as a real number: δ = %d", (delta) => {
    fc.assert(
      fc.property(extreme, (given) => {
        const { y, w, scaleMax } = caseOf(given);
        const dual = huberLoss(1, delta).dualBound(w, y, scaleMax);
        expect(isBelowParabola(1, w, y, dual)).toBe(true);
        expect(isWithinBox(w, dual.scale, delta)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("where δ/w has few digits left", () => {
    for (let k = 0; k < 50; k++) {
      const [delta, w] = [(1 + k / 37) * 1e-22, column([3e299, 1e298])];
      const { scale } = huberLoss(1, delta).dualBound(w, column([1, 1]), Number.POSITIVE_INFINITY);
      expect(isWithinBox(w, scale, delta)).toBe(true);
    }
  });
});

describe("squared hinge", () => {
  it("below the parabola where w fits its classes, down to subnormal t w", () => {
    fc.assert(
      fc.property(extreme, fc.constantFrom(1e-322, 1e-310, 1e-300, 1e-100, 1), (given, size) => {
        const w = column(given.entries.map((e) => e.w * e.sign * given.wSize * e.small));
        const y = column(given.entries.map((e) => e.sign));
        const dual = squaredHingeLoss.dualBound(w, y, size / given.wSize);
        expect(isBelowParabola(1, w, y, dual)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("logistic and Poisson", () => {
  it("t w stays in the domain as a real number for w of any size", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(mantissa, fc.constantFrom(1, 1e-3, 1e-20))), wSize, (sizes, size) => {
        const w = column([1, ...sizes.map(([m, small]) => m * small)].map((m) => m * size));
        const ones = column(Array.from(w.value, () => 1));
        for (const loss of [logisticLoss, poissonLoss]) {
          const { scale, value } = loss.dualBound(w, ones, Number.POSITIVE_INFINITY);
          expect(isWithinBox(w, scale, 1)).toBe(true);
          // D ≤ log 2 for each logistic entry, y − y log y = 1 for each Poisson entry.
          expect(value).toBeLessThanOrEqual(w.value.length * (loss === logisticLoss ? Math.LN2 : 1));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("t = 0 stands where something overflows", () => {
    const counts = column([3, 5]);
    const zero = poissonLoss.dualBound(column([0, 0]), counts, 1);
    const best = 3 - 3 * Math.log(3) + 5 - 5 * Math.log(5);
    expect(zero.value).toBeLessThanOrEqual(best);
    expect(zero.value).toBeCloseTo(best, 12);
    for (const w of [
      [-1e200, 1e-200],
      [-1e308, -1e308],
      [1e308, -1e308],
    ]) {
      const { value } = poissonLoss.dualBound(column(w), counts, 1e150);
      expect(Number.isFinite(value)).toBe(true);
      expect(value).toBeGreaterThanOrEqual(zero.value);
    }
  });
});
