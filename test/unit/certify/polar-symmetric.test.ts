import { describe, expect, it } from "vitest";
import { symmetricPolar } from "../../../engine/src/certify/polar/symmetric.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { dataOf } from "../../support/arbitraries.ts";
import { singularValues } from "../../support/jacobi-svd.ts";
import { normFor } from "../../support/norms.ts";

const never = () => false;
const options = { above: Number.POSITIVE_INFINITY, stopped: never };
const full = (dense: Float64Array, n: number) => observedEntries(dense, n, n, () => true);
const l2 = normFor("l2", [1]);

function eigenvaluesOfSymmetricPart(w: Float64Array, n: number): number[] {
  const c = Math.hypot(...w) || 1;
  const shifted = w.map((x, k) => (x + w[(k % n) * n + Math.floor(k / n)]) / 2 + (k % (n + 1) === 0 ? c : 0));
  return singularValues(shifted, n, n).map((value) => value - c);
}

describe("u uᵀ with ‖u‖₂²", () => {
  it.each([1, 1e-90, 1e90])("is the largest eigenvalue of the symmetric part, scale %d", (scale) => {
    for (const [n, seed] of [
      [1, 1],
      [2, 2],
      [7, 3],
      [30, 4],
    ]) {
      const w = dataOf("full", n, n, seed).map(Math.abs);
      const [largest] = eigenvaluesOfSymmetricPart(w, n);
      const polar = symmetricPolar(
        full(
          w.map((x) => x * scale),
          n,
        ),
        l2,
        options,
      );
      expect(polar.kind).toBe("exact");
      expect(polar.upper / scale).toBeGreaterThanOrEqual(largest * (1 - 1e-13));
      expect(polar.upper / scale).toBeLessThanOrEqual(largest * (1 + 1e-9));
      expect(polar.lower / scale).toBeGreaterThanOrEqual(largest * (1 - 1e-11));
    }
  });

  it("is 0 where no eigenvalue is positive", () => {
    const definite = dataOf("identity", 5, 5, 1).map((x) => -x);
    const polar = symmetricPolar(full(definite, 5), l2, options);
    expect(polar).toMatchObject({ lower: 0, kind: "exact", branches: [] });
    expect(polar.upper).toBeLessThanOrEqual(1e-15);
    const antisymmetric = Float64Array.of(0, 3, -3, 0);
    expect(symmetricPolar(full(antisymmetric, 2), l2, options)).toMatchObject({ lower: 0, branches: [] });
    expect(symmetricPolar(full(new Float64Array(9), 3), l2, options)).toMatchObject({ lower: 0, upper: 0 });
    // Only half of the smallest eigenvalue is left of a matrix without a positive one.
    const zeroTop = Float64Array.of(-1, 1, 1, -1);
    const bound = symmetricPolar(full(zeroTop, 2), l2, options).upper;
    expect(bound).toBeGreaterThanOrEqual(0);
    expect(bound).toBeLessThanOrEqual(1e-12);
  });

  it("gives a branch for every eigenvalue above the threshold", () => {
    const w = dataOf("full", 12, 12, 9);
    const values = eigenvaluesOfSymmetricPart(w, 12);
    const above = (values[2] + values[3]) / 2;
    const { branches } = symmetricPolar(full(w, 12), l2, { above, stopped: never });
    expect(branches.length).toBe(3);
    branches.forEach(({ value, factors }, i) => {
      expect(value).toBeCloseTo(values[i], 6);
      expect(Math.hypot(...factors[0])).toBeCloseTo(1, 12);
    });
  });

  it("falls back on the Frobenius norm when it is interrupted", () => {
    const w = dataOf("full", 6, 6, 3);
    const polar = symmetricPolar(full(w, 6), l2, { above: 0, stopped: () => true });
    expect(polar.kind).toBe("bound");
    expect(polar.upper).toBeGreaterThanOrEqual(eigenvaluesOfSymmetricPart(w, 6)[0]);
  });
});

describe("u uᵀ with other norms, against a grid over the circle", () => {
  const angles = Array.from({ length: 20000 }, (_, k) => (2 * Math.PI * k) / 20000);
  it.each([
    ["l1", normFor("l1", [2])],
    ["linf", normFor("linf", [2])],
    ["l2 + l1/2", normFor({ l2: 1, l1: 0.5 }, [2])],
    ["l2, nonnegative", normFor("l2", [2], ["nonnegative"])],
    ["l2, 1-sparse", normFor("l2", [2], [{ sparse: 1 }])],
  ])("%s", (_, norm) => {
    for (let seed = 1; seed <= 25; seed++) {
      const w = dataOf("full", 2, 2, seed);
      const polar = symmetricPolar(full(w, 2), norm, options);
      let best = 0;
      for (const angle of angles) {
        // Quarter turns exactly, so that sparse vectors are among them.
        const near = (x: number) => (Math.abs(x) < 1e-9 ? 0 : x);
        const u = Float64Array.of(near(Math.cos(angle)), near(Math.sin(angle)));
        const value = w[0] * u[0] ** 2 + (w[1] + w[2]) * u[0] * u[1] + w[3] * u[1] ** 2;
        best = Math.max(best, value / norm.value(u) ** 2);
      }
      expect(polar.upper).toBeGreaterThanOrEqual(best);
      expect(polar.lower).toBeGreaterThanOrEqual(best * (1 - 1e-6));
      expect(polar.lower).toBeLessThanOrEqual(best * (1 + 1e-6));
    }
  });
});
