/**
 * A network as plain data: layers in the order they are computed, the same whether they come from Keras JSON, an ONNX file or a
 * config. Readers of files make it; `layers.ts` has the rule of degrees for each operation.
 */

/** Where something stands in the file: keys and indices from the root of its JSON. Empty for binary files. */
export type Place = readonly (string | number)[];

/** Lengths of the axes; null where they are not known. */
export type AxisLengths = readonly (number | null)[];

export type ParameterRole = "kernel" | "bias" | "scale" | "shift" | "slope";

/** A penalty that the model itself puts on a parameter, such as Keras' `kernel_regularizer`. */
export interface Penalty {
  /** As the file says it: `l2`. */
  readonly name: string;
  /** The degrees of its terms: [2] for squared ℓ2, [1] for ℓ1, [1, 2] for both, empty for one that is not known. */
  readonly degrees: readonly number[];
  readonly place: Place;
}

export interface Parameter {
  /** `dense_1/kernel`. */
  readonly id: string;
  /** The layer it belongs to; shared layers have one. */
  readonly layer: string;
  readonly role: ParameterRole;
  readonly trainable: boolean;
  readonly shape?: AxisLengths;
  readonly penalty?: Penalty;
}

/** What a layer computes, as far as degrees care. Parameters are indices into `LayerGraph.parameters`. */
export type Operation =
  /** Data. */
  | { readonly kind: "input" }
  /** A fixed number or array. */
  | { readonly kind: "constant" }
  /** Linear in its input and in each kernel: dense, convolution, embedding; without kernels a bias alone. `units`: of its output. */
  | { readonly kind: "linear"; readonly kernels: readonly number[]; readonly bias?: number; readonly units?: number }
  /** φ(αx) = αφ(x) for α ≥ 0, without parameters: relu, pooling, reshape, … `epsilon`: up to a small number added. */
  | { readonly kind: "homogeneous"; readonly epsilon?: number }
  | { readonly kind: "power"; readonly exponent: number }
  /** Operands side by side or added: their degrees have to agree. `constant`: one more operand that is a fixed number. */
  | { readonly kind: "sum"; readonly constant: boolean }
  | { readonly kind: "product" }
  | { readonly kind: "quotient" }
  /** Divides by a norm of its input. `fixed`: by numbers of the file instead, so that it is affine. */
  | {
      readonly kind: "normalization";
      readonly epsilon: number;
      readonly fixed: boolean;
      /** Subtracts the mean of each channel, and with it any bias before. */
      readonly cancelsBias: boolean;
      readonly scale?: number;
      readonly shift?: number;
    }
  /** A trained slope for negative inputs (PReLU). */
  | { readonly kind: "slope"; readonly slope: number }
  /** No degree: tanh, softmax, … `head`: where it is last, it belongs in the loss. */
  | { readonly kind: "nonlinear"; readonly word: string; readonly head?: "softmax" | "sigmoid" }
  /** h ← a(W x + U h + b), with W = kernels[0], U = kernels[1]. `gate`: the function that has no degree, if any. */
  | { readonly kind: "recurrent"; readonly kernels: readonly number[]; readonly bias?: number; readonly gate?: string }
  /** softmax(Q Kᵀ) V: inputs query, key, value. `scores` make Q and K; `values` are applied to V and to the result. */
  | {
      readonly kind: "attention";
      readonly scores: readonly number[];
      readonly values: readonly number[];
      readonly bias?: number;
    }
  /** Not in the tables: said, never guessed. */
  | { readonly kind: "unknown" };

export interface LayerNode {
  /** The layer's name in its file; a layer with an activation is two nodes of one name. */
  readonly layer: string;
  /** The file's word for it: `Dense`, `relu`, `MaxPool`. */
  readonly type: string;
  readonly operation: Operation;
  /** Indices of earlier nodes. */
  readonly inputs: readonly number[];
  readonly shape?: AxisLengths;
  /** Where to point for the node; `biasPlace` for its bias. */
  readonly place: Place;
  readonly biasPlace?: Place;
}

export interface LayerGraph {
  readonly format: "keras" | "onnx" | "config";
  readonly name: string;
  /** Every input of a node comes before it. */
  readonly nodes: readonly LayerNode[];
  readonly parameters: readonly Parameter[];
  readonly outputs: readonly number[];
}

/** Nodes of a graph; the largest networks in use have a few thousand. */
export const MAX_LAYERS = 50_000;

/** The parameters of an operation: kernels first. */
export function parametersOf(operation: Operation): readonly number[] {
  const some = (...indices: readonly (number | undefined)[]) => indices.filter((index) => index !== undefined);
  switch (operation.kind) {
    case "linear":
    case "recurrent":
      return some(...operation.kernels, operation.bias);
    case "normalization":
      return some(operation.scale, operation.shift);
    case "slope":
      return [operation.slope];
    case "attention":
      return some(...operation.scores, ...operation.values, operation.bias);
    default:
      return [];
  }
}

/** The nodes that use each node's output. */
export function consumersOf(graph: LayerGraph): readonly (readonly number[])[] {
  const consumers: number[][] = graph.nodes.map(() => []);
  for (const [index, node] of graph.nodes.entries()) {
    for (const input of new Set(node.inputs)) consumers[input]?.push(index);
  }
  return consumers;
}
