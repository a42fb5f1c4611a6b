import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { largestEigenpairs, proveEigenvalueBound } from "../../../engine/src/linalg/eigen.ts";
import { denseOf, multiplyInto, observedEntries, symmetricPart } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { dot } from "../../../engine/src/linalg/vector.ts";
import { DATA_KINDS, dataOf } from "../../support/arbitraries.ts";
import { singularValues } from "../../support/jacobi-svd.ts";

const never = () => false;
const full = (dense: Float64Array, n: number) => observedEntries(dense, n, n, () => true);

/** Eigenvalues, descending, as the singular values of S + c I with c ≥ ‖S‖_F. */
function eigenvalues(s: Float64Array, n: number): number[] {
  const c = Math.hypot(...s) || 1;
  const shifted = s.map((x, k) => (k % (n + 1) === 0 ? x + c : x));
  return singularValues(shifted, n, n).map((value) => value - c);
}

const matrix = fc
  .record({
    n: fc.integer({ min: 1, max: 20 }),
    kind: fc.constantFrom(...DATA_KINDS),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ n, kind, seed }) => ({ n, s: symmetricPart(full(dataOf(kind, n, n, seed), n)) }));

describe("largest eigenvalues", () => {
  it("are those of Jacobi's method, with vectors that have them", () => {
    fc.assert(
      fc.property(matrix, ({ n, s }) => {
        const expected = eigenvalues(denseOf(s), n);
        const size = Math.hypot(...s.value);
        const [first] = largestEigenpairs(s, { above: Number.POSITIVE_INFINITY, stopped: never });
        expect(Math.abs(first.value - expected[0])).toBeLessThanOrEqual(1e-12 * size);
        const out = new Float64Array(n);
        multiplyInto(out, s, first.vector);
        expect(dot(first.vector, first.vector)).toBeCloseTo(1, 12);
        expect(Math.hypot(...out.map((x, i) => x - first.value * first.vector[i]))).toBeLessThanOrEqual(
          2e-7 * size + 1e-300,
        );
      }),
      { numRuns: 100 },
    );
  });

  it("above a threshold are all found, negative ones too", () => {
    const s = symmetricPart(full(dataOf("full", 15, 15, 4), 15));
    const expected = eigenvalues(denseOf(s), 15);
    const above = (expected[9] + expected[10]) / 2;
    const pairs = largestEigenpairs(s, { above, stopped: never });
    expect(pairs.length).toBe(10);
    pairs.forEach(({ value }, i) => {
      expect(value).toBeCloseTo(expected[i], 8);
    });
  });

  it("that repeat are found one by one", () => {
    const s = full(dataOf("identity", 6, 6, 1), 6);
    expect(largestEigenpairs(s, { above: 0.5, stopped: never }).length).toBe(6);
  });

  it("stop at once when nothing is left: a large matrix of rank one", () => {
    const n = 300;
    const x = Float64Array.from({ length: n }, normalStream(7));
    const s = full(
      Float64Array.from({ length: n * n }, (_, k) => -x[Math.floor(k / n)] * x[k % n]),
      n,
    );
    let products = 0;
    const pairs = largestEigenpairs(s, {
      above: 0.5,
      stopped: () => {
        products++;
        return false;
      },
    });
    expect(products).toBeLessThan(10);
    expect(Math.abs(pairs[0].value)).toBeLessThanOrEqual(1e-10 * dot(x, x));
  });
});

describe("a proven bound on the largest eigenvalue", () => {
  it("is never below it, however wrong the estimate, and tight when it is right", () => {
    fc.assert(
      fc.property(matrix, fc.double({ min: -1, max: 1.5, noNaN: true }), ({ n, s }, factor) => {
        const dense = denseOf(s);
        const [largest] = eigenvalues(dense, n);
        const size = Math.hypot(...dense);
        expect(proveEigenvalueBound(dense, n, factor * size).bound).toBeGreaterThanOrEqual(largest - 1e-14 * size);
        expect(proveEigenvalueBound(dense, n, largest).bound).toBeLessThanOrEqual(largest + 1e-11 * size + 1e-300);
      }),
      { numRuns: 200 },
    );
  });

  it("is the Frobenius norm when it is interrupted", () => {
    const dense = denseOf(symmetricPart(full(dataOf("full", 5, 5, 2), 5)));
    const { proven, bound } = proveEigenvalueBound(dense, 5, 1, () => true);
    expect(proven).toBe(false);
    expect(bound).toBeGreaterThanOrEqual(Math.hypot(...dense));
    expect(bound).toBeLessThanOrEqual(Math.hypot(...dense) * (1 + 1e-12));
  });
});

describe("the symmetric part", () => {
  it("of a masked matrix is (A + Aᵀ)/2, columns ascending", () => {
    const n = 6;
    const a = observedEntries(dataOf("full", n, n, 5), n, n, (k) => k % 4 !== 1);
    const [dense, s] = [denseOf(a), symmetricPart(a)];
    const expected = dense.map((x, k) => (x + dense[(k % n) * n + Math.floor(k / n)]) / 2);
    expect(denseOf(s)).toEqual(expected);
    for (let i = 0; i < n; i++) {
      const columns = s.column.subarray(s.rowStart[i], s.rowStart[i + 1]);
      expect([...columns]).toEqual([...columns].sort((x, y) => x - y));
    }
  });

  it("of an estimate that is too low is not much above it, where some excess is harmless", () => {
    const n = 40;
    const s = full(dataOf("full", n, n, 3), n);
    const dense = denseOf(symmetricPart(s));
    const largest = eigenvalues(dense, n)[0];
    for (const missing of [3e-9, 1e-8, 1e-7, 6e-7]) {
      const { proven, bound } = proveEigenvalueBound(dense, n, largest * (1 - missing), never, {
        harmless: 1e-8 * largest,
      });
      expect(proven).toBe(true);
      expect(bound).toBeGreaterThanOrEqual(largest * (1 - 1e-14));
      expect(bound - largest * (1 - missing)).toBeLessThanOrEqual(Math.max(1.01e-8, 4.01 * missing) * largest);
    }
    const farOff = proveEigenvalueBound(dense, n, 0.9 * largest, never, { harmless: 1e-8 * largest });
    expect(farOff.proven).toBe(true);
    expect(farOff.bound).toBeGreaterThanOrEqual(largest * (1 - 1e-14));
  });
});
