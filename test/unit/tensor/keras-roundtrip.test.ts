/** Models that TensorFlow.js itself wrote: our reader of model files reads them, and they run to the same predictions. */
import path from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { readKeras } from "../../../engine/src/homogeneity/keras.ts";
import { modelDegrees } from "../../../engine/src/homogeneity/model-degrees.ts";
import { loadTensor } from "../../../engine/src/node/tensor.ts";
import { sizeOf } from "../../../engine/src/problem/mapping/network-plan.ts";
import { gradientError } from "../../support/tensor-cases.ts";

interface Made {
  readonly name: "lenet" | "mlp" | "resnet";
  readonly json: string;
  readonly inputShape: readonly number[];
  readonly samples: number;
  readonly outputs: number;
  readonly shapes: readonly (readonly number[])[];
  readonly prediction: readonly number[];
}

/** Two TensorFlow.js may not share a thread. */
const made = await new Promise<readonly Made[]>((resolve, reject) => {
  const worker = new Worker(path.resolve(import.meta.dirname, "../../support/stock-keras.mjs"), { stderr: true });
  worker.once("message", resolve);
  worker.once("error", reject);
});
const tensor = await loadTensor();

function wave(count: number, seed: number, scale = 1): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => scale * Math.sin(1 + seed + 0.7 * i));
}

function programOf({ json, inputShape, samples, outputs }: Made) {
  const input = wave(samples * sizeOf(inputShape), 100);
  const result = tensor.model(JSON.parse(json), { input, inputShape, samples, outputs });
  if (!result.ok) throw new Error(result.message);
  return result;
}

describe.each(made)("$name", (one) => {
  it("is read as a graph without problems", () => {
    const read = readKeras(JSON.parse(one.json));
    expect(read.problems ?? []).toEqual([]);
    expect(read.ok).toBe(true);
  });

  it("has the same parameters in both readings", () => {
    const read = readKeras(JSON.parse(one.json));
    if (!read.ok) throw new Error(read.problems[0]?.message);
    const { program } = programOf(one);
    expect(program.parameters.map(({ shape }) => shape)).toEqual(one.shapes);
    const ids = read.graph.parameters.filter(({ trainable }) => trainable).map(({ id, role }) => `${role} ${id}`);
    expect(program.parameters.map(({ name, role }) => `${role} ${name}`).sort()).toEqual(ids.sort());
  });

  it("predicts what TensorFlow.js in float32 predicts", () => {
    const { program } = programOf(one);
    const branch = program.parameters.map(({ shape }, k) => wave(sizeOf(shape), k, 0.5));
    const values = program.forward(branch);
    expect(values).toHaveLength(one.prediction.length);
    const largest = Math.max(...one.prediction.map(Math.abs));
    for (const [i, x] of one.prediction.entries()) expect(Math.abs(values[i] - x)).toBeLessThan(1e-5 * largest);
  });

  it("has the gradients that differences show", () => {
    const { program } = programOf(one);
    const branch = program.parameters.map(({ shape }, k) => wave(sizeOf(shape), k, 0.5));
    expect(gradientError(program, branch, 12)).toBeLessThan(1e-7);
    expect(tensor.liveTensors()).toBe(0);
  });
});

describe("their degrees", () => {
  const degreesOf = (name: Made["name"]) => {
    const read = readKeras(JSON.parse(made.find((one) => one.name === name)?.json ?? "null"));
    if (!read.ok) throw new Error(name);
    return modelDegrees(read.graph);
  };

  it("a LeNet of four layers without biases has degree 4, an MLP with biases and tanh none", () => {
    expect(degreesOf("lenet").output).toEqual({ kind: "degree", degree: 4 });
    expect(degreesOf("mlp").output.kind).not.toBe("degree");
  });
});
