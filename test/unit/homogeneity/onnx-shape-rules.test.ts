/** The shape after each operator, in the forms that versions of the specification give it. */
import { describe, expect, it } from "vitest";
import { readOnnx } from "../../../engine/src/homogeneity/onnx.ts";
import { type OnnxBuilder, onnxModel, shapeChain } from "../../support/onnx-models.ts";

type Build = (m: OnnxBuilder, x: string) => string;
type Lengths = readonly (number | string)[];

function lastShape(input: Lengths, build: Build, opset = 17): unknown {
  const read = readOnnx(onnxModel(input, build, { opset }));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.graph.nodes.at(-1)?.shape;
}
const constant = (m: OnnxBuilder, ...values: readonly number[]) => m.shape(`numbers${values.join("_")}`, values);
const later = (m: OnnxBuilder, name: string | undefined) => m.op("Relu", [name ?? ""]);

describe("shapes after operators", () => {
  it.each<[string, Lengths, Build, readonly (number | null)[] | undefined, number?]>([
    ["Reshape with a length left over", [2, 3, 4], (m, x) => m.op("Reshape", [x, constant(m, 4, -1)]), [4, 6]],
    ["Reshape that keeps axes", [2, 3, 4], (m, x) => m.op("Reshape", [x, constant(m, 0, -1)]), [2, 12]],
    ["Reshape with allowzero", [0, 3], (m, x) => m.op("Reshape", [x, constant(m, 3, 0)], { allowzero: 1 }), [3, 0]],
    ["Reshape of version 1", [2, 6], (m, x) => m.op("Reshape", [x], { shape: [3, 4] }), [3, 4], 4],
    ["Reshape to a scalar", [1, 1], (m, x) => m.op("Reshape", [x, m.shape("none", [])]), []],
    ["Reshape that does not fit", [2, 3], (m, x) => m.op("Reshape", [x, constant(m, 4, -1)]), undefined],
    ["Reshape with two lengths left over", [2, 3], (m, x) => m.op("Reshape", [x, constant(m, -1, -1)]), undefined],
    ["Reshape below −1", [2, 3], (m, x) => m.op("Reshape", [x, constant(m, -2, 3)]), undefined],
    ["Reshape of any batch", ["n", 3, 4], (m, x) => m.op("Reshape", [x, constant(m, -1, 12)]), [null, 12]],
    ["Reshape by a shape that is data", [2, 3], (m, x) => m.op("Reshape", [x, m.op("Swirl", [x])]), undefined],
    [
      "Reshape by a shape whose number of axes is known",
      [2, 6],
      (m, x) =>
        m.op("Reshape", [
          x,
          m.op("Cast", [m.op("ArgMax", [m.op("Reshape", [x, constant(m, 3, 4)])], { keepdims: 0 })], { to: 7 }),
        ]),
      [null, null, null, null],
    ],
    ["Squeeze of all ones", [1, 3, 1], (m, x) => m.op("Squeeze", [x]), [3]],
    ["Squeeze of an axis", [1, 3, 1], (m, x) => m.op("Squeeze", [x, constant(m, -1)]), [1, 3]],
    ["Squeeze of version 11", [1, 3, 1], (m, x) => m.op("Squeeze", [x], { axes: [0] }), [3, 1], 11],
    ["Squeeze of an axis that is not 1", [1, 3], (m, x) => m.op("Squeeze", [x, constant(m, 1)]), undefined],
    ["Squeeze where an axis may be 1", ["n", 3], (m, x) => m.op("Squeeze", [x]), undefined],
    ["Unsqueeze", [3], (m, x) => m.op("Unsqueeze", [x, constant(m, 0, -1)]), [1, 3, 1]],
    ["Unsqueeze of version 11", [3], (m, x) => m.op("Unsqueeze", [x], { axes: [1] }), [3, 1], 11],
    ["Unsqueeze twice at one place", [3], (m, x) => m.op("Unsqueeze", [x, constant(m, 0, 0)]), undefined],
    ["Slice from the end", [10], (m, x) => m.op("Slice", [x, constant(m, -3), constant(m, 2 ** 31)]), [3]],
    ["Slice of version 9", [4, 5], (m, x) => m.op("Slice", [x], { starts: [1], ends: [3], axes: [1] }), [4, 2], 9],
    [
      "Slice backwards",
      [10],
      (m, x) => m.op("Slice", [x, constant(m, -1), constant(m, -99), constant(m, 0), constant(m, -3)]),
      [4],
    ],
    [
      "Slice of all of any batch",
      ["n"],
      (m, x) => m.op("Relu", [m.op("Slice", [x, constant(m, 0), constant(m, 2 ** 40)])]),
      [null],
    ],
    [
      "Slice by data",
      [4, 5],
      (m, x) => m.op("Slice", [x, m.op("Swirl", [x]), constant(m, 3), constant(m, 1)]),
      [4, null],
    ],
    ["Split evenly", [4, 6], (m, x) => later(m, m.several("Split", [x], 3, { axis: 1 })[2]), [4, 2]],
    [
      "Split in parts",
      [4, 6],
      (m, x) => later(m, m.several("Split", [x, constant(m, 1, 5)], 2, { axis: -1 })[1]),
      [4, 5],
    ],
    [
      "Split of version 11",
      [4, 6],
      (m, x) => later(m, m.several("Split", [x], 2, { axis: 1, split: [2, 4] })[1]),
      [4, 4],
      11,
    ],
    [
      "Split with a smaller last part",
      [7],
      (m, x) => later(m, m.several("Split", [x], 3, { num_outputs: 3 })[2]),
      [1],
      18,
    ],
    ["Split that does not divide", [7], (m, x) => later(m, m.several("Split", [x], 3)[2]), [null], 13],
    ["Gather of one", [5, 6], (m, x) => m.op("Gather", [x, m.index(2)], { axis: 1 }), [5]],
    ["Gather of some", [5, 6], (m, x) => m.op("Gather", [x, constant(m, 1, 2, 3)]), [3, 6]],
    ["GatherElements", [5, 6], (m, x) => m.op("GatherElements", [x, m.op("ArgMax", [x])]), [1, 6]],
    [
      "GatherND",
      [5, 6, 7],
      (m, x) => m.op("GatherND", [x, m.op("Reshape", [constant(m, 1, 2), constant(m, 1, 2)])]),
      [1, 7],
    ],
    ["Expand", [3, 1], (m, x) => m.op("Expand", [x, constant(m, 2, 1, 6)]), [2, 3, 6]],
    ["Tile", [3, 2], (m, x) => m.op("Tile", [x, constant(m, 2, 5)]), [6, 10]],
    ["ReduceSum of version 11", [3, 2], (m, x) => m.op("ReduceSum", [x], { axes: [0], keepdims: 0 }), [2], 11],
    ["ReduceSum of version 13", [3, 2], (m, x) => m.op("ReduceSum", [x, constant(m, 0)], { keepdims: 0 }), [2]],
    ["ReduceSum of nothing", [3, 2], (m, x) => m.op("ReduceSum", [x], { noop_with_empty_axes: 1 }), [3, 2]],
    ["ReduceMean of everything", [3, 2], (m, x) => m.op("ReduceMean", [x], { keepdims: 0 }), []],
    ["ReduceMax by data", [3, 2], (m, x) => m.op("ReduceMax", [x, m.op("Swirl", [x])]), [null, null], 18],
    ["ArgMax", [3, 2], (m, x) => m.op("ArgMax", [x], { axis: 1 }), [3, 1]],
    ["TopK of version 1", [3, 9], (m, x) => m.op("TopK", [x], { k: 4 }), [3, 4], 9],
    ["TopK", [3, 9], (m, x) => later(m, m.several("TopK", [x, constant(m, 4)], 2, { axis: 0 })[1]), [4, 9]],
    ["OneHot", [3], (m, x) => m.op("OneHot", [m.op("ArgMax", [x]), m.index(7), m.list("values", [0, 1])]), [1, 7]],
    ["Concat", [2, 3], (m, x) => m.op("Concat", [x, x, x], { axis: -1 }), [2, 9]],
    ["Concat of version 1, without an axis", [2, 3], (m, x) => m.op("Concat", [x, x]), [2, 6], 3],
    [
      "Concat of what does not fit",
      [2, 3],
      (m, x) => m.op("Concat", [x, m.weight("w", [4, 4])], { axis: 0 }),
      undefined,
    ],
    [
      "Add of version 6, whose second operand is short",
      [2, 3, 4],
      (m, x) => m.op("Add", [x, m.weight("w", [3])], { axis: 1 }),
      [2, 3, 4],
      6,
    ],
    ["Where", [2, 3], (m, x) => m.op("Where", [m.op("Cast", [x], { to: 9 }), x, m.weight("w", [4, 1, 1])]), [4, 2, 3]],
    ["ConstantOfShape", [2, 3], (m, x) => m.op("ConstantOfShape", [m.op("Shape", [x])]), [2, 3]],
    [
      "Shape of some axes",
      [2, 3, 4],
      (m, x) => m.op("ConstantOfShape", [m.op("Shape", [x], { start: 1, end: -1 })]),
      [3],
    ],
    ["Range", [7], (m, x) => m.op("Range", [m.index(1), m.op("Size", [x]), m.index(2)]), [3]],
    ["NonZero", [7, 2], (m, x) => m.op("NonZero", [x]), [2, null]],
    ["Pad", [2, 3], (m, x) => m.op("Pad", [x, constant(m, 0, 1, 0, 2)]), [2, 6]],
    ["Pad of version 2", [2, 3], (m, x) => m.op("Pad", [x], { pads: [1, 0, 0, 0] }), [3, 3], 2],
    ["Pad of some axes", [2, 3], (m, x) => m.op("Pad", [x, constant(m, 1, 1), "", constant(m, -1)]), [2, 5], 18],
    ["Resize to sizes", [1, 2, 5, 5], (m, x) => m.op("Resize", [x, "", "", constant(m, 1, 2, 9, 8)]), [1, 2, 9, 8]],
    [
      "Resize of version 10",
      [1, 2, 5, 5],
      (m, x) => m.op("Resize", [x, m.list("by", [1, 1, 2, 0.5])]),
      [1, 2, 10, 2],
      10,
    ],
    [
      "Resize of some axes",
      [1, 2, 5, 5],
      (m, x) => m.op("Resize", [x, "", m.list("by", [3])], { axes: [2] }),
      [1, 2, 15, 5],
      18,
    ],
    [
      "Resize that keeps the aspect",
      [1, 2, 5, 5],
      (m, x) => m.op("Resize", [x, "", "", constant(m, 1, 2, 9, 8)], { keep_aspect_ratio_policy: "not_larger" }),
      [null, null, null, null],
      18,
    ],
    [
      "Resize by what single precision rounds to 7",
      [10],
      (m, x) => m.op("Resize", [x, "", m.list("by", [0.7])]),
      [null],
    ],
    ["Upsample", [1, 2, 5, 5], (m, x) => m.op("Upsample", [x, m.list("by", [1, 1, 2, 2])]), [1, 2, 10, 10], 9],
    ["DepthToSpace", [1, 8, 2, 3], (m, x) => m.op("DepthToSpace", [x], { blocksize: 2 }), [1, 2, 4, 6]],
    ["SpaceToDepth", [1, 2, 4, 6], (m, x) => m.op("SpaceToDepth", [x], { blocksize: 2 }), [1, 8, 2, 3]],
    [
      "SpaceToDepth that does not divide",
      [1, 2, 5, 6],
      (m, x) => m.op("SpaceToDepth", [x], { blocksize: 2 }),
      undefined,
    ],
    [
      "ConvTranspose",
      [1, 4, 5, 5],
      (m, x) =>
        m.op("ConvTranspose", [x, m.weight("w", [4, 3, 3, 3])], {
          strides: [2, 2],
          pads: [1, 1, 1, 1],
          output_padding: [1, 0],
          group: 2,
        }),
      [1, 6, 10, 9],
    ],
    [
      "ConvTranspose to a shape",
      [1, 4, 5, 5],
      (m, x) => m.op("ConvTranspose", [x, m.weight("w", [4, 3, 3, 3])], { output_shape: [11, 12] }),
      [1, 3, 11, 12],
    ],
    [
      "MaxPool rounded up",
      [1, 1, 6, 6],
      (m, x) => m.op("MaxPool", [x], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
      [1, 1, 3, 3],
    ],
    [
      "MaxPool whose last window would begin in the padding",
      [1, 1, 4],
      (m, x) => m.op("MaxPool", [x], { kernel_shape: [2], strides: [5], pads: [0, 2], ceil_mode: 1 }),
      [1, 1, null],
    ],
    [
      "the same since version 22",
      [1, 1, 4],
      (m, x) => m.op("MaxPool", [x], { kernel_shape: [2], strides: [5], pads: [0, 2], ceil_mode: 1 }),
      [1, 1, 1],
      22,
    ],
    [
      "Einsum",
      [2, 3, 4],
      (m, x) => m.op("Einsum", [x, m.weight("w", [5, 4])], { equation: "b i j, k j -> b k i" }),
      [2, 5, 3],
    ],
    [
      "Einsum without an arrow",
      [2, 3],
      (m, x) => m.op("Einsum", [x, m.weight("w", [3, 4])], { equation: "zj,ja" }),
      [4, 2],
    ],
    ["MatMul with a vector", [2, 3, 4], (m, x) => m.op("MatMul", [x, m.weight("w", [4])]), [2, 3]],
    ["MatMul of what does not fit", [2, 3], (m, x) => m.op("MatMul", [x, m.weight("w", [4, 5])]), undefined],
    [
      "Attention",
      [2, 4, 8, 16],
      (m, x) => m.op("Attention", [x, m.weight("k", [2, 2, 9, 16]), m.weight("v", [2, 2, 9, 5])]),
      [2, 4, 8, 5],
      23,
    ],
    [
      "GRU with the batch first",
      [2, 7, 3],
      (m, x) =>
        m.op("GRU", [x, m.weight("W", [2, 12, 3]), m.weight("R", [2, 12, 4])], {
          layout: 1,
          direction: "bidirectional",
        }),
      [2, 7, 2, 4],
    ],
    [
      "the last state of an LSTM",
      [7, 2, 3],
      (m, x) => later(m, m.several("LSTM", [x, m.weight("W", [1, 16, 3]), m.weight("R", [1, 16, 4])], 3)[1]),
      [1, 2, 4],
    ],
    ["LayerNormalization", [2, 3, 4], (m, x) => m.op("LayerNormalization", [x, m.weight("w", [4])]), [2, 3, 4]],
    ["an operator of somebody", [2], (m, x) => m.op("Swirl", [x]), undefined],
  ])("%s", (_, input, build, expected, opset) => {
    expect(lastShape(input, build, opset)).toEqual(expected);
  });

  it("lengths that no array has are not known", () => {
    const huge = 2 ** 40;
    expect(lastShape([huge, huge], (m, x) => m.op("Flatten", [x], { axis: 0 }))).toEqual([1, null]);
    expect(lastShape([2], (m, x) => m.op("Expand", [x, constant(m, -3, 2)]))).toBeUndefined();
    expect(lastShape([huge], (m, x) => m.op("Tile", [x, constant(m, huge)]))).toEqual([null]);
    expect(
      lastShape([2], (m, x) => m.op("Unsqueeze", [x, constant(m, ...Array.from({ length: 20 }, (_, k) => k))])),
    ).toBeUndefined();
    expect(lastShape([2], (m, x) => m.op("ConstantOfShape", [constant(m, huge, huge), x]))).toEqual([huge, huge]);
  });
});

describe("numbers that graphs compute from shapes", () => {
  /** An array of ones as long as the number says. */
  const counted = (input: Lengths, build: Build) =>
    lastShape(input, (m, x) => m.op("ConstantOfShape", [m.op("Reshape", [build(m, x), constant(m, -1)])]));
  const dimension = (m: OnnxBuilder, x: string, axis: number) => m.op("Gather", [m.op("Shape", [x]), m.index(axis)]);

  it.each<[string, Build, readonly (number | null)[] | undefined]>([
    ["Mul", (m, x) => m.op("Mul", [dimension(m, x, 0), dimension(m, x, 1)]), [35]],
    ["Add of a number", (m, x) => m.op("Add", [dimension(m, x, -1), m.index(3)]), [10]],
    ["Div, cut towards zero", (m, x) => m.op("Div", [dimension(m, x, 1), m.index(2)]), [3]],
    [
      "Div of floats, cut by Cast",
      (m, x) =>
        m.op("Cast", [m.op("Div", [m.op("Cast", [dimension(m, x, 1)], { to: 1 }), m.constant(0.5)])], { to: 7 }),
      [14],
    ],
    [
      "Floor",
      (m, x) =>
        m.op("Cast", [m.op("Floor", [m.op("Mul", [m.op("Cast", [dimension(m, x, 0)], { to: 1 }), m.constant(1.5)])])], {
          to: 7,
        }),
      [7],
    ],
    ["Sub and Mod", (m, x) => m.op("Mod", [m.op("Sub", [m.index(3), dimension(m, x, 0)]), m.index(7)]), [5]],
    ["Min and Max", (m, x) => m.op("Max", [m.op("Min", [dimension(m, x, 0), dimension(m, x, 1)]), m.index(2)]), [5]],
    ["ReduceProd", (m, x) => m.op("ReduceProd", [m.op("Shape", [x])]), [35]],
    ["Size", (m, x) => m.op("Size", [x]), [35]],
    [
      "Slice and Concat",
      (m, x) =>
        m.op(
          "Concat",
          [
            m.op("Slice", [m.op("Shape", [x]), constant(m, -1), constant(m, -9), constant(m, 0), constant(m, -1)]),
            constant(m, 2),
          ],
          { axis: 0 },
        ),
      [7, 5, 2],
    ],
    [
      "Where and Equal, as exporters write Expand",
      (m, x) =>
        m.op("Where", [m.op("Equal", [constant(m, -1, 4), constant(m, -1)]), m.op("Shape", [x]), constant(m, -1, 4)]),
      [5, 4],
    ],
    ["Range", (m, x) => m.op("Range", [m.index(1), dimension(m, x, 0), m.index(1)]), [1, 2, 3, 4]],
    ["Expand", (m, x) => m.op("Expand", [dimension(m, x, 0), constant(m, 2)]), [5, 5]],
    ["weights are not read as numbers", (m) => m.op("Cast", [m.list("trained", [2, 3])], { to: 7 }), [null, null]],
  ])("%s", (_, build, expected) => {
    expect(counted([5, 7], build)).toEqual(expected);
  });

  it("what is compared with shapes is a constant, not an unknown layer", () => {
    const read = readOnnx(onnxModel([5, 7], (m, x) => m.op("Equal", [m.op("Shape", [x]), constant(m, 5, 6)])));
    expect(read.ok && read.graph.nodes.at(-1)?.operation).toEqual({ kind: "constant" });
    const data = readOnnx(onnxModel([5, 7], (m, x) => m.op("Equal", [x, x])));
    expect(data.ok && data.graph.nodes.at(-1)?.operation).toEqual({ kind: "unknown" });
  });

  it("one operator behind the other", () => {
    const read = readOnnx(shapeChain());
    const shapes = read.ok ? Object.fromEntries(read.graph.nodes.map(({ layer, shape }) => [layer, shape])) : {};
    expect(["resized", "padded", "blocks", "sliced", "part"].map((name) => shapes[name])).toEqual([
      [2, 4, 12, 36],
      [2, 4, 14, 32],
      [2, 16, 7, 16],
      [2, 4, 12, 10],
      [2, 3, 12, 10],
    ]);
    expect(["reshaped", "best", "embedded", "pairs", "steps", "flat"].map((name) => shapes[name])).toEqual([
      [2, 3, 12, 10],
      [2, 6, 3],
      [2, 3, 6],
      [2, 3, 3],
      [18],
      [1, 18],
    ]);
  });
});
