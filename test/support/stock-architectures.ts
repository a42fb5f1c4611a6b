/** Well-known architectures as stock TensorFlow.js writes them. It runs in a thread of its own, for two of them may not share one. */
import path from "node:path";
import { Worker } from "node:worker_threads";

export type Architecture =
  | "lenet"
  | "lenet plain"
  | "lenet saved"
  | "alexnet"
  | "alexnet lrn"
  | "alexnet plain"
  | "vgg16"
  | "vgg16 plain"
  | "resnet18"
  | "resnet18 decay"
  | "resnet18 bare"
  | "mlp"
  | "mlp decay"
  | "transformer block"
  | "lstm"
  | "relu rnn"
  | "siamese";

/** JSON texts, indented. "lenet saved" is a whole `model.json`, the others are what `toJSON` gives. */
export const architectures = await new Promise<Readonly<Record<Architecture, string>>>((resolve, reject) => {
  const worker = new Worker(path.join(import.meta.dirname, "stock-architectures.mjs"), { stderr: true });
  worker.once("message", resolve);
  worker.once("error", reject);
});
