/** Shapes that an ONNX file leaves out, against those of the published architectures. */
import { describe, expect, it } from "vitest";
import { checkModelGraph } from "../../../engine/src/diagnose/model-findings.ts";
import { readOnnx } from "../../../engine/src/homogeneity/onnx.ts";
import { lenet, mlp, onnxModel, vgg16 } from "../../support/onnx-models.ts";

const shapesOf = (bytes: Uint8Array) =>
  Object.fromEntries(checkModelGraph(readOnnx(bytes)).layers.map(({ layer, shape }) => [layer, shape]));

describe("shapes of ONNX graphs", () => {
  it("LeNet on 28 × 28: 24, 12, 8, 4, and 120, 84, 10 units", () => {
    const shapes = shapesOf(lenet({ plain: true }));
    expect(shapes["/c1/Conv"]).toEqual([1, 6, 24, 24]);
    expect(shapes["/s2/AveragePool"]).toEqual([1, 6, 12, 12]);
    expect(shapes["/c3/Conv"]).toEqual([1, 16, 8, 8]);
    expect(shapes["/s4/AveragePool"]).toEqual([1, 16, 4, 4]);
    expect(shapes["/Flatten"]).toEqual([1, 256]);
    expect(shapes["/output/Gemm"]).toEqual([1, 10]);
  });

  it("VGG-16: 224 halves five times, 25088 numbers, 1000 classes", () => {
    const shapes = shapesOf(vgg16({ bias: false }));
    const pools = [1, 2, 3, 4, 5].map((k) => shapes[`/pool${k}/MaxPool`]?.at(-1));
    expect(pools).toEqual([112, 56, 28, 14, 7]);
    expect(shapes["/Flatten"]).toEqual([1, 25088]);
    expect(shapes["/fc8/Gemm"]).toEqual([1, 1000]);
  });

  it("products of matrices and added biases", () => {
    expect(Object.values(shapesOf(mlp(3, true)))).toEqual(new Array(9).fill([1, 16]));
  });

  it("strides, pads, dilations, SAME padding, transposes, joins and what stays unknown", () => {
    const shapes = shapesOf(
      onnxModel([1, 3, 11, 8], (model, x) => {
        const w = model.weight("w", [4, 3, 3, 3]);
        const a = model.op("Conv", [x, w], { strides: [2, 2], pads: [1, 1, 1, 1] }, "padded");
        const b = model.op("Conv", [x, w], { strides: [2, 2], auto_pad: "SAME_UPPER" }, "same");
        model.op("Conv", [x, w], { dilations: [2, 2] }, "dilated");
        const c = model.op("Concat", [a, b], { axis: 1 }, "joined");
        const d = model.op("Transpose", [c], { perm: [0, 2, 3, 1] }, "turned");
        const e = model.op("Reshape", [d, model.shape("to", [1, -1])], {}, "reshaped");
        return model.op("Relu", [e], {}, "last");
      }),
    );
    expect(shapes["padded"]).toEqual([1, 4, 6, 4]);
    expect(shapes["same"]).toEqual([1, 4, 6, 4]);
    expect(shapes["dilated"]).toEqual([1, 4, 7, 4]);
    expect(shapes["joined"]).toEqual([1, 8, 6, 4]);
    expect(shapes["turned"]).toEqual([1, 6, 4, 8]);
    expect(shapes["reshaped"]).toBeUndefined();
    expect(shapes["last"] ?? []).toEqual([]);
  });
});
