/** The dual point of thresholding on entries: how small its gap is, that bounds from it hold, and that runs end by it. */
import { describe, expect, it } from "vitest";
import { boundBelow, gapOf } from "../../../engine/src/certify/dual.ts";
import { evaluatePoint } from "../../../engine/src/certify/evaluate.ts";
import { dualForecast } from "../../../engine/src/descent/methods/dual-forecast.ts";
import { entryDual, workOfEntryDual } from "../../../engine/src/descent/methods/entry-dual.ts";
import { entryThresholding } from "../../../engine/src/descent/methods/entry-thresholding.ts";
import { tripletsOf } from "../../../engine/src/descent/methods/leading.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import { singularBound } from "../../../engine/src/linalg/singular-bound.ts";
import { directionsFrom } from "../../../engine/src/linalg/subspace.ts";
import { zeroFactors } from "../../../engine/src/problem/factors.ts";
import type { Problem } from "../../../engine/src/problem/problem.ts";
import type { MatrixCase } from "../../support/problems.ts";
import { arraysOf, configOf, problemOf, solve } from "../../support/problems.ts";
import { verified } from "../../support/verified.ts";

type Kind = "squared" | "logistic";

function maskedCase(rows: number, columns: number, { kind = "squared" as Kind, gap = 1e-6, seed = 5, scale = 1 } = {}) {
  const [normal, uniform] = [normalStream(seed), uniformStream(seed + 1)];
  const r = 6;
  const [u, v] = [rows, columns].map((n) => Float64Array.from({ length: r * n }, normal));
  const y = Float64Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    let value = normal();
    for (let k = 0; k < r; k++) value += u[r * i + k] * v[r * j + k];
    if (uniform() >= 0.25) return Number.NaN;
    return kind === "logistic" ? Math.sign(value) : scale * value;
  });
  const loss = kind === "logistic" ? { loss: { kind, weight: 1 } as const } : {};
  return { rows, columns, y, lambda: { kind: "relative", value: 0.1 }, search: { gap }, ...loss } satisfies MatrixCase;
}

function masked(...given: Parameters<typeof maskedCase>): Problem {
  return problemOf(maskedCase(...given));
}

/** The first point that is as stationary as that, the gap of −∇ℓ there and of the dual point. */
function gapsAt(problem: Problem, stationarity: number) {
  const method = entryThresholding(problem, zeroFactors(problem.sizes, 1));
  for (let reached = Number.POSITIVE_INFINITY; reached > stationarity; ) {
    const steps = method.step();
    let next = steps.next();
    while (!next.done) next = steps.next();
    reached = next.value.stationarity;
  }
  const factors = method.factors();
  const phi = tripletsOf(problem, factors);
  const directions = directionsFrom(phi.right, phi.count, {
    rows: Math.min(problem.target.rows, problem.target.columns),
    wanted: phi.count + 12,
    normal: normalStream(1),
    orthonormal: true,
  });
  const q = entryDual(problem, phi, directions);
  const { objective, negativeGradient } = evaluatePoint(problem, factors);
  const gapAt = (w: Float64Array) => gapOf(objective, boundBelow(problem, w).value).relative;
  return { objective, q, own: gapAt(negativeGradient), gap: q === undefined ? Number.NaN : gapAt(q) };
}

describe("the dual point", () => {
  it.each<[number, number, Kind]>([
    [90, 60, "squared"],
    [60, 90, "squared"],
    [90, 60, "logistic"],
  ])("has a gap of second order: %i × %i, %s", async (rows, columns, kind) => {
    const problem = masked(rows, columns, { kind, gap: 1e-9 });
    const { outcome } = await solve(problem);
    expect(outcome.result.verdict).toBe("global");
    const points = [1e-1, 1e-2, 1e-3].map((stationarity) => gapsAt(problem, stationarity));
    for (const { q, own, gap } of points) {
      expect(q?.length).toBe(problem.target.value.length);
      expect(gap).toBeLessThan(own / 3);
    }
    const [first, , last] = points;
    // Where that of −∇ℓ falls by some factor, this one falls by nearly its square.
    expect(last.gap / first.gap).toBeLessThan((last.own / first.own) ** 1.4);
  });

  it("is within λ but for what the certificate scales away, and its bound below what anybody reaches", () => {
    for (const scale of [1e-30, 1, 1e30]) {
      const problem = masked(70, 50, { scale });
      const { q, objective } = gapsAt(problem, 1e-3);
      if (q === undefined) throw new Error("no dual point");
      const { target, lambda } = problem;
      expect(singularBound({ ...target, value: q })).toBeLessThan(lambda * (1 + 1e-3));
      expect(boundBelow(problem, q).value).toBeLessThan(objective);
    }
  });

  it("is not to be had with more unknowns than the entries tell, nor beyond float64", () => {
    const problem = masked(40, 30);
    const entries = problem.target.value.length;
    expect(workOfEntryDual(problem, 10, 16)).toBeGreaterThan(0);
    expect(workOfEntryDual(problem, Math.ceil(Math.sqrt(2 * entries)), 30)).toBe(Number.POSITIVE_INFINITY);
    const phi = {
      count: 1,
      values: Float64Array.of(Number.NaN),
      left: new Float64Array(40),
      right: new Float64Array(30),
    };
    expect(entryDual(problem, phi, { q: new Float64Array(30), k: 1 })).toBeUndefined();
  });

  it("ends a run well before the gradient itself is that stationary", async () => {
    const given = maskedCase(420, 300, { gap: 1e-7 });
    const problem = problemOf(given);
    const { outcome } = await solve(problem);
    const { result, dual } = outcome;
    expect(verified({ config: configOf(given), arrays: arraysOf(given) }, outcome).rejections).toEqual([]);
    expect(result.verdict).toBe("global");
    expect(result.gap?.relative).toBeLessThan(1e-7);
    expect(dual?.length).toBe(problem.target.value.length);
    expect(outcome.assessment.lowerBound?.source).toBe("array");
    // What the bound of −∇ℓ has to do with it: its gap is still large.
    const { objective, negativeGradient } = outcome.assessment.evaluation;
    expect(gapOf(objective, boundBelow(problem, negativeGradient).value).relative).toBeGreaterThan(4e-7);
    const { outcome: other } = await solve(masked(420, 300, { gap: 1e-9 }));
    expect(result.lowerBound).toBeLessThanOrEqual(other.result.objective);
    expect(Math.abs(result.objective - other.result.objective)).toBeLessThan(1e-7 * objective);
    expect(result.rank).toBe(other.result.rank);
  });
});

describe("the forecast of a dual point", () => {
  it("asks for smaller gaps after every miss, and for none after three", () => {
    const forecast = dualForecast(1e-6, 20);
    expect(forecast.promises(6e-8)).toBe(false);
    expect(forecast.promises(4e-8)).toBe(true);
    // 100 times what was expected, where 20 times was: from now on three times that is allowed for.
    forecast.missed(4e-6);
    expect(forecast.promises(4e-9)).toBe(false);
    expect(forecast.promises(3e-9)).toBe(true);
    forecast.missed(1e-9);
    expect(forecast.promises(2e-9)).toBe(false);
    expect(forecast.promises(1e-9)).toBe(true);
    forecast.missed(1e-9);
    expect(forecast.promises(0)).toBe(false);
  });

  it("asks for nothing that is not to be had", () => {
    const forecast = dualForecast(1e-6, 1.6);
    expect(forecast.promises(1e-9)).toBe(true);
    forecast.giveUp();
    expect(forecast.promises(1e-9)).toBe(false);
  });
});
