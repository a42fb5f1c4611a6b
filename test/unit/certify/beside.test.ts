/** The polar of a point, from the proof at a dual point nearby: what holds of it, and where it is used. */
import { describe, expect, it } from "vitest";
import { assess } from "../../../engine/src/certify/assess.ts";
import { isSpared, polarBeside } from "../../../engine/src/certify/beside.ts";
import { boundBelow } from "../../../engine/src/certify/dual.ts";
import { evaluatePoint } from "../../../engine/src/certify/evaluate.ts";
import type { RegularizerKind } from "../../../engine/src/config/config.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import type { Problem } from "../../../engine/src/problem/problem.ts";
import { type MatrixCase, pairOf, problemOf, solve } from "../../support/problems.ts";

const normal = normalStream(41);
const gaussian = (count: number) => Float64Array.from({ length: count }, normal);

function tableCase(rows: number, columns: number, more: Partial<MatrixCase> = {}): MatrixCase {
  return { rows, columns, y: gaussian(rows * columns), ...more };
}

/** Some point, and a dual point that is so far from its own. */
function pointAndDual(problem: Problem, distance: number) {
  const { rows, columns } = problem.target;
  const evaluation = evaluatePoint(problem, pairOf(gaussian(rows * 2), gaussian(columns * 2), 2));
  const { negativeGradient: w } = evaluation;
  const noise = gaussian(w.length);
  const dual = w.map((x, k) => x * (1 - distance) + distance * noise[k]);
  return { evaluation, beside: boundBelow(problem, dual) };
}

const CASES: readonly (readonly [string, MatrixCase])[] = [
  ["a table", tableCase(9, 7)],
  ["weight decay", tableCase(7, 9, { regularizer: "weight-decay" })],
  ["powers", tableCase(8, 8, { regularizer: "power" as RegularizerKind })],
  ["missing entries", { rows: 9, columns: 8, y: gaussian(72).map((x, k) => (k % 4 === 0 ? Number.NaN : x)) }],
  ["huge numbers", { rows: 6, columns: 5, y: gaussian(30).map((x) => 1e60 * x) }],
  ["tiny numbers", { rows: 6, columns: 5, y: gaussian(30).map((x) => 1e-60 * x) }],
];

describe("the polar beside another dual point", () => {
  it.each(CASES)("holds what is proven of it alone: %s", (_, given) => {
    const problem = problemOf(given);
    for (const distance of [0, 1e-12, 1e-6, 1e-3, 0.1, 1]) {
      const { evaluation, beside } = pointAndDual(problem, distance);
      const own = boundBelow(problem, evaluation.negativeGradient).polar;
      const found = polarBeside(problem, evaluation, beside)?.polar;
      expect(found?.upper).toBeGreaterThanOrEqual(own.lower);
      expect(found?.lower).toBeLessThanOrEqual((own.upper ?? 0) * (1 + 1e-12));
      const slack = (found?.upper ?? 0) - own.lower;
      expect(slack).toBeLessThanOrEqual(20 * distance * own.lower + 1e-6 * own.lower);
    }
  });

  it.each<[string, MatrixCase]>([
    ["other norms", tableCase(6, 5, { norms: ["l1", "l2"] })],
    ["signs", tableCase(6, 5, { constraints: [["nonnegative"], []] })],
    ["an intercept", tableCase(6, 5, { config: { extra: { intercept: true } } })],
  ])("is not told where the polar is no such norm: %s", (_, given) => {
    const problem = problemOf(given);
    const { evaluation, beside } = pointAndDual(problem, 1e-3);
    expect(polarBeside(problem, evaluation, beside)).toBeUndefined();
  });

  it("takes the place of a long proof, and only of one", () => {
    const sizes = [
      [100, 80],
      [400, 380],
    ] as const;
    const large = sizes.map(([rows, columns]) => isSpared(problemOf(tableCase(rows, columns))));
    expect(large).toEqual([false, true]);
  });
});

describe("a run whose gap is met at a dual point of its method", () => {
  const [rows, columns] = [390, 360];
  const labels = () => {
    const [u, v] = [gaussian(rows), gaussian(columns)];
    return Float64Array.from({ length: rows * columns }, (_, k) =>
      u[Math.floor(k / columns)] * v[k % columns] + 0.5 * normal() > 0 ? 1 : 0,
    );
  };

  it("tells the polar from there, and is found again so, by a claim and without one", async () => {
    const problem = problemOf({
      ...{ rows, columns, y: labels() },
      ...{ loss: { kind: "logistic" }, lambda: { kind: "relative", value: 0.2 } },
    });
    const { outcome } = await solve(problem);
    const { assessment, dual, factors, result } = outcome;
    expect(result.verdict).toBe("global");
    expect(assessment.bound?.witness.kind).toBe("beside");
    expect(result.polar?.upper).toBeGreaterThanOrEqual(1);
    const again = assess(problem, factors, { dual, own: "beside" });
    expect(again).toEqual(assessment);
    const proven = assess(problem, factors, { dual });
    expect(proven.lowerBound).toEqual(assessment.lowerBound);
    expect(result.polar?.upper).toBeGreaterThanOrEqual(proven.bound?.polar.lower ?? Number.POSITIVE_INFINITY);
    expect(result.polar?.lower).toBeLessThanOrEqual((proven.bound?.polar.upper ?? 0) * (1 + 1e-12));
    // Without the array nothing stands beside it.
    expect(assess(problem, factors, { dual: null, own: "beside" })).toMatchObject({ bound: null, lowerBound: null });
  });
});
