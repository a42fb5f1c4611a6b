/** Laws of the losses: Fenchel-Young, gradients and curvature against differences, upper values. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalStream } from "../../engine/src/linalg/random.ts";
import { dot } from "../../engine/src/linalg/vector.ts";
import { randomLossCase } from "../support/arbitraries.ts";
import { problemOf } from "../support/problems.ts";

describe("loss", () => {
  it("Fenchel-Young: every dual value is below ℓ(x) + ⟨t w, x⟩ at every x", () => {
    fc.assert(
      fc.property(randomLossCase, fc.nat(), fc.double({ min: 0, max: 3, noNaN: true }), (given, seed, limit) => {
        const { target, loss } = problemOf(given);
        const normal = normalStream(seed);
        const size = Math.max(loss.predictionSize(target), 1e-9);
        // W as a run has it: the negative gradient at some point.
        const w = { ...target, value: new Float64Array(target.value.length) };
        loss.negativeGradientInto(
          w.value,
          target.value.map(() => size * normal()),
          target,
        );
        const dual = loss.dualBound(w, target, limit);
        expect(dual.scale).toBeLessThanOrEqual(limit);
        for (let trial = 0; trial < 3; trial++) {
          const x = target.value.map(() => size * normal() * (1 + trial));
          const [value, inner] = [loss.value(x, target), dual.scale * dot(w.value, x)];
          expect(dual.value).toBeLessThanOrEqual(value + inner + 1e-12 * (Math.abs(value) + Math.abs(inner)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("the dual value at t = 1 is attained at the point whose gradient w is", () => {
    fc.assert(
      fc.property(randomLossCase, fc.nat(), (given, seed) => {
        const { target, loss } = problemOf(given);
        const normal = normalStream(seed);
        const size = Math.max(loss.predictionSize(target), 1e-9);
        const x = target.value.map(() => size * normal());
        const w = { ...target, value: new Float64Array(x.length) };
        loss.negativeGradientInto(w.value, x, target);
        // D(1) = ℓ(x) + ⟨w, x⟩, and the best scale can only be better.
        const attained = loss.value(x, target) + dot(w.value, x);
        const scale = Math.abs(loss.value(x, target)) + Math.abs(dot(w.value, x));
        expect(loss.dualBound(w, target, 1).value).toBeGreaterThanOrEqual(attained - 1e-9 * scale);
      }),
      { numRuns: 300 },
    );
  });

  it("gradient and curvature agree with central differences to 1e-7, away from kinks", () => {
    fc.assert(
      fc.property(randomLossCase, fc.nat(), (given, seed) => {
        const { target, loss } = problemOf(given);
        const normal = normalStream(seed);
        const size = Math.max(loss.predictionSize(target), 1e-9);
        const x = target.value.map(() => size * normal());
        const d = target.value.map(() => size * normal());
        const [w, up, down] = [0, 1, 2].map(() => new Float64Array(x.length));
        const curvature = new Float64Array(x.length);
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
        x.forEach((_, i) => {
          const second = (down[i] - up[i]) / (2 * h * d[i]);
          const atKink = loss.kind === "huber" || loss.kind === "squared-hinge";
          if (atKink && Math.abs(second - curvature[i]) > 1e-3) return;
          if (Math.abs(d[i]) > 0.1 * size)
            expect(Math.abs(second - curvature[i])).toBeLessThan(1e-4 * (1 + curvature[i]));
        });
      }),
      { numRuns: 150 },
    );
  });

  it("the upper value holds for every product within the error it is told of", () => {
    fc.assert(
      fc.property(randomLossCase, fc.nat(), (given, seed) => {
        const { target, loss } = problemOf(given);
        const normal = normalStream(seed);
        const size = Math.max(loss.predictionSize(target), 1e-9);
        const x = target.value.map(() => size * normal());
        const e = target.value.map(() => 1e-3 * size * normal());
        const upper = loss.valueUpper(x, target, Math.sqrt(dot(e, e)) * (1 + 1e-12));
        const moved = loss.value(
          x.map((a, i) => a + e[i]),
          target,
        );
        expect(moved).toBeLessThanOrEqual(upper + 1e-14 * Math.abs(upper));
      }),
      { numRuns: 200 },
    );
  });
});
