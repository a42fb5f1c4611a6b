/**
 * The degree of a network in each of its factors alone. A factor is a parameter; the first layer's bias belongs to its kernel, as it
 * is the kernel's column for a constant input.
 *
 * From a node all paths to the output meet again at its post-dominator, so a factor's degree is found by one sweep from its use to
 * there, and multiplied by what comes after. For networks of stacked blocks that is linear in the number of layers.
 */
import { degree, type Homogeneity, none, power } from "./degree.ts";
import { type LayerGraph, type LayerNode, parametersOf } from "./graph.ts";
import { degreeAfter, isDegree, type Scope } from "./layers.ts";

export interface Factor {
  /** Indices of its parameters, the kernel first. */
  readonly parameters: readonly number[];
  /** The degree of the output when it alone is scaled; undefined where it does not reach the output or was too much work. */
  readonly degree: Homogeneity | undefined;
}

/** Rules applied in all sweeps together. Stacked blocks of any depth need a few per layer. */
const MAX_STEPS = 2_000_000;

const ZERO = degree(0);
const ONE = degree(1);

/** `hasBias`: as in the pass over all parameters. */
export function factorDegrees(
  graph: LayerGraph,
  outputs: readonly number[],
  hasBias: (node: LayerNode) => boolean,
): readonly Factor[] {
  const sweeps = new Sweeps(graph, outputs, hasBias);
  const uses = usesOf(graph);
  return factorsOf(graph, uses).map((parameters) => ({
    parameters,
    degree: sweeps.degreeIn(parameters, [...new Set(parameters.flatMap((index) => uses[index] ?? []))]),
  }));
}

function usesOf(graph: LayerGraph): readonly (readonly number[])[] {
  const uses: number[][] = graph.parameters.map(() => []);
  for (const [index, node] of graph.nodes.entries())
    for (const used of parametersOf(node.operation)) uses[used]?.push(index);
  return uses;
}

/** A bias joins its kernel where the layer's input is data in every use. */
function factorsOf(graph: LayerGraph, uses: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const joined = new Map<number, number>();
  const isData: boolean[] = [];
  for (const node of graph.nodes) {
    isData.push(
      parametersOf(node.operation).length === 0 &&
        node.operation.kind !== "unknown" &&
        node.inputs.every((input) => isData[input]),
    );
  }
  for (const node of graph.nodes) {
    const { operation } = node;
    if (operation.kind !== "linear" || operation.bias === undefined) continue;
    const kernel = operation.kernels[0];
    if (kernel === undefined || operation.kernels.length > 1) continue;
    const everyUse = uses[kernel] ?? [];
    if (everyUse.every((use) => graph.nodes[use]?.inputs.every((input) => isData[input])))
      joined.set(operation.bias, kernel);
  }
  const biasOf = new Map([...joined].map(([bias, kernel]) => [kernel, bias]));
  return graph.parameters.flatMap((parameter, index) => {
    if (!parameter.trainable || joined.has(index)) return [];
    const bias = biasOf.get(index);
    return [bias === undefined ? [index] : [index, bias]];
  });
}

class Sweeps {
  readonly #graph: LayerGraph;
  readonly #hasBias: (node: LayerNode) => boolean;
  /** No parameter is scaled. */
  readonly #still: Scope;
  /** The next node through which everything passes on its way out; `#sink` stands for the output. */
  readonly #postDominator: readonly number[];
  readonly #sink: number;
  readonly #isOutput: ReadonlySet<number>;
  /** Degree of the output when the node's value alone is scaled. */
  readonly #toOutput = new Map<number, Homogeneity | undefined>();
  readonly #values: (Homogeneity | undefined)[];
  #steps = 0;

  constructor(graph: LayerGraph, outputs: readonly number[], hasBias: (node: LayerNode) => boolean) {
    this.#graph = graph;
    this.#hasBias = hasBias;
    this.#still = { degreeOf: () => 0, hasBias };
    this.#sink = graph.nodes.length;
    this.#isOutput = new Set(outputs);
    this.#postDominator = postDominators(graph, this.#isOutput);
    this.#values = new Array<Homogeneity | undefined>(graph.nodes.length).fill(undefined);
    // From the output back, so that no call goes deep.
    for (let index = graph.nodes.length - 1; index >= 0; index--) this.#toOutput.set(index, this.#outward(index));
  }

  degreeIn(parameters: readonly number[], uses: readonly number[]): Homogeneity | undefined {
    // One or two of them: no set is faster.
    const scope: Scope = { degreeOf: (index) => (parameters.includes(index) ? 1 : 0), hasBias: this.#hasBias };
    const reaching = uses.filter((use) => this.#postDominator[use] !== -1);
    const [first, ...others] = reaching;
    if (first === undefined) return undefined;
    if (others.length === 0) {
      const here = this.#step(first, () => ZERO, scope);
      return here === undefined ? undefined : this.#then(here, first);
    }
    let meeting = first;
    for (const other of others) meeting = intersect(meeting, other, this.#postDominator);
    const start = Math.min(...reaching);
    const here = this.#sweep(start - 1, meeting, scope, undefined);
    return here === undefined ? undefined : this.#then(here, meeting);
  }

  #outward(index: number): Homogeneity | undefined {
    const next = this.#postDominator[index] ?? -1;
    if (next === -1) return undefined;
    const here = this.#sweep(index, next, this.#still, ONE);
    return here === undefined ? undefined : this.#then(here, next);
  }

  #then(here: Homogeneity, at: number): Homogeneity | undefined {
    if (at === this.#sink) return here;
    const after = this.#toOutput.get(at);
    return after === undefined ? undefined : compose(here, after);
  }

  /** Values of the nodes after `from` up to `to`, where `from` has the value `seed` and all earlier ones stay. */
  #sweep(from: number, to: number, scope: Scope, seed: Homogeneity | undefined): Homogeneity | undefined {
    const values = this.#values;
    if (seed !== undefined) values[from] = seed;
    const last = Math.min(to, this.#sink - 1);
    const lookUp = (index: number): Homogeneity => (index < from || index < 0 ? ZERO : (values[index] ?? ZERO));
    let spent = false;
    for (let index = from + 1; index <= last && !spent; index++) {
      const value = this.#step(index, lookUp, scope);
      if (value === undefined) spent = true;
      else values[index] = value;
    }
    const result = spent ? undefined : to === this.#sink ? this.#joint(lookUp) : lookUp(to);
    values.fill(undefined, Math.max(0, from), last + 1);
    return result;
  }

  /** Several outputs: one answer where they agree, else mixed. */
  #joint(lookUp: (index: number) => Homogeneity): Homogeneity {
    const all = [...this.#isOutput].map(lookUp);
    const [first = ZERO, ...others] = all;
    if (others.length === 0) return first;
    return all.find((value) => value.kind !== "degree") ?? agree(all);
  }

  #step(index: number, lookUp: (index: number) => Homogeneity, scope: Scope): Homogeneity | undefined {
    if (++this.#steps > MAX_STEPS) return undefined;
    const node = this.#graph.nodes[index];
    return node === undefined ? ZERO : degreeAfter(node, node.inputs.map(lookUp), scope);
  }
}

function agree(values: readonly Homogeneity[]): Homogeneity {
  const degrees = [...new Set(values.flatMap((value) => (value.kind === "degree" ? [value.degree] : [])))].sort(
    (a, b) => a - b,
  );
  const [only, ...others] = degrees;
  return others.length === 0 ? degree(only ?? 0) : { kind: "mixed", degrees, reason: "the outputs of the model" };
}

/** What scaling by α^here does to the output, when scaling by α does α^after. */
function compose(here: Homogeneity, after: Homogeneity): Homogeneity {
  if (isDegree(here, 0)) return ZERO;
  if (here.kind === "none" || after.kind === "none") return here.kind === "none" ? here : after;
  if (here.kind === "degree") return power(after, here.degree);
  // A normalization after terms of several degrees keeps none of them.
  if (isDegree(after, 0)) return none(`a normalization of terms of several degrees (${here.reason})`);
  const factors = after.kind === "degree" ? [after.degree] : after.degrees;
  const degrees = [...new Set(here.degrees.flatMap((a) => factors.map((b) => a * b)))].sort((a, b) => a - b);
  return { ...here, degrees: degrees.slice(0, 6) };
}

/** −1 for nodes that do not reach an output; the number of nodes stands for "past the end". */
function postDominators(graph: LayerGraph, outputs: ReadonlySet<number>): readonly number[] {
  const sink = graph.nodes.length;
  const found = new Array<number>(sink).fill(-1);
  for (const output of outputs) found[output] = sink;
  for (let index = sink - 1; index >= 0; index--) {
    if (found[index] === -1) continue;
    for (const input of graph.nodes[index]?.inputs ?? []) {
      const before = found[input] ?? -1;
      found[input] = before === -1 ? index : intersect(before, index, found);
    }
  }
  return found;
}

/** Both walk towards the output, where indices grow, until they meet. */
function intersect(a: number, b: number, postDominator: readonly number[]): number {
  let left = a;
  let right = b;
  while (left !== right) {
    if (left < right) left = postDominator[left] ?? postDominator.length;
    else right = postDominator[right] ?? postDominator.length;
  }
  return left;
}
