/** All activation patterns of inputs that span up to three dimensions, against brute force. */
import { describe, expect, it } from "vitest";
import { neuronPolar } from "../../../engine/src/certify/polar/neuron.ts";
import { enumerateCells } from "../../../engine/src/certify/polar/neuron-cells.ts";
import { samplesOf } from "../../../engine/src/certify/polar/neuron-samples.ts";
import type { PolarOptions, PolarResult } from "../../../engine/src/certify/polar/polar.ts";
import { rowSpace } from "../../../engine/src/certify/polar/row-space.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import { powerOfTwoAbove } from "../../../engine/src/linalg/rounding.ts";
import { neuronNetwork, productOfLengths } from "../../support/networks.ts";
import type { NeuronCase } from "../../support/neurons.ts";
import { bestOfPatterns, bestOfRandom, gaussianNeuron, neuronValue } from "../../support/neurons.ts";

const OPTIONS: PolarOptions = { above: Number.POSITIVE_INFINITY, stopped: () => false };

function polarOf({ v, features, w }: NeuronCase, options: Partial<PolarOptions> = {}): PolarResult {
  const mapping = neuronNetwork(v, features, w.length / (v.length / features));
  return neuronPolar(mapping, productOfLengths(mapping))(w, { ...OPTIONS, ...options });
}

/** The bound of the enumeration alone. */
function enumerated({ v, features, w }: NeuronCase): number {
  const samples = v.length / features;
  const outputs = w.length / samples;
  const [vScale, wScale] = [powerOfTwoAbove(v), powerOfTwoAbove(w)];
  const table = observedEntries(
    w.map((x) => x / wScale),
    samples,
    outputs,
    () => true,
  );
  const space = rowSpace(
    v.map((x) => x / vScale),
    features,
    10,
  );
  const scaled = samplesOf(space, table);
  const found = enumerateCells(scaled.samples, () => false);
  return found === undefined ? Number.POSITIVE_INFINITY : scaled.bounded(found.upper) * vScale * wScale;
}

function expectExact(given: NeuronCase, best: number): void {
  const total = given.w.reduce((sum, x) => sum + Math.abs(x), 0) * Math.hypot(...given.v);
  const upper = enumerated(given);
  expect(upper).toBeGreaterThanOrEqual(best * (1 - 1e-14));
  expect(upper).toBeLessThanOrEqual(best * (1 + 1e-8) + 1e-10 * total);
}

describe("activation patterns in three dimensions, one output", () => {
  it("hold the maximum that brute force finds, on Gaussian data", () => {
    for (let seed = 1; seed <= 25; seed++) {
      const given = gaussianNeuron(1 + ((seed * 5) % 17), 3, 1, seed);
      expectExact(given, bestOfPatterns(given));
    }
  });

  it("hold it where many planes meet in one line, coincide, or vanish", () => {
    const uniform = uniformStream(5);
    const whole = (most: number) => Math.round((2 * uniform() - 1) * most);
    for (let trial = 0; trial < 36; trial++) {
      const samples = 1 + (trial % 12);
      const v = Float64Array.from({ length: 3 * samples }, () => whole(1 + (trial % 3)));
      if (v.every((x) => x === 0)) continue;
      const w = Float64Array.from({ length: samples }, () => (trial % 4 === 0 ? 1 + uniform() : whole(3)));
      if (w.every((x) => x === 0)) continue;
      const given = { v, features: 3, w };
      const best = bestOfPatterns(given);
      expectExact(given, best);
      const polar = polarOf(given);
      expect(polar.lower).toBeLessThanOrEqual(polar.upper);
      expect(polar.upper).toBeGreaterThanOrEqual(best * (1 - 1e-14));
    }
  });

  it("hold it where planes are parallel up to rounding, or to a millionth", () => {
    const normal = normalStream(9);
    for (const tilt of [0, 1e-16, 1e-13, 1e-9, 1e-7, 1e-6, 1e-5, 1e-3]) {
      const base = Array.from({ length: 5 }, () => [normal(), normal(), normal()]);
      const rows = base.flatMap((row) => [
        row,
        row.map((x) => -1.5 * x + tilt * normal()),
        row.map((x) => 2 * x + tilt * normal()),
      ]);
      const given = {
        v: Float64Array.from(rows.flat()),
        features: 3,
        w: Float64Array.from(rows, normal),
      };
      const best = Math.max(bestOfPatterns(given), bestOfRandom(given, 20000, 3));
      expectExact(given, best);
    }
  });

  it("hold it for weights of one sign, where maxima are inside of cells", () => {
    for (const sign of [1, -1]) {
      const plain = gaussianNeuron(14, 3, 1, 77);
      const given = { ...plain, w: plain.w.map((x) => sign * Math.abs(x)) };
      expectExact(given, bestOfPatterns(given));
    }
  });

  it("are below no value of a hundred thousand random directions", () => {
    const given = gaussianNeuron(60, 3, 1, 5);
    const polar = polarOf(given);
    expect(polar.upper).toBeGreaterThanOrEqual(bestOfRandom(given, 100_000, 1));
    expect(polar.upper / polar.lower - 1).toBeLessThan(1e-9);
    expect(polar).toMatchObject({ kind: "exact", witness: { kind: "cells" }, method: "all activation patterns" });
    expect(polar.why).toContain("3 dimensions");
    expect(polar.work).toBeGreaterThan(60 * 59);
    const [best] = polar.branches;
    expect(Math.abs(neuronValue(given, best.factors[0]) / polar.lower - 1)).toBeLessThan(1e-13);
  });

  it("make an estimate exact: the largest useful λ", () => {
    const given = gaussianNeuron(80, 3, 1, 8);
    const estimate = polarOf(given, { effort: "estimate" });
    expect(estimate.kind).toBe("exact");
    expect(enumerated(given) / estimate.lower - 1).toBeLessThan(1e-9);
  });

  it("are found in ten columns that span three dimensions, one of them ones", () => {
    const normal = normalStream(21);
    const samples = 40;
    const rows = Array.from({ length: samples }, () => {
      const [a, b] = [normal(), normal()];
      return [a, b, 1, a + b, a - 2 * b + 3, 0.1 * a, 1 + b, b / 7, a / 3 - 1, 0];
    });
    const given = {
      v: Float64Array.from(rows.flat()),
      features: 10,
      w: Float64Array.from({ length: samples }, normal),
    };
    const polar = polarOf(given);
    expect(polar.kind).toBe("exact");
    expect(polar.upper / polar.lower - 1).toBeLessThan(1e-9);
    expect(polar.upper).toBeGreaterThanOrEqual(bestOfRandom(given, 20_000, 4));
  });

  it("stay what they are at scales of 1e±90", () => {
    const given = gaussianNeuron(15, 3, 1, 31);
    const plain = polarOf(given);
    for (const [left, right] of [
      [1e90, 1e90],
      [1e-90, 1e-90],
      [1e90, 1e-90],
    ]) {
      const polar = polarOf({ ...given, v: given.v.map((x) => x * left), w: given.w.map((x) => x * right) });
      expect(Math.abs(polar.upper / (plain.upper * left * right) - 1)).toBeLessThan(1e-9);
      expect(Math.abs(polar.lower / (plain.lower * left * right) - 1)).toBeLessThan(1e-9);
    }
    // A sample of 1e-90 beside others, held up by its weight.
    const mixed = {
      ...given,
      v: given.v.map((x, k) => (k < 3 ? x * 1e-90 : x)),
      w: given.w.map((x, n) => (n === 0 ? x * 1e90 : x)),
    };
    expect(Math.abs(polarOf(mixed).upper / plain.upper - 1)).toBeLessThan(1e-9);
  });

  it("are left to the cover where there are more than 200 samples", () => {
    const given = gaussianNeuron(201, 3, 1, 2);
    expect(polarOf(given, { effort: "estimate" }).witness.kind).toBe("sum");
    const polar = polarOf(given, { effort: "close" });
    expect(polar).toMatchObject({ kind: "exact", witness: { kind: "cover" } });
    expect(polar.upper).toBeGreaterThanOrEqual(enumerated(given) * (1 - 1e-9));
  });
});

describe("activation patterns with several outputs", () => {
  it("are the sides of a line in one dimension", () => {
    const given = { v: Float64Array.of(1, -2, 3), features: 1, w: Float64Array.of(3, 0, 1, 1, 0, 4) };
    const polar = polarOf(given);
    expect(polar.upper).toBeGreaterThanOrEqual(Math.hypot(3, 12));
    expect(polar.upper).toBeLessThan(Math.hypot(3, 12) * (1 + 1e-13));
    expect(polar.lower).toBeCloseTo(Math.hypot(3, 12), 12);
  });

  it("are the arcs of a circle in two: what a dense grid finds, and never less", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const plain = gaussianNeuron(1 + ((seed * 7) % 20), 2, 1 + (seed % 4), seed);
      const given = seed % 3 === 0 ? { ...plain, v: plain.v.map(Math.round) } : plain;
      if (given.v.every((x) => x === 0)) continue;
      let grid = 0;
      for (let k = 0; k < 20_000; k++) {
        const angle = (2 * Math.PI * k) / 20_000;
        grid = Math.max(grid, neuronValue(given, [Math.cos(angle), Math.sin(angle)]));
      }
      const polar = polarOf(given);
      expect(polar.upper).toBeGreaterThanOrEqual(grid);
      expect(polar.upper).toBeLessThanOrEqual(grid * (1 + 1e-4));
      expect(polar.upper / polar.lower - 1).toBeLessThan(1e-10);
    }
  });

  it("are exact in three dimensions: reached from below, and never less than random directions", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const plain = gaussianNeuron(4 + seed * 3, 3, 2 + (seed % 3), seed);
      const given = seed % 2 === 0 ? plain : { ...plain, v: plain.v.map((x) => Math.round(1.5 * x)) };
      const polar = polarOf(given);
      const reached = neuronValue(given, polar.branches[0].factors[0]);
      expect(polar.upper).toBeGreaterThanOrEqual(bestOfRandom(given, 10_000, seed));
      expect(polar.upper).toBeGreaterThanOrEqual(reached * (1 - 1e-14));
      expect(polar.upper / reached - 1).toBeLessThan(1e-8);
    }
  });

  it("with one output beside zeros are those of one output", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const one = gaussianNeuron(12, 3, 1, seed);
      const wide = { ...one, w: Float64Array.from({ length: 24 }, (_, k) => (k % 2 === 0 ? one.w[k / 2] : 0)) };
      expect(Math.abs(enumerated(wide) / bestOfPatterns(one) - 1)).toBeLessThan(1e-8);
    }
  });
});
