/** σ₁ from above, with its leading branches set apart: never below, close where they are right, and nothing where they are not. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deflatedBound, type SetApart } from "../../../engine/src/linalg/deflated-bound.ts";
import { SAFE_SINGLE } from "../../../engine/src/linalg/kept-gram.ts";
import { multiplyInto } from "../../../engine/src/linalg/kernels/multiply.ts";
import { type Observed, wholeTable } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { spectralBracket } from "../../../engine/src/linalg/singular-bound.ts";
import { euclideanLength } from "../../../engine/src/linalg/vector.ts";

const never = () => false;

/** `count` orthonormal vectors of length n: random ones, orthogonalized twice. */
function orthonormal(count: number, n: number, seed: number): Float64Array[] {
  const normal = normalStream(seed);
  const vectors = Array.from({ length: count }, () => Float64Array.from({ length: n }, normal));
  vectors.forEach((x, b) => {
    for (let c = 0; c < 2 * b; c++) {
      const y = vectors[c % b];
      const inner = x.reduce((sum, entry, i) => sum + entry * y[i], 0);
      for (let i = 0; i < n; i++) x[i] -= inner * y[i];
    }
    const length = euclideanLength(x);
    for (let i = 0; i < n; i++) x[i] /= length;
  });
  return vectors;
}

/** Σ_i weight_i left_i right_iᵀ, row-major. */
function sumOf(weights: readonly number[], left: readonly Float64Array[], right: readonly Float64Array[]) {
  const [m, n] = [left[0].length, right[0].length];
  const out = new Float64Array(m * n);
  weights.forEach((weight, b) => {
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[i * n + j] += weight * left[b][i] * right[b][j];
  });
  return out;
}

interface Case {
  readonly m: number;
  readonly n: number;
  /** Values of W that are 1, with the branches on them. */
  readonly top: number;
  /** The largest of its other values. */
  readonly rest: number;
  readonly scale?: number;
  /** How far the branches are turned away. */
  readonly turn?: number;
  /** How far W is from Y − Φ. */
  readonly distance?: number;
  readonly seed?: number;
}

interface Made {
  readonly table: Observed;
  readonly apart: SetApart;
  /** Of W, as it was made. */
  readonly sigma: number;
}

/** W with known singular values, Φ with branches of sizes 1, 2, …, and Y = W + Φ. */
function made({ m, n, top, rest, scale = 1, turn = 0, distance = 0, seed = 1 }: Case): Made {
  const least = Math.min(m, n);
  const [left, right] = [orthonormal(least, m, seed), orthonormal(least, n, seed + 1)];
  const values = Array.from({ length: least }, (_, i) => (i < top ? 1 : (rest * (least - i)) / (least - top)));
  const other = orthonormal(top, n, seed + 2);
  const branches = Array.from({ length: top }, (_, b) => {
    const root = Math.sqrt(scale * (b + 1));
    const v = right[b].map((x, j) => (1 - turn) * x + turn * other[b][j]);
    return [left[b].map((x) => root * x), v.map((x) => (root * x) / euclideanLength(v))];
  });
  const phi = sumOf(
    branches.map(() => 1),
    branches.map(([u]) => u),
    branches.map(([, v]) => v),
  );
  const noise = Float64Array.from({ length: m * n }, normalStream(seed + 3));
  const part = (distance * scale) / euclideanLength(noise);
  const exact = sumOf(
    values.map((value) => scale * value),
    left,
    right,
  );
  const w = exact.map((x, k) => x + part * noise[k]);
  const y = w.map((x, k) => x - part * noise[k] + phi[k]);
  const product = (x: Float64Array, isTransposed: boolean) => {
    const out = new Float64Array(isTransposed ? n : m);
    multiplyInto(out, w, x, { m: out.length, n: 1, k: x.length, transposeA: isTransposed });
    return out;
  };
  return {
    table: wholeTable(w, m, n),
    sigma: scale * Math.max(...values),
    apart: {
      w,
      y,
      branches,
      correlations: branches.map(([u, v]) => [product(v, false), product(u, true)]),
      distance: part * euclideanLength(noise) * (1 + 1e-9) + 1e-14 * euclideanLength(y) + 1e-14 * euclideanLength(phi),
    },
  };
}

const boundOf = ({ table, apart }: Made) => deflatedBound(table, apart, never);

describe("a bound with the leading branches set apart", () => {
  it.each<Case>([
    { m: 60, n: 40, top: 3, rest: 0.9 },
    { m: 40, n: 60, top: 3, rest: 0.9 },
    { m: 300, n: 140, top: 20, rest: 0.9 },
    { m: 140, n: 140, top: 1, rest: 0.5, scale: 2 ** 35 },
    { m: 520, n: 130, top: 8, rest: 0.9, scale: 2 ** -35 },
    { m: 50, n: 30, top: 4, rest: 0 },
  ])("is sharp to the digits of float64: $m × $n, $top values of 1, others to $rest", (given) => {
    const sample = made(given);
    const found = boundOf(sample);
    expect(found?.bound).toBeGreaterThanOrEqual(sample.sigma);
    expect(found?.bound).toBeLessThanOrEqual(sample.sigma * (1 + 1e-10));
    const { u, v, sigma } = found?.triplet ?? { u: new Float64Array(0), v: new Float64Array(0), sigma: 0 };
    expect([u.length, v.length]).toEqual([given.m, given.n]);
    expect(Math.abs(sigma / sample.sigma - 1)).toBeLessThanOrEqual(1e-13);
  });

  it.each<readonly [string, Partial<Case>]>([
    ["another value is as large but for a part in 10⁴", { rest: 1 - 1e-4 }],
    ["another is larger", { rest: 1.5 }],
    ["W is too far from Y − Φ", { distance: 0.2 }],
    ["numbers are beyond float32", { scale: 2 ** 8 * SAFE_SINGLE }],
    ["numbers are below it", { scale: 2 ** -8 / SAFE_SINGLE }],
  ])("is none where %s", (_, more) => {
    const usual = { m: 80, n: 50, top: 3, rest: 0.9, seed: 5 };
    expect(boundOf(made(usual))).toBeDefined();
    expect(boundOf(made({ ...usual, ...more }))?.bound).toBeUndefined();
  });

  it("is none where a branch is left out, parallel to another, zero or NaN, nor where it is stopped", () => {
    const { table, apart } = made({ m: 60, n: 40, top: 3, rest: 0.5, seed: 9 });
    const { branches, correlations } = apart;
    const without = { ...apart, branches: branches.slice(1), correlations: correlations.slice(1) };
    expect(deflatedBound(table, without, never)).toBeUndefined();
    const changed = (to: (x: number, b: number, k: number) => number) => {
      const all = branches.map(([u, v], b) => [u, v.map((x, k) => to(x, b, k))]);
      return deflatedBound(table, { ...apart, branches: all }, never);
    };
    expect(changed((x) => x)).toBeDefined();
    expect(changed((x, b, k) => (b === 1 ? branches[0][1][k] : x))).toBeUndefined();
    expect(changed((x, b) => (b === 2 ? 0 : x))).toBeUndefined();
    expect(changed((x, b, k) => (b === 2 && k === 7 ? Number.NaN : x))).toBeUndefined();
    expect(deflatedBound(table, apart, () => true)).toBeUndefined();
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1e200]) {
      const w = apart.w.map((x, k) => (k === 11 ? bad : x));
      expect(deflatedBound(wholeTable(w, 60, 40), { ...apart, w }, never), `w of ${bad}`).toBeUndefined();
      const y = apart.y.map((x, k) => (k === 11 ? bad : x));
      expect(deflatedBound(table, { ...apart, y }, never), `y of ${bad}`).toBeUndefined();
      const broken = correlations.map(([p, q]) => [p.map((x, k) => (k === 5 ? bad : x)), q]);
      expect(deflatedBound(table, { ...apart, correlations: broken }, never)?.bound ?? bad).toBe(bad);
    }
  });

  it("is never below σ₁, wherever the branches point and however far W is from Y − Φ", () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.record({
          n: fc.integer({ min: 2, max: 24 }),
          more: fc.integer({ min: -1, max: 300 }),
          top: fc.integer({ min: 1, max: 4 }),
          rest: fc.constantFrom(0, 0.3, 0.9, 0.99, 0.999, 1, 1.1),
          turn: fc.constantFrom(0, 1e-14, 1e-9, 1e-7, 1e-4, 1e-2, 1),
          distance: fc.constantFrom(0, 1e-12, 1e-6, 1e-3, 0.1),
          exponent: fc.integer({ min: -36, max: 36 }),
          seed: fc.integer({ min: 1, max: 1e6 }),
        }),
        ({ n, more, top, exponent, ...others }) => {
          const m = Math.max(1, n + more);
          const sample = made({ m, n, top: Math.min(top, m, n), scale: 2 ** exponent, ...others });
          const bound = boundOf(sample)?.bound;
          if (bound === undefined) return;
          found++;
          // Of the table as it was made, to its last digits; what was added to it is not known to more than its length.
          const least = others.distance === 0 ? sample.sigma : reached(sample);
          expect(bound).toBeGreaterThanOrEqual(least * (1 - 1e-14 * n));
        },
      ),
      { numRuns: 600 },
    );
    expect(found).toBeGreaterThan(60);
  });
});

/** What a search finds, which is never above σ₁. */
function reached({ table }: Made): number {
  return spectralBracket(table, { above: Number.POSITIVE_INFINITY, stopped: never }).triplets[0].sigma;
}

describe("the bracket of σ₁ with branches set apart", () => {
  const options = { above: Number.POSITIVE_INFINITY, stopped: never };

  it.each([
    [200, 150],
    [150, 200],
  ])("is that of a search: %i × %i", (m, n) => {
    const { table, apart } = made({ m, n, top: 5, rest: 0.9 });
    const a = { ...table, value: apart.w };
    const searched = spectralBracket(a, options);
    const found = spectralBracket(a, { ...options, apart });
    expect([searched.proof.method, found.proof.method]).toEqual(["gram", "apart"]);
    expect([searched.isGuessed, found.isGuessed]).toEqual([false, true]);
    expect(Math.abs(found.proof.bound / searched.proof.bound - 1)).toBeLessThanOrEqual(1e-9);
    expect(Math.abs(found.triplets[0].sigma / searched.triplets[0].sigma - 1)).toBeLessThanOrEqual(1e-9);
  });

  it("is searched for where they are about another table, too small a one, or too many", () => {
    const usual = made({ m: 200, n: 150, top: 5, rest: 0.9 });
    const small = made({ m: 60, n: 50, top: 3, rest: 0.9 });
    const many = made({ m: 140, n: 130, top: 40, rest: 0.9 });
    const cases = [
      [usual.table, usual.apart],
      [{ ...small.table, value: small.apart.w }, small.apart],
      [{ ...many.table, value: many.apart.w }, many.apart],
    ] as const;
    for (const [a, apart] of cases) {
      const { proof, isGuessed } = spectralBracket(a, { ...options, apart });
      expect([proof.method, isGuessed]).toEqual(["gram", false]);
      expect(proof.bound).toBeGreaterThanOrEqual(1);
    }
  });
});
