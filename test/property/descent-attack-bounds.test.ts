/** Proven bounds under attack: interrupted at any moment, in a workspace full of rubbish, on samples of every size and sign. */
import { describe, expect, it } from "vitest";
import { quadraticBound } from "../../engine/src/certify/polar/neuron-quadratic.ts";
import { spectralPolar } from "../../engine/src/certify/polar/spectral.ts";
import { symmetricPolar } from "../../engine/src/certify/polar/symmetric.ts";
import { isFactored } from "../../engine/src/linalg/definite.ts";
import { workspaceFor } from "../../engine/src/linalg/kernels/loader.ts";
import { observedEntries } from "../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../engine/src/linalg/random.ts";
import { singularBound } from "../../engine/src/linalg/singular-bound.ts";
import { l2 } from "../../engine/src/problem/regularizer/l2.ts";
import { DATA_KINDS, dataOf } from "../support/arbitraries.ts";
import { singularValues } from "../support/jacobi-svd.ts";
import { problemOf, solve, transposed } from "../support/problems.ts";

const RUBBISH = [Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1];

/** What an earlier call may have left in the memory that kernels share. */
function litter(value: number): void {
  workspaceFor(1000)
    ?.numbers(2 ** 20)
    .fill(value, 128);
}

function wild(seed: number) {
  const uniform = uniformStream(seed);
  const side = () => 1 + Math.floor(uniform() * (uniform() < 0.2 ? 80 : 12));
  const [rows, columns] = [side(), side()];
  const kind = DATA_KINDS[seed % DATA_KINDS.length];
  const part = uniform() < 0.5 ? 1 : uniform();
  const scale = [1, 1e-90, 1e90, 1e-150][Math.floor(4 * uniform())];
  const a = dataOf(kind, rows, columns, seed).map((x) => (uniform() <= part ? x * scale : 0));
  const tall = (rows >= columns ? a : transposed(a, rows, columns)).map((x) => x / scale);
  const [sigma] = singularValues(tall, Math.max(rows, columns), Math.min(rows, columns));
  return { table: observedEntries(a, rows, columns, (k) => a[k] !== 0), sigma: sigma * scale, scale, uniform };
}

describe("sigma_1", () => {
  it("stays between its bounds wherever a search or a proof is interrupted", () => {
    for (let seed = 1; seed <= 400; seed++) {
      const { table, sigma, scale, uniform } = wild(seed);
      const last = seed % 2 === 0 ? Number.POSITIVE_INFINITY : Math.floor(40 * uniform());
      let asked = 0;
      const stopped = () => asked++ >= last;
      litter(RUBBISH[seed % RUBBISH.length]);
      const { lower, upper } = spectralPolar(table, { above: 0.9 * sigma, tolerance: 1e-6, stopped });
      asked = 0;
      const bound = singularBound(table, stopped);
      // The reference itself is good to about 1e-14.
      const slack = 1e-13 * sigma + 1e-290 * scale;
      expect(lower, `lower, seed ${seed}`).toBeLessThanOrEqual(sigma + slack);
      expect(upper, `upper, seed ${seed}`).toBeGreaterThanOrEqual(sigma - slack);
      expect(bound, `bound, seed ${seed}`).toBeGreaterThanOrEqual(sigma - slack);
    }
  });

  it("factors the same matrices, compiled or plain, whatever lies in the workspace", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const n = 20 + (seed % 37);
      const a = dataOf(DATA_KINDS[seed % DATA_KINDS.length], n, n, seed);
      const [sigma] = singularValues(a, n, n);
      const shift = [0, 1e-16, 1e-14, 1e-12, -1e-14][seed % 5];
      const rowInto = (out: Float64Array, at: number, i: number) => {
        for (let j = 0; j <= i; j++) {
          let sum = 0;
          for (let k = 0; k < n; k++) sum += a[i * n + k] * a[j * n + k];
          out[at + j] = sum;
        }
      };
      litter(RUBBISH[seed % RUBBISH.length]);
      const level = sigma ** 2 * (1 + shift);
      const compiled = isFactored(level, { n, rowInto });
      expect(compiled, `seed ${seed}`).toBe(isFactored(level, { n, rowInto }, { arithmetic: "plain" }));
    }
  });
});

describe("the quadratic above a neuron's polar", () => {
  it("lies above it at every direction, for samples and weights of any size, doubled, or zero", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const [uniform, normal] = [uniformStream(seed), normalStream(seed + 1)];
      const [samples, features] = [1 + Math.floor(12 * uniform()), 1 + Math.floor(5 * uniform())];
      const sizes = Float64Array.from({ length: samples }, () => (uniform() < 0.2 ? 10 ** (-250 * uniform()) : 1));
      const data = dataOf(DATA_KINDS[seed % DATA_KINDS.length], samples, features, seed);
      const most = Math.max(1, ...data.map(Math.abs));
      const v = data.map((x, k) => (x / most) * sizes[Math.floor(k / features)]);
      const w = Float64Array.from({ length: samples }, () => {
        const size = [1, 1, 0, 1e-200, 1e-9][Math.floor(5 * uniform())];
        return Math.max(-1, Math.min(1, normal())) * size;
      });
      const bound = quadraticBound(w, v);
      const own = (n: number, sign: number) => v.slice(n * features, (n + 1) * features).map((x) => sign * x);
      const directions = [
        ...Array.from({ length: 200 }, () => Float64Array.from({ length: features }, normal)),
        ...Array.from({ length: samples }, (_, n) => [own(n, 1), own(n, -1)]).flat(),
      ];
      for (const u of directions) {
        const length = Math.hypot(...u);
        if (!(length > 1e-140)) continue;
        let sum = 0;
        for (let n = 0; n < samples; n++) {
          let reach = 0;
          for (let j = 0; j < features; j++) reach += v[n * features + j] * (u[j] / length);
          if (reach > 0) sum += w[n] * reach;
        }
        expect(bound, `seed ${seed}`).toBeGreaterThanOrEqual(sum * (1 - 1e-14));
      }
    }
  });
});

describe("a negative semidefinite target", () => {
  it("has a symmetric polar of 0, without a direction that is rounding", () => {
    for (let n = 1; n <= 30; n++) {
      const y = new Float64Array(n * n).fill(-0.6427114947900813);
      const found = symmetricPolar(
        observedEntries(y, n, n, () => true),
        l2,
        { above: 0, stopped: () => false },
      );
      expect(found.lower).toBe(0);
      expect(found.branches).toEqual([]);
      expect(found.upper).toBeLessThan(1e-11);
    }
  });

  it("is best left alone, which is proven", async () => {
    const y = new Float64Array(64).fill(-0.6427114947900813);
    const problem = problemOf({ rows: 8, columns: 8, y, norms: ["l2"], config: { mapping: { kind: "symmetric" } } });
    const { result } = (await solve(problem)).outcome;
    expect([result.verdict, result.rank]).toEqual(["global", 0]);
  });
});
