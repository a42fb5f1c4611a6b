import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  digitsToSeparate,
  formatDifference,
  formatGap,
  formatNearOne,
  formatNumber,
  formatPercent,
  formatSeconds,
  formatTick,
  formatWhen,
  roundTo,
} from "../../../webview/certificate/format.ts";

/** What a reader takes a shown number for. */
function read(text: string): number {
  const value = Number(text.replace("−", "-").replaceAll(",", "").replace(" %", ""));
  return text.endsWith("%") ? value / 100 : value;
}

describe("formatTick", () => {
  it.each([
    [0, 5, "0"],
    [-4000, 5, "−4,000"],
    [99999, 5, "99,999"],
    [123400, 5, "123400"],
    [123400, 7, "123,400"],
    [0.30000000000000004, 5, "0.3"],
    [20_000_000, 5, "2e7"],
  ])("of %d with %d digits is %s", (value, digits, text) => {
    expect(formatTick(value, digits)).toBe(text);
  });
});

describe("formatNumber", () => {
  it.each([
    [551.3700443, 6, "551.370"],
    [0, 6, "0"],
    [12.3041, 6, "12.3041"],
    [-3.5, 3, "−3.50"],
    [3.1e-8, 2, "3.1e-8"],
    [2e-5, 3, "2e-5"],
    [12345678, 4, "1.235e7"],
    [9.99999999, 4, "10.00"],
    [Number.NaN, 6, "–"],
    [Number.POSITIVE_INFINITY, 6, "∞"],
    [Number.NEGATIVE_INFINITY, 6, "−∞"],
  ])("%d at %d digits is %s", (value, digits, text) => {
    expect(formatNumber(value, digits)).toBe(text);
  });

  it("never shows an upper bound below or a lower bound above the truth", () => {
    const magnitude = fc.double({ min: 1e-12, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(magnitude, fc.boolean(), fc.integer({ min: 2, max: 10 }), (size, negative, digits) => {
        const value = negative ? -size : size;
        expect(read(formatNumber(value, digits, "up"))).toBeGreaterThanOrEqual(value);
        expect(read(formatNumber(value, digits, "down"))).toBeLessThanOrEqual(value);
      }),
      { seed: 7, numRuns: 3000 },
    );
  });
});

describe("formatGap", () => {
  it.each([
    [3.0702e-8, "3.1e-8"],
    [1e-9, "1e-9"],
    [5.9e-4, "5.9e-4"],
    [9.99e-4, "0.1 %"],
    [0.0291, "3 %"],
    [0.17, "17 %"],
    [2.345, "235 %"],
    [0, "0"],
    [Number.NaN, "–"],
  ])("%d is %s", (gap, text) => {
    expect(formatGap(gap)).toBe(text);
  });

  it("never understates a gap", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 10, noNaN: true }), (gap) => {
        expect(read(formatGap(gap))).toBeGreaterThanOrEqual(gap * (1 - 1e-12));
      }),
      { seed: 11, numRuns: 3000 },
    );
  });
});

describe("formatNearOne", () => {
  it.each([
    [1.000000021, "up", "1.000000021"],
    [0.99873, "down", "0.9987"],
    [1.38211, "down", "1.38"],
    [1.38211, "up", "1.39"],
    [1, "up", "1"],
    [7.25, "up", "7.25"],
  ] as const)("%d rounded %s is %s", (value, rounding, text) => {
    expect(formatNearOne(value, rounding)).toBe(text);
  });

  it("shows more digits where the bracket is narrow", () => {
    expect(formatNearOne(1.214, "down", 2e-7)).toBe("1.214");
    expect(formatNearOne(1.2140002, "up", 2e-7)).toBe("1.21401");
  });

  it("keeps bounds on their side of the truth", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 1.9, noNaN: true }), (value) => {
        expect(read(formatNearOne(value, "up"))).toBeGreaterThanOrEqual(value - 1.1e-12);
        expect(read(formatNearOne(value, "down"))).toBeLessThanOrEqual(value + 1.1e-12);
      }),
      { seed: 13, numRuns: 3000 },
    );
  });
});

describe("digitsToSeparate", () => {
  it("shows objective and bound apart", () => {
    for (const distance of [1e-1, 1e-3, 1e-5, 1e-7, 1e-8]) {
      const digits = digitsToSeparate(551.37, 551.37 * (1 - distance));
      expect(formatNumber(551.37, digits, "up")).not.toBe(formatNumber(551.37 * (1 - distance), digits, "down"));
    }
  });

  it("stays between 6 and 10 whatever comes", () => {
    expect(digitsToSeparate(1, 1)).toBe(10);
    expect(digitsToSeparate(0, 0)).toBe(6);
    expect(digitsToSeparate(1, null)).toBe(6);
    expect(digitsToSeparate(Number.NaN, 1)).toBe(6);
    expect(digitsToSeparate(1e9, -5)).toBe(6);
  });
});

describe("durations, shares, differences, dates", () => {
  it.each([
    [0.2184, "218 ms"],
    [0.9999, "1.00 s"],
    [4.25, "4.25 s"],
    [59.96, "1 min 0 s"],
    [192, "3 min 12 s"],
    [3900, "1 h 5 min"],
    [-1, "–"],
  ])("%d s is %s", (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  it("writes shares and differences with their sign", () => {
    expect(formatPercent(0.1)).toBe("10 %");
    expect(formatPercent(0.0526)).toBe("5.3 %");
    expect(formatDifference(0.0124, 5)).toBe("+0.0124");
    expect(formatDifference(-407, 1412)).toBe("−407");
    expect(formatDifference(1e-14, 5)).toBe("0");
    expect(formatDifference(Number.NaN, 5)).toBe("–");
  });

  it("shortens dates by how long ago they are", () => {
    const now = new Date(2025, 10, 22, 16, 0);
    expect(formatWhen(new Date(2025, 10, 22, 14, 5).toISOString(), now)).toBe("14:05");
    expect(formatWhen(new Date(2025, 10, 21, 14, 32).toISOString(), now)).toBe("Nov 21, 14:32");
    expect(formatWhen(new Date(2024, 0, 2, 9, 0).toISOString(), now)).toBe("Jan 2 2024, 09:00");
    expect(formatWhen("yesterday", now)).toBe("–");
  });

  it("rounds to the asked side only when it must", () => {
    expect(roundTo(1.25, 3, "up")).toBe(1.25);
    expect(roundTo(1.2501, 3, "up")).toBe(1.26);
    expect(roundTo(-1.2501, 3, "up")).toBe(-1.25);
    expect(roundTo(9.999, 2, "up")).toBe(10);
  });
});
