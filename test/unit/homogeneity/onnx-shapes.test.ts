/** Shapes that an ONNX file leaves out, against those of the published architectures. */
import { describe, expect, it } from "vitest";
import { checkModelGraph } from "../../../engine/src/diagnose/model-findings.ts";
import { readOnnx } from "../../../engine/src/homogeneity/onnx.ts";
import {
  alexnet,
  encoderBlock,
  lenet,
  lstm,
  mlp,
  onnxModel,
  residualBlock,
  resnet18,
  transformerBlock,
  vgg16,
  viewed,
} from "../../support/onnx-models.ts";

const shapesOf = (bytes: Uint8Array) =>
  Object.fromEntries(checkModelGraph(readOnnx(bytes)).layers.map(({ layer, shape }) => [layer, shape]));

describe("shapes of published architectures", () => {
  it("LeNet on 32 × 32: 28, 14, 10, 5, and 120, 84, 10 units", () => {
    const shapes = shapesOf(lenet({ plain: true }));
    expect(shapes["/c1/Conv"]).toEqual([1, 6, 28, 28]);
    expect(shapes["/s2/AveragePool"]).toEqual([1, 6, 14, 14]);
    expect(shapes["/c3/Conv"]).toEqual([1, 16, 10, 10]);
    expect(shapes["/s4/AveragePool"]).toEqual([1, 16, 5, 5]);
    expect(shapes["/Flatten"]).toEqual([1, 400]);
    expect(["c5", "f6", "output"].map((name) => shapes[`/${name}/Gemm`])).toEqual([
      [1, 120],
      [1, 84],
      [1, 10],
    ]);
  });

  it("AlexNet: 224, 55, 27, 13, 6, and 9216 numbers into the dense layers", () => {
    const shapes = shapesOf(alexnet({ lrn: true, bias: true }));
    const sides = ["conv1/LRN", "pool1/MaxPool", "conv2/Conv", "pool2/MaxPool", "conv5/Relu", "pool5/MaxPool"];
    expect(sides.map((name) => shapes[`/${name}`])).toEqual([
      [1, 96, 55, 55],
      [1, 96, 27, 27],
      [1, 256, 27, 27],
      [1, 256, 13, 13],
      [1, 256, 13, 13],
      [1, 256, 6, 6],
    ]);
    expect(shapes["/Flatten"]).toEqual([1, 9216]);
    expect(shapes["/fc8/Gemm"]).toEqual([1, 1000]);
  });

  it("VGG-16: 224 halves five times, 25088 numbers, 1000 classes", () => {
    const shapes = shapesOf(vgg16({ bias: false }));
    const pools = [1, 2, 3, 4, 5].map((k) => shapes[`/pool${k}/MaxPool`]?.at(-1));
    expect(pools).toEqual([112, 56, 28, 14, 7]);
    expect(shapes["/Flatten"]).toEqual([1, 25088]);
    expect(shapes["/fc8/Gemm"]).toEqual([1, 1000]);
  });

  it("ResNet-18: 224, 112, 56, 28, 14, 7, skips of the same shape", () => {
    const shapes = shapesOf(resnet18({ norm: true }));
    expect(shapes["/conv1/BatchNormalization"]).toEqual([1, 64, 112, 112]);
    expect(shapes["/maxpool/MaxPool"]).toEqual([1, 64, 56, 56]);
    const stages = [1, 2, 3, 4].map((stage) => shapes[`/layer${stage}.1/Add`]);
    expect(stages).toEqual([
      [1, 64, 56, 56],
      [1, 128, 28, 28],
      [1, 256, 14, 14],
      [1, 512, 7, 7],
    ]);
    expect(shapes["/layer3.0.downsample/Conv"]).toEqual(shapes["/layer3.0.conv2/Conv"]);
    expect(shapes["/avgpool/GlobalAveragePool"]).toEqual([1, 512, 1, 1]);
    expect(shapes["/fc/Gemm"]).toEqual([1, 1000]);
    expect(Object.values(shapes)).not.toContain(undefined);
    expect(shapesOf(residualBlock(true))["/fc/MatMul"]).toEqual([1, 10]);
  });

  it("an MLP: products of matrices and added biases", () => {
    expect(Object.values(shapesOf(mlp(3, true)))).toEqual(new Array(9).fill([1, 16]));
  });

  it("an encoder block: heads are split, transposed and joined", () => {
    const shapes = shapesOf(encoderBlock());
    expect(shapes["/q/Transpose"]).toEqual([1, 4, 8, 16]);
    expect(shapes["/k/Transpose"]).toEqual([1, 4, 16, 8]);
    expect(shapes["/attention/Softmax"]).toEqual([1, 4, 8, 8]);
    expect(shapes["/attention/MatMul_1"]).toEqual([1, 4, 8, 16]);
    expect(shapes["/attention/Reshape"]).toEqual([1, 8, 64]);
    expect(shapes["/gelu/Mul_1"]).toEqual([1, 8, 256]);
    expect(shapes["/Add_1"]).toEqual([1, 8, 64]);
  });

  it("the same for any batch and any number of tokens, whose shapes the file computes", () => {
    const shapes = shapesOf(encoderBlock({ dynamic: true }));
    expect(shapes["/q/Reshape"]).toEqual([null, null, 4, 16]);
    expect(shapes["/k/Transpose"]).toEqual([null, 4, 16, null]);
    expect(shapes["/attention/Softmax"]).toEqual([null, 4, null, null]);
    expect(shapes["/attention/Reshape"]).toEqual([null, null, 64]);
    expect(shapes["/Add_1"]).toEqual([null, null, 64]);
    expect(Object.values(shapes)).not.toContain(undefined);
  });

  it("a block with the normalization in single steps", () => {
    const shapes = shapesOf(transformerBlock());
    expect(shapes["/ln/AddEpsilon"]).toEqual([1, 8, 1]);
    expect(shapes["/ln/Div"]).toEqual([1, 8, 16]);
    expect(shapes["/scores"]).toEqual([1, 8, 8]);
    expect(shapes["/residual/Add"]).toEqual([1, 8, 16]);
  });

  it("an LSTM: steps × directions × batch × units, squeezed, and the last step", () => {
    const shapes = shapesOf(lstm());
    expect(shapes["/lstm/LSTM"]).toEqual([5, 1, 1, 16]);
    expect(shapes["/lstm/Squeeze"]).toEqual([5, 1, 16]);
    expect(shapes["/Gather"]).toEqual([1, 16]);
    expect(shapes["/Sigmoid"]).toEqual([1, 1]);
  });

  it("x.view(x.size(0), -1): the batch that is not known cancels out", () => {
    const shapes = shapesOf(viewed());
    expect(shapes["/Relu"]).toEqual([null, 8, 7, 7]);
    expect(shapes["/view/Shape_0"]).toEqual([4]);
    expect(shapes["/view/Concat"]).toEqual([2]);
    expect(shapes["/Reshape"]).toEqual([null, 392]);
    expect(shapes["/fc/Gemm"]).toEqual([null, 10]);
    expect(checkModelGraph(readOnnx(viewed())).model?.output).toEqual({ kind: "degree", degree: 2 });
  });
});

describe("shapes that the file says", () => {
  const declared = (output: readonly (number | string)[]) =>
    shapesOf(
      onnxModel(["batch", 4], (m, x) => m.op("Relu", [m.op("Swirl", [x], {}, "strange")], {}, "last"), { output }),
    );

  it("stand behind operators that are not known", () => {
    expect(shapesOf(onnxModel([1, 4], (m, x) => m.op("Swirl", [x], {}, "strange")))["strange"]).toBeUndefined();
    expect(declared(["batch", 7])["last"]).toEqual([null, 7]);
    expect(declared(["batch", 7])["strange"]).toBeUndefined();
  });

  it("a length below one is not known", () => {
    expect(declared([-1, 0])["last"]).toEqual([null, null]);
  });

  it("numbers that follow from the input fill in what they leave open", () => {
    const model = (output: readonly (number | string)[]) =>
      shapesOf(onnxModel(["batch", 4], (m, x) => m.op("Relu", [x], {}, "last"), { output }))["last"];
    expect(model(["n", "m"])).toEqual([null, 4]);
    expect(model([2, "m"])).toEqual([2, 4]);
    expect(model([])).toEqual([null, 4]);
  });
});
