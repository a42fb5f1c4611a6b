import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LayerConfig } from "../../../engine/src/config/config.ts";
import { configGraph } from "../../../engine/src/homogeneity/config-layers.ts";
import { readKeras } from "../../../engine/src/homogeneity/keras.ts";
import { loadProblem } from "../../../engine/src/node/load.ts";
import { layerSummaries } from "../../../engine/src/problem/layer-summary.ts";
import { summarize } from "../../../engine/src/problem/problem.ts";
import { examples } from "../../support/examples.ts";
import { lenet } from "../../support/keras-models.ts";
import { dense, RELU } from "../../support/networks.ts";

const summaries = (layers: readonly LayerConfig[]) => layerSummaries(configGraph(layers), layers);

describe("the layers of a branch in short", () => {
  it("are named as the config has them, each with the degree after it", () => {
    const square = { stride: [1, 1], padding: "valid" } as const;
    const found = summaries([
      { kind: "conv2d", filters: 4, kernel: [3, 5], bias: true, ...square },
      RELU,
      { kind: "leakyRelu", slope: 0.1 },
      { kind: "maxPool2d", size: 2 },
      { kind: "maxout", pieces: 2 },
      { kind: "flatten" },
      { kind: "power", exponent: 3 },
      { kind: "dropout", rate: 0.5 },
      dense(8),
      dense(null),
    ]);
    expect(found.map(({ name, degrees }) => `${name}: ${degrees.join()}`)).toEqual([
      "conv2d 4 of 3 × 5, bias: 1",
      "relu: 1",
      "leakyRelu 0.1: 1",
      "maxPool2d 2: 1",
      "maxout 2: 1",
      "flatten: 1",
      "power 3: 3",
      "dropout 0.5: 3",
      "dense 8: 4",
      "dense: 5",
    ]);
    expect(found.every(({ note, homogeneity }) => note === "" && homogeneity === "degree")).toBe(true);
    expect(found.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("say where homogeneity ends, also inside of residuals", () => {
    const inner: readonly LayerConfig[] = [dense(3), { kind: "residual", layers: [RELU] }];
    const found = summaries([{ kind: "residual", layers: inner }, { kind: "tanh" }, dense(null, true)]);
    expect(found.map(({ name, depth, homogeneity, note }) => [name, depth, homogeneity, note])).toEqual([
      ["dense 3", 1, "degree", ""],
      ["relu", 2, "degree", ""],
      ["residual: input added", 1, "degree", ""],
      ["residual: input added", 0, "mixed", "joins different degrees"],
      ["tanh", 0, "none", "no degree"],
      ["dense, bias", 0, "none", "its bias has degree 1; an intercept would not count"],
    ]);
    expect(found[3]?.degrees).toEqual([0, 1]);
  });

  it("of long branches are the ends and those with something to say", () => {
    const layers = Array.from({ length: 300 }, (_, at): LayerConfig => (at % 2 === 0 ? dense(3) : RELU));
    expect(summaries(layers).map(({ index }) => index)).toEqual([0, 1, 2, 3, 297, 298, 299]);
    const biased = layers.map((layer, at) => (at % 20 === 10 ? dense(3, true) : layer));
    expect(summaries(biased).map(({ index }) => index)).toEqual([0, 1, 2, 3, 10, 30, 50, 70, 90, 297, 298, 299]);
    expect(summaries(layers.slice(0, 12))).toHaveLength(12);
  });

  it("of a model file have its names", () => {
    const read = readKeras(lenet({ bias: false, activation: "relu", head: "softmax" }));
    if (!read.ok) throw new Error("not read");
    const found = layerSummaries(read.graph);
    expect(found.map(({ name, degrees }) => `${name} ${degrees.join()}`)).toEqual([
      "conv1: Conv2D, relu 1",
      "pool1: AveragePooling2D 1",
      "conv2: Conv2D, relu 2",
      "pool2: AveragePooling2D 2",
      "flatten: Flatten 2",
      "fc1: Dense, relu 3",
      "fc2: Dense, relu 4",
      "fc3: Dense, softmax ",
    ]);
    expect(found.at(-1)?.note).toBe("belongs in the loss");
  });
});

describe("the summary of a problem", () => {
  it.each([
    ["cars/cars", [1, 1, 2]],
    ["classifier/classifier", [1, 1, 2, 2, 3]],
    ["iris/iris", undefined],
    ["barley/barley", undefined],
  ])("of %s has layers if it is a network", async (name, degrees) => {
    const read = await loadProblem(join(examples, `${name}.optimality.yaml`));
    if (!read.ok) throw new Error(read.findings[0]?.message);
    expect(summarize(read.loaded.problem).layers?.map((layer) => layer.degrees[0])).toEqual(degrees);
  });
});
