/** The eliminated intercept: its offsets against closed forms and plain search, columns without a minimizer, extreme scales. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Observed } from "../../../engine/src/linalg/observed.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { crossEntropyLoss } from "../../../engine/src/problem/loss/cross-entropy.ts";
import { huberLoss } from "../../../engine/src/problem/loss/huber.ts";
import { withIntercept } from "../../../engine/src/problem/loss/intercept.ts";
import { logisticLoss } from "../../../engine/src/problem/loss/logistic.ts";
import { poissonLoss } from "../../../engine/src/problem/loss/poisson.ts";
import { squaredLoss } from "../../../engine/src/problem/loss/squared.ts";
import { squaredHingeLoss } from "../../../engine/src/problem/loss/squared-hinge.ts";
import { sumsToZero } from "../../support/exact.ts";
import { dualPoint, LOSS_CASES, predictions, sumGroups, targetFor, targetShape } from "../../support/loss-cases.ts";

function table(rows: readonly (readonly number[])[]): Observed {
  const y = Float64Array.from(rows.flat());
  return observedEntries(y, rows.length, rows[0].length, (k) => !Number.isNaN(y[k]));
}

const zeros = (target: Observed) => new Float64Array(target.value.length);

describe("offsets", () => {
  it("are the column means of a squared loss, over the observed entries", () => {
    const target = table([
      [1, 10, Number.NaN],
      [2, Number.NaN, Number.NaN],
      [6, 30, Number.NaN],
    ]);
    const loss = withIntercept(squaredLoss(2.5));
    expect(loss.offsets?.(zeros(target), target)).toEqual(Float64Array.of(3, 20, 0));
    expect(loss.value(zeros(target), target)).toBe((2.5 / 2) * (4 + 1 + 9 + 100 + 100));
    expect(loss.predictionSize(target)).toBeCloseTo(Math.sqrt((4 + 1 + 9 + 100 + 100) / 5), 12);
  });

  it("are the log odds, the log of the mean, the difference of frequencies and the log frequencies at x = 0", () => {
    const binary = table([[1], [1], [1], [-1]]);
    expect(withIntercept(logisticLoss).offsets?.(zeros(binary), binary)[0]).toBeCloseTo(Math.log(3), 14);
    expect(withIntercept(squaredHingeLoss).offsets?.(zeros(binary), binary)[0]).toBeCloseTo(0.5, 14);
    const counts = table([[0], [7], [2]]);
    expect(withIntercept(poissonLoss).offsets?.(zeros(counts), counts)[0]).toBeCloseTo(Math.log(3), 14);
    const classes = table([
      [1, 0, 0],
      [0, 1, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    const b = withIntercept(crossEntropyLoss).offsets?.(zeros(classes), classes) ?? new Float64Array(3);
    expect(b[0] + b[1] + b[2]).toBeCloseTo(0, 14);
    expect(b[1] - b[0]).toBeCloseTo(Math.log(2), 14);
    expect(b[2] - b[0]).toBeCloseTo(0, 14);
  });

  it("are the median of a Huber loss with a small box", () => {
    const target = table([[1], [2], [50]]);
    expect(withIntercept(huberLoss(1, 1e-3)).offsets?.(zeros(target), target)[0]).toBeCloseTo(2, 2);
  });

  it.each(LOSS_CASES.filter(({ intercept }) => intercept))("no other b is better: $name", (given) => {
    for (let seed = 1; seed <= 12; seed++) {
      const target = targetFor(given, { rows: 6, columns: 3, seed, masked: seed % 2 === 0, uniform: false });
      const x = predictions(given.loss, target, seed, seed % 3 === 0 ? 20 : 1);
      const value = given.loss.value(x, target);
      const best = given.loss.offsets?.(x, target) ?? new Float64Array(3);
      const normal = normalStream(seed);
      for (let trial = 0; trial < 60; trial++) {
        const b = best.map((entry) => entry + normal() * 10 ** -(trial % 8));
        const other = given.base.value(
          x.map((entry, k) => entry + b[target.column[k]]),
          target,
        );
        expect(value).toBeLessThanOrEqual(other + 1e-13 * (1 + Math.abs(other)));
      }
      // The columns of the gradient sum to 0 as far as float64 goes.
      const w = new Float64Array(x.length);
      given.loss.negativeGradientInto(w, x, target);
      for (const column of sumGroups(target, w, "columns")) {
        const size = column.reduce((sum, entry) => sum + Math.abs(entry), 0);
        expect(Math.abs(column.reduce((sum, entry) => sum + entry, 0))).toBeLessThanOrEqual(1e-12 * size + 1e-14);
      }
    }
  });
});

describe("columns that an intercept fits alone", () => {
  it.each([
    {
      name: "constant numbers",
      loss: squaredLoss(1),
      rows: [
        [0.1, 1e6 / 3],
        [0.1, 1e6 / 3],
        [0.1, 1e6 / 3],
      ],
    },
    { name: "constant numbers, Huber", loss: huberLoss(1, 1e-3), rows: [[0.1], [0.1], [0.1]] },
    {
      name: "one class, logistic",
      loss: logisticLoss,
      rows: [
        [1, -1],
        [1, -1],
      ],
    },
    {
      name: "one class, hinge",
      loss: squaredHingeLoss,
      rows: [
        [1, -1],
        [1, -1],
      ],
    },
    {
      name: "one class, cross-entropy",
      loss: crossEntropyLoss,
      rows: [
        [0, 1, 0],
        [0, 1, 0],
      ],
    },
    {
      name: "no counts",
      loss: poissonLoss,
      rows: [
        [0, 0],
        [0, 0],
      ],
    },
    { name: "a single row", loss: squaredLoss(1), rows: [[1, 2, 3]] },
  ])("cost nothing, and both bounds are exactly 0: $name", ({ loss, rows }) => {
    const target = table(rows);
    const free = withIntercept(loss);
    expect(free.valueUpper(zeros(target), target, 0)).toBe(0);
    const w = dualPoint(free, zeros(target), target);
    expect(w.value.every((q) => q === 0)).toBe(true);
    expect(free.dualBound(w, target, Number.POSITIVE_INFINITY)).toMatchObject({ value: 0, margin: 0 });
    expect(free.offsets?.(zeros(target), target).every(Number.isFinite)).toBe(true);
  });

  it("leave the others as they are", () => {
    const both = table([
      [1, 1],
      [-1, 1],
      [1, 1],
    ]);
    const one = table([[1], [-1], [1]]);
    const loss = withIntercept(logisticLoss);
    const x = Float64Array.of(0.3, -4, -0.2, 7, 0.5, 1);
    expect(loss.value(x, both)).toBeCloseTo(loss.value(Float64Array.of(0.3, -0.2, 0.5), one), 14);
    const w = dualPoint(loss, x, both);
    expect([w.value[1], w.value[3], w.value[5]].every((q) => q === 0)).toBe(true);
    expect(loss.dualBound(w, both, 1).value).toBeGreaterThan(0);
  });

  it("a class that no sample has gets probability 0", () => {
    const target = table([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
    ]);
    const loss = withIntercept(crossEntropyLoss);
    const x = Float64Array.of(1, 900, 0, 0, -5, 3, 2, 40, 1);
    const two = table([
      [1, 0],
      [0, 1],
      [0, 1],
    ]);
    expect(loss.value(x, target)).toBeCloseTo(loss.value(Float64Array.of(1, 0, 0, 3, 2, 1), two), 13);
    const w = dualPoint(loss, x, target);
    expect([w.value[1], w.value[4], w.value[7]].every((q) => q === 0)).toBe(true);
    expect(loss.dualBound(w, target, 1).value).toBeGreaterThan(0.5);
  });
});

describe("what a run has moved onto the conditions of the dual, a check leaves as it is", () => {
  const entry = fc.oneof(
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.double({ min: -1e199, max: 1e199, noNaN: true }),
    fc
      .record({ digits: fc.double({ min: -1, max: 1, noNaN: true }), power: fc.integer({ min: -320, max: 199 }) })
      .map(({ digits, power }) => digits * 10 ** power),
    fc.constantFrom(0, -0, 1, -1, Number.MIN_VALUE, -1e-320, 2 ** -1022, 2 ** 52),
  );

  it.each(LOSS_CASES.filter(({ loss }) => loss.feasibleDual !== undefined))("bit by bit: $name", (given) => {
    const expectKept = (w: Float64Array, target: Observed) => {
      const once = given.loss.feasibleDual?.(w, target) ?? w;
      const twice = given.loss.feasibleDual?.(once, target) ?? w;
      expect(twice.findIndex((x, k) => !Object.is(x, once[k]))).toBe(-1);
    };
    fc.assert(
      fc.property(targetShape, fc.array(entry, { minLength: 50, maxLength: 50 }), (shape, entries) => {
        const target = targetFor(given, shape);
        expectKept(
          target.value.map((_, k) => entries[k % entries.length]),
          target,
        );
      }),
    );
    fc.assert(
      fc.property(targetShape, fc.constantFrom(0, 1e-3, 1, 30, 1e30), (shape, far) => {
        const target = targetFor(given, shape);
        const w = zeros(target);
        given.loss.negativeGradientInto(w, predictions(given.loss, target, shape.seed, far), target);
        if (w.every((x) => Math.abs(x) < 1e200)) expectKept(w, target);
      }),
      { numRuns: 300 },
    );
  });
});

describe("extreme sizes", () => {
  it.each([1e-90, 1e-6, 1e6, 1e90])("squared loss and Huber scale with the data: %d", (scale) => {
    const given = LOSS_CASES[1];
    const target = targetFor(given, { rows: 7, columns: 3, seed: 4, masked: true, uniform: false });
    const large = { ...target, value: target.value.map((y) => y * scale) };
    const x = predictions(given.loss, target, 8);
    for (const [loss, scaled] of [
      [withIntercept(squaredLoss(1)), withIntercept(squaredLoss(1))],
      [withIntercept(huberLoss(1, 0.5)), withIntercept(huberLoss(1, 0.5 * scale))],
    ]) {
      const value = scaled.value(
        x.map((entry) => entry * scale),
        large,
      );
      expect(value / scale ** 2 / loss.value(x, target)).toBeCloseTo(1, 12);
      const w = dualPoint(
        scaled,
        x.map((entry) => entry * scale),
        large,
      );
      for (const column of sumGroups(large, w.value, "columns")) expect(sumsToZero(column)).toBe(true);
      const dual = scaled.dualBound(w, large, 1);
      expect(dual.value / scale ** 2 / loss.dualBound(dualPoint(loss, x, target), target, 1).value).toBeCloseTo(1, 9);
    }
  });

  it("an offset brings back what overflows without it", () => {
    const target = table([[1], [2]]);
    const x = Float64Array.of(1000, 990);
    expect(poissonLoss.value(x, target)).toBe(Number.POSITIVE_INFINITY);
    const b = withIntercept(poissonLoss).offsets?.(x, target)[0] ?? 0;
    expect(b + 1000).toBeCloseTo(Math.log(3 / (1 + Math.exp(-10))), 9);
  });

  it.each([
    { loss: logisticLoss, given: LOSS_CASES[9] },
    { loss: crossEntropyLoss, given: LOSS_CASES[15] },
  ])("thousands of rows: sums are exactly 0 and little moves ($loss.kind)", ({ given }) => {
    const target = targetFor(given, { rows: 4000, columns: 4, seed: 9, masked: true, uniform: false });
    const x = predictions(given.loss, target, 3);
    const w = zeros(target);
    given.loss.negativeGradientInto(w, x, target);
    const feasible = dualPoint(given.loss, x, target);
    for (const column of sumGroups(target, feasible.value, "columns")) expect(sumsToZero(column)).toBe(true);
    if (given.loss.kind === "cross-entropy") {
      for (const row of sumGroups(target, feasible.value, "rows")) expect(sumsToZero(row)).toBe(true);
    }
    const moved = feasible.value.reduce((most, q, k) => Math.max(most, Math.abs(q - w[k])), 0);
    expect(moved).toBeLessThanOrEqual(2e-12);
    const upper = given.loss.valueUpper(zeros(target), target, 0);
    const zero = dualPoint(given.loss, zeros(target), target);
    expect(upper - given.loss.dualBound(zero, target, 1).value).toBeLessThanOrEqual(1e-10 * upper);
  });

  it("nothing hides from the sums in underflow", () => {
    const target = table([[1], [2], [3]]);
    const loss = withIntercept(squaredLoss(1));
    const w = (last: number) => ({ ...target, value: Float64Array.of(-1e120, 1e120, last) });
    expect(loss.dualBound(w(1e-320), target, 1e-110).scale).toBe(0);
    expect(loss.dualBound(w(0), target, 1e-110).scale).toBeGreaterThan(0);
  });

  it("a large offset costs few digits", () => {
    const given = LOSS_CASES[1];
    const target = targetFor(given, { rows: 40, columns: 3, seed: 4, masked: false, uniform: false });
    const far = { ...target, value: target.value.map((y) => y + 1e6) };
    const x = zeros(target);
    const [upper, near] = [given.loss.valueUpper(x, far, 0), given.loss.valueUpper(x, target, 0)];
    expect(upper / near).toBeCloseTo(1, 8);
    const dual = given.loss.dualBound(dualPoint(given.loss, x, far), far, 1);
    expect(upper - dual.value).toBeLessThanOrEqual(1e-7 * upper);
    expect(dual.value).toBeLessThanOrEqual(upper);
  });
});
