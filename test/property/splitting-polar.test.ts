/** Bounds by splitting: no z beats them, whatever the norms, the table and the arrays are. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import "../support/fixed-seed.ts";
import type { ProofArrays } from "../../engine/src/certify/polar/polar.ts";
import { productOf, searchBranches } from "../../engine/src/certify/polar/search.ts";
import { bestSplitting, provenSplitting } from "../../engine/src/certify/polar/splitting.ts";
import type { NormSpec } from "../../engine/src/config/config.ts";
import { bilinear, observedEntries } from "../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../engine/src/linalg/random.ts";
import { matrixMapping } from "../../engine/src/problem/mapping/matrix.ts";
import { entryObservation } from "../../engine/src/problem/mapping/observations.ts";
import { normFor } from "../support/norms.ts";

const SPECS: readonly NormSpec[] = ["l2", { l2: 2 }, { l2: 1, l1: 0.1 }, { l2: 1, l1: 2 }, { l2: 0.2, l1: 3 }];
const CONSTRAINTS: readonly (readonly "nonnegative"[])[] = [[], ["nonnegative"]];

const setting = fc.record({
  norms: fc.tuple(fc.constantFrom(...SPECS), fc.constantFrom(...SPECS)),
  constraints: fc.tuple(fc.constantFrom(...CONSTRAINTS), fc.constantFrom(...CONSTRAINTS)),
  rows: fc.integer({ min: 1, max: 6 }),
  columns: fc.integer({ min: 1, max: 6 }),
  scale: fc.constantFrom(1e-90, 0.3, 1, 1e90),
  rank: fc.integer({ min: 1, max: 6 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never;

function made({ norms, constraints, rows, columns, scale, rank, seed }: Setting) {
  const normal = normalStream(seed);
  const uniform = uniformStream(seed);
  const dense = new Float64Array(rows * columns);
  for (let k = 0; k < rank; k++) {
    const [u, v] = [rows, columns].map((length) => Float64Array.from({ length }, normal));
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) dense[i * columns + j] += scale * u[i] * v[j];
  }
  const hidden = dense.map(() => (uniform() < 0.9 ? 0 : 1));
  const w = observedEntries(dense, rows, columns, (k) => hidden[k] === 0);
  const a = normFor(norms[0], [rows], constraints[0]);
  const b = normFor(norms[1], [columns], constraints[1]);
  const options = { above: Number.POSITIVE_INFINITY, stopped: () => false };
  const branch = searchBranches(matrixMapping(entryObservation(w)), productOf([a, b]), w.value, [], options)[0];
  return { w, a, b, branch, normal, uniform };
}

describe("bounds by splitting", () => {
  it("lie above 100,000 random branches and the best one found, and a check finds them again", () => {
    fc.assert(
      fc.property(setting, (given) => {
        const { w, a, b, branch, normal, uniform } = made(given);
        const lower = branch?.value ?? 0;
        const { upper, arrays } = bestSplitting(w, a, b, {
          lower,
          branch: branch?.factors,
          tolerance: 1e-6,
          turns: 150,
          stopped: () => false,
        });
        expect(provenSplitting(w, a, b, arrays)).toBe(upper);
        expect(upper).toBeGreaterThanOrEqual(lower * (1 - 1e-14));
        const draw = (n: number, cone: boolean) =>
          Float64Array.from({ length: n }, () => (uniform() < 0.5 ? 0 : cone ? Math.abs(normal()) : normal()));
        let worst = Number.NEGATIVE_INFINITY;
        for (let trial = 0; trial < 1000; trial++) {
          const [u, v] = [draw(w.rows, a.constrained), draw(w.columns, b.constrained)];
          const g = a.value(u) * b.value(v);
          if (g > 0) worst = Math.max(worst, bilinear(w, u, v) / g);
        }
        expect(worst).toBeLessThanOrEqual(upper * (1 + 1e-14));
      }),
      { numRuns: 100 },
    );
  });

  it("hold for any arrays", () => {
    const size = fc.constantFrom(0, 1e-3, 1, 10, 1e150);
    fc.assert(
      fc.property(setting, fc.tuple(size, size, size), fc.double({ min: 0, max: 1 }), (given, sizes, share) => {
        const { w, a, b, branch, normal, uniform } = made(given);
        const lower = branch?.value ?? 0;
        const found = bestSplitting(w, a, b, { lower, tolerance: 1e-3, turns: 30, stopped: () => false });
        const n = Math.max(1, Math.sqrt(found.arrays["entries"]?.data.length ?? (w.rows + w.columns) ** 2));
        const spoiled = Object.fromEntries(
          ["lines", "entries", "cross"].map((name, k) => {
            const data = Float64Array.from(
              { length: n * n },
              (_, i) => (found.arrays[name]?.data[i] ?? 0) + (uniform() < share ? sizes[k] * normal() : 0),
            );
            return [name, { shape: [n, n], data }];
          }),
        ) satisfies ProofArrays;
        expect(provenSplitting(w, a, b, spoiled)).toBeGreaterThanOrEqual(lower * (1 - 1e-14));
      }),
      { numRuns: 300 },
    );
  });
});
