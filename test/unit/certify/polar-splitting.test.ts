/** Splittings of W: how close the bounds come, and that they hold, against dense grids and values that are reached. */
import { describe, expect, it } from "vitest";
import type { PolarBranch, ProofArrays } from "../../../engine/src/certify/polar/polar.ts";
import { productOf, searchBranches } from "../../../engine/src/certify/polar/search.ts";
import {
  bestSplitting,
  bestSquareSplitting,
  provenSplitting,
  provenSquareSplitting,
} from "../../../engine/src/certify/polar/splitting.ts";
import type { NormSpec } from "../../../engine/src/config/config.ts";
import type { Observed } from "../../../engine/src/linalg/observed.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { matrixMapping } from "../../../engine/src/problem/mapping/matrix.ts";
import { entryObservation } from "../../../engine/src/problem/mapping/observations.ts";
import type { Norm } from "../../../engine/src/problem/regularizer/norm.ts";
import { singularValues } from "../../support/jacobi-svd.ts";
import { normFor } from "../../support/norms.ts";

interface Kind {
  readonly name: string;
  readonly first: NormSpec;
  readonly second: NormSpec;
  /** Which of the two are ≥ 0. */
  readonly signs: readonly [boolean, boolean];
}

const KINDS: readonly Kind[] = [
  { name: "u, v ≥ 0", first: "l2", second: "l2", signs: [true, true] },
  { name: "v ≥ 0", first: "l2", second: "l2", signs: [false, true] },
  { name: "u ≥ 0", first: "l2", second: "l2", signs: [true, false] },
  { name: "ℓ2 + γℓ1 on v", first: "l2", second: { l2: 1, l1: 0.5 }, signs: [false, false] },
  { name: "ℓ2 + γℓ1 on u", first: { l2: 2, l1: 0.3 }, second: "l2", signs: [false, false] },
  { name: "ℓ2 + γℓ1 on v ≥ 0", first: "l2", second: { l2: 1, l1: 0.5 }, signs: [false, true] },
  { name: "u ≥ 0 and ℓ2 + γℓ1 on v ≥ 0", first: "l2", second: { l2: 3, l1: 1 }, signs: [true, true] },
  { name: "u ≥ 0 and ℓ2 + γℓ1 on v", first: "l2", second: { l2: 1, l1: 0.5 }, signs: [true, false] },
  { name: "ℓ2 + γℓ1 on both", first: { l2: 1, l1: 0.5 }, second: { l2: 1, l1: 2 }, signs: [false, false] },
  { name: "ℓ2 + γℓ1 on both, v ≥ 0", first: { l2: 1, l1: 0.5 }, second: { l2: 1, l1: 2 }, signs: [false, true] },
  { name: "ℓ2 + γℓ1 on both, u, v ≥ 0", first: { l2: 0.5, l1: 1 }, second: { l2: 1, l1: 1 }, signs: [true, true] },
];

const never = { stopped: () => false };

function normsOf({ first, second, signs }: Kind, rows: number, columns: number): readonly [Norm, Norm] {
  const on = (spec: NormSpec, size: number, isPositive: boolean) =>
    normFor(spec, [size], isPositive ? ["nonnegative"] : []);
  return [on(first, rows, signs[0]), on(second, columns, signs[1])];
}

function tableOf(rows: number, columns: number, entry: (k: number) => number): Observed {
  return observedEntries(
    Float64Array.from({ length: rows * columns }, (_, k) => entry(k)),
    rows,
    columns,
    () => true,
  );
}

function gaussian(rows: number, columns: number, seed: number): Observed {
  const normal = normalStream(seed);
  return tableOf(rows, columns, () => normal());
}

function found(w: Observed, a: Norm, b: Norm): PolarBranch | undefined {
  const options = { above: Number.POSITIVE_INFINITY, randomStarts: 60, ...never };
  return searchBranches(matrixMapping(entryObservation(w)), productOf([a, b]), w.value, [], options)[0];
}

/** max over a grid of v of the dual norm at Wv, u ↦ ‖u‖_a, over ‖v‖_b; two or three columns. Reached but for 1e-12. */
function onGrid(w: Observed, a: Norm, b: Norm, steps: number): number {
  const { rows, columns, value } = w;
  let largest = 0;
  const p = new Float64Array(rows);
  for (let i = 0; i < steps; i++) {
    const angle = (2 * Math.PI * i) / steps;
    for (let j = 0; j < (columns === 2 ? 1 : steps / 2); j++) {
      const height = columns === 2 ? Math.PI / 2 : (2 * Math.PI * j) / steps;
      const v = Float64Array.of(
        Math.cos(angle) * Math.sin(height),
        Math.sin(angle) * Math.sin(height),
        Math.cos(height),
      ).slice(0, columns);
      if (b.nonnegative) for (let k = 0; k < columns; k++) if (Math.abs(v[k]) < 1e-12) v[k] = 0;
      const size = b.value(v);
      if (!(size < Number.POSITIVE_INFINITY)) continue;
      for (let r = 0; r < rows; r++) {
        p[r] = 0;
        for (let k = 0; k < columns; k++) p[r] += value[r * columns + k] * v[k];
      }
      largest = Math.max(largest, a.dualValue(p) / size);
    }
  }
  return largest;
}

describe("bounds by splitting", () => {
  it.each(KINDS)("lie above all values on a dense grid, and hardly above: $name", (kind) => {
    for (const [rows, columns, seed] of [
      [3, 2, 1],
      [5, 2, 2],
      [2, 2, 3],
      [4, 2, 4],
      [3, 3, 5],
    ] as const) {
      const w = gaussian(rows, columns, seed);
      const [a, b] = normsOf(kind, rows, columns);
      const reached = onGrid(w, a, b, columns === 2 ? 4000 : 120);
      const { upper } = bestSplitting(w, a, b, { lower: reached, tolerance: 0, turns: 600, ...never });
      expect(upper).toBeGreaterThanOrEqual(reached * (1 - 1e-12));
      expect(upper).toBeLessThanOrEqual(reached * 1.2);
    }
  });

  it.each([
    { name: "nonnegative factors 20 × 15", kind: KINDS[0], most: 1.0001 },
    { name: "one nonnegative factor 20 × 15", kind: KINDS[1], most: 1.0001 },
    { name: "sparse dictionaries 20 × 15", kind: KINDS[3], most: 1.02 },
  ])("come close: $name", ({ kind, most }) => {
    for (let seed = 1; seed <= 4; seed++) {
      const w = gaussian(20, 15, seed);
      const [a, b] = normsOf(kind, 20, 15);
      const branch = found(w, a, b);
      const lower = branch?.value ?? 0;
      const { upper } = bestSplitting(w, a, b, { lower, branch: branch?.factors, tolerance: 1e-6, ...never });
      expect(upper).toBeGreaterThanOrEqual(lower);
      expect(upper).toBeLessThanOrEqual(lower * most);
    }
  });

  it.each(KINDS)("are found again from their arrays, bit for bit, and scale with W: $name", (kind) => {
    const w = gaussian(6, 4, 7);
    const [a, b] = normsOf(kind, 6, 4);
    const options = { lower: 0, tolerance: 0, turns: 40, ...never };
    const { upper, arrays } = bestSplitting(w, a, b, options);
    expect(provenSplitting(w, a, b, arrays)).toBe(upper);
    for (const scale of [1e-90, 2 ** -40, 1e90]) {
      const scaled = tableOf(6, 4, (k) => w.value[k] * scale);
      const other = bestSplitting(scaled, a, b, options);
      expect(other.upper / scale / upper).toBeCloseTo(1, 9);
      // Arrays are in units of W divided by a power of two: they are as good for the other one.
      expect(provenSplitting(scaled, a, b, other.arrays)).toBe(other.upper);
    }
  });

  it("start from the arrays of a W nearby, also where its power of two is another", () => {
    for (const kind of KINDS) {
      const w = gaussian(8, 6, 9);
      const [a, b] = normsOf(kind, 8, 6);
      const first = bestSplitting(w, a, b, { lower: 0, tolerance: 0, ...never });
      for (const scale of [1, 0.5, 4]) {
        const near = tableOf(8, 6, (k) => w.value[k] * scale * (1 + 1e-6 * Math.sin(k)));
        const again = bestSplitting(near, a, b, { lower: 0, tolerance: 0, turns: 0, hint: first.arrays, ...never });
        expect(again.upper / scale / first.upper).toBeLessThan(1 + 1e-4);
      }
    }
  });

  it("are exact for rank one, one row, one column, a constant and nonnegative numbers", () => {
    const tables = [
      tableOf(5, 4, (k) => (1 + Math.floor(k / 4)) * (1 + (k % 4))),
      tableOf(1, 6, (k) => Math.sin(k + 1)),
      tableOf(6, 1, (k) => Math.cos(k)),
      tableOf(4, 4, () => 2),
      tableOf(1, 1, () => 0.3),
    ];
    for (const kind of KINDS.slice(0, 6)) {
      for (const w of tables) {
        const [a, b] = normsOf(kind, w.rows, w.columns);
        const branch = found(w, a, b);
        const lower = branch?.value ?? 0;
        const { upper } = bestSplitting(w, a, b, { lower, branch: branch?.factors, tolerance: 1e-7, ...never });
        expect(upper).toBeGreaterThanOrEqual(lower * (1 - 1e-14));
        expect(upper / lower - 1).toBeLessThan(2e-6);
      }
    }
  });

  it("are 0 for nothing, about 0 where no branch gains, and infinite where nothing is known", () => {
    const [a, b] = normsOf(KINDS[0], 3, 3);
    const options = { lower: 0, tolerance: 1e-6, ...never };
    expect(
      bestSplitting(
        tableOf(3, 3, () => 0),
        a,
        b,
        options,
      ).upper,
    ).toBe(0);
    expect(
      provenSplitting(
        tableOf(3, 3, () => 0),
        a,
        b,
        {},
      ),
    ).toBe(0);
    // No u, v ≥ 0 reach anything above 0: N takes all of W.
    expect(
      bestSplitting(
        tableOf(3, 3, () => -1),
        a,
        b,
        options,
      ).upper,
    ).toBeLessThan(1e-6);
    expect(
      provenSplitting(
        tableOf(3, 3, (k) => (k === 4 ? Number.NaN : 1)),
        a,
        b,
        {},
      ),
    ).toBe(Number.POSITIVE_INFINITY);
    const ball = normFor("linf", [3]);
    expect(provenSplitting(gaussian(3, 3, 1), ball, b, {})).toBe(Number.POSITIVE_INFINITY);
    expect(bestSplitting(gaussian(3, 3, 1), ball, b, options).upper).toBe(Number.POSITIVE_INFINITY);
  });

  it("hold for arrays of the wrong shape, of numbers that are not finite, and of huge ones", () => {
    for (const kind of KINDS) {
      const w = gaussian(5, 4, 11);
      const [a, b] = normsOf(kind, 5, 4);
      const lower = found(w, a, b)?.value ?? 0;
      const { arrays } = bestSplitting(w, a, b, { lower, tolerance: 1e-6, ...never });
      const changed = (change: (data: Float64Array) => Float64Array): ProofArrays =>
        Object.fromEntries(
          Object.entries(arrays).map(([name, { shape, data }]) => [name, { shape, data: change(data) }]),
        );
      const changes: ((data: Float64Array) => Float64Array)[] = [
        (data) => data.slice(1),
        (data) => data.map(() => Number.NaN),
        (data) => data.with(3, Number.POSITIVE_INFINITY),
        (data) => data.map((x) => -x),
        (data) => data.map((x) => x * 1e300),
        (data) => data.map((_, k) => (k % 2 === 0 ? 1e308 : -1e308)),
        (data) => data.map((x) => x * 1e-300),
        (data) => data.toReversed(),
        (data) => data.with(1, data[1] + 1),
        (data) => data.map((x) => x * 1.5),
      ];
      for (const change of changes) {
        expect(provenSplitting(w, a, b, changed(change))).toBeGreaterThanOrEqual(lower);
      }
      expect(provenSplitting(w, a, b, { other: { shape: [2], data: Float64Array.of(1, 2) } })).toBeLessThan(100);
    }
  });

  it("stop when asked, with a bound that holds", () => {
    for (const kind of KINDS) {
      const w = gaussian(6, 5, 13);
      const [a, b] = normsOf(kind, 6, 5);
      const lower = found(w, a, b)?.value ?? 0;
      for (const turns of [0, 1, 9, 25]) {
        let asked = 0;
        const stopped = () => asked++ >= turns;
        const { upper, work } = bestSplitting(w, a, b, { lower, tolerance: 0, stopped });
        expect(upper).toBeGreaterThanOrEqual(lower);
        expect(upper).toBeLessThan(Number.POSITIVE_INFINITY);
        expect(work).toBeLessThanOrEqual(turns);
      }
    }
  });
});

describe("each part of a splitting", () => {
  /** (W 0) beside the diagonal, as the arrays of two blocks have it. */
  const arrayOf = (size: number, entry: (i: number, j: number) => number) => ({
    shape: [size, size],
    data: Float64Array.from({ length: size * size }, (_, k) => entry(Math.floor(k / size), k % size)),
  });
  const norms = (spec: NormSpec, size: number, isPositive: boolean) =>
    normFor(spec, [size], isPositive ? ["nonnegative"] : []);
  // Entries up to 1, with the largest in modulus below 0: W is divided by 1.
  const dense = Float64Array.of(0.5, -1, 0.25, 0.5, 0.125, -0.75);
  const w = observedEntries(dense, 2, 3, () => true);
  const table = (i: number, j: number) => (i < 2 && j >= 2 ? dense[i * 3 + j - 2] : 0);
  const both = (i: number, j: number) => table(i, j) + table(j, i);
  const sigma = (values: readonly number[]) => singularValues(Float64Array.from(values), 2, 3)[0];
  const plain = sigma([...dense]);
  const positivePart = sigma([...dense].map((x) => Math.max(0, x)));
  const mixed = { l2: 1, l1: 0.5 };
  const columnLength = Math.hypot(-1, 0.125);
  const rowLength = Math.hypot(0.5, -1, 0.25);

  it.each([
    { name: "nothing: σ₁(W)", first: mixed, signs: [false, false], arrays: {}, value: plain },
    {
      name: "a table between mixed norms: ‖W‖_F",
      first: mixed,
      signs: [false, false],
      arrays: { cross: arrayOf(5, both) },
      value: Math.hypot(...dense),
    },
    {
      name: "its positive part, where u, v ≥ 0",
      first: mixed,
      signs: [true, true],
      arrays: { cross: arrayOf(5, both) },
      value: Math.hypot(0.5, 0.25, 0.5, 0.125),
    },
    {
      name: "entries: max |W|/(r_a r_b)",
      first: mixed,
      signs: [false, false],
      arrays: { entries: arrayOf(5, both) },
      value: 1 / (0.5 * 0.5),
    },
    {
      name: "entries where u, v ≥ 0: max W/(r_a r_b)",
      first: mixed,
      signs: [true, true],
      arrays: { entries: arrayOf(5, both) },
      value: 0.5 / (0.5 * 0.5),
    },
    {
      name: "columns: max_j ‖column j‖/r_b",
      first: mixed,
      signs: [false, false],
      arrays: { lines: arrayOf(5, (i, j) => 2 * table(i, j)) },
      value: columnLength / 0.5,
    },
    {
      name: "rows: max_i ‖row i‖/r_a",
      first: mixed,
      signs: [false, false],
      arrays: { lines: arrayOf(5, (i, j) => 2 * table(j, i)) },
      value: rowLength / 0.5,
    },
    {
      name: "N ≥ 0 alone where u, v ≥ 0 have ℓ2: what is above 0 stays",
      first: "l2" as const,
      second: "l2" as const,
      signs: [true, true],
      arrays: { entries: arrayOf(5, both) },
      value: positivePart,
    },
    {
      name: "no N beside the blocks where v has any sign",
      first: "l2" as const,
      second: mixed,
      signs: [true, false],
      arrays: { entries: arrayOf(5, both), lines: arrayOf(5, both), cross: arrayOf(5, both) },
      value: plain,
    },
  ])("is worth what the formula says: $name", ({ first, second = mixed, signs, arrays, value }) => {
    const [a, b] = [norms(first, 2, signs[0]), norms(second, 3, signs[1])];
    const upper = provenSplitting(w, a, b, arrays);
    expect(upper).toBeGreaterThanOrEqual(value * (1 - 1e-15));
    expect(upper / value - 1).toBeLessThan(1e-11);
  });

  it("is worth what the formula says within a block", () => {
    const unit = observedEntries(Float64Array.of(1, 0, 0, 1), 2, 2, () => true);
    const times = (x: number) => arrayOf(2, (i, j) => (i === j ? x : 0));
    for (const r of [0.25, 1, 3]) {
      const [a, b] = [norms("l2", 2, false), norms({ l2: 1, l1: r }, 2, false)];
      const close = (arrays: ProofArrays, value: number) => {
        const upper = provenSplitting(unit, a, b, arrays);
        expect(upper).toBeGreaterThanOrEqual(value * (1 - 1e-15));
        expect(upper / value - 1).toBeLessThan(1e-11);
        expect(provenSquareSplitting(unit, b, arrays) / value ** 2 - 1).toBeLessThan(1e-11);
      };
      close({}, 1);
      close({ lines: times(1) }, 1 / Math.sqrt(2 * r));
      close({ entries: times(1) }, 1 / r);
      // The best there is: a unit vector reaches it.
      const total = (1 + r) ** 2;
      close({ lines: times((2 * r) / total), entries: times(r ** 2 / total) }, 1 / (1 + r));
      // Beyond S the rest is below 0, and counts for nothing.
      close({ entries: times(-1), lines: times(2) }, Math.max(1 / r, 1 / Math.sqrt(r)));
    }
  });
});

describe("bounds by splitting of uᵀWu", () => {
  it("meet the largest value on a grid for u ≥ 0 and for ℓ2 + γℓ1, also where W is not symmetric or not positive", () => {
    const norms = [normFor("l2", [3], ["nonnegative"]), normFor({ l2: 1, l1: 0.5 }, [3])];
    for (const norm of [...norms, normFor({ l2: 1, l1: 0.5 }, [3], ["nonnegative"])]) {
      for (let seed = 1; seed <= 5; seed++) {
        const w = gaussian(3, 3, seed);
        let reached = 0;
        const steps = 300;
        for (let i = 0; i <= steps; i++) {
          for (let j = 0; j <= steps; j++) {
            const [angle, height] = [(Math.PI * i) / steps - Math.PI / 2, (Math.PI * j) / steps];
            const u = Float64Array.of(
              Math.cos(angle) * Math.sin(height),
              Math.sin(angle) * Math.sin(height),
              Math.cos(height),
            );
            const size = norm.value(u);
            let value = 0;
            for (let r = 0; r < 3; r++) for (let c = 0; c < 3; c++) value += w.value[r * 3 + c] * u[r] * u[c];
            reached = Math.max(reached, value / size ** 2);
          }
        }
        const best = bestSquareSplitting(w, norm, { lower: reached, tolerance: 0, turns: 800, ...never });
        expect(best.upper).toBeGreaterThanOrEqual(reached * (1 - 1e-12));
        expect(best.upper).toBeLessThanOrEqual(reached * 1.05 + 1e-6);
        expect(provenSquareSplitting(w, norm, best.arrays)).toBe(best.upper);
      }
    }
  });
});
