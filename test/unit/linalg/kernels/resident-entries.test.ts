/** Products with entries that stay: compiled and plain alike, bit for bit, and as large as sums of products are. */
import { describe, expect, it } from "vitest";
import { residentEntries } from "../../../../engine/src/linalg/kernels/resident-entries.ts";
import { denseOf } from "../../../../engine/src/linalg/observed.ts";
import { expectSame, numbersOf, patternOf } from "./kernel-data.ts";

const SHAPES = [
  [30, 21, 0.4],
  [2500, 7, 0.3],
  [5, 90, 0.05],
  [9, 8, 1],
] as const;

describe("residentEntries", () => {
  it("gives the same numbers compiled and plain, bit for bit, special ones too", () => {
    for (const [rows, columns, density] of SHAPES) {
      for (const share of [0, 0.01]) {
        const pattern = patternOf(rows, columns, density, numbersOf(rows, share));
        const xs = Array.from({ length: 18 }, (_, b) => numbersOf(b + 1, share).take(columns));
        const [compiled, plain] = (["compiled", "plain"] as const).map((arithmetic) => {
          const { normalInto, timesAll } = residentEntries(pattern, arithmetic);
          const [y, z] = [new Float64Array(columns), new Float64Array(columns)];
          normalInto(y, xs[0]);
          const all = timesAll(xs);
          normalInto(z, xs[0]);
          return [y, z, ...all];
        });
        for (const [k, numbers] of compiled.entries()) expectSame(numbers, plain[k]);
        expectSame(compiled[1], compiled[0]);
      }
    }
  });

  it("multiplies with the matrix, and with its transpose after that", () => {
    for (const [rows, columns, density] of SHAPES) {
      const pattern = patternOf(rows, columns, density, numbersOf(rows + 1));
      const dense = denseOf(pattern);
      const x = numbersOf(3).take(columns);
      const product = Array.from({ length: rows }, (_, i) =>
        x.reduce((sum, xj, j) => sum + dense[i * columns + j] * xj, 0),
      );
      const { normalInto, timesAll } = residentEntries(pattern);
      const y = new Float64Array(columns);
      normalInto(y, x);
      const [times] = timesAll([x]);
      const size = Math.hypot(...dense);
      const length = Math.hypot(...x);
      for (let i = 0; i < rows; i++) expect(Math.abs(times[i] - product[i])).toBeLessThanOrEqual(1e-13 * size * length);
      for (let j = 0; j < columns; j++) {
        const expected = product.reduce((sum, p, i) => sum + dense[i * columns + j] * p, 0);
        expect(Math.abs(y[j] - expected)).toBeLessThanOrEqual(1e-13 * size * size * length);
      }
      expect(timesAll([])).toEqual([]);
    }
  });
});
