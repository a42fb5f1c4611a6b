/** The losses of the kernels: compiled and plain agree in every bit, the logistic one with its definition. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { curvaturesInto, type EntryLoss, slopesInto } from "../../../../engine/src/linalg/kernels/entry-loss.ts";
import { expectSame } from "./kernel-data.ts";

const LOSSES: readonly EntryLoss[] = [
  { kind: "squared", weight: 2 },
  { kind: "huber", weight: 0.5, delta: 1.5 },
  { kind: "logistic", weight: 0.75 },
];

const predictions = fc
  .array(fc.oneof(fc.double(), fc.double({ min: -40, max: 40, noNaN: true })), { minLength: 1, maxLength: 200 })
  .map((numbers) => Float64Array.from(numbers));

describe("the losses of the kernels", () => {
  it.each(LOSSES)("are the same bit for bit with and without WebAssembly: $kind", (loss) => {
    fc.assert(
      fc.property(predictions, (x) => {
        const y = x.map((_, k) => (k % 3 === 0 ? -1 : 1));
        const [w, plainW, c, plainC] = [x.slice(), x.slice(), x.slice(), x.slice()];
        const half = Math.floor(x.length / 2);
        const first = slopesInto(w, y, [0, half], loss, 0);
        const sum = slopesInto(w, y, [half, x.length], loss, first);
        expectSame(Float64Array.of(sum), Float64Array.of(slopesInto(plainW, y, [0, x.length], loss, 0, "plain")));
        expectSame(w, plainW);
        curvaturesInto(c, y, loss);
        curvaturesInto(plainC, y, loss, "plain");
        expectSame(c, plainC);
      }),
      { numRuns: 200 },
    );
  });

  it("have the logistic loss, its slope and its curvature to a few units in the last place", () => {
    const loss = { kind: "logistic", weight: 1 } as const;
    const near = (actual: number, expected: number) =>
      expect(Math.abs(actual - expected)).toBeLessThanOrEqual(6 * Number.EPSILON * Math.abs(expected));
    for (let k = -7000; k <= 7000; k += 7) {
      const x = k / 10;
      for (const y of [1, -1]) {
        const m = -y * x;
        const t = Math.exp(-Math.abs(m));
        const [w, c] = [Float64Array.of(x), Float64Array.of(x)];
        near(slopesInto(w, Float64Array.of(y), [0, 1], loss, 0), Math.max(m, 0) + Math.log1p(t));
        near(w[0], (y * (m >= 0 ? 1 : t)) / (1 + t));
        curvaturesInto(c, Float64Array.of(y), loss);
        near(c[0], t / (1 + t) ** 2);
      }
    }
  });

  it("have slopes that are the derivatives of their values", () => {
    for (const loss of LOSSES) {
      const y = Float64Array.of(1);
      const at = (x: number) => slopesInto(Float64Array.of(x), y, [0, 1], loss, 0);
      for (const x of [-30, -3, -0.6, -0.4, 0.2, 0.9, 2.4, 3, 20]) {
        const w = Float64Array.of(x);
        slopesInto(w, y, [0, 1], loss, 0);
        const c = Float64Array.of(x);
        curvaturesInto(c, y, loss);
        const h = 1e-5;
        expect(-w[0]).toBeCloseTo((at(x + h) - at(x - h)) / (2 * h), 5);
        const slope = (z: number) => {
          const s = Float64Array.of(z);
          slopesInto(s, y, [0, 1], loss, 0);
          return -s[0];
        };
        expect(c[0]).toBeCloseTo((slope(x + h) - slope(x - h)) / (2 * h), 5);
      }
    }
  });
});
