/** Polars in words: never on the wrong side of the number. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aroundOne } from "../../../engine/src/certify/around-one.ts";
import "../../support/fixed-seed.ts";

/** The number that a text stands for; `1 ± d` in exact tenths of the distance would lose digits as a sum. */
function distanceOf(text: string): number {
  if (text === "1") return 0;
  const [, sign, size] = /^1 ([+−]) (.+)$/.exec(text) ?? [];
  return size === undefined ? Number(text) - 1 : (sign === "−" ? -1 : 1) * Number(size);
}

describe("a number around 1", () => {
  it.each([
    [1, "up", "1"],
    [1 + 3.14e-5, "up", "1 + 3.2e-5"],
    [1 + 3.19e-5, "down", "1 + 3.1e-5"],
    [1 - 1.51e-6, "down", "1 − 1.6e-6"],
    [1 - 1.59e-6, "up", "1 − 1.5e-6"],
    [1.06169261, "up", "1.0617"],
    [6.31651957, "down", "6.31651"],
    [0.9, "down", "0.9"],
    [0, "down", "0"],
  ] as const)("%d rounded %s is %s", (x, rounding, text) => {
    expect(aroundOne(x, rounding)).toBe(text);
  });

  it("is on the safe side, and not far off", () => {
    const numbers = fc.oneof(
      fc.double({ min: 0, max: 10, noNaN: true }),
      fc
        .tuple(fc.double({ min: -1e-3, max: 1e-3, noNaN: true }), fc.integer({ min: 0, max: 12 }))
        .map(([d, k]) => 1 + d * 10 ** -k),
    );
    fc.assert(
      fc.property(numbers, (x) => {
        const [above, below] = [distanceOf(aroundOne(x, "up")), distanceOf(aroundOne(x, "down"))];
        // x − 1 is exact near 1; elsewhere six digits are far from its rounding.
        const rounding = Math.abs(x - 1) > 1e-3 ? 4e-16 * Math.max(1, x) : 0;
        expect(above).toBeGreaterThanOrEqual(x - 1 - rounding);
        expect(below).toBeLessThanOrEqual(x - 1 + rounding);
        const most = Math.abs(x - 1) > 1e-3 ? 2.1e-5 * x : 0.21 * Math.abs(x - 1);
        expect(above - below).toBeLessThanOrEqual(most);
      }),
    );
  });
});
