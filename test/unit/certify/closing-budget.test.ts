/** Closers that are told to stop, or given a tree that never ends, ask for few more dual norms: one of those may take a tenth of a second. */
import { describe, expect, it } from "vitest";
import type { PolarOptions } from "../../../engine/src/certify/polar/polar.ts";
import { tablePolar } from "../../../engine/src/certify/polar/table.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { l2 } from "../../../engine/src/problem/regularizer/l2.ts";
import { l2PlusL1 } from "../../../engine/src/problem/regularizer/l2-plus-l1.ts";
import { linf } from "../../../engine/src/problem/regularizer/linf.ts";
import type { Norm } from "../../../engine/src/problem/regularizer/norm.ts";

const open: PolarOptions = { above: Number.POSITIVE_INFINITY, cells: 2_000_000, stopped: () => false };

function table(rows: number, columns: number) {
  const data = Float64Array.from({ length: rows * columns }, normalStream(3));
  return observedEntries(data, rows, columns, () => true);
}

/** The norm, and how often its dual was bounded. */
function counted(norm: Norm): { readonly norm: Norm; readonly calls: () => number } {
  let calls = 0;
  const dualUpper = (p: Float64Array): number => {
    calls++;
    return norm.dualUpper(p);
  };
  return { norm: { ...norm, dualUpper }, calls: () => calls };
}

/** α‖·‖₂ + β‖·‖₁ as a norm that does not say so, and whose dual is a search. */
function dearNorm() {
  const norm = l2PlusL1(1, 0.5);
  const climber = () => (p: Float64Array) => norm.dualDirection(p);
  return counted({ ...norm, mixture: undefined, climber });
}

/** A stop once the closer is at work: after so many dual norms. */
function stopAfter(most: number, calls: () => number) {
  return { stopped: () => calls() >= most, late: () => calls() - most };
}

describe("a stop", () => {
  it("ends a search of signs within a few dual norms", () => {
    const { norm, calls } = counted(l2PlusL1(1, 0.5));
    const { stopped, late } = stopAfter(2000, calls);
    const polar = tablePolar(table(22, 30), linf(22), norm, { ...open, effort: "close", stopped });
    expect(calls()).toBeGreaterThanOrEqual(2000);
    expect(late()).toBeLessThanOrEqual(64);
    expect(polar.lower).toBeLessThanOrEqual(polar.upper);
  });

  it("ends a cover with the dual norm at hand", () => {
    const { norm, calls } = dearNorm();
    const { stopped, late } = stopAfter(30, calls);
    const polar = tablePolar(table(5, 9), l2, norm, { ...open, effort: "close", stopped });
    expect(calls()).toBeGreaterThanOrEqual(30);
    expect(late()).toBeLessThanOrEqual(2);
    expect(polar.lower).toBeLessThanOrEqual(polar.upper);
  });
});

describe("the budget of cells", () => {
  it("is small where a dual norm is a search", () => {
    const { norm, calls } = dearNorm();
    tablePolar(table(6, 9), l2, norm, { ...open, effort: "close" });
    expect(calls()).toBeLessThan(1000);
  });

  it("bounds the check of a tree of cuts without end", () => {
    const { norm, calls } = dearNorm();
    const tree = new Float64Array(4000).fill(2 ** 32 - 1);
    tree[0] = 32 * 4000;
    const arrays = {
      threshold: { shape: [1], data: Float64Array.of(1e-6) },
      tree: { shape: [tree.length], data: tree },
    };
    const proof = { branch: undefined, witness: { kind: "cover", threshold: 0, arrays } };
    const polar = tablePolar(table(6, 9), l2, norm, { ...open, proof });
    expect(calls()).toBeLessThan(2000);
    expect(polar.upper).toBeGreaterThan(0);
  });
});
