/** Laws that every norm obeys, whatever its constraint. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalStream } from "../../engine/src/linalg/random.ts";
import type { Norm } from "../../engine/src/problem/regularizer/norm.ts";
import { proxPowerInto } from "../../engine/src/problem/regularizer/prox-power.ts";
import { NORM_CASES, UNION_CASES } from "../support/norm-cases.ts";

const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, a, i) => sum + a * y[i], 0);
const scaled = (x: Float64Array, a: number) => x.map((entry) => entry * a);
const minus = (x: Float64Array, y: Float64Array) => x.map((entry, i) => entry - y[i]);
const length = (x: Float64Array) => Math.hypot(...x);

/** Entries of every size, with zeros and ties. */
const entry = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, -1, 1e-8) },
);
const vectorOf = (size: number) =>
  fc
    .array(entry, { minLength: size, maxLength: size })
    // No underflow at the smallest scale.
    .map((x) => Float64Array.from(x, (a) => (Math.abs(a) < 1e-100 ? 0 : a)));
const SCALES = [1, 1e90, 1e-90] as const;

/** A point of the cone. */
function projected(norm: Norm, seed: Float64Array): Float64Array {
  const x = seed.slice();
  norm.proxInto(x, 0);
  return x;
}

describe.each([...NORM_CASES, ...UNION_CASES])("norm $name", ({ norm, size, dualWidth, proxError, isSlow }) => {
  const numRuns = isSlow ? 6 : 60;
  const vector = vectorOf(size);
  const inside = (seed: Float64Array) => projected(norm, seed);

  it("is 0 at 0, homogeneous of degree 1, finite exactly without violation, and above its floors", () => {
    expect(norm.value(new Float64Array(size))).toBe(0);
    fc.assert(
      fc.property(vector, fc.constantFrom(0.3, 7, 1e90, 1e-90), (given, alpha) => {
        const x = inside(given);
        expect(norm.violation(x)).toBeUndefined();
        expect(norm.value(scaled(x, alpha)) / alpha).toBeCloseTo(norm.value(x), 8);
        expect(Number.isFinite(norm.value(given))).toBe(norm.violation(given) === undefined);
        expect(norm.value(x)).toBeGreaterThanOrEqual(norm.euclideanFloor * length(x) * (1 - 1e-12));
        const sum = x.reduce((total, a) => total + Math.abs(a), 0);
        expect(norm.value(x)).toBeGreaterThanOrEqual(norm.l1Floor * sum * (1 - 1e-12));
      }),
      { numRuns },
    );
  });

  it("obeys ⟨p, x⟩ ≤ ‖p‖_* ‖x‖, at every scale", () => {
    fc.assert(
      fc.property(vector, vector, fc.constantFrom(...SCALES), (given, p, scale) => {
        const x = inside(given);
        const upper = norm.dualUpper(scaled(p, scale)) / scale;
        expect(dot(p, x)).toBeLessThanOrEqual(norm.value(x) * upper * (1 + 1e-14) + 1e-13 * length(p) * length(x));
        expect(norm.dualValue(scaled(p, scale)) / scale).toBeLessThanOrEqual(upper);
      }),
      { numRuns },
    );
  });

  it("reaches dualValue by dualDirection, close to dualUpper", () => {
    expect(norm.dualUpper(new Float64Array(size))).toBe(0);
    expect(norm.dualDirection(new Float64Array(size))).toEqual(new Float64Array(size));
    fc.assert(
      fc.property(vector, fc.constantFrom(...SCALES), (p, scale) => {
        const value = norm.dualValue(scaled(p, scale)) / scale;
        const upper = norm.dualUpper(scaled(p, scale)) / scale;
        // Where almost all of p is outside of the cone, what is left is rounding.
        expect(upper - value).toBeLessThanOrEqual(dualWidth * upper + (dualWidth > 1e-9 ? 1e-7 * length(p) : 0));
        fc.pre(value > 1e-6 * length(p));
        const best = norm.dualDirection(scaled(p, scale));
        expect(norm.violation(best)).toBeUndefined();
        expect(norm.value(best)).toBeCloseTo(1, 9);
        expect(dot(best, p) / value).toBeCloseTo(1, 9);
      }),
      { numRuns },
    );
  });

  it("prox: no other point is better", () => {
    fc.assert(
      fc.property(vector, vector, fc.double({ min: 0, max: 5, noNaN: true }), (x, other, t) => {
        const y = x.slice();
        norm.proxInto(y, t);
        expect(norm.violation(y)).toBeUndefined();
        const cost = (z: Float64Array) => 0.5 * dot(minus(z, x), minus(z, x)) + t * norm.value(z);
        const normal = normalStream(Math.round(1e6 * t));
        const least = cost(y);
        const slack = 1e-12 + proxError * (least + length(x) ** 2);
        for (const size of [1, 0.1, 0.001]) {
          const near = inside(y.map((a) => a + size * normal()));
          expect(least).toBeLessThanOrEqual(cost(near) + slack);
        }
        for (const z of [inside(other), inside(x), new Float64Array(size)]) {
          expect(least).toBeLessThanOrEqual(cost(z) + slack);
        }
      }),
      { numRuns },
    );
  });
});

describe.each(NORM_CASES.filter(({ norm }) => norm.convex))(
  "convex norm $name",
  ({ norm, size, proxError, isSlow }) => {
    const numRuns = isSlow ? 6 : 60;
    const vector = vectorOf(size);
    const inside = (seed: Float64Array) => projected(norm, seed);

    it("prox: Moreau's identity, x − prox in the dual ball of radius t and aligned with prox", () => {
      fc.assert(
        fc.property(
          vector,
          fc.double({ min: 1e-3, max: 5, noNaN: true }),
          fc.constantFrom(...SCALES),
          (x, t, scale) => {
            const y = scaled(x, scale);
            norm.proxInto(y, t * scale);
            const rest = minus(x, scaled(y, 1 / scale));
            const tolerance = 10 * proxError * (1 + length(x));
            expect(norm.dualValue(rest)).toBeLessThanOrEqual(t + tolerance);
            expect(Math.abs(dot(rest, y) / scale - (t * norm.value(y)) / scale)).toBeLessThanOrEqual(
              tolerance * (1 + length(x)),
            );
          },
        ),
        { numRuns },
      );
    });

    it("the distance to the subdifferential is 0 on subgradients, and not next to them", () => {
      fc.assert(
        fc.property(vector, fc.double({ min: 0.1, max: 5, noNaN: true }), (x, t) => {
          const y = x.slice();
          norm.proxInto(y, t);
          // Of a y that almost vanishes, little is left but rounding.
          fc.pre(length(y) === 0 || length(y) > 1e-5 * length(x));
          const subgradient = minus(x, y).map((a) => a / t);
          const tolerance = Math.max(1e-9, 10 * proxError) * (1 + length(x) / t);
          expect(norm.subgradientDistance(subgradient, y)).toBeLessThanOrEqual(tolerance);
          fc.pre(length(y) > 1e-3 * (1 + length(x)));
          // Along y itself the norm is linear: nothing but its slope will do.
          const steeper = subgradient.map((a, i) => a + (0.5 * y[i]) / length(y));
          expect(norm.subgradientDistance(steeper, y)).toBeGreaterThan(0.05);
        }),
        { numRuns },
      );
    });

    it("the prox of a power solves its own problem", () => {
      fc.assert(
        fc.property(vector, fc.double({ min: 0.01, max: 3, noNaN: true }), fc.constantFrom(1, 1.5, 2, 3), (x, t, q) => {
          const y = x.slice();
          proxPowerInto(norm, y, t, q);
          const cost = (z: Float64Array) => 0.5 * dot(minus(z, x), minus(z, x)) + t * norm.value(z) ** q;
          const least = cost(y);
          const slack = 1e-11 + 10 * proxError * (least + length(x) ** 2);
          for (const z of [
            scaled(y, 0.99),
            scaled(y, 1.01),
            inside(x),
            inside(y.map((a, i) => a + 0.01 * ((i % 3) - 1))),
          ]) {
            expect(least).toBeLessThanOrEqual(cost(z) + slack);
          }
        }),
        { numRuns: Math.ceil(numRuns / 3) },
      );
    });
  },
);
