/** Certificates of points whose branches are set apart: against the optimum of a table with known singular values, near misses too. */
import { describe, expect, it } from "vitest";
import { assess } from "../../../engine/src/certify/assess.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { euclideanLength } from "../../../engine/src/linalg/vector.ts";
import { type MatrixCase, pairOf, problemOf } from "../../support/problems.ts";

/** Orthonormal vectors: random ones, orthogonalized twice. */
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

interface Table extends Pick<MatrixCase, "rows" | "columns"> {
  readonly scale?: number;
  /** Of all singular values beyond λ = 1. */
  readonly excess: readonly number[];
  /** The largest of the others. */
  readonly rest: number;
}

/** Y, the closed form ½ Σ min(s, λ)² + λ Σ (s − λ)₊ of the optimum, and the point of the given branches. */
function tableOf({ rows, columns, scale = 1, excess, rest }: Table, branches: readonly number[]) {
  const least = Math.min(rows, columns);
  const [left, right] = [orthonormal(least, rows, 3), orthonormal(least, columns, 4)];
  const values = Array.from({ length: least }, (_, i) =>
    i < excess.length ? 1 + excess[i] : (rest * (least - i)) / (least - excess.length),
  );
  const y = new Float64Array(rows * columns);
  values.forEach((value, b) => {
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) y[i * columns + j] += scale * value * left[b][i] * right[b][j];
  });
  const problem = problemOf({ rows, columns, y, lambda: { kind: "absolute", value: scale } });
  const optimum = values.reduce((sum, s) => sum + Math.min(s, 1) ** 2 / 2 + Math.max(0, s - 1), 0) * scale * scale;
  const r = branches.length;
  const factor = (vectors: readonly Float64Array[], n: number) =>
    Float64Array.from({ length: n * r }, (_, k) => {
      const b = branches[k % r];
      return Math.sqrt(scale * excess[b]) * vectors[b][Math.floor(k / r)];
    });
  return { problem, optimum, point: pairOf(factor(left, rows), factor(right, columns), r) };
}

const EXCESS = [3, 2, 1, 0.5, 0.25];
const METHOD = "branches of the point";

describe("a large table at the branches of its optimum", () => {
  it.each<readonly [string, Table]>([
    ["tall", { rows: 150, columns: 130, excess: EXCESS, rest: 0.9 }],
    ["wide", { rows: 130, columns: 150, excess: EXCESS, rest: 0.9 }],
    ["huge", { rows: 130, columns: 130, excess: EXCESS, rest: 0.9, scale: 2 ** 30 }],
    ["tiny", { rows: 130, columns: 130, excess: EXCESS, rest: 0.9, scale: 2 ** -30 }],
    ["with values near λ", { rows: 150, columns: 130, excess: EXCESS, rest: 0.99 }],
    ["of low rank", { rows: 150, columns: 130, excess: EXCESS, rest: 0 }],
  ])("is proven to the last digits: %s", (_, table) => {
    const { problem, optimum, point } = tableOf(table, [0, 1, 2, 3, 4]);
    const { bound, lowerBound, gap } = assess(problem, point, { dual: null });
    expect(bound?.polar.method).toContain(METHOD);
    expect(lowerBound?.value).toBeLessThanOrEqual(optimum * (1 + 1e-13));
    expect(gap?.relative).toBeLessThanOrEqual(1e-9);
  });

  it.each([1, 1e-2, 1e-4, 1e-6, 1e-8, 1e-10])(
    "is not called optimal without a branch that is worth %f more than λ",
    (more) => {
      const excess = [...EXCESS, more];
      const { problem, optimum, point } = tableOf({ rows: 150, columns: 130, excess, rest: 0.9 }, [0, 1, 2, 3, 4]);
      const { bound, lowerBound } = assess(problem, point, { dual: null });
      expect(bound?.polar.method).not.toContain(METHOD);
      expect(bound?.polar.upper).toBeGreaterThanOrEqual((1 + more) * (1 - 1e-13));
      expect(lowerBound?.value).toBeLessThanOrEqual(optimum * (1 + 1e-13));
    },
  );

  it("nor with a branch that is left out in the middle, or one that is a little too long", () => {
    const table = { rows: 150, columns: 130, excess: EXCESS, rest: 0.9 };
    const { problem, optimum, point } = tableOf(table, [0, 1, 3, 4]);
    const without = assess(problem, point, { dual: null });
    expect(without.bound?.polar.upper).toBeGreaterThanOrEqual(2 * (1 - 1e-13));
    expect(without.gap?.relative).toBeGreaterThan(1e-3);
    const whole = tableOf(table, [0, 1, 2, 3, 4]);
    const { branches, values } = whole.point;
    for (const factor of [1 + 1e-12, 1 + 1e-10, 1 + 1e-8, 1 + 1e-6, 1 - 1e-10, 1 - 1e-6]) {
      const stretched = pairOf(
        values[0].map((x, k) => (k % branches === 2 ? factor * x : x)),
        values[1].slice(),
        branches,
      );
      const { evaluation, lowerBound } = assess(problem, stretched, { dual: null });
      expect(evaluation.objective).toBeGreaterThanOrEqual(optimum * (1 - 1e-13));
      expect(lowerBound?.value).toBeLessThanOrEqual(optimum * (1 + 1e-13));
    }
  });
});
