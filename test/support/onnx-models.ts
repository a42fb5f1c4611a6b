/** ONNX files made with onnx-proto, with the operators and names that PyTorch's exporter writes. */
import { onnx } from "onnx-proto";

type Attributes = Readonly<Record<string, number | string | readonly number[] | readonly string[]>>;

export interface OnnxBuilder {
  /** Adds a node and gives the name of its output. */
  op(type: string, inputs: readonly string[], attributes?: Attributes, name?: string): string;
  /** The same for operators of several outputs; the names of those that are left out are empty. */
  several(type: string, inputs: readonly string[], count: number, attributes?: Attributes, name?: string): string[];
  /** A stored array of floats; its values are left out but for a single number. */
  weight(name: string, dims: readonly number[], value?: number): string;
  constant(value: number): string;
  /** A single whole number, as exporters write the index of a Gather. */
  index(value: number): string;
  /** A stored array of floats that stand in the file, such as scales. */
  list(name: string, values: readonly number[]): string;
  /** A stored array of whole numbers: a shape, or positions. */
  shape(name: string, values: readonly number[]): string;
}

type Lengths = readonly (number | string)[];

/** Lengths that are words are not known, and the same wherever the word stands. `output`: the shape that the file says of it. */
export function onnxModel(
  inputShape: Lengths,
  build: (model: OnnxBuilder, x: string) => string,
  { opset = 17, output: said }: { readonly opset?: number; readonly output?: Lengths } = {},
): Uint8Array {
  const nodes: onnx.INodeProto[] = [];
  const initializers: onnx.ITensorProto[] = [];
  const attribute = (name: string, value: Attributes[string]): onnx.IAttributeProto => {
    if (typeof value === "string") {
      return { name, type: onnx.AttributeProto.AttributeType.STRING, s: new TextEncoder().encode(value) };
    }
    if (typeof value === "number") {
      return Number.isInteger(value)
        ? { name, type: onnx.AttributeProto.AttributeType.INT, i: value }
        : { name, type: onnx.AttributeProto.AttributeType.FLOAT, f: value };
    }
    const texts = value.filter((item) => typeof item === "string");
    return texts.length > 0
      ? {
          name,
          type: onnx.AttributeProto.AttributeType.STRINGS,
          strings: texts.map((text) => new TextEncoder().encode(text)),
        }
      : { name, type: onnx.AttributeProto.AttributeType.INTS, ints: value.map(Number) };
  };
  const model: OnnxBuilder = {
    op(type, inputs, attributes, name) {
      return model.several(type, inputs, 1, attributes, name)[0] ?? "";
    },
    several(type, inputs, count, attributes = {}, name = `/${type}_${nodes.length}`) {
      const output = Array.from({ length: count }, (_, k) => `${name}_output_${k}`);
      const list = Object.entries(attributes).map(([key, value]) => attribute(key, value));
      nodes.push({ opType: type, input: [...inputs], output, name, attribute: list });
      return output;
    },
    weight(name, dims, value) {
      const floatData = value === undefined ? [] : [value];
      initializers.push({ name, dims: [...dims], dataType: onnx.TensorProto.DataType.FLOAT, floatData });
      return name;
    },
    list(name, values) {
      const rawData = new Uint8Array(Float32Array.from(values).buffer);
      initializers.push({ name, dims: [values.length], dataType: onnx.TensorProto.DataType.FLOAT, rawData });
      return name;
    },
    shape(name, values) {
      const int64Data = [...values];
      initializers.push({ name, dims: [values.length], dataType: onnx.TensorProto.DataType.INT64, int64Data });
      return name;
    },
    constant(value) {
      return stored(onnx.TensorProto.DataType.FLOAT, new Uint8Array(Float32Array.of(value).buffer));
    },
    index(value) {
      return stored(onnx.TensorProto.DataType.INT64, new Uint8Array(BigInt64Array.of(BigInt(value)).buffer));
    },
  };
  const stored = (dataType: number, rawData: Uint8Array): string => {
    const output = `constant_${nodes.length}`;
    const t = { dims: [], dataType, rawData };
    nodes.push({
      opType: "Constant",
      input: [],
      output: [output],
      name: output,
      attribute: [{ name: "value", type: onnx.AttributeProto.AttributeType.TENSOR, t }],
    });
    return output;
  };
  const output = build(model, "input");
  const shapeOf = (lengths: Lengths): onnx.ITensorShapeProto => ({
    dim: lengths.map((length) => (typeof length === "string" ? { dimParam: length } : { dimValue: length })),
  });
  // Most files leave the shape of the output to be inferred.
  const made = said === undefined ? { elemType: 1 } : { elemType: 1, shape: shapeOf(said) };
  const graph = {
    name: "main_graph",
    node: nodes,
    initializer: initializers,
    input: [{ name: "input", type: { tensorType: { elemType: 1, shape: shapeOf(inputShape) } } }],
    output: [{ name: output, type: { tensorType: made } }],
  };
  return onnx.ModelProto.encode({
    irVersion: 8,
    producerName: "pytorch",
    opsetImport: [{ domain: "", version: opset }],
    graph,
  }).finish();
}

/** Krizhevsky's network, with its local response normalization or without. */
export function alexnet({ lrn, bias }: { lrn: boolean; bias: boolean }): Uint8Array {
  return onnxModel([1, 3, 224, 224], (m, x) => {
    const conv = (from: string, name: string, filters: number, channels: number, size: number, stride = 1): string => {
      const weights = [
        m.weight(`${name}.weight`, [filters, channels, size, size]),
        ...(bias ? [m.weight(`${name}.bias`, [filters])] : []),
      ];
      const pad = name === "conv1" || name === "conv2" ? 2 : 1;
      const attributes = { kernel_shape: [size, size], strides: [stride, stride], pads: [pad, pad, pad, pad] };
      const convolved = m.op("Conv", [from, ...weights], attributes, `/${name}/Conv`);
      const relu = m.op("Relu", [convolved], {}, `/${name}/Relu`);
      return lrn && filters < 300 && name !== "conv5"
        ? m.op("LRN", [relu], { size: 5, alpha: 0.0001, beta: 0.75 }, `/${name}/LRN`)
        : relu;
    };
    const pool = (from: string, name: string): string =>
      m.op("MaxPool", [from], { kernel_shape: [3, 3], strides: [2, 2] }, `/${name}/MaxPool`);
    let y = pool(conv(x, "conv1", 96, 3, 11, 4), "pool1");
    y = pool(conv(y, "conv2", 256, 96, 5), "pool2");
    y = conv(y, "conv3", 384, 256, 3);
    y = conv(y, "conv4", 384, 384, 3);
    y = m.op("Flatten", [pool(conv(y, "conv5", 256, 384, 3), "pool5")], { axis: 1 }, "/Flatten");
    for (const [name, units, from] of [
      ["fc6", 4096, 256 * 6 * 6],
      ["fc7", 4096, 4096],
      ["fc8", 1000, 4096],
    ] as const) {
      const weights = [m.weight(`${name}.weight`, [units, from]), ...(bias ? [m.weight(`${name}.bias`, [units])] : [])];
      y = m.op("Gemm", [y, ...weights], { transB: 1 }, `/${name}/Gemm`);
      if (name !== "fc8") y = m.op("Dropout", [m.op("Relu", [y])]);
    }
    return y;
  });
}

/** One residual block as torchvision exports it in training mode. */
export function residualBlock(norm: boolean): Uint8Array {
  return onnxModel([1, 8, 16, 16], (m, x) => {
    const conv = (from: string, name: string): string => {
      const y = m.op(
        "Conv",
        [from, m.weight(`${name}.weight`, [8, 8, 3, 3]), ...(norm ? [m.weight(`${name}.bias`, [8])] : [])],
        { pads: [1, 1, 1, 1] },
        `/${name}/Conv`,
      );
      if (!norm) return y;
      const statistics = ["weight", "bias", "running_mean", "running_var"].map((part) =>
        m.weight(`${name}.bn.${part}`, [8]),
      );
      return m.op("BatchNormalization", [y, ...statistics], { epsilon: 1e-5 }, `/${name}/BatchNormalization`);
    };
    const stem = m.op("Relu", [conv(x, "stem")]);
    const inner = conv(m.op("Relu", [conv(stem, "conv1")]), "conv2");
    const joined = m.op("Relu", [m.op("Add", [inner, stem], {}, "/Add")]);
    const flat = m.op("Flatten", [m.op("GlobalAveragePool", [joined])]);
    return m.op("MatMul", [flat, m.weight("fc.weight", [8, 10])], {}, "/fc/MatMul");
  });
}

/** A dense layer as tf2onnx writes it: MatMul, then Add. */
export function mlp(layers: number, bias: boolean, activation = "Relu"): Uint8Array {
  return onnxModel([1, 16], (m, x) => {
    let y = x;
    for (let i = 1; i <= layers; i++) {
      y = m.op("MatMul", [y, m.weight(`w${i}`, [16, 16])], {}, `dense_${i}/MatMul`);
      if (bias) y = m.op("Add", [y, m.weight(`b${i}`, [16])], {}, `dense_${i}/BiasAdd`);
      if (i < layers) y = m.op(activation, [y], {}, `dense_${i}/${activation}`);
    }
    return y;
  });
}

/** LeCun's network, with tanh and biases as published, or relu and none. */
export function lenet({ plain }: { plain: boolean }): Uint8Array {
  return onnxModel([1, 1, 32, 32], (m, x) => {
    const activation = (from: string, name: string) => m.op(plain ? "Relu" : "Tanh", [from], {}, `/${name}/act`);
    const weights = (name: string, dims: readonly number[]): string[] => [
      m.weight(`${name}.weight`, dims),
      ...(plain ? [] : [m.weight(`${name}.bias`, dims.slice(0, 1))]),
    ];
    const conv = (from: string, name: string, dims: readonly number[]) =>
      activation(m.op("Conv", [from, ...weights(name, dims)], { kernel_shape: [5, 5] }, `/${name}/Conv`), name);
    const pool = (from: string, name: string) =>
      m.op("AveragePool", [from], { kernel_shape: [2, 2], strides: [2, 2] }, `/${name}/AveragePool`);
    const gemm = (from: string, name: string, dims: readonly number[]) =>
      m.op("Gemm", [from, ...weights(name, dims)], { transB: 1 }, `/${name}/Gemm`);
    let y = pool(conv(x, "c1", [6, 1, 5, 5]), "s2");
    y = m.op("Flatten", [pool(conv(y, "c3", [16, 6, 5, 5]), "s4")], { axis: 1 }, "/Flatten");
    y = activation(gemm(y, "c5", [120, 400]), "c5");
    y = gemm(activation(gemm(y, "f6", [84, 120]), "f6"), "output", [10, 84]);
    return plain ? y : m.op("Softmax", [y], { axis: 1 }, "/Softmax");
  });
}

export function vgg16({ bias }: { bias: boolean }): Uint8Array {
  return onnxModel([1, 3, 224, 224], (m, x) => {
    const weights = (name: string, dims: readonly number[]): string[] => [
      m.weight(`${name}.weight`, dims),
      ...(bias ? [m.weight(`${name}.bias`, dims.slice(0, 1))] : []),
    ];
    let y = x;
    let channels = 3;
    for (const [block, [filters, count]] of [
      [64, 2] as const,
      [128, 2] as const,
      [256, 3] as const,
      [512, 3] as const,
      [512, 3] as const,
    ].entries()) {
      for (let i = 1; i <= count; i++) {
        const name = `conv${block + 1}_${i}`;
        const inputs = [y, ...weights(name, [filters, channels, 3, 3])];
        y = m.op("Relu", [m.op("Conv", inputs, { pads: [1, 1, 1, 1] }, `/${name}/Conv`)], {}, `/${name}/Relu`);
        channels = filters;
      }
      y = m.op("MaxPool", [y], { kernel_shape: [2, 2], strides: [2, 2] }, `/pool${block + 1}/MaxPool`);
    }
    y = m.op("Flatten", [y], { axis: 1 }, "/Flatten");
    for (const [name, units, from] of [
      ["fc6", 4096, 25088] as const,
      ["fc7", 4096, 4096] as const,
      ["fc8", 1000, 4096] as const,
    ]) {
      y = m.op("Gemm", [y, ...weights(name, [units, from])], { transB: 1 }, `/${name}/Gemm`);
      if (name !== "fc8") y = m.op("Relu", [y], {}, `/${name}/Relu`);
    }
    return y;
  });
}

/** ResNet-18 as torchvision exports it in training mode: no biases before batch normalization, 1×1 convolutions where widths change. */
export function resnet18({ norm }: { norm: boolean }): Uint8Array {
  return onnxModel([1, 3, 224, 224], (m, x) => {
    const conv = (from: string, name: string, dims: readonly number[], strides: number): string => {
      // The size stays, but for the strides.
      const pad = ((dims[2] ?? 1) - 1) / 2;
      const attributes = { strides: [strides, strides], pads: [pad, pad, pad, pad] };
      const y = m.op("Conv", [from, m.weight(`${name}.weight`, dims)], attributes, `/${name}/Conv`);
      if (!norm) return y;
      const parts = ["weight", "bias", "running_mean", "running_var"].map((part) =>
        m.weight(`${name}.bn.${part}`, dims.slice(0, 1)),
      );
      // While it trains it also gives the statistics.
      const trained = { epsilon: 1e-5, training_mode: 1 };
      return m.several("BatchNormalization", [y, ...parts], 3, trained, `/${name}/BatchNormalization`)[0] ?? "";
    };
    const relu = (from: string, name: string) => m.op("Relu", [from], {}, `/${name}/Relu`);
    let y = relu(conv(x, "conv1", [64, 3, 7, 7], 2), "conv1");
    y = m.op(
      "MaxPool",
      [y],
      { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 0 },
      "/maxpool/MaxPool",
    );
    let channels = 64;
    for (const [stage, filters] of [64, 128, 256, 512].entries()) {
      for (const block of [0, 1]) {
        const name = `layer${stage + 1}.${block}`;
        const strides = stage > 0 && block === 0 ? 2 : 1;
        const inner = relu(conv(y, `${name}.conv1`, [filters, channels, 3, 3], strides), `${name}.conv1`);
        const ahead = conv(inner, `${name}.conv2`, [filters, filters, 3, 3], 1);
        const skip = strides === 2 ? conv(y, `${name}.downsample`, [filters, channels, 1, 1], strides) : y;
        y = relu(m.op("Add", [ahead, skip], {}, `/${name}/Add`), name);
        channels = filters;
      }
    }
    y = m.op("Flatten", [m.op("GlobalAveragePool", [y], {}, "/avgpool/GlobalAveragePool")], { axis: 1 }, "/Flatten");
    return m.op("Gemm", [y, m.weight("fc.weight", [1000, 512])], { transB: 1 }, "/fc/Gemm");
  });
}

/**
 * A pre-norm encoder block of four heads as PyTorch exports it from opset 17 on: LayerNormalization is one operator, gelu is not, and
 * the heads are split by Reshape and Transpose. `dynamic`: with any batch and any number of tokens, so that the file computes the
 * shapes that it reshapes to.
 */
export function encoderBlock({
  dynamic = false,
  input = dynamic ? ["batch", "tokens", 64] : [1, 8, 64],
}: {
  readonly dynamic?: boolean;
  readonly input?: Lengths;
} = {}): Uint8Array {
  return onnxModel(input, (m, x) => {
    const dense = (from: string, name: string, dims: readonly number[]): string => {
      const y = m.op("MatMul", [from, m.weight(`${name}.weight`, dims)], {}, `/${name}/MatMul`);
      return m.op("Add", [m.weight(`${name}.bias`, dims.slice(1)), y], {}, `/${name}/Add`);
    };
    const normal = (from: string, name: string) =>
      m.op(
        "LayerNormalization",
        [from, m.weight(`${name}.weight`, [64]), m.weight(`${name}.bias`, [64])],
        { axis: -1, epsilon: 1e-5 },
        `/${name}/LayerNormalization`,
      );
    const target = (from: string, name: string, last: readonly number[]): string =>
      dynamic ? computedShape(m, from, name, [0, 1], last) : m.shape(name, [1, 8, ...last]);
    const heads = (from: string, name: string, perm: readonly number[]) => {
      const shape = target(from, `/${name}/shape`, [4, 16]);
      return m.op(
        "Transpose",
        [m.op("Reshape", [from, shape], {}, `/${name}/Reshape`)],
        { perm },
        `/${name}/Transpose`,
      );
    };
    const embedded = dense(x, "embed", [64, 64]);
    const first = normal(embedded, "ln1");
    const query = heads(dense(first, "q", [64, 64]), "q", [0, 2, 1, 3]);
    const key = heads(dense(first, "k", [64, 64]), "k", [0, 2, 3, 1]);
    const value = heads(dense(first, "v", [64, 64]), "v", [0, 2, 1, 3]);
    const scores = m.op(
      "Div",
      [m.op("MatMul", [query, key], {}, "/attention/MatMul"), m.constant(4)],
      {},
      "/attention/Div",
    );
    const weights = m.op("Softmax", [scores], { axis: -1 }, "/attention/Softmax");
    const mixed = m.op(
      "Transpose",
      [m.op("MatMul", [weights, value], {}, "/attention/MatMul_1")],
      { perm: [0, 2, 1, 3] },
      "/attention/Transpose",
    );
    const joined = m.op("Reshape", [mixed, target(mixed, "/model", [64])], {}, "/attention/Reshape");
    const attended = m.op("Add", [embedded, dense(joined, "o", [64, 64])], {}, "/Add");
    const up = dense(normal(attended, "ln2"), "up", [64, 256]);
    const erf = m.op("Erf", [m.op("Div", [up, m.constant(Math.SQRT2)], {}, "/gelu/Div")], {}, "/gelu/Erf");
    const shifted = m.op("Add", [erf, m.constant(1)], {}, "/gelu/Add");
    const gelu = m.op("Mul", [m.op("Mul", [up, shifted], {}, "/gelu/Mul"), m.constant(0.5)], {}, "/gelu/Mul_1");
    return m.op("Add", [attended, dense(gelu, "down", [256, 64])], {}, "/Add_1");
  });
}

/** What PyTorch makes of `x.size(k)` in a shape: the axes of `from` that are named, then `last`. */
function computedShape(
  m: OnnxBuilder,
  from: string,
  name: string,
  axes: readonly number[],
  last: readonly number[],
): string {
  const first = m.shape(`${name}/axes`, [0]);
  const sizes = axes.map((axis) => {
    const shape = m.op("Shape", [from], {}, `${name}/Shape_${axis}`);
    const size = m.op("Gather", [shape, m.index(axis)], { axis: 0 }, `${name}/Gather_${axis}`);
    return m.op("Unsqueeze", [size, first], {}, `${name}/Unsqueeze_${axis}`);
  });
  const rest = last.map((length, at) => m.shape(`${name}/last_${at}`, [length]));
  return m.op("Concat", [...sizes, ...rest], { axis: 0 }, `${name}/Concat`);
}

/** `x.view(x.size(0), -1)` between a convolution and a dense layer, for any batch. */
export function viewed(input: Lengths = ["batch", 3, 16, 16]): Uint8Array {
  return onnxModel(input, (m, x) => {
    const convolved = m.op("Conv", [x, m.weight("conv.weight", [8, 3, 3, 3])], { strides: [2, 2] }, "/conv/Conv");
    const y = m.op("Relu", [convolved], {}, "/Relu");
    const flat = m.op("Reshape", [y, computedShape(m, y, "/view", [0], [-1])], { allowzero: 0 }, "/Reshape");
    return m.op("Gemm", [flat, m.weight("fc.weight", [10, 392])], { transB: 1 }, "/fc/Gemm");
  });
}

/** A tower of `count` dense layers without biases. */
export function tower(count: number): Uint8Array {
  return onnxModel([1, 8], (m, x) => {
    let y = x;
    for (let i = 0; i < count; i++) {
      y = m.op("Gemm", [y, m.weight(`l${i}.weight`, [8, 8])], { transB: 1 }, `/l${i}/Gemm`);
      y = m.op("Relu", [y], {}, `/l${i}/Relu`);
    }
    return y;
  });
}

/** Pre-norm block with layer normalization and softmax attention in single steps, as older exporters write them. */
export function transformerBlock(): Uint8Array {
  return onnxModel([1, 8, 16], (m, x) => {
    const dense = (from: string, name: string): string =>
      m.op(
        "Add",
        [
          m.weight(`${name}.bias`, [16]),
          m.op("MatMul", [from, m.weight(`${name}.weight`, [16, 16])], {}, `/${name}/MatMul`),
        ],
        {},
        `/${name}/Add`,
      );
    const embedded = dense(x, "embed");
    const centered = m.op("Sub", [embedded, m.op("ReduceMean", [embedded], { axes: [-1] })]);
    const variance = m.op("ReduceMean", [m.op("Pow", [centered, m.constant(2)])], { axes: [-1] });
    const normal = m.op(
      "Div",
      [centered, m.op("Sqrt", [m.op("Add", [variance, m.constant(1e-5)], {}, "/ln/AddEpsilon")])],
      {},
      "/ln/Div",
    );
    const scaled = m.op(
      "Add",
      [m.op("Mul", [normal, m.weight("ln.weight", [16])], {}, "/ln/Mul"), m.weight("ln.bias", [16])],
      {},
      "/ln/Add",
    );
    const scores = m.op(
      "MatMul",
      [dense(scaled, "q"), m.op("Transpose", [dense(scaled, "k")], { perm: [0, 2, 1] })],
      {},
      "/scores",
    );
    const weights = m.op("Softmax", [m.op("Div", [scores, m.constant(4)])], { axis: -1 }, "/attention/Softmax");
    const attended = dense(m.op("MatMul", [weights, dense(scaled, "v")]), "o");
    return m.op("Add", [embedded, attended], {}, "/residual/Add");
  });
}

/** An LSTM as PyTorch exports it: one direction, whose axis is squeezed, and its last step. */
export function lstm(): Uint8Array {
  return onnxModel([5, 1, 8], (m, x) => {
    const inputs = [x, m.weight("W", [1, 64, 8]), m.weight("R", [1, 64, 16]), m.weight("B", [1, 128])];
    const states = m.op("LSTM", inputs, { hidden_size: 16 }, "/lstm/LSTM");
    const y = m.op("Squeeze", [states, m.shape("directions", [1])], {}, "/lstm/Squeeze");
    const last = m.op("Gather", [y, m.index(-1)], { axis: 0 }, "/Gather");
    return m.op(
      "Sigmoid",
      [m.op("Gemm", [last, m.weight("fc.weight", [1, 16])], { transB: 1 }, "/fc/Gemm")],
      {},
      "/Sigmoid",
    );
  });
}

/** Operators that read shapes, lists of axes and small numbers, one behind the other, as no network has them. */
export function shapeChain(inputShape: Lengths = [2, 8, 12, 12]): Uint8Array {
  return onnxModel(inputShape, (m, x) => {
    const relu = (from: string, name: string) => m.op("Relu", [from], {}, name);
    const larger = m.op("ConvTranspose", [x, m.weight("up", [8, 4, 2, 2])], { strides: [2, 2] }, "up");
    const resized = m.op("Resize", [larger, "", m.list("scales", [1, 1, 0.5, 1.5])], { mode: "nearest" }, "resized");
    const padded = m.op("Pad", [resized, m.shape("pads", [0, 0, 1, 0, 0, 0, 1, -4])], {}, "padded");
    const blocks = m.op("SpaceToDepth", [padded], { blocksize: 2 }, "blocks");
    const back = m.op("DepthToSpace", [blocks], { blocksize: 2 }, "back");
    const slices = ["starts", "ends", "axes", "steps"].map((name, k) =>
      m.shape(
        name,
        [
          [1, -1],
          [-1, -20],
          [2, 3],
          [1, -2],
        ][k] ?? [],
      ),
    );
    const sliced = m.op("Slice", [back, ...slices], {}, "sliced");
    const parts = m.several("Split", [sliced, m.shape("parts", [1, 3])], 2, { axis: 1 }, "split");
    const part = relu(parts[1] ?? "", "part");
    const shape = m.op("Shape", [part], {}, "shape");
    const half = m.op("Div", [shape, m.shape("two", [2])], {}, "half");
    const batch = m.op("Gather", [shape, m.shape("first", [0])], {}, "batch");
    const isOne = m.op("Equal", [half, m.shape("one", [1])], {}, "isOne");
    const chosen = m.op("Where", [isOne, m.shape("minus", [-1]), shape], {}, "chosen");
    const tail = m.op("Slice", [chosen, m.shape("from", [2]), m.shape("to", [4]), m.shape("row", [0])], {}, "tail");
    const whole = m.op("Concat", [batch, m.shape("rest", [-1]), tail], { axis: 0 }, "whole");
    const reshaped = m.op("Reshape", [part, whole], {}, "reshaped");
    const rows = m.op("ReduceMean", [reshaped], { axes: [-1], keepdims: 0 }, "rows");
    const tiled = m.op("Tile", [rows, m.shape("repeats", [1, 2, 1])], {}, "tiled");
    const best = m.several("TopK", [tiled, m.shape("k", [3])], 2, { axis: -1 }, "best");
    const positions = m.op("ArgMax", [best[0] ?? ""], { axis: 1, keepdims: 0 }, "positions");
    const table = m.op("Gather", [m.weight("table", [50, 6]), positions], {}, "embedded");
    const pairs = m.op("Einsum", [table, table], { equation: "bij,bkj->bik" }, "pairs");
    const size = m.op("Size", [pairs], {}, "size");
    const filled = m.op("ConstantOfShape", [m.op("Unsqueeze", [size, m.shape("zero", [0])], {}, "long")], {}, "filled");
    const steps = m.op("Range", [m.index(0), size, m.index(1)], {}, "steps");
    const sum = m.op("Add", [filled, m.op("Cast", [steps], { to: 1 }, "floats")], {}, "sum");
    const product = m.op("ReduceProd", [m.op("Shape", [pairs], {}, "shape2")], { keepdims: 1 }, "product");
    const wide = m.op("Expand", [m.op("Unsqueeze", [sum, m.shape("zero2", [0])], {}, "row2"), product], {}, "wide");
    return m.op("Flatten", [wide], { axis: 0 }, "flat");
  });
}
