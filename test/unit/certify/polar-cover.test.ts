/** The cover of the sphere by cells: its bounds of cells, its tree, and what it makes of polars that brute force knows. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import "../../support/fixed-seed.ts";
import { BitTree, treeReader } from "../../../engine/src/certify/polar/cover/bit-tree.ts";
import { coneBound } from "../../../engine/src/certify/polar/cover/cone-bound.ts";
import { coveredBy, type Eliminated } from "../../../engine/src/certify/polar/cover/eliminated.ts";
import { NodeHeap } from "../../../engine/src/certify/polar/cover/node-heap.ts";
import { checkCover, coverSphere } from "../../../engine/src/certify/polar/cover/sphere-cover.ts";
import { symmetricPolar } from "../../../engine/src/certify/polar/symmetric.ts";
import { tablePolar } from "../../../engine/src/certify/polar/table.ts";
import { tensorPolar } from "../../../engine/src/certify/polar/unfoldings.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import { singularTriplets, singularValues } from "../../support/jacobi-svd.ts";
import { normFor } from "../../support/norms.ts";

const stopped = () => false;
const close = { above: Number.POSITIVE_INFINITY, effort: "close" as const, stopped };

function gaussian(rows: number, columns: number, seed: number) {
  const value = Float64Array.from({ length: rows * columns }, normalStream(seed));
  return { value, table: observedEntries(value, rows, columns, () => true) };
}

/** ‖Aᵀu‖₂ for a dense d × n A: its largest value over unit u is σ₁. */
function lengthOf(a: Float64Array, d: number, more: Partial<Eliminated> = {}): Eliminated {
  const n = a.length / d;
  const length = (u: Float64Array) => {
    let square = 0;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += a[i * n + j] * u[i];
      square += sum * sum;
    }
    return Math.sqrt(square);
  };
  const above = (u: Float64Array) => length(u) * (1 + 1e-14);
  return { dimension: d, domain: "half-sphere", alpha: 1, beta: 0, above, below: length, scale: 1, ...more };
}

describe("the bound of a cell", () => {
  it("is above every point of the cone, and is reached where it should be", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 1e6 }), (d, seed) => {
        const normal = normalStream(seed);
        const uniform = uniformStream(seed);
        // Around one direction, as cells are; the narrower, the closer to dependent.
        const width = 10 ** (-4 * uniform());
        const center = Array.from({ length: d }, normal);
        const vertices = Float64Array.from({ length: d * d }, (_, k) => center[k % d] + width * normal());
        const values = Float64Array.from({ length: d }, () => 0.1 + uniform());
        const cone = coneBound(d);
        const order = Int32Array.from({ length: d }, (_, i) => i);
        const bound = cone.bound(vertices, order, 0, values);
        const reached = (weights: ArrayLike<number>): number => {
          let square = 0;
          let value = 0;
          for (let k = 0; k < d; k++) {
            let sum = 0;
            for (let i = 0; i < d; i++) sum += weights[i] * vertices[i * d + k];
            square += sum * sum;
          }
          for (let i = 0; i < d; i++) value += weights[i] * values[i];
          return square > 0 ? value / Math.sqrt(square) : 0;
        };
        for (let trial = 0; trial < 300; trial++) {
          const weights = Float64Array.from({ length: d }, () => (uniform() < 0.4 ? 0 : uniform()));
          expect(reached(weights)).toBeLessThanOrEqual(bound * (1 + 1e-12));
        }
        if (bound < Number.POSITIVE_INFINITY) {
          expect(reached(cone.weights)).toBeLessThanOrEqual(bound * (1 + 1e-12));
          if (width > 0.1) expect(reached(cone.weights)).toBeGreaterThanOrEqual(bound * (1 - 1e-6));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("the tree of a cover", () => {
  it("comes back bit by bit, with leaves behind its end", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 20_000 }), (bits) => {
        const tree = new BitTree();
        for (const bit of bits) tree.push(bit);
        const read = treeReader(tree.toArray());
        expect(bits.map(() => read())).toEqual(bits);
        expect([read(), read()]).toEqual([false, false]);
      }),
      { numRuns: 20 },
    );
  });

  it("is checked to the number that the search ended with, or less", () => {
    const { value } = gaussian(4, 6, 3);
    const [sigma] = singularValues(value, 4, 6);
    const found = coverSphere(coveredBy(lengthOf(value, 4)), {
      reached: sigma * (1 - 1e-9),
      tolerance: 1e-5,
      cells: 1e5,
      stopped,
    });
    expect(found.upper).toBeGreaterThanOrEqual(sigma);
    expect(found.upper).toBeLessThanOrEqual(sigma * (1 + 1e-5));
    const checked = checkCover(coveredBy(lengthOf(value, 4)), found.tree, {
      threshold: found.threshold,
      cells: 1e5,
      stopped,
    });
    expect(checked).toBe(found.upper);
  });

  it.each([[[]], [[0]], [[5, 0xffffffff]], [[Number.NaN, 1]], [[1e9, 0xffffffff, 0xffffffff]], [[64, -1, 3.5]]])(
    "%j bounds badly, and validly",
    (tree) => {
      const { value } = gaussian(3, 5, 1);
      const [sigma] = singularValues(value, 3, 5);
      const options = { threshold: sigma / 2, cells: 1000, stopped };
      const checked = checkCover(coveredBy(lengthOf(value, 3)), Float64Array.from(tree), options);
      expect(checked).toBeGreaterThanOrEqual(sigma);
    },
  );

  it("that asks for more cells than it may is worth nothing", () => {
    const endless = new BitTree();
    for (let k = 0; k < 5000; k++) endless.push(true);
    const options = { threshold: 1, cells: 1000, stopped };
    const covered = coveredBy(lengthOf(gaussian(3, 5, 1).value, 3));
    expect(checkCover(covered, endless.toArray(), options)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("a cover that is cut short", () => {
  it.each([1, 10, 100, 1000])("by %i cells still bounds, the better the later", (cells) => {
    const { value } = gaussian(5, 9, 7);
    const [sigma] = singularValues(value, 5, 9);
    const options = { reached: sigma * (1 - 1e-9), tolerance: 1e-7, stopped };
    const few = coverSphere(coveredBy(lengthOf(value, 5)), { ...options, cells });
    const more = coverSphere(coveredBy(lengthOf(value, 5)), { ...options, cells: 4 * cells });
    expect(few.upper).toBeGreaterThanOrEqual(sigma);
    expect(more.upper).toBeLessThanOrEqual(few.upper);
  });

  it("by a flag still bounds", () => {
    const { value } = gaussian(5, 9, 7);
    const [sigma] = singularValues(value, 5, 9);
    let polls = 0;
    const found = coverSphere(coveredBy(lengthOf(value, 5)), {
      reached: sigma / 2,
      tolerance: 1e-9,
      cells: 1e6,
      stopped: () => ++polls > 3,
    });
    expect(found.cells).toBeLessThan(400);
    expect(found.upper).toBeGreaterThanOrEqual(sigma);
  });
});

describe("a cover that begins with too low a value", () => {
  it("meets a better point, and says which", () => {
    const { value } = gaussian(3, 6, 11);
    const [sigma] = singularValues(value, 3, 6);
    const eliminated = lengthOf(value, 3);
    const found = coverSphere(coveredBy(eliminated), { reached: sigma / 3, tolerance: 1e-6, cells: 1e5, stopped });
    const { better } = found;
    if (better === undefined) throw new Error("no better point");
    const reached = eliminated.below(better) / Math.hypot(...better);
    expect(reached).toBeGreaterThan(sigma * 0.999);
    expect(found.upper).toBeGreaterThanOrEqual(sigma);
    expect(found.upper).toBeLessThanOrEqual(sigma * (1 + 1e-6));
  });
});

describe("a heap", () => {
  it("gives its nodes back largest first", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 3000 }), (values) => {
        const heap = new NodeHeap();
        values.forEach((value, node) => {
          heap.push(value, node);
        });
        const sorted = values.map(() => values[heap.pop()]);
        expect(sorted).toEqual([...values].sort((a, b) => b - a));
      }),
      { numRuns: 30 },
    );
  });
});

/** max over pairs of supports of σ₁(W_IJ) where its vectors are ≥ 0: what the best u, v ≥ 0 are made of. */
function nonnegativePolar(w: Float64Array, rows: number, columns: number): number {
  let best = Math.max(0, ...w);
  for (let s = 1; s < 2 ** rows; s++) {
    for (let t = 1; t < 2 ** columns; t++) {
      const is = Array.from({ length: rows }, (_, i) => i).filter((i) => (s >> i) & 1);
      const js = Array.from({ length: columns }, (_, j) => j).filter((j) => (t >> j) & 1);
      const part = Float64Array.from(is.flatMap((i) => js.map((j) => w[i * columns + j])));
      const [{ sigma, u, v }] = singularTriplets(part, is.length, js.length);
      const sign = u.some((x) => x < -1e-12) ? -1 : 1;
      if ([...u, ...v].every((x) => sign * x >= -1e-9)) best = Math.max(best, sigma);
    }
  }
  return best;
}

describe("closed polars against brute force", () => {
  it.each([1, 2, 3, 4, 5, 6])("u, v ≥ 0: all pairs of supports of a 4 × 4 matrix (%i)", (seed) => {
    const { value, table } = gaussian(4, 4, seed);
    const polar = tablePolar(table, normFor("l2", [4], ["nonnegative"]), normFor("l2", [4], ["nonnegative"]), close);
    const brute = nonnegativePolar(value, 4, 4);
    expect(polar.kind).toBe("exact");
    expect(polar.upper).toBeGreaterThanOrEqual(brute * (1 - 1e-12));
    expect(polar.lower).toBeLessThanOrEqual(brute * (1 + 1e-9));
  });

  it.each([1, 2, 3])("x ≥ 0 in x xᵀ: all supports of a 5 × 5 matrix (%i)", (seed) => {
    const { value } = gaussian(5, 5, seed);
    const s = value.map((_, k) => (value[k] + value[(k % 5) * 5 + Math.floor(k / 5)]) / 2);
    const polar = symmetricPolar(
      observedEntries(s, 5, 5, () => true),
      normFor("l2", [5], ["nonnegative"]),
      close,
    );
    // On its support the best x is an eigenvector with positive entries; by shifting, a singular vector.
    let brute = 0;
    for (let t = 1; t < 32; t++) {
      const is = [0, 1, 2, 3, 4].filter((i) => (t >> i) & 1);
      const shift = 20;
      const part = Float64Array.from(is.flatMap((i) => is.map((j) => s[i * 5 + j] + (i === j ? shift : 0))));
      for (const { sigma, v } of singularTriplets(part, is.length, is.length)) {
        const sign = v.some((entry) => entry < -1e-12) ? -1 : 1;
        if (v.every((entry) => sign * entry >= -1e-9)) brute = Math.max(brute, sigma - shift);
      }
    }
    expect(polar.kind).toBe("exact");
    expect(polar.upper).toBeGreaterThanOrEqual(brute * (1 - 1e-10));
    expect(polar.lower).toBeLessThanOrEqual(brute * (1 + 1e-9));
  });

  it.each([1, 2, 3])("‖u‖₂(‖v‖₂ + ½‖v‖₁) with three rows: a fine grid of u (%i)", (seed) => {
    const { value, table } = gaussian(3, 6, seed);
    const mixed = normFor({ l2: 1, l1: 0.5 }, [6]);
    const polar = tablePolar(table, normFor("l2", [3]), mixed, close);
    expect(polar.kind).toBe("exact");
    let best = 0;
    const steps = 120;
    for (let a = 0; a < steps; a++) {
      for (let b = 0; b < 2 * steps; b++) {
        const [theta, phi] = [(a * Math.PI) / steps, (b * Math.PI) / steps];
        const u = [Math.cos(theta), Math.sin(theta) * Math.cos(phi), Math.sin(theta) * Math.sin(phi)];
        const p = Float64Array.from({ length: 6 }, (_, j) => u.reduce((sum, x, i) => sum + x * value[i * 6 + j], 0));
        if (b % 8 === 0 || Math.hypot(...p) > best) best = Math.max(best, mixed.dualValue(p));
      }
    }
    expect(best).toBeLessThanOrEqual(polar.upper);
    expect(best).toBeGreaterThanOrEqual(polar.lower * (1 - 1e-3));
  });

  it("the tensor with 1 at (1,1,2), (1,2,1), (2,1,1): spectral norm 2/√3", () => {
    const value = Float64Array.from([0, 1, 1, 0, 1, 0, 0, 0]);
    const norms = [2, 2, 2].map((n) => normFor("l2", [n]));
    const polar = tensorPolar({ lengths: [2, 2, 2], entries: observedEntries(value, 2, 4, () => true) }, norms, close);
    expect(polar.kind).toBe("exact");
    expect(polar.upper).toBeGreaterThanOrEqual(2 / Math.sqrt(3));
    expect(polar.lower).toBeLessThanOrEqual((2 / Math.sqrt(3)) * (1 + 1e-14));
  });
});
