/** Proximal steps on a full table: compiled and plain alike, bit for bit, and both as the formulas say. */
import { describe, expect, it } from "vitest";
import { type EntryLoss, slopesInto } from "../../../../engine/src/linalg/kernels/entry-loss.ts";
import { type TableSteps, tableSteps } from "../../../../engine/src/linalg/kernels/table-steps.ts";
import { normalStream } from "../../../../engine/src/linalg/random.ts";

const LOSSES: readonly EntryLoss[] = [
  { kind: "squared", weight: 2 },
  { kind: "huber", weight: 0.5, delta: 0.7 },
  { kind: "logistic", weight: 0.75 },
];
/** Odd and even, smaller and larger than the spans of the kernel, one row, one column. */
const SHAPES = [
  [1, 1],
  [1, 9],
  [13, 1],
  [7, 5],
  [40, 33],
  [31, 53],
] as const;

const [FIRST, LAST, MOMENTUM, LIPSCHITZ] = [3, 2, 0.4, 2.5];

/** Everything that two steps give, the second with momentum. */
function course(steps: TableSteps, rows: number, columns: number, loss: EntryLoss) {
  const normal = normalStream(rows * 100 + columns);
  const factor = (length: number, k: number) => Float64Array.from({ length: length * k }, normal);
  const [u, v] = [factor(rows, FIRST), factor(columns, FIRST)];
  const [p, q] = [factor(rows, LAST), factor(columns, LAST)];
  steps.propose(u, v, FIRST);
  steps.accept();
  steps.begin(0, loss, LIPSCHITZ);
  steps.propose(p, q, LAST);
  steps.accept();
  const value = steps.begin(MOMENTUM, loss, LIPSCHITZ);
  const [times, transposed] = [new Float64Array(rows * LAST), new Float64Array(columns * LAST)];
  steps.multiplyInto(times, q, LAST, { transpose: false });
  steps.multiplyInto(transposed, p, LAST, { transpose: true });
  const move = steps.propose(u, v, FIRST);
  const less = new Float64Array(rows * columns);
  steps.lessInto(less, p, q, LAST);
  const rough = [new Float64Array(rows * LAST), new Float64Array(columns * LAST)] as const;
  steps.multiplyInto(rough[0], q, LAST, { transpose: false, precision: "single" });
  steps.multiplyInto(rough[1], p, LAST, { transpose: true, precision: "single" });
  const roughMove = steps.propose(u, v, FIRST, "single");
  return { u, v, p, q, value, times, transposed, move, less, rough, roughMove };
}

function labels(rows: number, columns: number): Float64Array {
  const normal = normalStream(7 * rows + columns);
  return Float64Array.from({ length: rows * columns }, () => Math.sign(normal()) || 1);
}

describe("tableSteps", () => {
  it.each(LOSSES)("gives the same numbers compiled and plain, bit for bit: $kind", (loss) => {
    for (const [rows, columns] of SHAPES) {
      const [compiled, plain] = (["compiled", "plain"] as const).map((arithmetic) =>
        course(tableSteps(labels(rows, columns), rows, columns, arithmetic), rows, columns, loss),
      );
      expect(compiled).toEqual(plain);
    }
  });

  it.each(LOSSES)("takes the step of the formulas: $kind", (loss) => {
    for (const [rows, columns] of SHAPES) {
      const y = labels(rows, columns);
      const found = course(tableSteps(y, rows, columns), rows, columns, loss);
      const product = (a: Float64Array, b: Float64Array, k: number) =>
        y.map((_, at) => {
          const [i, j] = [Math.floor(at / columns), at % columns];
          let sum = 0;
          for (let s = 0; s < k; s++) sum += a[i * k + s] * b[j * k + s];
          return sum;
        });
      const [before, x] = [product(found.u, found.v, FIRST), product(found.p, found.q, LAST)];
      const z = x.map((now, k) => now + MOMENTUM * (now - before[k]));
      const w = z.slice();
      const value = slopesInto(w, y, [0, y.length], loss, 0);
      const g = z.map((at, k) => at + w[k] / LIPSCHITZ);
      expect(found.value).toBeCloseTo(value, 10);
      for (let i = 0; i < rows; i++) {
        for (let s = 0; s < LAST; s++) {
          let sum = 0;
          for (let j = 0; j < columns; j++) sum += g[i * columns + j] * found.q[j * LAST + s];
          expect(found.times[i * LAST + s]).toBeCloseTo(sum, 10);
          expect(found.rough[0][i * LAST + s]).toBeCloseTo(sum, 3);
        }
      }
      for (let j = 0; j < columns; j++) {
        for (let s = 0; s < LAST; s++) {
          let sum = 0;
          for (let i = 0; i < rows; i++) sum += g[i * columns + j] * found.p[i * LAST + s];
          expect(found.transposed[j * LAST + s]).toBeCloseTo(sum, 10);
          expect(found.rough[1][j * LAST + s]).toBeCloseTo(sum, 3);
        }
      }
      // X⁺ is U Vᵀ once more: the table of the first step.
      const sums = { distance: 0, uphill: 0, slope: 0 };
      before.forEach((next, k) => {
        const moved = z[k] - next;
        sums.distance += moved ** 2;
        sums.uphill += moved * (next - x[k]);
        sums.slope += (g[k] - z[k]) * moved;
      });
      for (const key of ["distance", "uphill", "slope"] as const) {
        expect(found.move[key]).toBeCloseTo(sums[key], 8);
        expect(Math.abs(found.roughMove[key] - sums[key])).toBeLessThan(1e-5 * (1 + sums.distance));
      }
      x.forEach((entry, k) => {
        expect(found.less[k]).toBeCloseTo(g[k] - entry, 10);
      });
    }
  });

  it("begins at 0, and a proposal of no branches is 0", () => {
    const steps = tableSteps(Float64Array.of(1, -2, 3, -4, 5, -6), 2, 3);
    const loss = { kind: "squared", weight: 1 } as const;
    expect(steps.begin(0, loss, 1)).toBe(0.5 * (1 + 4 + 9 + 16 + 25 + 36));
    expect(steps.propose(new Float64Array(0), new Float64Array(0), 0)).toEqual({
      ...{ distance: 0, uphill: 0, slope: 0 },
    });
  });

  it.each([0, 3, 25, 45])("sums logistic losses to all their digits, at margins about %i too", (margin) => {
    // Products of 1 + t would be 1 for t of 1e-17.
    const [rows, columns] = [37, 29];
    const normal = normalStream(margin);
    const y = labels(rows, columns);
    const u = Float64Array.from({ length: rows * columns }, (_, k) => y[k] * (margin + normal()));
    const identity = new Float64Array(columns * columns);
    for (let j = 0; j < columns; j++) identity[j * columns + j] = 1;
    const exact = u.reduce((sum, x, k) => sum + Math.max(0, -y[k] * x) + Math.log1p(Math.exp(-Math.abs(x))), 0);
    for (const arithmetic of ["compiled", "plain"] as const) {
      const steps = tableSteps(y, rows, columns, arithmetic);
      steps.propose(u, identity, columns);
      steps.accept();
      const value = steps.begin(0, { kind: "logistic", weight: 1 }, 1);
      expect(Math.abs(value - exact)).toBeLessThan(1e-14 * exact);
    }
  });
});
