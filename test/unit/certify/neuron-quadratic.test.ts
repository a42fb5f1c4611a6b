/** The quadratic above Σ w_n (v_n · u)₊: it holds everywhere, is exact on a line, and sees that weights of either sign cancel. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { signedBound } from "../../../engine/src/certify/polar/neuron-bounds.ts";
import { quadraticBound } from "../../../engine/src/certify/polar/neuron-quadratic.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { denseSingularBound } from "../../../engine/src/linalg/singular-bound.ts";
import "../../support/fixed-seed.ts";

function valueAt(w: Float64Array, v: Float64Array, u: readonly number[]): number {
  const d = u.length;
  let sum = 0;
  w.forEach((weight, n) => {
    let t = 0;
    for (let j = 0; j < d; j++) t += v[n * d + j] * u[j];
    sum += weight * Math.max(0, t);
  });
  return sum / Math.hypot(...u);
}

function gaussian(seed: number, count: number, d: number) {
  const normal = normalStream(seed);
  const v = Float64Array.from({ length: count * d }, () => normal() / 8);
  return { v, w: Float64Array.from({ length: count }, () => normal() / 8), normal };
}

describe("quadraticBound", () => {
  it("is below no value, whatever the sizes of rows and weights", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer(),
        fc.array(fc.constantFrom(0, 1, 1e-3, 1e-9, 1e-160, 1e-310), { minLength: 12, maxLength: 12 }),
        (count, d, seed, scales) => {
          const { v, w, normal } = gaussian(seed, count, d);
          const rows = v.map((x, k) => x * scales[Math.floor(k / d)]);
          const weights = w.map((x, n) => x * scales[(n + 5) % 12]);
          const bound = quadraticBound(weights, rows);
          for (let k = 0; k < 50; k++) {
            const u = Array.from({ length: d }, normal);
            expect(valueAt(weights, rows, u)).toBeLessThanOrEqual(bound);
          }
          // Along every row, where a maximum may be.
          for (let n = 0; n < count; n++) {
            const u = [...v.subarray(n * d, (n + 1) * d)];
            if (u.some((x) => x !== 0)) expect(valueAt(weights, rows, u)).toBeLessThanOrEqual(bound * (1 + 1e-15));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is exact where all inputs are numbers", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { v, w } = gaussian(seed, 9, 1);
      const best = Math.max(0, valueAt(w, v, [1]), valueAt(w, v, [-1]));
      const bound = quadraticBound(w, v);
      expect(bound).toBeGreaterThanOrEqual(best);
      const size = w.reduce((sum, x, n) => sum + Math.abs(x * v[n]), 0);
      expect(bound).toBeLessThanOrEqual(best + 1e-6 * size);
    }
  });

  it("is below half of what the positive weights could reach at best, for weights of either sign on Gaussian data", () => {
    const { v, w } = gaussian(3, 600, 20);
    const rows = [...w.keys()].filter((n) => w[n] > 0);
    const own = Float64Array.from(rows.flatMap((n) => [...v.subarray(20 * n, 20 * n + 20)]));
    const size = Math.hypot(...rows.map((n) => w[n]));
    const half = (size * denseSingularBound(own, 20)) / 2;
    expect(signedBound(w, v, () => false)).toBeLessThan(0.9 * half);
  });

  it("is Infinity where numbers leave float64, and 0 needs no proof", () => {
    expect(quadraticBound(Float64Array.of(Number.NaN), Float64Array.of(1))).toBe(Number.POSITIVE_INFINITY);
    expect(quadraticBound(new Float64Array(3), new Float64Array(6))).toBeGreaterThanOrEqual(0);
  });
});
