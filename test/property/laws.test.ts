/** Laws of the pieces: regularizers, points, scale search, removal of branches. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluatePoint } from "../../engine/src/certify/evaluate.ts";
import { exactScale } from "../../engine/src/certify/evidence.ts";
import { balanced } from "../../engine/src/descent/reduce.ts";
import { independentBranches, optimalBranches } from "../../engine/src/descent/refactor.ts";
import { normalStream } from "../../engine/src/linalg/random.ts";
import type { Factors } from "../../engine/src/problem/factors.ts";
import { branchesOf, factorsOf, scaledBranch } from "../../engine/src/problem/factors.ts";
import type { Problem } from "../../engine/src/problem/problem.ts";
import { l2 } from "../../engine/src/problem/regularizer/l2.ts";
import type { RegularizedMapping } from "../../engine/src/problem/regularizer/regularizer.ts";
import { regularizerOf, slopeAt } from "../../engine/src/problem/regularizer/regularizer.ts";
import { randomCase } from "../support/arbitraries.ts";
import { expectClose, pairOf, problemOf } from "../support/problems.ts";

/** A mapping with factors of the given degrees, as regularizers see it. */
function mappingOf(kind: "matrix" | "symmetric" | "cp", degrees: readonly number[]): RegularizedMapping {
  const factors = degrees.map((degree, k) => ({ symbol: `x${k + 1}`, shape: [1], size: 1, degree, regularized: true }));
  return { kind, factors, degree: degrees.reduce((all, m) => all + m, 0), separable: true };
}

const size = fc.double({ min: 0.5, max: 3, noNaN: true });

/** A branch with slices of one entry each, whose norms are these. */
const lines = (sizes: readonly number[]) => sizes.map((n) => Float64Array.of(n));

describe("regularizers", () => {
  it.each([
    ["product", "matrix", [1, 1], 2],
    ["power", "matrix", [1, 1], 2],
    ["weight-decay", "matrix", [1, 1], 2],
    ["l1", "matrix", [1, 1], 1],
    ["product", "cp", [1, 1, 1], 3],
    ["power", "cp", [1, 1, 1, 1], 4],
    ["weight-decay", "cp", [1, 1, 1], 2],
    ["product", "symmetric", [2], 2],
    ["power", "symmetric", [2], 2],
    ["weight-decay", "symmetric", [2], 2],
  ] as const)("%s on %s %j has degree %d, and says so", (kind, mapping, degrees, degree) => {
    const norms = degrees.map(() => l2);
    const g = regularizerOf(kind, norms, mappingOf(mapping, degrees));
    expect(g.degree).toBe(degree);
    expect(g.matched).toBe(degree === degrees.reduce((all: number, m) => all + m, 0));
    fc.assert(
      fc.property(fc.tuple(size, size, size, size), (all) => {
        const sizes = all.slice(0, degrees.length);
        expect(g.measure(lines(sizes.map((n) => 3 * n)))).toBeCloseTo(3 ** degree * g.measure(lines(sizes)), 6);
        const h = 1e-6;
        sizes.forEach((n, k) => {
          const moved = (by: number) => g.measure(lines(sizes.map((other, j) => (j === k ? n * (1 + by) : other))));
          const slope = slopeAt(g.sliceForm(lines(sizes), k), Float64Array.of(n));
          expectClose(slope, (moved(h) - moved(-h)) / (2 * h * n), 1e-6);
        });
      }),
    );
  });

  it("all matched forms share scale · Π n^m: never below it, and equal to it after the best rescaling", () => {
    const forms = [
      regularizerOf("power", [l2, l2, l2], mappingOf("cp", [1, 1, 1])),
      regularizerOf("weight-decay", [l2, l2], mappingOf("matrix", [1, 1])),
      regularizerOf("weight-decay", [l2], mappingOf("symmetric", [2])),
      regularizerOf("custom", [l2, l2], mappingOf("matrix", [1, 1]), {
        form: "sum",
        power: 2,
        terms: [
          { factor: 0, norm: "l2", weight: 3 },
          { factor: 1, norm: "l2", weight: 0.2 },
        ],
      }),
    ];
    for (const g of forms) {
      const p = g.exponents.reduce((all, m) => all + m, 0);
      fc.assert(
        fc.property(fc.tuple(size, size, size), (all) => {
          const sizes = all.slice(0, g.exponents.length);
          const product = sizes.reduce((product, n, k) => product * n ** g.exponents[k], g.scale);
          expect(g.measure(lines(sizes))).toBeGreaterThanOrEqual(product * (1 - 1e-12));
          // Rescaled so that all c_k n_k^p / m_k agree.
          const shares = g.exponents.map((m, k) => (g.sum?.weights[k] ?? 1) / m);
          const level = sizes.reduce((all, n, k) => all * (n * shares[k] ** (1 / p)) ** (g.exponents[k] / p), 1);
          const best = shares.map((share) => level / share ** (1 / p));
          expectClose(g.measure(lines(best)), product, 1e-11);
        }),
      );
    }
  });

  it("says why a pair has no certificate", () => {
    const three = mappingOf("cp", [1, 1, 1]);
    expect(regularizerOf("weight-decay", [l2, l2, l2], three).mismatch).toContain("different degrees");
    expect(regularizerOf("elastic-net", [l2, l2], mappingOf("matrix", [1, 1])).mismatch).toContain("no single degree");
    const lopsided = { form: "product", scale: 1, terms: [{ factor: 1, norm: "l2", exponent: 2 }] } as const;
    expect(regularizerOf("custom", [l2, l2], mappingOf("matrix", [1, 1]), lopsided).mismatch).toContain("free");
    const skewed = {
      form: "product",
      scale: 1,
      terms: [
        { factor: 0, norm: "l2", exponent: 0.5 },
        { factor: 1, norm: "l2", exponent: 1.5 },
      ],
    } as const;
    expect(regularizerOf("custom", [l2, l2], mappingOf("matrix", [1, 1]), skewed).mismatch).toContain("rescaling");
  });
});

function randomFactors(problem: Problem, branches: number, seed: number): Factors {
  const normal = normalStream(seed);
  return {
    branches,
    values: problem.sizes.map((size) => Float64Array.from({ length: size * branches }, normal)),
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
      const u = Float64Array.of(3, 0, 4).map((x) => x * scale);
      const v = Float64Array.of(1, 1).map((x) => x / scale);
      const factors = pairOf(u, v, 1);
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
        const [u, v] = [integers(8, 1e4), integers(6, 1e4)];
        const factors = pairOf(u, v, 2);
        let loss = 0n;
        let g = 0n;
        for (let i = 0; i < 4; i++) {
          for (let j = 0; j < 3; j++) {
            let x = -BigInt(y[i * 3 + j]);
            for (let b = 0; b < 2; b++) x += BigInt(u[i * 2 + b]) * BigInt(v[j * 2 + b]);
            loss += x * x;
          }
        }
        for (const [u, v] of branchesOf(factors)) {
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
        const [u, v] = factors.values;
        const scaled = pairOf(
          u.map((x) => x * size),
          v,
          3,
        );
        const at = (tau: number) => {
          const root = Math.sqrt(tau);
          const moved = { branches: 3, values: scaled.values.map((value) => value.map((x) => x * root)) };
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
          const scaled = scaledBranch(branch, Math.sqrt(tau));
          const point = evaluatePoint(problem, factorsOf([scaled], problem.sizes, 1));
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
    problem.mapping.predictInto(x, factors);
    return x;
  }

  it("the optimal one keeps Φ and never raises f; its regularizer is Ω(Φ)", () => {
    fc.assert(
      fc.property(randomCase, fc.integer({ min: 1, max: 6 }), fc.nat(), (given, count, seed) => {
        const problem = problemOf(given);
        const factors = randomFactors(problem, count, seed);
        const branches = optimalBranches(problem, factors) ?? [];
        const width = Math.max(1, branches.length);
        const next = balanced(problem, factorsOf(branches, problem.sizes, width));
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
          const x = predictions(problem, factorsOf(given, problem.sizes, width));
          predictions(problem, factorsOf(kept, problem.sizes, 1)).forEach((value, k) => {
            expect(value).toBeCloseTo(x[k], 7);
          });
          const total = (branches: typeof given) =>
            evaluatePoint(problem, factorsOf(branches, problem.sizes, 1)).regularizer;
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
    const branch = [Float64Array.of(1, 2), Float64Array.of(3, 1)];
    const [only, ...others] = independentBranches(problem, [branch, branch]);
    expect(others).toEqual([]);
    expectClose(only[0][0] * only[1][0], 6, 1e-12);
  });
});
