/** Invariant 4 for model files: any text and any bytes give layers or findings, in bounded time, with ranges inside the text. */
import { checkModelText } from "@optimality-lens/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkModelGraph } from "../../engine/src/diagnose/model-findings.ts";
import { readOnnx } from "../../engine/src/homogeneity/onnx.ts";
import { keras3, lenet, lstm, resnet, tensorflowJs, transformerBlock } from "../support/keras-models.ts";
import {
  alexnet,
  lstm as onnxLstm,
  transformerBlock as onnxTransformer,
  residualBlock,
} from "../support/onnx-models.ts";

const TEXTS = [
  tensorflowJs(lenet({ bias: true, activation: "tanh", head: "softmax" })),
  resnet({ norm: true, outputBias: true, blocks: 1 }),
  keras3(resnet({ norm: false, outputBias: false, blocks: 1 })),
  transformerBlock(),
  lstm(),
].map((model, index) => JSON.stringify(model, null, index % 2));
const FILES = [alexnet({ lrn: true, bias: true }), residualBlock(true), onnxTransformer(), onnxLstm()];

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
/** Valid JSON of a wrong form: some value replaced. */
const mutatedValue = fc
  .tuple(
    fc.constantFrom(...TEXTS),
    fc.array(fc.tuple(fc.nat(400), fc.jsonValue({ maxDepth: 2 })), { minLength: 1, maxLength: 5 }),
  )
  .map(([seed, changes]) => {
    let count = 0;
    const at = new Map(changes);
    return (
      JSON.stringify(JSON.parse(seed), (_, value: unknown) =>
        at.has(count++) && count > 1 ? at.get(count - 1) : value,
      ) ?? "null"
    );
  });
const mutatedBytes = fc
  .tuple(
    fc.constantFrom(...FILES),
    fc.array(fc.tuple(PLACE, fc.nat(255), fc.nat(8), fc.constantFrom(false, false, false, true)), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([seed, changes]) => {
    let bytes = [...seed];
    for (const [where, value, drop, insert] of changes) {
      const at = Math.floor(where * bytes.length);
      if (insert) bytes = [...bytes.slice(0, at), value, ...bytes.slice(at + drop)];
      else if (at < bytes.length) bytes[at] = value;
    }
    return Uint8Array.from(bytes);
  });

function holds({ findings, layers, model }: ReturnType<typeof checkModelText>): void {
  expect(model !== undefined || findings.length > 0).toBe(true);
  expect(model === undefined || layers.length > 0).toBe(true);
  for (const { message, explanation } of findings) {
    if (!/^.+$/u.test(message)) throw new Error(`a message of several lines: ${message}`);
    expect(explanation).not.toBe("");
  }
}

describe("invariant 4: model files", () => {
  it.each([
    ["text", mutatedText],
    ["JSON", mutatedValue],
  ])("mutated %s of a Keras model: no throw, ranges inside the text", (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (text) => {
        const report = checkModelText(text);
        holds(report);
        const lines = (text.startsWith("\uFEFF") ? text.slice(1) : text).split(/\r\n|\r|\n/);
        for (const { range } of report.findings) {
          for (const position of [range?.start, range?.end]) {
            expect(position?.line).toBeLessThan(lines.length);
            expect(position?.character).toBeLessThanOrEqual((lines[position?.line ?? 0] ?? "").length + 1);
          }
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("mutated bytes of an ONNX file: no throw", () => {
    let stillRead = 0;
    fc.assert(
      fc.property(mutatedBytes, (bytes) => {
        const report = checkModelGraph(readOnnx(bytes));
        holds(report);
        if (report.model !== undefined) stillRead++;
      }),
      { numRuns: 10_000 },
    );
    // The mutations reach what lies behind the decoder.
    expect(stillRead).toBeGreaterThan(1000);
  });
});
