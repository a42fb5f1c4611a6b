/** At most k entries that are not 0, within cones: against all supports one by one, and against random feasible points. */
import { describe, expect, it } from "vitest";
import type { NormSpec } from "../../../engine/src/config/config.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import type { ResolvedConstraint } from "../../../engine/src/problem/regularizer/registry.ts";
import { norm } from "../../support/norm-cases.ts";

const normal = normalStream(31);
const random = (size: number) => Float64Array.from({ length: size }, normal);
const index = (size: number) => Math.floor(Math.abs(normal()) * 1e4) % size;
const matrix = (rows: number, columns: number) => ({ shape: [rows, columns], data: random(rows * columns) });
const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, a, i) => sum + a * y[i], 0);
const length = (x: Float64Array) => Math.hypot(...x);
const count = (x: Float64Array) => x.filter((a) => a !== 0).length;

type Sized = ReturnType<typeof matrix>;
const rowsOf = ({ shape, data }: Sized) =>
  Array.from({ length: shape[0] }, (_, i) => data.slice(i * shape[1], (i + 1) * shape[1]));

function proxOf(of: ReturnType<typeof norm>, x: Float64Array, t: number): Float64Array {
  const y = x.slice();
  of.proxInto(y, t);
  return y;
}

function subsets(size: number, k: number): number[][] {
  return Array.from({ length: 2 ** size }, (_, bits) => [...Array(size).keys()].filter((i) => (bits >> i) & 1)).filter(
    (subset) => subset.length === k,
  );
}

/** p less its part in the span of the rows, by Gram-Schmidt. */
function withoutSpan(p: Float64Array, rows: readonly Float64Array[]): Float64Array {
  const basis: Float64Array[] = [];
  const remove = (x: Float64Array) => basis.reduce((y, q) => y.map((a, i) => a - dot(q, y) * q[i]), x);
  for (const row of rows) {
    const rest = remove(remove(row));
    if (length(rest) > 1e-9 * length(row)) basis.push(rest.map((a) => a / length(rest)));
  }
  return remove(remove(p));
}

/** ‖nearest point of {x : Ax = 0, Bx ≥ 0}‖₂: of all faces' projections that are feasible, the longest. */
function longestOfFaces(p: Float64Array, a: readonly Float64Array[], b: readonly Float64Array[]): number {
  let longest = 0;
  for (let bits = 0; bits < 2 ** b.length; bits++) {
    const x = withoutSpan(p, [...a, ...b.filter((_, i) => (bits >> i) & 1)]);
    if (length(x) > 1e-9 && b.every((row) => dot(row, x) >= -1e-10)) longest = Math.max(longest, length(x));
  }
  return longest;
}

describe("ℓ2 on sparse slices of a polyhedral cone", () => {
  it("prox and dual norm are those of the best support; the bound is above, by less than half", () => {
    for (let k = 0; k < 12; k++) {
      const [kernel, inequality] = [matrix(1, 6), matrix(2, 6)];
      const units = Array.from({ length: 6 }, (_, i) => Float64Array.from({ length: 6 }, (_, j) => (i === j ? 1 : 0)));
      const cases: readonly (readonly [ResolvedConstraint[], Sized[], Float64Array[]])[] = [
        [[{ kernel }], [kernel], []],
        [[{ inequality }], [], rowsOf(inequality)],
        [[{ kernel }, { inequality }], [kernel], rowsOf(inequality)],
        [[{ inequality }, "nonnegative"], [], [...rowsOf(inequality), ...units]],
      ];
      for (const [constraints, equal, above] of cases) {
        const of = norm("l2", [6], [...constraints, { sparse: 3 }]);
        const p = random(6);
        let longest = 0;
        for (const support of subsets(6, 3)) {
          const part = (x: Float64Array) => Float64Array.from(support, (i) => x[i]);
          const rest = above.map(part).filter((row) => row.some((a) => a !== 0));
          longest = Math.max(longest, longestOfFaces(part(p), equal.flatMap(rowsOf).map(part), rest));
        }
        expect(of.dualValue(p)).toBeCloseTo(longest, 8);
        expect(of.dualUpper(p)).toBeGreaterThanOrEqual(longest * (1 - 1e-12));
        expect(of.dualUpper(p)).toBeLessThanOrEqual(2 * longest + 1e-6 * length(p) + (longest === 0 ? length(p) : 0));
        const y = proxOf(of, p, 0.4);
        expect(of.violation(y)).toBeUndefined();
        // ½‖y − p‖² + t‖y‖ = ½‖p‖² − ½ (‖P p‖ − t)₊² on a cone with the projection P.
        const cost = dot(p, p) / 2 - Math.max(0, longest - 0.4) ** 2 / 2;
        const reached = dot(p, p) / 2 - dot(p, y) + dot(y, y) / 2 + 0.4 * of.value(y);
        expect(reached).toBeCloseTo(cost, 8);
      }
    }
  });

  it("longer slices, where not all supports are tried: within a tenth of the best of them", () => {
    for (let k = 0; k < 6; k++) {
      const kernel = matrix(2, 9);
      const of = norm("l2", [9], [{ kernel }, { sparse: 4 }]);
      const p = random(9);
      const best = Math.max(
        ...subsets(9, 4).map((support) => {
          const part = (x: Float64Array) => Float64Array.from(support, (i) => x[i]);
          return length(withoutSpan(part(p), rowsOf(kernel).map(part)));
        }),
      );
      expect(of.dualValue(p)).toBeLessThanOrEqual(best * (1 + 1e-12));
      expect(of.dualValue(p)).toBeGreaterThanOrEqual(0.9 * best);
    }
  });

  it("slices that can only be 0: more equations than entries that may differ from 0", () => {
    const of = norm("l2", [6], [{ kernel: matrix(3, 6) }, { sparse: 3 }]);
    const p = random(6);
    expect(proxOf(of, p, 0)).toEqual(new Float64Array(6));
    expect(of.dualValue(p)).toBe(0);
    expect(of.dualDirection(p)).toEqual(new Float64Array(6));
    expect(of.dualUpper(p)).toBeGreaterThan(0);
  });
});

/** Feasible points made without a projection. */
const kernelRow = random(6);
function inKernel(k: number): Float64Array {
  const x = new Float64Array(6);
  for (let step = 0; step < k - 1; step++) x[index(6)] = normal();
  const at = index(6);
  x[at] = 0;
  x[at] = -dot(x, kernelRow) / kernelRow[at];
  return x;
}
function positive(of: Sized, k: number): Float64Array {
  const x = new Float64Array(6);
  for (let step = 0; step < k; step++) x[index(6)] = Math.abs(normal());
  return rowsOf(of).every((row) => dot(row, x) >= 0) ? x : new Float64Array(6);
}
function anywhere(size: number, k: number): Float64Array {
  const x = new Float64Array(size);
  for (let step = 0; step < k; step++) x[index(size)] = normal();
  return x;
}
function semidefinite(side: number, k: number): Float64Array {
  const x = new Float64Array(side * side);
  for (let step = 0; step < 4; step++) {
    const [i, j, a, b] = [index(side), index(side), normal(), normal()];
    const y = x.slice();
    const root = new Float64Array(side);
    root[i] = a;
    root[j] = b;
    for (let r = 0; r < side; r++) for (let c = 0; c < side; c++) y[r * side + c] += root[r] * root[c];
    if (count(y) <= k) x.set(y);
  }
  return x;
}

const kernel = { kernel: { shape: [1, 6], data: kernelRow } };
const rows = matrix(2, 6);
type Case = readonly [
  name: string,
  spec: NormSpec,
  shape: readonly number[],
  constraints: readonly ResolvedConstraint[],
  sample: () => Float64Array,
  points: number,
];
const CASES: readonly Case[] = [
  ["l2, kernel", "l2", [6], [kernel, { sparse: 3 }], () => inKernel(3), 100_000],
  ["l1, kernel", "l1", [6], [kernel, { sparse: 3 }], () => inKernel(3), 100_000],
  ["linf, kernel", "linf", [6], [kernel, { sparse: 3 }], () => inKernel(3), 100_000],
  ["l2 + l1, kernel", { l2: 1, l1: 0.5 }, [6], [kernel, { sparse: 3 }], () => inKernel(3), 100_000],
  ["group, kernel", "group", [3, 2], [kernel, { sparse: 3 }], () => inKernel(3), 100_000],
  [
    "l1 + linf, inequality, x ≥ 0",
    { l1: 1, linf: 2 },
    [6],
    [{ inequality: rows }, "nonnegative", { sparse: 2 }],
    () => positive(rows, 2),
    100_000,
  ],
  ["group", "group", [3, 2], [{ sparse: 3 }], () => anywhere(6, 3), 100_000],
  ["nuclear", "nuclear", [3, 3], [{ sparse: 3 }], () => anywhere(9, 3), 20_000],
  ["spectral", "spectral", [3, 3], [{ sparse: 4 }], () => anywhere(9, 4), 20_000],
  ["l2, psd", "l2", [3, 3], ["psd", { sparse: 5 }], () => semidefinite(3, 5), 40_000],
  ["l2, psd, patterns without blocks", "l2", [3, 3], ["psd", { sparse: 7 }], () => semidefinite(3, 7), 40_000],
  ["nuclear, psd", "nuclear", [3, 3], ["psd", { sparse: 5 }], () => semidefinite(3, 5), 20_000],
  ["lq 0.5, kernel", { lq: 0.5 }, [6], [kernel], () => inKernel(6), 100_000],
  ["lq 0.5, kernel, sparse", { lq: 0.5 }, [6], [kernel, { sparse: 3 }], () => inKernel(3), 100_000],
  ["lq 0.5, psd", { lq: 0.5 }, [3, 3], ["psd"], () => semidefinite(3, 9), 40_000],
];

describe.each(CASES)("%s", (_, spec, shape, constraints, sample, points) => {
  const of = norm(spec, shape, constraints);
  const size = shape.reduce((product, axis) => product * axis, 1);

  it("no feasible point is above the dual bound, and none far above the direction that is found; floors hold", () => {
    for (const scale of [1, 1e90, 1e-90]) {
      const p = random(size).map((a) => a * scale);
      const upper = of.dualUpper(p);
      const lower = of.dualValue(p);
      let most = 0;
      for (let k = 0; k < points / 3; k++) {
        const x = sample();
        const value = of.value(x);
        if (!(value > 0 && value < Number.POSITIVE_INFINITY)) continue;
        most = Math.max(most, dot(p, x) / value);
        if (k >= 100) continue;
        expect(value).toBeGreaterThanOrEqual(of.euclideanFloor * length(x) * (1 - 1e-12));
        const sum = x.reduce((total, a) => total + Math.abs(a), 0);
        expect(value).toBeGreaterThanOrEqual(of.l1Floor * sum * (1 - 1e-12));
      }
      expect(most).toBeLessThanOrEqual(upper * (1 + 1e-14));
      expect(lower).toBeLessThanOrEqual(upper);
      expect(lower).toBeGreaterThanOrEqual(0.85 * most);
      const direction = of.dualDirection(p);
      expect(of.violation(direction)).toBeUndefined();
      expect(dot(p, direction)).toBeGreaterThanOrEqual(lower);
    }
  });

  it("the prox is feasible, no worse than 0, and hardly worse than the multiples of feasible points", () => {
    for (let k = 0; k < 6; k++) {
      const [p, t] = [random(size), [0, 0.2, 1][k % 3]];
      const y = proxOf(of, p, t);
      expect(of.violation(y)).toBeUndefined();
      const gain = (x: Float64Array) => dot(p, x) - dot(x, x) / 2 - t * of.value(x);
      expect(gain(y)).toBeGreaterThanOrEqual(-1e-13);
      let most = 0;
      for (let trial = 0; trial < 3000; trial++) {
        const x = sample();
        if (!(of.value(x) < Number.POSITIVE_INFINITY) || length(x) === 0) continue;
        const multiple = Math.max(0, dot(p, x) - t * of.value(x)) / dot(x, x);
        most = Math.max(most, gain(x.map((a) => multiple * a)));
      }
      expect(gain(y)).toBeGreaterThanOrEqual(0.85 * most);
    }
  });

  it("the projection leaves feasible points as they are", () => {
    for (let k = 0; k < 20; k++) {
      const x = sample();
      if (of.violation(x) === undefined) expect(proxOf(of, x, 0)).toEqual(x);
    }
  });

  it("a climber stays feasible and never goes down", () => {
    const climb = of.climber?.();
    if (climb === undefined) return;
    let x: Float64Array = new Float64Array(size);
    const p = random(size);
    for (let step = 0; step < 6; step++) {
      const before = dot(p, x);
      x = climb(p, x);
      expect(of.violation(x)).toBeUndefined();
      expect(dot(p, x)).toBeGreaterThanOrEqual(before - 1e-12 * length(p));
    }
  });
});

describe("ℓq with q < 1 on cones", () => {
  it("on the kernel of one row: the dual norm is reached on two entries", () => {
    for (let k = 0; k < 10; k++) {
      const [a, p] = [random(6), random(6)];
      const of = norm({ lq: 0.5 }, [6], [{ kernel: { shape: [1, 6], data: a } }]);
      let best = 0;
      for (const [i, j] of subsets(6, 2)) {
        const size = (Math.sqrt(Math.abs(a[j])) + Math.sqrt(Math.abs(a[i]))) ** 2;
        best = Math.max(best, Math.abs(p[i] * a[j] - p[j] * a[i]) / size);
      }
      expect(of.dualValue(p)).toBeCloseTo(best, 8);
      expect(of.dualUpper(p)).toBeGreaterThanOrEqual(best);
    }
  });

  it("stationary points have slopes at distance 0, along the cone and the support", () => {
    const of = norm({ lq: 0.5 }, [4], [{ kernel: { shape: [1, 4], data: Float64Array.of(1, 1, 1, 1) } }]);
    const x = Float64Array.of(3, -1, -2, 0);
    const half = Math.sqrt(3) + 1 + Math.SQRT2;
    const slope = Float64Array.from(x, (a) => (a === 0 ? 0 : (Math.sign(a) * half) / Math.sqrt(Math.abs(a))));
    // A multiple of the row of A, and anything outside of the support.
    expect(
      of.subgradientDistance(
        slope.map((s, i) => s + (i === 3 ? 40 : 7)),
        x,
      ),
    ).toBeLessThan(1e-9);
    expect(
      of.subgradientDistance(
        slope.map((s, i) => (i === 0 ? s + 1 : s)),
        x,
      ),
    ).toBeGreaterThan(0.5);
  });
});

it("ℓ2 with k entries: the distance to the subdifferential does not see the others, nor the normals of the cone", () => {
  const row = Float64Array.of(1, 1, 1, 1);
  const of = norm("l2", [4], [{ kernel: { shape: [1, 4], data: row } }, { sparse: 2 }]);
  const x = Float64Array.of(3, -3, 0, 0);
  const p = Float64Array.of(Math.SQRT1_2 + 5, -Math.SQRT1_2 + 5, 9, -9);
  expect(of.subgradientDistance(p, x)).toBeLessThan(1e-9);
  expect(
    of.subgradientDistance(
      p.map((a) => 2 * a),
      x,
    ),
  ).toBeGreaterThan(0.5);
});
