import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tridiagonalPairs } from "../../../engine/src/linalg/tridiagonal.ts";
import { singularValues } from "../../support/jacobi-svd.ts";

// The reference squares its numbers.
const number = fc.double({ min: -2, max: 2, noNaN: true }).map((x) => (Math.abs(x) < 1e-100 ? 0 : x));
const entry = fc.oneof(number, fc.constantFrom(0, 1, 1e-9, -1e-30));
const tridiagonal = fc.integer({ min: 1, max: 30 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    diagonal: fc.array(entry, { minLength: n, maxLength: n }),
    beside: fc.array(entry, { minLength: n - 1, maxLength: n - 1 }),
  }),
);

function dense(n: number, diagonal: readonly number[], beside: readonly number[]): Float64Array {
  const t = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    t[i * n + i] = diagonal[i];
    if (i + 1 === n) continue;
    t[i * n + i + 1] = beside[i];
    t[(i + 1) * n + i] = beside[i];
  }
  return t;
}

describe("eigenpairs of a tridiagonal matrix", () => {
  it("are those of Jacobi's method, with orthonormal vectors that have them", () => {
    fc.assert(
      fc.property(tridiagonal, ({ n, diagonal, beside }) => {
        const t = dense(n, diagonal, beside);
        const size = Math.hypot(...t) || 1;
        const shifted = t.map((x, k) => (k % (n + 1) === 0 ? x + size : x));
        const expected = singularValues(shifted, n, n).map((value) => value - size);
        const found = tridiagonalPairs(diagonal, beside, n, "vectors");
        if (found === undefined) throw new Error("no eigenvalues");
        const { values, rows } = found;
        for (let k = 0; k < n; k++) {
          expect(Math.abs(values[k] - expected[k])).toBeLessThanOrEqual(1e-13 * size);
          const x = rows.subarray(k * n, (k + 1) * n);
          for (let i = 0; i < n; i++) {
            const product = x.reduce((sum, xj, j) => sum + t[i * n + j] * xj, 0);
            expect(Math.abs(product - values[k] * x[i])).toBeLessThanOrEqual(1e-13 * size);
          }
          for (let l = 0; l <= k; l++) {
            const product = x.reduce((sum, xj, j) => sum + xj * rows[l * n + j], 0);
            expect(Math.abs(product - (l === k ? 1 : 0))).toBeLessThanOrEqual(1e-13);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("have the same last components when only those are asked for", () => {
    fc.assert(
      fc.property(tridiagonal, ({ n, diagonal, beside }) => {
        const whole = tridiagonalPairs(diagonal, beside, n, "vectors");
        const last = tridiagonalPairs(diagonal, beside, n, "last components");
        expect(last?.values).toEqual(whole?.values);
        expect(last?.rows).toEqual(
          Float64Array.from({ length: n }, (_, k) => whole?.rows[k * n + n - 1] ?? Number.NaN),
        );
      }),
      { numRuns: 100 },
    );
  });

  it("are none of numbers that are not finite", () => {
    expect(tridiagonalPairs([1, Number.NaN], [0], 2, "vectors")).toBeUndefined();
    expect(tridiagonalPairs([1, 2], [Number.POSITIVE_INFINITY], 2, "last components")).toBeUndefined();
  });
});
