/** Collects the nodes and parameters of a layer graph while a file is read; refuses to grow without end. */
import {
  type AxisLengths,
  type LayerGraph,
  type LayerNode,
  MAX_LAYERS,
  type Operation,
  type Parameter,
  type ParameterRole,
  type Penalty,
  type Place,
} from "./graph.ts";

/** Something wrong with a model file. A place has the file's own keys; an empty one means the whole file. */
export interface ModelProblem {
  readonly message: string;
  readonly place: Place;
}

export type ReadModel =
  | { readonly ok: true; readonly graph: LayerGraph; readonly problems: readonly ModelProblem[] }
  | { readonly ok: false; readonly problems: readonly ModelProblem[] };

/** Nested models called many times can multiply without end; this ends reading, inside this room only. */
export class TooManyLayers extends Error {}

export interface NodeOptions {
  readonly place: Place;
  readonly biasPlace?: Place | undefined;
  readonly shape?: AxisLengths | undefined;
}

export interface ParameterOptions {
  readonly layer: string;
  readonly trainable?: boolean;
  readonly shape?: AxisLengths | undefined;
  readonly penalty?: Penalty | undefined;
}

export class GraphBuilder {
  readonly nodes: LayerNode[] = [];
  readonly parameters: Parameter[] = [];
  readonly problems: ModelProblem[] = [];
  readonly #parameterIndex = new Map<string, number>();

  node(layer: string, type: string, operation: Operation, inputs: readonly number[], options: NodeOptions): number {
    if (this.nodes.length >= MAX_LAYERS) throw new TooManyLayers();
    const { place, biasPlace, shape } = options;
    const more = { ...(biasPlace === undefined ? {} : { biasPlace }), ...(shape === undefined ? {} : { shape }) };
    return this.nodes.push({ layer, type, operation, inputs, place, ...more }) - 1;
  }

  /** The same id gives the same parameter: that is how layers share weights. */
  parameter(id: string, role: ParameterRole, options: ParameterOptions): number {
    const known = this.#parameterIndex.get(id);
    if (known !== undefined) return known;
    const { layer, trainable = true, shape, penalty } = options;
    const more = { ...(shape === undefined ? {} : { shape }), ...(penalty === undefined ? {} : { penalty }) };
    const index = this.parameters.push({ id, layer, role, trainable, ...more }) - 1;
    this.#parameterIndex.set(id, index);
    return index;
  }

  problem(message: string, place: Place): void {
    // One sentence per kind of damage is enough; a broken file may have thousands.
    if (this.problems.length < 20) this.problems.push({ message, place });
  }
}
