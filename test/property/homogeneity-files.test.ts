/** Invariant 4 for model files: any text and any bytes give layers or findings, in bounded time, with ranges inside the text. */
import { checkModelText } from "@optimality-lens/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkModelGraph } from "../../engine/src/diagnose/model-findings.ts";
import { readOnnx } from "../../engine/src/homogeneity/onnx.ts";
import { keras3, lenet, lstm, resnet, tensorflowJs, transformerBlock } from "../support/keras-models.ts";
import * as onnxModels from "../support/onnx-models.ts";
import { type Architecture, architectures } from "../support/stock-architectures.ts";

const EXPORTED: readonly Architecture[] = [
  ...(["lenet saved", "alexnet lrn", "vgg16", "resnet18 bare", "mlp decay"] as const),
  ...(["transformer block", "lstm", "relu rnn", "siamese"] as const),
];
/** Written by hand as Keras 2 and 3 write them, and by TensorFlow.js itself: one of each architecture. */
const MODELS: readonly unknown[] = [
  tensorflowJs(lenet({ bias: true, activation: "tanh", head: "softmax" })),
  resnet({ norm: true, outputBias: true, blocks: 1 }),
  keras3(resnet({ norm: false, outputBias: false, blocks: 1 })),
  transformerBlock(),
  lstm(),
  ...EXPORTED.map((name) => JSON.parse(architectures[name])),
];
const TEXTS = MODELS.map((model, index) => JSON.stringify(model, null, index % 2));
/** The parents of all values of each model, by their paths. */
const SLOTS = MODELS.map((model) => slotsOf(model, []));
const SMALL_FILES = [
  onnxModels.alexnet({ lrn: true, bias: true }),
  onnxModels.residualBlock(true),
  onnxModels.transformerBlock(),
  onnxModels.lstm(),
  onnxModels.lenet({ plain: false }),
  onnxModels.mlp(3, true),
  onnxModels.viewed(),
  onnxModels.shapeChain(),
];
const LARGE_FILES = [
  onnxModels.vgg16({ bias: true }),
  onnxModels.resnet18({ norm: true }),
  onnxModels.encoderBlock(),
  onnxModels.encoderBlock({ dynamic: true }),
];

/** A part of the length: evenly spread, unlike `fc.double`. */
const PLACE = fc.nat(9999).map((value) => value / 10_000);

const FRAGMENTS = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "null",
  "true",
  "-1",
  "1e999",
  '"class_name"',
  '"Model"',
  '"Sequential"',
  '"Bidirectional"',
  "[[]]",
  "{}",
  "\u0000",
  "😀",
  "\uFEFF",
  "\r\n",
  "__proto__",
  ...[
    '"inbound_nodes"',
    '"LSTM"',
    '"MultiHeadAttention"',
    '"TFOpLambda"',
    '"L1L2"',
    '{"layers": []}',
    '["x", 0, 0, {}]',
  ],
];
const change = fc.tuple(PLACE, fc.nat(40), fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 6 })));
const mutatedText = fc
  .tuple(fc.constantFrom(...TEXTS), fc.array(change, { minLength: 1, maxLength: 4 }))
  .map(([seed, changes]) =>
    changes.reduce<string>((text, [where, drop, add]) => {
      const at = Math.floor(where * text.length);
      return text.slice(0, at) + add + text.slice(at + drop);
    }, seed),
  );
/** Valid JSON of a wrong form: some values replaced. */
const mutatedValue = (first: number, last: number) =>
  fc
    .tuple(
      fc.integer({ min: first, max: last }),
      fc.array(fc.tuple(PLACE, fc.jsonValue({ maxDepth: 2 })), { minLength: 1, maxLength: 5 }),
    )
    .map(([which, changes]) => {
      const model: unknown = JSON.parse(TEXTS[which] ?? "null");
      const slots = SLOTS[which] ?? [];
      for (const [where, value] of changes) replaceAt(model, slots[Math.floor(where * slots.length)] ?? [], value);
      return JSON.stringify(model);
    });
const mutatedBytes = (files: readonly Uint8Array[]) =>
  fc
    .tuple(
      fc.constantFrom(...files),
      fc.array(fc.tuple(PLACE, fc.nat(255), fc.nat(8), fc.constantFrom(false, false, false, true)), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([seed, changes]) => {
      // A copy: `slice` of a Node buffer is none.
      let bytes = Uint8Array.from(seed);
      for (const [where, value, drop, insert] of changes) {
        const at = Math.floor(where * bytes.length);
        if (insert) bytes = Uint8Array.from([...bytes.subarray(0, at), value, ...bytes.subarray(at + drop)]);
        else if (at < bytes.length) bytes[at] = value;
      }
      return bytes;
    });

type Path = readonly (string | number)[];

function slotsOf(value: unknown, path: Path): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const below = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [...(path.length === 0 ? [] : [path]), ...below.flatMap(([key, item]) => slotsOf(item, [...path, key]))];
}

/** Does nothing where an earlier change took the path away. */
function replaceAt(root: unknown, path: Path, value: unknown): void {
  let parent: unknown = root;
  for (const key of path.slice(0, -1)) parent = isHolder(parent) ? parent[key] : undefined;
  const last = path.at(-1);
  if (isHolder(parent) && last !== undefined) parent[last] = value;
}

function isHolder(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}

/** Plain comparisons: an `expect` per finding costs more than the check. */
function must(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}

function holds({ findings, layers, model }: ReturnType<typeof checkModelText>): void {
  must(model !== undefined || findings.length > 0, "neither a model nor a finding");
  const format = model?.format;
  must(model === undefined || layers.length > 0, "a model without layers");
  for (const { message, explanation } of findings) {
    must(/^.+$/u.test(message), `a message of several lines: ${message}`);
    must(explanation !== "", `no explanation: ${message}`);
  }
  for (const { layer, shape } of layers) {
    const isPlausible = (length: number | null) => length === null || (Number.isSafeInteger(length) && length >= 0);
    must(shape === undefined || shape.length <= 16, `${layer} has ${shape?.length} axes`);
    must(shape === undefined || format !== "onnx" || shape.every(isPlausible), `${layer} has the shape ${shape}`);
  }
}

describe("invariant 4: model files", () => {
  it.each([
    ["text of a Keras model", 5000, mutatedText],
    ["JSON of a Keras model", 2500, mutatedValue(0, MODELS.length - EXPORTED.length - 1)],
    ["JSON of an exported model", 2500, mutatedValue(MODELS.length - EXPORTED.length, MODELS.length - 1)],
  ])("mutated %s, %d times: no throw, ranges inside the text", (_, numRuns, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (text) => {
        const report = checkModelText(text);
        holds(report);
        const lines = (text.startsWith("\uFEFF") ? text.slice(1) : text).split(/\r\n|\r|\n/);
        for (const { range, message } of report.findings) {
          must(range !== undefined, `no range: ${message}`);
          for (const position of [range?.start, range?.end]) {
            const length = lines[position?.line ?? -1]?.length ?? -2;
            must((position?.character ?? 0) <= length + 1, `${JSON.stringify(range)} is outside the text: ${message}`);
          }
        }
      }),
      { numRuns },
    );
  });

  it.each([
    ["small", SMALL_FILES],
    ["large", LARGE_FILES],
  ])("mutated bytes of %s ONNX files, 5000 times: no throw", (_, files) => {
    let stillRead = 0;
    fc.assert(
      fc.property(mutatedBytes(files), (bytes) => {
        const report = checkModelGraph(readOnnx(bytes));
        holds(report);
        if (report.model !== undefined) stillRead++;
      }),
      { numRuns: 5000 },
    );
    // The mutations reach what lies behind the decoder.
    expect(stillRead).toBeGreaterThan(500);
  });
});
