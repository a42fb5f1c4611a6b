/** Dual points between the gradient at zero and another one: every bound is below every objective. */
import { describe, expect, it } from "vitest";
import { boundBelow } from "../../../engine/src/certify/dual.ts";
import { evaluatePoint } from "../../../engine/src/certify/evaluate.ts";
import { mixedBounds } from "../../../engine/src/descent/mixed-dual.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { factorsOf } from "../../../engine/src/problem/factors.ts";
import { buildProblem, type Problem } from "../../../engine/src/problem/problem.ts";
import { NEURON } from "../../support/networks.ts";
import { configOf } from "../../support/problems.ts";

const SAMPLES = 80;
const FEATURES = 12;

function problemOn(outputs: number): { problem: Problem; normal: () => number } {
  const normal = normalStream(4);
  const v = Float64Array.from({ length: SAMPLES * FEATURES }, normal);
  const y = Float64Array.from({ length: SAMPLES * outputs }, normal);
  const config = configOf({
    rows: SAMPLES,
    columns: outputs,
    y,
    lambda: { kind: "relative", value: 0.1 },
    config: { data: { target: "y.csv", input: "v.csv", bias: false }, mapping: { kind: "network", layers: NEURON } },
  });
  const built = buildProblem(config, {
    target: { shape: [SAMPLES, outputs], data: y },
    input: { shape: [SAMPLES, FEATURES], data: v },
  });
  if (!built.ok) throw new Error(built.findings.map(({ message }) => message).join("; "));
  return { problem: built.problem, normal };
}

describe("mixedBounds", () => {
  it("are below the objective of every point, and not below the bound at zero", () => {
    const { problem, normal } = problemOn(1);
    const points = Array.from({ length: 4 }, () => {
      const branches = Array.from({ length: 6 }, () =>
        problem.sizes.map((length) => Float64Array.from({ length }, () => normal() / 3)),
      );
      return evaluatePoint(problem, factorsOf(branches, problem.sizes, 6));
    });
    const zero = evaluatePoint(problem, factorsOf([], problem.sizes, 1));
    const atZero = boundBelow(problem, zero.negativeGradient).value;
    for (const { negativeGradient } of points) {
      const bound = mixedBounds(problem)(negativeGradient);
      expect(bound).toBeDefined();
      if (bound === undefined) continue;
      expect(bound.value).toBeGreaterThanOrEqual(atZero);
      for (const { objective } of [...points, zero]) expect(bound.value).toBeLessThan(objective);
      expect(boundBelow(problem, bound.dual).value).toBe(bound.value);
    }
  });

  it("are computed at the first, second, fourth and eighth of the points given", () => {
    const { problem } = problemOn(1);
    const mixed = mixedBounds(problem);
    const w = new Float64Array(SAMPLES).fill(0.1);
    const computed = Array.from({ length: 10 }, () => mixed(w) !== undefined);
    expect(computed.flatMap((is, k) => (is ? [k + 1] : []))).toEqual([1, 2, 4, 8]);
  });

  it("have nothing to say of several outputs", () => {
    const { problem } = problemOn(2);
    expect(mixedBounds(problem)(new Float64Array(2 * SAMPLES))).toBeUndefined();
  });
});
