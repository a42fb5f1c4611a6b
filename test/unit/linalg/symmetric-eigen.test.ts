/** The dense symmetric eigensolver against its definition, and against one-sided Jacobi rotations. */
import { describe, expect, it } from "vitest";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { symmetricEigen } from "../../../engine/src/linalg/symmetric-eigen.ts";
import { singularValues } from "../../support/jacobi-svd.ts";

function symmetric(n: number, entry: (i: number, j: number) => number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      out[i * n + j] = entry(i, j);
      out[j * n + i] = out[i * n + j];
    }
  }
  return out;
}

const KINDS: readonly { readonly name: string; readonly of: (n: number) => (i: number, j: number) => number }[] = [
  { name: "random", of: normalStream },
  { name: "identity", of: () => (i, j) => (i === j ? 1 : 0) },
  { name: "constant", of: () => () => -3 },
  { name: "path", of: () => (i, j) => (i === j + 1 ? 1 : 0) },
  { name: "graded", of: () => (i, j) => 10 ** (-i - j) },
  { name: "zero", of: () => () => 0 },
  { name: "graded beyond squares", of: () => (i, j) => 10 ** (-75 * (i % 3) - 75 * (j % 3) + ((i * j) % 2)) },
  { name: "huge", of: (n) => (i, j) => 1e290 * Math.sin(n + i * j) },
  { name: "tiny", of: (n) => (i, j) => 1e-250 * Math.sin(n + i * j) },
];

describe("the symmetric eigensolver", () => {
  it.each(KINDS)("has pairs with A x = λ x, orthonormal, in descending order: $name", ({ of }) => {
    for (const n of [1, 2, 3, 8, 30]) {
      const entry = of(n);
      const a = symmetric(n, entry);
      const { solve, values, vectors } = symmetricEigen(n);
      expect(solve(a)).toBe(true);
      const scale = n * Math.max(...a.map(Math.abs));
      for (let k = 0; k < n; k++) {
        const x = vectors.subarray(k * n, (k + 1) * n);
        for (let i = 0; i < n; i++) {
          const ax = a.subarray(i * n, (i + 1) * n).reduce((sum, entry, j) => sum + entry * x[j], 0);
          expect(Math.abs(ax - values[k] * x[i])).toBeLessThanOrEqual(1e-14 * scale);
        }
        for (let l = 0; l < n; l++) {
          const inner = x.reduce((sum, entry, j) => sum + entry * vectors[l * n + j], 0);
          expect(Math.abs(inner - (k === l ? 1 : 0))).toBeLessThan(1e-13);
        }
        if (k > 0) expect(values[k]).toBeLessThanOrEqual(values[k - 1]);
      }
      expect(Math.abs(symmetricEigen(n).largest(a) - values[0])).toBeLessThanOrEqual(1e-14 * scale);
    }
  });

  it("finds the singular values of a symmetric matrix in modulus", () => {
    const a = symmetric(12, normalStream(5));
    const { solve, values } = symmetricEigen(12);
    solve(a);
    const moduli = [...values].map(Math.abs).sort((x, y) => y - x);
    for (const [k, sigma] of singularValues(a, 12, 12).entries()) expect(moduli[k]).toBeCloseTo(sigma, 12);
  });

  it("finds the largest eigenvalue alone, of either sign, as the Jacobi method does", () => {
    for (let n = 1; n <= 40; n += 3) {
      const a = symmetric(n, normalStream(n));
      const c = Math.hypot(...a);
      for (const shift of [c, -c]) {
        const shifted = a.map((x, k) => (k % (n + 1) === 0 ? x + c : x));
        const [sigma] = singularValues(shifted, n, n);
        const moved = a.map((x, k) => (k % (n + 1) === 0 ? x + shift : x));
        expect(Math.abs(symmetricEigen(n).largest(moved) - (sigma - c + shift))).toBeLessThanOrEqual(1e-14 * n * c);
      }
    }
    expect(symmetricEigen(3).largest(new Float64Array(9).fill(Number.NaN))).toBeNaN();
  });

  it("can be used again, and says so where a number is not finite", () => {
    const solver = symmetricEigen(4);
    expect(solver.solve(symmetric(4, normalStream(1)))).toBe(true);
    expect(solver.solve(new Float64Array(16).fill(Number.NaN))).toBe(false);
    expect(solver.solve(new Float64Array(16).fill(1))).toBe(true);
    expect(solver.values[0]).toBeCloseTo(4, 14);
    expect(solver.values[3]).toBeCloseTo(0, 14);
  });
});
