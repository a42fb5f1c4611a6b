/** Laws of networks with kernels of our own, and of the polar of a neuron on random data of the kinds that break geometry. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import "../support/fixed-seed.ts";
import { gainPolar } from "../../engine/src/certify/polar/gain.ts";
import { neuronPolar } from "../../engine/src/certify/polar/neuron.ts";
import type { LayerConfig } from "../../engine/src/config/config.ts";
import { normalStream, uniformStream } from "../../engine/src/linalg/random.ts";
import { dot } from "../../engine/src/linalg/vector.ts";
import type { NetworkData } from "../../engine/src/problem/mapping/network-plan.ts";
import { dense, denseNetwork, neuronNetwork, productOfLengths } from "../support/networks.ts";

const ROW_KINDS = ["normal", "lattice", "ones", "line", "repeated", "scaled", "nearly-tied"] as const;

/** Rows in the plane. */
function rowsOf(kind: (typeof ROW_KINDS)[number], samples: number, seed: number): Float64Array {
  const normal = normalStream(seed);
  const uniform = uniformStream(seed);
  const rows = Float64Array.from({ length: 2 * samples }, normal);
  switch (kind) {
    case "normal":
      return rows;
    case "lattice":
      return rows.map(() => Math.round(4 * uniform() - 2));
    case "ones":
      return rows.map((x, k) => (k % 2 === 0 ? x : 1));
    case "line":
      return rows.map((_, k) => (k % 2 === 0 ? 1 : 3) * rows[k - (k % 2)]);
    case "repeated":
      return rows.map((_, k) => rows[k % 4] * (1 + (k % 3)));
    case "scaled":
      return rows.map((x, k) => x * 10 ** (((k >> 1) % 9) - 4));
    case "nearly-tied":
      return rows.map((x, k) => 1 + (k % 2) + 2 ** -50 * Math.round(4 * x));
    default:
      return kind satisfies never;
  }
}

function signed(rows: Float64Array, w: Float64Array, x: number, y: number): number {
  return w.reduce((sum, weight, n) => sum + weight * Math.max(0, rows[2 * n] * x + rows[2 * n + 1] * y), 0);
}

/** max |f| by trying every direction where a row turns, and the peak of every pattern that occurs. Cost O(N²). */
function bruteForce(rows: Float64Array, w: Float64Array): number {
  const turns = [...w.keys()].flatMap((n) => {
    const angle = Math.atan2(rows[2 * n + 1], rows[2 * n]);
    return [angle + Math.PI / 2, angle - Math.PI / 2].map((a) => Math.atan2(Math.sin(a), Math.cos(a)));
  });
  turns.sort((a, b) => a - b);
  const tried: [number, number][] = turns.map((a) => [Math.cos(a), Math.sin(a)]);
  for (const [k, from] of turns.entries()) {
    const to = turns[k + 1] ?? turns[0] + 2 * Math.PI;
    const [x, y] = [Math.cos((from + to) / 2), Math.sin((from + to) / 2)];
    let [cx, cy] = [0, 0];
    for (let n = 0; n < w.length; n++) {
      if (rows[2 * n] * x + rows[2 * n + 1] * y <= 0) continue;
      cx += w[n] * rows[2 * n];
      cy += w[n] * rows[2 * n + 1];
    }
    const size = Math.hypot(cx, cy);
    if (size > 0) tried.push([cx / size, cy / size], [-cx / size, -cy / size]);
  }
  return Math.max(...tried.map(([x, y]) => Math.abs(signed(rows, w, x, y))));
}

const plane = fc.record({
  kind: fc.constantFrom(...ROW_KINDS),
  samples: fc.integer({ min: 1, max: 25 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
  wholeWeights: fc.boolean(),
});

describe("the polar of a neuron on a plane", () => {
  it("is the maximum over all cells, proven to rounding", () => {
    fc.assert(
      fc.property(plane, ({ kind, samples, seed, wholeWeights }) => {
        const rows = rowsOf(kind, samples, seed);
        const normal = normalStream(seed + 1);
        const w = Float64Array.from({ length: samples }, () => (wholeWeights ? Math.round(2 * normal()) : normal()));
        const total = w.reduce((sum, x, n) => sum + Math.abs(x) * Math.hypot(rows[2 * n], rows[2 * n + 1]), 0);
        const mapping = neuronNetwork(rows, 2, 1);
        const polar = neuronPolar(mapping, productOfLengths(mapping))(w, { above: 0, stopped: () => false });
        const best = bruteForce(rows, w);
        expect(polar.upper).toBeGreaterThanOrEqual(best - 1e-15 * total);
        expect(polar.lower).toBeGreaterThanOrEqual(best - 1e-13 * total);
        expect(polar.upper - polar.lower).toBeLessThanOrEqual(2e-14 * total);
        const x = new Float64Array(samples);
        for (const { value, factors } of polar.branches) {
          mapping.predictInto(x, { branches: 1, values: factors });
          expect(Math.abs(dot(w, x) - value)).toBeLessThanOrEqual(1e-14 * total);
          expect(value).toBeGreaterThan(0);
        }
      }),
      { numRuns: 300 },
    );
  });
});

const activation: fc.Arbitrary<LayerConfig> = fc.oneof(
  fc.constant<LayerConfig>({ kind: "relu" }),
  fc.constant<LayerConfig>({ kind: "abs" }),
  fc.double({ min: -2, max: 2, noNaN: true }).map((slope): LayerConfig => ({ kind: "leakyRelu", slope })),
  fc.integer({ min: 1, max: 3 }).map((exponent): LayerConfig => ({ kind: "power", exponent })),
);

const network = fc
  .record({
    hidden: fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), activation), { maxLength: 2 }),
    bias: fc.boolean(),
    samples: fc.integer({ min: 1, max: 6 }),
    features: fc.integer({ min: 1, max: 4 }),
    outputs: fc.integer({ min: 1, max: 3 }),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ hidden, bias, samples, features, outputs, seed }) => {
    const normal = normalStream(seed);
    const layers = [...hidden.flatMap(([units, layer]) => [dense(units), layer]), dense(null)];
    const data: NetworkData = {
      input: Float64Array.from({ length: samples * features }, normal),
      inputShape: [features],
      samples,
      outputs,
    };
    const mapping = denseNetwork(bias ? layers.with(0, { ...layers[0], bias } as LayerConfig) : layers, data);
    const branch = mapping.factors.map(({ size }) => Float64Array.from({ length: size }, normal));
    return { mapping, branch, normal };
  });

describe("networks of dense layers", () => {
  it("are homogeneous in each factor, with the degree they say, and Euler's identity holds", () => {
    fc.assert(
      fc.property(network, fc.double({ min: 0.3, max: 3, noNaN: true }), ({ mapping, branch, normal }, scale) => {
        expect(mapping.separable).toBe(true);
        const output = mapping.program.forward(branch);
        const size = Math.max(1, ...output.map(Math.abs));
        const w = output.map(normal);
        const gradients = mapping.program.backward(branch, w);
        expect(mapping.degree).toBe(mapping.factors.reduce((sum, { degree }) => sum + (degree ?? 0), 0));
        for (const [k, { degree }] of mapping.factors.entries()) {
          const p = degree ?? Number.NaN;
          const scaled = mapping.program.forward(
            branch.with(
              k,
              branch[k].map((x) => x * scale),
            ),
          );
          for (const [i, x] of scaled.entries()) {
            expect(Math.abs(x - scale ** p * output[i])).toBeLessThanOrEqual(1e-11 * size * Math.max(1, scale ** p));
          }
          const bound = 1e-10 * w.reduce((sum, x) => sum + Math.abs(x), 0) * size * p;
          expect(Math.abs(dot(gradients[k], branch[k]) - p * dot(w, output))).toBeLessThanOrEqual(bound);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("stay below their gain, and their polar below its bound", () => {
    fc.assert(
      fc.property(network, ({ mapping, normal }) => {
        const w = Float64Array.from({ length: mapping.entries.value.length }, normal);
        const polar = gainPolar(mapping, productOfLengths(mapping))(w, { above: 0, stopped: () => false });
        expect(polar.lower).toBeLessThanOrEqual(polar.upper);
        const x = new Float64Array(w.length);
        for (let trial = 0; trial < 40; trial++) {
          const branch = mapping.factors.map(({ size }) => Float64Array.from({ length: size }, normal));
          const sizes = branch.map((slice, k) => Math.hypot(...slice) ** (mapping.factors[k].degree ?? 1));
          const g = sizes.reduce((a, b) => a * b, 1);
          expect(Math.hypot(...mapping.program.forward(branch)) / g).toBeLessThanOrEqual(mapping.gain);
          mapping.predictInto(x, { branches: 1, values: branch });
          expect(dot(w, x) / g).toBeLessThanOrEqual(polar.upper);
        }
        const [best] = polar.branches;
        if (best === undefined) return;
        mapping.predictInto(x, { branches: 1, values: best.factors });
        expect(dot(w, x)).toBeCloseTo(polar.lower, 6);
        for (const slice of best.factors) expect(Math.hypot(...slice)).toBeCloseTo(1, 9);
      }),
      { numRuns: 60 },
    );
  });
});
