/** The rows of a Krylov space: compiled and plain alike, orthonormal, and tridiagonal in between. */
import { describe, expect, it } from "vitest";
import { krylovSpace, type SymmetricOperator } from "../../../../engine/src/linalg/kernels/krylov-space.ts";
import { multiplySymmetricInto } from "../../../../engine/src/linalg/kernels/matrix-vector.ts";
import { residentSymmetric } from "../../../../engine/src/linalg/kernels/resident-matrix.ts";
import { normalStream } from "../../../../engine/src/linalg/random.ts";
import { dot, euclideanLength } from "../../../../engine/src/linalg/vector.ts";

const WIDTHS = [1, 2, 3, 7, 64, 301];
const ARITHMETICS = ["compiled", "plain"] as const;

function symmetricOf(n: number, seed: number, scale = 1): Float64Array {
  const normal = normalStream(seed);
  const s = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      s[i * n + j] = scale * normal();
      s[j * n + i] = s[i * n + j];
    }
  }
  return s;
}

function vectorOf(n: number, seed: number): Float64Array {
  return Float64Array.from({ length: n }, normalStream(seed));
}

/** Some steps, and every number that came back. */
function stepsOf(n: number, s: SymmetricOperator, arithmetic: (typeof ARITHMETICS)[number], x: Float64Array) {
  const most = Math.min(n, 9);
  const space = krylovSpace(most, n, s, arithmetic);
  const seen: number[] = [];
  let length = space.startWith(x);
  let b = 0;
  for (let k = 0; k < most; k++) {
    const step = space.advance(length, b);
    length = space.projectOut();
    seen.push(step.a, step.length, length, space.projectOut());
    b = length;
  }
  const rows = space.rows().slice();
  space.release();
  return { seen, rows, most };
}

describe("a Krylov space", () => {
  it.each(WIDTHS)("of %i numbers is the same compiled and plain, with a matrix and with its product", (n) => {
    for (const scale of [1, 1e130, 1e-130]) {
      const s = symmetricOf(n, n, scale);
      const operators: readonly SymmetricOperator[] = [s, (out, x) => multiplySymmetricInto(out, s, x, n)];
      const x = vectorOf(n, n + 1);
      const [first, ...others] = operators.flatMap((operator) =>
        ARITHMETICS.map((arithmetic) => stepsOf(n, operator, arithmetic, x)),
      );
      for (const other of others) expect(other).toEqual(first);
    }
  });

  it.each(WIDTHS)("of %i numbers has orthonormal rows, between which S is tridiagonal", (n) => {
    const s = symmetricOf(n, 2 * n);
    const { seen, rows, most } = stepsOf(n, s, "compiled", vectorOf(n, 3));
    const row = (k: number) => rows.subarray(k * n, (k + 1) * n);
    for (let k = 0; k < most; k++) {
      const product = new Float64Array(n);
      multiplySymmetricInto(product, s, row(k), n);
      const size = euclideanLength(product);
      for (let l = 0; l <= k; l++) {
        expect(Math.abs(dot(row(k), row(l)) - (k === l ? 1 : 0))).toBeLessThan(1e-13);
        const expected = k === l ? seen[4 * k] : l === k - 1 ? seen[4 * l + 2] : 0;
        expect(Math.abs(dot(product, row(l)) - expected)).toBeLessThan(1e-12 * (1 + size));
      }
    }
  });

  it("finds nothing of what stood in a memory before", () => {
    for (const n of WIDTHS) {
      const before = residentSymmetric(new Float64Array((n + 40) ** 2).fill(Number.NaN), n + 40);
      before.release();
      const s = symmetricOf(n, 5);
      const x = vectorOf(n, 6);
      expect(stepsOf(n, s, "compiled", x)).toEqual(stepsOf(n, s, "plain", x));
    }
  });
});
