/** Proximal steps on observed entries: their iterates against dense matrices, the method against the optimum, its directions. */
import { describe, expect, it } from "vitest";
import { evaluatePoint } from "../../../engine/src/certify/evaluate.ts";
import { entryIterates } from "../../../engine/src/descent/methods/entry-iterates.ts";
import { entryThresholding } from "../../../engine/src/descent/methods/entry-thresholding.ts";
import { multiplyInto } from "../../../engine/src/linalg/kernels/multiply.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import type { Triplets } from "../../../engine/src/linalg/subspace.ts";
import {
  directionsFrom,
  orthonormalTriplets,
  subspacePass,
  tripletsOfPass,
} from "../../../engine/src/linalg/subspace.ts";
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

const NOTHING: Triplets = {
  count: 0,
  values: new Float64Array(0),
  left: new Float64Array(0),
  right: new Float64Array(0),
};

/** Random triplets with orthonormal sides. */
function tripletsLike(longer: number, shorter: number, count: number, normal: () => number): Triplets {
  const side = (rows: number) => directionsFrom(new Float64Array(0), 0, { rows, wanted: count, normal }).q;
  const values = Float64Array.from({ length: count }, (_, j) => count - j);
  return { count, values, left: side(longer), right: side(shorter) };
}

describe("iterates that are held as triplets and entries", () => {
  it.each([
    [14, 9],
    [9, 14],
  ])("know how far a step of a %i × %i matrix is, and how curved the loss is along it", (rows, columns) => {
    const problem = sparseProblem(rows, columns, 0.35, rows);
    const { target } = problem;
    const iterates = entryIterates(problem, NOTHING, normalStream(2));
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
      const move = iterates.move(next);
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

describe("iterates of more columns than there are probes", () => {
  it("tell distances as closely as random directions do, also after steps that are tiny beside Φ", () => {
    const problem = sparseProblem(150, 90, 0.3, 5);
    const normal = normalStream(8);
    const iterates = entryIterates(problem, NOTHING, normalStream(2));
    const start = tripletsLike(150, 90, 6, normal);
    const change = tripletsLike(150, 90, 6, normal);
    let now = start;
    for (let time = 0; time < 2; time++) {
      iterates.extrapolate(0);
      iterates.step(1);
      iterates.move(start);
      iterates.accept();
    }
    const ratios: number[] = [];
    for (const size of [1, 1e-3, 1e-6, 1e-9]) {
      const next = { ...now, left: now.left.map((x, at) => x + size * change.left[at]) };
      iterates.extrapolate(0);
      const { distance } = iterates.move(next);
      const difference = denseOf({ ...now, left: change.left.map((x) => size * x) }, 150, 90);
      ratios.push(distance / Math.hypot(...difference));
      iterates.accept();
      now = next;
    }
    // Six equal directions: a deviation of 1/√(2 · 16 · 6/2) or so, 10 %.
    for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThan(0.3);
  });

  it("multiply by the same matrix in single precision, up to that precision", () => {
    for (const [rows, columns] of [
      [150, 90],
      [90, 150],
    ] as const) {
      const problem = sparseProblem(rows, columns, 0.3, 5);
      const normal = normalStream(8);
      const iterates = entryIterates(problem, tripletsLike(150, 90, 6, normal), normalStream(2));
      iterates.extrapolate(0.5);
      const { q, k } = directionsFrom(new Float64Array(0), 0, { rows: 90, wanted: 7, normal });
      const [exact, rough] = (["double", "single"] as const).map((precision) => {
        iterates.step(0.7, precision);
        expect(iterates.precision).toBe(precision);
        return tripletsOfPass(subspacePass(iterates, q, k));
      });
      exact.values.forEach((value, j) => {
        expect(Math.abs(rough.values[j] - value)).toBeLessThan(2e-6 * exact.values[0]);
      });
      expect(rough.values).not.toEqual(exact.values);
      const sharp = orthonormalTriplets(rough);
      for (const side of [sharp.left, sharp.right]) {
        const products = new Float64Array(k * k);
        multiplyInto(products, side, side, { m: k, n: k, k: side.length / k, transposeA: true });
        for (let at = 0; at < k * k; at++) expect(products[at]).toBeCloseTo(at % (k + 1) === 0 ? 1 : 0, 13);
      }
      const [before, after] = [rough, sharp].map((triplets) => denseOf(triplets, rows, columns));
      for (let at = 0; at < before.length; at++)
        expect(Math.abs(after[at] - before[at])).toBeLessThan(2e-6 * exact.values[0]);
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

describe("thresholding of entries from a point that is nearly there", () => {
  it("never goes back, neither above its objective nor to where λ comes down from", async () => {
    // So large a λ that one branch is left.
    const given = { ...caseOf(sparseProblem(60, 40, 0.3, 11)), lambda: { kind: "relative", value: 0.8 } as const };
    const problem = problemOf({ ...given, search: { gap: 1e-4 } });
    const { outcome } = await solve(problem);
    expect(outcome.result.verdict).toBe("global");
    expect(outcome.result.rank).toBe(1);
    const start = outcome.factors;
    const method = entryThresholding(problem, start);
    let before = outcome.result.objective * (1 + 1e-12);
    for (let count = 0; count < 10; count++) {
      const steps = method.step();
      let next = steps.next();
      while (!next.done) next = steps.next();
      expect(next.value.stationarity).toBeLessThan(0.1);
      expect(next.value.objective).toBeLessThanOrEqual(before);
      before = next.value.objective;
      expect(evaluatePoint(problem, method.factors()).objective).toBeLessThanOrEqual(before * (1 + 1e-12));
    }
  });
});

describe("single precision", () => {
  it("has done nothing to the optimum, at any scale, and is not used where float32 ends", async () => {
    for (const scale of [1, 1e-12, 1e12, 1e-30, 1e30]) {
      const base = sparseProblem(120, 80, 0.25, 3);
      const given = { ...caseOf(base), lambda: { kind: "relative", value: 0.05 } as const };
      const y = given.y.map((entry) => scale * entry);
      const problem = problemOf({ ...given, y, search: { gap: 1e-8 } });
      const { outcome } = await solve(problem);
      const newton = await solve(problemOf({ ...given, y, search: { gap: 1e-8, method: "newton" } }));
      expect(outcome.result.verdict).toBe("global");
      expect(newton.outcome.result.verdict).toBe("global");
      const [ours, theirs] = [outcome.result.objective, newton.outcome.result.objective];
      expect(Math.abs(ours - theirs)).toBeLessThan(2e-8 * theirs);
      expect(outcome.result.lowerBound).toBeLessThanOrEqual(theirs);
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
