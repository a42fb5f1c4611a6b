/** The dense products: compiled and plain agree in every bit, and both with a naive sum within the bound of their rounding. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { multiplySymmetricInto, multiplyVectorInto } from "../../../../engine/src/linalg/kernels/matrix-vector.ts";
import { addGramInto, gramInto, multiplyInto, type Product } from "../../../../engine/src/linalg/kernels/multiply.ts";
import { residentSymmetric } from "../../../../engine/src/linalg/kernels/resident-matrix.ts";
import { gamma } from "../../../../engine/src/linalg/rounding.ts";
import { draws, expectSame, numbersOf } from "./kernel-data.ts";

/** Sum of a_ip b_pj and of its absolute values, in the order of p. */
function naive(a: Float64Array, b: Float64Array, { m, n, k, transposeA, transposeB }: Product) {
  const sum = new Float64Array(m * n);
  const size = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      for (let p = 0; p < k; p++) {
        const term = a[transposeA ? p * m + i : i * k + p] * b[transposeB ? j * k + p : p * n + j];
        sum[i * n + j] += term;
        size[i * n + j] += Math.abs(term);
      }
    }
  }
  return { sum, size };
}

const sizes = fc.record({ m: fc.nat(37), n: fc.nat(37), k: fc.nat(70) });
const ways = fc.record({
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  accumulate: fc.boolean(),
  precision: fc.constantFrom("double", "single"),
});

describe("the product of two matrices", () => {
  it("is the same bit for bit with and without WebAssembly", () => {
    fc.assert(
      fc.property(sizes, ways, draws, (size, way, { seed, specialShare }) => {
        const { take } = numbersOf(seed, specialShare);
        const { m, n, k } = size;
        const [a, b, c] = [take(m * k), take(k * n), take(m * n)];
        const plain = c.slice();
        multiplyInto(c, a, b, { ...size, ...way });
        multiplyInto(plain, a, b, { ...size, ...way, arithmetic: "plain" });
        expectSame(c, plain);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    { m: 97, n: 5, k: 700 },
    { m: 3, n: 2051, k: 300 },
    { m: 130, n: 515, k: 257 },
    { m: 5, n: 9, k: 120_000 },
    { m: 28_000, n: 3, k: 40 },
  ])("is so for operands that come in parts: $m × $n, sums of $k", (size) => {
    const { m, n, k } = size;
    for (const precision of ["double", "single"] as const) {
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          const { take } = numbersOf(m + n + k);
          const [a, b, c] = [take(m * k), take(k * n), take(m * n)];
          const plain = c.slice();
          const way = { ...size, transposeA, transposeB, accumulate: true, precision };
          multiplyInto(c, a, b, way);
          multiplyInto(plain, a, b, { ...way, arithmetic: "plain" });
          expectSame(c, plain);
        }
      }
    }
  });

  it("differs from a naive sum by no more than twice the bound of either", () => {
    fc.assert(
      fc.property(sizes, ways, fc.nat(1e6), (size, way, seed) => {
        const { take } = numbersOf(seed);
        const { m, n, k } = size;
        const [a, b, start] = [take(m * k), take(k * n), take(m * n)];
        const c = start.slice();
        multiplyInto(c, a, b, { ...size, ...way });
        const { sum, size: terms } = naive(a, b, { ...size, ...way });
        for (let at = 0; at < c.length; at++) {
          const first = way.accumulate ? start[at] : 0;
          const ofTerms = way.precision === "single" ? 2 ** -24 * (k + 4) : gamma(k + 2);
          const bound = 2 * (ofTerms * terms[at] + gamma(k + 2) * Math.abs(first));
          expect(Math.abs(c[at] - (first + sum[at]))).toBeLessThanOrEqual(bound);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("touches nothing behind its m × n numbers", () => {
    const c = new Float64Array(40).fill(7);
    multiplyInto(c, new Float64Array(30), new Float64Array(18), { m: 5, n: 3, k: 6 });
    expect([...c.subarray(0, 15)]).toEqual(new Array(15).fill(0));
    expect([...c.subarray(15)]).toEqual(new Array(25).fill(7));
  });
});

describe("the Gram matrix", () => {
  it("is the product AᵀA in every bit, and symmetric, with and without WebAssembly", () => {
    fc.assert(
      fc.property(fc.nat(600), fc.nat(40), ways, draws, (m, n, { precision }, { seed, specialShare }) => {
        const a = numbersOf(seed, specialShare).take(m * n);
        const [s, plain, product] = [1, 2, 3].map((x) => new Float64Array(n * n).fill(x));
        gramInto(s, a, m, n, { precision });
        gramInto(plain, a, m, n, { precision, arithmetic: "plain" });
        multiplyInto(product, a, a, { m: n, n, k: m, transposeA: true, precision });
        expectSame(s, plain);
        expectSame(s, product);
      }),
      { numRuns: 100 },
    );
  });

  it("is added with weights, in every bit as products with rows that were weighted before", () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), draws, (m, n, { seed, specialShare }) => {
        const draw = numbersOf(seed, specialShare);
        const [a, d, square] = [draw.take(m * n), draw.take(m), draw.take(n * n)];
        const s = square.map((_, k) => square[Math.max(k, (k % n) * n + Math.floor(k / n))]);
        const [plain, product] = [s.slice(), s.slice()];
        addGramInto(s, a, d, n);
        addGramInto(plain, a, d, n, "plain");
        const weighted = a.map((x, k) => d[Math.floor(k / n)] * x);
        multiplyInto(product, weighted, a, { m: n, n, k: m, transposeA: true, accumulate: true });
        for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) product[i * n + j] = product[j * n + i];
        expectSame(s, plain);
        expectSame(s, product);
      }),
      { numRuns: 100 },
    );
  });

  it("comes in parts when A is large", () => {
    const [m, n] = [70_000, 17];
    const a = numbersOf(3).take(m * n);
    const [s, plain] = [new Float64Array(n * n), new Float64Array(n * n)];
    gramInto(s, a, m, n);
    gramInto(plain, a, m, n, { arithmetic: "plain" });
    expectSame(s, plain);
  });
});

describe("the product with a vector", () => {
  it("is the same bit for bit of a resident symmetric matrix and of one that is not", () => {
    fc.assert(
      fc.property(fc.nat(40), draws, (n, { seed, specialShare }) => {
        const { take } = numbersOf(seed, specialShare);
        const [s, x] = [take(n * n), take(n)];
        const once = new Float64Array(n).fill(3);
        multiplySymmetricInto(once, s, x, n);
        for (const arithmetic of ["compiled", "plain"] as const) {
          const resident = residentSymmetric(s, n, arithmetic);
          const y = new Float64Array(n).fill(1);
          resident.timesInto(y, x);
          resident.release();
          expectSame(y, once);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("of a symmetric matrix is that of the whole one, but for rounding, whatever stands above its diagonal", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(1e6), (n, seed) => {
        const { take } = numbersOf(seed);
        const whole = take(n * n);
        for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) whole[j * n + i] = whole[i * n + j];
        const lower = whole.map((entry, at) => (at % n > Math.floor(at / n) ? Number.NaN : entry));
        const x = take(n);
        const y = new Float64Array(n).fill(Number.NaN);
        multiplySymmetricInto(y, lower, x, n);
        const { sum, size } = naive(whole, x, { m: n, n: 1, k: n });
        for (let i = 0; i < n; i++) expect(Math.abs(y[i] - sum[i])).toBeLessThanOrEqual(2 * gamma(n) * size[i]);
      }),
      { numRuns: 100 },
    );
  });

  it("differs from a naive sum by no more than twice the bound of either", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), fc.nat(1e6), (m, n, seed) => {
        const { take } = numbersOf(seed);
        const a = take(m * n);
        for (const transpose of [false, true]) {
          const [rows, terms] = transpose ? [n, m] : [m, n];
          const x = take(terms);
          const y = new Float64Array(rows);
          multiplyVectorInto(y, a, x, { m, n, transpose });
          const { sum, size } = naive(a, x, { m: rows, n: 1, k: terms, transposeA: transpose });
          for (let i = 0; i < rows; i++)
            expect(Math.abs(y[i] - sum[i])).toBeLessThanOrEqual(2 * gamma(terms) * size[i]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
