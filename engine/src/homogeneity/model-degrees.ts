/** Degrees of a whole layer graph: after each layer, of the output, in each factor, and what breaks homogeneity where. Linear time. */
import { degree, type Homogeneity, sum } from "./degree.ts";
import { type Factor, factorDegrees } from "./factor-degrees.ts";
import { consumersOf, type LayerGraph, type LayerNode, parametersOf } from "./graph.ts";
import { degreeAfter, isDegree, isUnknown, type Scope } from "./layers.ts";
import { parallelWidth } from "./parallel.ts";

/** A layer that by itself takes homogeneity away. */
export interface Break {
  readonly kind:
    | "bias"
    | "output-bias"
    | "shift"
    | "nonlinear"
    | "sum"
    | "slope"
    | "recurrent"
    | "normalization"
    | "unknown";
  readonly node: number;
  readonly reason: string;
}

export interface ModelDegrees {
  readonly graph: LayerGraph;
  /** After each node, all parameters scaled together. */
  readonly after: readonly Homogeneity[];
  /** The same for the model without biases and shifts: what is left to gain by dropping them. */
  readonly afterWithoutBiases: readonly Homogeneity[];
  /** A normalization with ε > 0 stands before it: the degree holds for large inputs only. */
  readonly approximate: readonly boolean[];
  /** Final softmax or sigmoid: they belong in the loss, and degrees are of what goes into them. */
  readonly heads: readonly number[];
  /** The nodes whose values are the model's X, before `heads`. */
  readonly outputs: readonly number[];
  readonly output: Homogeneity;
  readonly outputWithoutBiases: Homogeneity;
  readonly factors: readonly Factor[];
  /** Degrees in each factor of the model without biases and shifts; these themselves are not among them. */
  readonly factorsWithoutBiases: readonly Factor[];
  readonly breaks: readonly Break[];
  /** Nodes whose bias the batch normalization after them subtracts again. */
  readonly cancelledBiases: ReadonlySet<number>;
  /** Layers with kernels. */
  readonly weightLayers: number;
  /** How many parallel subnetworks the output is a sum of, by the shape of the graph. */
  readonly parallel: number;
}

export function modelDegrees(graph: LayerGraph): ModelDegrees {
  const consumers = consumersOf(graph);
  const { heads, outputs } = headsOf(graph);
  const cancelledBiases = cancelled(graph, consumers, new Set(outputs));
  const keptBias = (node: LayerNode): boolean => !cancelledNodes.has(node);
  const cancelledNodes = new Set([...cancelledBiases].map((index) => graph.nodes[index]));
  const degreeOf = (index: number): 0 | 1 => (graph.parameters[index]?.trainable === true ? 1 : 0);
  const after = forward(graph, { degreeOf, hasBias: keptBias });
  const afterWithoutBiases = forward(graph, { degreeOf, hasBias: () => false });
  const outputOf = (values: readonly Homogeneity[]): Homogeneity =>
    sum(
      outputs.map((index) => values[index] ?? degree(0)),
      "the outputs of the model",
    );
  const isBias = (index: number): boolean => ["bias", "shift"].includes(graph.parameters[index]?.role ?? "");
  return {
    graph,
    after,
    afterWithoutBiases,
    approximate: approximations(graph),
    heads,
    outputs,
    output: outputOf(after),
    outputWithoutBiases: outputOf(afterWithoutBiases),
    factors: factorDegrees(graph, outputs, keptBias),
    factorsWithoutBiases: factorDegrees(graph, outputs, () => false).filter(
      ({ parameters }) => !parameters.every(isBias),
    ),
    breaks: breaksOf(graph, afterWithoutBiases, degreeOf, cancelledBiases, outputNodes(graph, outputs)),
    cancelledBiases,
    weightLayers: graph.nodes.filter((node) => hasKernels(node)).length,
    parallel: parallelWidth(graph, outputs),
  };
}

function forward(graph: LayerGraph, scope: Scope): readonly Homogeneity[] {
  const values: Homogeneity[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => values[input] ?? degree(0));
    values.push(degreeAfter(node, inputs, scope));
  }
  return values;
}

function hasKernels(node: LayerNode): boolean {
  const { kind } = node.operation;
  if (node.operation.kind === "linear") return node.operation.kernels.length > 0 && node.inputs.length > 0;
  return kind === "recurrent" || (kind === "attention" && parametersOf(node.operation).length > 0);
}

/** Through reshapes and the like, from each output back. */
function headsOf(graph: LayerGraph): { readonly heads: readonly number[]; readonly outputs: readonly number[] } {
  const heads: number[] = [];
  const found = graph.outputs.map((output) => {
    let index = output;
    for (;;) {
      const node = graph.nodes[index];
      const [before] = node?.inputs ?? [];
      if (node === undefined || before === undefined) return output;
      if (node.operation.kind === "nonlinear" && node.operation.head !== undefined) {
        heads.push(index);
        return before;
      }
      if (node.operation.kind !== "homogeneous" || node.inputs.length !== 1) return output;
      index = before;
    }
  });
  return { heads, outputs: [...new Set(found)] };
}

/** The outputs, and what only reshapes stand between. */
function outputNodes(graph: LayerGraph, outputs: readonly number[]): ReadonlySet<number> {
  const found = new Set<number>();
  for (const output of outputs) {
    let index: number | undefined = output;
    while (index !== undefined && !found.has(index)) {
      found.add(index);
      const node: LayerNode | undefined = graph.nodes[index];
      index = node?.operation.kind === "homogeneous" && node.inputs.length === 1 ? node.inputs[0] : undefined;
    }
  }
  return found;
}

function cancelled(
  graph: LayerGraph,
  consumers: readonly (readonly number[])[],
  outputs: ReadonlySet<number>,
): ReadonlySet<number> {
  const found = new Set<number>();
  for (const [index, node] of graph.nodes.entries()) {
    if (node.operation.kind !== "linear" || node.operation.bias === undefined || outputs.has(index)) continue;
    const after = (consumers[index] ?? []).map((consumer) => graph.nodes[consumer]?.operation);
    const isCancelled = after.every((next) => next?.kind === "normalization" && next.cancelsBias && !next.fixed);
    if (after.length > 0 && isCancelled) found.add(index);
  }
  return found;
}

function approximations(graph: LayerGraph): readonly boolean[] {
  const found: boolean[] = [];
  for (const { operation, inputs } of graph.nodes) {
    const isNorm = operation.kind === "normalization" && !operation.fixed && operation.epsilon > 0;
    const here = isNorm || (operation.kind === "homogeneous" && operation.epsilon !== undefined);
    found.push(here || inputs.some((input) => found[input]));
  }
  return found;
}

/** Judged on the model without biases, so that one bias does not hide what comes after it. */
function breaksOf(
  graph: LayerGraph,
  values: readonly Homogeneity[],
  degreeOf: (parameter: number) => 0 | 1,
  cancelledBiases: ReadonlySet<number>,
  outputs: ReadonlySet<number>,
): readonly Break[] {
  const breaks: Break[] = [];
  for (const [index, node] of graph.nodes.entries()) {
    const inputs = node.inputs.map((input) => values[input] ?? degree(0));
    const value = values[index] ?? degree(0);
    const { operation } = node;
    const startsHere = inputs.every((input) => input.kind === "degree") && value.kind !== "degree";
    const reason = value.kind === "degree" ? "" : value.reason;
    const add = (kind: Break["kind"], why = reason): void => void breaks.push({ kind, node: index, reason: why });
    switch (operation.kind) {
      case "unknown":
        add("unknown");
        break;
      case "nonlinear":
        // Also where something before has no degree: each has to be replaced.
        if (!inputs.every((input) => isDegree(input, 0)) && !inputs.some(isUnknown))
          add("nonlinear", `${node.type} in layer ${node.layer}`);
        break;
      case "attention":
        if (value.kind === "none" && !isUnknown(value)) add("nonlinear", `softmax attention in layer ${node.layer}`);
        break;
      case "recurrent":
        if (operation.gate !== undefined && !isUnknown(value))
          add("nonlinear", `${operation.gate} in layer ${node.layer}`);
        else if (startsHere) add("recurrent");
        break;
      case "sum":
      case "quotient":
        if (startsHere) add("sum");
        break;
      case "slope":
        if (startsHere) add("slope");
        break;
      case "normalization":
        if (startsHere) add("normalization");
        break;
      case "input":
      case "constant":
      case "linear":
      case "homogeneous":
      case "power":
      case "product":
        break;
      default:
        operation satisfies never;
    }
    const bias = operation.kind === "linear" || operation.kind === "recurrent" ? operation.bias : undefined;
    const shift = operation.kind === "normalization" ? operation.shift : undefined;
    const added = bias ?? shift;
    if (added === undefined || cancelledBiases.has(index) || operation.kind === "recurrent") continue;
    // What is normalized has degree 0 times its scale, whatever came before.
    const isNormalized = operation.kind === "normalization" && !operation.fixed;
    const scale = isNormalized && operation.scale !== undefined ? degreeOf(operation.scale) : 0;
    if (isNormalized ? scale === degreeOf(added) : isDegree(value, degreeOf(added))) continue;
    const isOutput = bias !== undefined && outputs.has(index);
    const word = isOutput ? "output-bias" : bias === undefined ? "shift" : "bias";
    breaks.push({ kind: word, node: index, reason: `the ${word === "shift" ? word : "bias"} of layer ${node.layer}` });
  }
  return breaks;
}
