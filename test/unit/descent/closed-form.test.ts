/** The soft-thresholding of a table without holes: against Jacobi's singular values, and its stationarity against the definition. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluatePoint } from "../../../engine/src/certify/evaluate.ts";
import { closedForm, hasClosedForm } from "../../../engine/src/descent/methods/closed-form.ts";
import type { LocalMethod, StepReport } from "../../../engine/src/descent/methods/method.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { zeroFactors } from "../../../engine/src/problem/factors.ts";
import type { Problem } from "../../../engine/src/problem/problem.ts";
import { singularValues } from "../../support/jacobi-svd.ts";
import { pairOf, problemOf, solve } from "../../support/problems.ts";

function stepOf(method: LocalMethod): StepReport {
  const steps = method.step();
  let next = steps.next();
  while (!next.done) next = steps.next();
  return next.value;
}

/** Σ over the singular values of ½ c min(s, τ)² + λ (s − τ)₊, τ = λ/c. */
function optimum(values: readonly number[], lambda: number, c: number): number {
  const tau = lambda / c;
  return values.reduce((sum, s) => sum + (c / 2) * Math.min(s, tau) ** 2 + lambda * Math.max(0, s - tau), 0);
}

describe("the closed form", () => {
  it("is met by one step, for any table, weight and λ", () => {
    fc.assert(
      fc.property(
        fc.record({
          rows: fc.integer({ min: 1, max: 24 }),
          columns: fc.integer({ min: 1, max: 24 }),
          seed: fc.nat(1e6),
          weight: fc.constantFrom(1, 0.3, 1e40, 1e-40),
          relative: fc.constantFrom(0.02, 0.3, 0.9),
        }),
        ({ rows, columns, seed, weight, relative }) => {
          const y = Float64Array.from({ length: rows * columns }, normalStream(seed));
          const problem = problemOf({ rows, columns, y, weight, lambda: { kind: "relative", value: relative } });
          expect(hasClosedForm(problem)).toBe(true);
          const method = closedForm(problem, zeroFactors(problem.sizes, 1));
          const report = stepOf(method);
          const values = singularValues(y, rows, columns);
          const best = optimum(values, problem.lambda, weight);
          expect(Math.abs(report.objective - best)).toBeLessThan(1e-9 * best);
          const { objective, branches } = evaluatePoint(problem, method.factors());
          expect(Math.abs(objective - best)).toBeLessThan(1e-9 * best);
          expect(branches.length).toBe(values.filter((s) => s > problem.lambda / weight).length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("needs half a pass where the search for λ_max has found all that counts", () => {
    const [rows, columns, rank] = [60, 40, 4];
    for (const weight of [1, 0.3]) {
      const normal = normalStream(17);
      const [u, v] = [rows, columns].map((size) => Float64Array.from({ length: size * rank }, normal));
      const y = Float64Array.from({ length: rows * columns }, (_, at) => {
        const [i, j] = [Math.floor(at / columns), at % columns];
        let entry = 0.01 * normal();
        for (let k = 0; k < rank; k++) entry += u[i * rank + k] * v[j * rank + k];
        return entry;
      });
      const values = singularValues(y, rows, columns);
      const lambda = weight * values[rank - 1] * 0.5;
      const workOf = (problem: Problem) => stepOf(closedForm(problem, zeroFactors(problem.sizes, 1))).work;
      const known = problemOf({ rows, columns, y, weight, lambda: { kind: "absolute", value: lambda } });
      const problem = problemOf({
        rows,
        columns,
        y,
        weight,
        lambda: { kind: "relative", value: lambda / known.lambdaMax },
      });
      expect(known.zeroBranches).toHaveLength(rank);
      expect(problem.zeroBranches).toBeUndefined();
      expect(workOf(known)).toBe(workOf(problem));
      const unknown = {
        ...known,
        zeroBranches: known.zeroBranches?.map((branch) => ({ ...branch, value: 2 * branch.value })),
      };
      // Half a pass over the branches themselves, and a whole one over as many spare directions besides.
      const ofPass = (k: number, products: number) => products * 2 * rows * columns * k + 5 * (rows + columns) * k * k;
      expect(workOf(known)).toBe(ofPass(rank, 1));
      expect(workOf(unknown)).toBe(ofPass(rank, 1) + ofPass(2 * rank, 2));
      const { objective } = stepOf(closedForm(known, zeroFactors(known.sizes, 1)));
      const best = optimum(values, lambda, weight);
      expect(Math.abs(objective - best)).toBeLessThan(1e-9 * best);
    }
  });

  it("goes on from the branches that it is given", () => {
    const [rows, columns] = [30, 18];
    const normal = normalStream(5);
    const y = Float64Array.from({ length: rows * columns }, normal);
    const problem = problemOf({ rows, columns, y, lambda: { kind: "relative", value: 0.4 } });
    const start = pairOf(
      Float64Array.from({ length: rows * 3 }, normal),
      Float64Array.from({ length: columns * 3 }, normal),
      3,
    );
    const method = closedForm(problem, start);
    stepOf(method);
    const best = optimum(singularValues(y, rows, columns), problem.lambda, 1);
    expect(Math.abs(evaluatePoint(problem, method.factors()).objective - best)).toBeLessThan(1e-9 * best);
  });

  it("says how far from stationary a point is that its passes did not settle", () => {
    // Singular values that fall by a thousandth each: subspace iteration hardly parts those above τ from the others.
    const side = 300;
    const y = new Float64Array(side * side);
    for (let i = 0; i < side; i++) y[i * side + i] = 1 - i / 1000;
    const problem = problemOf({ rows: side, columns: side, y, lambda: { kind: "absolute", value: 0.96 } });
    const method = closedForm(problem, zeroFactors(problem.sizes, 1));
    let before = Number.POSITIVE_INFINITY;
    for (let count = 0; count < 3; count++) {
      const { stationarity, stuck } = stepOf(method);
      const { stationarity: defined } = evaluatePoint(problem, method.factors());
      // Up to balance: a sum of squares over branches against one weighted by them.
      expect(stationarity).toBeGreaterThan(0.2 * defined);
      expect(stationarity).toBeLessThan(before);
      expect(stuck).toBe(false);
      before = stationarity;
    }
  });

  it.each([
    ["all singular values are the same", (i: number, j: number) => Number(i === j), 0.5],
    ["the table is constant", () => 3, 0.2],
    ["λ is λ_max", (i: number, j: number) => Math.sin(i * 7 + j), 1],
    ["λ is above λ_max", (i: number, j: number) => Math.sin(i * 7 + j), 2],
  ] as const)("ends with a proof where %s", async (_, entry, relative) => {
    const [rows, columns] = [20, 20];
    const y = Float64Array.from({ length: rows * columns }, (_, at) => entry(Math.floor(at / columns), at % columns));
    const lambda = { kind: "relative", value: relative } as const;
    const { outcome } = await solve(problemOf({ rows, columns, y, lambda, search: { gap: 1e-9 } }));
    expect(outcome.result.verdict).toBe("global");
    const best = optimum(singularValues(y, rows, columns), outcome.problem.lambda, 1);
    expect(Math.abs(outcome.result.objective - best)).toBeLessThan(2e-9 * best);
  });
});
