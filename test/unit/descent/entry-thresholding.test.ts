/** Proximal steps on observed entries: their iterates against dense matrices, the method against the optimum, its directions. */
import { describe, expect, it } from "vitest";
import { entryIterates } from "../../../engine/src/descent/methods/entry-iterates.ts";
import { entryThresholding } from "../../../engine/src/descent/methods/entry-thresholding.ts";
import { multiplyInto } from "../../../engine/src/linalg/kernels/multiply.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import type { Triplets } from "../../../engine/src/linalg/subspace.ts";
import { directionsFrom, subspacePass, tripletsOfPass } from "../../../engine/src/linalg/subspace.ts";
import { zeroFactors } from "../../../engine/src/problem/factors.ts";
import type { Problem } from "../../../engine/src/problem/problem.ts";
import { problemOf, solve } from "../../support/problems.ts";

function sparseProblem(rows: number, columns: number, share: number, seed: number): Problem {
  const [normal, uniform] = [normalStream(seed), uniformStream(seed + 1)];
  const [u, v] = [rows, columns].map((n) => Float64Array.from({ length: 2 * n }, normal));
  const y = Float64Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    const value = u[2 * i] * v[2 * j] + u[2 * i + 1] * v[2 * j + 1] + 0.3 * normal();
    return uniform() < share ? value : Number.NaN;
  });
  return problemOf({ rows, columns, y, lambda: { kind: "relative", value: 0.2 }, search: { gap: 1e-7 } });
}

function denseOf({ count, values, left, right }: Triplets, rows: number, columns: number): Float64Array {
  const isTall = left.length === rows * count;
  const weighted = left.map((x, at) => x * values[at % count]);
  const out = new Float64Array(rows * columns);
  const [u, v] = isTall ? [weighted, right] : [right, weighted];
  multiplyInto(out, u, v, { m: rows, n: columns, k: count, transposeB: true, arithmetic: "plain" });
  return out;
}

describe("iterates that are held as triplets and entries", () => {
  it.each([
    [14, 9],
    [9, 14],
  ])("know how far a step of a %i × %i matrix is, and how curved the loss is along it", (rows, columns) => {
    const problem = sparseProblem(rows, columns, 0.35, rows);
    const { target } = problem;
    const iterates = entryIterates(problem, {
      count: 0,
      values: new Float64Array(0),
      left: new Float64Array(0),
      right: new Float64Array(0),
    });
    const lipschitz = 0.8;
    const tau = problem.lambda / lipschitz;
    let [before, now]: Float64Array[] = [new Float64Array(rows * columns), new Float64Array(rows * columns)];
    let { q, k } = directionsFrom(new Float64Array(0), 0, {
      rows: Math.min(rows, columns),
      wanted: 5,
      normal: normalStream(3),
    });
    for (const beta of [0, 0.4, 0.7, 0.2]) {
      const z = now.map((x, at) => x + beta * (x - before[at]));
      iterates.extrapolate(beta);
      iterates.step(lipschitz);
      const found = tripletsOfPass(subspacePass(iterates, q, k));
      let kept = 0;
      while (kept < found.count && found.values[kept] > problem.lambda) kept++;
      const cut = (side: Float64Array) =>
        Float64Array.from(
          { length: (side.length / found.count) * kept },
          (_, at) => side[Math.floor(at / kept) * found.count + (at % kept)],
        );
      const next: Triplets = {
        count: kept,
        values: found.values.slice(0, kept).map((value) => value / lipschitz - tau),
        left: cut(found.left),
        right: cut(found.right),
      };
      const move = iterates.move(next, tau);
      const then = denseOf(next, rows, columns);
      let [distance, seen, loss] = [0, 0, 0];
      for (let at = 0; at < then.length; at++) distance += (then[at] - z[at]) ** 2;
      for (let i = 0; i < rows; i++) {
        for (let e = target.rowStart[i]; e < target.rowStart[i + 1]; e++) {
          const at = i * columns + target.column[e];
          seen += (then[at] - z[at]) ** 2;
          loss += (then[at] - target.value[e]) ** 2 / 2;
        }
      }
      expect(kept).toBeGreaterThan(0);
      expect(move.distance).toBeCloseTo(Math.sqrt(distance), 9);
      expect(move.loss).toBeCloseTo(loss, 9);
      expect(move.curvature).toBeCloseTo(seen / distance, 9);
      iterates.accept();
      [before, now] = [now, then];
      ({ right: q, count: k } = found);
    }
  });
});

describe("thresholding of entries", () => {
  it("gets by itself to where another method proves that it is the optimum", async () => {
    for (const [rows, columns] of [
      [60, 40],
      [40, 60],
    ] as const) {
      const problem = sparseProblem(rows, columns, 0.3, 11);
      const method = entryThresholding(problem, zeroFactors(problem.sizes, 1));
      let [objective, stationarity] = [Number.POSITIVE_INFINITY, 1];
      let count = 0;
      for (; count < 400 && stationarity > 1e-9; count++) {
        const steps = method.step();
        let next = steps.next();
        while (!next.done) next = steps.next();
        expect(next.value.stuck).toBe(false);
        expect(next.value.objective).toBeLessThanOrEqual(objective);
        ({ objective, stationarity } = next.value);
      }
      const { outcome } = await solve(problemOf({ ...caseOf(problem), search: { gap: 1e-9, method: "newton" } }));
      expect(outcome.result.verdict).toBe("global");
      expect(Math.abs(objective - outcome.result.objective)).toBeLessThan(3e-9 * objective);
      expect(method.factors().branches).toBe(outcome.result.rank);
      expect(count).toBeLessThan(300);
    }
  });
});

function caseOf({ target, config }: Problem) {
  const { rows, columns, rowStart, column, value } = target;
  const y = new Float64Array(rows * columns).fill(Number.NaN);
  for (let i = 0; i < rows; i++)
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) y[i * columns + column[k]] = value[k];
  return { rows, columns, y, lambda: config.lambda };
}
