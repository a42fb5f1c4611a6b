/** The domain of the dual over whole arrays: what a box says at once is what its intervals say entry by entry. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { clipInto, dualReach, rangeByLabel, rangeOf } from "../../../engine/src/problem/loss/dual-range.ts";

const { POSITIVE_INFINITY: unbounded } = Number;
const RANGES = [
  { name: "all numbers", range: rangeOf(-unbounded, unbounded) },
  ...[5e-324, 1e-300, 0.7, 1e308].map((delta) => ({ name: `|q| ≤ ${delta}`, range: rangeOf(-delta, delta) })),
  { name: "0 ≤ q y ≤ 1", range: rangeByLabel(0, 1) },
  { name: "0 ≤ q y", range: rangeByLabel(0, unbounded) },
];

/** Of every size, zeros of both signs, subnormal, infinite, no number at all; mostly on the side of their labels. */
const number = fc.oneof(
  fc.double(),
  fc.double({ min: -3, max: 3 }),
  fc.constantFrom(0, -0, 5e-324, -5e-324, 1e-310, -2e-320, 1e308, -1e308),
);
const entries = fc.array(fc.record({ number, label: fc.constantFrom(1, -1), fits: fc.boolean() }), {
  minLength: 1,
  maxLength: 40,
});

describe.each(RANGES)("the domain $name", ({ range }) => {
  const { dualRange } = range;

  function arraysOf(given: typeof entries extends fc.Arbitrary<infer T> ? T : never, allFit: boolean) {
    const y = Float64Array.from(given, ({ label }) => label);
    const w = Float64Array.from(given, (entry) =>
      allFit || entry.fits ? Math.abs(entry.number) * entry.label : entry.number,
    );
    return { w, target: observedEntries(y, y.length, 1, () => true) };
  }

  it("is reached as far, to the last bit", () => {
    fc.assert(
      fc.property(entries, fc.boolean(), (given, allFit) => {
        const { w, target } = arraysOf(given, allFit);
        expect(dualReach(w, target, range)).toBe(dualReach(w, target, { dualRange }));
      }),
      { numRuns: 500 },
    );
  });

  it("has the same nearest points", () => {
    fc.assert(
      fc.property(entries, fc.constantFrom(1, 0.25, 3), (given, factor) => {
        const { w, target } = arraysOf(given, false);
        const [whole, single] = [w.slice(), w.slice()];
        const cut = clipInto(whole, target, range, factor);
        expect(cut).toBe(clipInto(single, target, { dualRange }, factor));
        // −0 and 0 are the same point.
        expect(whole.map((q) => q + 0)).toEqual(single.map((q) => q + 0));
        whole.forEach((q, k) => {
          const [low, high] = dualRange(target.value[k]);
          if (!Number.isNaN(q)) expect(q >= low && q <= high).toBe(true);
          if (factor * w[k] >= low && factor * w[k] <= high) expect(q + 0).toBe(factor * w[k] + 0);
        });
      }),
      { numRuns: 300 },
    );
  });
});
