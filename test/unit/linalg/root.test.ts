import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rootBetween } from "../../../engine/src/linalg/root.ts";

function rootOf(f: (x: number) => number, from: number, to: number): { readonly root: number; readonly calls: number } {
  let calls = 0;
  const counted = (x: number) => {
    calls++;
    return f(x);
  };
  const end = (at: number) => ({ at, value: f(at) });
  return { root: rootBetween(counted, end(from), end(to), { tolerance: 1e-13, steps: 100 }), calls };
}

describe("rootBetween", () => {
  it("is exact after one step for an affine function, rising or falling", () => {
    expect(rootOf((x) => 3 * x - 2, 0, 10)).toEqual({ root: 2 / 3, calls: 1 });
    expect(rootOf((x) => 2 - 3 * x, 0, 10).root).toBeCloseTo(2 / 3, 14);
  });

  it.each([
    ["steep at one end", (x: number) => Math.exp(x) - 5, 0, 10, Math.log(5)],
    ["flat at the root", (x: number) => (x - 1) ** 3, -4, 9, 1],
    ["falling logarithm", (x: number) => -Math.log(x), 0.001, 50, 1],
  ] as const)("%s", (_, f, from, to, root) => {
    const found = rootOf(f, from, to);
    expect(found.root).toBeCloseTo(root, 4);
    expect(found.calls).toBeLessThan(60);
  });

  it("returns the first end's side when the steps run out", () => {
    const f = (x: number) => Math.exp(x) - 5;
    const first = { at: 0, value: f(0) };
    const found = rootBetween(f, first, { at: 50, value: f(50) }, { tolerance: 0, steps: 3 });
    expect(found).toBeLessThan(Math.log(5));
  });

  it.each([1, 10, 30, 300, 700, 1e4, 1e8])("steep at one end, e^(%d t) on [0, 1], infinite values too", (a) => {
    const found = rootOf((t) => Math.exp(a * t) - 3000, 0, Math.max(1, 9 / a));
    expect(found.root * a).toBeCloseTo(Math.log(3000), 9);
    expect(found.calls).toBeLessThanOrEqual(3 * Math.log2(a) + 16);
  });

  it("any three steps halve the bracket, whatever the function", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (power, root) => {
        const asked: number[] = [];
        const f = (x: number) => {
          asked.push(x);
          return Math.sign(x - root) * Math.abs(x - root) ** power * (x > root ? 1e200 : 1e-50);
        };
        const [first, second] = [0, 1].map((at) => ({ at, value: f(at) }));
        const found = rootBetween(f, first, second, { tolerance: 0, steps: 30 });
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(1);
        let [low, high] = [0, 1];
        const widths = [1];
        for (const x of asked.slice(2)) {
          expect(x > low && x < high).toBe(true);
          if (x < root) low = x;
          else high = x;
          widths.push(high - low);
        }
        for (let k = 3; k < widths.length; k++) expect(widths[k]).toBeLessThanOrEqual(widths[k - 3] / 2 + 2 ** -53);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["overflowing products", 1e300, -1e300],
    ["an infinite end", 1, Number.NEGATIVE_INFINITY],
    ["both ends infinite", Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ])("stays between the ends: %s", (_, at0, at1) => {
    const f = (x: number) => 1e300 * (0.3 - x);
    const root = rootBetween(f, { at: 0, value: at0 }, { at: 1, value: at1 }, { tolerance: 0, steps: 100 });
    expect(root).toBeCloseTo(0.3, 12);
  });

  it("an end that is the root is the answer", () => {
    expect(rootOf((x) => x, 0, 5).root).toBe(0);
    expect(rootOf((x) => x - 5, 0, 5).root).toBe(5);
  });
});
