/** All neurons at once against one branch after the other, and against exact arithmetic. */
import { describe, expect, it } from "vitest";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import type { Branch } from "../../../engine/src/problem/factors.ts";
import { branchesOf, factorsOf, zeroFactors } from "../../../engine/src/problem/factors.ts";
import { denseProgram } from "../../../engine/src/problem/mapping/dense-program.ts";
import { neuronKernel } from "../../../engine/src/problem/mapping/neuron-kernel.ts";
import { fixed, float, times } from "../../support/exact.ts";
import { exactForward, NEURON } from "../../support/networks.ts";

const SHAPES = [
  { samples: 1, features: 1, outputs: 1, r: 1 },
  { samples: 9, features: 3, outputs: 1, r: 4 },
  { samples: 14, features: 5, outputs: 3, r: 7 },
  { samples: 300, features: 20, outputs: 1, r: 40 },
];

function caseOf({ samples, features, outputs, r }: (typeof SHAPES)[number]) {
  const normal = normalStream(samples);
  const input = Float64Array.from({ length: samples * features }, normal);
  const branches = Array.from(
    { length: r },
    (): Branch => [Float64Array.from({ length: features }, normal), Float64Array.from({ length: outputs }, normal)],
  );
  const data = { input, inputShape: [features], samples, outputs };
  return { data, branches, factors: factorsOf(branches, [features, outputs], r), normal };
}

describe("neuronKernel", () => {
  it.each(SHAPES)(
    "$samples samples, $features features, $outputs outputs, $r neurons: what one after the other gives",
    (shape) => {
      const { data, branches, factors, normal } = caseOf(shape);
      const program = denseProgram(NEURON, data);
      const kernel = neuronKernel(data);
      const x = new Float64Array(data.samples * data.outputs);
      const w = x.map(normal);
      const gradient = zeroFactors([shape.features, shape.outputs], shape.r);
      kernel.correlateInto(gradient.values, w, factors);
      kernel.predictInto(x, factors);
      const sum = new Float64Array(x.length);
      for (const branch of branches) {
        for (const [k, y] of program.forward(branch).entries()) sum[k] += y;
      }
      for (let k = 0; k < x.length; k++) expect(x[k]).toBeCloseTo(sum[k], 10);
      for (const [i, parts] of branchesOf(gradient).entries()) {
        const expected = program.backward(branches[i], w);
        for (const [k, own] of expected.entries()) {
          for (let j = 0; j < own.length; j++) expect(parts[k][j]).toBeCloseTo(own[j], 9);
        }
      }
    },
  );

  it("sees that the point has moved, by one output alone too", () => {
    const { data, factors } = caseOf({ samples: 4, features: 2, outputs: 1, r: 2 });
    const kernel = neuronKernel(data);
    const [x, y] = [new Float64Array(4), new Float64Array(4)];
    kernel.predictInto(x, factors);
    kernel.predictInto(y, { ...factors, values: [factors.values[0], factors.values[1].map((a) => 2 * a)] });
    expect(y).toEqual(x.map((entry) => 2 * entry));
  });

  it("is within its error of exact arithmetic, for numbers of every size", () => {
    for (const shape of SHAPES.slice(0, 3)) {
      for (const [inputScale, scale] of [
        [1, 1],
        [1e-9, 1e5],
        [1e-160, 1e-160],
      ]) {
        const { data, branches } = caseOf(shape);
        const scaled = { ...data, input: data.input.map((x) => x * inputScale) };
        const small = branches.map((branch) => branch.map((slice) => slice.map((x) => x * scale)));
        const factors = factorsOf(small, [shape.features, shape.outputs], shape.r);
        const kernel = neuronKernel(scaled);
        const x = new Float64Array(data.samples * data.outputs);
        kernel.predictInto(x, factors);
        let square = 0n;
        const exact = small.map((branch) => exactForward(NEURON, scaled, branch));
        for (let k = 0; k < x.length; k++) {
          const off = fixed(x[k]) - exact.reduce((sum, one) => sum + one[k], 0n);
          square += times(off << 200n, off << 200n);
        }
        const error = Math.sqrt(float(square)) / 2 ** 200;
        expect(error).toBeLessThanOrEqual(kernel.error(factors));
        expect(kernel.error(factors)).toBeLessThan(1e-12 * Math.max(1e-280, inputScale * scale * scale));
      }
    }
  });

  it("has no error where there is nothing, and knows no number where there is none", () => {
    const { data, factors } = caseOf({ samples: 4, features: 2, outputs: 1, r: 2 });
    const kernel = neuronKernel(data);
    expect(kernel.error(zeroFactors([2, 1], 3))).toBe(0);
    const broken = { ...factors, values: [factors.values[0].map(() => Number.NaN), factors.values[1]] };
    expect(kernel.error(broken)).toBe(Number.POSITIVE_INFINITY);
    const x = new Float64Array(4);
    kernel.predictInto(x, broken);
    expect(x.every(Number.isNaN)).toBe(true);
  });
});
