/** Fully corrective weights against the conditions that only the optimum meets, and Anderson's acceleration on a known fixed point. */
import { describe, expect, it } from "vitest";
import { anderson } from "../../../engine/src/descent/methods/anderson.ts";
import { correctedWeights } from "../../../engine/src/descent/weights.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import type { Branch } from "../../../engine/src/problem/factors.ts";
import { factorsOf } from "../../../engine/src/problem/factors.ts";
import { buildProblem, type Problem } from "../../../engine/src/problem/problem.ts";
import { NEURON } from "../../support/networks.ts";
import { configOf, problemOf } from "../../support/problems.ts";

/** ∂/∂τ_i of ℓ(Σ τ_i φ_i) + λ Σ τ_i g_i. */
function slopes(problem: Problem, branches: readonly Branch[], tau: readonly number[]): number[] {
  const n = problem.target.value.length;
  const columns = branches.map((branch) => {
    const x = new Float64Array(n);
    problem.mapping.predictInto(x, factorsOf([branch], problem.sizes, 1));
    return x;
  });
  const x = Float64Array.from({ length: n }, (_, k) => columns.reduce((sum, column, i) => sum + tau[i] * column[k], 0));
  const w = new Float64Array(n);
  problem.loss.negativeGradientInto(w, x, problem.target);
  return branches.map((branch, i) => {
    const g = problem.regularizer.measure(branch);
    return problem.lambda * g - columns[i].reduce((sum, entry, k) => sum + entry * w[k], 0);
  });
}

describe("correctedWeights", () => {
  it.each([
    ["squared", { kind: "squared", weight: 1 }],
    ["logistic", { kind: "logistic" }],
    ["huber", { kind: "huber", delta: 0.5 }],
    ["poisson", { kind: "poisson" }],
  ] as const)("%s: weights above 0 have slope 0, weights at 0 have slope ≥ 0", (kind, loss) => {
    for (let seed = 1; seed <= 10; seed++) {
      const normal = normalStream(seed);
      const encode = (y: number) =>
        kind === "logistic" ? Math.sign(y) : kind === "poisson" ? Math.round(3 * y * y) : y;
      const y = Float64Array.from({ length: 42 }, () => encode(normal()));
      const problem = problemOf({ rows: 7, columns: 6, y, loss, lambda: { kind: "relative", value: 0.05 } });
      const branches = Array.from({ length: 9 }, () =>
        problem.sizes.map((length) => Float64Array.from({ length }, () => 0.3 * normal())),
      );
      // Copies make the Hessian singular.
      branches.push(branches[0].map((slice) => slice.slice()));
      const tau = correctedWeights(problem, branches, [1, ...new Array<number>(9).fill(0)]);
      const slope = slopes(problem, branches, tau);
      const size = problem.lambda * branches.length;
      tau.forEach((t, i) => {
        expect(t).toBeGreaterThanOrEqual(0);
        if (t > 0) expect(Math.abs(slope[i])).toBeLessThan(1e-6 * size);
        else expect(slope[i]).toBeGreaterThan(-1e-6 * size);
      });
      expect(tau.some((t) => t > 0)).toBe(true);
    }
  });

  it.each([1, 3])("of neurons with %i outputs, some unobserved, meet the same conditions", (outputs) => {
    const [samples, features] = [30, 4];
    const normal = normalStream(outputs);
    const v = Float64Array.from({ length: samples * features }, normal);
    const y = Float64Array.from({ length: samples * outputs }, (_, k) => (k % 5 === 2 ? Number.NaN : normal()));
    const config = configOf({
      rows: samples,
      columns: outputs,
      y,
      lambda: { kind: "absolute", value: 0.3 },
      config: { data: { target: "y.csv", input: "v.csv", bias: false }, mapping: { kind: "network", layers: NEURON } },
    });
    const built = buildProblem(config, {
      target: { shape: [samples, outputs], data: y },
      input: { shape: [samples, features], data: v },
    });
    if (!built.ok) throw new Error(built.findings.map(({ message }) => message).join("; "));
    const { problem } = built;
    const branches = Array.from({ length: 12 }, () =>
      problem.sizes.map((length) => Float64Array.from({ length }, () => 0.5 * normal())),
    );
    const tau = correctedWeights(problem, branches, new Array<number>(12).fill(0));
    const slope = slopes(problem, branches, tau);
    tau.forEach((t, i) => {
      expect(t).toBeGreaterThanOrEqual(0);
      if (t > 0) expect(Math.abs(slope[i])).toBeLessThan(1e-9);
      else expect(slope[i]).toBeGreaterThan(-1e-9);
    });
    expect(tau.filter((t) => t > 0).length).toBeGreaterThan(2);
  });
});

describe("anderson", () => {
  it("finds the fixed point of a slow linear sweep in a few proposals", () => {
    const rates = [0.999, 0.99, 0.9, 0.5, -0.3];
    const fixed = Float64Array.of(1, -2, 3, 0.5, 4);
    const sweep = (x: Float64Array) => x.map((value, i) => fixed[i] + rates[i] * (value - fixed[i]));
    const acceleration = anderson();
    let x = new Float64Array(5).fill(10);
    for (let k = 0; k < 12; k++) {
      const after = sweep(x);
      x = Float64Array.from(acceleration.propose(x, after) ?? after);
    }
    // The sweep alone would still be 98 % of the way off.
    x.forEach((value, i) => {
      expect(value).toBeCloseTo(fixed[i], 4);
    });
  });

  it("keeps zeros of the sweep, and starts over after a rejection", () => {
    const acceleration = anderson();
    expect(acceleration.propose(Float64Array.of(1, 1), Float64Array.of(0.5, 0))).toBeUndefined();
    const proposal = acceleration.propose(Float64Array.of(0.5, 0), Float64Array.of(0.4, 0));
    expect(proposal?.[1]).toBe(0);
    acceleration.reject();
    expect(acceleration.propose(Float64Array.of(0.4, 0), Float64Array.of(0.4, 0))).toBeDefined();
  });
});
