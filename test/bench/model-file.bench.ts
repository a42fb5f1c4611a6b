/** What the check of a model file of 10,000 layers costs, to be done in 1 s. `npm run bench:editor` prints the figures. */
import { checkModelText } from "@optimality-lens/engine";
import { bench, describe } from "vitest";
import { checkModelGraph } from "../../engine/src/diagnose/model-findings.ts";
import { readOnnx } from "../../engine/src/homogeneity/onnx.ts";
import { L2, resnet, tensorflowJs, tower, vgg16 } from "../support/keras-models.ts";
import { alexnet, tower as onnxTower } from "../support/onnx-models.ts";

const LAYERS = 10_000;

describe("model.json, to be done in 1 s", () => {
  describe.each([
    ["a tower of 10,000 dense layers", JSON.stringify(tensorflowJs(tower(LAYERS)))],
    ["the same, indented", JSON.stringify(tensorflowJs(tower(LAYERS)), null, 2)],
    ["10,000 layers with identity skips", JSON.stringify(resnet({ norm: false, outputBias: true, blocks: 2000 }))],
    ["10,000 layers with batch norm and skips", JSON.stringify(resnet({ norm: true, outputBias: true, blocks: 1430 }))],
    ["VGG-16", JSON.stringify(vgg16(true, "softmax", L2))],
  ])("%s", (_, text) => {
    bench("check", () => {
      checkModelText(text);
    });
  });
});

describe("ONNX, to be done in 1 s", () => {
  describe.each([
    ["10,000 dense layers with relu", onnxTower(LAYERS)],
    ["AlexNet", alexnet({ lrn: true, bias: true })],
  ])("%s", (_, bytes) => {
    bench("check", () => {
      checkModelGraph(readOnnx(bytes));
    });
  });
});
