/** Walks an ONNX graph in its order and keeps what each name stands for. */
import type { AxisLengths } from "./graph.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { cleanName } from "./json-value.ts";
import type { OnnxFile, OnnxNode, OnnxValue } from "./onnx-file.ts";
import { NodeReader, type OnnxInput } from "./onnx-layers.ts";
import { type Amount, type Amounts, axisLengths, shapeOf, unknownLength } from "./onnx-shapes/amounts.ts";
import { inferOutputs } from "./onnx-shapes/infer.ts";
import type { TensorFacts } from "./onnx-shapes/rule.ts";
import { MAX_ENTRIES, type OnnxTensor } from "./onnx-tensor.ts";

/** The version of the operators whose rules hold where a file does not say its own. */
const USUAL_OPSET = 17;
/** Names of lengths; other marks, such as ?, stand for any length. */
const IS_NAME = /^[A-Za-z_][\w.]*$/;

export class OnnxGraphReader {
  readonly #file: OnnxFile;
  readonly #builder: GraphBuilder;
  readonly #values = new Map<string, OnnxInput>();
  /** Shapes that the file writes down. */
  readonly #said = new Map<string, Amounts>();
  readonly #facts = new Map<string, TensorFacts>();
  readonly #consumers = new Map<string, string[]>();

  constructor(file: OnnxFile, builder: GraphBuilder) {
    this.#file = file;
    this.#builder = builder;
    const { values, inputs, outputs, nodes } = file.graph;
    const lengths = new Map<string, Amount>();
    for (const value of [...values, ...inputs, ...outputs]) {
      const shape = saidShape(value, lengths);
      if (shape !== undefined) this.#said.set(value.name, shape);
    }
    for (const node of nodes) {
      for (const input of node.inputs)
        this.#consumers.set(input, [...(this.#consumers.get(input) ?? []).slice(0, 8), node.type]);
    }
  }

  /** Indices of the outputs. */
  read(): readonly number[] {
    const { initializers, inputs, nodes, outputs } = this.#file.graph;
    for (const tensor of initializers) this.#store(tensor.name, tensor);
    // Old files list the weights among the inputs.
    for (const { name } of inputs) {
      if (this.#values.has(name)) continue;
      const shape = this.#said.get(name);
      this.#facts.set(name, { shape, entries: undefined, isFloat: true, isWeight: false });
      const options = { place: [], shape: shape === undefined ? undefined : axisLengths(shape) };
      this.#values.set(name, {
        kind: "node",
        index: this.#builder.node(cleanName(name), "input", { kind: "input" }, [], options),
      });
    }
    for (const [position, node] of nodes.entries()) this.#read(node, position);
    return outputs.flatMap(({ name }) => {
      const value = this.#values.get(name);
      return value?.kind === "node" ? [value.index] : [];
    });
  }

  #store(name: string, tensor: OnnxTensor): void {
    this.#values.set(name, { kind: "stored", tensor });
    const { dims, entries, isFloat } = tensor;
    const isWeight = isFloat && !dims.every((length) => length === 1);
    this.#facts.set(name, { shape: shapeOf(dims), entries, isFloat, isWeight });
  }

  /** Of all outputs: what follows from the inputs, joined with what the file says. */
  #infer(node: OnnxNode): readonly TensorFacts[] {
    const inputs = node.inputs.map((name) => (name === "" ? undefined : this.#facts.get(name)));
    const inferred = inferOutputs({ node, inputs, opset: this.#file.opset ?? USUAL_OPSET });
    return inferred.map((facts, position) => {
      const shape = joined(this.#said.get(node.outputs[position] ?? ""), facts.shape);
      return shape === undefined ? facts : { ...facts, shape };
    });
  }

  #read(node: OnnxNode, position: number): void {
    const [output = ""] = node.outputs;
    if (node.type === "Constant") {
      this.#store(output, constantOf(node, output));
      return;
    }
    const label = cleanName(node.name === "" ? `${node.type} ${position + 1}` : node.name);
    const missing = node.inputs.find((name) => name !== "" && !this.#values.has(name));
    if (missing !== undefined)
      this.#builder.problem(`${label}: its input ${cleanName(missing)} is made by nothing before it`, []);
    const isKnownDomain = node.domain === "" || node.domain === "ai.onnx";
    const facts = isKnownDomain ? this.#infer(node) : [];
    for (const [at, name] of node.outputs.entries()) {
      const shape = this.#said.get(name);
      const own = facts[at] ?? { shape, entries: undefined, isFloat: true, isWeight: false };
      if (name !== "") this.#facts.set(name, own);
    }
    const use = new NodeReader(
      node,
      label,
      this.#builder,
      (name) => this.#values.get(name),
      this.#shapeOf(node),
      this.#consumers.get(output) ?? [],
    );
    const index = missing === undefined && isKnownDomain ? this.#layer(use, facts) : use.unknown();
    for (const name of node.outputs) if (name !== "") this.#values.set(name, { kind: "node", index });
  }

  /** Numbers that follow from shapes alone depend on no weight, whatever made them. */
  #layer(use: NodeReader, [first]: readonly TensorFacts[]): number {
    return first?.entries !== undefined && !first.isFloat ? use.constant() : use.read();
  }

  /** Of the first output that has a name. */
  #shapeOf(node: OnnxNode): AxisLengths | undefined {
    const name = node.outputs.find((output) => output !== "");
    const shape = name === undefined ? undefined : this.#facts.get(name)?.shape;
    return shape === undefined ? undefined : axisLengths(shape);
  }
}

/** A length below one is how some exporters write that it is not known. */
function saidShape({ shape }: OnnxValue, lengths: Map<string, Amount>): Amounts | undefined {
  const found = shape?.map((length): Amount => {
    if (typeof length === "number") return length >= 1 ? length : unknownLength();
    if (length === null || !IS_NAME.test(length)) return unknownLength();
    const known = lengths.get(length) ?? unknownLength();
    lengths.set(length, known);
    return known;
  });
  return shapeOf(found);
}

/** Numbers that the file says stand; a scalar is also what files say whose exporter knew nothing. */
function joined(said: Amounts | undefined, inferred: Amounts | undefined): Amounts | undefined {
  if (said === undefined || inferred === undefined) return said ?? inferred;
  if (said.length !== inferred.length) return said.length === 0 ? inferred : said;
  return said.map((length, axis) => (typeof length === "number" ? length : (inferred[axis] ?? length)));
}

function constantOf({ attributes }: OnnxNode, name: string): OnnxTensor {
  const tensor = attributes.get("value")?.tensor;
  if (tensor !== undefined) return { ...tensor, name };
  const float = attributes.get("value_float")?.float;
  const int = attributes.get("value_int")?.int;
  const single = float ?? int;
  const list = attributes.get("value_ints")?.ints ?? attributes.get("value_floats")?.floats;
  if (list !== undefined) {
    const isFloat = attributes.has("value_floats");
    const [only] = list.length === 1 ? list : [];
    return { name, dims: [list.length], isFloat, scalar: only, entries: list.length <= MAX_ENTRIES ? list : undefined };
  }
  return {
    name,
    dims: [],
    isFloat: float !== undefined,
    scalar: single,
    entries: single === undefined ? undefined : [single],
  };
}
