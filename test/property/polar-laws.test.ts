/** What every polar of a matrix, a symmetric matrix and a tensor has to obey, for every norm on a vector. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import "../support/fixed-seed.ts";
import type { PolarResult } from "../../engine/src/certify/polar/polar.ts";
import { symmetricPolar } from "../../engine/src/certify/polar/symmetric.ts";
import { tablePolar } from "../../engine/src/certify/polar/table.ts";
import { tensorPolar } from "../../engine/src/certify/polar/unfoldings.ts";
import type { Observed } from "../../engine/src/linalg/observed.ts";
import { observedEntries, withValues } from "../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../engine/src/linalg/random.ts";
import type { Branch } from "../../engine/src/problem/factors.ts";
import type { Norm } from "../../engine/src/problem/regularizer/norm.ts";
import { feasible, L1_IN_KERNEL, VECTOR_NORMS } from "../support/norms.ts";

const never = () => false;
const all = { above: 0, stopped: never };

function entriesOf(rows: number, columns: number, seed: number, kind: string): Observed {
  const normal = normalStream(seed);
  const uniform = uniformStream(seed);
  const [a, b] = [Float64Array.from({ length: rows }, normal), Float64Array.from({ length: columns }, normal)];
  const value = (k: number): number => {
    if (kind === "rank one") return a[Math.floor(k / columns)] * b[k % columns];
    if (kind === "constant") return a[0];
    if (kind === "negative") return -Math.abs(normal());
    if (kind === "zero") return 0;
    return normal();
  };
  const dense = Float64Array.from({ length: rows * columns }, (_, k) => value(k));
  const keep = dense.map((_, k) => (kind === "masked" && k > 0 && uniform() < 0.4 ? 0 : 1));
  return observedEntries(dense, rows, columns, (k) => keep[k] === 1);
}

/** ⟨T, x¹ ⊗ … ⊗ xᴷ⟩ by its definition. */
function correlation(w: Observed, lengths: readonly number[], branch: Branch): number {
  let sum = 0;
  for (let i = 0; i < w.rows; i++) {
    for (let k = w.rowStart[i]; k < w.rowStart[i + 1]; k++) {
      let product = w.value[k] * branch[0][i];
      let rest = w.column[k];
      for (let axis = lengths.length - 1; axis > 0; axis--) {
        product *= branch[axis][rest % lengths[axis]];
        rest = Math.floor(rest / lengths[axis]);
      }
      sum += product;
    }
  }
  return sum;
}

/** Slices of all kinds: full, sparse, one-hot. */
function drawFor(norm: Norm, size: number, normal: () => number, uniform: () => number): Float64Array {
  const sparsity = [0, 0.5, 0.9][Math.floor(3 * uniform())];
  const x = Float64Array.from({ length: size }, () => (uniform() < sparsity ? 0 : normal()));
  return feasible(norm, x);
}

interface Tested {
  readonly polar: PolarResult;
  readonly sizes: readonly number[];
  readonly norms: readonly Norm[];
  readonly exponent: number;
  readonly reach: (branch: Branch) => number;
  readonly trials: number;
  readonly seed: number;
  readonly scale: number;
}

/** lower ≤ upper, branches as promised, and no branch at all above the upper bound. */
function expectBracket({ polar, sizes, norms, exponent, reach, trials, seed, scale }: Tested): void {
  expect(polar.lower).toBeLessThanOrEqual(polar.upper * (1 + 1e-14));
  expect(polar.lower).toBe(polar.branches[0]?.value ?? 0);
  polar.branches.forEach(({ value, factors }, i) => {
    const g = factors.reduce((product, x, k) => product * norms[k].value(x) ** exponent, 1);
    expect(Math.abs(g - 1)).toBeLessThanOrEqual(1e-9);
    expect(Math.abs(reach(factors) - value)).toBeLessThanOrEqual(1e-9 * Math.max(value, 1e-3 * scale));
    if (i > 0) expect(value).toBeLessThanOrEqual(polar.branches[i - 1]?.value ?? 0);
  });
  const normal = normalStream(seed + 1);
  const uniform = uniformStream(seed + 2);
  let worst = Number.NEGATIVE_INFINITY;
  for (let trial = 0; trial < trials; trial++) {
    const branch = sizes.map((size, k) => drawFor(norms[k], size, normal, uniform));
    const g = branch.reduce((product, x, k) => product * norms[k].value(x) ** exponent, 1);
    if (g > 0 && Number.isFinite(g)) worst = Math.max(worst, reach(branch) / g);
  }
  expect(worst).toBeLessThanOrEqual(polar.upper * (1 + 1e-13));
}

const KINDS = ["full", "masked", "rank one", "constant", "negative", "zero"] as const;
const SCALES = [1, 1, 1e-90, 1e90] as const;
const norm = fc.constantFrom(...VECTOR_NORMS);
const base = {
  kind: fc.constantFrom(...KINDS),
  scale: fc.constantFrom(...SCALES),
  seed: fc.integer({ min: 1, max: 1e6 }),
};
const length = fc.integer({ min: 1, max: 5 });

function scaledBy(w: Observed, scale: number): Observed {
  return withValues(
    w,
    w.value.map((x) => x * scale),
  );
}

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
        const estimate = tensorPolar(tensor, norms, { ...all, estimateOnly: true });
        const proven = tensorPolar(tensor, norms, all);
        expect(estimate.lower).toBe(proven.lower);
        expect(estimate.upper).toBeGreaterThanOrEqual(proven.lower * (1 - 1e-14));
        const square = entriesOf(3, 3, seed, kind);
        const one = symmetricPolar(square, norms[0], { ...all, estimateOnly: true });
        expect(one.lower).toBe(symmetricPolar(square, norms[0], all).lower);
        expect(one.upper).toBeGreaterThanOrEqual(one.lower * (1 - 1e-14));
      }),
      { numRuns: 60 },
    );
  });
});
