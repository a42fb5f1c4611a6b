/** Layer graphs on TensorFlow.js in float64, against the definitions of the layers and against differences. */
import { describe, expect, it } from "vitest";
import type { LayerConfig } from "../../../engine/src/config/config.ts";
import { loadTensor } from "../../../engine/src/node/tensor.ts";
import { denseProgram } from "../../../engine/src/problem/mapping/dense-program.ts";
import type { NetworkProgram } from "../../../engine/src/problem/mapping/mapping.ts";
import { type NetworkData, sizeOf } from "../../../engine/src/problem/mapping/network-plan.ts";
import { runNaively, type Sample, takeFrom } from "../../support/naive-network.ts";
import { branchOf, dataOf, gradientError, LAYER_CASES, numbers } from "../../support/tensor-cases.ts";

const tensor = await loadTensor();
const cases = Object.entries(LAYER_CASES).map(([name, entry]) => ({ name, ...entry }));

function samplesOf({ input, inputShape, samples }: NetworkData): Sample[] {
  const size = sizeOf(inputShape);
  return Array.from({ length: samples }, (_, n) => ({
    shape: inputShape,
    data: [...input.subarray(n * size, (n + 1) * size)],
  }));
}

function naively(
  layers: readonly LayerConfig[],
  data: NetworkData,
  branch: readonly Float64Array[],
): readonly number[] {
  return runNaively(layers, samplesOf(data), takeFrom(branch.flatMap((slice) => [...slice])), data.outputs);
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((worst, x, i) => Math.max(worst, Math.abs(x - b[i]) / (1 + Math.abs(b[i]))), 0);
}

describe("layers", () => {
  it.each(cases.filter(({ name }) => name !== "gelu"))(
    "compute what they are defined as: $name",
    ({ layers, inputShape }) => {
      const data = dataOf(inputShape);
      const program = tensor.network(layers, data);
      const branch = branchOf(program);
      const values = program.forward(branch);
      expect(largestDifference(values, naively(layers, data, branch))).toBeLessThan(1e-12);
      expect(values.some((x) => Math.abs(x) > 1e-3)).toBe(true);
    },
  );

  it("gelu is x Φ(x) by the error function, as in Keras and PyTorch", () => {
    const data = { input: Float64Array.of(1, -1, 2, -3), inputShape: [1], samples: 4, outputs: 1 };
    const program = tensor.network([{ kind: "dense", units: 1, bias: false }, { kind: "gelu" }], data);
    // Φ(1), Φ(2) and Φ(3) from tables.
    const expected = [
      0.8413447460685429,
      -(1 - 0.8413447460685429),
      2 * 0.9772498680518208,
      -3 * (1 - 0.9986501019683699),
    ];
    expect(largestDifference(program.forward([Float64Array.of(1)]), expected)).toBeLessThan(1e-15);
  });

  it.each(cases)("have the gradients that differences show: $name", ({ layers, inputShape }) => {
    const program = tensor.network(layers, dataOf(inputShape));
    expect(gradientError(program, branchOf(program))).toBeLessThan(1e-7);
  });

  it.each(cases)("leave no tensor behind: $name", ({ layers, inputShape }) => {
    const program = tensor.network(layers, dataOf(inputShape));
    const branch = branchOf(program);
    program.forward(branch);
    program.backward(branch, numbers(program.samples * program.outputs, 1));
    program.error(branch);
    expect(tensor.liveTensors()).toBe(0);
  });

  it("keep what float32 loses", () => {
    const data = { input: Float64Array.of(1 + 2 ** -50), inputShape: [1], samples: 1, outputs: 1 };
    const program = tensor.network([{ kind: "dense", units: 1, bias: false }, { kind: "relu" }], data);
    expect([...program.forward([Float64Array.of(1)])]).toEqual([1 + 2 ** -50]);
    expect([...program.forward([Float64Array.of(1e200)])]).toEqual([1e200 * (1 + 2 ** -50)]);
  });

  it("do not touch the numbers they are given, nor answer with them", () => {
    const data = dataOf([4], 4);
    const layers: readonly LayerConfig[] = [
      { kind: "dense", units: 4, bias: false },
      { kind: "dropout", rate: 0.1 },
    ];
    const program = tensor.network(layers, data);
    const branch = branchOf(program);
    const before = branch.map((slice) => slice.slice());
    const first = program.forward(branch);
    const kept = first.slice();
    first.fill(7);
    expect(branch).toEqual(before);
    expect(program.forward(branch)).toEqual(kept);
  });

  it("of equal pieces, maxout gives one a derivative", () => {
    const data = { input: Float64Array.of(2), inputShape: [1], samples: 1, outputs: 1 };
    const layers: readonly LayerConfig[] = [
      { kind: "dense", units: 2, bias: false },
      { kind: "maxout", pieces: 2 },
    ];
    const program = tensor.network(layers, data);
    expect([...program.backward([Float64Array.of(3, 3)], Float64Array.of(1))[0]]).toEqual([2, 0]);
  });

  it("maxout of one piece is the identity, with its derivative and its rounding", () => {
    const data = { input: Float64Array.of(2, -1), inputShape: [1], samples: 2, outputs: 2 };
    const dense = { kind: "dense", units: 2, bias: false } as const;
    const [plain, single] = [[dense], [{ kind: "maxout", pieces: 1 } as const, dense]].map((layers) =>
      tensor.network(layers, data),
    );
    const [branch, w] = [[Float64Array.of(3, 0.1)], Float64Array.of(1, 2, 3, 4)];
    expect(single.forward(branch)).toEqual(plain.forward(branch));
    expect(single.backward(branch, w)).toEqual(plain.backward(branch, w));
    expect(single.error(branch)).toBeGreaterThanOrEqual(plain.error(branch));
  });

  it("at 0, relu and abs have the derivative 0", () => {
    const data = { input: Float64Array.of(2), inputShape: [1], samples: 1, outputs: 1 };
    for (const kind of ["relu", "abs"] as const) {
      const program = tensor.network([{ kind: "dense", units: 1, bias: false }, { kind }], data);
      expect(Math.abs(program.backward([Float64Array.of(0)], Float64Array.of(1))[0][0]), kind).toBe(0);
    }
  });
});

describe("dense branches", () => {
  const activations: readonly LayerConfig[][] = [
    [{ kind: "relu" }],
    [{ kind: "abs" }],
    [{ kind: "leakyRelu", slope: 0.2 }],
    [{ kind: "relu" }, { kind: "power", exponent: 2 }],
    [{ kind: "dropout", rate: 0.3 }],
  ];

  it.each([false, true])("are the same on kernels of our own, first bias %s", (bias) => {
    for (const [index, activation] of activations.entries()) {
      const layers: readonly LayerConfig[] = [
        { kind: "dense", units: 9, bias },
        ...activation,
        { kind: "dense", units: 5, bias: false },
        ...activation,
        { kind: "dense", units: null, bias: false },
      ];
      const data = { ...dataOf([6], 3, index + 20), samples: 4 };
      const [theirs, ours] = [tensor.network(layers, data), denseProgram(layers, data)];
      expect(theirs.parameters).toEqual(ours.parameters);
      const branch = branchOf(theirs, 40 + index);
      const w = numbers(12, index);
      expect(largestDifference(theirs.forward(branch), ours.forward(branch))).toBeLessThan(1e-12);
      for (const [k, gradient] of theirs.backward(branch, w).entries()) {
        expect(largestDifference(gradient, ours.backward(branch, w)[k])).toBeLessThan(1e-12);
      }
    }
  });
});

describe("what does not fit", () => {
  it("is a fault of the caller, and leaves no tensor behind", () => {
    const layers: readonly LayerConfig[] = [{ kind: "dense", units: 3, bias: false }];
    expect(() => tensor.network(layers, dataOf([4], 2))).toThrow("the branch ends with 3 numbers");
    const program: NetworkProgram = tensor.network(layers, dataOf([4], 3));
    expect(() => program.forward([new Float64Array(5)])).toThrow();
    expect(tensor.liveTensors()).toBe(0);
  });
});
