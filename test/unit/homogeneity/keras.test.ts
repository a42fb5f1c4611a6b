import { checkModelText, type LayerRow, modelDegrees, readKeras } from "@optimality-lens/engine";
import { describe, expect, it } from "vitest";
import {
  type Config,
  functional,
  input,
  keras3,
  L2,
  type Layer,
  lenet,
  lstm,
  mlp,
  resnet,
  sequential,
  tensorflowJs,
  tower,
  transformerBlock,
  vgg16,
} from "../../support/keras-models.ts";

const report = (model: Config) => checkModelText(JSON.stringify(model, null, 1));
const codes = (model: Config) => report(model).findings.map(({ code }) => code);
const row = (rows: readonly LayerRow[], layer: string) => rows.find((entry) => entry.layer === layer);
const messages = (model: Config, code: string) =>
  report(model)
    .findings.filter((finding) => finding.code === code)
    .map(({ message }) => message);
const output = (model: Config) => report(model).model?.output;

function degreesOf(model: Config) {
  const read = readKeras(model);
  if (!read.ok) throw new Error(read.problems[0]?.message);
  return modelDegrees(read.graph);
}

/** The first layers of AlexNet and its last, with a normalization of the given kind. */
const alexnetTop = (normalization: Layer): Config =>
  functional([
    input([227, 227, 3]),
    ["Conv2D", "conv1", { filters: 96, kernel_size: [11, 11], strides: [4, 4], use_bias: false, activation: "relu" }],
    normalization,
    ["MaxPooling2D", "pool1", { pool_size: [3, 3], strides: [2, 2] }],
    ["Flatten", "flatten"],
    ["Dense", "fc8", { units: 1000, use_bias: false }],
  ]);

const chain = (...layers: Layer[]): Config =>
  functional([input([4]), ["Dense", "first", { units: 4, use_bias: false }], ...layers]);

describe("architectures written by hand, with what TensorFlow.js does not write", () => {
  it("LeNet as Keras 2 writes it", () => {
    const found = report(lenet({ bias: true, activation: "tanh", head: "softmax" }));
    expect(found.findings.map(({ code }) => code)).toEqual([
      "not-homogeneous",
      "bias-breaks-homogeneity",
      "bias-breaks-homogeneity",
      "activation-belongs-in-loss",
    ]);
    expect(row(found.layers, "conv1")).toMatchObject({ kind: "Conv2D, tanh", homogeneity: "none" });
  });

  it.each([
    ["tf.nn.local_response_normalization", ["TFOpLambda", "nn.local_response_normalization"]],
    ["tf.nn.lrn", ["TFOpLambda", "nn.lrn"]],
  ] as const)("AlexNet with %s, recorded by name: LRN has no degree", (_, [className, name]) => {
    const model = alexnetTop([className, "lrn", { name: "lrn", function: name }]);
    expect(report(model).layers.map(({ degree, homogeneity }) => degree ?? homogeneity)).toEqual([
      ...[0, 1, "none", "none", "none", "none"],
    ]);
    expect(messages(model, "not-homogeneous")).toEqual([
      expect.stringMatching(/^layer lrn: LRN has no degree of homogeneity.*; leave it out$/),
    ]);
    expect(report(model).findings[0]?.path).toBe("config.layers[2].class_name");
  });

  it("AlexNet with LRN in a Lambda, whose code is not read: unknown", () => {
    const model = alexnetTop(["Lambda", "lrn", { function: ["4wEAAAAAAAAA", null, null], function_type: "lambda" }]);
    expect(messages(model, "unknown-layer")).toEqual([expect.stringMatching(/^Lambda \(lrn\) is not a layer/)]);
    expect(report(model).layers.map(({ degree, homogeneity }) => degree ?? homogeneity)).toEqual([
      ...[0, 1, "unknown", "unknown", "unknown", "unknown"],
    ]);
  });

  it("VGG-16 with L2 of Keras 2 and 3: Proposition 19", () => {
    const words = /^l2 has degree 2, but the model has degree 16; zero is always a local minimum/;
    for (const more of [{}, { module: "keras.regularizers", registered_name: null }])
      expect(messages(vgg16(false, "linear", { ...L2, ...more }), "degree-mismatch")).toEqual([
        expect.stringMatching(words),
      ]);
  });

  it("ResNet as Keras' applications have it: biases before batch norm are cancelled", () => {
    const { layers, findings, model } = report(resnet({ norm: true, outputBias: false }));
    expect(row(layers, "b2_add")).toMatchObject({ degree: 1, approximate: true });
    expect(row(layers, "b1_1")?.note).toContain("cancelled");
    expect(model?.output).toEqual({ kind: "degree", degree: 2 });
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ["scale-invariant-weights", "info"],
      ["not-parallel", "info"],
    ]);
    expect(findings[0]?.message).toMatch(/^layers stem, b1_1 and 3 more/);
  });

  it("a transformer block with MultiHeadAttention: attention and gelu have no degree", () => {
    for (const model of [transformerBlock(), keras3(transformerBlock())]) {
      const found = report(model);
      expect(messages(model, "not-homogeneous")).toEqual([
        expect.stringMatching(/^layer attention: softmax attention/),
        expect.stringMatching(/^layer up: gelu/),
      ]);
      expect(found.model?.output.kind).toBe("none");
      // γ and β agree, whatever comes before.
      expect(found.findings.some(({ message }) => message.includes("shift"))).toBe(false);
    }
  });

  it("an LSTM as Keras 2 writes it, with sigmoid for its gates", () => {
    const found = report(lstm());
    expect(found.findings.map(({ code }) => code)).toContain("not-homogeneous");
    expect(found.findings[0]?.message).toMatch(/^layer bidirectional: LSTM \(sigmoid and tanh gates\)/);
    expect(found.findings.map(({ code }) => code)).toContain("activation-belongs-in-loss");
  });
});

describe("formats", () => {
  it("TensorFlow.js model.json, Keras 2 and Keras 3 give the same degrees", () => {
    const model = resnet({ norm: false, outputBias: true });
    const degrees = report(model).layers.map(({ layer, degrees: each }) => [layer, each]);
    expect(report(tensorflowJs(model)).layers.map(({ layer, degrees: each }) => [layer, each])).toEqual(degrees);
    expect(report(keras3(model)).layers.map(({ layer, degrees: each }) => [layer, each])).toEqual(degrees);
  });

  it("takes a Sequential whose config is the list itself, and weight shapes from the manifest", () => {
    const { config } = lenet({ bias: false, activation: "relu", head: "linear" }) as { config: { layers: unknown } };
    expect(output({ class_name: "Sequential", config: config.layers })).toEqual({ kind: "degree", degree: 5 });
    const read = readKeras(tensorflowJs(lenet({ bias: false, activation: "relu", head: "linear" })));
    expect(read.ok && read.graph.parameters[0]).toMatchObject({ id: "conv1/kernel", shape: [5, 5, 1, 6] });
  });

  it("counts shared layers once per use, and nested models with their parameters", () => {
    const shared = functional([
      input([4]),
      ["Dense", "w", { units: 4, use_bias: false }, [["x"], ["w@0"]]],
      ["Dense", "out", { units: 1, use_bias: false }, [["w@1"]]],
    ]);
    const degrees = degreesOf(shared);
    expect(degrees.output).toEqual({ kind: "degree", degree: 3 });
    expect(degrees.factors.map(({ degree }) => degree)).toEqual([
      { kind: "degree", degree: 2 },
      { kind: "degree", degree: 1 },
    ]);
    const encoder = functional(
      [
        input([4], "inner"),
        ["Dense", "e1", { units: 4, use_bias: false, activation: "relu" }],
        ["Dense", "e2", { units: 4, use_bias: false }],
      ],
      undefined,
      "encoder",
    );
    const twice = functional([
      input([4]),
      ["Functional", "encoder", encoder["config"] as Config, [["x"], ["encoder@0"]]],
      ["Dense", "out", { units: 1, use_bias: false }, [["encoder@1"]]],
    ]);
    expect(output(twice)).toEqual({ kind: "degree", degree: 5 });
    expect(degreesOf(twice).graph.parameters.map(({ id }) => id)).toEqual([
      "encoder/e1/kernel",
      "encoder/e2/kernel",
      "out/kernel",
    ]);
    expect(report(twice).layers.map(({ layer }) => layer)).toContain("encoder (use 2)/e1");
  });

  it("leaves graph models and other JSON alone, with a reason", () => {
    expect(report({ format: "graph-model", modelTopology: { node: [] } }).findings[0]?.message).toMatch(/graph model/);
    expect(report({ a: 1 }).findings[0]?.code).toBe("invalid-model");
    expect(checkModelText("[").findings[0]?.code).toBe("syntax-error");
    expect(checkModelText("[".repeat(100_000)).findings[0]?.message).toMatch(/nested deeper than 200/);
  });
});

describe("layers", () => {
  const outputAfter = (...layers: Layer[]) => output(chain(...layers));
  it.each<[string, Layer, number]>([
    ["relu", ["ReLU", "l", { max_value: null, negative_slope: 0, threshold: 0 }], 1],
    ["leaky relu", ["LeakyReLU", "l", { alpha: 0.3 }], 1],
    ["relu by object", ["Activation", "l", { activation: { class_name: "ReLU", config: { negative_slope: 0.1 } } }], 1],
    [
      "relu of Keras 3",
      ["Activation", "l", { activation: { module: "keras.activations", class_name: "function", config: "relu" } }],
      1,
    ],
    ["max pooling", ["MaxPooling1D", "l", {}], 1],
    ["global pooling", ["GlobalMaxPooling1D", "l", {}], 1],
    ["reshape", ["Reshape", "l", { target_shape: [2, 2] }], 1],
    ["upsampling", ["UpSampling2D", "l", {}], 1],
    ["dropout", ["Dropout", "l", { rate: 0.5 }], 1],
    ["separable convolution", ["SeparableConv2D", "l", { use_bias: false }], 3],
    ["depthwise convolution", ["DepthwiseConv2D", "l", { use_bias: false }], 2],
    [
      "time-distributed dense",
      ["TimeDistributed", "l", { layer: { class_name: "Dense", config: { use_bias: false } } }],
      2,
    ],
    ["batch norm", ["BatchNormalization", "l", { epsilon: 0 }], 1],
    [
      "batch norm without scale and center",
      ["BatchNormalization", "l", { epsilon: 0, scale: false, center: false }],
      0,
    ],
    ["unit normalization", ["UnitNormalization", "l", {}], 0],
    ["square", ["TFOpLambda", "l", { function: "math.square" }], 2],
    ["product with itself", ["Multiply", "l", {}, [["first", "first"]]], 2],
  ])("%s keeps homogeneity", (_, layer, degree) => {
    expect(outputAfter(layer)).toEqual({ kind: "degree", degree });
  });

  it.each<[string, Layer, string]>([
    ["capped relu", ["ReLU", "l", { max_value: 6 }], "not-homogeneous"],
    ["thresholded relu", ["ReLU", "l", { threshold: 1 }], "not-homogeneous"],
    ["elu", ["ELU", "l", {}], "not-homogeneous"],
    ["PReLU", ["PReLU", "l", {}], "mixed-degrees"],
    ["simple recurrence with relu", ["SimpleRNN", "l", { activation: "relu", use_bias: false }], "mixed-degrees"],
    ["simple recurrence", ["SimpleRNN", "l", {}], "not-homogeneous"],
    ["GRU", ["GRU", "l", {}], "not-homogeneous"],
    ["x + 1", ["TFOpLambda", "l", { function: "__operators__.add" }], "mixed-degrees"],
    ["center without scale", ["BatchNormalization", "l", { scale: false }], "bias-breaks-homogeneity"],
    ["frozen batch norm", ["BatchNormalization", "l", { trainable: false }], "mixed-degrees"],
    ["a custom layer", ["Custom>Swirl", "l", {}], "unknown-layer"],
    ["a lambda", ["Lambda", "l", { function: ["4wEAAAA=", null, null] }], "unknown-layer"],
    ["an unknown activation", ["Activation", "l", { activation: "swirl" }], "unknown-layer"],
  ])("%s does not", (name, layer, code) => {
    const model = chain(layer, ["Dense", "last", { units: 1, use_bias: false }]);
    if (name === "x + 1") {
      const entries = (model["config"] as { layers: { name: string; inbound_nodes: unknown[][][] }[] }).layers;
      entries.find((entry) => entry.name === "l")?.inbound_nodes[0]?.[0]?.splice(3, 1, { y: 1 });
    }
    expect(codes(model)).toContain(code);
    expect(output(model)?.kind).not.toBe("degree");
  });

  it("a function of the data alone breaks nothing", () => {
    expect(
      output(
        functional([
          input([4]),
          ["Activation", "t", { activation: "tanh" }],
          ["Dense", "d", { units: 1, use_bias: false }],
        ]),
      ),
    ).toEqual({ kind: "degree", degree: 1 });
  });

  it("the degree in each factor alone: normalization takes it away, unequal paths mix it", () => {
    const two = functional([
      input([4]),
      ["Dense", "a", { units: 4, use_bias: false }],
      ["Dense", "b", { units: 4, use_bias: false }, [["x"]]],
      ["Add", "sum", {}, [["a", "b"]]],
      ["Dense", "c", { units: 1, use_bias: false }],
    ]);
    expect(degreesOf(two).output).toEqual({ kind: "degree", degree: 2 });
    expect(
      degreesOf(two).factors.map(({ degree }) =>
        degree?.kind === "mixed" ? degree.degrees : degree?.kind === "degree" && degree.degree,
      ),
    ).toEqual([[0, 1], [0, 1], 1]);
    const norm = degreesOf(resnet({ norm: true, outputBias: false, blocks: 1 }));
    const byId = new Map(
      norm.factors.map(({ parameters, degree }) => [norm.graph.parameters[parameters[0] ?? -1]?.id, degree]),
    );
    expect(byId.get("b1_2/kernel")).toEqual({ kind: "degree", degree: 0 });
    expect(byId.get("logits/kernel")).toEqual({ kind: "degree", degree: 1 });
  });

  it("a first layer's bias belongs to its kernel", () => {
    const degrees = degreesOf(
      functional([input([4]), ["Dense", "a", { units: 4 }], ["Dense", "b", { units: 1, use_bias: false }]]),
    );
    expect(degrees.factors.map(({ parameters, degree }) => [parameters.length, degree])).toEqual([
      [2, { kind: "degree", degree: 1 }],
      [1, { kind: "degree", degree: 1 }],
    ]);
  });

  it("outputs of different degrees are mixed", () => {
    const heads = functional(
      [input([4]), ["Dense", "a", { units: 4, use_bias: false }], ["Dense", "b", { units: 1, use_bias: false }]],
      ["a", "b"],
    );
    expect(messages(heads, "mixed-degrees")[0]).toMatch(
      /^the outputs \(layers a and b\) have mixed degrees \(1 and 2\)/,
    );
  });
});

describe("places", () => {
  it("findings stand at the key that breaks homogeneity", () => {
    const text = JSON.stringify(mlp("relu", true), null, 2);
    const lines = text.split("\n");
    const [first] = checkModelText(text).findings;
    expect(first?.path).toBe("config.layers[1].config.use_bias");
    const line = lines[first?.range?.start.line ?? 0] ?? "";
    expect(line.slice(first?.range?.start.character, first?.range?.end.character)).toBe("true");
  });

  it("a tower of 10,000 layers has degree 10,000, and each layer its own", () => {
    const found = report(tower(10_000));
    expect(found.model?.output).toEqual({ kind: "degree", degree: 10_000 });
    expect(found.layers.map(({ degree }) => degree)).toEqual(Array.from({ length: 10_001 }, (_, i) => i));
    expect(found.findings.map(({ code, path }) => [code, path])).toEqual([
      ["not-parallel", "config.layers[10000].config.activation"],
    ]);
  });

  it("10,000 layers with skips: mixed from the first one on", () => {
    const { findings, layers } = report(resnet({ norm: false, outputBias: true, blocks: 2000 }));
    expect(layers).toHaveLength(2000 * 5 + 6);
    expect(row(layers, "b2000_add")).toMatchObject({ homogeneity: "mixed", degrees: [1, 3, 5, 7, 9, 4001] });
    expect(findings.map(({ code }) => code)).toEqual(["mixed-degrees", "bias-breaks-homogeneity"]);
  });

  it("refuses nested models that multiply without end", () => {
    let model = functional([input([4]), ["Dense", "d", { units: 4 }]]);
    for (let depth = 0; depth < 18; depth++) {
      model = functional([
        input([4]),
        ["Functional", "m", model["config"] as Config, [["x"], ["m@0"], ["m@1"], ["m@2"]]],
        ["Flatten", "f", {}, [["m@3"]]],
      ]);
    }
    expect(report(model).findings[0]?.message).toMatch(/more than 50,000 layers/);
  });

  it("says which layer refers to one that is not there", () => {
    const { findings } = report(functional([input([4]), ["Dense", "a", {}, [["nope"]]]]));
    expect(findings[0]).toMatchObject({
      code: "invalid-model",
      message: "layer a takes the output of nope, which is not among the layers",
    });
    const loop = functional([input([4]), ["Add", "a", {}, [["x", "b"]]], ["Flatten", "b", {}, [["a"]]]]);
    expect(report(loop).findings[0]?.code).toBe("invalid-model");
  });
});

describe("regularizers of the model", () => {
  const two = (first: Config | undefined, second: Config | undefined) =>
    sequential([
      [
        "Dense",
        "a",
        {
          units: 4,
          use_bias: false,
          activation: "relu",
          kernel_regularizer: first ?? null,
          batch_input_shape: [null, 4],
        },
      ],
      ["Dense", "b", { units: 1, use_bias: false, kernel_regularizer: second ?? null }],
    ]);
  it("weight decay matches two layers; ℓ1 and both together do not", () => {
    expect(codes(two(L2, L2))).toEqual([]);
    expect(codes(two(undefined, undefined))).toEqual([]);
    const l1 = { class_name: "L1", config: { l1: 0.1 } };
    expect(codes(two(l1, l1))).toEqual(["degree-mismatch"]);
    const both = { class_name: "L1L2", config: { l1: 0.1, l2: 0.1 } };
    expect(messages(two(both, both), "degree-mismatch")[0]).toMatch(/l1_l2 has mixed degrees \(1 and 2\)/);
    expect(codes(two({ class_name: "L1L2", config: { l1: 0, l2: 0.1 } }, L2))).toEqual([]);
  });
  it.each([
    ["SimpleRNN", { activation: "relu", use_bias: false }, ["l1", "l2"]],
    ["MultiHeadAttention", { use_bias: false }, ["l1", "l1", "l1", "l1"]],
    ["DepthwiseConv2D", { use_bias: false, depthwise_regularizer: "L2" }, ["L2"]],
    ["SeparableConv2D", { use_bias: false, depthwise_regularizer: "l2", pointwise_regularizer: "l1" }, ["l2", "l1"]],
  ])("%s: each kernel has the regularizer of its own key", (className, config, expected) => {
    const all = { kernel_regularizer: "l1", recurrent_regularizer: "l2", ...config };
    const read = readKeras(functional([input([4]), [className, "l", all]]));
    expect(read.ok && read.graph.parameters.map(({ penalty }) => penalty?.name)).toEqual(expected);
    expect(read.ok && read.graph.parameters.every(({ penalty }) => penalty?.degrees.length === 1)).toBe(true);
  });
  it("Keras 1: W and U", () => {
    const regularizer = (l2: number, l1: number) => ({ name: "WeightRegularizer", l1, l2 });
    const config = { W_regularizer: regularizer(0.1, 0), U_regularizer: regularizer(0, 0.1) };
    const read = readKeras(functional([input([4]), ["LSTM", "l", config]]));
    expect(read.ok && read.graph.parameters.map(({ id, penalty }) => [id, penalty?.name])).toEqual([
      ["l/kernel", "l2"],
      ["l/recurrent_kernel", "l1"],
      ["l/bias", undefined],
    ]);
  });
  it("one free layer makes the pair degenerate", () => {
    expect(codes(two(L2, undefined))).toEqual(["unregularized-factor"]);
  });
});
