/** ONNX operators as operations of the layer graph. What is not here is unknown, and said to be. */

import type { AxisLengths, Operation, ParameterRole } from "./graph.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { cleanName } from "./json-value.ts";
import type { OnnxNode } from "./onnx-file.ts";
import type { OnnxTensor } from "./onnx-tensor.ts";

const HOMOGENEOUS: ReadonlySet<string> = new Set([
  ...[
    "Relu",
    "LeakyRelu",
    "Abs",
    "Neg",
    "Identity",
    "Dropout",
    "Cast",
    "CastLike",
    "Flatten",
    "Reshape",
    "Transpose",
    "Squeeze",
    "Unsqueeze",
  ],
  ...[
    "MaxPool",
    "AveragePool",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "LpPool",
    "GlobalLpPool",
    "Slice",
    "Split",
    "Expand",
    "Tile",
  ],
  ...[
    "ReduceMean",
    "ReduceSum",
    "ReduceMax",
    "ReduceMin",
    "ReduceL1",
    "ReduceL2",
    "DepthToSpace",
    "SpaceToDepth",
    "Resize",
    "Upsample",
  ],
  ...[
    "GatherElements",
    "GatherND",
    "CumSum",
    "ReverseSequence",
    "Trilu",
    "TopK",
    "Col2Im",
    "Compress",
    "MaxRoiPool",
    "RoiAlign",
    "GridSample",
  ],
]);
const NONLINEAR: ReadonlySet<string> = new Set([
  ...[
    "Tanh",
    "Erf",
    "Gelu",
    "Elu",
    "Selu",
    "Celu",
    "Softplus",
    "Softsign",
    "HardSigmoid",
    "HardSwish",
    "Mish",
    "Swish",
    "ThresholdedRelu",
    "Shrink",
  ],
  ...[
    "Exp",
    "Log",
    "Sin",
    "Cos",
    "Tan",
    "Sinh",
    "Cosh",
    "Asin",
    "Acos",
    "Atan",
    "Asinh",
    "Acosh",
    "Atanh",
    "LRN",
    "Hardmax",
  ],
  ...["ReduceLogSumExp", "ReduceLogSum", "Round", "Floor", "Ceil"],
]);
/** Of whatever size the numbers are: shapes, positions, logic. */
const INDICES: ReadonlySet<string> = new Set([
  "Shape",
  "Size",
  "Constant",
  "ConstantOfShape",
  "Range",
  "ArgMax",
  "ArgMin",
  "OneHot",
  "NonZero",
  "EyeLike",
]);

/** An input of a node: computed, or stored in the file. */
export type OnnxInput =
  | { readonly kind: "node"; readonly index: number }
  | { readonly kind: "stored"; readonly tensor: OnnxTensor };

/** One node of an ONNX graph: adds what it computes to the layer graph. */
export class NodeReader {
  readonly #node: OnnxNode;
  readonly #label: string;
  readonly #builder: GraphBuilder;
  readonly #lookUp: (name: string) => OnnxInput | undefined;
  readonly #shape: AxisLengths | undefined;
  readonly #consumers: readonly string[];

  constructor(
    node: OnnxNode,
    label: string,
    builder: GraphBuilder,
    lookUp: (name: string) => OnnxInput | undefined,
    shape: AxisLengths | undefined,
    consumers: readonly string[],
  ) {
    this.#node = node;
    this.#label = label;
    this.#builder = builder;
    this.#lookUp = lookUp;
    this.#shape = shape;
    this.#consumers = consumers;
  }

  unknown(): number {
    return this.#add({ kind: "unknown" }, this.#computed());
  }

  constant(): number {
    return this.#add({ kind: "constant" }, []);
  }

  read(): number {
    const { type, attributes } = this.#node;
    const float = (name: string): number | undefined => attributes.get(name)?.float;
    if (HOMOGENEOUS.has(type)) return this.#add({ kind: "homogeneous" }, [this.#operand(0)]);
    if (INDICES.has(type)) return this.constant();
    if (NONLINEAR.has(type)) return this.#add({ kind: "nonlinear", word: type }, [this.#operand(0)]);
    switch (type) {
      case "Conv":
      case "ConvTranspose":
        return this.#linear(type === "Conv" ? this.#stored(1)?.dims[0] : this.#stored(1)?.dims[1]);
      case "Gemm":
        return this.#linear(attributes.get("transB")?.int === 1 ? this.#stored(1)?.dims[0] : this.#stored(1)?.dims[1]);
      case "MatMul":
        return this.#linear(this.#stored(1)?.dims.at(-1));
      case "Gather":
        return this.#gather();
      case "Einsum":
        return this.#add({ kind: "product" }, this.#operands());
      case "Add":
      case "Sub":
        return this.#addition();
      case "Sum":
      case "Mean":
      case "Max":
      case "Min":
      case "Concat":
        return this.#agreeing(this.#node.inputs.map((_, index) => index));
      case "Where":
        return this.#agreeing([1, 2]);
      case "Mul":
        return this.#multiplication();
      case "Div":
        return this.#division();
      case "Pow":
        return this.#power(this.#stored(1)?.scalar);
      case "Sqrt":
        return this.#power(0.5);
      case "Reciprocal":
        return this.#power(-1);
      case "ReduceSumSquare":
        return this.#power(2);
      case "Sign":
        return this.#add({ kind: "normalization", epsilon: 0, fixed: false, cancelsBias: false }, [this.#operand(0)]);
      case "Pad":
        return this.#pad();
      case "Clip":
        return this.#clip(float("min") ?? this.#stored(1)?.scalar, float("max") ?? this.#stored(2)?.scalar);
      case "PRelu":
        return this.#stored(1) === undefined
          ? this.unknown()
          : this.#add({ kind: "slope", slope: this.#parameter(1, "slope") }, [this.#operand(0)]);
      case "BatchNormalization":
      case "InstanceNormalization":
      case "LayerNormalization":
      case "GroupNormalization":
      case "RMSNormalization":
        return this.#normalization(
          float("epsilon") ?? 1e-5,
          type === "BatchNormalization" || type === "InstanceNormalization",
        );
      case "LpNormalization":
        return this.#normalization(0, false);
      case "MeanVarianceNormalization":
        return this.#normalization(1e-9, true);
      case "Softmax":
      case "LogSoftmax":
        return this.#add({ kind: "nonlinear", word: type, head: "softmax" }, [this.#operand(0)]);
      case "Sigmoid":
        return this.#add({ kind: "nonlinear", word: type, head: "sigmoid" }, [this.#operand(0)]);
      case "LSTM":
      case "GRU":
        return this.#recurrent("sigmoid and tanh gates");
      case "RNN": {
        const words = attributes.get("activations")?.texts ?? [];
        const gate = words.length === 0 ? "Tanh" : words.find((word) => word !== "Relu" && word !== "LeakyRelu");
        return this.#recurrent(gate);
      }
      case "Attention":
        return this.#add({ kind: "attention", scores: [], values: [] }, this.#operands().slice(0, 3));
      default:
        return this.unknown();
    }
  }

  #add(operation: Operation, inputs: readonly number[], type = this.#node.type): number {
    return this.#builder.node(this.#label, cleanName(type), operation, inputs, { place: [], shape: this.#shape });
  }

  #value(position: number): OnnxInput | undefined {
    const name = this.#node.inputs[position];
    return name === undefined || name === "" ? undefined : this.#lookUp(name);
  }

  #stored(position: number): OnnxTensor | undefined {
    const value = this.#value(position);
    return value?.kind === "stored" ? value.tensor : undefined;
  }

  /** Weights are floating point numbers, more than one; a single number is part of the formula. */
  #isWeight(position: number): boolean {
    const tensor = this.#stored(position);
    return tensor?.isFloat === true && !tensor.dims.every((length) => length === 1);
  }

  #parameter(position: number, role: ParameterRole): number {
    const tensor = this.#stored(position);
    const id = tensor?.name ?? `${this.#label}/${position}`;
    return this.#builder.parameter(id, role, { layer: this.#label, shape: tensor?.dims });
  }

  /** The node of an input; stored weights get one of their own, of degree 1. */
  #operand(position: number): number {
    const value = this.#value(position);
    if (value?.kind === "node") return value.index;
    const layer = cleanName(value?.tensor.name ?? `${this.#label} input ${position + 1}`);
    const operation: Operation = this.#isWeight(position)
      ? { kind: "linear", kernels: [this.#parameter(position, "kernel")] }
      : { kind: "constant" };
    return this.#builder.node(layer, operation.kind === "linear" ? "weights" : "constant", operation, [], {
      place: [],
    });
  }

  #operands(): number[] {
    return this.#node.inputs.flatMap((name, position) => (name === "" ? [] : [this.#operand(position)]));
  }

  #computed(): number[] {
    return this.#node.inputs.flatMap((_, position) => {
      const value = this.#value(position);
      return value?.kind === "node" ? [value.index] : [];
    });
  }

  #linear(units: number | undefined): number {
    const kernels = [0, 1].filter((position) => this.#isWeight(position));
    if (kernels.length !== 1) return this.#add({ kind: "product" }, [this.#operand(0), this.#operand(1)]);
    const data = kernels[0] === 0 ? 1 : 0;
    const bias = this.#stored(2)?.isFloat === true ? { bias: this.#parameter(2, "bias") } : {};
    const width = units === undefined ? {} : { units };
    return this.#add({ kind: "linear", kernels: [this.#parameter(1 - data, "kernel")], ...bias, ...width }, [
      this.#operand(data),
    ]);
  }

  #gather(): number {
    if (!this.#isWeight(0)) return this.#add({ kind: "homogeneous" }, [this.#operand(0)]);
    return this.#add({ kind: "linear", kernels: [this.#parameter(0, "kernel")] }, [this.#operand(1)]);
  }

  #addition(): number {
    const stored = [0, 1].find((position) => this.#stored(position) !== undefined);
    if (stored === undefined) return this.#add({ kind: "sum", constant: false }, [this.#operand(0), this.#operand(1)]);
    const inputs = [this.#operand(1 - stored)];
    if (this.#isWeight(stored))
      return this.#add({ kind: "linear", kernels: [], bias: this.#parameter(stored, "bias") }, inputs);
    const constant = this.#stored(stored)?.scalar;
    if (constant === 0) return this.#add({ kind: "homogeneous" }, inputs);
    // √(x + ε), as exporters write a normalization in single steps.
    const isEpsilon =
      constant !== undefined &&
      Math.abs(constant) <= 0.01 &&
      this.#consumers.every((type) => type === "Sqrt" || type === "Pow");
    if (isEpsilon && this.#consumers.length > 0) return this.#add({ kind: "homogeneous", epsilon: constant }, inputs);
    return this.#add({ kind: "sum", constant: true }, inputs);
  }

  /** Sums, extremes, concatenations: all operands have to agree, and zeros agree with all. */
  #agreeing(positions: readonly number[]): number {
    const inputs = positions.filter((position) => this.#stored(position)?.scalar !== 0);
    const constant = inputs.some((position) => this.#stored(position) !== undefined && !this.#isWeight(position));
    const nodes = inputs.flatMap((position) =>
      this.#value(position)?.kind === "node" || this.#isWeight(position) ? [this.#operand(position)] : [],
    );
    return this.#add({ kind: "sum", constant }, nodes);
  }

  #multiplication(): number {
    const stored = [0, 1].find((position) => this.#stored(position) !== undefined);
    if (stored === undefined) return this.#add({ kind: "product" }, [this.#operand(0), this.#operand(1)]);
    const inputs = [this.#operand(1 - stored)];
    if (!this.#isWeight(stored)) return this.#add({ kind: "homogeneous" }, inputs);
    return this.#add({ kind: "linear", kernels: [this.#parameter(stored, "scale")] }, inputs);
  }

  #division(): number {
    if (this.#stored(1) !== undefined)
      return this.#isWeight(1)
        ? this.#add({ kind: "quotient" }, [this.#operand(0), this.#operand(1)])
        : this.#add({ kind: "homogeneous" }, [this.#operand(0)]);
    return this.#add({ kind: "quotient" }, [this.#operand(0), this.#operand(1)]);
  }

  #power(exponent: number | undefined): number {
    if (exponent === undefined || !Number.isFinite(exponent)) return this.unknown();
    return this.#add({ kind: "power", exponent }, [this.#operand(0)]);
  }

  #pad(): number {
    const filling = this.#stored(2)?.scalar ?? this.#node.attributes.get("value")?.float ?? 0;
    const mode = this.#node.attributes.get("mode")?.text ?? "constant";
    const isPlain = mode !== "constant" || filling === 0;
    return this.#add(isPlain ? { kind: "homogeneous" } : { kind: "sum", constant: true }, [this.#operand(0)]);
  }

  #clip(low: number | undefined, high: number | undefined): number {
    const unbounded = (bound: number | undefined) => bound === undefined || Math.abs(bound) > 1e30;
    const isHomogeneous =
      (unbounded(low) || low === 0) && (unbounded(high) || high === 0) && this.#computed().length === 1;
    if (isHomogeneous) return this.#add({ kind: "homogeneous" }, [this.#operand(0)], "Clip (relu)");
    const word = low === 0 && high !== undefined ? `relu capped at ${high}` : "Clip";
    return this.#add({ kind: "nonlinear", word }, [this.#operand(0)]);
  }

  #normalization(epsilon: number, cancelsBias: boolean): number {
    const scale = this.#isWeight(1) || this.#stored(1)?.isFloat === true ? { scale: this.#parameter(1, "scale") } : {};
    const shift = this.#stored(2)?.isFloat === true ? { shift: this.#parameter(2, "shift") } : {};
    return this.#add({ kind: "normalization", epsilon, fixed: false, cancelsBias, ...scale, ...shift }, [
      this.#operand(0),
    ]);
  }

  #recurrent(gate: string | undefined): number {
    if (this.#stored(1) === undefined || this.#stored(2) === undefined) return this.unknown();
    const kernels = [this.#parameter(1, "kernel"), this.#parameter(2, "kernel")];
    const bias = this.#stored(3) === undefined ? {} : { bias: this.#parameter(3, "bias") };
    return this.#add({ kind: "recurrent", kernels, ...bias, ...(gate === undefined ? {} : { gate }) }, [
      this.#operand(0),
    ]);
  }
}
