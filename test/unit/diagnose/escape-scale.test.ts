import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeScale } from "../../../engine/src/diagnose/escape-scale.ts";

describe("the scale at which the objective first falls below f(0)", () => {
  it("is where charge and gain cancel: f = c − a α^p + b α^q, q < p", () => {
    const size = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(size, size, size, fc.constantFrom([1, 2], [1, 3], [2, 3], [2, 6]), (a, b, c, [q = 1, p = 2]) => {
        const { crossing, objectiveAtZero } = escapeScale([(t) => c - a * t ** p + b * t ** q]);
        expect(objectiveAtZero).toBe(c);
        const exact = (b / a) ** (1 / (p - q));
        expect(crossing?.scale).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
        // The drop has to be visible: 1e-9 of f(0).
        expect(crossing?.objective).toBeLessThan(c * (1 - 1e-9));
        const slope = (p - q) * b * exact ** (q - 1);
        expect((crossing?.scale ?? 0) - exact).toBeLessThan(1e-12 * exact + (4e-9 * c) / slope);
      }),
      { numRuns: 200 },
    );
  });

  it("is the first of several dips, and of several rays the nearest", () => {
    const dips = (t: number) => 1 - 0.5 * Math.exp(-((t - 3) ** 2)) - Math.exp(-((t - 9) ** 2)) + 0.03 * t;
    const one = escapeScale([dips]).crossing?.scale ?? 0;
    expect(one).toBeGreaterThan(1);
    expect(one).toBeLessThan(3);
    expect(dips(one * 0.999)).toBeGreaterThan(dips(0));
    const near = (t: number) => (t > 0.125 ? 0.5 : 1);
    const found = escapeScale([dips, near, dips]).crossing;
    expect(found?.scale).toBeCloseTo(0.125, 12);
    expect(found?.objective).toBe(0.5);
  });

  it("is nowhere for a rising objective, for infinite ones, and beyond the cap", () => {
    expect(escapeScale([(t) => 1 + t])).toEqual({ objectiveAtZero: 1, crossing: null, searchedTo: 1e6 });
    expect(escapeScale([(t) => (t === 0 ? 1 : Number.NaN)]).crossing).toBeNull();
    const far = (t: number) => 1 + t - t ** 2 / 1000;
    expect(escapeScale([far], { largest: 100 }).crossing).toBeNull();
    expect(escapeScale([far]).crossing?.scale).toBeCloseTo(1000, 3);
  });

  it("does not take rounding for a fall", () => {
    expect(escapeScale([(t) => 1e6 - (t > 0 && t < 1e-3 ? 1e-10 : 0) + t]).crossing).toBeNull();
  });
});
