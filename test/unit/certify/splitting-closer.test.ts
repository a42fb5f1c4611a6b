/** The splitting as a way to close a bracket: bound, witness, check, and the branch that the relaxation points to. */
import { describe, expect, it } from "vitest";
import { squareSplitting, tableSplitting } from "../../../engine/src/certify/polar/splitting-closer.ts";
import { bilinear, observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import type { Norm } from "../../../engine/src/problem/regularizer/norm.ts";
import { feasible, normFor } from "../../support/norms.ts";

const options = { lower: 0, tolerance: 1e-6, cells: 1, hint: undefined, stopped: () => false };

function gaussian(rows: number, columns: number, seed: number) {
  const normal = normalStream(seed);
  return observedEntries(Float64Array.from({ length: rows * columns }, normal), rows, columns, () => true);
}

describe("the closer by splitting", () => {
  const positive = (n: number) => normFor("l2", [n], ["nonnegative"]);
  const mixed = (n: number) => normFor({ l2: 1, l1: 0.5 }, [n]);
  const plain = (n: number) => normFor("l2", [n]);

  it.each([
    { name: "nonnegative", a: positive(8), b: positive(6) },
    { name: "sparse on v", a: plain(8), b: mixed(6) },
    { name: "sparse on u", a: mixed(8), b: plain(6) },
    { name: "nonnegative v", a: plain(8), b: positive(6) },
  ])("points to a branch that is as good as the bound, knowing none: $name", ({ a, b }) => {
    const w = gaussian(8, 6, 1);
    const closer = tableSplitting(w, a, b);
    const bound = closer?.close(options);
    const [u, v] = bound?.better?.map((x, k) => feasible(k === 0 ? a : b, x)) ?? [];
    const value = bilinear(w, u, v) / (a.value(u) * b.value(v));
    expect(bound?.upper).toBeGreaterThanOrEqual(value);
    expect(value).toBeGreaterThan(0.99 * (bound?.upper ?? 0));
    expect(bound?.witness).toBe(closer?.witness);
    expect(closer?.check(bound?.arrays ?? {}, options).upper).toBe(bound?.upper);
  });

  it("does so for uᵀWu", () => {
    const w = gaussian(7, 7, 2);
    const norm = positive(7);
    const closer = squareSplitting(w, norm);
    const bound = closer?.close(options);
    const u = feasible(norm, bound?.better?.[0] ?? new Float64Array(7));
    expect(bilinear(w, u, u) / norm.value(u) ** 2).toBeGreaterThan(0.99 * (bound?.upper ?? 0));
    expect(closer?.check(bound?.arrays ?? {}, options).upper).toBe(bound?.upper);
  });

  it("is there for factors that are free or nonnegative, with ℓ2 in their norms, and not too long", () => {
    const w = gaussian(3, 3, 3);
    const others: readonly Norm[] = [
      normFor("l1", [3]),
      normFor("linf", [3]),
      normFor("l2", [3], [{ sparse: 2 }]),
      normFor("l2", [3], [{ kernel: { shape: [1, 3], data: Float64Array.of(1, 1, 1) } }]),
    ];
    for (const norm of others) {
      expect(tableSplitting(w, norm, positive(3))).toBeUndefined();
      expect(squareSplitting(w, norm)).toBeUndefined();
    }
    const long = observedEntries(new Float64Array(1000).fill(1), 1000, 1, () => true);
    expect(tableSplitting(long, positive(1000), positive(1))).toBeUndefined();
    expect(tableSplitting(long, plain(1000), positive(1))?.close(options).upper).toBeCloseTo(Math.sqrt(1000), 9);
  });
});
