/** The bounds of cells of a cover: no point of a cell is worth more than is said about it, whatever the cell, the level and the weights. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import "../support/fixed-seed.ts";
import { coneBound } from "../../engine/src/certify/polar/cover/cone-bound.ts";
import { quadraticBound } from "../../engine/src/certify/polar/cover/quadratic-bound.ts";
import { normalStream, uniformStream } from "../../engine/src/linalg/random.ts";
import { gamma, roundedUp } from "../../engine/src/linalg/rounding.ts";

/** Of a norm on a factor, α‖·‖₂ + β‖·‖₁. */
interface Mixture {
  readonly l2: number;
  readonly l1: number;
}

/**
 * The dual of α‖·‖₂ + β‖·‖₁ at p (at p₊ on x ≥ 0): the s with ‖(|p| − βs)₊‖₂ = αs. The difference of the two sides is convex and
 * falls, so that Newton's method from 0 comes from the left: never above.
 */
function dualNorm(p: readonly number[], { l2, l1 }: Mixture, isNonnegative: boolean): number {
  const sizes = p.map((x) => (isNonnegative ? Math.max(0, x) : Math.abs(x)));
  let s = 0;
  for (let step = 0; step < 60; step++) {
    const left = sizes.map((x) => Math.max(0, x - l1 * s));
    const length = Math.hypot(...left);
    if (!(length > l2 * s)) break;
    const slope = l2 + (l1 * left.reduce((sum, x) => sum + x, 0)) / length;
    const next = s + (length - l2 * s) / slope;
    if (!(next > s * (1 + 1e-16))) break;
    s = next;
  }
  return s;
}

interface Case {
  readonly dimension: number;
  readonly columns: number;
  readonly own: Mixture;
  readonly other: Mixture;
  readonly isNonnegative: boolean;
  readonly kind: string;
  /** How far the vertices are from the point that the cell is made around. */
  readonly reach: number;
  readonly seed: number;
}

const share = fc.constantFrom(0, 0, 0.05, 0.5, 1, 10);
const cases: fc.Arbitrary<Case> = fc.record({
  dimension: fc.integer({ min: 2, max: 6 }),
  columns: fc.integer({ min: 1, max: 6 }),
  own: fc.record({ l2: fc.constantFrom(1, 1, 0.3, 10), l1: share }),
  other: fc.record({ l2: fc.constantFrom(1, 1, 0.5, 3, 0.01), l1: share }),
  isNonnegative: fc.boolean(),
  kind: fc.constantFrom("full", "full", "rank one", "almost rank one", "constant", "integers", "negative"),
  reach: fc.constantFrom(1, 0.5, 0.1, 0.01, 1e-3),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

interface Cell {
  /** Row-major, the vertices. */
  readonly points: Float64Array;
  readonly cells: Int32Array;
  /** f and N at Σ λ_i c_i. */
  readonly at: (lambda: readonly number[]) => {
    readonly value: number;
    readonly size: number;
    readonly length: number;
  };
  /** λ of points everywhere in the cell, its vertices and faces too, and up the hill from the best of them. */
  readonly samples: readonly (readonly number[])[];
  readonly project: (u: Float64Array) => Float64Array;
  readonly error: number;
}

/** A table, and a cell in some orthant around a point where f/N is large; maybe on the border of the orthant. */
function cellOf({ dimension: d, columns, own, other, isNonnegative, kind, reach, seed }: Case): Cell {
  const normal = normalStream(seed);
  const uniform = uniformStream(seed);
  const [a, b] = [Array.from({ length: d }, normal), Array.from({ length: columns }, normal)];
  const entry = (i: number, j: number): number => {
    const x = normal();
    if (kind === "rank one" || kind === "almost rank one") return a[i] * b[j] + (kind === "rank one" ? 0 : 1e-7 * x);
    if (kind === "constant") return 1;
    if (kind === "integers") return Math.round(2 * x);
    return kind === "negative" ? -Math.abs(x) : x;
  };
  const table = Array.from({ length: d }, (_, i) => Array.from({ length: columns }, (_, j) => entry(i, j) / 8));
  const project = (u: ArrayLike<number>) =>
    Float64Array.from({ length: columns }, (_, j) => table.reduce((sum, row, i) => sum + u[i] * row[j], 0));
  const worth = (u: readonly number[]) => ({
    value: dualNorm([...project(u)], other, isNonnegative),
    size: own.l2 * Math.hypot(...u) + own.l1 * u.reduce((sum, x) => sum + Math.abs(x), 0),
    length: Math.hypot(...u),
  });
  const quotient = (u: readonly number[]) => {
    const { value, size } = worth(u);
    return size > 0 ? value / size : 0;
  };
  const signs = a.map(() => (uniform() < 0.5 ? -1 : 1));
  let center = signs.map((sign) => sign / d);
  for (let step = 1; step > 1e-3; step *= 0.8) {
    for (let trial = 0; trial < 4; trial++) {
      const moved = center.map((x, k) => signs[k] * Math.max(0, Math.abs(x) + (step * normal()) / d));
      const sum = moved.reduce((total, x) => total + Math.abs(x), 0);
      if (sum > 0 && quotient(moved) > quotient(center)) center = moved.map((x) => x / sum);
    }
  }
  // Multiples of 2⁻²⁶ whose sum of sizes is 1 without rounding, as vertices of a cover are.
  const vertices = Array.from({ length: d }, (_, i) => {
    const raw = center.map(
      (x, k) => Math.abs(x) * (1 - reach) + reach * (k === i ? 1 : uniform() < 0.7 ? 0 : uniform()),
    );
    const sum = raw.reduce((total, x) => total + x, 0);
    const grid = raw.map((x) => Math.floor((x / sum) * 2 ** 26));
    const most = grid.indexOf(Math.max(...grid));
    grid[most] += 2 ** 26 - grid.reduce((total, x) => total + x, 0);
    return grid.map((x, k) => (signs[k] * x) / 2 ** 26);
  });
  const at = (lambda: readonly number[]) =>
    worth(center.map((_, k) => vertices.reduce((sum, vertex, i) => sum + lambda[i] * vertex[k], 0)));
  const samples: number[][] = vertices.map((_, i) => vertices.map((_, k) => (k === i ? 1 : 0)));
  for (let trial = 0; trial < 30; trial++)
    samples.push(vertices.map(() => (uniform() < 0.3 ? 0 : -Math.log(uniform()))));
  const relative = (lambda: readonly number[]) => {
    const { value, size } = at(lambda);
    return size > 0 ? value / size : 0;
  };
  let best = samples.reduce((most, lambda) => (relative(lambda) > relative(most) ? lambda : most));
  for (let step = 0.3; step > 1e-6; step *= 0.6) {
    for (let trial = 0; trial < 4; trial++) {
      const moved = best.map((x) => Math.max(0, x + step * normal()));
      if (relative(moved) > relative(best)) best = moved;
    }
  }
  samples.push(best);
  const size = Math.hypot(...table.flat());
  return {
    points: Float64Array.from(vertices.flat()),
    cells: Int32Array.from(vertices.keys()),
    at,
    samples,
    project,
    error: roundedUp(gamma(d + 2) * size, d * columns),
  };
}

describe("the bound of a cone", () => {
  it("is above every point of it, at any scale of the values", () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0, 0, -300, 300, -700, -1000), (given, power) => {
        const d = given.dimension;
        const { points, cells, at, samples } = cellOf(given);
        const scale = 2 ** power;
        const unit = (i: number) => Array.from({ length: d }, (_, k) => (k === i ? 1 : 0));
        const values = Float64Array.from(cells, (i) => (at(unit(i)).value * (1 + 1e-12) + 1e-15) * scale);
        const bound = coneBound(d).bound(points, cells, 0, values);
        for (const lambda of samples) {
          const { value, length } = at(lambda);
          if (length > 0) expect((value / length) * scale).toBeLessThanOrEqual(bound * (1 + 1e-11));
        }
        if (power > -500) expect(bound).toBeLessThan(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 150 },
    );
  });
});

describe("the quadratic bound of a cell", () => {
  const KINDS = [
    { isNonnegative: false, hasL1: false },
    { isNonnegative: false, hasL1: true },
    { isNonnegative: true, hasL1: false },
    { isNonnegative: true, hasL1: true },
  ];

  it.each(KINDS)(
    "never says below where a point is above: x ≥ 0 $isNonnegative, ℓ1 $hasL1",
    ({ isNonnegative, hasL1 }) => {
      let decided = 0;
      fc.assert(
        fc.property(cases, (drawn) => {
          const other = { ...drawn.other, l1: hasL1 ? Math.max(0.05, drawn.other.l1) : 0 };
          const given = { ...drawn, isNonnegative, other };
          const d = given.dimension;
          const { points, cells, at, samples, project, error } = cellOf(given);
          const image = { of: project, error, alpha: other.l2, beta: other.l1, nonnegative: isNonnegative };
          const bound = quadraticBound(d, given.own.l2, given.own.l1, image);
          for (const i of cells) bound.vertex(i, points.slice(i * d, (i + 1) * d));
          const quotients = samples.map((lambda) => {
            const { value, size } = at(lambda);
            return size > 0 ? value / size : 0;
          });
          const reached = Math.max(...quotients);
          const best = samples[quotients.indexOf(reached)] ?? [];
          const uniform = uniformStream(given.seed + 1);
          const weights = [best, cells, best.map(() => uniform()), best.map(() => (uniform() < 0.5 ? 0 : uniform()))];
          for (const some of weights.map((each) => Float64Array.from(each))) {
            const isBelow = (tau: number) => bound.isBelow(points, cells, 0, { tau, weights: some });
            for (const less of [1e-3, 1e-6, 1e-9, 1e-12]) expect(isBelow(reached * (1 - less))).toBe(false);
            if (reached > 0 && isBelow(reached * (1 + 1e-4))) decided++;
          }
        }),
        { numRuns: 100 },
      );
      // It is of use: many cells are done a little above their best point.
      expect(decided).toBeGreaterThan(40);
    },
  );
});
