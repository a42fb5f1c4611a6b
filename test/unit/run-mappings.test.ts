/** Whole runs of every mapping against optima known by other means, and points judged as they are. */
import { describe, expect, it } from "vitest";
import type { LossConfig } from "../../engine/src/config/config.ts";
import type { NumericArray } from "../../engine/src/data/array.ts";
import type { RunResult } from "../../engine/src/events.ts";
import type { RunOutcome } from "../../engine/src/run.ts";
import { nuclearOptimum, singularValues } from "../support/jacobi-svd.ts";
import type { MappingName, Setting, Stated } from "../support/mapping-cases.ts";
import { charge, custom, mappingCase, PLAIN, problemFrom, state } from "../support/mapping-cases.ts";
import { expectClose, solve } from "../support/problems.ts";

const SQUARED: LossConfig = { kind: "squared", weight: 1 };
const SIZES = { rows: 6, columns: 4, depth: 3 };
/** Objectives are good to the square of what a gap resolves: 1e-9 and better. */
const TIGHT = { search: { gap: 1e-7 } };

const outcomeOf = async (given: Stated): Promise<RunOutcome> => (await solve(problemFrom(given))).outcome;
const resultOf = async (given: Stated): Promise<RunResult> => (await outcomeOf(given)).result;

const stated = (name: MappingName, setting: Partial<Setting> = {}, more: Parameters<typeof state>[3] = {}): Stated =>
  state(mappingCase(name, SIZES), { loss: SQUARED, seed: 3, ...setting }, PLAIN, { ...TIGHT, ...more });

function expectOptimum({ verdict, objective, lowerBound }: RunResult, optimum: number, relative = 1e-8): void {
  expect(verdict).toBe("global");
  expectClose(objective, optimum, relative);
  expect(lowerBound).toBeLessThanOrEqual(optimum * (1 + 1e-12));
}

describe("start.checkpoint with no iteration to spend", () => {
  const still = { gap: 1e-6, grow: false, maxIterations: 0 };

  it.each([
    ["symmetric", { masked: true }, {}],
    ["symmetric, sensing", { loss: { kind: "huber", delta: 0.7 } }, {}],
    ["matrix, sensing", { intercept: true }, {}],
    ["cp of 3", {}, { charged: charge("product", [{ norm: "l1" }, { norm: "l2" }, { norm: "l2" }]) }],
    ["neuron, one output", {}, { depth: 2 }],
  ] as const)("%s: the optimum found is certified again, a nudged one is not global", async (name, setting, given) => {
    const of = mappingCase(name, { ...SIZES, ...("depth" in given ? { depth: given.depth } : {}) });
    const charged = "charged" in given ? given.charged : PLAIN;
    const point = { loss: SQUARED, seed: 3, ...setting };
    const { result, factors, problem } = await outcomeOf(state(of, point, charged));
    expect(result.verdict).toBe("global");
    expect(result.rank).toBeGreaterThan(0);
    const judge = async (scale: number): Promise<RunResult> => {
      const at = state(of, point, charged, { start: { kind: "checkpoint", file: "w.npz" }, search: still });
      const checkpoint = factors.values.map(
        (values, k): NumericArray => ({
          shape: [...problem.mapping.factors[k].shape, factors.branches],
          data: values.map((x) => scale * x),
        }),
      );
      return resultOf({ ...at, arrays: { ...at.arrays, checkpoint } });
    };
    const same = await judge(1);
    expect(same).toMatchObject({ verdict: "global", iterations: 0, rank: result.rank });
    expect(same.objective).toBe(result.objective);
    const moved = await judge(1.02);
    expect(moved.verdict).not.toBe("global");
    expect(moved.iterations).toBe(0);
    expect(moved.objective).toBeGreaterThan(result.objective);
    expect(moved.lowerBound).toBeLessThanOrEqual(result.objective);
  });
});

/** Eigenvalues of a symmetric n × n matrix by cyclic Jacobi rotations. */
function eigenvalues(given: Float64Array, n: number): number[] {
  const a = given.slice();
  for (let sweep = 0; sweep < 40; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (a[p * n + q] === 0) continue;
        const theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        for (const [at, step] of [
          [p, 1],
          [p * n, n],
        ] as const) {
          // Columns p and q first, then rows.
          const from = step === 1 ? n : 1;
          const other = step === 1 ? q : q * n;
          for (let i = 0; i < n; i++) {
            const [x, y] = [a[at + i * from], a[other + i * from]];
            a[at + i * from] = c * (x - t * y);
            a[other + i * from] = c * (y + t * x);
          }
        }
      }
    }
  }
  return Array.from({ length: n }, (_, i) => a[i * n + i]);
}

describe("symmetric", () => {
  it("ℓ2, squared, every entry: max(λ_i − λ, 0) of the eigenvalues of the symmetric part", async () => {
    for (const seed of [1, 2, 3]) {
      const given = stated("symmetric", { seed });
      const { data } = given.arrays.target;
      const n = SIZES.rows;
      const symmetric = data.map((y, k) => (y + data[(k % n) * n + Math.floor(k / n)]) / 2);
      const skew = data.reduce((sum, y, k) => sum + (y - symmetric[k]) ** 2, 0) / 2;
      const result = await resultOf(given);
      const { lambda } = result;
      const kept = eigenvalues(symmetric, n).reduce(
        (sum, e) => sum + (e > lambda ? lambda * e - lambda ** 2 / 2 : (e * e) / 2),
        skew,
      );
      expectOptimum(result, kept);
      expect(result.rank).toBe(eigenvalues(symmetric, n).filter((e) => e > lambda).length);
    }
  });

  it.each([
    ["symmetric", { masked: true }],
    ["symmetric", { intercept: true }],
    ["symmetric", { masked: true, intercept: true, outliers: 0.3 }],
    ["symmetric", { loss: { kind: "logistic" }, masked: true }],
    ["symmetric", { loss: { kind: "cross-entropy" }, intercept: true }],
    ["symmetric, sensing", { loss: { kind: "squared-hinge" } }],
    ["symmetric, rank-one sensing", {}],
    ["matrix, sensing", { intercept: true }],
    ["matrix, rank-one sensing", { outliers: 0.3 }],
  ] as const)("%s %j: two methods reach the same optimum", async (name, setting) => {
    const [smooth, proximal] = await Promise.all(
      (["bfgs", "prox-gradient"] as const).map((method) => resultOf(stated(name, setting, { search: { method } }))),
    );
    expect(smooth.verdict).toBe("global");
    expect(proximal.verdict).toBe("global");
    expectClose(smooth.objective, proximal.objective, 1e-7);
  });
});

/** Row-major rows × columns, tall enough for `singularValues`. */
function nuclear(y: Float64Array, rows: number, columns: number, lambda: number): number {
  return nuclearOptimum(singularValues(y, rows, columns), lambda);
}

function centered(y: Float64Array, columns: number): Float64Array {
  const rows = y.length / columns;
  const means = Array.from({ length: columns }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += y[i * columns + j];
    return sum / rows;
  });
  return y.map((entry, k) => entry - means[k % columns]);
}

describe("matrix", () => {
  it("with an intercept is the plain problem on centered columns", async () => {
    for (const seed of [1, 2, 3]) {
      const given = stated("matrix", { seed, intercept: true });
      const result = await resultOf(given);
      const y = centered(given.arrays.target.data, SIZES.columns);
      expectOptimum(result, nuclear(y, SIZES.rows, SIZES.columns, result.lambda));
      expectClose(result.lambdaMax, singularValues(y, SIZES.rows, SIZES.columns)[0], 1e-9);
    }
  });

  it.each(["newton", "bfgs", "prox-gradient"] as const)(
    "a‖u‖² + b‖v‖² is 2√(ab) times the nuclear norm, by %s",
    async (method) => {
      for (const [a, b] of [
        [0.3, 1.25],
        [2, 2],
      ] as const) {
        const terms = [a, b].map((scale, factor) => ({
          scale,
          of: { power: { norm: "l2" as const, factor }, exponent: 2 },
        }));
        const search = { gap: 1e-7, method };
        const given = state(mappingCase("matrix", SIZES), { loss: SQUARED, seed: 3 }, custom({ sum: terms }), {
          search,
        });
        const result = await resultOf(given);
        const price = 2 * Math.sqrt(a * b) * result.lambda;
        expectOptimum(result, nuclear(given.arrays.target.data, SIZES.rows, SIZES.columns, price));
      }
    },
  );

  it("sensing every entry once is the plain problem", async () => {
    const { rows, columns } = SIZES;
    const plain = stated("matrix");
    const count = rows * columns;
    const identity = Float64Array.from({ length: count * count }, (_, k) => (k % (count + 1) === 0 ? 1 : 0));
    const config = { ...plain.config, data: { ...plain.config.data, sensing: "a.npy" } };
    const target = { shape: [count], data: plain.arrays.target.data };
    const sensed = await resultOf({
      ...plain,
      config,
      arrays: { ...plain.arrays, target, sensing: { shape: [count, rows, columns], data: identity } },
    });
    expectOptimum(sensed, nuclear(target.data, rows, columns, sensed.lambda));
  });
});

describe("cp", () => {
  it.each([{}, { masked: true }, { intercept: true }, { loss: { kind: "logistic" } as const }, { outliers: 0.3 }])(
    "of two axes is the matrix: %j",
    async (setting) => {
      const matrix = await resultOf(stated("matrix", setting));
      const cp = await resultOf(stated("cp of 2", setting));
      expect(cp.verdict).toBe("global");
      expectClose(cp.lambdaMax, matrix.lambdaMax, 1e-12);
      expectClose(cp.objective, matrix.objective, 1e-9);
    },
  );

  it("with an axis of length 1 is the matrix of the others", async () => {
    const { rows, columns } = SIZES;
    const matrix = stated("matrix");
    const cp = stated("cp of 2");
    const target = { shape: [rows, 1, columns], data: matrix.arrays.target.data };
    const result = await resultOf({ ...cp, arrays: { ...cp.arrays, target } });
    expectOptimum(result, nuclear(target.data, rows, columns, result.lambda));
  });

  it("with ℓ1 on every axis shrinks every entry alone", async () => {
    const of = mappingCase("cp of 3", { rows: 3, columns: 3, depth: 2 });
    const norms = charge("product", [{ norm: "l1" }, { norm: "l1" }, { norm: "l1" }]);
    const given = state(of, { loss: SQUARED, seed: 4 }, norms, TIGHT);
    const result = await resultOf(given);
    const sizes = [...given.arrays.target.data].map(Math.abs);
    expectOptimum(result, nuclearOptimum(sizes, result.lambda));
    expectClose(result.lambdaMax, Math.max(...sizes), 1e-12);
  });
});

/** A row-major m × k times B row-major k × n. */
function times(a: Float64Array, b: Float64Array, k: number): Float64Array {
  const [m, n] = [a.length / k, b.length / k];
  return Float64Array.from({ length: m * n }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += a[Math.floor(at / n) * k + i] * b[i * n + (at % n)];
    return sum;
  });
}

function turned(a: Float64Array, columns: number): Float64Array {
  const rows = a.length / columns;
  return Float64Array.from(a, (_, k) => a[(k % rows) * columns + Math.floor(k / rows)]);
}

/**
 * min over B (features × outputs) of ½‖Y − V B‖² + λ‖B‖ by accelerated proximal gradient, for a norm that is a function of
 * singular values (nuclear) or of the entries as a whole (Frobenius). Returns its objective and its own Fenchel bound: with
 * R = Y − V B scaled so that the dual norm of VᵀR is at most λ, ½‖Y‖² − ½‖Y − R‖².
 */
function regression(
  v: Float64Array,
  y: Float64Array,
  {
    features,
    outputs,
    lambda,
    kind,
  }: { features: number; outputs: number; lambda: number; kind: "nuclear" | "frobenius" },
): { readonly objective: number; readonly bound: number } {
  const values = (a: Float64Array) =>
    kind === "frobenius"
      ? [Math.hypot(...a)]
      : singularValues(
          features >= outputs ? a : turned(a, outputs),
          Math.max(features, outputs),
          Math.min(features, outputs),
        );
  const vt = turned(v, features);
  const step = 1 / singularValues(v, v.length / features, features)[0] ** 2;
  const prox = (a: Float64Array, t: number): Float64Array => {
    if (kind === "frobenius") {
      const size = Math.hypot(...a);
      return a.map((x) => (size > t ? x * (1 - t / size) : 0));
    }
    // A − P with P the projection on the spectral ball: by eigenvectors of AᵀA.
    return shrunkSingular(a, outputs, t);
  };
  let b: Float64Array = new Float64Array(features * outputs);
  let ahead = b;
  let momentum = 1;
  for (let k = 0; k < 20_000; k++) {
    const residual = times(v, ahead, features).map((x, i) => y[i] - x);
    const gradient = times(vt, residual, v.length / features);
    const next = prox(
      ahead.map((x, i) => x + step * gradient[i]),
      step * lambda,
    );
    const grown = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const turn = next.reduce((sum, x, i) => sum + (ahead[i] - x) * (x - b[i]), 0) > 0;
    const share = turn ? 0 : (momentum - 1) / grown;
    ahead = next.map((x, i) => x + share * (x - b[i]));
    momentum = turn ? 1 : grown;
    const moved = Math.hypot(...next.map((x, i) => x - b[i]));
    b = next;
    if (k > 50 && moved <= 1e-15 * Math.hypot(...b)) break;
  }
  const residual = times(v, b, features).map((x, i) => y[i] - x);
  const norm = values(b).reduce((sum, s) => sum + s, 0);
  const dual = Math.max(...values(times(vt, residual, v.length / features)));
  const scaled = residual.map((x) => x * Math.min(1, lambda / dual));
  const half = (a: Float64Array) => a.reduce((sum, x) => sum + (x * x) / 2, 0);
  return { objective: half(residual) + lambda * norm, bound: half(y) - half(scaled.map((x, i) => y[i] - x)) };
}

/** U max(S − t, 0) Vᵀ by one-sided Jacobi rotations of the columns, which end as the columns of U S. */
function shrunkSingular(a: Float64Array, columns: number, t: number): Float64Array {
  const rows = a.length / columns;
  const left = Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, (_, i) => a[i * columns + j]),
  );
  const right = Array.from({ length: columns }, (_, j) => new Float64Array(columns).fill(1, j, j + 1));
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, e, i) => sum + e * y[i], 0);
  for (let sweep = 0; sweep < 30; sweep++) {
    let rotated = false;
    for (let p = 0; p < columns; p++) {
      for (let q = p + 1; q < columns; q++) {
        const [alpha, beta, gamma] = [dot(left[p], left[p]), dot(left[q], left[q]), dot(left[p], left[q])];
        if (Math.abs(gamma) <= 1e-16 * Math.sqrt(alpha * beta)) continue;
        rotated = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const tangent = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.hypot(1, tangent);
        for (const side of [left, right]) {
          const [x, y] = [side[p], side[q]];
          side[p] = x.map((e, i) => c * (e - tangent * y[i]));
          side[q] = y.map((e, i) => c * (e + tangent * x[i]));
        }
      }
    }
    if (!rotated) break;
  }
  const out = new Float64Array(a.length);
  left.forEach((x, j) => {
    const s = Math.sqrt(dot(x, x));
    if (s <= t) return;
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < columns; k++) out[i * columns + k] += (1 - t / s) * x[i] * right[j][k];
  });
  return out;
}

describe("networks without a kink", () => {
  it.each([
    ["linear network", "nuclear"],
    ["one layer", "frobenius"],
  ] as const)("%s: regression with the %s norm of the weights as a whole", async (name, kind) => {
    for (const seed of [1, 2]) {
      const given = stated(name, { seed }, { search: { gap: 1e-6 } });
      const result = await resultOf(given);
      const input = given.arrays.input?.data ?? new Float64Array(0);
      const { lambda } = result;
      const reference = regression(input, given.arrays.target.data, {
        features: SIZES.depth,
        outputs: SIZES.columns,
        lambda,
        kind,
      });
      expectClose(reference.objective, reference.bound, 1e-10);
      expectClose(result.objective, reference.objective, 1e-6);
      expect(result.lowerBound).toBeLessThanOrEqual(reference.objective);
      expect(["global", "undecided"]).toContain(result.verdict);
    }
  });
});
