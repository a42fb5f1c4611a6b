/** A hidden layer on resident data: compiled and plain agree in every bit, and with the network written out. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { neuronProducts } from "../../../../engine/src/linalg/kernels/neuron-products.ts";
import { draws, expectSame, numbersOf } from "./kernel-data.ts";

const shapes = fc.record({
  samples: fc.integer({ min: 0, max: 600 }),
  features: fc.integer({ min: 1, max: 9 }),
  outputs: fc.integer({ min: 1, max: 5 }),
});

describe("the products of one hidden layer", () => {
  it("are the same bit for bit with and without WebAssembly, at one point after another", () => {
    fc.assert(
      fc.property(shapes, draws, (shape, { seed, specialShare }) => {
        const { samples, features, outputs } = shape;
        const { take } = numbersOf(seed, specialShare / 4);
        const input = take(samples * features);
        const [compiled, plain] = [neuronProducts(input, shape), neuronProducts(input, shape, "plain")];
        for (const r of [7, 0, 12, 1]) {
          const [u, a, w] = [take(features * r), take(outputs * r), take(samples * outputs)];
          const [all, expected] = [compiled, plain].map((products) => {
            const x = new Float64Array(samples * outputs).fill(3);
            const [p, q] = [new Float64Array(features * r).fill(3), new Float64Array(outputs * r).fill(3)];
            products.forwardInto(x, u, a, r);
            products.backwardInto(p, q, w);
            return [x, p, q];
          });
          for (const k of [0, 1, 2]) expectSame(all[k], expected[k]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("are those of the network written out", () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 9 }), fc.nat(1e6), (shape, r, seed) => {
        const { samples, features, outputs } = shape;
        const { take } = numbersOf(seed);
        const [v, u, a, w] = [samples * features, features * r, outputs * r, samples * outputs].map(take);
        const x = new Float64Array(samples * outputs);
        const [p, q] = [new Float64Array(features * r), new Float64Array(outputs * r)];
        const products = neuronProducts(v, shape);
        products.forwardInto(x, u, a, r);
        products.backwardInto(p, q, w);
        const [x2, p2, q2] = [x, p, q].map(({ length }) => new Float64Array(length));
        for (let n = 0; n < samples; n++) {
          for (let i = 0; i < r; i++) {
            let z = 0;
            for (let f = 0; f < features; f++) z += v[n * features + f] * u[f * r + i];
            if (z <= 0) continue;
            for (let o = 0; o < outputs; o++) {
              x2[n * outputs + o] += z * a[o * r + i];
              q2[o * r + i] += z * w[n * outputs + o];
              const back = w[n * outputs + o] * a[o * r + i];
              for (let f = 0; f < features; f++) p2[f * r + i] += back * v[n * features + f];
            }
          }
        }
        for (const [actual, expected] of [
          [x, x2],
          [p, p2],
          [q, q2],
        ]) {
          const size = 1 + Math.max(0, ...expected.map(Math.abs));
          expect(actual.every((y, k) => Math.abs(y - expected[k]) <= 1e-12 * size)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
