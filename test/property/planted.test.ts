/** Families with a known optimum: orthogonal tensors, nonnegative blocks, zero models; and ReLU regressions in a plane, whose polar is exact. */
import { Matrix, QrDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import type { Config } from "../../engine/src/config/config.ts";
import { normalStream, uniformStream } from "../../engine/src/linalg/random.ts";
import type { ProblemArrays } from "../../engine/src/problem/problem.ts";
import { buildProblem } from "../../engine/src/problem/problem.ts";
import { configOf, expectClose, solve } from "../support/problems.ts";

const SEEDS = Array.from({ length: 12 }, (_, k) => k + 1);

async function resultOf(config: Partial<Config>, arrays: ProblemArrays) {
  const base = configOf({ rows: 1, columns: 1, y: new Float64Array(1) });
  const built = buildProblem({ ...base, ...config }, arrays);
  if (!built.ok) throw new Error(built.findings.map(({ message }) => message).join("; "));
  return (await solve(built.problem)).outcome.result;
}

const plain = (kind: "product" | "power" | "weight-decay", constraint?: "nonnegative") =>
  ({ kind, norm: "l2", constraints: constraint === undefined ? [] : [constraint], factors: [] }) as const;

describe("orthogonal tensors: every component is shrunk by λ", () => {
  it.each(SEEDS)("seed %d", async (seed) => {
    const normal = normalStream(seed);
    const uniform = uniformStream(seed + 3);
    const lengths = Array.from({ length: seed % 4 === 0 ? 4 : 3 }, () => 3 + Math.floor(6 * uniform()));
    const rank = Math.min(...lengths);
    const bases = lengths.map((length) => {
      const random = Array.from({ length }, () => Array.from({ length: rank }, normal));
      return new QrDecomposition(new Matrix(random)).orthogonalMatrix;
    });
    const sizes = Array.from({ length: rank }, () => 10 * uniform());
    const lambda = [2, 0.5, 5][seed % 3];
    const data = new Float64Array(lengths.reduce((all, length) => all * length, 1));
    for (let i = 0; i < data.length; i++) {
      const at: number[] = [];
      let rest = i;
      for (let k = lengths.length - 1; k >= 0; k--) {
        at[k] = rest % lengths[k];
        rest = Math.floor(rest / lengths[k]);
      }
      data[i] = sizes.reduce((sum, s, b) => sum + bases.reduce((all, basis, k) => all * basis.get(at[k], b), s), 0);
    }
    const optimum = sizes.reduce(
      (sum, s) => sum + 0.5 * Math.min(s, lambda) ** 2 + lambda * Math.max(s - lambda, 0),
      0,
    );
    const result = await resultOf(
      {
        mapping: { kind: "cp" },
        regularizer: plain(seed % 2 === 0 ? "product" : "power"),
        lambda: { kind: "absolute", value: lambda },
        start: seed % 5 === 0 ? { kind: "zero" } : { kind: "random", seed },
      },
      { target: { shape: lengths, data } },
    );
    expect(result.verdict).toBe("global");
    expectClose(result.objective, optimum, 1e-6);
    expect(result.lowerBound).toBeLessThanOrEqual(optimum * (1 + 1e-12));
    expect(result.rank).toBe(sizes.filter((s) => s > lambda).length);
  });
});

describe("nonnegative blocks: one branch a block, nothing where the target is negative", () => {
  it.each(SEEDS)("seed %d", async (seed) => {
    const uniform = uniformStream(seed);
    const lambda = [0.5, 1, 3][seed % 3];
    const blocks = Array.from({ length: 1 + (seed % 4) }, () => ({
      u: Float64Array.from({ length: 2 + Math.floor(4 * uniform()) }, () => 0.1 + uniform()),
      v: Float64Array.from({ length: 2 + Math.floor(4 * uniform()) }, () => 0.1 + uniform()),
      size: 2 + 5 * uniform(),
    }));
    const rows = blocks.reduce((sum, { u }) => sum + u.length, 0);
    const columns = blocks.reduce((sum, { v }) => sum + v.length, 0);
    const data = Float64Array.from({ length: rows * columns }, () => -uniform());
    const outside = new Float64Array(data.length).fill(1);
    let [row, column] = [0, 0];
    let optimum = 0;
    for (const { u, v, size } of blocks) {
      const scale = (size + lambda) / (Math.hypot(...u) * Math.hypot(...v));
      for (let i = 0; i < u.length; i++) {
        for (let j = 0; j < v.length; j++) {
          data[(row + i) * columns + column + j] = scale * u[i] * v[j];
          outside[(row + i) * columns + column + j] = 0;
        }
      }
      optimum += lambda * size + 0.5 * lambda * lambda;
      row += u.length;
      column += v.length;
    }
    data.forEach((y, k) => {
      optimum += outside[k] * 0.5 * y * y;
    });
    const result = await resultOf(
      {
        regularizer: plain((["product", "power", "weight-decay"] as const)[seed % 3], "nonnegative"),
        lambda: { kind: "absolute", value: lambda },
        start: seed % 5 === 0 ? { kind: "zero" } : { kind: "random", seed },
      },
      { target: { shape: [rows, columns], data } },
    );
    expect(result.verdict).toBe("global");
    expectClose(result.objective, optimum, 1e-6);
    expect(result.lowerBound).toBeLessThanOrEqual(optimum * (1 + 1e-12));
    expect(result.rank).toBe(blocks.length);
  });
});

describe("ReLU regression in a plane ends global, kinks, ties and bias columns included", () => {
  it.each(SEEDS)("seed %d", async (seed) => {
    const normal = normalStream(seed);
    const samples = [5, 12, 24, 60][seed % 4];
    const coordinate = () => (seed % 3 === 0 ? Math.round(3 * normal()) : normal());
    const input = Float64Array.from({ length: 2 * samples }, (_, k) =>
      seed % 3 === 1 && k % 2 === 1 ? 1 : coordinate(),
    );
    const dense = (units: number | null) => ({ kind: "dense", units, bias: false }) as const;
    const result = await resultOf(
      {
        data: { target: "y.csv", input: "v.csv", bias: false },
        mapping: { kind: "network", layers: [dense(1), { kind: "relu" }, dense(null)] },
        regularizer: plain("product"),
        lambda: { kind: "relative", value: [0.5, 0.2, 0.05, 0.01, 0.003][seed % 5] },
      },
      {
        target: { shape: [samples], data: Float64Array.from({ length: samples }, normal) },
        input: { shape: [samples, 2], data: input },
      },
    );
    expect(result.verdict).toBe("global");
    expect(result.lowerBound).toBeLessThanOrEqual(result.objective);
    expect(result.rank).toBeLessThanOrEqual(samples);
  });
});
