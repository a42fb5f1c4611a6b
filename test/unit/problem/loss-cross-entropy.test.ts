/** Cross-entropy: class indices, stable values, the simplex in the dual. */
import { describe, expect, it } from "vitest";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { crossEntropyLoss } from "../../../engine/src/problem/loss/cross-entropy.ts";
import { oneHot } from "../../../engine/src/problem/loss/one-hot.ts";

const { NaN: hidden } = Number;

function classes(rows: readonly (readonly number[])[]) {
  return observedEntries(Float64Array.from(rows.flat()), rows.length, rows[0].length, () => true);
}

describe("class indices", () => {
  const expand = (data: readonly number[], shape: readonly number[]) =>
    oneHot({ shape, data: Float64Array.from(data) });

  it.each([[[3]], [[3, 1]]])("become one column per class: %j", (shape) => {
    expect(expand([2, 0, hidden], shape)).toEqual({
      ok: true,
      array: { shape: [3, 3], data: Float64Array.of(0, 0, 1, 1, 0, 0, hidden, hidden, hidden) },
    });
  });

  it("are not needed for one-hot rows, hidden ones among them", () => {
    const data = [0, 1, 1, 0, hidden, hidden];
    expect(expand(data, [3, 2])).toEqual({ ok: true, array: { shape: [3, 2], data: Float64Array.from(data) } });
  });

  it.each([
    { data: [0, 1.5], shape: [2], index: 1, says: "row 2 is 1.5; a class is a whole number, counted from 0" },
    { data: [0, -1], shape: [2, 1], index: 1, says: "row 2 is -1" },
    { data: [0, Number.POSITIVE_INFINITY], shape: [2], index: 1, says: "row 2 is Infinity" },
    { data: [0, 0], shape: [2], index: 0, says: "every sample has class 0; cross-entropy needs at least two classes" },
    { data: [hidden, hidden], shape: [2], index: 0, says: "no sample has a class" },
    { data: [0, 1e9], shape: [2], index: 1, says: "row 2 has class 1000000000, which makes 2 × 1000000001 numbers" },
    { data: [0, 1, 1, 1], shape: [2, 2], index: 2, says: "row 2 has 2 ones" },
    { data: [0, 1, 0, 0], shape: [2, 2], index: 2, says: "row 2 has no 1" },
    { data: [0, 1, 0.5, 0.5], shape: [2, 2], index: 2, says: "row 2, column 1 is 0.5" },
    { data: [0, 1, hidden, 1], shape: [2, 2], index: 2, says: "row 2 has an empty cell in column 1" },
    { data: [0, 1], shape: [1, 1, 2], index: 0, says: "the target has 3 axes" },
  ])("are refused: $says", ({ data, shape, index, says }) => {
    const result = expand(data, shape);
    expect(result).toMatchObject({ ok: false, index });
    expect(result.ok ? "" : result.message).toContain(says);
  });
});

describe("cross-entropy", () => {
  const target = classes([
    [1, 0, 0],
    [0, 0, 1],
  ]);

  it("is log 3 for equal predictions, of any size", () => {
    for (const x of [0, 700, -1e5, 1e90]) {
      expect(crossEntropyLoss.value(new Float64Array(6).fill(x), target)).toBeCloseTo(2 * Math.log(3), 12);
    }
  });

  it("keeps its digits where the class is all but sure, and where it is all but excluded", () => {
    expect(crossEntropyLoss.value(Float64Array.of(50, 0, 0, 0, 0, 50), target)).toBeCloseTo(4 * Math.exp(-50), 30);
    expect(crossEntropyLoss.value(Float64Array.of(0, 1e4, 0, 0, 1e4, 0), target)).toBe(2e4);
    const w = new Float64Array(6);
    crossEntropyLoss.negativeGradientInto(w, Float64Array.of(50, 0, 0, 0, 0, 50), target);
    expect(w[0] / (2 * Math.exp(-50))).toBeCloseTo(1, 12);
    expect(w[0] + w[1] + w[2]).toBe(0);
  });

  it("has no domain beyond the simplex: t stops where a probability would be negative", () => {
    const w = { ...target, value: Float64Array.of(0.5, -0.25, -0.25, -0.125, -0.375, 0.5) };
    const { scale } = crossEntropyLoss.dualBound(w, target, 100);
    expect(scale).toBeLessThanOrEqual(2);
    // D is largest where every probability is as equal as it can be: here within the domain.
    expect(crossEntropyLoss.dualBound(w, target, 100).value).toBeGreaterThan(
      crossEntropyLoss.dualBound(w, target, 0.5).value,
    );
    const outside = { ...target, value: Float64Array.of(-0.5, 0.25, 0.25, 0, 0, 0) };
    expect(crossEntropyLoss.dualBound(outside, target, 1)).toEqual({ scale: 0, value: 0, margin: 0 });
  });

  it("attains the Lipschitz constant ½ with two equal classes", () => {
    const two = classes([[1, 0]]);
    const [a, b] = [new Float64Array(2), new Float64Array(2)];
    const h = 1e-4;
    crossEntropyLoss.negativeGradientInto(a, Float64Array.of(h, -h), two);
    crossEntropyLoss.negativeGradientInto(b, Float64Array.of(-h, h), two);
    expect((b[0] - a[0]) / (2 * h)).toBeCloseTo(crossEntropyLoss.lipschitz, 6);
  });
});
