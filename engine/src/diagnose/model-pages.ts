/** The pages of findings about layer graphs. Their examples are small Keras models as `to_json()` writes them. */
import type { InputCode, StaticCode } from "./finding.ts";
import { PAPER } from "./page-examples.ts";
import type { FindingPage, PageExample } from "./pages.ts";

export type ModelPageCode =
  | Extract<InputCode, "invalid-model">
  | Extract<
      StaticCode,
      | "mixed-degrees"
      | "not-homogeneous"
      | "bias-breaks-homogeneity"
      | "scale-invariant-weights"
      | "activation-belongs-in-loss"
      | "unregularized-factor"
      | "not-parallel"
      | "unknown-layer"
    >;

type Layer = readonly [
  className: string,
  name: string,
  config: Readonly<Record<string, unknown>>,
  inputs?: readonly string[],
];

const L2 = { class_name: "L2", config: { l2: 0.01 } } as const;

/** Layers in one line each; a layer without inputs takes the one before it. */
function model(layers: readonly Layer[]): PageExample {
  const all: readonly Layer[] = [["InputLayer", "x", { batch_input_shape: [null, 4] }], ...layers];
  const lines = all.map(([class_name, name, config, inputs], index) => {
    const from = index === 0 ? [] : [(inputs ?? [all[index - 1]?.[1] ?? "x"]).map((input) => [input, 0, 0, {}])];
    return `    ${JSON.stringify({ class_name, name, config: { name, ...config }, inbound_nodes: from })}`;
  });
  const ends = `"input_layers": [["x", 0, 0]], "output_layers": [["${all.at(-1)?.[1]}", 0, 0]]`;
  const config = `{"class_name": "Functional", "config": {"name": "example", ${ends}, "layers": [\n${lines.join(",\n")}\n]}}\n`;
  return { config, fileName: "model.json" };
}

function dense(
  name: string,
  units: number,
  more: Readonly<Record<string, unknown>> = {},
  inputs?: readonly string[],
): Layer {
  const config = { units, use_bias: false, ...more };
  return inputs === undefined ? ["Dense", name, config] : ["Dense", name, config, inputs];
}

/** A config with these layers, one a line, on four samples. */
function network(layers: readonly string[], more: Readonly<Record<string, string>> = {}): PageExample {
  const lines = layers.map((layer) => `    - ${layer}\n`).join("");
  const others = Object.entries(more).map(([key, value]) => `${key}: ${value}\n`);
  return {
    config: `data: {input: x.csv, target: y.csv}\nmapping:\n  kind: network\n  layers:\n${lines}lambda: {relative: 0.1}\n${others.join("")}`,
    files: { "x.csv": "1,2\n2,-1\n3,1\n-4,2\n", "y.csv": "1\n0\n0\n1\n" },
  };
}

const mendedNetwork = network(["dense: 4", "relu", "dense"]);

const RELU = { activation: "relu" } as const;
const twoLayers = model([dense("hidden", 8, RELU), dense("output", 2)]);

export const MODEL_PAGES: Readonly<Record<ModelPageCode, FindingPage>> = {
  "invalid-model": {
    title: "The model file cannot be used",
    severity: "error",
    statement:
      "The file is neither a Keras or TensorFlow.js model as JSON nor an ONNX file, is cut off, goes beyond a cap, or its layers refer to layers that are not " +
      "there. Nothing is guessed: a layer whose inputs are missing has no degree.",
    source: "The formats of Keras, TensorFlow.js and ONNX",
    failing: model([dense("hidden", 8, RELU), dense("output", 2, {}, ["hiden"])]),
    mended: twoLayers,
    advice: [
      "Export the model again: `model.to_json()` in Keras, `tensorflowjs_converter` for `model.json`, `torch.onnx.export` or tf2onnx for `.onnx`.",
      "The message names the layer, and the cap where there is one.",
    ],
  },
  "unknown-layer": {
    title: "A layer that is not known",
    severity: "warning",
    statement:
      "The degree after a layer follows from a rule for its kind. For custom layers and those without a rule nothing is claimed, and nothing after them: a guess " +
      "would make every later statement worthless.",
    source: "The table of degrees, docs/architecture.md",
    failing: model([dense("hidden", 8), ["MyActivation", "mine", {}], dense("output", 2)]),
    mended: twoLayers,
    advice: [
      "Replace the layer by known ones, or judge a copy of the model in which a layer of the same degree stands for it.",
    ],
  },
  "mixed-degrees": {
    title: "Terms of different degrees are added",
    severity: "warning",
    statement:
      "Scaling all parameters by α has to scale the output by one power of it, φ(αX) = α^p φ(X). Where terms of different degrees are added, as by an identity skip around " +
      "weights, by the steps of a recurrence, or by a slope that is trained, there is no such p, and neither Theorem 15 nor the regularizer's match exists.",
    source: `${PAPER}, (19) and section 4`,
    failing: model([dense("inner", 4, RELU), ["Add", "skip", {}, ["x", "inner"]], dense("output", 2)]),
    mended: model([
      dense("inner", 4, RELU),
      dense("linear", 4, {}, ["x"]),
      ["Add", "skip", {}, ["linear", "inner"]],
      dense("output", 2),
    ]),
    inConfig: {
      failing: network(["residual: [dense: 2]", "relu", "dense"]),
      mended: network(["dense: 2", "relu", "dense"]),
    },
    advice: [
      "Put a linear layer (a 1×1 convolution) on the skip, so that every path has as many weight layers.",
      "Replace PReLU by a leaky ReLU with a fixed slope.",
      "A regularizer such as the elastic net, ‖·‖₁ + ½‖·‖², is mixed in the same way: use a weighted sum of norms, `{l2: 1, l1: 0.5}`, in a product or power.",
    ],
  },
  "not-homogeneous": {
    title: "A layer without a degree of homogeneity",
    severity: "warning",
    statement:
      "tanh, sigmoid, softplus, ELU, GELU, SiLU, capped ReLUs, local response normalization, softmax inside the network, attention and gated recurrences are not " +
      "positively homogeneous: there is no p with φ(αX) = α^p φ(X), so that the theory says nothing about the model's minima.",
    source: `${PAPER}, section 4`,
    failing: model([dense("hidden", 8, { activation: "tanh" }), dense("output", 2)]),
    mended: twoLayers,
    inConfig: { failing: network(["dense: 4", "tanh", "dense"]), mended: mendedNetwork },
    advice: [
      "Use ReLU, leaky ReLU, absolute value, maxout, max or average pooling: they keep the degree. Powers xᵏ multiply it by k.",
      "Leave out local response normalization.",
    ],
  },
  "bias-breaks-homogeneity": {
    title: "A bias of another degree than what it is added to",
    severity: "warning",
    statement:
      "After the k-th weight layer the weights' term has degree k, and its bias has degree 1. They agree in the first layer only, where a bias is the weight of a constant " +
      "input; later ones make the degree mixed. The output's bias can stay as a parameter outside the mapping, an intercept Q.",
    source: `${PAPER}, (20) and section 4`,
    failing: model([dense("hidden", 8, RELU), dense("output", 2, { use_bias: true })]),
    mended: model([dense("hidden", 8, { ...RELU, use_bias: true }), dense("output", 2)]),
    inConfig: {
      failing: network(["dense: {units: 4, bias: true}", "relu", "dense: {units: 1, bias: true}"]),
      mended: network(["dense: {units: 4, bias: true}", "relu", "dense: 1"], { extra: "{intercept: true}" }),
    },
    advice: [
      "Build later layers with `use_bias=False`; the first layer may keep its bias.",
      "For the output's bias: `extra: {intercept: true}` in a config.",
    ],
  },
  "scale-invariant-weights": {
    title: "Weights whose scale changes nothing",
    severity: "warning",
    statement:
      "A batch, layer or group normalization divides by a norm of its input, so that the weights before it have degree 0 alone: scaling them does not change the function. " +
      "Weight decay on them does not regularize it; it only changes the step size of training. With ε > 0 all this holds approximately. What scales is γ (degree 1) and β (degree 1).",
    source: "Derived from haeffele2015, section 4: degree 0 is excluded from the theory",
    failing: model([
      dense("hidden", 8, { kernel_regularizer: L2 }),
      ["BatchNormalization", "norm", { epsilon: 0.001 }],
      ["ReLU", "relu", {}],
      dense("output", 2, { kernel_regularizer: L2 }),
    ]),
    mended: model([
      dense("hidden", 8, { ...RELU, kernel_regularizer: L2 }),
      dense("output", 2, { kernel_regularizer: L2 }),
    ]),
    inConfig: { failing: network(["dense: 4", "batchNorm", "relu", "dense"]), mended: mendedNetwork },
    advice: [
      "Regularize the scale γ and the layers after the last normalization.",
      "Or leave the normalization out, and the weights have a degree.",
    ],
  },
  "activation-belongs-in-loss": {
    title: "A final softmax or sigmoid",
    severity: "warning",
    statement:
      "The theory asks for a loss that is convex in the mapping's output. Cross-entropy is convex in the numbers before the softmax, the logistic loss in those before the " +
      "sigmoid; as layers of the mapping both have no degree. Moved into the loss, the model computes the same, and degrees are judged before it.",
    source: `${PAPER}, (20)`,
    failing: model([dense("hidden", 8, RELU), dense("output", 2, { activation: "softmax" })]),
    mended: twoLayers,
    inConfig: {
      failing: network(["dense: 4", "relu", "dense", "sigmoid"]),
      mended: network(["dense: 4", "relu", "dense"], { loss: "logistic" }),
    },
    advice: [
      "Leave the activation of the last layer linear, and train with `CategoricalCrossentropy(from_logits=True)` or `BinaryCrossentropy(from_logits=True)`.",
      "In a config: `loss: cross-entropy` or `loss: logistic`.",
    ],
  },
  "unregularized-factor": {
    title: "Some weights are regularized, others are not",
    severity: "warning",
    statement:
      "The pair (φ, g) has to be nondegenerate: where one layer is free, scaling it by c and a regularized one by 1/c leaves the output as it is and drives the regularizer to 0, " +
      "so that Ω is 0 and regularizes nothing.",
    source: `${PAPER}, Definition 8 and footnote 3`,
    failing: model([dense("hidden", 8, { ...RELU, kernel_regularizer: L2 }), dense("output", 2)]),
    mended: model([
      dense("hidden", 8, { ...RELU, kernel_regularizer: L2 }),
      dense("output", 2, { kernel_regularizer: L2 }),
    ]),
    advice: ["Give every weight layer the same regularizer, or none."],
  },
  "not-parallel": {
    title: "One deep network, not a sum of parallel ones",
    severity: "info",
    statement:
      "The theory is about Φ(X) = Σᵢ φ(Xᵢ): subnetworks with weights of their own whose outputs are added. A network with one hidden layer is such a sum over its hidden units. A deeper one is " +
      "a single branch, in which no zero branch can prove that a local minimum is global, and which cannot grow by branches.",
    source: `${PAPER}, (20), Theorem 15`,
    failing: model([dense("first", 8, RELU), dense("second", 8, RELU), dense("output", 2)]),
    mended: model([
      dense("first_a", 8, RELU, ["x"]),
      dense("second_a", 8, RELU),
      dense("output_a", 2),
      dense("first_b", 8, RELU, ["x"]),
      dense("second_b", 8, RELU),
      dense("output_b", 2),
      ["Add", "sum", {}, ["output_a", "output_b"]],
    ]),
    advice: [
      "Add several copies of the network, each with weights of its own.",
      "The certificate still applies to the layer graph as one branch of a config.",
    ],
  },
};
