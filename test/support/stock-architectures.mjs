// A worker thread of its own with TensorFlow.js as it is published: makes well-known architectures in their published sizes and writes
// them with its own exporter. Only the topology is wanted, so weights are zeros that are never touched and cost no memory.
import { parentPort } from "node:worker_threads";
import "@tensorflow/tfjs-backend-cpu";
import { io, serialization } from "@tensorflow/tfjs-core";
import { input, layers, model, regularizers, sequential } from "@tensorflow/tfjs-layers";

// What loading a model with weights does to each layer before it is built.
const build = layers.Layer.prototype.addWeight;
layers.Layer.prototype.addWeight = function addWeight(...given) {
  this.setFastWeightInitDuringBuild(true);
  return build.apply(this, given);
};

const { activation, add, averagePooling2d, batchNormalization, bidirectional, concatenate, conv2d, dense, dot } =
  layers;
const { dropout, embedding, flatten, globalAveragePooling1d, globalAveragePooling2d, layerNormalization } = layers;
const { lstm, maxPooling2d, permute, simpleRNN, softmax, zeroPadding2d } = layers;

/** `y = layers(x)`, one after the other. */
const through = (x, ...list) => list.reduce((value, layer) => layer.apply(value), x);
const weightDecay = (strength) => ({ kernelRegularizer: regularizers.l2({ l2: strength }) });

/** LeCun et al. 1998, and with relu, without biases and with weight decay. */
function lenet({ plain }) {
  const more = plain
    ? { activation: "relu", useBias: false, ...weightDecay(1e-4) }
    : { activation: "tanh", useBias: true };
  return sequential({
    name: "lenet",
    layers: [
      conv2d({ name: "c1", inputShape: [28, 28, 1], filters: 6, kernelSize: 5, padding: "same", ...more }),
      averagePooling2d({ name: "s2", poolSize: 2 }),
      conv2d({ name: "c3", filters: 16, kernelSize: 5, ...more }),
      averagePooling2d({ name: "s4", poolSize: 2 }),
      flatten({ name: "flatten" }),
      dense({ name: "c5", units: 120, ...more }),
      dense({ name: "f6", units: 84, ...more }),
      dense({ name: "output", units: 10, ...more, activation: plain ? "linear" : "softmax" }),
    ],
  });
}

/** Krizhevsky et al. 2012, section 3.3: across channels, k = 2, n = 5, α = 1e-4, β = 0.75. As users write it, a layer of their own. */
class LocalResponseNormalization extends layers.Layer {
  static className = "LocalResponseNormalization";

  computeOutputShape(inputShape) {
    return inputShape;
  }

  getConfig() {
    return { ...super.getConfig(), depthRadius: 2, bias: 2, alpha: 1e-4, beta: 0.75 };
  }
}
serialization.registerClass(LocalResponseNormalization);

function alexnet({ lrn = false, bias = true }) {
  const more = { activation: "relu", useBias: bias, ...weightDecay(5e-4) };
  const norm = (name) => (lrn ? [new LocalResponseNormalization({ name })] : []);
  const pool = (name) => maxPooling2d({ name, poolSize: 3, strides: 2 });
  return sequential({
    name: "alexnet",
    layers: [
      conv2d({ name: "conv1", inputShape: [227, 227, 3], filters: 96, kernelSize: 11, strides: 4, ...more }),
      ...norm("norm1"),
      pool("pool1"),
      conv2d({ name: "conv2", filters: 256, kernelSize: 5, padding: "same", ...more }),
      ...norm("norm2"),
      pool("pool2"),
      conv2d({ name: "conv3", filters: 384, kernelSize: 3, padding: "same", ...more }),
      conv2d({ name: "conv4", filters: 384, kernelSize: 3, padding: "same", ...more }),
      conv2d({ name: "conv5", filters: 256, kernelSize: 3, padding: "same", ...more }),
      pool("pool5"),
      flatten({ name: "flatten" }),
      dense({ name: "fc6", units: 4096, ...more }),
      dropout({ name: "drop6", rate: 0.5 }),
      dense({ name: "fc7", units: 4096, ...more }),
      dropout({ name: "drop7", rate: 0.5 }),
      dense({ name: "fc8", units: 1000, ...more, activation: bias ? "softmax" : "linear" }),
    ],
  });
}

/** Simonyan & Zisserman 2015, configuration D, as a functional graph. */
function vgg16({ plain }) {
  const more = { activation: "relu", useBias: !plain, ...weightDecay(5e-4) };
  const x = input({ shape: [224, 224, 3], name: "image" });
  let y = x;
  for (const [block, [filters, count]] of [
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ].entries()) {
    for (let i = 1; i <= count; i++) {
      y = conv2d({ name: `block${block + 1}_conv${i}`, filters, kernelSize: 3, padding: "same", ...more }).apply(y);
    }
    y = maxPooling2d({ name: `block${block + 1}_pool`, poolSize: 2, strides: 2 }).apply(y);
  }
  const head = dense({ name: "predictions", units: 1000, ...more, activation: plain ? "linear" : "softmax" });
  const top = ["fc1", "fc2"].map((name) => dense({ name, units: 4096, ...more }));
  return model({ name: "vgg16", inputs: x, outputs: through(y, flatten({ name: "flatten" }), ...top, head) });
}

/** He et al. 2016, ResNet-18: identity skips, and a 1×1 convolution where the width changes. */
function resnet18({ norm, decay }) {
  const x = input({ shape: [224, 224, 3], name: "image" });
  const relu = (name) => activation({ name, activation: "relu" });
  const conv = (name, filters, kernelSize, strides) => [
    conv2d({
      name,
      filters,
      kernelSize,
      strides,
      padding: "same",
      useBias: false,
      ...(decay ? weightDecay(1e-4) : {}),
    }),
    ...(norm ? [batchNormalization({ name: `${name}_bn`, axis: 3, epsilon: 1e-5 })] : []),
  ];
  let y = through(x, zeroPadding2d({ name: "pad", padding: 3 }), ...conv("conv1", 64, 7, 2), relu("conv1_relu"));
  y = maxPooling2d({ name: "pool1", poolSize: 3, strides: 2 }).apply(y);
  for (const [stage, filters] of [64, 128, 256, 512].entries()) {
    for (const block of ["a", "b"]) {
      const name = `stage${stage + 2}${block}`;
      const strides = stage > 0 && block === "a" ? 2 : 1;
      const inner = through(
        y,
        ...conv(`${name}_1`, filters, 3, strides),
        relu(`${name}_relu`),
        ...conv(`${name}_2`, filters, 3, 1),
      );
      const skip = strides === 2 ? through(y, ...conv(`${name}_skip`, filters, 1, strides)) : y;
      y = through([inner, skip], add({ name: `${name}_add` }), relu(`${name}_out`));
    }
  }
  const head = dense({ name: "fc", units: 1000, useBias: false, ...(decay ? weightDecay(1e-4) : {}) });
  return model({ name: "resnet18", inputs: x, outputs: through(y, globalAveragePooling2d({ name: "pool" }), head) });
}

function mlp({ decay }) {
  const more = decay ? weightDecay(1e-2) : {};
  return sequential({
    name: "mlp",
    layers: [
      dense({ name: "hidden1", inputShape: [20], units: 64, activation: "relu", ...more }),
      dense({ name: "hidden2", units: 64, activation: "relu", ...more }),
      dense({ name: "output", units: 3, ...more }),
    ],
  });
}

/** A pre-norm block of one head; softmax(Q Kᵀ) V from the parts that TensorFlow.js exports. */
function transformerBlock() {
  const tokens = input({ shape: [16], name: "tokens", dtype: "int32" });
  const linear = (name, units = 64) => dense({ name, units, useBias: false, ...weightDecay(1e-2) });
  const embedded = embedding({ name: "embedding", inputDim: 1000, outputDim: 64 }).apply(tokens);
  const normal = layerNormalization({ name: "ln1", epsilon: 1e-6 }).apply(embedded);
  const [query, key, value] = ["query", "key", "value"].map((name) => linear(name).apply(normal));
  const weights = through([query, key], dot({ name: "scores", axes: 2 }), softmax({ name: "weights", axis: 2 }));
  const turned = permute({ name: "value_turned", dims: [2, 1] }).apply(value);
  const attended = through([weights, turned], dot({ name: "attended", axes: 2 }), linear("attention_output"));
  const joined = add({ name: "add1" }).apply([embedded, attended]);
  const up = dense({ name: "up", units: 256, activation: "gelu" });
  const ahead = through(
    joined,
    layerNormalization({ name: "ln2", epsilon: 1e-6 }),
    up,
    dense({ name: "down", units: 64 }),
  );
  const pooled = through([joined, ahead], add({ name: "add2" }), globalAveragePooling1d({ name: "pool" }));
  const classes = dense({ name: "classes", units: 2, activation: "softmax" });
  return model({ name: "block", inputs: tokens, outputs: classes.apply(pooled) });
}

function recurrent() {
  const decay = weightDecay(1e-3);
  return sequential({
    name: "recurrent",
    layers: [
      embedding({ name: "embedding", inputDim: 1000, outputDim: 32, inputLength: 20 }),
      bidirectional({ name: "bidirectional", mergeMode: "concat", layer: lstm({ name: "lstm", units: 16, ...decay }) }),
      dense({ name: "score", units: 1, activation: "sigmoid" }),
    ],
  });
}

/** Without gates: a relu recurrence (Le et al. 2015). */
function reluRecurrent() {
  const decay = { ...weightDecay(1e-3), recurrentRegularizer: regularizers.l1({ l1: 1e-3 }) };
  return sequential({
    name: "irnn",
    layers: [
      simpleRNN({ name: "rnn", inputShape: [20, 8], units: 16, activation: "relu", useBias: false, ...decay }),
      dense({ name: "output", units: 1, useBias: false, ...weightDecay(1e-3) }),
    ],
  });
}

/** Two inputs, a layer used twice, and a model inside the model. */
function siamese() {
  const tower = sequential({
    name: "tower",
    layers: [
      dense({ name: "t1", inputShape: [8], units: 8, activation: "relu", useBias: false }),
      dense({ name: "t2", units: 4, useBias: false }),
    ],
  });
  const [left, right] = ["left", "right"].map((name) => input({ shape: [8], name }));
  const both = concatenate({ name: "both" }).apply([tower.apply(left), tower.apply(right)]);
  return model({
    name: "siamese",
    inputs: [left, right],
    outputs: dense({ name: "score", units: 1, useBias: false }).apply(both),
  });
}

/** The file that is saved, for a small model: its topology, and the names and shapes of its weights. */
async function saved(network) {
  let file = "";
  const handler = io.withSaveHandler(async ({ modelTopology, format, generatedBy, convertedBy, weightSpecs }) => {
    const weightsManifest = [{ paths: ["./weights.bin"], weights: weightSpecs }];
    file = JSON.stringify({ modelTopology, format, generatedBy, convertedBy, weightsManifest }, null, 1);
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
  });
  await network.save(handler);
  return file;
}

const made = {
  lenet: lenet({ plain: false }),
  "lenet plain": lenet({ plain: true }),
  alexnet: alexnet({}),
  "alexnet lrn": alexnet({ lrn: true }),
  "alexnet plain": alexnet({ bias: false }),
  vgg16: vgg16({ plain: false }),
  "vgg16 plain": vgg16({ plain: true }),
  resnet18: resnet18({ norm: true, decay: false }),
  "resnet18 decay": resnet18({ norm: true, decay: true }),
  "resnet18 bare": resnet18({ norm: false, decay: false }),
  mlp: mlp({ decay: false }),
  "mlp decay": mlp({ decay: true }),
  "transformer block": transformerBlock(),
  lstm: recurrent(),
  "relu rnn": reluRecurrent(),
  siamese: siamese(),
};
const texts = Object.entries(made).map(([name, network]) => [
  name,
  JSON.stringify(network.toJSON(null, false), null, 1),
]);
parentPort.postMessage({ ...Object.fromEntries(texts), "lenet saved": await saved(made["lenet plain"]) });
