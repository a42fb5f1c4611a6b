import { describe, expect, it } from "vitest";
import type { Closer } from "../../../engine/src/certify/polar/closing.ts";
import { supportsCloser, symmetricSupportsCloser } from "../../../engine/src/certify/polar/sparse-supports.ts";
import { bilinear, observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import { dataOf } from "../../support/arbitraries.ts";
import { singularValues } from "../../support/jacobi-svd.ts";
import { feasible, normFor } from "../../support/norms.ts";

const never = () => false;
const TOLERANCE = 2e-7;
const full = (dense: Float64Array, rows: number, columns: number) => observedEntries(dense, rows, columns, () => true);
const close = (closer: Closer, lower: number, cells = 1e6) =>
  closer.close({ lower, tolerance: TOLERANCE, cells, hint: undefined, stopped: never });

function demanded<T>(x: T | undefined): T {
  if (x === undefined) throw new Error("nothing there");
  return x;
}

function* subsets(size: number, count: number, from = 0): Generator<readonly number[]> {
  if (count === 0) yield [];
  else
    for (let first = from; first <= size - count; first++) {
      for (const rest of subsets(size, count - 1, first + 1)) yield [first, ...rest];
    }
}

/** max σ₁(W_RS) over all |R| = k_u, |S| = k_v, by Jacobi. */
function exhaustive(w: Float64Array, rows: number, columns: number, ku: number, kv: number): number {
  let most = 0;
  for (const r of subsets(rows, ku)) {
    for (const s of subsets(columns, kv)) {
      const own = Float64Array.from(r.flatMap((i) => s.map((j) => w[i * columns + j])));
      const [first] = ku >= kv ? singularValues(own, ku, kv) : singularValues(transposed(own, ku, kv), kv, ku);
      most = Math.max(most, first);
    }
  }
  return most;
}

function transposed(x: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: x.length }, (_, at) => x[(at % rows) * columns + Math.floor(at / rows)]);
}

const sparse = (size: number, k: number) => normFor("l2", [size], k < size ? [{ sparse: k }] : []);

const SHAPES = [
  [6, 5, 6, 2],
  [5, 7, 5, 3],
  [7, 5, 2, 5],
  [5, 6, 2, 3],
  [6, 6, 3, 3],
  [4, 8, 4, 1],
  [3, 3, 1, 1],
  [2, 7, 2, 5],
] as const;

describe("u vᵀ with sparse factors", () => {
  it.each(["full", "low-rank", "constant", "identity", "equal-rows", "rows-scaled"] as const)(
    "is the largest σ₁ over all supports: %s",
    (kind) => {
      SHAPES.forEach(([rows, columns, ku, kv], seed) => {
        const w = dataOf(kind, rows, columns, seed + 1);
        const truth = exhaustive(w, rows, columns, ku, kv);
        const closer = demanded(supportsCloser(full(w, rows, columns), sparse(rows, ku), sparse(columns, kv)));
        for (const lower of [truth, 0, 0.7 * truth]) {
          const found = close(closer, lower);
          expect(found.upper).toBeGreaterThanOrEqual(truth);
          expect(found.upper).toBeLessThanOrEqual(truth * (1 + 1.01 * TOLERANCE));
          expect(closer.check(found.arrays, { cells: 1e6, stopped: never }).upper).toBe(found.upper);
          expect(found.better === undefined).toBe(lower === truth || found.work === 1);
        }
      });
    },
  );

  it("gives the branch that is worth more than the value it was told of", () => {
    const [rows, columns] = [8, 7];
    const w = full(dataOf("full", rows, columns, 5), rows, columns);
    const [a, b] = [sparse(rows, 3), sparse(columns, 2)];
    const truth = exhaustive(w.value, rows, columns, 3, 2);
    const [u, v] = demanded(close(demanded(supportsCloser(w, a, b)), 0.9 * truth).better);
    expect(a.violation(u) ?? b.violation(v)).toBeUndefined();
    expect(Math.abs(bilinear(w, u, v)) / (a.value(u) * b.value(v))).toBeGreaterThan(0.9 * truth);
  });

  it.each([1e-90, 1e90, 3e-5])("scales with W: %d", (scale) => {
    const w = dataOf("full", 6, 7, 3);
    const truth = exhaustive(w, 6, 7, 2, 3);
    const closer = demanded(
      supportsCloser(
        full(
          w.map((x) => x * scale),
          6,
          7,
        ),
        sparse(6, 2),
        sparse(7, 3),
      ),
    );
    const { upper } = close(closer, truth * scale);
    expect(upper / scale).toBeGreaterThanOrEqual(truth * (1 - 1e-15));
    expect(upper / scale).toBeLessThanOrEqual(truth * (1 + 1.01 * TOLERANCE));
  });

  it("bounds every feasible point, for constraints and norms beside the sparsity", () => {
    const kernel = { shape: [1, 6], data: Float64Array.of(1, -1, 1, -1, 1, -1) };
    const sides = [
      normFor("l2", [6], [{ sparse: 2 }, "nonnegative"]),
      normFor("l2", [6], ["nonnegative"]),
      normFor("l1", [6], [{ sparse: 3 }]),
      normFor("linf", [6], [{ sparse: 3 }]),
      normFor({ l2: 1, l1: 0.5 }, [6], [{ sparse: 3 }]),
      normFor("l2", [6], [{ sparse: 3 }, { kernel }]),
      normFor("l2", [6], [{ kernel }]),
      normFor({ lq: 3 }, [6]),
    ];
    const normal = normalStream(4);
    const uniform = uniformStream(4);
    const point = (norm: (typeof sides)[number]) =>
      feasible(
        norm,
        Float64Array.from({ length: 6 }, () => (uniform() < 0.4 ? 0 : normal())),
      );
    for (const a of sides) {
      for (const b of sides) {
        const w = full(dataOf("full", 6, 6, 8), 6, 6);
        const closer = supportsCloser(w, a, b);
        expect(closer === undefined).toBe(a.support === undefined && b.support === undefined);
        if (closer === undefined) continue;
        const { upper } = close(closer, 0);
        for (let k = 0; k < 400; k++) {
          const [u, v] = [point(a), point(b)];
          const size = a.value(u) * b.value(v);
          if (size > 0) expect(bilinear(w, u, v) / size).toBeLessThanOrEqual(upper);
        }
      }
    }
  });

  it("with both factors nonnegative and sparse is no more than σ₁ of the positive entries on supports", () => {
    const w = dataOf("full", 6, 7, 12);
    const sides = [6, 7].map((n) => normFor("l2", [n], [{ sparse: 3 }, "nonnegative"]));
    const closer = demanded(supportsCloser(full(w, 6, 7), sides[0], sides[1]));
    const positive = exhaustive(
      w.map((x) => Math.max(0, x)),
      6,
      7,
      3,
      3,
    );
    expect(close(closer, 0).upper).toBeLessThanOrEqual(positive * 1.2);
    // Nonnegative W: nothing is lost.
    const own = demanded(supportsCloser(full(w.map(Math.abs), 6, 7), sides[0], sides[1]));
    const truth = exhaustive(w.map(Math.abs), 6, 7, 3, 3);
    expect(close(own, truth).upper).toBeLessThanOrEqual(truth * (1 + 1.01 * TOLERANCE));
  });

  it("stops when asked or when its nodes are spent, with a bound that holds and can be checked", () => {
    const w = dataOf("full", 20, 30, 2);
    const closer = demanded(supportsCloser(full(w, 20, 30), sparse(20, 20), sparse(30, 8)));
    const whole = close(closer, 0).upper;
    let last = Number.POSITIVE_INFINITY;
    for (const cells of [1, 3, 30, 300]) {
      const found = close(closer, whole, cells);
      expect(found.upper).toBeGreaterThanOrEqual(whole * (1 - 2 * TOLERANCE));
      expect(found.upper).toBeLessThanOrEqual(last * (1 + 1e-12));
      expect(closer.check(found.arrays, { cells: 1e6, stopped: never }).upper).toBe(found.upper);
      last = found.upper;
    }
    const stopped = closer.close({ lower: 0, tolerance: TOLERANCE, cells: 1e6, hint: undefined, stopped: () => true });
    expect(stopped.upper).toBeGreaterThanOrEqual(whole * (1 - 2 * TOLERANCE));
    expect(stopped.upper).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it("takes any arrays for a proof, and bounds with none of them too low", () => {
    const [rows, columns] = [6, 7];
    const w = dataOf("full", rows, columns, 9);
    const truth = exhaustive(w, rows, columns, 2, 3);
    const closer = demanded(supportsCloser(full(w, rows, columns), sparse(rows, 2), sparse(columns, 3)));
    const { arrays } = close(closer, truth);
    const uniform = uniformStream(1);
    const noise = (length: number) => Float64Array.from({ length }, () => 2 ** 32 * uniform());
    const thresholds = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-9, 0.5, 1e9];
    for (const level of thresholds) {
      for (const data of [arrays["tree"].data, noise(20), new Float64Array(0), Float64Array.of(Number.NaN, -1)]) {
        const tampered = {
          threshold: { shape: [1], data: Float64Array.of(level) },
          tree: { shape: [data.length], data: Float64Array.of(1e9, ...data.subarray(1)) },
        };
        expect(closer.check(tampered, { cells: 1e4, stopped: never }).upper).toBeGreaterThanOrEqual(truth);
      }
    }
    expect(closer.check({}, { cells: 1e4, stopped: never }).upper).toBe(Number.POSITIVE_INFINITY);
    expect(closer.check(arrays, { cells: 1e4, stopped: () => true }).upper).toBeGreaterThanOrEqual(truth);
  });

  it("of zero has nothing to close", () => {
    expect(supportsCloser(full(new Float64Array(6), 2, 3), sparse(2, 2), sparse(3, 1))).toBeUndefined();
  });
});

describe("u uᵀ with sparse u", () => {
  it.each([1, 1e90, 1e-90])("is the largest eigenvalue over all supports, scale %d", (scale) => {
    for (const [n, k] of [
      [6, 2],
      [7, 3],
      [5, 1],
    ]) {
      for (const shift of [0, 9, -9]) {
        const w = dataOf("full", n, n, n + k);
        const s = w.map((x, at) => (x + w[(at % n) * n + Math.floor(at / n)]) / 2 + (at % (n + 1) === 0 ? shift : 0));
        let truth = 0;
        for (const set of subsets(n, k)) {
          // Eigenvalues of a shifted matrix that is positive definite are singular values.
          const own = Float64Array.from(set.flatMap((i) => set.map((j) => s[i * n + j] + (i === j ? 40 : 0))));
          truth = Math.max(truth, singularValues(own, k, k)[0] - 40);
        }
        const closer = demanded(
          symmetricSupportsCloser(
            full(
              s.map((x) => x * scale),
              n,
              n,
            ),
            sparse(n, k),
          ),
        );
        const { upper, arrays } = close(closer, truth * scale);
        expect(upper / scale).toBeGreaterThanOrEqual(truth * (1 - 1e-13));
        expect(upper / scale).toBeLessThanOrEqual(truth * (1 + 1.01 * TOLERANCE) + 1e-7);
        expect(closer.check(arrays, { cells: 1e6, stopped: never }).upper).toBe(upper);
      }
    }
  });
});
