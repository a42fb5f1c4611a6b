/** σ₁ from above by moduli: against a full SVD, and beyond the size where a Gram matrix is formed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nonnegativeBound } from "../../../engine/src/linalg/nonnegative-bound.ts";
import { type Observed, observedEntries } from "../../../engine/src/linalg/observed.ts";
import { proveSpectralBound } from "../../../engine/src/linalg/singular-bound.ts";
import { singularValues } from "../../support/jacobi-svd.ts";

const entry = fc.oneof(
  fc.constant(0),
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.constantFrom(1, -1, 1e-300, 5e-324),
);
const table = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([rows, columns]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    data: fc.array(entry, { minLength: rows * columns, maxLength: rows * columns }),
  }),
);

function sparse(rows: number, columns: number, data: readonly number[]): Observed {
  return observedEntries(Float64Array.from(data), rows, columns, (k) => data[k] !== 0);
}

describe("the bound by moduli", () => {
  it("is not below σ₁, nor above the root of the largest row sum times the largest column sum", () => {
    fc.assert(
      fc.property(table, ({ rows, columns, data }) => {
        const a = sparse(rows, columns, data);
        const bound = nonnegativeBound(a);
        const [sigma = 0] = singularValues(Float64Array.from(data), rows, columns);
        expect(bound).toBeGreaterThanOrEqual(sigma * (1 - 1e-14));
        const sums = (index: (k: number) => number, count: number) => {
          const out = new Array<number>(count).fill(0);
          data.forEach((x, k) => {
            out[index(k)] += Math.abs(x);
          });
          return Math.max(...out);
        };
        const schur = Math.sqrt(sums((k) => Math.floor(k / columns), rows) * sums((k) => k % columns, columns));
        expect(bound).toBeLessThanOrEqual(schur * (1 + 1e-12) + 1e-140);
      }),
      { numRuns: 500 },
    );
  });

  it("is σ₁ for entries above 0, and where the signs are those of a rank-one table", () => {
    for (const sign of [() => 1, (k: number) => (Math.floor(k / 7) % 2 === 0 ? 1 : -1) * (k % 7 < 3 ? 1 : -1)]) {
      const data = Array.from({ length: 56 }, (_, k) => sign(k) * (0.1 + ((37 * k) % 17) / 20));
      const [sigma] = singularValues(Float64Array.from(data), 8, 7);
      expect(nonnegativeBound(sparse(8, 7, data)) / sigma).toBeLessThan(1 + 1e-12);
    }
  });

  it("stands for the Gram matrix where that would be larger than the data, and only there", () => {
    const n = 5000;
    const diagonal: Observed = {
      rows: n,
      columns: n,
      rowStart: Int32Array.from({ length: n + 1 }, (_, i) => i),
      column: Int32Array.from({ length: n }, (_, i) => (7 * i) % n),
      value: Float64Array.from({ length: n }, (_, i) => Math.cos(i)),
    };
    const proof = proveSpectralBound(diagonal, 1);
    expect(proof).toMatchObject({ method: "moduli" });
    expect(proof.bound).toBeGreaterThanOrEqual(1);
    expect(proof.bound).toBeLessThan(1 + 1e-11);
    expect(proveSpectralBound(sparse(2, 2, [1, 0.5, 0.5, -1]), 1.2).method).toBe("gram");
  });
});
