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
});
