// A worker thread of its own with TensorFlow.js as it is published, in float32: makes the models that tests read, by its own exporter,
// and says what they predict for numbers that both sides know.
import { parentPort } from "node:worker_threads";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { input, layers, model, sequential } from "@tensorflow/tfjs-layers";

const { activation, add, averagePooling2d, batchNormalization, conv2d, dense, dropout, flatten } = layers;
const { globalAveragePooling2d, maxPooling2d } = layers;
const l2 = { kernelRegularizer: "l1l2" };

function lenet() {
  const relu = { activation: "relu", useBias: false };
  return sequential({
    layers: [
      conv2d({ inputShape: [12, 12, 1], filters: 4, kernelSize: 5, padding: "same", ...relu, ...l2 }),
      averagePooling2d({ poolSize: 2 }),
      conv2d({ filters: 6, kernelSize: 3, ...relu }),
      maxPooling2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 8, ...relu }),
      dropout({ rate: 0.5 }),
      dense({ units: 3, useBias: false }),
    ],
  });
}

function mlp() {
  return sequential({
    layers: [
      dense({ inputShape: [5], units: 7, activation: "relu" }),
      dense({ units: 6, activation: "tanh" }),
      dense({ units: 3 }),
      activation({ activation: "softmax" }),
    ],
  });
}

/** A block as in ResNet: batch normalization and a skip around two convolutions. */
function resnet() {
  const x = input({ shape: [6, 6, 2] });
  const conv = (filters, from) => conv2d({ filters, kernelSize: 3, padding: "same", useBias: false }).apply(from);
  const normal = (from) => batchNormalization({ axis: 3 }).apply(from);
  const stem = activation({ activation: "relu" }).apply(normal(conv(4, x)));
  const inner = activation({ activation: "relu" }).apply(normal(conv(4, stem)));
  const sum = add().apply([normal(conv(4, inner)), stem]);
  const end = globalAveragePooling2d({}).apply(activation({ activation: "relu" }).apply(sum));
  return model({ inputs: x, outputs: dense({ units: 3 }).apply(end) });
}

/** Numbers between −1 and 1. */
function wave(count, seed) {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(1 + seed + 0.7 * i));
}

const made = Object.entries({ lenet, mlp, resnet }).map(([name, make]) => {
  const network = make();
  for (const [k, weight] of network.trainableWeights.entries()) {
    weight.write(tf.mul(tf.tensor(wave(tf.util.sizeFromShape(weight.shape), k), weight.shape), 0.5));
  }
  const inputShape = network.inputs[0].shape.slice(1);
  const samples = 3;
  const x = tf.tensor(wave(samples * tf.util.sizeFromShape(inputShape), 100), [samples, ...inputShape]);
  // Batch statistics, as the engine uses them; dropout must not act.
  const training = name === "resnet";
  return {
    name,
    json: JSON.stringify(network.toJSON(null, false)),
    inputShape,
    samples,
    outputs: 3,
    shapes: network.trainableWeights.map(({ shape }) => shape),
    prediction: [...network.apply(x, { training }).dataSync()],
  };
});
parentPort.postMessage(made);
