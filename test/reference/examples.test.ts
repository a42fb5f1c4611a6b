/** Every example ends as its README says, and its optimum is that of a solver that shares no code with the engine. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import type { RunOutcome } from "@optimality-lens/engine";
import { checkFile } from "@optimality-lens/engine/node";
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { diagnose, examples, readCsv } from "../support/examples.ts";

const RELATIVE_TOLERANCE = 1e-6;

interface Optimum {
  readonly objective: number;
  readonly rank: number;
}

/** min ½‖Y − X‖² + λ‖X‖_*: singular values are lowered by λ. */
function closedForm(rows: number[][], lambda: number): Optimum {
  const { diagonal } = new SingularValueDecomposition(new Matrix(rows));
  const objective = diagonal.reduce(
    (sum, sigma) => sum + 0.5 * Math.min(sigma, lambda) ** 2 + lambda * Math.max(sigma - lambda, 0),
    0,
  );
  return { objective, rank: diagonal.filter((sigma) => sigma > lambda).length };
}

/**
 * min ½ Σ_observed (Y − X)² + λ‖X‖_* by soft-impute with Nesterov's acceleration and restarts, until its own duality
 * gap (dual point: the scaled residual, λ_max(Z) by SVD) is below 1e-8 relative.
 */
function softImpute(rows: number[][], relativeLambda: number): Optimum & { readonly lambda: number } {
  const observed = rows.map((row) => row.map((value) => !Number.isNaN(value)));
  const target = Matrix.zeros(rows.length, rows[0].length);
  const each = (visit: (i: number, j: number) => void) => {
    for (const [i, row] of observed.entries()) for (const [j, seen] of row.entries()) if (seen) visit(i, j);
  };
  each((i, j) => target.set(i, j, rows[i][j]));
  const lambda = relativeLambda * spectralNorm(target);
  let [point, extrapolated, momentum] = [Matrix.zeros(target.rows, target.columns), target.clone().mul(0), 1];
  let [bestBound, previous] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let iteration = 0; iteration < 500; iteration++) {
    const filled = extrapolated.clone();
    each((i, j) => filled.set(i, j, target.get(i, j)));
    const { leftSingularVectors, rightSingularVectors, diagonal } = new SingularValueDecomposition(filled);
    const shrunk = diagonal.map((sigma) => Math.max(sigma - lambda, 0));
    const next = leftSingularVectors.mmul(Matrix.diag(shrunk)).mmul(rightSingularVectors.transpose());
    const residual = Matrix.zeros(target.rows, target.columns);
    each((i, j) => residual.set(i, j, target.get(i, j) - next.get(i, j)));
    const objective = 0.5 * residual.norm() ** 2 + lambda * shrunk.reduce((sum, sigma) => sum + sigma, 0);
    const scale = Math.min(1, lambda / spectralNorm(residual));
    const inner = Matrix.mul(residual, target).sum();
    bestBound = Math.max(bestBound, scale * inner - 0.5 * scale ** 2 * residual.norm() ** 2);
    if (objective - bestBound <= 1e-8 * objective) {
      return { objective, lambda, rank: shrunk.filter((sigma) => sigma > 0).length };
    }
    const restart = objective > previous;
    const nextMomentum = restart ? 1 : (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2;
    extrapolated = restart
      ? next.clone()
      : Matrix.add(next, Matrix.sub(next, point).mul((momentum - 1) / nextMomentum));
    [point, momentum, previous] = [next, nextMomentum, objective];
  }
  throw new Error("the reference solver did not converge");
}

function spectralNorm(matrix: Matrix): number {
  return Math.max(...new SingularValueDecomposition(matrix).diagonal);
}

function expectGlobal(outcome: RunOutcome, reference: Optimum): void {
  const { result } = outcome;
  expect(result.reason).toBeTypeOf("string");
  expect([result.verdict, result.status]).toEqual(["global", "converged"]);
  expect(Math.abs(result.objective - reference.objective)).toBeLessThanOrEqual(
    RELATIVE_TOLERANCE * reference.objective,
  );
  // The reference is itself only good to 1e-8, so a proven bound may pass it by that much and no more.
  expect(result.lowerBound).toBeLessThanOrEqual(reference.objective * (1 + 1e-8));
  expect(result.rank).toBe(reference.rank);
}

describe("examples", () => {
  it("have the data that their script writes", () => {
    const script = path.resolve(examples, "../scripts/examples.mjs");
    const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("iris: global, at the closed form", async () => {
    const reference = closedForm(readCsv("iris/iris.csv"), 5);
    expect(reference.objective).toBeCloseTo(551.370044, 6);
    expectGlobal(await diagnose("iris/iris.optimality.yaml"), reference);
  });

  it("iris: the closed form gives the published values", () => {
    const rows = readCsv("iris/iris.csv");
    expect(closedForm(rows, 10).objective).toBeCloseTo(1044.974782, 6);
    expect(closedForm(rows, 20).objective).toBeCloseTo(1884.690742, 6);
  });

  it("volcano: global, at the optimum of soft-impute", async () => {
    const reference = softImpute(readCsv("volcano/volcano.csv"), 0.01);
    expect(reference.objective).toBeCloseTo(533648.765, 1);
    const outcome = await diagnose("volcano/volcano.optimality.yaml");
    expectGlobal(outcome, reference);
    expect(outcome.result.lambda).toBeCloseTo(reference.lambda, 9);
  });

  it("volcano: meets the heights that were hidden within four meters", async () => {
    const complete = readCsv("volcano/volcano-complete.csv");
    const hidden = readCsv("volcano/volcano.csv");
    const { factors } = await diagnose("volcano/volcano.optimality.yaml");
    const [u, v] = factors.values;
    let [sum, count] = [0, 0];
    for (const [i, row] of hidden.entries()) {
      for (const [j, value] of row.entries()) {
        if (!Number.isNaN(value)) continue;
        let height = 0;
        for (let k = 0; k < factors.branches; k++) {
          height += u[i * factors.branches + k] * v[j * factors.branches + k];
        }
        sum += (height - complete[i][j]) ** 2;
        count++;
      }
    }
    expect(count).toBe(2579);
    expect(Math.sqrt(sum / count)).toBeLessThan(4.01);
  });

  it("gapminder: global, at the closed form", async () => {
    const reference = closedForm(readCsv("gapminder/life-expectancy.csv"), 20);
    expect(reference.objective).toBeCloseTo(37091.194089, 5);
    expectGlobal(await diagnose("gapminder/gapminder.optimality.yaml"), reference);
  });

  it("teaching: one branch is not enough, and the evidence is a better point", async () => {
    const { result } = await diagnose("teaching/too-narrow.optimality.yaml");
    expect(result.verdict).toBe("not-global");
    expect(result.objective).toBeCloseTo(632.792034, 3);
    expect(result.evidence?.polar).toBeGreaterThan(1);
    expect(result.evidence?.objectiveAfter).toBeLessThan(result.objective);
    const codes = result.findings.map(({ code }) => code);
    expect(codes).toContain("add-zero-branch");
    expect(codes).not.toContain("certified");
  });

  it("teaching: a regularizer of another degree is refused a certificate", async () => {
    const findings = await checkFile(path.join(examples, "teaching/degree-mismatch.optimality.yaml"));
    const mismatch = findings.find(({ code }) => code === "degree-mismatch");
    expect(mismatch?.suggestions.some(({ kind }) => kind === "edit")).toBe(true);
  });
});
