/** Observed entries: compiled and plain agree in every bit, and both with what the formulas say of dense matrices. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type EntryKernel,
  entryKernel,
  newEntryKernel,
  sparseEntries,
} from "../../../../engine/src/linalg/kernels/entry-kernel.ts";
import type { EntryLoss } from "../../../../engine/src/linalg/kernels/entry-loss.ts";
import type { Observed } from "../../../../engine/src/linalg/observed.ts";
import { denseOf, withValues } from "../../../../engine/src/linalg/observed.ts";
import { expectSame, type Numbers, numbersOf, patternOf, runToEnd } from "./kernel-data.ts";

const LOSSES: readonly EntryLoss[] = [
  { kind: "squared", weight: 1 },
  { kind: "huber", weight: 0.7, delta: 0.4 },
  { kind: "logistic", weight: 1.3 },
];

interface Point {
  readonly u: Float64Array;
  readonly v: Float64Array;
}

const pointOf = (rows: number, columns: number, r: number, { take }: Numbers): Point => ({
  u: take(rows * r),
  v: take(columns * r),
});

/** Everything a kernel computes, at one point. */
function* results(kernel: EntryKernel, r: number, numbers: Numbers): Generator<readonly [string, Float64Array]> {
  const { rows, columns, value } = kernel.pattern;
  const [at, d] = [pointOf(rows, columns, r, numbers), pointOf(rows, columns, r, numbers)];
  const w = numbers.take(value.length);
  const c = numbers.take(value.length).map(Math.abs);
  const ridges = numbers.take(r).map((x) => 0.5 + Math.abs(x));
  const x = new Float64Array(value.length);
  const [p, q] = [new Float64Array(rows * r), new Float64Array(columns * r)];
  kernel.weightsInto(x);
  yield ["first weights", x];
  kernel.predictInto(x, at.u, at.v, r);
  yield ["prediction", x];
  kernel.predictInto(x, at.u, at.v, r, "single");
  yield ["prediction in single precision", x];
  for (const loss of LOSSES) {
    const value = kernel.gradientInto(p, q, at.u, at.v, r, loss);
    kernel.weightsInto(x);
    yield [`${loss.kind} loss`, Float64Array.of(value)];
    yield [`${loss.kind} weights`, x];
    yield [`${loss.kind} P`, p];
    yield [`${loss.kind} Q`, q];
  }
  kernel.correlateInto(p, q, w, at.u, at.v, r);
  yield ["W V", p];
  yield ["Wᵀ U", q];
  kernel.setWeights(w);
  kernel.multiplyBlockInto(p, at.v, r);
  kernel.multiplyBlockInto(q, at.u, r, { transpose: true });
  yield ["block", p];
  yield ["transposed block", q];
  kernel.multiplyBlockInto(p, at.v, r, { precision: "single" });
  kernel.multiplyBlockInto(q, at.u, r, { transpose: true, precision: "single" });
  yield ["block in single precision", p];
  yield ["transposed block in single precision", q];
  const curvatures: readonly (readonly [string, () => void])[] = [
    ["1", () => undefined],
    ["0.8", () => kernel.setCurvature(0.8)],
    ["of the entries", () => kernel.setCurvature(c)],
    ...LOSSES.map((loss) => [loss.kind, () => kernel.setCurvatureAt(at.u, at.v, r, loss)] as const),
  ];
  for (const [name, set] of curvatures) {
    set();
    runToEnd(kernel.hessianTimesInto(p, q, at, d, r));
    yield [`curvature ${name}: HU`, p];
    yield [`curvature ${name}: HV`, q];
    const failedRows = runToEnd(kernel.ridgeInto(p, at.v, r, 0.3, "rows"));
    const failedColumns = runToEnd(kernel.ridgeInto(q, at.u, r, ridges, "columns"));
    yield [`curvature ${name}: rows that fail`, Float64Array.of(failedRows, failedColumns)];
    yield [`curvature ${name}: ridge of rows`, p];
    yield [`curvature ${name}: ridge of columns`, q];
    const blocks = runToEnd(kernel.factorBlocks(at.u, at.v, r, ridges));
    expect(blocks).toBeDefined();
    const [du, dv] = [d.u.slice(), d.v.slice()];
    blocks?.solveInto(du, dv);
    yield [`curvature ${name}: solved U`, du];
    yield [`curvature ${name}: solved V`, dv];
    yield [`curvature ${name}: norm`, Float64Array.of(blocks?.squaredNorm(d.u, d.v) ?? 0)];
  }
}

function expectAllSame(one: EntryKernel, other: EntryKernel, r: number, seed: number, specialShare = 0): void {
  const others = results(other, r, numbersOf(seed, specialShare));
  for (const [name, values] of results(one, r, numbersOf(seed, specialShare))) {
    const [otherName, expected] = others.next().value ?? ["nothing", values];
    expect(otherName).toBe(name);
    expectSame(values, expected);
  }
}

const signs = (pattern: Observed): Observed =>
  withValues(
    pattern,
    pattern.value.map((y) => (y < 0 ? -1 : 1)),
  );

const cases = fc.record({
  rows: fc.integer({ min: 1, max: 45 }),
  columns: fc.integer({ min: 1, max: 45 }),
  density: fc.constantFrom(0.2, 0.5, 0.9, 1),
  r: fc.integer({ min: 1, max: 21 }),
  seed: fc.nat(1e6),
});

describe("the kernel of observed entries", () => {
  it("is the same bit for bit with and without WebAssembly", () => {
    fc.assert(
      fc.property(cases, ({ rows, columns, density, r, seed }) => {
        const pattern = signs(patternOf(rows, columns, density, numbersOf(seed)));
        expectAllSame(sparseEntries(pattern, "compiled"), sparseEntries(pattern, "plain"), r, seed);
        expectAllSame(newEntryKernel(pattern), newEntryKernel(pattern, "plain"), r, seed);
      }),
      { numRuns: 40 },
    );
  });

  it("is so with infinities, subnormals and what is not a number among the operands", () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0.001, 0.05), ({ rows, columns, density, r, seed }, specialShare) => {
        const pattern = patternOf(rows + 10, columns + 10, density, numbersOf(seed, specialShare));
        expectAllSame(sparseEntries(pattern, "compiled"), sparseEntries(pattern, "plain"), r, seed, specialShare);
      }),
      { numRuns: 20 },
    );
  });

  it("is so for rows of many entries, which sum in parts", () => {
    const pattern = signs(patternOf(12, 700, 0.8, numbersOf(5)));
    expectAllSame(sparseEntries(pattern, "compiled"), sparseEntries(pattern, "plain"), 13, 6);
  });

  it("treats a table without holes as the dense products do, and as its entries, up to rounding", () => {
    for (const r of [1, 4, 9]) {
      const pattern = signs(patternOf(70, 33, 1, numbersOf(r)));
      const sparse = results(sparseEntries(pattern, "compiled"), r, numbersOf(8));
      for (const [name, values] of results(newEntryKernel(pattern), r, numbersOf(8))) {
        const [, expected] = sparse.next().value ?? ["", values];
        const size = Math.max(...expected.map(Math.abs));
        const off = Math.max(...values.map((x, k) => Math.abs(x - expected[k])));
        // A Huber weight turns at its kink: predictions that are off by rounding are still on the same side here.
        const most = name.includes("single") ? 1e-5 : 1e-11;
        expect([name, off <= most * size]).toEqual([name, true]);
      }
    }
  });

  it("does as the formulas say", () => {
    fc.assert(
      fc.property(cases, ({ rows, columns, density, r, seed }) => {
        const numbers = numbersOf(seed);
        const pattern = patternOf(rows, columns, density, numbers);
        const kernel = newEntryKernel(pattern);
        const { u, v } = pointOf(rows, columns, r, numbers);
        const d = pointOf(rows, columns, r, numbers);
        const c = numbers.take(pattern.value.length).map(Math.abs);
        const [p, q] = [new Float64Array(rows * r), new Float64Array(columns * r)];
        const loss = kernel.gradientInto(p, q, u, v, r, { kind: "squared", weight: 2 });
        kernel.setCurvature(c);
        const [hu, hv] = [new Float64Array(rows * r), new Float64Array(columns * r)];
        runToEnd(kernel.hessianTimesInto(hu, hv, { u, v }, { u: d.u, v: d.v }, r));
        let value = 0;
        const [p2, q2] = [new Float64Array(rows * r), new Float64Array(columns * r)];
        const [h2, g2] = [new Float64Array(rows * r), new Float64Array(columns * r)];
        for (let i = 0; i < rows; i++) {
          for (let k = pattern.rowStart[i]; k < pattern.rowStart[i + 1]; k++) {
            const j = pattern.column[k];
            let [x, dx] = [0, 0];
            for (let b = 0; b < r; b++) {
              x += u[i * r + b] * v[j * r + b];
              dx += d.u[i * r + b] * v[j * r + b] + u[i * r + b] * d.v[j * r + b];
            }
            const e = 2 * (pattern.value[k] - x);
            value += e * e * 0.25;
            for (let b = 0; b < r; b++) {
              p2[i * r + b] += e * v[j * r + b];
              q2[j * r + b] += e * u[i * r + b];
              h2[i * r + b] += c[k] * dx * v[j * r + b] - e * d.v[j * r + b];
              g2[j * r + b] += c[k] * dx * u[i * r + b] - e * d.u[i * r + b];
            }
          }
        }
        const near = (a: Float64Array, b: Float64Array) =>
          a.every((x, k) => Math.abs(x - b[k]) <= 1e-11 * (1 + Math.max(...b.map(Math.abs))));
        expect(loss).toBeCloseTo(value, 6 - Math.ceil(Math.log10(1 + value)));
        expect([near(p, p2), near(q, q2), near(hu, h2), near(hv, g2)]).toEqual([true, true, true, true]);
      }),
      { numRuns: 60 },
    );
  });

  it("solves ridge regressions: the normal equations hold at the solution", () => {
    fc.assert(
      fc.property(cases, ({ rows, columns, density, r, seed }) => {
        const numbers = numbersOf(seed);
        const pattern = patternOf(rows, columns, density, numbers);
        const c = numbers.take(pattern.value.length).map(Math.abs);
        const v = numbers.take(columns * r);
        const ridge = numbers.take(r).map((x) => 0.2 + Math.abs(x));
        const u = new Float64Array(rows * r);
        const kernel = newEntryKernel(pattern);
        kernel.setCurvature(c);
        expect(runToEnd(kernel.ridgeInto(u, v, r, ridge, "rows"))).toBe(0);
        for (let i = 0; i < rows; i++) {
          const left = Float64Array.from({ length: r }, (_, b) => ridge[b] * u[i * r + b]);
          const size = left.map(Math.abs);
          for (let k = pattern.rowStart[i]; k < pattern.rowStart[i + 1]; k++) {
            const at = pattern.column[k] * r;
            let e = -pattern.value[k];
            for (let b = 0; b < r; b++) e += u[i * r + b] * v[at + b];
            for (let b = 0; b < r; b++) {
              left[b] += c[k] * e * v[at + b];
              size[b] += c[k] * Math.abs(pattern.value[k] * v[at + b]) + Math.abs(c[k] * e * v[at + b]);
            }
          }
          for (let b = 0; b < r; b++) expect(Math.abs(left[b])).toBeLessThanOrEqual(1e-9 * (size[b] + 1));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("makes rows NaN whose block is not positive definite, and says how many", () => {
    const pattern = patternOf(30, 20, 0.6, numbersOf(2));
    const c = pattern.value.map(() => 1);
    c.fill(-5, pattern.rowStart[4], pattern.rowStart[5]);
    for (const arithmetic of ["compiled", "plain"] as const) {
      const kernel = newEntryKernel(pattern, arithmetic);
      kernel.setCurvature(c);
      const u = new Float64Array(30 * 3);
      expect(runToEnd(kernel.ridgeInto(u, numbersOf(3).take(60), 3, 0.1, "rows"))).toBe(1);
      expect([...u.keys()].filter((k) => Number.isNaN(u[k]))).toEqual([12, 13, 14]);
    }
  });

  it("is one for one target, and lives apart from those that are asked for anew", () => {
    const pattern = patternOf(30, 20, 0.6, numbersOf(2));
    expect(entryKernel(pattern)).toBe(entryKernel({ ...pattern }));
    expect(entryKernel(withValues(pattern, pattern.value.slice()))).not.toBe(entryKernel(pattern));
    const [one, other] = [newEntryKernel(pattern), newEntryKernel(pattern)];
    one.setWeights(new Float64Array(pattern.value.length));
    const w = new Float64Array(pattern.value.length);
    other.weightsInto(w);
    expectSame(w, pattern.value);
  });

  it("leaves columns that do not ascend to the plain loops", () => {
    const pattern = patternOf(40, 30, 0.5, numbersOf(4));
    const backwards = { ...pattern, column: pattern.column.slice(), value: pattern.value.slice() };
    for (let i = 0; i < pattern.rows; i++) {
      backwards.column.subarray(pattern.rowStart[i], pattern.rowStart[i + 1]).reverse();
      backwards.value.subarray(pattern.rowStart[i], pattern.rowStart[i + 1]).reverse();
    }
    const { u, v } = pointOf(40, 30, 3, numbersOf(1));
    const [forward, back] = [pattern, backwards].map((own) => {
      const x = new Float64Array(own.value.length);
      newEntryKernel(own).predictInto(x, u, v, 3);
      return denseOf(withValues(own, x));
    });
    expectSame(back, forward);
  });

  it("says so when a call that waits has lost its operands to another", () => {
    const pattern = patternOf(400, 300, 0.8, numbersOf(4));
    const kernel = newEntryKernel(pattern);
    const r = 30;
    const { u, v } = pointOf(400, 300, r, numbersOf(1));
    const out = new Float64Array(u.length);
    const steps = kernel.ridgeInto(out, v, r, 1, "rows");
    expect(steps.next().done).toBe(false);
    kernel.predictInto(new Float64Array(pattern.value.length), u, v, r);
    expect(() => steps.next()).toThrow("another call came before this one had ended");
    expect(runToEnd(kernel.ridgeInto(out, v, r, 1, "rows"))).toBe(0);
  });

  it("keeps no more blocks than are allowed", () => {
    const pattern = patternOf(40, 30, 0.5, numbersOf(4));
    const { u, v } = pointOf(40, 30, 5, numbersOf(1));
    for (const arithmetic of ["compiled", "plain"] as const) {
      const kernel = newEntryKernel(pattern, arithmetic);
      expect(runToEnd(kernel.factorBlocks(u, v, 5, 1, 10_000))).toBeUndefined();
    }
  });
});
