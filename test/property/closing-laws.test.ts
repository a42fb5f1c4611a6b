/** Brackets that are closed by relaxation or branch and bound: they hold, and so do those of any witness, honest or not. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import "../support/fixed-seed.ts";
import type { PolarOptions, PolarProof, PolarResult, ProofArrays } from "../../engine/src/certify/polar/polar.ts";
import { symmetricPolar } from "../../engine/src/certify/polar/symmetric.ts";
import { tablePolar } from "../../engine/src/certify/polar/table.ts";
import { tensorPolar } from "../../engine/src/certify/polar/unfoldings.ts";
import { uniformStream } from "../../engine/src/linalg/random.ts";
import type { Branch } from "../../engine/src/problem/factors.ts";
import { correlation, entriesOf, expectBracket, KINDS, scaledBy } from "../support/brackets.ts";
import { VECTOR_NORMS } from "../support/norms.ts";

const stopped = () => false;
const open: PolarOptions = { above: Number.POSITIVE_INFINITY, stopped };
const close: PolarOptions = { ...open, effort: "close", cells: 3000 };

const norm = fc.constantFrom(...VECTOR_NORMS);
const base = {
  kind: fc.constantFrom(...KINDS),
  scale: fc.constantFrom(1, 1, 1e-90, 1e90),
  seed: fc.integer({ min: 1, max: 1e6 }),
};
const length = fc.integer({ min: 1, max: 5 });

/** Every number of the arrays moved, some of them to what no number should be. */
function spoiled(arrays: ProofArrays, seed: number): ProofArrays {
  const uniform = uniformStream(seed);
  const move = (x: number): number => {
    const draw = uniform();
    if (draw < 0.02) return [Number.NaN, Number.POSITIVE_INFINITY, -1e300, 0][Math.floor(4 * uniform())];
    return draw < 0.5 ? x * (1 + 1e-3 * (uniform() - 0.5)) : x + (uniform() - 0.5);
  };
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, data }]) => [name, { shape, data: data.map(move) }]),
  );
}

interface Case {
  readonly polar: (options: PolarOptions) => PolarResult;
  /** The bracket holds, see `expectBracket`. */
  readonly holds: (polar: PolarResult) => void;
  readonly seed: number;
  readonly scale: number;
}

function expectClosing({ polar, holds, seed, scale }: Case): void {
  const before = polar(open);
  const after = polar(close);
  holds(after);
  expect(after.upper).toBeLessThanOrEqual(before.upper);
  expect(after.lower).toBeGreaterThanOrEqual(before.lower * (1 - 1e-12));
  const { arrays } = after.witness;
  if (arrays === undefined) return;
  const proof: PolarProof = { branch: after.branches[0]?.factors, witness: after.witness };
  const checked = polar({ ...open, proof });
  expect(checked.witness.kind).toBe(after.witness.kind);
  holds(checked);
  expect(polar({ ...open, proof })).toEqual(checked);
  // Parents of leaves may have had a smaller bound; otherwise it is the same number.
  expect(checked.upper).toBeGreaterThanOrEqual(after.upper * (1 - 1e-12));
  expect(Math.abs(checked.lower - after.lower)).toBeLessThanOrEqual(1e-12 * Math.max(after.lower, scale));
  holds({ ...polar({ ...open, proof: { ...proof, witness: { ...after.witness, arrays: spoiled(arrays, seed) } } }) });
}

describe("a closed bracket, and the check of its witness", () => {
  it("of a matrix, for every pair of norms", () => {
    fc.assert(
      fc.property(
        fc.record({ ...base, rows: length, columns: length, a: norm, b: norm }),
        ({ rows, columns, a, b, kind, scale, seed }) => {
          const w = scaledBy(entriesOf(rows, columns, seed, kind), scale);
          const norms = [a.of(rows), b.of(columns)];
          const sizes = [rows, columns];
          const reach = (branch: Branch) => correlation(w, sizes, branch);
          expectClosing({
            polar: (options) => tablePolar(w, norms[0], norms[1], options),
            holds: (polar) => expectBracket({ polar, sizes, norms, exponent: 1, reach, trials: 200, seed, scale }),
            seed,
            scale,
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  it("of a symmetric matrix", () => {
    fc.assert(
      fc.property(fc.record({ ...base, size: length, a: norm }), ({ size, a, kind, scale, seed }) => {
        const w = scaledBy(entriesOf(size, size, seed, kind), scale);
        const norms = [a.of(size)];
        const reach = ([u]: Branch) => correlation(w, [size, size], [u, u]);
        expectClosing({
          polar: (options) => symmetricPolar(w, norms[0], options),
          holds: (polar) =>
            expectBracket({ polar, sizes: [size], norms, exponent: 2, reach, trials: 200, seed, scale }),
          seed,
          scale,
        });
      }),
      { numRuns: 100 },
    );
  });

  it("of a tensor with 3 axes", () => {
    fc.assert(
      fc.property(
        fc.record({
          ...base,
          lengths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 3 }),
          cases: fc.array(norm, { minLength: 3, maxLength: 3 }),
        }),
        ({ lengths, cases, kind, scale, seed }) => {
          const w = scaledBy(entriesOf(lengths[0], lengths[1] * lengths[2], seed, kind), scale);
          const norms = lengths.map((n, k) => cases[k].of(n));
          const reach = (branch: Branch) => correlation(w, lengths, branch);
          expectClosing({
            polar: (options) => tensorPolar({ lengths, entries: w }, norms, options),
            holds: (polar) =>
              expectBracket({ polar, sizes: lengths, norms, exponent: 1, reach, trials: 200, seed, scale }),
            seed,
            scale,
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});
