/**
 * Shapes of an ONNX graph that the file does not write down, from the shapes of the inputs (the operators' own rules, ONNX
 * opset 17). An axis that is not known stays null; operators without a rule here leave the shape unknown.
 */
import type { AxisLengths } from "./graph.ts";
import type { OnnxNode } from "./onnx-file.ts";

type Axis = number | null;

const SAME: ReadonlySet<string> = new Set([
  ...[
    "Relu",
    "LeakyRelu",
    "PRelu",
    "Elu",
    "Selu",
    "Celu",
    "ThresholdedRelu",
    "Sigmoid",
    "HardSigmoid",
    "HardSwish",
    "Tanh",
  ],
  ...[
    "Softplus",
    "Softsign",
    "Gelu",
    "Erf",
    "Mish",
    "Softmax",
    "LogSoftmax",
    "Dropout",
    "Identity",
    "Cast",
    "Clip",
    "Abs",
    "Neg",
  ],
  ...[
    "Sqrt",
    "Exp",
    "Log",
    "BatchNormalization",
    "InstanceNormalization",
    "LayerNormalization",
    "GroupNormalization",
    "LRN",
  ],
]);
const BROADCAST: ReadonlySet<string> = new Set(["Add", "Sub", "Mul", "Div", "Pow", "Sum", "Max", "Min", "Mean"]);
const POOLS: ReadonlySet<string> = new Set(["MaxPool", "AveragePool", "LpPool"]);
const GLOBAL_POOLS: ReadonlySet<string> = new Set(["GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool"]);

/** The shape of the node's first output; `inputs` has undefined for inputs of unknown shape. */
export function inferShape(node: OnnxNode, inputs: readonly (AxisLengths | undefined)[]): AxisLengths | undefined {
  const [x, w] = inputs;
  if (x === undefined) return undefined;
  if (SAME.has(node.type)) return x;
  if (BROADCAST.has(node.type)) return broadcast(inputs);
  if (GLOBAL_POOLS.has(node.type)) return [...x.slice(0, 2), ...x.slice(2).map(() => 1)];
  if (POOLS.has(node.type)) {
    const kernel = ints(node, "kernel_shape");
    return kernel.length === x.length - 2 ? [...x.slice(0, 2), ...spatial(node, x.slice(2), kernel)] : undefined;
  }
  switch (node.type) {
    case "Conv": {
      if (w === undefined || w.length !== x.length) return undefined;
      const [filters = null] = w;
      return [x[0] ?? null, filters, ...spatial(node, x.slice(2), w.slice(2))];
    }
    case "Gemm": {
      if (x.length !== 2 || w?.length !== 2) return undefined;
      return [(flag(node, "transA") ? x[1] : x[0]) ?? null, (flag(node, "transB") ? w[0] : w[1]) ?? null];
    }
    case "MatMul": {
      if (w === undefined || x.length < 2 || w.length < 2) return undefined;
      const batch = broadcast([x.slice(0, -2), w.slice(0, -2)]);
      return batch === undefined ? undefined : [...batch, x.at(-2) ?? null, w.at(-1) ?? null];
    }
    case "Concat":
      return concat(inputs, node.attributes.get("axis")?.int ?? 0);
    case "Flatten": {
      const axis = place(node.attributes.get("axis")?.int ?? 1, x.length);
      return [product(x.slice(0, axis)), product(x.slice(axis))];
    }
    case "Transpose": {
      const order = ints(node, "perm");
      if (order.length === 0) return [...x].reverse();
      return order.length === x.length ? order.map((axis) => x[axis] ?? null) : undefined;
    }
    default:
      return undefined;
  }
}

function ints(node: OnnxNode, name: string): readonly number[] {
  return node.attributes.get(name)?.ints ?? [];
}

function flag(node: OnnxNode, name: string): boolean {
  return (node.attributes.get(name)?.int ?? 0) !== 0;
}

/** An axis counted from the end becomes one counted from the front. */
function place(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function product(axes: AxisLengths): Axis {
  return axes.reduce<Axis>((all, length) => (all === null || length === null ? null : all * length), 1);
}

/** ⌊(length + pads − (dilation · (kernel − 1) + 1)) / stride⌋ + 1 along every axis; rounded up with ceil_mode. */
function spatial(node: OnnxNode, lengths: AxisLengths, kernel: AxisLengths): Axis[] {
  const strides = ints(node, "strides");
  const dilations = ints(node, "dilations");
  const pads = ints(node, "pads");
  const auto = node.attributes.get("auto_pad")?.text ?? "NOTSET";
  const round = flag(node, "ceil_mode") ? Math.ceil : Math.floor;
  return lengths.map((length, axis) => {
    const size = kernel[axis] ?? null;
    if (length === null || size === null) return null;
    const stride = strides[axis] ?? 1;
    if (!(stride >= 1)) return null;
    if (auto.startsWith("SAME")) return Math.ceil(length / stride);
    const padding = auto === "VALID" ? 0 : (pads[axis] ?? 0) + (pads[axis + lengths.length] ?? 0);
    const reach = (dilations[axis] ?? 1) * (size - 1) + 1;
    const count = round((length + padding - reach) / stride) + 1;
    return count >= 1 ? count : null;
  });
}

/** As numpy does: axes from the end, 1 stretches. Undefined when one shape is, or where they do not go together. */
function broadcast(shapes: readonly (AxisLengths | undefined)[]): AxisLengths | undefined {
  const rank = Math.max(0, ...shapes.map((shape) => shape?.length ?? 0));
  const out: Axis[] = new Array<Axis>(rank).fill(1);
  for (const shape of shapes) {
    if (shape === undefined) return undefined;
    for (const [back, length] of [...shape].reverse().entries()) {
      const at = rank - 1 - back;
      const known = out[at] ?? null;
      if (length === 1) continue;
      if (known === 1) out[at] = length;
      else if (length !== null && known !== null && known !== length) return undefined;
      else out[at] = known ?? length;
    }
  }
  return out;
}

function concat(shapes: readonly (AxisLengths | undefined)[], along: number): AxisLengths | undefined {
  const [first] = shapes;
  if (first === undefined || !shapes.every((shape) => shape?.length === first.length)) return undefined;
  const axis = place(along, first.length);
  let length: Axis = 0;
  for (const shape of shapes) {
    const own = shape?.[axis] ?? null;
    length = length === null || own === null ? null : length + own;
  }
  return first.map((known, at) => (at === axis ? length : known));
}
