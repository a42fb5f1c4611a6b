/** The blocked Cholesky factorization: with and without WebAssembly, against its proven bound, and where it must refuse. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choleskyError } from "../../../../engine/src/linalg/cholesky.ts";
import { choleskyInto } from "../../../../engine/src/linalg/kernels/cholesky.ts";
import { gramInto } from "../../../../engine/src/linalg/kernels/multiply.ts";
import { draws, expectSame, numbersOf } from "./kernel-data.ts";

const SIZES = [0, 1, 2, 3, 4, 5, 7, 23, 24, 25, 26, 27, 63, 64, 65, 66, 127, 128, 129, 200, 333];

/** AᵀA of a tall random matrix; `above` stands over the diagonal. */
function definite(n: number, seed: number, above = Number.NaN): Float64Array {
  const s = new Float64Array(n * n);
  gramInto(s, numbersOf(seed).take((n + 5) * n), n + 5, n);
  for (let i = 0; i < n; i++) s.fill(above, i * n + i + 1, (i + 1) * n);
  return s;
}

describe("the Cholesky factorization", () => {
  it.each(SIZES)("is the same bit for bit with and without WebAssembly: n = %i", (n) => {
    const a = definite(n, n + 1);
    const plain = a.slice();
    expect(choleskyInto(a, n)).toBe(true);
    expect(choleskyInto(plain, n, { arithmetic: "plain" })).toBe(true);
    expectSame(a, plain);
  });

  it("neither reads nor writes what lies above the diagonal", () => {
    for (const n of [5, 30, 71]) {
      const [a, b] = [definite(n, 3, 42), definite(n, 3, Number.POSITIVE_INFINITY)];
      choleskyInto(a, n);
      choleskyInto(b, n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          if (j > i) expect([a[i * n + j], b[i * n + j]]).toEqual([42, Number.POSITIVE_INFINITY]);
          else expect(a[i * n + j]).toBe(b[i * n + j]);
        }
      }
    }
  });

  it.each([10, 64, 130])("gives L Lᵀ = A within its bound, entry by entry: n = %i", (n) => {
    const a = definite(n, 7, 0);
    const l = a.slice();
    choleskyInto(l, n);
    // |E| ≤ γ_{n+1} |L||L|ᵀ (higham2002, theorem 10.3), with as much for the sums here.
    const share = 2 * choleskyError(n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let [sum, size] = [0, 0];
        for (let k = 0; k <= j; k++) {
          sum += l[i * n + k] * l[j * n + k];
          size += Math.abs(l[i * n + k] * l[j * n + k]);
        }
        expect(Math.abs(sum - a[i * n + j])).toBeLessThanOrEqual(share * size);
      }
    }
  });

  it("agrees on what is positive definite, also where numbers are none", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), draws, (n, { seed, specialShare }) => {
        const a = definite(n, seed, 0);
        const spoiled = numbersOf(seed, specialShare / 10).take(n * n);
        // Numbers beyond every normal draw are the special ones.
        for (let k = 0; k < a.length; k++) if (!(Math.abs(spoiled[k]) < 10)) a[k] = spoiled[k];
        const plain = a.slice();
        const compiled = choleskyInto(a, n);
        expect(choleskyInto(plain, n, { arithmetic: "plain" })).toBe(compiled);
        if (compiled) expectSame(a, plain);
      }),
      { numRuns: 150 },
    );
  });

  it.each(SIZES.filter((n) => n > 0))(
    "refuses a matrix with one negative eigenvalue, wherever it shows: n = %i",
    (n) => {
      for (const at of new Set([0, Math.floor(n / 2), n - 1])) {
        for (const pivot of [-1e-3, 0, Number.NaN, Number.POSITIVE_INFINITY]) {
          const a = new Float64Array(n * n);
          for (let i = 0; i < n; i++) a[i * n + i] = i === at ? pivot : 1;
          expect(choleskyInto(a, n)).toBe(false);
        }
      }
    },
  );

  it("stops between blocks when asked", () => {
    let asked = 0;
    const stopped = () => ++asked > 2;
    expect(choleskyInto(definite(300, 1), 300, { stopped })).toBe(false);
    expect(asked).toBe(3);
  });
});
