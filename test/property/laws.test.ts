/** Laws of the pieces: norms, regularizers, points, scale search, removal of branches. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluatePoint } from "../../engine/src/certify/evaluate.ts";
import { exactScale } from "../../engine/src/certify/evidence.ts";
import { balanced } from "../../engine/src/descent/reduce.ts";
import { independentBranches, optimalBranches } from "../../engine/src/descent/refactor.ts";
import { normalStream } from "../../engine/src/linalg/random.ts";
import type { Factors } from "../../engine/src/problem/factors.ts";
import { branchesOf, factorsOf } from "../../engine/src/problem/factors.ts";
import { predictInto } from "../../engine/src/problem/mapping/matrix.ts";
import type { Problem } from "../../engine/src/problem/problem.ts";
import type { Norm } from "../../engine/src/problem/regularizer/norm.ts";
import { normOf } from "../../engine/src/problem/regularizer/norm.ts";
import { regularizerOf } from "../../engine/src/problem/regularizer/regularizer.ts";
import { randomCase } from "../support/arbitraries.ts";
import { expectClose, problemOf } from "../support/problems.ts";

const entry = fc.double({ min: -10, max: 10, noNaN: true });
const vector = fc.array(entry, { minLength: 1, maxLength: 12 }).map((x) => Float64Array.from(x));
const pair = fc.array(fc.tuple(entry, entry), { minLength: 1, maxLength: 12 }).map((xy) => ({
  x: Float64Array.from(xy, ([a]) => a),
  y: Float64Array.from(xy, ([, b]) => b),
}));
const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, a, i) => sum + a * y[i], 0);

const NORMS: readonly { readonly name: string; readonly norm: Norm }[] = [
  { name: "l1", norm: normOf("l1") },
  { name: "l2", norm: normOf("l2") },
  { name: "l2 + 0.5 l1", norm: normOf({ l2: 1, l1: 0.5 }) },
  { name: "l1, nonnegative", norm: normOf("l1", "nonnegative") },
  { name: "l2, nonnegative", norm: normOf("l2", "nonnegative") },
  { name: "0.3 l2 + 2 l1, nonnegative", norm: normOf({ l2: 0.3, l1: 2 }, "nonnegative") },
];

describe.each(NORMS)("norm $name", ({ norm }) => {
  /** A point of the cone. */
  const inside = (x: Float64Array) => (norm.constrained ? x.map(Math.abs) : x);

  it("is homogeneous of degree 1 and obeys |⟨x, y⟩| ≤ ‖x‖ ‖y‖_*", () => {
    fc.assert(
      fc.property(pair, fc.double({ min: 0, max: 50, noNaN: true }), (given, alpha) => {
        const [x, y] = [inside(given.x), given.y];
        expect(norm.value(x.map((a) => alpha * a))).toBeCloseTo(alpha * norm.value(x), 8);
        expect(dot(x, y)).toBeLessThanOrEqual(norm.value(x) * norm.dualUpper(y) * (1 + 1e-14) + 1e-300);
        expect(norm.dualValue(y)).toBeLessThanOrEqual(norm.dualUpper(y));
        expect(norm.dualUpper(y)).toBeLessThanOrEqual(norm.dualValue(y) * (1 + 1e-11) + 1e-300);
        expect(norm.value(x)).toBeGreaterThanOrEqual(norm.euclideanFloor * Math.hypot(...x) * (1 - 1e-12) - 1e-300);
        const size = x.reduce((sum, a) => sum + Math.abs(a), 0);
        expect(norm.value(x)).toBeGreaterThanOrEqual(norm.l1Floor * size * (1 - 1e-12) - 1e-300);
        fc.pre(norm.dualValue(y) > 1e-9);
        const best = norm.dualDirection(y);
        expect(norm.value(best)).toBeCloseTo(1, 9);
        expect(dot(best, y)).toBeCloseTo(norm.dualValue(y), 6);
      }),
    );
  });

  it("prox minimizes ½‖z − x‖² + t‖z‖, and Moreau's identity holds", () => {
    fc.assert(
      fc.property(pair, fc.double({ min: 1e-3, max: 5, noNaN: true }), ({ x, y: other }, t) => {
        const y = inside(other);
        const p = x.slice();
        norm.proxInto(p, t);
        const cost = (z: Float64Array) =>
          0.5 *
            dot(
              z.map((a, i) => a - x[i]),
              z.map((a, i) => a - x[i]),
            ) +
          t * norm.value(z);
        expect(cost(p)).toBeLessThanOrEqual(cost(y) * (1 + 1e-12) + 1e-12);
        // x = prox(x) + t · (projection of x/t on the dual ball): the remainder lies in the ball of radius t, aligned with p.
        const rest = x.map((a, i) => a - p[i]);
        expect(norm.dualValue(rest)).toBeLessThanOrEqual(t * (1 + 1e-12) + 1e-12);
        expect(dot(rest, p)).toBeCloseTo(t * norm.value(p), 8);
      }),
    );
  });

  it("the distance to the subdifferential vanishes on subgradients only", () => {
    fc.assert(
      fc.property(vector, fc.double({ min: 0.1, max: 5, noNaN: true }), (x, t) => {
        const p = x.slice();
        norm.proxInto(p, t);
        // (x − prox)/t is a subgradient at prox(x).
        const subgradient = x.map((a, i) => (a - p[i]) / t);
        expect(norm.subgradientDistance(subgradient, p)).toBeLessThan(1e-9);
        fc.pre(norm.value(p) > 1e-6);
        expect(
          norm.subgradientDistance(
            subgradient.map((a) => a + 9),
            p,
          ),
        ).toBeGreaterThan(0.5);
      }),
    );
  });
});

describe("regularizers", () => {
  it.each([
    ["product", 2],
    ["power", 2],
    ["weight-decay", 2],
    ["l1", 1],
  ] as const)("%s has degree %d", (kind, degree) => {
    const g = regularizerOf({ kind, norms: ["l2", "l2"] });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9, noNaN: true }), fc.double({ min: 0, max: 9, noNaN: true }), (a, b) => {
        expect(g.value(3 * a, 3 * b)).toBeCloseTo(3 ** degree * g.value(a, b), 9);
      }),
    );
  });

  it("the power form is never below the product form, and equal on balanced branches", () => {
    const product = regularizerOf({ kind: "product", norms: ["l1", "l2"] });
    const power = regularizerOf({ kind: "power", norms: ["l1", "l2"] });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9, noNaN: true }), fc.double({ min: 0, max: 9, noNaN: true }), (a, b) => {
        expect(power.value(a, b)).toBeGreaterThanOrEqual(product.value(a, b) - 1e-12);
        expect(power.value(a, a)).toBeCloseTo(product.value(a, a), 10);
      }),
    );
  });
});

function randomFactors(problem: Problem, branches: number, seed: number): Factors {
  const normal = normalStream(seed);
  return {
    branches,
    u: Float64Array.from({ length: problem.rows * branches }, normal),
    v: Float64Array.from({ length: problem.columns * branches }, normal),
  };
}

describe("points", () => {
  it("a branch split into tiny and huge entries costs what it costs: nothing hides in underflow", () => {
    const problem = problemOf({
      rows: 3,
      columns: 2,
      y: Float64Array.of(1, 2, 3, 4, 5, 6),
      lambda: { kind: "absolute", value: 1 },
    });
    for (const scale of [1, 1e-170, 1e170, 1e-200]) {
      const factors = {
        branches: 1,
        u: Float64Array.of(3, 0, 4).map((x) => x * scale),
        v: Float64Array.of(1, 1).map((x) => x / scale),
      };
      const point = evaluatePoint(problem, factors);
      expectClose(point.regularizer, 5 * Math.SQRT2, 1e-12);
      expect(point.branches[0]?.zero).toBe(false);
    }
  });

  it("the reported objective is never below the exact one (checked in extended precision on integers)", () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e6 }), (seed) => {
        const normal = normalStream(seed);
        const integers = (count: number, size: number) =>
          Float64Array.from({ length: count }, () => Math.round(size * normal()));
        const y = integers(12, 1e6);
        const problem = problemOf({
          rows: 4,
          columns: 3,
          y,
          norms: ["l1", "l1"],
          lambda: { kind: "absolute", value: 3 },
        });
        const factors = { branches: 2, u: integers(8, 1e4), v: integers(6, 1e4) };
        let loss = 0n;
        let g = 0n;
        for (let i = 0; i < 4; i++) {
          for (let j = 0; j < 3; j++) {
            let x = -BigInt(y[i * 3 + j]);
            for (let b = 0; b < 2; b++) x += BigInt(factors.u[i * 2 + b]) * BigInt(factors.v[j * 2 + b]);
            loss += x * x;
          }
        }
        for (const { u, v } of branchesOf(factors)) {
          const size = (a: Float64Array) => a.reduce((sum, x) => sum + BigInt(Math.abs(x)), 0n);
          g += size(u) * size(v);
        }
        // 2 f is an integer; so is the comparison.
        const twice = loss + 6n * g;
        const { objective, objectiveMargin } = evaluatePoint(problem, factors);
        expect(2 * objective >= Number(twice) || BigInt(Math.ceil(2 * objective)) >= twice).toBe(true);
        expect(objectiveMargin).toBeLessThan(1e-11 * objective);
      }),
      { numRuns: 200 },
    );
  });

  it("slacks are g − ⟨Z, φ⟩, and Σ slack matches the derivative of f along the scale of all branches", () => {
    fc.assert(
      fc.property(randomCase, fc.nat(), (given, seed) => {
        const problem = problemOf(given);
        const size = Math.max(1e-12, ...problem.target.value.map(Math.abs));
        const factors = randomFactors(problem, 3, seed);
        const scaled = { ...factors, u: factors.u.map((x) => x * size) };
        const at = (tau: number) => {
          const root = Math.sqrt(tau);
          const moved = { branches: 3, u: scaled.u.map((x) => x * root), v: scaled.v.map((x) => x * root) };
          const point = evaluatePoint(problem, moved);
          return point.objective - point.objectiveMargin;
        };
        const point = evaluatePoint(problem, scaled);
        const h = 1e-4;
        const slope = (at(1 + h) - at(1 - h)) / (2 * h);
        const slack = problem.lambda * point.branches.reduce((sum, branch) => sum + branch.slack, 0);
        expect(Math.abs(slope - slack)).toBeLessThanOrEqual(1e-7 * (Math.abs(slack) + point.objective));
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  it("the scale search finds the minimum along a branch", () => {
    fc.assert(
      fc.property(randomCase, fc.nat(), (given, seed) => {
        const problem = problemOf(given);
        const [branch] = branchesOf(randomFactors(problem, 1, seed));
        const x = new Float64Array(problem.target.value.length);
        const best = exactScale(problem, x, [branch]);
        const value = (tau: number) => {
          const root = Math.sqrt(tau);
          const scaled = { u: branch.u.map((a) => a * root), v: branch.v.map((a) => a * root) };
          const point = evaluatePoint(problem, factorsOf([scaled], problem.rows, problem.columns, 1));
          return point.objective - point.objectiveMargin;
        };
        const here = value(best);
        for (const factor of [0.5, 0.9, 1.1, 2]) expect(here).toBeLessThanOrEqual(value(best * factor) * (1 + 1e-12));
        expect(here).toBeLessThanOrEqual(value(0) * (1 + 1e-12));
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});

describe("other factorizations of the same Φ", () => {
  function predictions(problem: Problem, factors: Factors): Float64Array {
    const x = new Float64Array(problem.target.value.length);
    predictInto(x, problem.target, factors);
    return x;
  }

  it("the optimal one keeps Φ and never raises f; its regularizer is Ω(Φ)", () => {
    fc.assert(
      fc.property(randomCase, fc.integer({ min: 1, max: 6 }), fc.nat(), (given, count, seed) => {
        const problem = problemOf(given);
        const factors = randomFactors(problem, count, seed);
        const branches = optimalBranches(problem, factors) ?? [];
        const width = Math.max(1, branches.length);
        const next = balanced(problem, factorsOf(branches, problem.rows, problem.columns, width));
        const [before, after] = [evaluatePoint(problem, factors), evaluatePoint(problem, next)];
        const x = predictions(problem, factors);
        const scale = Math.max(...x.map(Math.abs));
        predictions(problem, next).forEach((value, k) => {
          expect(Math.abs(value - x[k])).toBeLessThanOrEqual(1e-10 * scale);
        });
        expect(after.regularizer).toBeLessThanOrEqual(before.regularizer * (1 + 1e-12));
      }),
      { numRuns: 100, seed: 6 },
    );
  });

  it("removing redundant branches keeps Φ, does not raise Σ g, and leaves independent ones", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat({ max: 1e6 }),
        (rows, columns, seed) => {
          const problem = problemOf({
            rows,
            columns,
            y: new Float64Array(rows * columns).fill(1),
            lambda: { kind: "absolute", value: 0.5 },
          });
          const width = rows * columns + 2;
          const given = branchesOf(randomFactors(problem, width, seed));
          const kept = independentBranches(problem, given);
          expect(kept.length).toBeLessThanOrEqual(rows * columns);
          const x = predictions(problem, factorsOf(given, rows, columns, width));
          predictions(problem, factorsOf(kept, rows, columns, 1)).forEach((value, k) => {
            expect(value).toBeCloseTo(x[k], 7);
          });
          const total = (branches: typeof given) =>
            evaluatePoint(problem, factorsOf(branches, rows, columns, 1)).regularizer;
          expect(total(kept)).toBeLessThanOrEqual(total(given) * (1 + 1e-9));
        },
      ),
      { numRuns: 100, seed: 7 },
    );
  });

  it("two copies of a branch become one of twice the size", () => {
    const problem = problemOf({
      rows: 2,
      columns: 2,
      y: Float64Array.of(1, 0, 0, 1),
      lambda: { kind: "absolute", value: 0.1 },
    });
    const branch = { u: Float64Array.of(1, 2), v: Float64Array.of(3, 1) };
    const [only, ...others] = independentBranches(problem, [branch, branch]);
    expect(others).toEqual([]);
    expectClose(only.u[0] * only.v[0], 6, 1e-12);
  });
});
