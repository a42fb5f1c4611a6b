/** The exact scale of a branch along its ray: against roots in closed form, and against exact slopes of the objective. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactScale } from "../../../engine/src/certify/evidence.ts";
import type { Problem } from "../../../engine/src/problem/problem.ts";
import type { MatrixCase } from "../../support/problems.ts";
import { problemOf } from "../../support/problems.ts";

function scalar(y: number, lambda: number, loss: MatrixCase["loss"]): Problem {
  return problemOf({
    rows: 1,
    columns: 1,
    y: Float64Array.of(y),
    lambda: { kind: "absolute", value: lambda },
    ...(loss === undefined ? {} : { loss }),
  });
}

function along(problem: Problem, u: number, v: number, x = 0): number {
  return exactScale(problem, Float64Array.of(x), [[Float64Array.of(u), Float64Array.of(v)]]);
}

describe("exactScale, Poisson", () => {
  // e^(τd) = y − λ for d = u v > 0.
  it.each([1e-100, 1e-3, 1, 10, 26, 30, 1e3, 1e75])("counts of 3000 along u = v = %d", (size) => {
    const tau = along(scalar(3000, 1, { kind: "poisson" }), size, size);
    expect((tau * size ** 2) / Math.log(2999)).toBeCloseTo(1, 11);
  });

  it("any count, λ and branch", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 9, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: -60, max: 60, noNaN: true }),
        fc.double({ min: -20, max: 20, noNaN: true }),
        (logCount, share, logSize, x) => {
          const y = 10 ** logCount;
          const lambda = y * 10 ** (share - 3.5);
          const d = 10 ** logSize;
          const tau = along(scalar(y, lambda, { kind: "poisson" }), d, 1, x);
          // The slope at 0 is (e^x − y + λ) d; where it falls, the root is at e^(x + τd) = y − λ.
          if (Math.exp(x) >= y - lambda) expect(tau).toBe(0);
          else if (Math.log(y - lambda) - x > 1e-3) {
            expect(Math.abs(tau * d - (Math.log(y - lambda) - x))).toBeLessThanOrEqual(1e-7 * (tau * d));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("branches that go both ways: the slope changes sign there", () => {
    const y = Float64Array.of(3000, 2, 0, 40);
    const problem = problemOf({
      rows: 2,
      columns: 2,
      y,
      lambda: { kind: "absolute", value: 1 },
      loss: { kind: "poisson" },
    });
    for (const size of [1e-3, 1, 40, 1e4, 1e100]) {
      const branch = [Float64Array.of(size, -2 * size), Float64Array.of(1, 0.01)];
      const tau = exactScale(problem, new Float64Array(4), [branch]);
      const d = [1, 0.01, -2, -0.02];
      const slope = (s: number) =>
        d.reduce((sum, entry, k) => sum + (Math.exp(s * entry) - y[k]) * entry, Math.sqrt(5) * Math.hypot(1, 0.01));
      expect(tau).toBeGreaterThan(0);
      expect(slope(tau * size * (1 - 1e-9))).toBeLessThan(0);
      expect(slope(tau * size * (1 + 1e-9))).toBeGreaterThan(0);
    }
  });
});

describe("exactScale, other losses", () => {
  it.each([1e-150, 1e-30, 1e-3, 1, 1e3, 1e100])("squared: (y − λ)/d along u = %d", (u) => {
    const tau = along(scalar(3, 1, undefined), u, 2);
    expect((tau * 2 * u) / 2).toBeCloseTo(1, 11);
  });

  it("logistic: σ(−τd) = λ", () => {
    for (const d of [1e-20, 1, 1e20]) {
      const tau = along(scalar(1, 0.2, { kind: "logistic" }), d, 1);
      expect(tau * d).toBeCloseTo(Math.log(4), 9);
    }
  });

  it("0 where f does not fall, and where the slope at 0 is no number", () => {
    expect(along(scalar(3, 4, undefined), 1, 1)).toBe(0);
    expect(along(scalar(3, 1, undefined), 1, -1)).toBe(0);
    expect(along(scalar(3, 1, { kind: "poisson" }), 1, 1, 800)).toBe(0);
    expect(along(scalar(3, 1, { kind: "poisson" }), 0, 1)).toBe(0);
    expect(along(scalar(1e100, 1, undefined), 1e250, 1)).toBe(0);
  });
});
