import { describe, expect, it } from "vitest";
import { evaluatePoint } from "../../../engine/src/certify/evaluate.ts";
import type { RegularizerKind } from "../../../engine/src/config/config.ts";
import { alternating, mayAlternate } from "../../../engine/src/descent/methods/alternating.ts";
import type { LocalMethod, StepReport } from "../../../engine/src/descent/methods/method.ts";
import { proxBlocks } from "../../../engine/src/descent/methods/prox-blocks.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import type { Factors } from "../../../engine/src/problem/factors.ts";
import { branchesOf, factorsOf } from "../../../engine/src/problem/factors.ts";
import type { Problem } from "../../../engine/src/problem/problem.ts";
import { buildProblem } from "../../../engine/src/problem/problem.ts";
import { configOf, regularizerConfig } from "../../support/problems.ts";

interface Planted {
  readonly shape: readonly number[];
  readonly rank?: number;
  readonly noise?: number;
  readonly kind?: RegularizerKind;
  readonly weight?: number;
  readonly seed?: number;
  readonly missing?: boolean;
}

/** A few rank-one tensors with noise. */
function planted({ shape, rank = 3, noise = 0.1, kind = "product", weight = 1, seed = 1, missing }: Planted): Problem {
  const normal = normalStream(seed);
  const length = shape.reduce((all, n) => all * n, 1);
  const y = new Float64Array(length);
  for (let b = 0; b < rank; b++) {
    const factors = shape.map((n) => Float64Array.from({ length: n }, () => 0.6 + normal()));
    for (let at = 0; at < length; at++) {
      let rest = at;
      let product = 1;
      for (let k = shape.length - 1; k >= 0; k--) {
        product *= factors[k][rest % shape[k]];
        rest = Math.floor(rest / shape[k]);
      }
      y[at] += product;
    }
  }
  for (let at = 0; at < length; at++) y[at] += noise * normal();
  if (missing) y[0] = Number.NaN;
  const given = { rows: 1, columns: 1, y, weight, lambda: { kind: "absolute" as const, value: 1 } };
  const config = {
    ...configOf(given),
    mapping: { kind: "cp" as const },
    regularizer: regularizerConfig(
      kind,
      shape.map(() => "l2" as const),
    ),
  };
  const built = buildProblem(config, { target: { shape: [...shape], data: y } });
  if (!built.ok) throw new Error(built.findings.map((finding) => finding.message).join("; "));
  return built.problem;
}

function randomPoint(problem: Problem, branches: number, seed = 5): Factors {
  const normal = normalStream(seed);
  return { branches, values: problem.sizes.map((size) => Float64Array.from({ length: size * branches }, normal)) };
}

function stepOnce(method: LocalMethod): StepReport {
  const step = method.step();
  let next = step.next();
  while (!next.done) next = step.next();
  return next.value;
}

function descend(method: LocalMethod, steps: number): StepReport[] {
  const reports: StepReport[] = [];
  for (let k = 0; k < steps; k++) {
    const report = stepOnce(method);
    reports.push(report);
    if (report.stuck || report.stationarity < 1e-10) break;
  }
  return reports;
}

const signal = { aborted: false };
const shapes = [
  [12, 9],
  [12, 9, 10],
  [3, 4, 5],
  [20, 3, 15],
  [5, 4, 6, 5],
];

describe("alternating ridge solves", () => {
  it.each(shapes.map((shape) => ({ shape })))(
    "never raise the objective of $shape, and end where it is stationary",
    ({ shape }) => {
      const problem = planted({ shape });
      const start = randomPoint(problem, 4);
      const reports = descend(alternating(problem, start, signal), 40);
      let before = evaluatePoint(problem, start).objective;
      for (const { objective } of reports) {
        expect(objective).toBeLessThanOrEqual(before * (1 + 1e-13));
        before = objective;
      }
      expect(Math.min(...reports.map(({ stationarity }) => stationarity))).toBeLessThan(1e-4);
    },
  );

  it.each(["product", "power"] as const)("report what a judge finds at their point, for %s", (kind) => {
    const problem = planted({ shape: [8, 7, 6], kind, weight: 0.5 });
    const method = alternating(problem, randomPoint(problem, 5), signal);
    for (let k = 0; k < 4; k++) {
      const report = stepOnce(method);
      const judged = evaluatePoint(problem, method.factors());
      expect(report.objective).toBeCloseTo(judged.objective, 8);
      // The judge's is a mean over the branches.
      expect(report.stationarity).toBeGreaterThanOrEqual(judged.stationarity * (1 - 1e-9));
    }
  });

  it("report what a judge finds of a single branch", () => {
    const problem = planted({ shape: [8, 7, 6], rank: 1, noise: 0.5 });
    const method = alternating(problem, randomPoint(problem, 1), signal);
    for (let k = 0; k < 3; k++) {
      const report = stepOnce(method);
      expect(report.stationarity).toBeCloseTo(evaluatePoint(problem, method.factors()).stationarity, 9);
    }
  });

  it("do not overlook a branch because it is small", () => {
    const problem = planted({ shape: [9, 8, 7] });
    const method = alternating(problem, randomPoint(problem, 1), signal);
    descend(method, 20);
    const [kept] = branchesOf(method.factors());
    const [other] = branchesOf(randomPoint(problem, 1, 11));
    const small = other.map((x) => x.map((entry) => 1e-3 * entry));
    const both = factorsOf([kept, small], problem.sizes, 2);
    expect(evaluatePoint(problem, both).stationarity).toBeLessThan(1e-2);
    const [first] = descend(alternating(problem, both, signal), 1);
    expect(first.objective).toBeLessThan(evaluatePoint(problem, both).objective);
    const { objective } = descend(alternating(problem, both, signal), 30).slice(-1)[0];
    expect(objective).toBeLessThan(first.objective);
  });

  it("reach the objective that prox-gradient by blocks reaches from there", () => {
    const problem = planted({ shape: [9, 8, 7] });
    const method = alternating(problem, randomPoint(problem, 3), signal);
    const [last] = descend(method, 40).slice(-1);
    const other = descend(proxBlocks(problem, method.factors(), signal), 30);
    for (const { objective } of other) expect(objective).toBeGreaterThan(last.objective * (1 - 1e-10));
    const own = proxBlocks(problem, randomPoint(problem, 3), signal);
    const [slow] = descend(own, 3000).slice(-1);
    expect(last.objective).toBeLessThan(slow.objective * (1 + 1e-6));
  });

  it("drop the branches that cost more than they are worth", () => {
    const problem = planted({ shape: [15, 14, 13], rank: 2, noise: 0.01 });
    const method = alternating(problem, randomPoint(problem, 6), signal);
    descend(method, 40);
    const factors = method.factors();
    expect(factors.branches).toBe(6);
    const used = branchesOf(factors).filter((branch) => branch[0].some((x) => x !== 0));
    expect(used.length).toBeLessThan(6);
  });

  it("stay at the zero model", () => {
    const problem = planted({ shape: [4, 5, 6] });
    const method = alternating(problem, factorsOf([], problem.sizes, 2), signal);
    const report = stepOnce(method);
    expect(report.stuck).toBe(true);
    expect(method.factors().values.every((value) => value.every((x) => x === 0))).toBe(true);
  });

  it("give the same numbers again", () => {
    const problem = planted({ shape: [10, 9, 8] });
    const runs = [0, 1].map(() => descend(alternating(problem, randomPoint(problem, 4), signal), 6));
    expect(runs[0]).toEqual(runs[1]);
  });

  it("are left out where entries are missing, for other losses and other norms", () => {
    expect(mayAlternate(planted({ shape: [4, 5, 6] }))).toBe(true);
    expect(mayAlternate(planted({ shape: [4, 5, 6], missing: true }))).toBe(false);
    expect(
      mayAlternate({
        ...planted({ shape: [4, 5, 6] }),
        loss: { ...planted({ shape: [4, 5, 6] }).loss, kind: "huber" },
      }),
    ).toBe(false);
  });
});
