/** Polars that are bracketed: no branch whatever may beat the proven bound, and no false `global` may come of it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import "../support/fixed-seed.ts";
import { tablePolar } from "../../engine/src/certify/polar/table.ts";
import type { NormSpec } from "../../engine/src/config/config.ts";
import { bilinear, observedEntries } from "../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../engine/src/linalg/random.ts";
import { normFor } from "../support/norms.ts";
import { problemOf, solve } from "../support/problems.ts";

const SPECS: readonly NormSpec[] = ["l1", "l2", { l2: 1, l1: 0.5 }, { l2: 0.2, l1: 3 }];
const CONSTRAINTS: readonly (readonly "nonnegative"[])[] = [[], ["nonnegative"]];

const setting = fc.record({
  norms: fc.tuple(fc.constantFrom(...SPECS), fc.constantFrom(...SPECS)),
  constraints: fc.tuple(fc.constantFrom(...CONSTRAINTS), fc.constantFrom(...CONSTRAINTS)),
  rows: fc.integer({ min: 1, max: 6 }),
  columns: fc.integer({ min: 1, max: 6 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

describe("brackets of the polar", () => {
  it("hold: thousands of random branches stay below, and the branch in hand reaches the lower end", () => {
    fc.assert(
      fc.property(setting, ({ norms, constraints, rows, columns, seed }) => {
        const normal = normalStream(seed);
        const uniform = uniformStream(seed);
        const dense = Float64Array.from({ length: rows * columns }, normal);
        const hidden = dense.map(() => (uniform() < 0.8 ? 0 : 1));
        const w = observedEntries(dense, rows, columns, (k) => hidden[k] === 0);
        const a = normFor(norms[0], [rows], constraints[0]);
        const b = normFor(norms[1], [columns], constraints[1]);
        const polar = tablePolar(w, a, b, { above: 0, stopped: () => false });
        expect(polar.lower).toBeLessThanOrEqual(polar.upper * (1 + 1e-14));
        for (const { value, factors } of polar.branches) {
          const [u, v] = factors;
          expect(a.value(u) * b.value(v)).toBeCloseTo(1, 9);
          expect(bilinear(w, u, v)).toBeCloseTo(value, 9);
        }
        if (polar.branches.length > 0) expect(polar.branches[0]?.value).toBeCloseTo(polar.lower, 12);
        // Sparse and dense directions alike, inside the cones.
        const draw = (n: number, cone: boolean) =>
          Float64Array.from({ length: n }, () => (uniform() < 0.5 ? 0 : cone ? Math.abs(normal()) : normal()));
        let worst = Number.NEGATIVE_INFINITY;
        for (let trial = 0; trial < 2000; trial++) {
          const [u, v] = [draw(rows, a.constrained), draw(columns, b.constrained)];
          const g = a.value(u) * b.value(v);
          if (g > 0) worst = Math.max(worst, bilinear(w, u, v) / g);
        }
        expect(worst).toBeLessThanOrEqual(polar.upper * (1 + 1e-13));
      }),
      { numRuns: 150 },
    );
  });

  it("are exact for nonnegative data between nonnegative factors: σ₁ of a nonnegative matrix", () => {
    const normal = normalStream(3);
    const dense = Float64Array.from({ length: 30 }, () => Math.abs(normal()));
    const nonnegative = normFor("l2", [6], ["nonnegative"]);
    const w = observedEntries(dense, 6, 5, () => true);
    const polar = tablePolar(w, nonnegative, nonnegative, { above: 0, stopped: () => false });
    expect(polar.kind).toBe("exact");
    expect(polar.upper / polar.lower - 1).toBeLessThan(1e-9);
  });
});

describe("runs with brackets", () => {
  it("bounded from below always, never beaten by a run from elsewhere when global", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(setting, fc.double({ min: 0.05, max: 1.2, noNaN: true }), async (given, lambda) => {
        const { norms, constraints, rows, columns, seed } = given;
        const normal = normalStream(seed);
        const y = Float64Array.from({ length: rows * columns }, normal);
        const from = (start: number) =>
          problemOf({
            rows,
            columns,
            y,
            norms,
            constraints,
            lambda: { kind: "relative", value: lambda },
            config: {
              start: { kind: "random", seed: start },
              branches: start,
            },
            search: { maxIterations: 1500 },
          });
        const results = await Promise.all([1, 2, 3].map(async (start) => (await solve(from(start))).outcome.result));
        const best = Math.min(...results.map(({ objective }) => objective));
        for (const result of results) {
          expect(result.lowerBound).toBeLessThanOrEqual(best);
          if (result.verdict === "global") expect(result.objective - best).toBeLessThanOrEqual(1.1e-6 * best);
        }
      }),
      { numRuns: 60 },
    );
  });
});
