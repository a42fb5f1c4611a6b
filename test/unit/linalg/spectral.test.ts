import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spectralPolar } from "../../../engine/src/certify/polar/spectral.ts";
import { choleskyInto, choleskySolveRowsInto } from "../../../engine/src/linalg/cholesky.ts";
import { gram } from "../../../engine/src/linalg/gram.ts";
import { largestSingularTriplets } from "../../../engine/src/linalg/lanczos.ts";
import {
  multiplyInto,
  multiplyTransposedInto,
  observedEntries,
  transpose,
} from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { denseSingularBound, proveSpectralBound } from "../../../engine/src/linalg/singular-bound.ts";
import type { DataKind } from "../../support/arbitraries.ts";
import { DATA_KINDS, dataOf } from "../../support/arbitraries.ts";
import { singularValues } from "../../support/jacobi-svd.ts";
import { transposed } from "../../support/problems.ts";

const never = () => false;

const matrix = fc.record({
  rows: fc.integer({ min: 1, max: 25 }),
  columns: fc.integer({ min: 1, max: 25 }),
  kind: fc.constantFrom(...DATA_KINDS),
  seed: fc.integer({ min: 1, max: 1e6 }),
  scale: fc.constantFrom(1, 1e-90, 1e90, 1e-6),
});

interface MatrixInput {
  readonly rows: number;
  readonly columns: number;
  readonly kind: DataKind;
  readonly seed: number;
  readonly scale: number;
}

function build({ rows, columns, kind, seed, scale }: MatrixInput) {
  const dense = dataOf(kind, rows, columns, seed).map((x) => x * scale);
  const tall = rows >= columns ? dense : transposed(dense, rows, columns);
  const unscaled = tall.map((x) => x / scale);
  const sigma = singularValues(unscaled, Math.max(rows, columns), Math.min(rows, columns)).map((s) => s * scale);
  return { a: observedEntries(dense, rows, columns, () => true), sigma };
}

describe("σ₁ with proof", () => {
  it("spares the search where a guess is the best direction", () => {
    // Diagonal: every unit vector of the first four is one, and a search would bring all of them.
    const side = 40;
    const dense = new Float64Array(side * side);
    for (let i = 0; i < side; i++) dense[i * side + i] = i < 4 ? 2 : 1;
    const a = observedEntries(dense, side, side, () => true);
    const unit = (at: number) => Float64Array.from({ length: side }, (_, i) => (i === at ? 1 : 0));
    const polarAt = (at: number) =>
      spectralPolar(a, { above: 1.5, guess: { branches: [[unit(at), unit(at)]] }, stopped: never });
    const guessed = polarAt(2);
    expect(guessed.branches).toHaveLength(1);
    expect(guessed.branches[0].factors[1]).toEqual(unit(2));
    expect(guessed.upper).toBeGreaterThanOrEqual(2);
    expect(guessed.upper).toBeLessThan(2 * (1 + 1e-12));
    const searched = polarAt(7);
    expect(searched.branches.every(({ value }) => value > 1.5)).toBe(true);
    expect(searched.lower).toBeGreaterThan(2 * (1 - 1e-12));
    expect(searched.upper).toBeGreaterThanOrEqual(2);
  });

  it("changes no claim for a guess, whatever it is worth", () => {
    const guesses = ["best", "nearly", "random", "zero", "NaN", "tiny"] as const;
    fc.assert(
      fc.property(matrix, fc.constantFrom(...guesses), (input, kind) => {
        const { a, sigma } = build(input);
        const options = { above: Number.POSITIVE_INFINITY, stopped: never };
        const plain = spectralPolar(a, options);
        const best = plain.branches[0]?.factors[1] ?? new Float64Array(a.columns);
        const normal = normalStream(input.seed);
        const right = best.map((x) => {
          switch (kind) {
            case "best":
              return 3 * x;
            case "nearly":
              return x + 1e-4 * normal();
            case "random":
              return normal();
            case "zero":
              return 0;
            case "NaN":
              return Number.NaN;
            case "tiny":
              return 1e-300 * x;
            default:
              return kind satisfies never;
          }
        });
        const polar = spectralPolar(a, { ...options, guess: { branches: [[new Float64Array(a.rows), right]] } });
        expect(polar.upper).toBeGreaterThanOrEqual(sigma[0] * (1 - 1e-14));
        expect(polar.lower).toBeLessThanOrEqual(sigma[0] * (1 + 1e-14));
        expect(Math.abs(polar.lower - plain.lower)).toBeLessThanOrEqual(1e-12 * plain.lower);
        expect(Math.abs(polar.upper - plain.upper)).toBeLessThanOrEqual(1e-9 * plain.upper);
        expect(polar.kind).toBe(plain.kind);
      }),
      { numRuns: 300 },
    );
  });

  it("the bracket holds the Jacobi value, whatever shape, rank and scale", () => {
    fc.assert(
      fc.property(matrix, (input) => {
        const { a, sigma } = build(input);
        const polar = spectralPolar(a, { above: Number.POSITIVE_INFINITY, stopped: never });
        expect(polar.upper).toBeGreaterThanOrEqual(sigma[0] * (1 - 1e-14));
        expect(polar.lower).toBeLessThanOrEqual(sigma[0] * (1 + 1e-14));
        // Tight: exact to about k² ulps, and to the estimate of Lanczos.
        if (sigma[0] > 0) {
          expect(polar.lower).toBeGreaterThanOrEqual(sigma[0] * (1 - 1e-12));
          expect(polar.upper).toBeLessThanOrEqual(sigma[0] * (1 + 1e-9));
          expect(polar.kind).toBe("exact");
        }
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  it("never proves a bound below σ₁, however wrong the estimate it starts from", () => {
    fc.assert(
      fc.property(matrix, fc.double({ min: 0, max: 1.5, noNaN: true }), (input, factor) => {
        const { a, sigma } = build({ ...input, scale: 0.01 });
        fc.pre(a.value.every((x) => Math.abs(x) <= 1));
        const { bound } = proveSpectralBound(a, factor * sigma[0]);
        expect(bound).toBeGreaterThanOrEqual(sigma[0] * (1 - 1e-14));
      }),
      { numRuns: 300, seed: 6 },
    );
  });

  it("is as tight without an estimate, for dense arrays of any scale", () => {
    fc.assert(
      fc.property(matrix, (input) => {
        const { a, sigma } = build(input);
        const bound = denseSingularBound(a.value, a.columns);
        expect(bound).toBeGreaterThanOrEqual(sigma[0] * (1 - 1e-14));
        expect(bound).toBeLessThanOrEqual(sigma[0] * (1 + 1e-12));
      }),
      { numRuns: 300, seed: 7 },
    );
    expect(denseSingularBound(Float64Array.of(1, Number.NaN, 0, 1), 2)).toBe(Number.POSITIVE_INFINITY);
    expect(denseSingularBound(Float64Array.of(1, 0, 0, Number.POSITIVE_INFINITY), 2)).toBe(Number.POSITIVE_INFINITY);
    expect(denseSingularBound(Float64Array.of(1e308, 0, 0, 1e308), 2)).toBeGreaterThanOrEqual(1e308);
  });

  it("is proven for sides too long for a dense eigenvalue as well", () => {
    const n = 300;
    const x = Float64Array.from({ length: n }, normalStream(9));
    const rankOne = Float64Array.from({ length: n * n }, (_, k) => x[Math.floor(k / n)] * x[k % n]);
    for (let i = 0; i < n; i++) rankOne[i * n + i] += 3;
    const truth = x.reduce((sum, entry) => sum + entry * entry, 3);
    const bound = denseSingularBound(rankOne, n);
    expect(bound).toBeGreaterThanOrEqual(truth * (1 - 1e-13));
    expect(bound).toBeLessThanOrEqual(truth * (1 + 1e-10));
  });

  it("falls back on the Frobenius norm when it is interrupted", () => {
    const { a, sigma } = build({ rows: 9, columns: 7, kind: "full", seed: 3, scale: 1 });
    const polar = spectralPolar(a, { above: 0, stopped: () => true });
    expect(polar.kind).toBe("bound");
    expect(polar.method).toBe("Lanczos, proven by the Frobenius norm");
    expect(polar.upper).toBeGreaterThanOrEqual(Math.hypot(...sigma) * (1 - 1e-14));
  });

  it("returns every direction above the threshold, with the value it reaches", () => {
    const { a, sigma } = build({ rows: 20, columns: 12, kind: "full", seed: 8, scale: 1 });
    const above = (sigma[4] + sigma[5]) / 2;
    const { branches } = spectralPolar(a, { above, stopped: never });
    expect(branches.length).toBe(5);
    branches.forEach((branch, i) => {
      expect(branch.value).toBeCloseTo(sigma[i], 6);
      for (const slice of branch.factors) expect(Math.hypot(...slice)).toBeCloseTo(1, 12);
    });
  });
});

describe("Lanczos", () => {
  it("finds repeated singular values one by one", () => {
    const a = observedEntries(dataOf("identity", 6, 6, 1), 6, 6, () => true);
    const triplets = largestSingularTriplets(a, { above: 0.5, stopped: never });
    expect(triplets.map(({ sigma }) => Math.round(sigma * 1e12) / 1e12)).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

describe("observed matrices", () => {
  it("products, transpose and Gram agree with dense arithmetic", () => {
    const normal = normalStream(4);
    const dense = Float64Array.from({ length: 35 }, normal);
    const a = observedEntries(dense, 7, 5, (k) => k % 3 !== 0);
    const entry = (i: number, j: number) => ((i * 5 + j) % 3 === 0 ? 0 : dense[i * 5 + j]);
    const x = Float64Array.from({ length: 5 }, normal);
    const y = Float64Array.from({ length: 7 }, normal);
    const ax = new Float64Array(7);
    const aty = new Float64Array(5);
    multiplyInto(ax, a, x);
    multiplyTransposedInto(aty, a, y);
    const viaTranspose = new Float64Array(5);
    multiplyInto(viaTranspose, transpose(a), y);
    const s = gram(a, never);
    for (let i = 0; i < 7; i++)
      expect(ax[i]).toBeCloseTo(
        [0, 1, 2, 3, 4].reduce((t, j) => t + entry(i, j) * x[j], 0),
        13,
      );
    for (let j = 0; j < 5; j++) {
      expect(aty[j]).toBeCloseTo(viaTranspose[j], 13);
      for (let k = 0; k < 5; k++) {
        const expected = [0, 1, 2, 3, 4, 5, 6].reduce((t, i) => t + entry(i, j) * entry(i, k), 0);
        expect(s[j * 5 + k]).toBeCloseTo(expected, 12);
      }
    }
  });
});

describe("Cholesky", () => {
  it("solves, and refuses what is not positive definite", () => {
    const l = Float64Array.of(4, 0, 0, 2, 5, 0, -1, 3, 6);
    expect(choleskyInto(l, 3)).toBe(true);
    const b = Float64Array.of(1, 2, 3);
    const x = b.slice();
    choleskySolveRowsInto(x, 1, l, 3);
    const a = [
      [4, 2, -1],
      [2, 5, 3],
      [-1, 3, 6],
    ];
    for (let i = 0; i < 3; i++) expect(a[i][0] * x[0] + a[i][1] * x[1] + a[i][2] * x[2]).toBeCloseTo(b[i], 12);
    expect(choleskyInto(Float64Array.of(1, 0, 2, 1), 2)).toBe(false);
    expect(choleskyInto(Float64Array.of(Number.NaN), 1)).toBe(false);
    expect(choleskyInto(Float64Array.of(1), 1, () => true)).toBe(false);
  });
});
