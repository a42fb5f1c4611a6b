/** Samples along a line: compiled and plain alike, bit for bit, and crossings as one by one. */
import { describe, expect, it } from "vitest";
import { kinkLine } from "../../../../engine/src/linalg/kernels/kink-line.ts";
import { normalStream } from "../../../../engine/src/linalg/random.ts";

const SHAPES = [
  [1, 1],
  [2, 3],
  [7, 4],
  [64, 20],
  [301, 5],
] as const;

function lines(count: number, features: number) {
  const normal = normalStream(100 * count + features);
  const rows = Float64Array.from({ length: count * features }, normal);
  const lengths = Float64Array.from({ length: count }, (_, n) =>
    Math.hypot(...rows.subarray(n * features, (n + 1) * features)),
  );
  const both = (["compiled", "plain"] as const).map((arithmetic) => kinkLine(rows, lengths, features, arithmetic));
  const [u, step] = [1, 2].map(() => Float64Array.from({ length: features }, normal));
  const sides = Float64Array.from({ length: count }, () => Math.round(1.4 * normal())).map(Math.sign);
  for (const line of both) {
    line.begin(u);
    line.head(step);
    line.side.set(sides);
  }
  return { both, rows, lengths, normal, sides, u, step };
}

describe("kinkLine", () => {
  it("gives the same numbers compiled and plain, bit for bit", () => {
    for (const [count, features] of SHAPES) {
      const { both, normal } = lines(count, features);
      const [compiled, plain] = both;
      const x = Float64Array.from({ length: count }, normal);
      const products = both.map((line) => {
        const c = new Float64Array(features);
        line.combineInto(c, x);
        line.advance(0.37);
        return c;
      });
      expect(products[0]).toEqual(products[1]);
      expect(compiled.reach).toEqual(plain.reach);
      expect(compiled.change).toEqual(plain.change);
      for (const [low, high] of [
        [Number.NEGATIVE_INFINITY, 0.125],
        [0.125, 1],
        [1, 8],
      ]) {
        const [a, b] = both.map((line) => line.found.slice(0, line.findCrossings(low, high, 1e-13)));
        expect(a).toEqual(b);
      }
    }
  });

  it("finds every sample that comes to its kink once, between the ends where it does", () => {
    for (const [count, features] of SHAPES) {
      const { both, rows, sides, u, step } = lines(count, features);
      const times = (n: number, x: Float64Array) => x.reduce((sum, xi, i) => sum + xi * rows[n * features + i], 0);
      const where = Float64Array.from({ length: count }, (_, n) => -times(n, u) / times(n, step));
      for (const line of both) {
        const ends = [Number.NEGATIVE_INFINITY, 0.5, 2, 1e9];
        for (let k = 1; k < ends.length; k++) {
          const found = [...line.found.subarray(0, line.findCrossings(ends[k - 1], ends[k], 0))];
          const expected = [...sides.keys()].filter(
            (n) => sides[n] * times(n, step) < 0 && where[n] > ends[k - 1] && where[n] <= ends[k],
          );
          expect(found).toEqual(expected);
        }
      }
    }
  });

  it("leaves out those that a step hardly brings nearer, and those on no side", () => {
    const line = kinkLine(Float64Array.of(1, 0, 1e-14, 1, 1, 1), Float64Array.of(1, 1, 1), 2);
    line.begin(Float64Array.of(1, 0));
    line.head(Float64Array.of(-1, 0));
    line.side.set([1, 1, 0]);
    expect([...line.found.subarray(0, line.findCrossings(-1, 10, 1e-13))]).toEqual([0]);
    expect([...line.found.subarray(0, line.findCrossings(-1, 10, 0))]).toEqual([0, 1]);
  });
});
