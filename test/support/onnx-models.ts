/** ONNX files made with onnx-proto, with the operators and names that PyTorch's exporter writes. */
import { onnx } from "onnx-proto";

type Attributes = Readonly<Record<string, number | readonly number[] | readonly string[]>>;

export interface OnnxBuilder {
  /** Adds a node and gives the name of its output. */
  op(type: string, inputs: readonly string[], attributes?: Attributes, name?: string): string;
  /** A stored array of floats; its values are left out but for a single number. */
  weight(name: string, dims: readonly number[], value?: number): string;
  constant(value: number): string;
}

export function onnxModel(inputShape: readonly number[], build: (model: OnnxBuilder, x: string) => string): Uint8Array {
  const nodes: onnx.INodeProto[] = [];
  const initializers: onnx.ITensorProto[] = [];
  const attribute = (name: string, value: Attributes[string]): onnx.IAttributeProto => {
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
    op(type, inputs, attributes = {}, name = `/${type}_${nodes.length}`) {
      const output = `${name}_output_0`;
      const list = Object.entries(attributes).map(([key, value]) => attribute(key, value));
      nodes.push({ opType: type, input: [...inputs], output: [output], name, attribute: list });
      return output;
    },
    weight(name, dims, value) {
      const floatData = value === undefined ? [] : [value];
      initializers.push({ name, dims: [...dims], dataType: onnx.TensorProto.DataType.FLOAT, floatData });
      return name;
    },
    constant(value) {
      const output = `constant_${nodes.length}`;
      const t = {
        dims: [],
        dataType: onnx.TensorProto.DataType.FLOAT,
        rawData: new Uint8Array(Float32Array.of(value).buffer),
      };
      nodes.push({
        opType: "Constant",
        input: [],
        output: [output],
        name: output,
        attribute: [{ name: "value", type: onnx.AttributeProto.AttributeType.TENSOR, t }],
      });
      return output;
    },
  };
  const value = (name: string, shape: readonly number[]): onnx.IValueInfoProto => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
  });
  const output = build(model, "input");
  const graph = {
    name: "main_graph",
    node: nodes,
    initializer: initializers,
    input: [value("input", inputShape)],
    output: [value(output, [])],
  };
  return onnx.ModelProto.encode({
    irVersion: 8,
    producerName: "pytorch",
    opsetImport: [{ domain: "", version: 17 }],
    graph,
  }).finish();
}

/** Krizhevsky's network, with its local response normalization or without. */
export function alexnet({ lrn, bias }: { lrn: boolean; bias: boolean }): Uint8Array {
  return onnxModel([1, 3, 224, 224], (m, x) => {
    const conv = (from: string, name: string, filters: number, channels: number, size: number): string => {
      const weights = [
        m.weight(`${name}.weight`, [filters, channels, size, size]),
        ...(bias ? [m.weight(`${name}.bias`, [filters])] : []),
      ];
      const relu = m.op(
        "Relu",
        [m.op("Conv", [from, ...weights], { kernel_shape: [size, size] }, `/${name}/Conv`)],
        {},
        `/${name}/Relu`,
      );
      return lrn && filters < 300 && name !== "conv5"
        ? m.op("LRN", [relu], { size: 5, alpha: 0.0001, beta: 0.75 }, `/${name}/LRN`)
        : relu;
    };
    const pool = (from: string): string => m.op("MaxPool", [from], { kernel_shape: [3, 3], strides: [2, 2] });
    let y = pool(conv(x, "conv1", 96, 3, 11));
    y = pool(conv(y, "conv2", 256, 96, 5));
    y = conv(y, "conv3", 384, 256, 3);
    y = conv(y, "conv4", 384, 384, 3);
    y = m.op("Flatten", [pool(conv(y, "conv5", 256, 384, 3))], { axis: 1 });
    for (const [name, units] of [
      ["fc6", 4096],
      ["fc7", 4096],
      ["fc8", 1000],
    ] as const) {
      const weights = [m.weight(`${name}.weight`, [units, 4096]), ...(bias ? [m.weight(`${name}.bias`, [units])] : [])];
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

export function lstm(): Uint8Array {
  return onnxModel([5, 1, 8], (m, x) => {
    const inputs = [x, m.weight("W", [1, 64, 8]), m.weight("R", [1, 64, 16]), m.weight("B", [1, 128])];
    const y = m.op("Squeeze", [m.op("LSTM", inputs, { hidden_size: 16 }, "/lstm/LSTM")]);
    return m.op(
      "Sigmoid",
      [m.op("Gemm", [y, m.weight("fc.weight", [1, 16])], { transB: 1 }, "/fc/Gemm")],
      {},
      "/Sigmoid",
    );
  });
}
