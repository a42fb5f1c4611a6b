/** Laws of the losses, with and without an intercept: Fenchel-Young, gradients against differences, bounds, dual conditions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalStream } from "../../engine/src/linalg/random.ts";
import { dot, euclideanLength } from "../../engine/src/linalg/vector.ts";
import { sumsToZero } from "../support/exact.ts";
import { dualPoint, LOSS_CASES, predictions, sumGroups, targetFor, targetShape } from "../support/loss-cases.ts";

const KINKED = ["huber", "squared-hinge"];

describe.each(LOSS_CASES)("$name", (given) => {
  const { loss, base, intercept } = given;

  it("Fenchel-Young: every dual value is below ℓ(x) + ⟨t w, x⟩ at every x", () => {
    fc.assert(
      fc.property(targetShape, fc.nat(), fc.double({ min: 0, max: 3, noNaN: true }), (shape, seed, limit) => {
        const target = targetFor(given, shape);
        const w = dualPoint(loss, predictions(loss, target, seed), target);
        const dual = loss.dualBound(w, target, limit);
        expect(dual.scale).toBeLessThanOrEqual(limit);
        for (let trial = 0; trial < 3; trial++) {
          const x = predictions(loss, target, seed + 1 + trial, 1 + trial);
          const [value, inner] = [loss.value(x, target), dual.scale * dot(w.value, x)];
          expect(dual.value).toBeLessThanOrEqual(value + inner + 1e-12 * (Math.abs(value) + Math.abs(inner)));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("the dual value at t = 1 is attained at the point whose gradient w is", () => {
    fc.assert(
      fc.property(targetShape, fc.nat(), (shape, seed) => {
        const target = targetFor(given, shape);
        const x = predictions(loss, target, seed);
        const w = dualPoint(loss, x, target);
        // D(1) = ℓ(x) + ⟨w, x⟩, and the best scale can only be better.
        const [value, inner] = [loss.value(x, target), dot(w.value, x)];
        const dual = loss.dualBound(w, target, 1);
        expect(dual.value).toBeGreaterThanOrEqual(value + inner - 1e-9 * (1 + Math.abs(value) + Math.abs(inner)));
      }),
      { numRuns: 60 },
    );
  });

  it("the gradient agrees with central differences to 1e-7, and the curvature is not below them", () => {
    fc.assert(
      fc.property(targetShape, fc.nat(), (shape, seed) => {
        const target = targetFor(given, shape);
        const size = Math.max(loss.predictionSize(target), 1e-9);
        const x = predictions(loss, target, seed);
        const d = predictions(loss, target, seed + 1);
        const [w, up, down, curvature] = [0, 1, 2, 3].map(() => new Float64Array(x.length));
        const h = 1e-5;
        const above = x.map((a, i) => a + h * d[i]);
        const below = x.map((a, i) => a - h * d[i]);
        loss.negativeGradientInto(w, x, target);
        loss.negativeGradientInto(up, above, target);
        loss.negativeGradientInto(down, below, target);
        loss.curvatureInto(curvature, x, target);
        const slope = -dot(w, d);
        const difference = (loss.value(above, target) - loss.value(below, target)) / (2 * h);
        const scale = Math.abs(slope) + Math.abs(loss.value(x, target)) + size;
        expect(Math.abs(difference - slope)).toBeLessThanOrEqual(1e-7 * scale);
        if (KINKED.includes(loss.kind)) return;
        const second = d.map((_, i) => (down[i] - up[i]) / (2 * h));
        const bound = d.map((entry, i) => curvature[i] * entry);
        expect(dot(d, second)).toBeLessThanOrEqual(dot(d, bound) + 1e-4 * (1 + dot(d, bound)));
        if (!loss.entrywise) return;
        second.forEach((s, i) => {
          expect(Math.abs(s - bound[i])).toBeLessThan(1e-4 * (1 + Math.abs(bound[i])));
        });
      }),
      { numRuns: 60 },
    );
  });

  it("the gradient is Lipschitz with the constant it names", () => {
    fc.assert(
      fc.property(targetShape, fc.nat(), (shape, seed) => {
        const target = targetFor(given, shape);
        const x = predictions(loss, target, seed);
        const y = predictions(loss, target, seed + 1);
        const [wx, wy] = [new Float64Array(x.length), new Float64Array(x.length)];
        loss.negativeGradientInto(wx, x, target);
        loss.negativeGradientInto(wy, y, target);
        const apart = loss.lipschitz * euclideanLength(x.map((a, i) => a - y[i]));
        expect(euclideanLength(wx.map((a, i) => a - wy[i]))).toBeLessThanOrEqual(apart * (1 + 1e-9) + 1e-12);
      }),
      { numRuns: 40 },
    );
  });

  it("the upper value holds for every product within the error it is told of", () => {
    fc.assert(
      fc.property(targetShape, fc.nat(), fc.constantFrom(0, 1e-9, 1e-3), (shape, seed, relative) => {
        const target = targetFor(given, shape);
        const x = predictions(loss, target, seed);
        const e = predictions(loss, target, seed + 1, relative);
        const upper = loss.valueUpper(x, target, euclideanLength(e) * (1 + 1e-12));
        const moved = loss.value(
          x.map((a, i) => a + e[i]),
          target,
        );
        expect(moved).toBeLessThanOrEqual(upper + 1e-14 * Math.abs(upper) + 1e-300);
        // … and is not far above it.
        if (relative === 0) expect(upper).toBeLessThanOrEqual(moved + 1e-11 * (1 + Math.abs(moved)) * x.length);
      }),
      { numRuns: 60 },
    );
  });

  it("obeys t-scaling: every multiple within the reach is in the domain, and beyond it D is no better", () => {
    fc.assert(
      fc.property(targetShape, fc.nat(), (shape, seed) => {
        const target = targetFor(given, shape);
        const w = dualPoint(loss, predictions(loss, target, seed), target);
        w.value.forEach((q, k) => {
          const [low, high] = loss.dualRange(target.value[k]);
          expect(q).toBeGreaterThanOrEqual(low);
          expect(q).toBeLessThanOrEqual(high);
          expect(low).toBeLessThanOrEqual(0);
          expect(high).toBeGreaterThanOrEqual(0);
        });
        // D is concave: growing limits give values that never fall, and t = 0 is always there.
        const values = [0, 0.25, 0.5, 1, 2, 1e6].map((limit) => loss.dualBound(w, target, limit));
        for (let i = 1; i < values.length; i++) {
          const slack = 1e-9 * (1 + Math.abs(values[i].value));
          expect(values[i].value).toBeGreaterThanOrEqual(values[i - 1].value - slack);
        }
        for (const { scale } of values) {
          w.value.forEach((q, k) => {
            const [low, high] = loss.dualRange(target.value[k]);
            expect(scale * q).toBeGreaterThanOrEqual(low);
            expect(scale * q).toBeLessThanOrEqual(high);
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  const { feasibleDual } = loss;
  if (feasibleDual !== undefined) {
    const conditions = [...(base.entrywise ? [] : (["rows"] as const)), ...(intercept ? (["columns"] as const) : [])];

    it(`${conditions.join(" and ")} of a feasible dual sum to exactly 0, and it stays as it is`, () => {
      fc.assert(
        fc.property(targetShape, fc.nat(), fc.boolean(), (shape, seed, fromGradient) => {
          const target = targetFor(given, shape);
          const x = predictions(loss, target, seed);
          const w = new Float64Array(x.length);
          if (fromGradient) loss.negativeGradientInto(w, x, target);
          else w.set(x.map((a) => 0.5 * a));
          const feasible = feasibleDual(w, target);
          for (const by of conditions) {
            for (const group of sumGroups(target, feasible, by)) expect(sumsToZero(group)).toBe(true);
          }
          feasible.forEach((q, k) => {
            const [low, high] = loss.dualRange(target.value[k]);
            expect(q).toBeGreaterThanOrEqual(low);
            expect(q).toBeLessThanOrEqual(high);
          });
          const again = feasibleDual(feasible, target);
          const largest = feasible.reduce((most, q) => Math.max(most, Math.abs(q)), 0);
          again.forEach((q, k) => {
            expect(Math.abs(q - feasible[k])).toBeLessThanOrEqual(1e-12 * largest);
          });
          if (!fromGradient) return;
          const before = w.reduce((most, q) => Math.max(most, Math.abs(q)), 0);
          feasible.forEach((q, k) => {
            expect(Math.abs(q - w[k])).toBeLessThanOrEqual(1e-12 * before + 1e-14);
          });
        }),
        { numRuns: 100 },
      );
    });

    it("a w that breaks the conditions is worth no more than t = 0", () => {
      const normal = normalStream(3);
      const target = targetFor(given, { rows: 6, columns: 3, seed: 5, masked: false, uniform: false });
      const w = { ...target, value: target.value.map(() => normal()) };
      expect(loss.dualBound(w, target, 1).scale).toBe(0);
      const mended = { ...w, value: feasibleDual(w.value, target) };
      expect(loss.dualBound(mended, target, 1).value).toBeGreaterThanOrEqual(loss.dualBound(w, target, 1).value);
    });
  }
});
