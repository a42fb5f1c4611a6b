/** Squared and Huber losses judged by the compiled formulas: upper ends against exact values, on tables of several chains. */
import { describe, expect, it } from "vitest";
import { type Observed, wholeTable } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { euclideanLength } from "../../../engine/src/linalg/vector.ts";
import { huberLoss } from "../../../engine/src/problem/loss/huber.ts";
import { judgeInto } from "../../../engine/src/problem/loss/judged.ts";
import type { Loss } from "../../../engine/src/problem/loss/loss.ts";
import { squaredLoss } from "../../../engine/src/problem/loss/squared.ts";
import { exactSum } from "../../support/rational.ts";

type Terms = (readonly number[])[];

interface Case {
  readonly name: string;
  readonly loss: Loss;
  /** Of one entry, as a sum of products. */
  readonly exact: (x: number, y: number) => Terms;
}

const square = (c: number) => (x: number, y: number) => [
  [c / 2, x, x],
  [-c, x, y],
  [c / 2, y, y],
];

/** c a power of two: δ/(2c) is a float64 number. */
const huber = (c: number, delta: number) => (x: number, y: number) => {
  const sign = Math.sign(x - y);
  if (Math.abs(x - y) <= delta / c) return square(c)(x, y);
  return [
    [delta, sign, x],
    [-delta, sign, y],
    [-delta, delta, 1 / (2 * c)],
  ];
};

const CASES: readonly Case[] = [
  ...[1, 2.5, 1e-140].map((c) => ({ name: `squared, c = ${c}`, loss: squaredLoss(c), exact: square(c) })),
  ...[
    [1, 0.7],
    [0.5, 1e-3],
    [4, 1e3],
  ].map(([c, delta]) => ({ name: `huber, c = ${c}, δ = ${delta}`, loss: huberLoss(c, delta), exact: huber(c, delta) })),
];

function table(rows: number, columns: number, seed: number) {
  const normal = normalStream(seed);
  const target = wholeTable(Float64Array.from({ length: rows * columns }, normal), rows, columns);
  const x = target.value.map((y, k) => (k % 5 === 0 ? y : y + normal() * 10 ** ((k % 7) - 4)));
  return { target, x };
}

describe.each(CASES)("$name", ({ loss, exact }) => {
  const termsAt = (x: Float64Array, target: Observed): Terms =>
    Array.from(x).flatMap((entry, k) => exact(entry, target.value[k]));

  // 2^15 entries are summed one by one: the largest table has two such sums.
  it.each([
    [1, 1],
    [7, 3],
    [13, 11],
    [350, 101],
  ])("%i × %i: is bounded from above, and hardly more", (rows, columns) => {
    const { target, x } = table(rows, columns, rows);
    const w = new Float64Array(x.length);
    const { value, upper } = judgeInto(loss, w, x, target, 0);
    const terms = termsAt(x, target);
    expect(exactSum([...terms, [-upper]]).size <= 0n).toBe(true);
    expect(exactSum([...terms, [-upper * (1 - 1e-10)]]).size >= 0n).toBe(true);
    expect(Math.abs(value - loss.value(x, target))).toBeLessThanOrEqual(1e-12 * value);
    const plain = new Float64Array(x.length);
    loss.negativeGradientInto(plain, x, target);
    for (let k = 0; k < w.length; k++)
      expect(Math.abs(w[k] - plain[k])).toBeLessThanOrEqual(1e-15 * Math.abs(plain[k]));
  });

  it("is bounded from above where the predictions are off, in the worst direction", () => {
    const { target, x } = table(13, 11, 5);
    const w = new Float64Array(x.length);
    for (const error of [1e-9, 1e-3, 1, 50]) {
      const { upper } = judgeInto(loss, w, x, target, error);
      const steps = -(0.999 * error) / euclideanLength(w);
      const moved = x.map((entry, k) => entry + steps * w[k]);
      expect(exactSum([...termsAt(moved, target), [-upper]]).size <= 0n).toBe(true);
    }
  });

  it("is 0 where every prediction is exact, and not where a residual's square underflows", () => {
    const target = wholeTable(Float64Array.of(0, 2, -1), 3, 1);
    const w = new Float64Array(3);
    expect(judgeInto(loss, w, target.value.slice(), target, 0)).toEqual({ value: 0, upper: 0 });
    expect(judgeInto(loss, w, Float64Array.of(1e-170, 2, -1), target, 0).upper).toBeGreaterThan(0);
    expect(judgeInto(loss, w, target.value.slice(), target, 1e-3).upper).toBeGreaterThan(0);
  });
});

it("weights next to the ends of float64 are left to the formulas entry by entry", () => {
  for (const c of [5e-324, 1e-310, 1e-200, 1e200]) expect(squaredLoss(c).judged).toBeUndefined();
  expect(huberLoss(1, 1e-200).judged).toBeUndefined();
  expect(huberLoss(1e-100, 1e100).judged).toBeUndefined();
});
