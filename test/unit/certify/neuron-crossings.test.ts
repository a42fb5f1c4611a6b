/** The queue of crossings, against sorting. */
import { describe, expect, it } from "vitest";
import { crossingQueue } from "../../../engine/src/certify/polar/neuron-crossings.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";

describe("crossingQueue", () => {
  it("gives samples in the order in which they cross, of equals the first one first, and −1 at the end", () => {
    const normal = normalStream(5);
    for (const count of [0, 1, 2, 3, 10, 57]) {
      const queue = crossingQueue(count);
      for (let round = 0; round < 10; round++) {
        queue.clear();
        const samples = Array.from({ length: count }, (_, n) => n).filter(() => normal() > -0.5);
        // Few values: many samples cross at the same place.
        const where = new Map(samples.map((n) => [n, Math.round(2 * normal() ** 2)]));
        const at = (n: number) => where.get(n) ?? Number.NaN;
        for (const n of samples.toSorted((a, b) => ((7 * a) % 11) - ((7 * b) % 11))) queue.add(n, at(n));
        for (const n of samples.toSorted((a, b) => at(a) - at(b) || a - b)) {
          expect(queue.next()).toBe(n);
          expect(queue.at(n)).toBe(at(n));
        }
        expect(queue.next()).toBe(-1);
      }
    }
  });
});
