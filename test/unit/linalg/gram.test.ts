/** Gram matrices, whole and by rows, against sums of products entry by entry. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gram, gramRows } from "../../../engine/src/linalg/gram.ts";
import { denseOf, type Observed, observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";

const never = () => false;

function table(rows: number, columns: number, share: number, seed: number): Observed {
  const [normal, uniform] = [normalStream(seed), uniformStream(seed + 1)];
  const dense = Float64Array.from({ length: rows * columns }, normal);
  const kept = dense.map(() => (uniform() < share ? 1 : 0));
  return observedEntries(dense, rows, columns, (k) => kept[k] === 1);
}

/** Sums of products, and of their moduli. */
function naive(a: Observed) {
  const { rows, columns } = a;
  const dense = denseOf(a);
  const [sums, moduli] = [new Float64Array(columns ** 2), new Float64Array(columns ** 2)];
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < columns; j++) {
      for (let r = 0; r < rows; r++) {
        const product = dense[r * columns + i] * dense[r * columns + j];
        sums[i * columns + j] += product;
        moduli[i * columns + j] += Math.abs(product);
      }
    }
  }
  return { sums, moduli };
}

describe("a Gram matrix", () => {
  it("is what its entries sum up to, however many are observed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(0, 0.05, 0.2, 0.6, 1),
        fc.integer({ min: 1, max: 1e6 }),
        (rows, columns, share, seed) => {
          const a = table(rows, columns, share, seed);
          const { sums, moduli } = naive(a);
          const s = gram(a, never);
          for (let k = 0; k < s.length; k++) {
            expect(Math.abs(s[k] - sums[k])).toBeLessThanOrEqual(rows * 2 ** -52 * moduli[k]);
            expect(s[k]).toBe(s[(k % columns) * columns + Math.floor(k / columns)]);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("comes by rows as well, in several panels, and once more when asked from the start", () => {
    const a = table(60, 210, 0.08, 7);
    const s = gram(a, never);
    const { n, rowInto, diagonal } = gramRows(a, never);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < n; i++) {
        const out = new Float64Array(n + 3);
        rowInto(out, 2, i);
        expect(out.subarray(2, 3 + i)).toEqual(s.subarray(i * n, i * n + i + 1));
        expect(diagonal[i]).toBeCloseTo(s[i * n + i], 12);
      }
    }
  });

  it("has the same bits in compiled code", () => {
    const a = table(900, 150, 0.15, 9);
    const [compiled, plain] = (["compiled", "plain"] as const).map((arithmetic) => {
      const { n, rowInto } = gramRows(a, never, arithmetic);
      const s = new Float64Array(n * n);
      for (let i = 0; i < n; i++) rowInto(s, i * n, i);
      return s;
    });
    expect(a.value.length).toBeGreaterThan(2 ** 14);
    expect(compiled).toEqual(plain);
  });
});
