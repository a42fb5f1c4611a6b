/** What every polar of a matrix, a symmetric matrix and a tensor has to obey, for every norm on a vector. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import "../support/fixed-seed.ts";
import { symmetricPolar } from "../../engine/src/certify/polar/symmetric.ts";
import { tablePolar } from "../../engine/src/certify/polar/table.ts";
import { tensorPolar } from "../../engine/src/certify/polar/unfoldings.ts";
import type { Branch } from "../../engine/src/problem/factors.ts";
import { correlation, entriesOf, expectBracket, KINDS, scaledBy } from "../support/brackets.ts";
import { L1_IN_KERNEL, VECTOR_NORMS } from "../support/norms.ts";

const never = () => false;
const all = { above: 0, stopped: never };

const SCALES = [1, 1, 1e-90, 1e90] as const;
const norm = fc.constantFrom(...VECTOR_NORMS);
const base = {
  kind: fc.constantFrom(...KINDS),
  scale: fc.constantFrom(...SCALES),
  seed: fc.integer({ min: 1, max: 1e6 }),
};
const length = fc.integer({ min: 1, max: 5 });

describe("brackets hold", () => {
  it("of a matrix, for every pair of norms", () => {
    fc.assert(
      fc.property(
        fc.record({ ...base, rows: length, columns: length, a: norm, b: norm }),
        ({ rows, columns, a, b, kind, scale, seed }) => {
          const w = scaledBy(entriesOf(rows, columns, seed, kind), scale);
          const norms = [a.of(rows), b.of(columns)];
          const polar = tablePolar(w, norms[0], norms[1], all);
          const sizes = [rows, columns];
          const reach = (branch: Branch) => correlation(w, sizes, branch);
          expectBracket({ polar, sizes, norms, exponent: 1, reach, trials: 300, seed, scale });
        },
      ),
      { numRuns: 200 },
    );
  });

  it("of a symmetric matrix", () => {
    fc.assert(
      fc.property(fc.record({ ...base, size: length, a: norm }), ({ size, a, kind, scale, seed }) => {
        const w = scaledBy(entriesOf(size, size, seed, kind), scale);
        const norms = [a.of(size)];
        const polar = symmetricPolar(w, norms[0], all);
        const reach = ([u]: Branch) => correlation(w, [size, size], [u, u]);
        expectBracket({ polar, sizes: [size], norms, exponent: 2, reach, trials: 300, seed, scale });
      }),
      { numRuns: 150 },
    );
  });

  it("of a tensor with 3 or 4 axes", () => {
    fc.assert(
      fc.property(
        fc.record({
          ...base,
          lengths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 4 }),
          cases: fc.array(norm, { minLength: 4, maxLength: 4 }),
        }),
        ({ lengths, cases, kind, scale, seed }) => {
          const columns = lengths.slice(1).reduce((product, n) => product * n, 1);
          const w = scaledBy(entriesOf(lengths[0], columns, seed, kind), scale);
          const norms = lengths.map((n, k) => cases[k].of(n));
          const polar = tensorPolar({ lengths, entries: w }, norms, all);
          const reach = (branch: Branch) => correlation(w, lengths, branch);
          expectBracket({ polar, sizes: lengths, norms, exponent: 1, reach, trials: 300, seed, scale });
        },
      ),
      { numRuns: 80 },
    );
  });

  it("of a matrix with ℓ1 in a kernel", () => {
    fc.assert(
      fc.property(fc.record({ ...base, columns: length, b: norm }), ({ columns, b, kind, scale, seed }) => {
        const w = scaledBy(entriesOf(3, columns, seed, kind), scale);
        const norms = [L1_IN_KERNEL.of(3), b.of(columns)];
        const polar = tablePolar(w, norms[0], norms[1], all);
        const sizes = [3, columns];
        const reach = (branch: Branch) => correlation(w, sizes, branch);
        expectBracket({ polar, sizes, norms, exponent: 1, reach, trials: 300, seed, scale });
      }),
      { numRuns: 15 },
    );
  });

  it("of a tensor with two axes: to the last bit those of the matrix", () => {
    fc.assert(
      fc.property(fc.record({ ...base, a: norm, b: norm }), ({ a, b, kind, seed }) => {
        const entries = entriesOf(4, 3, seed, kind);
        const norms = [a.of(4), b.of(3)];
        const tensor = tensorPolar({ lengths: [4, 3], entries }, norms, all);
        expect(tensor).toEqual(tablePolar(entries, norms[0], norms[1], all));
      }),
      { numRuns: 30 },
    );
  });
});

describe("an estimate without proof", () => {
  it("has the same lower end, and an upper end that holds", () => {
    fc.assert(
      fc.property(fc.record({ ...base, a: norm, b: norm, c: norm }), ({ a, b, c, kind, seed }) => {
        const entries = entriesOf(3, 6, seed, kind);
        const norms = [a.of(3), b.of(2), c.of(3)];
        const tensor = { lengths: [3, 2, 3], entries };
        const estimate = tensorPolar(tensor, norms, { ...all, effort: "estimate" });
        const proven = tensorPolar(tensor, norms, all);
        expect(estimate.lower).toBe(proven.lower);
        expect(estimate.upper).toBeGreaterThanOrEqual(proven.lower * (1 - 1e-14));
        const square = entriesOf(3, 3, seed, kind);
        const one = symmetricPolar(square, norms[0], { ...all, effort: "estimate" });
        expect(one.lower).toBe(symmetricPolar(square, norms[0], all).lower);
        expect(one.upper).toBeGreaterThanOrEqual(one.lower * (1 - 1e-14));
      }),
      { numRuns: 60 },
    );
  });
});
