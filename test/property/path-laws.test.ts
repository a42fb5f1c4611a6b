/**
 * Laws of λ ↦ min ℓ + λ Ω that hold for any problem: Ω falls and ℓ rises with λ, and the least value is concave in λ. Points within
 * their proven gaps of the optimum may miss them by just these gaps.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PathPoint } from "../../engine/src/events.ts";
import { randomLossCase } from "../support/arbitraries.ts";
import { followPath } from "../support/paths.ts";
import { problemOf } from "../support/problems.ts";

/** Of sums and products of the numbers compared. */
const ROUNDING = 1e-12;

const gapOf = ({ objective, lowerBound }: PathPoint) => objective - (lowerBound ?? Number.NEGATIVE_INFINITY);

describe("along a λ-path", () => {
  it("the regularizer rises and the loss falls as λ falls, but for the gaps", async () => {
    await fc.assert(
      fc.asyncProperty(randomLossCase, fc.integer({ min: 2, max: 8 }), async (given, points) => {
        const { result } = (await followPath(problemOf(given), { lambdas: { points } })).outcome;
        for (const [k, low] of result.points.entries()) {
          expect(low.lowerBound ?? Number.NaN).toBeLessThanOrEqual(low.objective);
          if (k === 0) continue;
          const high = result.points[k - 1];
          const difference = high.lambda - low.lambda;
          const rounding = ROUNDING * (high.objective + low.objective) * (high.lambda / difference);
          // ℓ₁ + λ₁ Ω₁ ≤ ℓ₂ + λ₁ Ω₂ + δ₁ and ℓ₂ + λ₂ Ω₂ ≤ ℓ₁ + λ₂ Ω₁ + δ₂, added.
          const slack = (gapOf(high) + gapOf(low) + rounding) / difference;
          expect(high.regularizer - low.regularizer).toBeLessThanOrEqual(slack);
          expect(low.loss - high.loss).toBeLessThanOrEqual(low.lambda * slack + gapOf(low) + rounding);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("the least objective is concave in λ, between its bounds", async () => {
    await fc.assert(
      fc.asyncProperty(randomLossCase, async (given) => {
        const { result } = (await followPath(problemOf(given), { lambdas: { points: 6 } })).outcome;
        result.points.slice(2).forEach((low, k) => {
          const [high, middle] = [result.points[k], result.points[k + 1]];
          const share = (middle.lambda - low.lambda) / (high.lambda - low.lambda);
          const chord = share * (high.lowerBound ?? Number.NaN) + (1 - share) * (low.lowerBound ?? Number.NaN);
          expect(middle.objective).toBeGreaterThanOrEqual(chord - ROUNDING * high.objective);
        });
      }),
      { numRuns: 40 },
    );
  });
});
