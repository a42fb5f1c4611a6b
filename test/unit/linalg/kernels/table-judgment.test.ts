/** A point of a whole table, judged in one go: the same bits as predictions, slopes and products one after the other. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainedSlopesInto, type EntryLoss } from "../../../../engine/src/linalg/kernels/entry-loss.ts";
import { multiplyInto } from "../../../../engine/src/linalg/kernels/multiply.ts";
import { largestModulus } from "../../../../engine/src/linalg/kernels/sizes.ts";
import { judgeTableInto, type TablePoint } from "../../../../engine/src/linalg/kernels/table-judgment.ts";
import { normalStream } from "../../../../engine/src/linalg/random.ts";

const LOSSES: readonly EntryLoss[] = [
  { kind: "squared", weight: 1 },
  { kind: "squared", weight: 0.3 },
  { kind: "huber", weight: 2, delta: 0.5 },
  { kind: "logistic", weight: 1 },
];

function pointOf(rows: number, columns: number, r: number, loss: EntryLoss, seed: number): TablePoint {
  const normal = normalStream(seed);
  const draw = (count: number) => Float64Array.from({ length: count }, normal);
  const y = draw(rows * columns);
  const targets = loss.kind === "logistic" ? y.map((x) => (x > 0 ? 1 : -1)) : y;
  return { rows, columns, r, u: draw(rows * r), v: draw(columns * r), y: targets };
}

function emptyGradient({ rows, columns, r }: TablePoint) {
  return {
    w: new Float64Array(rows * columns).fill(7),
    p: new Float64Array(rows * r).fill(7),
    q: new Float64Array(columns * r).fill(7),
  };
}

function stepByStep(point: TablePoint, loss: EntryLoss) {
  const { rows: m, columns: n, u, v, r, y } = point;
  const { w, p, q } = emptyGradient(point);
  const x = new Float64Array(m * n);
  multiplyInto(x, u, v, { m, n, k: r, transposeB: true });
  const sums = chainedSlopesInto(w, x, y, loss);
  multiplyInto(p, w, v, { m, n: r, k: n });
  multiplyInto(q, w, u, { m: n, n: r, k: m, transposeA: true });
  return { sums: { ...sums, largest: largestModulus(w) }, gradient: { w, p, q } };
}

describe("a table judged in one go", () => {
  it("is the same in every bit as one step after the other", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 330 }),
        fc.integer({ min: 40, max: 330 }),
        fc.integer({ min: 11, max: 40 }),
        fc.constantFrom(...LOSSES),
        fc.nat(1e6),
        (rows, columns, r, loss, seed) => {
          const point = pointOf(rows, columns, r, loss, seed);
          const gradient = emptyGradient(point);
          const sums = judgeTableInto(gradient, point, loss);
          const other = stepByStep(point, loss);
          expect(sums).toEqual(other.sums);
          for (const key of ["w", "p", "q"] as const) {
            expect(gradient[key].findIndex((x, k) => !Object.is(x, other.gradient[key][k]))).toBe(-1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is left alone where it is too small, or too large for the shared memory", () => {
    const [loss] = LOSSES;
    const small = pointOf(5, 4, 2, loss, 1);
    expect(judgeTableInto(emptyGradient(small), small, loss)).toBeUndefined();
    const large = { ...pointOf(1, 1, 1, loss, 1), rows: 5000, columns: 1000, r: 3 };
    const untouched = { w: Float64Array.of(7), p: Float64Array.of(7), q: Float64Array.of(7) };
    expect(judgeTableInto(untouched, large, loss)).toBeUndefined();
    expect(untouched.w[0]).toBe(7);
  });
});
