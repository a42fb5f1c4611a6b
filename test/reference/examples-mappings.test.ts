/** The examples with other mappings, norms and observations, against solvers that share no code with the engine. */
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { diagnose, readCsv, readNpy } from "../support/examples.ts";
import { nuclearOptimum } from "../support/jacobi-svd.ts";
import { expectClose } from "../support/problems.ts";
import { euclidean, nonnegative, rankOneDescent, withOnes } from "../support/rank-one-descent.ts";

function singularValues(matrix: Matrix): number[] {
  return new SingularValueDecomposition(matrix, { autoTranspose: true }).diagonal;
}

interface Sensing {
  /** A_k, row-major. */
  readonly matrices: readonly Float64Array[];
  readonly y: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** Over positive semidefinite matrices, where the nuclear norm is the trace. */
  readonly semidefinite: boolean;
}

function sensed({ matrices }: Sensing, x: Matrix): number[] {
  const flat = x.to1DArray();
  return matrices.map((a) => a.reduce((sum, e, at) => sum + e * flat[at], 0));
}

function adjoint({ matrices, rows, columns }: Sensing, w: readonly number[]): Matrix {
  const out = new Float64Array(rows * columns);
  matrices.forEach((a, k) => {
    for (let at = 0; at < out.length; at++) out[at] += w[k] * a[at];
  });
  return Matrix.from1DArray(rows, columns, out);
}

/** Largest singular value, of semidefinite problems largest eigenvalue. */
function polar({ semidefinite }: Sensing, z: Matrix): number {
  return Math.max(...(semidefinite ? new EigenvalueDecomposition(z).realEigenvalues : singularValues(z)));
}

/** argmin ½‖X − Z‖² + price·‖X‖_*, and its nuclear norm. */
function shrunk({ semidefinite }: Sensing, z: Matrix, price: number): { readonly x: Matrix; readonly nuclear: number } {
  const lower = (values: number[]) => values.map((value) => Math.max(0, value - price));
  const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  if (semidefinite) {
    const { realEigenvalues, eigenvectorMatrix: q } = new EigenvalueDecomposition(z, { assumeSymmetric: true });
    const values = lower(realEigenvalues);
    return { x: q.mmul(Matrix.diag(values)).mmul(q.transpose()), nuclear: total(values) };
  }
  const { leftSingularVectors, rightSingularVectors, diagonal } = new SingularValueDecomposition(z);
  const values = lower(diagonal);
  const x = leftSingularVectors.mmul(Matrix.diag(values)).mmul(rightSingularVectors.transpose());
  return { x, nuclear: total(values) };
}

/** min ½‖A(X) − y‖² + λ‖X‖_* by FISTA with restarts, until its own duality gap is below 1e-8 relative. */
function proximalGradient(problem: Sensing, lambda: number): { readonly objective: number; readonly x: Matrix } {
  const { y, rows, columns } = problem;
  const steepness = singularValues(new Matrix(problem.matrices.map((a) => [...a])))[0] ** 2;
  let [point, ahead] = [Matrix.zeros(rows, columns), Matrix.zeros(rows, columns)];
  let [momentum, previous] = [1, Number.POSITIVE_INFINITY];
  for (let step = 0; step < 4000; step++) {
    const error = sensed(problem, ahead).map((value, k) => y[k] - value);
    const moved = Matrix.add(ahead, adjoint(problem, error).div(steepness));
    const { x, nuclear } = shrunk(problem, moved, lambda / steepness);
    const residual = sensed(problem, x).map((value, k) => y[k] - value);
    const square = residual.reduce((sum, r) => sum + r * r, 0);
    const objective = 0.5 * square + lambda * nuclear;
    if (step % 20 === 0) {
      const t = Math.min(1, lambda / polar(problem, adjoint(problem, residual)));
      const bound = t * residual.reduce((sum, r, k) => sum + r * y[k], 0) - 0.5 * t * t * square;
      if (objective - bound <= 1e-8 * objective) return { objective, x };
    }
    const restart = objective > previous;
    const next = restart ? 1 : (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2;
    ahead = restart ? x.clone() : Matrix.add(x, Matrix.sub(x, point).mul((momentum - 1) / next));
    [point, momentum, previous] = [x, next, objective];
  }
  throw new Error("the reference solver did not converge");
}

describe("examples with data.sensing", () => {
  it("matrix sensing: global, at the optimum of proximal gradient, near the planted matrix", async () => {
    const [count, rows, columns] = [140, 16, 12];
    const all = readNpy("matrix-sensing/matrices.npy");
    const size = rows * columns;
    const matrices = Array.from({ length: count }, (_, k) => all.subarray(k * size, (k + 1) * size));
    const y = readCsv("matrix-sensing/measurements.csv").flat();
    const problem = { matrices, y, rows, columns, semidefinite: false };
    const { result, factors } = await diagnose("matrix-sensing/matrix-sensing.optimality.yaml");
    expectClose(result.objective, 3482.22908, 1e-6);
    expectClose(result.lambdaMax, polar(problem, adjoint(problem, y)), 1e-9);
    const reference = proximalGradient(problem, result.lambda);
    expect([result.verdict, result.status]).toEqual(["global", "converged"]);
    expectClose(result.objective, reference.objective, 1e-6);
    expect(result.lowerBound).toBeLessThanOrEqual(reference.objective);
    const [u, v] = factors.values.map((values, k) => Matrix.from1DArray([rows, columns][k], factors.branches, values));
    const planted = new Matrix(readCsv("matrix-sensing/planted.csv"));
    expect(Matrix.sub(u.mmul(v.transpose()), planted).norm() / planted.norm()).toBeLessThan(0.08);
  });

  it("phase retrieval: global, at the optimum over semidefinite matrices, and the signal is there up to its sign", async () => {
    const vectors = readCsv("phase-retrieval/vectors.csv");
    const matrices = vectors.map((a) => Float64Array.from(a.flatMap((p) => a.map((q) => p * q))));
    const y = readCsv("phase-retrieval/squares.csv").flat();
    const d = vectors[0].length;
    const problem = { matrices, y, rows: d, columns: d, semidefinite: true };
    const { result, factors } = await diagnose("phase-retrieval/phase-retrieval.optimality.yaml");
    expectClose(result.objective, 95205.2038, 1e-6);
    expectClose(result.lambdaMax, polar(problem, adjoint(problem, y)), 1e-9);
    const reference = proximalGradient(problem, result.lambda);
    expect([result.verdict, result.status]).toEqual(["global", "converged"]);
    expectClose(result.objective, reference.objective, 1e-6);
    expect(result.lowerBound).toBeLessThanOrEqual(reference.objective);
    const largest = result.branches.reduce((best, branch) => (branch.regularizer > best.regularizer ? branch : best));
    const signal = readCsv("phase-retrieval/signal.csv").flat();
    const found = signal.map((_, i) => factors.values[0][i * factors.branches + largest.index]);
    const sign = Math.sign(found[0] * signal[0]);
    expect(Math.max(...signal.map((x, i) => Math.abs(sign * found[i] - x)))).toBeLessThan(0.1);
  });
});

describe("examples with nonnegative factors, sparse factors and tensors", () => {
  it("one image: proven with the nuclear norm, which no nonnegative factorization can go below", async () => {
    const sigma = singularValues(new Matrix(readCsv("nmf/digits.csv")));
    const { result, factors } = await diagnose("nmf/one-image.optimality.yaml");
    expectClose(result.lambda, 0.4 * sigma[0], 1e-9);
    expect([result.verdict, result.status, result.rank]).toEqual(["global", "converged", 1]);
    expectClose(result.objective, nuclearOptimum(sigma, result.lambda), 1e-9);
    expectClose(result.objective, 136.010921, 1e-8);
    expect(factors.values.every((values) => values.every((x) => x >= 0))).toBe(true);
  });

  it("nmf: three images within a thousandth of the optimum, and alternating least squares from other starts ends there too", async () => {
    const y = Float64Array.from(readCsv("nmf/digits.csv").flat());
    const { result, factors } = await diagnose("nmf/nmf.optimality.yaml");
    expectClose(result.objective, 123.2161, 1e-4);
    const options = { branches: 6, starts: 2, sweeps: 300 };
    const reference = rankOneDescent(y, [20, 196], [nonnegative, nonnegative], result.lambda, options);
    expect([result.verdict, result.status, result.rank]).toEqual(["global", "converged", 3]);
    expect(result.gap?.relative).toBeLessThanOrEqual(1e-3);
    expect(result.lowerBound).toBeLessThanOrEqual(reference);
    expectClose(result.objective, reference, 1e-4);
    expect(factors.values.every((values) => values.every((x) => x >= 0))).toBe(true);
  });

  it("sparse dictionary: at the optimum of alternating least squares, half of the dictionary zero, proven within 5 %", async () => {
    const y = Float64Array.from(readCsv("sparse-dictionary/employment.csv").flat());
    const { result, factors } = await diagnose("sparse-dictionary/sparse-dictionary.optimality.yaml");
    expectClose(result.objective, 513.541382, 1e-6);
    const options = { branches: 15, starts: 1, sweeps: 300 };
    const reference = rankOneDescent(y, [120, 15], [euclidean, withOnes(0.3)], result.lambda, options);
    expect(result.verdict).toBe("undecided");
    expectClose(result.objective, reference, 1e-6);
    expect(result.lowerBound).toBeLessThanOrEqual(reference);
    expect(result.lowerBound).toBeGreaterThan(0.95 * reference);
    expect(result.findings.map(({ code }) => code)).toContain("polar-open");
    const dictionary = factors.values[1];
    expect(dictionary.filter((x) => x === 0).length).toBeGreaterThan(0.4 * dictionary.length);
  });

  it("barley: global by a cover of the years, at the optimum of alternating least squares", async () => {
    const { result } = await diagnose("barley/barley.optimality.yaml");
    expectClose(result.objective, 4818.22284, 1e-6);
    const options = { branches: 8, starts: 3, sweeps: 500 };
    const slices = [euclidean, euclidean, euclidean];
    const reference = rankOneDescent(readNpy("barley/yields.npy"), [10, 6, 2], slices, result.lambda, options);
    expect([result.verdict, result.status]).toEqual(["global", "converged"]);
    expect(result.polar?.method).toMatch(/^cover/);
    expectClose(result.objective, reference, 1e-6);
    expect(result.lowerBound).toBeLessThanOrEqual(reference);
  });

  it("barley by year: ℓ1 on the years is a nuclear norm in each of them", async () => {
    const yields = readNpy("barley/yields.npy");
    const years = [0, 1].map((year) => {
      const table = Array.from({ length: 60 }, (_, at) => yields[2 * at + year]);
      return singularValues(Matrix.from1DArray(10, 6, table));
    });
    const { result } = await diagnose("barley/by-year.optimality.yaml");
    expectClose(result.objective, 3995.479284, 1e-6);
    expectClose(result.lambda, 0.3 * Math.max(...years.flat()), 1e-9);
    expect([result.verdict, result.status]).toEqual(["global", "converged"]);
    const optimum = years.reduce((sum, sigma) => sum + nuclearOptimum(sigma, result.lambda), 0);
    expectClose(result.objective, optimum, 1e-6);
    expect(result.lowerBound).toBeLessThanOrEqual(optimum);
  });
});
