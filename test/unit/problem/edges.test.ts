/** Where a wrong answer once hid: norms inside expressions, products that underflow half way, shapes that change with the loss. */
import { describe, expect, it } from "vitest";
import { boundBelow } from "../../../engine/src/certify/dual.ts";
import { evaluatePoint } from "../../../engine/src/certify/evaluate.ts";
import { parseConfig } from "../../../engine/src/config/parse.ts";
import { independentBranches } from "../../../engine/src/descent/refactor.ts";
import type { ProblemArrays } from "../../../engine/src/problem/problem.ts";
import { buildProblem } from "../../../engine/src/problem/problem.ts";
import { expectClose, solve } from "../../support/problems.ts";

const array = (shape: readonly number[], data: readonly number[]) => ({ shape, data: Float64Array.from(data) });

function built(lines: string, arrays: ProblemArrays) {
  const { config, findings } = parseConfig(`data: {target: y.csv}\n${lines}`, { fileName: "a.optimality.yaml" });
  if (config === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return buildProblem(config, arrays);
}

function problemOf(lines: string, arrays: ProblemArrays) {
  const result = built(lines, arrays);
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join("; "));
  return result.problem;
}

const table = { target: array([4, 3], [3, 1, 2, 0, 4, 1, 2, 2, 5, 1, 0, 3]) };
const matrix = "mapping: matrix\nlambda: 0.5\n";

describe("custom regularizers", () => {
  it("are computed with the norms of the expression", async () => {
    const custom = "regularizer: {kind: custom, expression: {product: [{norm: l1, factor: 1}, {norm: l2, factor: 2}]}}";
    const said = await solve(problemOf(matrix + custom, table));
    const plain = await solve(problemOf(`${matrix}regularizer: {norms: [l1, l2]}`, table));
    expect(said.outcome.result.verdict).toBe("global");
    expectClose(said.outcome.result.objective, plain.outcome.result.objective, 1e-9);
    const nuclear = await solve(problemOf(matrix, table));
    // ‖u‖₁ ≥ ‖u‖₂: the nuclear norm would be cheaper.
    expect(said.outcome.result.objective).toBeGreaterThan(1.05 * nuclear.outcome.result.objective);
  });

  it("grow from zero when their weights are uneven: 50‖u‖² + 0.005‖v‖² is ‖u‖‖v‖", async () => {
    const square = (factor: number, by: number) =>
      `{scale: {of: {power: {of: {norm: l2, factor: ${factor}}, exponent: 2}}, by: ${by}}}`;
    const custom = `start: zero\nregularizer: {kind: custom, expression: {sum: [${square(1, 50)}, ${square(2, 0.005)}]}}`;
    const uneven = await solve(problemOf(matrix + custom, table));
    const plain = await solve(problemOf(matrix, table));
    expect(uneven.outcome.result.verdict).toBe("global");
    expectClose(uneven.outcome.result.objective, plain.outcome.result.objective, 1e-6);
  });
});

describe("numbers at the ends of float64", () => {
  it("a product of norms keeps what a partial product would lose", () => {
    const problem = problemOf("mapping: cp\nlambda: 1.0e+24\n", { target: array([1, 1, 1, 1], [1]) });
    const values = [1e-165, 1e-165, 1e153, 1e153].map((x) => Float64Array.of(x));
    const point = evaluatePoint(problem, { branches: 1, values });
    expectClose(point.regularizer, 1e-24, 1e-12);
    expect(point.branches[0]?.zero).toBe(false);
    // λ g = 1, and the loss ½(1e-24 − 1)².
    expectClose(point.objective, 1.5, 1e-9);
  });

  it("branches whose squared length underflows do not stop the search for redundant ones", () => {
    const problem = problemOf(matrix, table);
    const tiny = problem.sizes.map((size) => new Float64Array(size).fill(1e-60));
    const one = problem.sizes.map((size) => new Float64Array(size).fill(1));
    const kept = independentBranches(problem, [one, tiny, tiny, one]);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(4);
  });
});

describe("a forged dual array", () => {
  it.each([
    [1.3e-120, 0.97e200],
    [2.2e-121, 0.93e200],
  ])("whose best scale is subnormal (λ = %d) gives no bound above F*", (lambda, w) => {
    const target = array([1, 1], [1e-100]);
    const problem = { ...problemOf(matrix, { target }), lambda };
    // F* = λ(y − λ) + λ²/2, which is λ y to 20 digits.
    const { value } = boundBelow(problem, Float64Array.of(w));
    expect(value).toBeLessThanOrEqual(problem.lambda * 1e-100 * (1 + 1e-15));
  });
});

describe("cross-entropy", () => {
  it("does not go with sensing", () => {
    const config = parseConfig(
      "data: {target: y.csv, sensing: a.npy}\nloss: cross-entropy\nmapping: matrix\nlambda: 1\n",
      { fileName: "a.optimality.yaml" },
    ).config;
    if (config === undefined) throw new Error("the config is valid");
    const refused = buildProblem(config, {
      target: array([6], [0, 1, 2, 0, 1, 2]),
      sensing: array(
        [6, 2, 2],
        Array.from({ length: 24 }, (_, k) => k % 3),
      ),
    });
    expect(refused).toMatchObject({ ok: false, findings: [{ code: "shape-mismatch", path: "data.target" }] });
  });

  it("on class indices is checked again with one column a class", () => {
    const result = built("loss: cross-entropy\nmapping: symmetric\nlambda: 1\n", { target: array([1, 1], [1]) });
    expect(result).toMatchObject({ ok: false, findings: [{ code: "shape-mismatch", path: "data.target" }] });
  });
});

describe("search.gap", () => {
  it("has an upper end: nobody calls a point global that may be far off", () => {
    const { config, findings } = parseConfig(`data: {target: y.csv}\n${matrix}search: {gap: 1}\n`, {
      fileName: "a.optimality.yaml",
    });
    expect(config).toBeUndefined();
    expect(findings[0]?.path).toBe("search.gap");
  });
});
