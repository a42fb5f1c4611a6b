/**
 * Shapes of an ONNX graph that the file does not write down, from those of the inputs: the operators' own rules, as their
 * specification has them. A length that is not known stays so, and operators without a rule here leave the shape unknown.
 */
import { isFloatType } from "../onnx-tensor.ts";
import { type Amounts, broadcast, isNonnegative, product, shapeOf, unknownLength, unknownLengths } from "./amounts.ts";
import * as axes from "./axes.ts";
import { ENTRIES } from "./entries.ts";
import * as products from "./products.ts";
import { reshape } from "./reshape.ts";
import { entriesAt, int, isGiven, type NodeFacts, type ShapeRule, shapeAt, type TensorFacts } from "./rule.ts";
import * as windows from "./windows.ts";

/** The first output has the shape of the first input. */
const SAME = [
  ...["Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "ThresholdedRelu", "Sigmoid", "HardSigmoid", "HardSwish"],
  ...["Tanh", "Softplus", "Softsign", "Gelu", "Erf", "Mish", "Swish", "Shrink", "Softmax", "LogSoftmax", "Hardmax"],
  ...["Dropout", "Identity", "Cast", "CastLike", "Clip", "Abs", "Neg", "Sign", "Sqrt", "Reciprocal", "Exp", "Log"],
  ...["Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh"],
  ...["Round", "Floor", "Ceil", "Not", "IsNaN", "IsInf", "CumSum", "Trilu", "ReverseSequence", "EyeLike"],
  ...["BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization"],
  ...["LRN", "LpNormalization", "MeanVarianceNormalization", "ScatterElements", "ScatterND", "Scatter"],
  ...["QuantizeLinear", "DequantizeLinear"],
];
/** Before version 7 the second operand was stretched to the first, which need not be as long. */
const BROADCAST = [
  ...["Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less"],
  ...["GreaterOrEqual", "LessOrEqual", "Mod", "Sum", "Max", "Min", "Mean", "Where", "BitShift"],
];
const REDUCTIONS = [
  ...["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2"],
  ...["ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"],
];
/** Values and where they were found, values and which of them were dropped: alike in shape. */
const TWINS: ReadonlySet<string> = new Set(["MaxPool", "Dropout", "TopK"]);

/** Numbers of one array that are followed: shapes have a few, and a hostile file has many arrays. */
const MAX_COMPUTED = 64;

const first: ShapeRule = (facts) => shapeAt(facts, 0);
const together: ShapeRule = (facts) =>
  facts.opset < 7 ? shapeAt(facts, 0) : broadcast(facts.inputs.map((input) => input?.shape));

const filled: ShapeRule = (facts) => {
  const entries = entriesAt(facts, 0);
  const [rank] = shapeAt(facts, 0) ?? [];
  return entries?.map(axes.asLength) ?? (typeof rank === "number" ? unknownLengths(rank) : undefined);
};

/** From `start` below `limit` in steps. */
const range: ShapeRule = (facts) => {
  const [start, limit, step] = [0, 1, 2].map((position) => entriesAt(facts, position)?.[0]);
  if (start === 0 && step === 1 && limit !== undefined && isNonnegative(limit)) return [limit];
  // Others are rounded before they are counted.
  const isWhole = [start, limit, step].every((value) => Number.isSafeInteger(value));
  if (!isWhole || typeof start !== "number" || typeof limit !== "number" || typeof step !== "number")
    return [unknownLength()];
  return [Math.max(0, Math.ceil((limit - start) / step))];
};

const shapeOfShape: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  return x === undefined ? undefined : [x.slice(int(facts, "start") ?? 0, int(facts, "end")).length];
};

const RULES: ReadonlyMap<string, ShapeRule> = new Map<string, ShapeRule>([
  ...SAME.map((type) => [type, first] as const),
  ...BROADCAST.map((type) => [type, together] as const),
  ...REDUCTIONS.map((type) => [type, axes.reduction] as const),
  ...["MaxPool", "AveragePool", "LpPool"].map((type) => [type, windows.pool] as const),
  ...["GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool"].map((type) => [type, windows.globalPool] as const),
  ...["RoiAlign", "MaxRoiPool"].map((type) => [type, windows.regionPool] as const),
  ...["ArgMax", "ArgMin"].map((type) => [type, axes.position] as const),
  ["Conv", windows.convolution],
  ["ConvTranspose", windows.transposedConvolution],
  ["Pad", windows.pad],
  ["Resize", windows.resize],
  ["Upsample", windows.upsample],
  ["DepthToSpace", windows.depthToSpace],
  ["SpaceToDepth", windows.spaceToDepth],
  ["GridSample", windows.gridSample],
  ["Gemm", products.generalProduct],
  ["MatMul", products.matrixProduct],
  ["Einsum", products.einsum],
  ["Attention", products.attention],
  ["Concat", axes.concat],
  ["Flatten", axes.flatten],
  ["Transpose", axes.transpose],
  ["Squeeze", axes.squeeze],
  ["Unsqueeze", axes.unsqueeze],
  ["Slice", axes.slice],
  ["Gather", axes.gather],
  ["GatherElements", (facts) => shapeAt(facts, 1)],
  ["GatherND", axes.gatherMany],
  ["Expand", axes.expand],
  ["Tile", axes.tile],
  ["TopK", axes.largest],
  ["OneHot", axes.oneHot],
  ["Compress", axes.compress],
  ["Reshape", reshape],
  ["Shape", shapeOfShape],
  ["Size", () => []],
  ["ConstantOfShape", filled],
  ["Range", range],
  ["NonZero", (facts) => [shapeAt(facts, 0)?.length ?? unknownLength(), unknownLength()]],
]);

/** What is known about each output of a node. */
export function inferOutputs(facts: NodeFacts): readonly TensorFacts[] {
  const { node } = facts;
  const shapes = shapesOf(facts);
  const isFloat = isFloatResult(facts);
  return node.outputs.map((_, position) => {
    const shape = shapeOf(shapes[position]);
    const entries = position === 0 && shape !== undefined ? entriesOf(facts, shape) : undefined;
    return { shape, entries, isFloat, isWeight: false };
  });
}

function shapesOf(facts: NodeFacts): readonly (Amounts | undefined)[] {
  const { type } = facts.node;
  if (type === "Split") return axes.split(facts);
  if (type === "LSTM" || type === "GRU" || type === "RNN") return products.recurrent(facts);
  const shape = RULES.get(type)?.(facts);
  return TWINS.has(type) ? [shape, shape] : [shape];
}

function entriesOf(facts: NodeFacts, shape: Amounts): Amounts | undefined {
  const count = product(shape);
  if (typeof count !== "number" || count > MAX_COMPUTED) return undefined;
  // Trained numbers are none of the graph's constants.
  if (facts.node.type !== "Shape" && facts.node.type !== "Size" && facts.inputs.some((input) => input?.isWeight))
    return undefined;
  const entries = ENTRIES.get(facts.node.type)?.(facts, shape);
  return entries?.length === count ? entries : undefined;
}

function isFloatResult(facts: NodeFacts): boolean {
  const { node, inputs } = facts;
  switch (node.type) {
    case "Shape":
    case "Size":
    case "Equal":
    case "Not":
    case "ArgMax":
    case "ArgMin":
    case "NonZero":
      return false;
    case "Cast":
      return isFloatType(int(facts, "to") ?? 1);
    case "ConstantOfShape":
      return node.attributes.get("value")?.tensor?.isFloat ?? true;
    case "Where":
      return isGiven(facts, 1) && inputs[1]?.isFloat !== false;
    default:
      return inputs[0]?.isFloat !== false;
  }
}
