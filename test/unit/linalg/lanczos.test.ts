/** The largest singular triplets where they are hard to have: clusters, many of them, and matrices that nobody holds densely. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spectralPolar } from "../../../engine/src/certify/polar/spectral.ts";
import { largestSingularTriplets } from "../../../engine/src/linalg/lanczos.ts";
import { type Observed, observedEntries, transpose, withValues } from "../../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import { proveSpectralBound, spectralBracket } from "../../../engine/src/linalg/singular-bound.ts";
import { dot } from "../../../engine/src/linalg/vector.ts";
import { DATA_KINDS, dataOf } from "../../support/arbitraries.ts";
import { singularValues } from "../../support/jacobi-svd.ts";
import { transposed } from "../../support/problems.ts";

const never = () => false;

/** Products of Householder reflections with random vectors: dense, and as orthogonal as rounding lets it be. */
function reflectedInto(x: Float64Array, rows: number, columns: number, seed: number): void {
  const normal = normalStream(seed);
  for (let k = 0; k < 3; k++) {
    const v = Float64Array.from({ length: columns }, normal);
    const square = dot(v, v);
    for (let i = 0; i < rows; i++) {
      const row = x.subarray(i * columns, (i + 1) * columns);
      const along = (2 * dot(row, v)) / square;
      for (let j = 0; j < columns; j++) row[j] -= along * v[j];
    }
  }
}

/** rows × columns with these singular values, rows ≥ columns. */
function withSingularValues(rows: number, columns: number, sigma: readonly number[], seed: number): Observed {
  const a = new Float64Array(rows * columns);
  sigma.forEach((value, k) => {
    a[k * columns + k] = value;
  });
  reflectedInto(a, rows, columns, seed);
  const turned = transposed(a, rows, columns);
  reflectedInto(turned, columns, rows, seed + 1);
  return observedEntries(transposed(turned, columns, rows), rows, columns, () => true);
}

/** As at the optimum of a regularized problem: `many` values within `width` above 1, and a bulk below. */
function clustered(n: number, many: number, width: number, seed: number): number[] {
  const uniform = uniformStream(seed);
  const values = Array.from({ length: n }, (_, k) => (k < many ? 1 + width * uniform() : 0.9 * uniform()));
  return values.sort((x, y) => y - x);
}

describe("a cluster of singular values", () => {
  it.each([
    [0, 40],
    [1e-14, 40],
    [1e-10, 3],
    [1e-8, 60],
    [1e-6, 25],
    [1e-3, 25],
  ])("of width %d around the largest one, %i of them, leaves a bracket that holds and is exact", (width, many) => {
    const sigma = clustered(150, many, width, 11);
    const a = withSingularValues(180, 150, sigma, 12);
    for (const tolerance of [undefined, 1e-7]) {
      const { triplets, proof } = spectralBracket(a, { above: 1, most: 8, tolerance, stopped: never });
      const [first] = triplets;
      expect(first.sigma).toBeLessThanOrEqual(sigma[0] * (1 + 1e-13));
      expect(first.sigma).toBeGreaterThanOrEqual(sigma[0] * (1 - (tolerance ?? 1e-11)));
      expect(proof.bound).toBeGreaterThanOrEqual(sigma[0] * (1 - 1e-13));
      expect(proof.bound).toBeLessThanOrEqual(sigma[0] * (1 + 2 * (tolerance ?? 1e-9)));
      expect(triplets.length).toBeLessThanOrEqual(8);
    }
  });
});

describe("a search through a Gram matrix in single precision", () => {
  const sigma = Array.from({ length: 150 }, (_, k) => (k < 10 ? 20 - k : 5 / k));

  it.each([1, 2 ** 45, 2 ** -45, 2 ** 190, 2 ** -190])(
    "finds values to 1e-12 where they stand apart, at scale %d",
    (scale) => {
      const a = withSingularValues(180, 150, sigma, 21);
      const scaled = withValues(
        a,
        a.value.map((x) => x * scale),
      );
      for (const turned of [scaled, transpose(scaled)]) {
        const triplets = largestSingularTriplets(turned, { above: 10.5 * scale, stopped: never });
        expect(triplets.length).toBe(10);
        triplets.forEach((triplet, k) => {
          expect(triplet.sigma / scale).toBeLessThanOrEqual(sigma[k] * (1 + 1e-13));
          expect(triplet.sigma / scale).toBeGreaterThanOrEqual(sigma[k] * (1 - (k === 0 ? 1e-12 : 1e-3)));
        });
      }
    },
  );

  it.each([1e-14, 1e-8, 1e-6])(
    "finds the largest of a cluster of width %d to single precision, from below",
    (width) => {
      const values = clustered(150, 40, width, 31);
      const [first] = largestSingularTriplets(withSingularValues(180, 150, values, 32), { above: 2, stopped: never });
      expect(first.sigma).toBeLessThanOrEqual(values[0] * (1 + 1e-13));
      expect(first.sigma).toBeGreaterThanOrEqual(values[0] * (1 - 1e-7));
    },
  );
});

describe("many triplets", () => {
  it("are as many as are wanted, orthonormal, with the values that they reach", () => {
    const normal = normalStream(5);
    const uniform = uniformStream(6);
    const dense = Float64Array.from({ length: 300 * 120 }, normal);
    const kept = dense.map(() => (uniform() < 0.2 ? 1 : 0));
    const tall = observedEntries(dense, 300, 120, (k) => kept[k] === 1);
    const sigma = singularValues(
      dense.map((x, k) => x * kept[k]),
      300,
      120,
    );
    for (const a of [tall, transpose(tall)]) {
      const triplets = largestSingularTriplets(a, { above: sigma[30], most: 10, stopped: never });
      expect(triplets.length).toBe(10);
      triplets.forEach(({ sigma: value, u, v }, i) => {
        expect(u.length).toBe(a.rows);
        expect(value).toBeLessThanOrEqual(sigma[i] * (1 + 1e-13));
        expect(value).toBeGreaterThanOrEqual(sigma[i] * (1 - 1e-3));
        let reached = 0;
        for (let r = 0; r < a.rows; r++) {
          for (let k = a.rowStart[r]; k < a.rowStart[r + 1]; k++) reached += u[r] * a.value[k] * v[a.column[k]];
        }
        expect(Math.abs(reached - value)).toBeLessThanOrEqual(1e-12 * value);
        for (let j = 0; j <= i; j++) {
          expect(Math.abs(dot(v, triplets[j].v) - (i === j ? 1 : 0))).toBeLessThanOrEqual(1e-10);
          expect(Math.abs(dot(u, triplets[j].u) - (i === j ? 1 : 0))).toBeLessThanOrEqual(1e-10);
        }
      });
    }
  });

  it("are found again in fewer steps from those of a matrix nearby", () => {
    const a = withSingularValues(160, 140, clustered(140, 6, 0.3, 3), 4);
    const normal = normalStream(8);
    const near = withValues(
      a,
      a.value.map((x) => x + 1e-6 * normal()),
    );
    let steps = 0;
    const stopped = () => {
      steps++;
      return false;
    };
    const options = { above: 1, tolerance: 1e-7, stopped };
    const cold = largestSingularTriplets(a, options);
    const coldSteps = steps;
    steps = 0;
    const start = largestSingularTriplets(near, { ...options, stopped: never }).map(({ v }) => v);
    const warm = largestSingularTriplets(a, { ...options, start });
    expect(steps).toBeLessThanOrEqual(coldSteps);
    expect(Math.abs(warm[0].sigma / cold[0].sigma - 1)).toBeLessThanOrEqual(1e-7);
    expect(warm.length).toBe(cold.length);
  });
});

describe("a proof by rows", () => {
  /** Blocks of 5 × 4 on a diagonal that is out of order: σ₁ is the largest of theirs. */
  function blocks(count: number) {
    const normal = normalStream(21);
    const column: number[] = [];
    const value: number[] = [];
    let sigma = 0;
    for (let b = 0; b < count; b++) {
      const block = Float64Array.from({ length: 20 }, () => normal() / 8);
      sigma = Math.max(sigma, singularValues(block, 5, 4)[0]);
      block.forEach((x, k) => {
        value.push(x);
        column.push(4 * ((7 * b) % count) + (k % 4));
      });
    }
    const rowStart = Int32Array.from({ length: 5 * count + 1 }, (_, i) => 4 * i);
    const a = {
      rows: 5 * count,
      columns: 4 * count,
      rowStart,
      column: Int32Array.from(column),
      value: Float64Array.from(value),
    };
    return { a, sigma };
  }

  it("holds no Gram matrix beyond a side of 3000, and is as tight", () => {
    const { a, sigma } = blocks(751);
    const polar = spectralPolar(a, { above: Number.POSITIVE_INFINITY, stopped: never });
    expect(polar.method).toBe("Lanczos, proven by a Cholesky factorization row by row");
    expect(polar.witness.kind).toBe("cholesky");
    expect(polar.lower).toBeGreaterThanOrEqual(sigma * (1 - 1e-11));
    expect(polar.upper).toBeGreaterThanOrEqual(sigma);
    expect(polar.upper).toBeLessThanOrEqual(sigma * (1 + 1e-8));
  });

  it("is the Frobenius norm once it was interrupted, even for a moment", () => {
    const { a } = blocks(751);
    const frobenius = Math.hypot(...a.value);
    for (const at of [1, 3, 50, 400]) {
      let asked = 0;
      const proof = proveSpectralBound(a, 1, () => ++asked === at);
      expect(proof.method).toBe("frobenius");
      expect(proof.bound).toBeGreaterThanOrEqual(frobenius * (1 - 1e-14));
    }
  });
});

describe("brackets of σ₁ beyond the side where compiled kernels take over", () => {
  it("hold, and are tight, whatever the shape, the kind of data and what is observed", () => {
    fc.assert(
      fc.property(
        fc.record({
          rows: fc.integer({ min: 24, max: 70 }),
          columns: fc.integer({ min: 24, max: 70 }),
          kind: fc.constantFrom(...DATA_KINDS),
          seed: fc.integer({ min: 1, max: 1e6 }),
          share: fc.constantFrom(0.1, 0.5, 1),
          above: fc.constantFrom(0, 0.5, Number.POSITIVE_INFINITY),
        }),
        ({ rows, columns, kind, seed, share, above }) => {
          const uniform = uniformStream(seed + 2);
          const dense = dataOf(kind, rows, columns, seed).map((x) => (uniform() < share ? x : 0));
          const a = observedEntries(dense, rows, columns, (k) => share === 1 || dense[k] !== 0);
          const tall = rows >= columns ? dense : transposed(dense, rows, columns);
          const [sigma] = singularValues(tall, Math.max(rows, columns), Math.min(rows, columns));
          const { lower, upper } = spectralPolar(a, { above, tolerance: 1e-9, stopped: never });
          expect(upper).toBeGreaterThanOrEqual(sigma * (1 - 1e-14));
          expect(upper).toBeLessThanOrEqual(sigma * (1 + 2e-9));
          expect(lower).toBeLessThanOrEqual(sigma * (1 + 1e-14));
          expect(lower).toBeGreaterThanOrEqual(sigma * (1 - 1e-9));
        },
      ),
      { numRuns: 60 },
    );
  });
});
