/** Arrays that are lent: never one to two callers at a time, and to the next when its call has ended. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withScratch } from "../../../engine/src/linalg/scratch.ts";

const LONG = 20_000;

describe("withScratch", () => {
  it("lends as many numbers as were asked for, whatever was lent before", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3 * LONG), { maxLength: 6 }), (lengths) => {
        for (const length of lengths) expect(withScratch(length, (scratch) => scratch.fill(1).length)).toBe(length);
      }),
      { numRuns: 50 },
    );
  });

  it("lends the same memory to one call after the other, and different memory to calls within calls", () => {
    const first = withScratch(LONG, ({ buffer }) => buffer);
    const [outer, inner] = withScratch(LONG, (a) => withScratch(LONG, (b) => [a.buffer, b.buffer]));
    expect(first).toBe(outer);
    expect(inner).not.toBe(outer);
    withScratch(LONG, (a) => {
      a.fill(1);
      withScratch(LONG, (b) => b.fill(2));
      expect(a.every((x) => x === 1)).toBe(true);
    });
  });

  it("takes the memory back from a call that fails", () => {
    const held = new Set<ArrayBufferLike>();
    for (let k = 0; k < 5; k++) {
      const fails = () =>
        withScratch(LONG, ({ buffer }) => {
          held.add(buffer);
          throw new Error("no more");
        });
      expect(fails).toThrow("no more");
    }
    expect(held.size).toBe(1);
  });

  it("keeps neither what is short nor what is very long", () => {
    for (const length of [10, 2 ** 21 + 1]) {
      const [a, b] = [1, 2].map(() => withScratch(length, ({ buffer }) => buffer));
      expect(a).not.toBe(b);
      expect(a.byteLength).toBe(8 * length);
    }
  });
});
