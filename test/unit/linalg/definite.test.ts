/** Positive definiteness by rows: against matrices whose least eigenvalue is known, compiled and plain. */
import { describe, expect, it } from "vitest";
import { isFactored } from "../../../engine/src/linalg/definite.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";

/** S = (1 − least) x xᵀ for a unit vector x: the eigenvalue of x in I − S is `least`, all others are 1. */
function rowsWith(n: number, least: number, asked: number[] = []) {
  const normal = normalStream(n);
  const raw = Float64Array.from({ length: n }, normal);
  const length = Math.hypot(...raw);
  const x = raw.map((entry) => entry / length);
  const rowInto = (out: Float64Array, at: number, i: number) => {
    asked.push(i);
    for (let j = 0; j <= i; j++) out[at + j] = (1 - least) * x[i] * x[j];
  };
  return { n, rowInto };
}

describe.each(["compiled", "plain"] as const)("a factorization by rows, %s", (arithmetic) => {
  it.each([1, 2, 5, 23, 24, 25, 63, 64, 66, 130, 257])("tells which matrices of side %i are positive definite", (n) => {
    for (const least of [1, 1e-2, 1e-9]) expect(isFactored(1, rowsWith(n, least), { arithmetic })).toBe(true);
    for (const least of [-1e-9, -1e-2, -1]) expect(isFactored(1, rowsWith(n, least), { arithmetic })).toBe(false);
  });

  it("asks for every row once, in ascending order", () => {
    const asked: number[] = [];
    isFactored(1, rowsWith(70, 0.5, asked), { arithmetic });
    expect(asked).toEqual(Array.from({ length: 70 }, (_, i) => i));
  });

  it("says no where it is stopped, or meets numbers that are not finite", () => {
    expect(isFactored(1, rowsWith(70, 0.5), { arithmetic, stopped: () => true })).toBe(false);
    expect(isFactored(1, rowsWith(70, Number.NaN), { arithmetic })).toBe(false);
    expect(isFactored(1, rowsWith(70, Number.POSITIVE_INFINITY), { arithmetic })).toBe(false);
  });
});
