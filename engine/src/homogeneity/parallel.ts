/**
 * How many parallel subnetworks with weights of their own a graph's output is a sum of (haeffele2015, (20)): the operands of a final
 * addition, the parts of a concatenation before the last linear layer, or the hidden units of a network with one hidden layer.
 */
import { type LayerGraph, parametersOf } from "./graph.ts";

/** 1 for a single deep network. */
export function parallelWidth(graph: LayerGraph, outputs: readonly number[]): number {
  const [output] = outputs;
  if (output === undefined || outputs.length > 1) return 1;
  const trained = dependence(graph);
  const last = throughHomogeneous(graph, output);
  const node = graph.nodes[last];
  if (node === undefined) return 1;
  if (
    node.operation.kind === "sum" &&
    node.type.toLowerCase() !== "concatenate" &&
    node.type.toLowerCase() !== "concat"
  ) {
    return disjoint(graph, node.inputs, trained) ? node.inputs.length : 1;
  }
  if (node.operation.kind !== "linear") return 1;
  const hidden = throughHomogeneous(graph, node.inputs[0] ?? -1);
  const before = graph.nodes[hidden];
  if (before?.operation.kind === "sum") return disjoint(graph, before.inputs, trained) ? before.inputs.length : 1;
  if (before?.operation.kind !== "linear" || before.inputs.some((input) => trained[input])) return 1;
  // Where the width is not known it is some width above one.
  return before.operation.units ?? 2;
}

function throughHomogeneous(graph: LayerGraph, from: number): number {
  let index = from;
  for (;;) {
    const node = graph.nodes[index];
    const [before] = node?.inputs ?? [];
    const isBias = node?.operation.kind === "linear" && node.operation.kernels.length === 0;
    const passes = node?.operation.kind === "homogeneous" || isBias;
    if (!passes || node?.inputs.length !== 1 || before === undefined) return index;
    index = before;
  }
}

/** No parameter stands behind two of the nodes, and each has some. */
function disjoint(graph: LayerGraph, nodes: readonly number[], trained: readonly boolean[]): boolean {
  const ownerOfNode = new Map<number, number>();
  const ownerOfParameter = new Map<number, number>();
  for (const [owner, start] of nodes.entries()) {
    if (trained[start] !== true) return false;
    const stack = [start];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      const before = ownerOfNode.get(index);
      if (trained[index] !== true || before === owner) continue;
      if (before !== undefined) return false;
      ownerOfNode.set(index, owner);
      const node = graph.nodes[index];
      if (node === undefined) continue;
      for (const parameter of parametersOf(node.operation)) {
        if ((ownerOfParameter.get(parameter) ?? owner) !== owner) return false;
        ownerOfParameter.set(parameter, owner);
      }
      stack.push(...node.inputs);
    }
  }
  return nodes.length > 1;
}

/** Which nodes depend on parameters at all; the others are data. */
function dependence(graph: LayerGraph): readonly boolean[] {
  const found: boolean[] = [];
  for (const { operation, inputs } of graph.nodes) {
    found.push(
      parametersOf(operation).length > 0 || operation.kind === "unknown" || inputs.some((input) => found[input]),
    );
  }
  return found;
}
