/** Block solutions by a Cholesky factor, and inverse iteration for singular vectors that lie close together. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choleskyInto, choleskySolveBlockInto } from "../../../engine/src/linalg/cholesky.ts";
import { sharpTriplets, shiftedInverse } from "../../../engine/src/linalg/inverse-iteration.ts";
import { gramInto, multiplyInto } from "../../../engine/src/linalg/kernels/multiply.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import type { BlockOperator } from "../../../engine/src/linalg/subspace.ts";
import { directionsFrom, subspacePass, tripletsOfPass } from "../../../engine/src/linalg/subspace.ts";

/** Orthonormal columns, rows × k. */
function orthonormal(rows: number, k: number, seed: number): Float64Array {
  return directionsFrom(new Float64Array(0), 0, { rows, wanted: k, normal: normalStream(seed) }).q;
}

describe("solutions for a block of columns", () => {
  it("solve the system, whatever the sides are beside the blocks", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 7 }), fc.nat(1e6), (n, k, seed) => {
        const normal = normalStream(seed);
        const a = Float64Array.from({ length: (n + 3) * n }, normal);
        const s = new Float64Array(n * n);
        gramInto(s, a, n + 3, n);
        for (let i = 0; i < n; i++) s[i * n + i] += 1;
        const b = Float64Array.from({ length: n * k }, normal);
        const factor = s.slice();
        expect(choleskyInto(factor, n)).toBe(true);
        const x = b.slice();
        choleskySolveBlockInto(x, k, factor, n);
        const product = new Float64Array(n * k);
        multiplyInto(product, s, x, { m: n, n: k, k: n });
        const trace = s.reduce((sum, value, at) => (at % (n + 1) === 0 ? sum + value : sum), 0);
        for (let at = 0; at < b.length; at++) expect(Math.abs(product[at] - b[at])).toBeLessThan(1e-12 * n * trace);
      }),
      { numRuns: 60 },
    );
  });
});

describe("inverse iteration", () => {
  /** A with the given singular values, and its right singular vectors. */
  function withValues(values: readonly number[], rows: number, seed: number) {
    const n = values.length;
    const [u, v] = [orthonormal(rows, n, seed), orthonormal(n, n, seed + 1)];
    const a = new Float64Array(rows * n);
    const weighted = u.map((x, at) => x * values[at % n]);
    multiplyInto(a, weighted, v, { m: rows, n, k: n, transposeB: true });
    const s = new Float64Array(n * n);
    gramInto(s, a, rows, n);
    const g: BlockOperator = {
      longer: rows,
      shorter: n,
      timesInto: (out, q, k) => multiplyInto(out, a, q, { m: rows, n: k, k: n }),
      transposedTimesInto: (out, p, k) => multiplyInto(out, a, p, { m: n, n: k, k: rows, transposeA: true }),
    };
    return { s, g, v };
  }

  /** How far the leading `count` right vectors are from the span of those found. */
  function lost(v: Float64Array, n: number, count: number, right: Float64Array, found: number): number {
    const lead = Float64Array.from({ length: n * count }, (_, at) => v[Math.floor(at / count) * n + (at % count)]);
    const inside = new Float64Array(found * count);
    multiplyInto(inside, right, lead, { m: found, n: count, k: n, transposeA: true });
    return Math.sqrt(Math.max(0, count - inside.reduce((sum, x) => sum + x * x, 0)));
  }

  it("finds the span of a cluster that passes alone would take long to part from what lies below it", () => {
    // 12 values within 1e-3 of 1, the next at 0.97.
    const values = Array.from({ length: 60 }, (_, j) => (j < 12 ? 1 + 1e-3 * Math.cos(j) : 0.97 - 0.01 * (j - 12)));
    const { s, g, v } = withValues(values, 80, 3);
    const near = directionsFrom(new Float64Array(0), 0, { rows: 60, wanted: 16, normal: normalStream(9) });
    for (let i = 0; i < 60; i++)
      for (let j = 0; j < 12; j++) near.q[i * 16 + j] = v[i * 60 + j] + 0.05 * near.q[i * 16 + j];
    const sharp = sharpTriplets(g, s, near);
    const quick = sharpTriplets(g, s, near, { rough: { ...g, precision: "single" } });
    let passed = subspacePass(g, near.q, near.k);
    for (let pass = 0; pass < 2; pass++) passed = subspacePass(g, passed.right, passed.count);
    expect(sharp?.count).toBe(16);
    expect(quick?.count).toBe(16);
    if (sharp === undefined || quick === undefined) return;
    const [ours, theirs, rough] = [sharp, passed, quick].map(({ right, count }) => lost(v, 60, 12, right, count));
    expect(ours).toBeLessThan(1e-3);
    // What single precision makes of the way there is small beside what is left.
    expect(rough).toBeLessThan(1.1 * ours);
    expect(rough).not.toBe(ours);
    expect(ours).toBeLessThan(theirs / 20);
    const { values: found, left, right, count } = tripletsOfPass(sharp);
    const sorted = [...values].sort((a, b) => b - a);
    for (let j = 0; j < 12; j++) expect(Math.abs(found[j] - sorted[j])).toBeLessThan(1e-6);
    // G v = σ u.
    const product = new Float64Array(80 * count);
    g.timesInto(product, right, count);
    for (let at = 0; at < product.length; at++)
      if (at % count < 12) expect(product[at]).toBeCloseTo(found[at % count] * left[at], 4);
  });

  it("raises a shift that is too low, and gives up where none will do", () => {
    const s = Float64Array.of(2, 0, 0, 1);
    const inverse = shiftedInverse(s, 2, 1.99);
    const x = Float64Array.of(1, 1);
    inverse?.applyInto(x, 1);
    // T is 1.99 (1 + 2e-4 · 4^j) for the first j that makes it larger than 2: j = 3.
    const t = 1.99 * (1 + 2e-4 * 64);
    expect(x[0]).toBeCloseTo(1 / (t - 2), 9);
    expect(x[1]).toBeCloseTo(1 / (t - 1), 12);
    expect(shiftedInverse(s, 2, 1)).toBeUndefined();
    expect(shiftedInverse(Float64Array.of(Number.NaN, 0, 0, 1), 2, 1)).toBeUndefined();
  });
});
