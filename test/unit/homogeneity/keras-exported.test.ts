/** Well-known architectures, built and written by stock TensorFlow.js: the degree after each layer, and what breaks it where. */
import { checkModelText, type LayerRow, readKeras } from "@optimality-lens/engine";
import { describe, expect, it } from "vitest";
import { modelDegrees } from "../../../engine/src/homogeneity/model-degrees.ts";
import { type Architecture, architectures } from "../../support/stock-architectures.ts";

const report = (name: Architecture) => checkModelText(architectures[name]);

/** `3` for a degree, `3~` where a normalization with ε > 0 stands before it, `1+2` for a mixed one, `-` for none, `?` for unknown. */
function degreeText({ homogeneity, degree, degrees, approximate }: LayerRow): string {
  if (homogeneity === "unknown") return "?";
  if (homogeneity === "none") return "-";
  return `${degree ?? degrees.join("+")}${approximate ? "~" : ""}`;
}

const degreesOf = (name: Architecture) => report(name).layers.map((row) => `${row.layer} ${degreeText(row)}`);

/** `config.layers[2].name` → the value there. */
function valueAt(json: unknown, path: string): unknown {
  let value = json;
  for (const key of path.split(/[.[\]]+/).filter((part) => part !== ""))
    value = (value as Readonly<Record<string, unknown>>)[key];
  return value;
}

/** Code, the layer and the key that the finding points at, and the first line of what stands there. */
function placesOf(name: Architecture): readonly string[] {
  const text = architectures[name];
  const lines = text.split("\n");
  return report(name).findings.map(({ code, path, range }) => {
    const start = range?.start ?? { line: -1, character: 0 };
    const found = lines[start.line]?.slice(start.character, range?.end.character) ?? "";
    // The range holds the value that the path names, or its first line.
    const value = JSON.stringify(valueAt(JSON.parse(text), path), null, 1);
    if (found.trim() === "" || !value.startsWith(found)) throw new Error(`${path} is not at ${found}`);
    const [, layer = "", key = ""] = /^(.*layers\[\d+\])\.(.*)$/.exec(path) ?? [];
    const entry = valueAt(JSON.parse(text), layer) as { readonly config: { readonly name: string } };
    return `${code}: ${entry.config.name} ${key} ${found}`;
  });
}

const PARALLEL = (layer: string, className = "Dense") => `not-parallel: ${layer} class_name "${className}"`;
const MISMATCH = (layer: string) => `degree-mismatch: ${layer} config.kernel_regularizer {`;

const message = (name: Architecture, code: string) =>
  report(name)
    .findings.filter((finding) => finding.code === code)
    .map((finding) => finding.message);

describe.each(Object.keys(architectures) as Architecture[])("%s", (name) => {
  it("is read without problems, and the model's class is known", () => {
    const read = readKeras(JSON.parse(architectures[name]));
    expect(read.problems).toEqual([]);
    expect(read.ok).toBe(true);
    expect(report(name).model?.format).toBe("keras");
  });

  it("has one factor for each kernel, scale, shift and bias, the first layer's bias with its kernel", () => {
    const read = readKeras(JSON.parse(architectures[name]));
    if (!read.ok) throw new Error(name);
    const { factors, graph } = modelDegrees(read.graph);
    expect(factors.flatMap(({ parameters }) => parameters).sort((a, b) => a - b)).toEqual([...graph.parameters.keys()]);
    for (const { degree } of factors) expect(degree).toBeDefined();
  });
});

describe("degrees in each factor alone", () => {
  const factorsOf = (name: Architecture) => {
    const read = readKeras(JSON.parse(architectures[name]));
    if (!read.ok) throw new Error(name);
    const { factorsWithoutBiases, graph } = modelDegrees(read.graph);
    return factorsWithoutBiases.map(({ parameters, degree }) => ({
      id: graph.parameters[parameters[0] ?? -1]?.id ?? "",
      degree: degree?.kind === "degree" ? degree.degree : degree?.kind === "mixed" ? degree.degrees : degree?.kind,
    }));
  };

  it.each(["lenet plain", "alexnet plain", "alexnet", "vgg16 plain", "mlp", "siamese"] as const)(
    "%s is linear in each of its kernels, up to relu",
    (name) => {
      for (const { degree } of factorsOf(name)) expect(degree).toBe(1);
    },
  );

  it("ResNet-18: 0 for convolutions before a normalization, 1 for the output, and skips mix what stands beside them", () => {
    for (const { id, degree } of factorsOf("resnet18")) {
      if (/_bn\/gamma$/.test(id)) continue;
      expect(`${id} ${degree}`).toBe(`${id} ${id === "fc/kernel" ? 1 : 0}`);
    }
    const gammas = new Map(factorsOf("resnet18").map(({ id, degree }) => [id, degree]));
    expect(gammas.get("stage5b_2_bn/gamma")).toEqual([0, 1]);
    expect(gammas.get("stage5b_1_bn/gamma")).toEqual(0);
    const bare = new Map(factorsOf("resnet18 bare").map(({ id, degree }) => [id, degree]));
    expect(bare.get("conv1/kernel")).toBe(1);
    expect(bare.get("stage2a_1/kernel")).toEqual([0, 1]);
    expect(bare.get("fc/kernel")).toBe(1);
  });
});

describe("LeNet", () => {
  it("as published: tanh has no degree, biases and softmax do not belong", () => {
    expect(degreesOf("lenet").slice(0, 2)).toEqual(["c1_input 0", "c1 -"]);
    expect(new Set(degreesOf("lenet").slice(1))).toEqual(
      new Set(["c1", "s2", "c3", "s4", "flatten", "c5", "f6", "output"].map((layer) => `${layer} -`)),
    );
    expect(placesOf("lenet")).toEqual([
      'not-homogeneous: c1 config.activation "tanh"',
      "bias-breaks-homogeneity: c3 config.use_bias true",
      "bias-breaks-homogeneity: output config.use_bias true",
      'activation-belongs-in-loss: output config.activation "softmax"',
    ]);
    expect(message("lenet", "not-homogeneous")[0]).toMatch(/^layers c1, c3 and 2 more: tanh/);
  });

  it("with relu and without biases: one degree per weight layer; squared ℓ2 has too low a one", () => {
    const degrees = ["c1_input 0", "c1 1", "s2 1", "c3 2", "s4 2", "flatten 2", "c5 3", "f6 4", "output 5"];
    expect(degreesOf("lenet plain")).toEqual(degrees);
    expect(degreesOf("lenet saved")).toEqual(degrees);
    expect(placesOf("lenet plain")).toEqual([MISMATCH("c1"), PARALLEL("output")]);
    expect(message("lenet plain", "degree-mismatch")).toEqual([
      "l2 has degree 2, but the model has degree 5; zero is always a local minimum (Proposition 19), so use the product of the layers' norms, or the sum of their powers ‖W‖^5",
    ]);
  });

  it("saved as model.json: the same findings, at their places in modelTopology, and the shapes of the weights", () => {
    expect(placesOf("lenet saved")).toEqual(placesOf("lenet plain"));
    expect(report("lenet saved").findings.map(({ path }) => path)).toEqual(
      report("lenet plain").findings.map(({ path }) => `modelTopology.${path}`),
    );
    const read = readKeras(JSON.parse(architectures["lenet saved"]));
    expect(read.ok && read.graph.parameters.map(({ id, shape }) => [id, shape])).toEqual([
      ["c1/kernel", [5, 5, 1, 6]],
      ["c3/kernel", [5, 5, 6, 16]],
      ["c5/kernel", [400, 120]],
      ["f6/kernel", [120, 84]],
      ["output/kernel", [84, 10]],
    ]);
  });
});

describe("AlexNet", () => {
  const LAYERS = ["conv1 1", "pool1 1", "conv2 2", "pool2 2", "conv3 3", "conv4 4", "conv5 5", "pool5 5", "flatten 5"];
  const TOP = ["fc6 6", "drop6 6", "fc7 7", "drop7 7", "fc8 8"];

  it("without biases: degree 8, and weight decay of degree 2", () => {
    expect(degreesOf("alexnet plain")).toEqual(["conv1_input 0", ...LAYERS, ...TOP]);
    expect(placesOf("alexnet plain")).toEqual([MISMATCH("conv1"), PARALLEL("fc8")]);
    expect(message("alexnet plain", "degree-mismatch")[0]).toContain("but the model has degree 8");
  });

  it("with biases: mixed from the second layer on", () => {
    expect(degreesOf("alexnet")).toEqual([
      ...["conv1_input 0", "conv1 1", "pool1 1", "conv2 1+2", "pool2 1+2", "conv3 1+2+3", "conv4 1+2+3+4"],
      ...["conv5 1+2+3+4+5", "pool5 1+2+3+4+5", "flatten 1+2+3+4+5", "fc6 1+2+3+4+5+6", "drop6 1+2+3+4+5+6"],
      ...["fc7 1+2+3+4+5+7", "drop7 1+2+3+4+5+7", "fc8 -"],
    ]);
    expect(report("alexnet").model?.withoutBiases).toEqual({ kind: "degree", degree: 8 });
    expect(placesOf("alexnet")).toEqual([
      "bias-breaks-homogeneity: conv2 config.use_bias true",
      "bias-breaks-homogeneity: fc8 config.use_bias true",
      'activation-belongs-in-loss: fc8 config.activation "softmax"',
      MISMATCH("conv1"),
      PARALLEL("fc8"),
    ]);
  });

  it("with response normalization as a class of one's own: unknown after it, never guessed", () => {
    const degrees = degreesOf("alexnet lrn");
    expect(degrees.slice(0, 3)).toEqual(["conv1_input 0", "conv1 1", "norm1 ?"]);
    expect(degrees.slice(2).every((text) => text.endsWith(" ?"))).toBe(true);
    expect(placesOf("alexnet lrn")).toEqual([
      'unknown-layer: norm1 class_name "LocalResponseNormalization"',
      "bias-breaks-homogeneity: conv2 config.use_bias true",
      "bias-breaks-homogeneity: fc8 config.use_bias true",
      'activation-belongs-in-loss: fc8 config.activation "softmax"',
    ]);
    expect(message("alexnet lrn", "unknown-layer")[0]).toMatch(/^LocalResponseNormalization \(norm1 and norm2\)/);
  });
});

describe("VGG-16", () => {
  const CONVOLUTIONS = [2, 2, 3, 3, 3].map((count, block) =>
    Array.from({ length: count }, (_, i) => `block${block + 1}_conv${i + 1}`),
  );

  it("without biases: degree 16, one per weight layer", () => {
    const weightLayers = [...CONVOLUTIONS.flat(), "fc1", "fc2", "predictions"];
    const degrees = new Map(degreesOf("vgg16 plain").map((text) => text.split(" ") as [string, string]));
    expect(weightLayers.map((layer) => degrees.get(layer))).toEqual(weightLayers.map((_, i) => `${i + 1}`));
    for (const [block, layers] of CONVOLUTIONS.entries())
      expect(degrees.get(`block${block + 1}_pool`)).toBe(degrees.get(layers.at(-1) ?? ""));
    expect(degrees.size).toBe(1 + 16 + 5 + 1);
    expect(placesOf("vgg16 plain")).toEqual([MISMATCH("block1_conv1"), PARALLEL("predictions")]);
    expect(message("vgg16 plain", "degree-mismatch")[0]).toMatch(/degree 2, but the model has degree 16; .*‖W‖\^16$/);
  });

  it("as published: mixed from the second convolution on", () => {
    const { layers, model } = report("vgg16");
    expect(layers.findIndex(({ homogeneity }) => homogeneity === "mixed")).toBe(2);
    expect(model).toMatchObject({ output: { kind: "mixed" }, withoutBiases: { kind: "degree", degree: 16 } });
    expect(placesOf("vgg16")).toEqual([
      "bias-breaks-homogeneity: block1_conv2 config.use_bias true",
      "bias-breaks-homogeneity: predictions config.use_bias true",
      'activation-belongs-in-loss: predictions config.activation "softmax"',
      MISMATCH("block1_conv1"),
      PARALLEL("predictions"),
    ]);
    expect(message("vgg16", "bias-breaks-homogeneity")[0]).toMatch(/^layers block1_conv2, block2_conv1 and 12 more/);
  });
});

describe("ResNet-18", () => {
  it("with batch norm: each block comes back to degree 1, the output layer makes it 2", () => {
    // A convolution adds its own degree, the normalization takes all away but that of its γ.
    for (const text of degreesOf("resnet18")) {
      const [layer = ""] = text.split(" ");
      const isStart = ["image", "pad", "conv1"].includes(layer);
      const isConvolution = /^stage\d[ab]_(1|2|skip)$/.test(layer);
      const degree = layer === "conv1" ? "1" : isStart ? "0" : layer === "fc" || isConvolution ? "2~" : "1~";
      expect(text).toBe(`${layer} ${degree}`);
    }
    expect(report("resnet18").layers).toHaveLength(1 + 1 + 4 + 8 * 7 + 3 * 2 + 2);
    expect(placesOf("resnet18")).toEqual(['scale-invariant-weights: conv1 class_name "Conv2D"', PARALLEL("fc")]);
    expect(message("resnet18", "scale-invariant-weights")[0]).toMatch(/^layers conv1, stage2a_1 and 18 more/);
  });

  it("with weight decay in the model: it does not regularize the convolutions, and matches elsewhere", () => {
    expect(placesOf("resnet18 decay")).toEqual([
      "scale-invariant-weights: conv1 config.kernel_regularizer {",
      PARALLEL("fc"),
    ]);
    expect(message("resnet18 decay", "scale-invariant-weights")[0]).toMatch(
      /l2 on layers conv1, stage2a_1 and 18 more does not regularize the function/,
    );
    expect(degreesOf("resnet18 decay")).toEqual(degreesOf("resnet18"));
  });

  it("without normalization: identity skips mix degrees, two more with each block", () => {
    const degrees = degreesOf("resnet18 bare");
    expect(degrees).toContain("stage2a_2 3");
    expect(degrees).toContain("stage2a_add 1+3");
    expect(degrees).toContain("stage2b_add 1+3+5");
    // A 1×1 convolution on the skip adds one to each.
    expect(degrees).toContain("stage3a_skip 2+4+6");
    expect(degrees).toContain("stage3a_add 2+3+4+5+6+7");
    expect(placesOf("resnet18 bare")).toEqual(['mixed-degrees: stage2a_add class_name "Add"']);
    expect(message("resnet18 bare", "mixed-degrees")[0]).toMatch(
      /^layer stage2a_add: Add joins terms of degrees 1 and 3/,
    );
  });
});

describe("an MLP with biases", () => {
  it("the first layer may keep its own", () => {
    expect(degreesOf("mlp")).toEqual(["hidden1_input 0", "hidden1 1", "hidden2 1+2", "output 1+2+3"]);
    const breaks = [
      "bias-breaks-homogeneity: hidden2 config.use_bias true",
      "bias-breaks-homogeneity: output config.use_bias true",
    ];
    expect(placesOf("mlp")).toEqual([...breaks, PARALLEL("output")]);
    expect(placesOf("mlp decay")).toEqual([...breaks, MISMATCH("hidden1"), PARALLEL("output")]);
  });
});

describe("a transformer block", () => {
  it("of parts: scores have degree 4 after the normalization, softmax none, and all after it neither", () => {
    expect(degreesOf("transformer block")).toEqual([
      ...["tokens 0", "embedding 1", "ln1 1~", "query 2~", "key 2~", "scores 4~", "value 2~", "weights -"],
      ...["value_turned 2~", "attended -", "attention_output -", "add1 -", "ln2 -", "up -", "down -", "add2 -"],
      ...["pool -", "classes -"],
    ]);
    expect(placesOf("transformer block")).toEqual([
      'not-homogeneous: weights class_name "Softmax"',
      'not-homogeneous: up config.activation "gelu"',
      "bias-breaks-homogeneity: up config.use_bias true",
      "bias-breaks-homogeneity: classes config.use_bias true",
      'activation-belongs-in-loss: classes config.activation "softmax"',
      'unregularized-factor: embedding class_name "Embedding"',
    ]);
  });
});

describe("recurrence", () => {
  it("an LSTM, forward and backward: its gates have no degree", () => {
    expect(degreesOf("lstm")).toEqual(["embedding_input 0", "embedding 1", "bidirectional -", "score -"]);
    expect(placesOf("lstm")).toEqual([
      'not-homogeneous: bidirectional config.layer.class_name "LSTM"',
      "bias-breaks-homogeneity: score config.use_bias true",
      'activation-belongs-in-loss: score config.activation "sigmoid"',
    ]);
  });

  it("with relu: one use more of the recurrent weights per step; each kernel has the regularizer of its own key", () => {
    expect(degreesOf("relu rnn")).toEqual(["rnn_input 0", "rnn 1+2+3", "output 2+3+4"]);
    expect(placesOf("relu rnn")).toEqual(['mixed-degrees: rnn class_name "SimpleRNN"']);
    const read = readKeras(JSON.parse(architectures["relu rnn"]));
    expect(read.ok && read.graph.parameters.map(({ id, penalty }) => [id, penalty?.name, penalty?.degrees])).toEqual([
      ["rnn/kernel", "l2", [2]],
      ["rnn/recurrent_kernel", "l1", [1]],
      ["output/kernel", "l2", [2]],
    ]);
  });
});

describe("a model that is used twice inside another", () => {
  it("has its layers once per use, its weights once", () => {
    expect(degreesOf("siamese")).toEqual([
      ...[
        "left 0",
        "right 0",
        "tower/t1 1",
        "tower/t2 2",
        "tower (use 2)/t1 1",
        "tower (use 2)/t2 2",
        "both 2",
        "score 3",
      ],
    ]);
    const read = readKeras(JSON.parse(architectures.siamese));
    expect(read.ok && read.graph.parameters.map(({ id }) => id)).toEqual([
      "tower/t1/kernel",
      "tower/t2/kernel",
      "score/kernel",
    ]);
    expect(placesOf("siamese")).toEqual([PARALLEL("score")]);
  });
});
