/** Walks an ONNX graph in its order and keeps what each name stands for. */
import type { AxisLengths } from "./graph.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { cleanName } from "./json-value.ts";
import type { OnnxGraph, OnnxNode } from "./onnx-file.ts";
import { NodeReader, type OnnxInput } from "./onnx-layers.ts";
import { inferShape } from "./onnx-shapes.ts";

export class OnnxGraphReader {
  readonly #file: OnnxGraph;
  readonly #builder: GraphBuilder;
  readonly #values = new Map<string, OnnxInput>();
  readonly #shapes = new Map<string, AxisLengths>();
  readonly #consumers = new Map<string, string[]>();

  constructor(file: OnnxGraph, builder: GraphBuilder) {
    this.#file = file;
    this.#builder = builder;
    for (const { name, shape } of [...file.values, ...file.inputs, ...file.outputs])
      if (shape !== undefined) this.#shapes.set(name, shape);
    for (const node of file.nodes) {
      for (const input of node.inputs)
        this.#consumers.set(input, [...(this.#consumers.get(input) ?? []).slice(0, 8), node.type]);
    }
  }

  /** Indices of the outputs. */
  read(): readonly number[] {
    const { initializers, inputs, nodes, outputs } = this.#file;
    for (const tensor of initializers) this.#values.set(tensor.name, { kind: "stored", tensor });
    // Old files list the weights among the inputs.
    for (const { name, shape } of inputs) {
      if (this.#values.has(name)) continue;
      const options = { place: [], shape };
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

  #shapeOf(name: string): AxisLengths | undefined {
    const value = this.#values.get(name);
    return value?.kind === "stored" ? value.tensor.dims : this.#shapes.get(name);
  }

  #read(node: OnnxNode, position: number): void {
    const tensor = node.attributes.get("value")?.tensor;
    const [output = ""] = node.outputs;
    if (node.type === "Constant") {
      const number = node.attributes.get("value_float")?.float ?? node.attributes.get("value_int")?.int;
      const stored = tensor ?? { name: output, dims: [], isFloat: number !== undefined, scalar: number };
      this.#values.set(output, { kind: "stored", tensor: { ...stored, name: output } });
      return;
    }
    const label = cleanName(node.name === "" ? `${node.type} ${position + 1}` : node.name);
    const missing = node.inputs.find((name) => name !== "" && !this.#values.has(name));
    if (missing !== undefined)
      this.#builder.problem(`${label}: its input ${cleanName(missing)} is made by nothing before it`, []);
    const isKnownDomain = node.domain === "" || node.domain === "ai.onnx";
    if (output !== "" && isKnownDomain && (this.#shapes.get(output)?.length ?? 0) === 0) {
      const shape = inferShape(
        node,
        node.inputs.map((name) => this.#shapeOf(name)),
      );
      if (shape !== undefined) this.#shapes.set(output, shape);
    }
    const use = new NodeReader(
      node,
      label,
      this.#builder,
      (name) => this.#values.get(name),
      this.#shapes.get(output),
      this.#consumers.get(output) ?? [],
    );
    const index = missing === undefined && isKnownDomain ? use.read() : use.unknown();
    for (const name of node.outputs) if (name !== "") this.#values.set(name, { kind: "node", index });
  }
}
