/** The bounds of the losses against values with 100 digits: upper values are not below, dual values not above. */
import { describe, expect, it } from "vitest";
import { slopesInto } from "../../../engine/src/linalg/kernels/entry-loss.ts";
import { logisticDualSums } from "../../../engine/src/linalg/kernels/logistic-dual.ts";
import { type Observed, observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import { judgeInto } from "../../../engine/src/problem/loss/judged.ts";
import { logisticLoss } from "../../../engine/src/problem/loss/logistic.ts";
import { exp, fixed, float, log, times } from "../../support/exact.ts";
import { dualPoint, LOSS_CASES, predictions, targetFor } from "../../support/loss-cases.ts";
import { exactSum } from "../../support/rational.ts";

const ONE = fixed(1);

/** a·b of any sizes, good to 2^−400. */
function exactProduct(a: number, b: number): bigint {
  const { size, factors } = exactSum([[a, b]]);
  return size >> BigInt(1074 * factors - 400);
}

/** L(x; y) for exact x. */
const VALUES: Readonly<Record<string, (x: bigint, y: number) => bigint>> = {
  squared: (x, y) => times(x - fixed(y), x - fixed(y)) / 2n,
  logistic: (x, y) => log(ONE + exp(y > 0 ? -x : x)),
  "squared-hinge": (x, y) => {
    const m = ONE - (y > 0 ? x : -x);
    return m > 0n ? times(m, m) / 2n : 0n;
  },
  poisson: (x, y) => exp(x) - times(fixed(y), x),
};

const entropy = (v: bigint) => (v > 0n ? times(v, log(v)) : 0n);

/** −L*(−q; y) for exact q. */
const DUALS: Readonly<Record<string, (q: bigint, y: number) => bigint>> = {
  squared: (q, y) => times(q, fixed(y)) - times(q, q) / 2n,
  logistic: (q, y) => {
    const p = y > 0 ? q : -q;
    return -entropy(p) - entropy(ONE - p);
  },
  "squared-hinge": (q, y) => times(q, fixed(y)) - times(q, q) / 2n,
  poisson: (q, y) => fixed(y) - q - entropy(fixed(y) - q),
  "cross-entropy": (q, y) => -entropy(fixed(y) - q),
};

/** ℓ(x + 1bᵀ), exactly. */
function exactValue(kind: string, x: Float64Array, offsets: Float64Array, target: Observed): bigint {
  const shifted = Array.from(x, (entry, k) => fixed(entry) + fixed(offsets[target.column[k]]));
  if (kind !== "cross-entropy") {
    return shifted.reduce((sum, entry, k) => sum + VALUES[kind](entry, target.value[k]), 0n);
  }
  let total = 0n;
  for (let i = 0; i < target.rows; i++) {
    let [sum, given] = [0n, 0n];
    for (let k = target.rowStart[i]; k < target.rowStart[i + 1]; k++) {
      sum += exp(shifted[k]);
      if (target.value[k] === 1) given = shifted[k];
    }
    if (sum > 0n) total += log(sum) - given;
  }
  return total;
}

const CASES = LOSS_CASES.filter(({ loss, base }) => loss.kind !== "huber" && base.label !== "2.5/2 Σ (x − y)²");

describe.each(CASES)("$name", (given) => {
  const { loss } = given;
  const shapes = [1, 2, 3, 4, 5, 6].map((seed) => ({
    rows: 1 + (seed % 4),
    columns: 1 + (seed % 3),
    seed: 10 * seed,
    masked: seed % 2 === 0,
    uniform: false,
  }));

  it.each(shapes)("value: seed $seed", (shape) => {
    const target = targetFor(given, shape);
    for (const size of [1e-3, 1, 12]) {
      const x = predictions(loss, target, shape.seed, size);
      const exact = exactValue(loss.kind, x, loss.offsets?.(x, target) ?? new Float64Array(target.columns), target);
      const judged = judgeInto(loss, new Float64Array(x.length), x, target, 0);
      const all = { value: loss.value(x, target), upper: loss.valueUpper(x, target, 0) };
      for (const { value, upper } of [all, judged]) {
        const slack = upper - float(exact);
        // An offset at which the value underflows stands for one at infinity.
        if (float(exact) > 1e-80) expect(fixed(upper) >= exact).toBe(true);
        expect(slack).toBeLessThanOrEqual(1e-11 * (1 + Math.abs(upper)));
        expect(Math.abs(value - float(exact))).toBeLessThanOrEqual(1e-13 * (1 + Math.abs(upper)));
      }
    }
  });

  it.each(shapes)("dual value: seed $seed", (shape) => {
    const target = targetFor(given, shape);
    for (const size of [1e-3, 1, 12]) {
      const w = dualPoint(loss, predictions(loss, target, shape.seed, size), target);
      for (const limit of [0.3, 1, 5]) {
        const dual = loss.dualBound(w, target, limit);
        const t = fixed(dual.scale);
        const exact = Array.from(w.value).reduce(
          (sum, q, k) => sum + DUALS[loss.kind](times(t, fixed(q)), target.value[k]),
          0n,
        );
        expect(fixed(dual.value) <= exact).toBe(true);
        expect(float(exact) - dual.value).toBeLessThanOrEqual(1e-11 * (1 + Math.abs(dual.value)));
      }
    }
  });

  // 2^511 is about 1e154, 2^996 about 1e300; powers of two keep the sums of rows and columns 0.
  it.each([511, -511, 996, -960])("dual value for w of size 2^%d", (exponent) => {
    for (const shape of shapes) {
      const target = targetFor(given, shape);
      const w = dualPoint(loss, predictions(loss, target, shape.seed), target);
      const large = { ...w, value: w.value.map((entry) => entry * 2 ** exponent) };
      for (const limit of [0.3, 1, 5]) {
        const [dual, usual] = [loss.dualBound(large, target, limit * 2 ** -exponent), loss.dualBound(w, target, limit)];
        const exact = Array.from(large.value).reduce(
          (sum, q, k) => sum + DUALS[loss.kind](exactProduct(dual.scale, q), target.value[k]),
          0n,
        );
        expect(fixed(dual.value) <= exact).toBe(true);
        expect(Math.abs(dual.value - usual.value)).toBeLessThanOrEqual(1e-11 * (1 + Math.abs(usual.value)));
      }
    }
  });
});

describe("the logistic loss by compiled formulas", () => {
  const normal = normalStream(11);
  /** Near 0, where the pieces of the formulas meet, and far out. */
  const points = Array.from({ length: 600 }, (_, k) => normal() * 10 ** ((k % 7) - 4)).concat(
    Array.from({ length: 60 }, (_, k) => (k - 30) * 0.5 * Math.LN2 * (1 + 1e-15 * normal())),
  );

  it("is off by at most 15 units at every point, as the bounds have it", () => {
    for (const x of points) {
      for (const y of [1, -1]) {
        const exact = VALUES["logistic"](fixed(x), y);
        // Of one entry the plain formulas, which agree with the compiled ones in every bit (entry-loss.test.ts).
        const value = slopesInto(Float64Array.of(x), Float64Array.of(y), [0, 1], { kind: "logistic", weight: 1 }, 0);
        expect(Math.abs(float(fixed(value) - exact))).toBeLessThanOrEqual(15 * 2 ** -53 * float(exact) + 1e-80);
      }
    }
  });

  it("is bounded from above, also where e^m underflows", () => {
    for (const x of [...points, 700, 708, 709, 745, 746, 1e4, 1e300].flatMap((x) => [x, -x])) {
      const target: Observed = {
        ...{ rows: 1, columns: 1, rowStart: Int32Array.of(0, 1), column: Int32Array.of(0) },
        value: Float64Array.of(1),
      };
      const judged = judgeInto(logisticLoss, new Float64Array(1), Float64Array.of(x), target, 0);
      if (Math.abs(x) < 150) expect(fixed(judged.upper) >= VALUES["logistic"](fixed(x), 1)).toBe(true);
      else if (x > 0) expect(judged.upper).toBeGreaterThanOrEqual(Math.exp(-x));
      else expect(judged.upper).toBeGreaterThanOrEqual(-x);
    }
  });
});

describe("the dual of the logistic loss by compiled formulas", () => {
  const random = uniformStream(5);
  const units = [0, 1, -1, 3, -3].map((k) => 1 + k * 2 ** -52);
  /** In [0, 1], near the ends, and where the logarithms of p and 1 − p change their exponents. */
  const points = [Math.SQRT1_2, 1 - Math.SQRT1_2, 0.5, 0.70710659, 0.29289341, 0.35355339, 2 ** -26]
    .flatMap((p) => units.map((unit) => p * unit))
    .concat([1, 2, 5, 20, 51, 52, 53].flatMap((k) => [2 ** -k, 3 * 2 ** -(k + 2), 1 - 2 ** -k, 1 - 3 * 2 ** -(k + 2)]))
    .concat(Array.from({ length: 200 }, () => random()))
    .concat(Array.from({ length: 60 }, (_, k) => random() * 10 ** -(k % 20)))
    .concat(Array.from({ length: 60 }, (_, k) => 1 - random() * 10 ** -(k % 17)))
    .concat([0, 1, 5e-324, 1e-310, 2 ** -1022, 3e-308, 1e-200].filter((p) => p <= 1));
  /** t w y is no float64 number, for most t. */
  const scales = [1, 1 / 3, 0.7, 3.1, 1e10 / 7];

  it("is off by at most 28 units at every point, as the bounds have it", () => {
    let farthest = 0;
    for (const [k, p] of points.entries()) {
      const scale = scales[k % scales.length];
      const y = k % 2 === 0 ? 1 : -1;
      const w = y * (p / scale) * (1 - 2 ** -51);
      const exact = DUALS["logistic"](exactProduct(scale, w), y);
      // Of one entry the plain formulas, which agree with the compiled ones in every bit (logistic-dual.test.ts).
      const { value } = logisticDualSums(Float64Array.of(w), Float64Array.of(y), scale);
      farthest = Math.max(farthest, Math.abs(float(fixed(value) - exact)) / 2 ** -53);
    }
    expect(farthest).toBeLessThanOrEqual(28);
  });

  it("is bounded from below, over several chains of sums and with products that underflow", () => {
    for (const size of [1, 1e-30, 1e-305]) {
      for (let round = 0; round < 4; round++) {
        const few = points.slice(30 * round, 30 * (round + 1)).concat([0, 5e-324, 1e-310]);
        const repeated = 150;
        const count = few.length * repeated;
        const y = Float64Array.from({ length: count }, (_, k) => (k % 2 === 0 ? 1 : -1));
        const target = observedEntries(y, count / 11, 11, () => true);
        const w = { ...target, value: y.map((label, k) => label * few[k % few.length] * size) };
        const dual = logisticLoss.dualBound(w, target, 0.999 / size);
        const exact = few.reduce(
          (sum, p) => sum + DUALS["logistic"](exactProduct(dual.scale, p * size), 1) * BigInt(repeated),
          0n,
        );
        expect(dual.value).toBeGreaterThan(0);
        expect(fixed(dual.value) <= exact).toBe(true);
        expect(float(exact) - dual.value).toBeLessThanOrEqual(1e-11 * (1 + dual.value));
      }
    }
  });
});
