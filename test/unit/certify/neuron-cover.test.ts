/** The cover of the sphere for one neuron: bounds of cells against points in them, closed brackets, and checks of their trees. */
import { describe, expect, it } from "vitest";
import type { Covered } from "../../../engine/src/certify/polar/cover/sphere-cover.ts";
import { coverSphere } from "../../../engine/src/certify/polar/cover/sphere-cover.ts";
import { neuronPolar } from "../../../engine/src/certify/polar/neuron.ts";
import { scalarCover } from "../../../engine/src/certify/polar/neuron-cover.ts";
import type { Samples } from "../../../engine/src/certify/polar/neuron-samples.ts";
import { samplesOf } from "../../../engine/src/certify/polar/neuron-samples.ts";
import { vectorCover } from "../../../engine/src/certify/polar/neuron-vector-cover.ts";
import type { PolarOptions, PolarProof, PolarResult } from "../../../engine/src/certify/polar/polar.ts";
import { rowSpace } from "../../../engine/src/certify/polar/row-space.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import { neuronNetwork, productOfLengths } from "../../support/networks.ts";
import type { NeuronCase } from "../../support/neurons.ts";
import { bestOfPatterns, bestOfRandom, gaussianNeuron, neuronValue } from "../../support/neurons.ts";

const OPTIONS: PolarOptions = { above: Number.POSITIVE_INFINITY, effort: "close", stopped: () => false };

function polarOf({ v, features, w }: NeuronCase, options: Partial<PolarOptions> = {}): PolarResult {
  const mapping = neuronNetwork(v, features, w.length / (v.length / features));
  return neuronPolar(mapping, productOfLengths(mapping))(w, { ...OPTIONS, ...options });
}

/** Entries of modulus ≤ 1, as polars have them. */
function small(given: NeuronCase): NeuronCase {
  return { ...given, v: given.v.map(Math.tanh), w: given.w.map(Math.tanh) };
}

function samplesIn({ v, features, w }: NeuronCase): {
  readonly samples: Samples;
  readonly bounded: (x: number) => number;
} {
  const count = v.length / features;
  const table = observedEntries(w, count, w.length / count, () => true);
  return samplesOf(rowSpace(v, features, 10), table);
}

function coverOf(samples: Samples): Covered {
  return samples.outputs === 1 ? scalarCover(samples) : vectorCover(samples);
}

describe("the bound of a cell", () => {
  it("is below no point of the cell, for cells of every size and either kind of cover", () => {
    const uniform = uniformStream(17);
    for (const [samples, features, outputs] of [
      [7, 2, 1],
      [12, 3, 1],
      [25, 5, 1],
      [33, 3, 2],
      [10, 4, 3],
      [4, 3, 1],
    ]) {
      const given = small(gaussianNeuron(samples, features, outputs, samples));
      const scaled = samplesIn(given);
      for (const covered of outputs === 1
        ? [scalarCover(scaled.samples), vectorCover(scaled.samples)]
        : [coverOf(scaled.samples)]) {
        let looked = 0;
        const spied: Covered = {
          ...covered,
          // No cell is done early: all sizes are met.
          reachedAt: () => 0,
          bound: (points, cells, at, enough) => {
            const bound = covered.bound(points, cells, at, enough);
            looked++;
            for (let k = 0; k < 12; k++) {
              const u = new Float64Array(features);
              for (let i = 0; i < features; i++) {
                const weight = k < features ? (i === k ? 1 : 0) : uniform();
                for (let j = 0; j < features; j++) u[j] += weight * points[cells[at + i] * features + j];
              }
              expect(scaled.bounded(bound)).toBeGreaterThanOrEqual(neuronValue(given, u));
            }
            return bound;
          },
        };
        coverSphere(spied, { reached: 1e-3, tolerance: 1e-6, cells: 400, stopped: () => false });
        expect(looked).toBeGreaterThan(20);
      }
    }
  });

  it("closes the bracket where brute force knows all patterns: ties, copies, zeros, one sign", () => {
    const uniform = uniformStream(23);
    for (let trial = 0; trial < 24; trial++) {
      const samples = 1 + (trial % 9);
      const v = Float64Array.from({ length: 3 * samples }, () => Math.round(4 * uniform() - 2) / 2);
      const w = Float64Array.from({ length: samples }, () => (trial % 3 === 0 ? uniform() : 2 * uniform() - 1));
      if (v.every((x) => x === 0)) continue;
      const given = { v, features: 3, w };
      const best = bestOfPatterns(given);
      const { samples: scaled, bounded } = samplesIn(given);
      const cover = coverOf(scaled);
      const options = { reached: best / bounded(1), tolerance: 1e-6, cells: 20_000, stopped: () => false };
      const found = coverSphere(cover, options);
      expect(bounded(found.upper)).toBeGreaterThanOrEqual(best * (1 - 1e-14));
      expect(bounded(found.upper)).toBeLessThanOrEqual(best * (1 + 1e-4) + 1e-12);
    }
  });
});

describe("the closed polar of a neuron", () => {
  it("of one output and more than three dimensions is exact within the budget", () => {
    for (const [samples, features] of [
      [40, 4],
      [25, 5],
    ]) {
      const given = gaussianNeuron(samples, features, 1, samples);
      const polar = polarOf(given);
      expect(polar).toMatchObject({ kind: "exact", witness: { kind: "cover" } });
      expect(polar.upper / polar.lower - 1).toBeLessThan(1e-6);
      expect(polar.upper).toBeGreaterThanOrEqual(bestOfRandom(given, 20_000, 3));
      expect(polar.why).toContain("dimensions");
      expect(polar.work).toBeGreaterThan(0);
    }
  });

  it("of several outputs and more than three dimensions is within a percent", () => {
    const given = gaussianNeuron(20, 4, 2, 6);
    const polar = polarOf(given, { tolerance: 1e-2, cells: 50_000 });
    expect(polar.upper / polar.lower).toBeLessThan(1.011);
    expect(polar.upper).toBeGreaterThanOrEqual(bestOfRandom(given, 20_000, 3));
    expect(polar.witness.kind).toBe("cover");
  });

  it("sees five columns in nine", () => {
    const normal = normalStream(3);
    const base = gaussianNeuron(25, 4, 1, 12);
    const mix = Array.from({ length: 9 }, () => Array.from({ length: 4 }, normal));
    const v = Float64Array.from({ length: 25 * 9 }, (_, k) => {
      const row = base.v.subarray(4 * Math.floor(k / 9), 4 * Math.floor(k / 9) + 4);
      return mix[k % 9].reduce((sum, x, j) => sum + x * row[j], 0);
    });
    const given = { v, features: 9, w: base.w };
    const polar = polarOf(given);
    expect(polar.kind).toBe("exact");
    expect(polar.upper).toBeGreaterThanOrEqual(bestOfRandom(given, 20_000, 3));
  });

  it("of too many dimensions says so, and is a bound", () => {
    const given = gaussianNeuron(15, 11, 1, 4);
    const polar = polarOf(given);
    expect(polar.kind).toBe("bound");
    expect(polar.why).toContain("more than 9 dimensions");
    expect(polar.upper).toBeGreaterThanOrEqual(bestOfRandom(given, 20_000, 3));
  });

  it("stopped at any time is a bound", () => {
    const given = gaussianNeuron(30, 6, 1, 9);
    const best = bestOfRandom(given, 20_000, 3);
    for (const calls of [0, 1, 5, 50, 300]) {
      let left = calls;
      const polar = polarOf(given, { stopped: () => left-- <= 0 });
      expect(polar.upper).toBeGreaterThanOrEqual(best);
    }
  });

  it("with fewer cells is wider, and holds", () => {
    const given = gaussianNeuron(30, 6, 1, 10);
    const best = bestOfRandom(given, 20_000, 3);
    let before = Number.POSITIVE_INFINITY;
    for (const cells of [1, 100, 3000]) {
      const { upper } = polarOf(given, { cells });
      expect(upper).toBeGreaterThanOrEqual(best);
      expect(upper).toBeLessThanOrEqual(before);
      before = upper;
    }
  });
});

describe("checking the proof of a neuron's polar", () => {
  const proofOf = ({ branches, witness }: PolarResult): PolarProof => ({ branch: branches[0]?.factors, witness });
  const CASES: readonly (readonly [string, NeuronCase])[] = [
    ["angles", gaussianNeuron(20, 2, 1, 1)],
    ["cells", gaussianNeuron(20, 3, 1, 2)],
    ["cells", gaussianNeuron(20, 2, 2, 3)],
    ["cover", gaussianNeuron(30, 4, 1, 4)],
    ["cover", gaussianNeuron(12, 4, 2, 5)],
    ["signs", gaussianNeuron(15, 12, 1, 6)],
    ["halves", gaussianNeuron(15, 12, 2, 7)],
  ];

  it.each(CASES)("%s: finds the same bound again, without a search", (kind, given) => {
    const found = polarOf(given, { cells: 20_000 });
    expect(found.witness.kind).toBe(kind);
    const checked = polarOf(given, { cells: 20_000, proof: proofOf(found) });
    expect(checked.upper).toBe(found.upper);
    expect(checked.method).toBe(found.method);
    expect(checked.witness.kind).toBe(kind);
    expect(Math.abs(checked.lower / found.lower - 1)).toBeLessThan(1e-12);
    expect(checked.branches).toHaveLength(1);
  });

  it.each(CASES)("%s: whatever stands in the witness, the bound holds", (_, given) => {
    const found = polarOf(given, { cells: 20_000 });
    const { branch, witness } = proofOf(found);
    const { tree = { shape: [3], data: Float64Array.of(40, 123, 456) } } = witness.arrays ?? {};
    const uniform = uniformStream(5);
    const changed = (change: (x: number, k: number) => number) => ({ ...tree, data: tree.data.map(change) });
    const level = (x: number) => ({ shape: [1], data: Float64Array.of(x) });
    const arrays = [
      {},
      { tree },
      { tree, threshold: level(Number.NaN) },
      { tree, threshold: level(Number.POSITIVE_INFINITY) },
      { tree, threshold: level(1e-300) },
      { tree: { shape: [0], data: new Float64Array(0) }, threshold: level(1) },
      { tree: changed(() => Number.NaN), threshold: level(1) },
      { tree: changed((x, k) => (k === 0 ? 1e9 : -x)), threshold: level(1) },
      ...[1, 2, 3].map(() => ({
        tree: changed((x, k) => (k === 0 ? x : Math.floor(2 ** 32 * uniform()))),
        threshold: level(1),
      })),
    ];
    for (const tampered of arrays) {
      for (const kind of ["cover", witness.kind, "nonsense"]) {
        const proof = { branch, witness: { kind, threshold: 7, arrays: tampered } };
        expect(polarOf(given, { proof, cells: 5000 }).upper).toBeGreaterThanOrEqual(found.lower * (1 - 1e-12));
      }
    }
  });

  it("has the value of the branch it is given, and none of garbage", () => {
    const given = gaussianNeuron(20, 3, 1, 2);
    const found = polarOf(given);
    const { branch, witness } = proofOf(found);
    if (branch === undefined) throw new Error("no branch");
    const lowerOf = (other: PolarProof["branch"]) => polarOf(given, { proof: { branch: other, witness } }).lower;
    expect(lowerOf(branch.map((slice) => slice.map((x) => 3 * x)))).toBeCloseTo(found.lower, 10);
    expect(lowerOf([branch[0].map((x, j) => (j === 0 ? x + 0.1 : x)), branch[1]])).toBeLessThan(found.lower);
    for (const garbage of [
      undefined,
      [],
      [branch[0]],
      [new Float64Array(3), branch[1]],
      [Float64Array.of(1, Number.NaN, 0), branch[1]],
      [new Float64Array(2).fill(1), branch[1]],
      [branch[0].map((x) => -x), branch[1].map((x) => -x)],
    ]) {
      expect(lowerOf(garbage)).toBeLessThan(found.lower);
      expect(polarOf(given, { proof: { branch: garbage, witness } }).upper).toBe(found.upper);
    }
  });
});
