/** The λ-path: which λ, what each point is against closed forms, where each one starts, and what ends it early. */
import { describe, expect, it } from "vitest";
import type { LayerConfig } from "../../engine/src/config/config.ts";
import type { PathPoint } from "../../engine/src/events.ts";
import { pathLambdas } from "../../engine/src/path.ts";
import { buildProblem, withLambda } from "../../engine/src/problem/problem.ts";
import { dataOf } from "../support/arbitraries.ts";
import { nuclearOptimum, singularValues } from "../support/jacobi-svd.ts";
import { dense, NEURON, RELU } from "../support/networks.ts";
import { gaussianNeuron } from "../support/neurons.ts";
import { followPath } from "../support/paths.ts";
import { configOf, expectClose, type MatrixCase, problemOf, solve } from "../support/problems.ts";

const full: MatrixCase = {
  rows: 12,
  columns: 9,
  y: dataOf("full", 12, 9, 42),
  lambda: { kind: "relative", value: 0.02 },
};
const hidden: MatrixCase = { ...full, y: full.y.map((x, k) => (k % 4 === 0 ? Number.NaN : x)) };
const sum = (numbers: readonly number[]) => numbers.reduce((all, x) => all + x, 0);
const lambdasOf = (points: readonly PathPoint[]) => points.map(({ lambda }) => lambda);

describe("the λ of a path", () => {
  const at = (lambda: number) => problemOf({ ...full, lambda: { kind: "absolute", value: lambda } });
  const { lambdaMax } = problemOf(full);

  it("fall by the same factor from λ_max to the config's own λ, both exactly", () => {
    const problem = at(0.3);
    const lambdas = pathLambdas(problem, { points: 7 });
    expect(lambdas).toHaveLength(7);
    expect([lambdas[0], lambdas[6]]).toEqual([problem.lambdaMax, 0.3]);
    const factor = (0.3 / problem.lambdaMax) ** (1 / 6);
    for (let k = 1; k < 7; k++) expectClose(lambdas[k] / lambdas[k - 1], factor, 1e-12);
    expect(pathLambdas(problem)).toHaveLength(20);
  });

  it("end where they are told to, and at 0.01 λ_max when the config's own λ is not below λ_max", () => {
    expect(pathLambdas(at(0.3), { to: 0.7 }).at(-1)).toBe(0.7);
    expect(pathLambdas(at(lambdaMax)).at(-1)).toBe(0.01 * lambdaMax);
    expect(pathLambdas(at(2 * lambdaMax)).at(-1)).toBe(0.01 * lambdaMax);
  });

  it("are one where there is no way down: an end above λ_max, a single point, a zero target", async () => {
    expect(pathLambdas(at(0.3), { to: 2 * lambdaMax })).toEqual([2 * lambdaMax]);
    expect(pathLambdas(at(0.3), { points: 1 })).toEqual([0.3]);
    const nothing = problemOf({
      ...full,
      y: new Float64Array(full.y.length),
      lambda: { kind: "absolute", value: 0.3 },
    });
    expect(pathLambdas(nothing)).toEqual([0.3]);
    const { result } = (await followPath(nothing)).outcome;
    expect(result.points).toMatchObject([{ verdict: "global", rank: 0, objective: 0, relative: 1 }]);
  });

  it("may be given in any order, and run from the largest down, each once", async () => {
    const { events, outcome } = await followPath(problemOf(full), { lambdas: [1, 3, 2, 3] });
    expect(events[0]).toMatchObject({ kind: "path-started", lambdas: [3, 2, 1] });
    expect(lambdasOf(outcome.result.points)).toEqual([3, 2, 1]);
  });
});

describe("the points of a full table with squared loss and ℓ2 norms", () => {
  it.each<[string, MatrixCase & { readonly weight: number }]>([
    ["tall", { ...full, weight: 1 }],
    [
      "wide, weight 2.5",
      { rows: 6, columns: 15, y: dataOf("full", 6, 15, 7), weight: 2.5, lambda: { kind: "relative", value: 0.02 } },
    ],
    ["of rank 3 at most", { ...full, y: dataOf("low-rank", 12, 9, 5), weight: 1 }],
  ])("%s, are the soft-thresholded singular values at every λ", async (_, given) => {
    const sigma = singularValues(given.y, given.rows, given.columns);
    const c = given.weight;
    const { result } = (await followPath(problemOf(given))).outcome;
    expect(result.status).toBe("complete");
    expectClose(result.lambdaMax, c * sigma[0], 1e-12);
    expect(result.points).toHaveLength(20);
    for (const point of result.points) {
      const threshold = point.lambda / c;
      const optimum = nuclearOptimum(sigma, point.lambda, c);
      expect(point.verdict).toBe("global");
      expectClose(point.relative, point.lambda / (c * sigma[0]), 1e-12);
      expect(point.rank).toBe(sigma.filter((s) => s > threshold * (1 + 1e-9)).length);
      expect(point.objective).toBeGreaterThanOrEqual(optimum * (1 - 1e-13));
      expectClose(point.objective, optimum, 1.1e-6);
      expect(point.lowerBound ?? Number.NaN).toBeLessThanOrEqual(optimum * (1 + 1e-13));
      const nuclear = sum(sigma.map((s) => Math.max(0, s - threshold)));
      expect(Math.abs(point.regularizer - nuclear)).toBeLessThan(1e-3 * (nuclear + threshold));
      expectClose(point.loss, optimum - point.lambda * nuclear, 1e-3);
      expectClose(point.loss + point.lambda * point.regularizer, point.objective, 1e-9);
    }
  });
});

describe("each point", () => {
  it("starts from the one before: the whole path takes fewer iterations than its runs one by one", async () => {
    for (const given of [hidden, { ...hidden, loss: { kind: "huber", delta: 0.5 } as const }]) {
      const problem = problemOf(given);
      const { points } = (await followPath(problem)).outcome.result;
      let cold = 0;
      for (const point of points) {
        const { result } = (await solve(withLambda(problem, point.lambda))).outcome;
        cold += result.iterations;
        expect(point.verdict).toBe("global");
        expectClose(point.objective, result.objective, 1e-6);
      }
      expect(sum(points.map(({ iterations }) => iterations))).toBeLessThan(0.9 * cold);
    }
  });

  it("is the same for the same config, whatever the clock says", async () => {
    const points = async (step: number) => {
      let now = 0;
      const { result } = (await followPath(problemOf(hidden), { clock: () => (now += step) })).outcome;
      return result.points.map(({ seconds: _, ...point }) => point);
    };
    expect(await points(0)).toEqual(await points(20));
  });

  it("tells its progress and its end, in order, as plain data", async () => {
    const { events, outcome } = await followPath(problemOf(hidden), { lambdas: { points: 5 } });
    expect(structuredClone(events)).toEqual(events);
    expect(events[0]).toMatchObject({ kind: "path-started", problem: { lambdaMax: outcome.result.lambdaMax } });
    const rest = events.slice(1).map((event) => ("index" in event ? event.index : -1));
    expect(rest).toEqual([...rest].sort((a, b) => a - b));
    const points = events.flatMap((event) => (event.kind === "path-point" ? [event.point] : []));
    expect(points).toEqual(outcome.result.points);
    expect(outcome.factors).toHaveLength(5);
    expect(outcome.factors[0].values.every((value) => value.every((x) => x === 0))).toBe(true);
  });

  it("has the time limit of the config for itself", async () => {
    let now = 0;
    const problem = problemOf({ ...hidden, search: { timeLimitMs: 50 } });
    const { result } = (await followPath(problem, { clock: () => (now += 10) })).outcome;
    expect(result.status).toBe("complete");
    expect(result.points).toHaveLength(20);
    expect(result.points.some(({ status }) => status === "time-limit")).toBe(true);
    expect(result.points.every(({ seconds }) => seconds < 2)).toBe(true);
  });

  it("keeps to the config's width without growth, and says where that is not enough", async () => {
    const problem = problemOf({ ...full, config: { branches: 2 }, search: { grow: false } });
    const { points } = (await followPath(problem)).outcome.result;
    const sigma = singularValues(full.y, full.rows, full.columns);
    for (const { lambda, rank, verdict } of points) {
      const needed = sigma.filter((s) => s > lambda).length;
      expect(rank).toBe(Math.min(2, needed));
      expect(verdict).toBe(needed <= 2 ? "global" : "not-global");
    }
  });

  it("outside the theory has no bound; where descent ends at zero the next one starts as the config says", async () => {
    const problem = problemOf({ ...full, regularizer: "l1" });
    const { points } = (await followPath(problem, { lambdas: { points: 8, to: 1e-3 * problem.lambdaMax } })).outcome
      .result;
    for (const point of points) expect(point).toMatchObject({ verdict: "outside-theory", lowerBound: null, gap: null });
    const high = (await followPath(problem, { lambdas: [50 * problem.lambdaMax, 1e-3 * problem.lambdaMax] })).outcome;
    expect(high.result.points.map(({ rank }) => rank > 0)).toEqual([false, true]);
  });

  it("beyond float64 has numbers all the same, and is nothing to start from", async () => {
    const start = { kind: "random", seed: 1, scale: 1e160 } as const;
    const problem = problemOf({ ...full, regularizer: "l1", config: { start } });
    const { points } = (await followPath(problem, { lambdas: { points: 3 } })).outcome.result;
    for (const point of points) {
      expect(point).toMatchObject({ status: "non-finite", objective: Number.MAX_VALUE, loss: Number.MAX_VALUE });
      expect(JSON.parse(JSON.stringify(point))).toEqual(point);
    }
  });
});

describe("a network", () => {
  const { v, w } = gaussianNeuron(14, 2, 1, 3);
  const at = (layers: readonly LayerConfig[], lambda: number) => {
    const config = configOf({
      rows: 14,
      columns: 1,
      y: w,
      lambda: { kind: "relative", value: lambda },
      config: {
        data: { target: "y.csv", input: "v.csv", bias: false },
        mapping: { kind: "network", layers },
        regularizer: { kind: "power", norm: "l2", constraints: [], factors: [] },
      },
    });
    const arrays = { target: { shape: [14, 1], data: w }, input: { shape: [14, 2], data: v } };
    const built = buildProblem(config, arrays);
    if (!built.ok) throw new Error(built.findings[0]?.message);
    return built.problem;
  };
  const zero = 0.5 * sum(Array.from(w, (y) => y * y));

  it("with one hidden layer grows from the zero model at λ_max, proven at every λ", async () => {
    const { points } = (await followPath(at(NEURON, 0.02), { lambdas: { points: 10 } })).outcome.result;
    expect(points.every(({ verdict }) => verdict === "global")).toBe(true);
    expect(points[0].rank).toBe(0);
    expectClose(points[0].objective, zero, 1e-12);
    for (const [k, { rank, objective }] of points.entries()) {
      if (k === 0) continue;
      expect(rank).toBeGreaterThan(0);
      expect(objective).toBeLessThan(points[k - 1].objective);
    }
  });

  it("of which λ_max is only estimated begins there all the same, and claims nothing that is not proven", async () => {
    const deep = [dense(2), RELU, dense(2), RELU, dense(null)];
    const { points } = (await followPath(at(deep, 0.1), { lambdas: { points: 4 } })).outcome.result;
    expect(points).toHaveLength(4);
    for (const { lowerBound, objective, verdict, gap } of points) {
      expect(lowerBound ?? Number.NaN).toBeLessThanOrEqual(objective);
      expect(objective).toBeLessThanOrEqual(zero * (1 + 1e-12));
      expect(verdict === "global").toBe((gap?.relative ?? 1) <= 1e-6);
    }
    expect(points[3].objective).toBeLessThan(0.9 * zero);
  });
});

describe("a cancelled path", () => {
  it("keeps the points that were finished, and drops the one that was not", async () => {
    const all = (await followPath(problemOf(hidden))).outcome.result.points;
    for (const ends of ["path-point", "path-progress"] as const) {
      const signal = { aborted: false };
      const { outcome } = await followPath(problemOf(hidden), { signal }, (event) => {
        if (event.kind === ends && event.index === (ends === "path-point" ? 4 : 5)) signal.aborted = true;
      });
      expect(outcome.result.status).toBe("cancelled");
      expect(outcome.factors).toHaveLength(5);
      expect(lambdasOf(outcome.result.points)).toEqual(lambdasOf(all.slice(0, 5)));
      expect(outcome.result.points.map(({ objective }) => objective)).toEqual(
        all.slice(0, 5).map(({ objective }) => objective),
      );
    }
  });

  it("before its first point has none; after its last it is complete", async () => {
    const before = (await followPath(problemOf(hidden), { signal: { aborted: true } })).outcome;
    expect(before.result).toMatchObject({ status: "cancelled", points: [] });
    const signal = { aborted: false };
    const { outcome } = await followPath(problemOf(hidden), { signal, lambdas: { points: 3 } }, (event) => {
      if (event.kind === "path-point" && event.index === 2) signal.aborted = true;
    });
    expect(outcome.result.status).toBe("complete");
  });
});
