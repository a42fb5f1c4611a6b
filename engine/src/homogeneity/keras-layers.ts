/**
 * Keras' layers as operations of the layer graph, by class name. Names are those of Keras 1 to 3 and TensorFlow.js; what is not here is
 * unknown, and said to be.
 */

import type { AxisLengths, Operation, ParameterRole, Place } from "./graph.ts";
import type { GraphBuilder, NodeOptions } from "./graph-builder.ts";
import { cleanName, isObject, type Json, numberAt, objectAt, stringAt, valueAt } from "./json-value.ts";
import { type Activation, activationLayer, activationOf, shortName } from "./keras-activations.ts";
import { BATCH_NORMS, GATED, HOMOGENEOUS, LINEAR, NOISE, PREPROCESSING, SEPARABLE, SUMS } from "./keras-classes.ts";
import { penaltyOf } from "./keras-penalty.ts";

/** One use of a layer. */
export interface LayerCall {
  /** As shown: `encoder/dense_1`, `dense_1 (use 2)`. */
  readonly label: string;
  /** The same for all uses of a layer: its parameters' name. */
  readonly definition: string;
  readonly className: string;
  readonly config: Json;
  /** Of the layer's entry in its list. */
  readonly place: Place;
  readonly inputs: readonly number[];
  /** The call was given a number as well, as in x + 1. */
  readonly constant: boolean;
  readonly frozen: boolean;
  /** How many wrappers it stands in. */
  readonly wrappers: number;
}

export interface LayerContext {
  readonly builder: GraphBuilder;
  /** Of a weight by its name, from the manifest. */
  readonly shapeOf: (weight: string) => AxisLengths | undefined;
}

/** A wrapper of a wrapper of … is no network that anyone has. */
const MAX_WRAPPERS = 4;

/** Adds the nodes of one call and gives the last of them. */
export function addKerasLayer(call: LayerCall, context: LayerContext): number {
  const className = shortName(call.className);
  if (className === "Bidirectional") return bidirectional(call, context);
  if (className === "RNN") return addKerasLayer(inner(call, "cell", call.definition), context);
  if (className === "TimeDistributed") return addKerasLayer(inner(call, "layer", call.definition), context);
  return new LayerAdder(call, context, className).add();
}

class LayerAdder {
  readonly #call: LayerCall;
  readonly #context: LayerContext;
  readonly #className: string;

  constructor(call: LayerCall, context: LayerContext, className: string) {
    this.#call = call;
    this.#context = context;
    this.#className = className;
  }

  add(): number {
    const { config, inputs } = this.#call;
    const name = this.#className;
    if (LINEAR.has(name)) {
      const depthwise = name.startsWith("Depthwise") ? ["depthwise_regularizer"] : [];
      const kernel = this.#kernel("kernel", [...depthwise, "kernel_regularizer", "W_regularizer"]);
      return this.#activated(this.#linear([kernel]));
    }
    if (SEPARABLE.has(name))
      return this.#activated(this.#linear([this.#kernel("depthwise"), this.#kernel("pointwise")]));
    if (name === "Embedding") return this.#node({ kind: "linear", kernels: [this.#kernel("embeddings")] });
    if (name === "MaxoutDense") return this.#linear([this.#kernel("kernel")]);
    if (HOMOGENEOUS.has(name)) return this.#node({ kind: "homogeneous" });
    if (SUMS.has(name)) return this.#node({ kind: "sum", constant: this.#call.constant });
    if (name === "Multiply") return this.#node({ kind: "product" });
    if (name === "Dot") return this.#dot();
    if (NOISE.has(name)) return this.#node({ kind: "sum", constant: true });
    if (name === "Rescaling") {
      const isShifted = (numberAt(config, "offset") ?? 0) !== 0;
      return this.#node(isShifted ? { kind: "sum", constant: true } : { kind: "homogeneous" });
    }
    if (PREPROCESSING.has(name)) return this.#node({ kind: "nonlinear", word: name });
    if (name === "Normalization")
      return this.#node({ kind: "normalization", epsilon: 0, fixed: true, cancelsBias: false });
    const norm = this.#normalization();
    if (norm !== undefined) return norm;
    if (GATED.has(name)) return this.#recurrent("sigmoid and tanh gates");
    if (name === "SimpleRNN" || name === "SimpleRNNCell") return this.#recurrent(undefined);
    if (name === "PReLU")
      return this.#node({ kind: "slope", slope: this.#parameter("alpha", "slope", "alpha_regularizer") });
    if (name === "MultiHeadAttention") return this.#attention();
    if (name === "Attention" || name === "AdditiveAttention") return this.#plainAttention();
    if (name === "Activation") return this.#activation(activationOf(valueAt(config, "activation")), "activation");
    const activation = activationLayer(name, config);
    if (activation !== undefined) return this.#activation(activation, undefined);
    if (name === "TFOpLambda") return this.#function(stringAt(config, "function") ?? "");
    return inputs.length === 1 && isKerasFunction(this.#call)
      ? this.#function(name.toLowerCase())
      : this.#node({ kind: "unknown" });
  }

  #node(
    operation: Operation,
    inputs = this.#call.inputs,
    type = this.#className,
    options: Partial<NodeOptions> = {},
  ): number {
    return this.#context.builder.node(this.#call.label, cleanName(type), operation, inputs, {
      place: this.#at("class_name"),
      ...options,
    });
  }

  /** `class_name` stands in the layer's entry, all other keys in its config. */
  #at(key: string): Place {
    return key === "class_name" ? [...this.#call.place, key] : [...this.#call.place, "config", key];
  }

  #parameter(weight: string, role: ParameterRole, regularizer?: string): number {
    const { definition, config, frozen } = this.#call;
    const id = `${definition}/${weight}`;
    const penalty =
      regularizer === undefined ? undefined : penaltyOf(valueAt(config, regularizer), this.#at(regularizer));
    const trainable = !frozen && valueAt(config, "trainable") !== false;
    return this.#context.builder.parameter(id, role, {
      layer: definition,
      trainable,
      shape: this.#context.shapeOf(id),
      penalty,
    });
  }

  /** `regularizers`: the keys under which versions of Keras keep its regularizer; Keras 1 called all but recurrent kernels W. */
  #kernel(weight: string, regularizers = [`${weight}_regularizer`, "W_regularizer"]): number {
    const { config } = this.#call;
    return this.#parameter(
      weight,
      "kernel",
      regularizers.find((key) => (valueAt(config, key) ?? null) !== null),
    );
  }

  #bias(): { readonly bias?: number } {
    const { config } = this.#call;
    const { className } = this;
    // Keras 1 said `bias`; all versions have a bias unless told otherwise, but for EinsumDense, which is told by its axes.
    const said = valueAt(config, "use_bias") ?? valueAt(config, "bias");
    const has = className === "EinsumDense" ? (stringAt(config, "bias_axes") ?? "") !== "" : said !== false;
    return has ? { bias: this.#parameter("bias", "bias", "bias_regularizer") } : {};
  }

  get className(): string {
    return this.#className;
  }

  #linear(kernels: readonly number[]): number {
    const units = numberAt(this.#call.config, "units") ?? numberAt(this.#call.config, "filters");
    const shape = units === undefined ? undefined : [null, units];
    const operation: Operation = {
      kind: "linear",
      kernels,
      ...this.#bias(),
      ...(units === undefined ? {} : { units }),
    };
    return this.#node(operation, this.#call.inputs, this.#className, { biasPlace: this.#at("use_bias"), shape });
  }

  #activated(from: number): number {
    const activation = activationOf(valueAt(this.#call.config, "activation"));
    if (activation === undefined) return from;
    return this.#node(activation.operation, [from], activation.type, { place: this.#at("activation") });
  }

  #activation(activation: Activation | undefined, key: string | undefined): number {
    if (activation === undefined) return this.#node({ kind: "homogeneous" }, this.#call.inputs, "linear");
    return this.#node(
      activation.operation,
      this.#call.inputs,
      activation.type,
      key === undefined ? {} : { place: this.#at(key) },
    );
  }

  #normalization(): number | undefined {
    const { config } = this.#call;
    const name = this.#className;
    const isBatch = BATCH_NORMS.has(name);
    const base = {
      kind: "normalization",
      epsilon: numberAt(config, "epsilon") ?? numberAt(config, "eps") ?? 0.001,
      // A batch normalization that is not trained uses its stored statistics.
      fixed: isBatch && (this.#call.frozen || valueAt(config, "trainable") === false),
      cancelsBias: isBatch || (name === "GroupNormalization" && numberAt(config, "groups") === -1),
    } as const;
    const scale = () => ({ scale: this.#parameter("gamma", "scale", "gamma_regularizer") });
    const shift = () => ({ shift: this.#parameter("beta", "shift", "beta_regularizer") });
    if (isBatch || name === "LayerNormalization" || name === "GroupNormalization") {
      const isRms = valueAt(config, "rms_scaling") === true;
      const operation: Operation = {
        ...base,
        ...(valueAt(config, "scale") === false ? {} : scale()),
        ...(valueAt(config, "center") === false || isRms ? {} : shift()),
      };
      return this.#node(operation, this.#call.inputs, name, { biasPlace: this.#at("center") });
    }
    if (name === "RMSNormalization") return this.#node({ ...base, ...scale() });
    if (name === "UnitNormalization") return this.#node({ ...base, epsilon: 1e-12 });
    return undefined;
  }

  #recurrent(gate: string | undefined): number {
    const { config } = this.#call;
    const activation = valueAt(config, "activation");
    const inner = activation === undefined ? activationOf("tanh") : activationOf(activation);
    const isHomogeneous = inner === undefined || inner.operation.kind === "homogeneous";
    const word = gate ?? (isHomogeneous ? undefined : inner.type);
    const kernels = [
      this.#kernel("kernel"),
      this.#kernel("recurrent_kernel", ["recurrent_regularizer", "U_regularizer"]),
    ];
    const operation: Operation = {
      kind: "recurrent",
      kernels,
      ...this.#bias(),
      ...(word === undefined ? {} : { gate: word }),
    };
    // The states that other layers hand over are inputs of the same degree.
    return this.#node(operation);
  }

  #attention(): number {
    const kernels = (...names: readonly string[]) =>
      names.map((name) => this.#kernel(`${name}/kernel`, ["kernel_regularizer"]));
    const scores = kernels("query", "key");
    const values = kernels("value", "attention_output");
    return this.#node({ kind: "attention", scores, values, ...this.#bias() }, this.#attentionInputs());
  }

  #plainAttention(): number {
    const [query, value] = this.#call.inputs;
    const scores = valueAt(this.#call.config, "use_scale") === true ? [this.#parameter("scale", "scale")] : [];
    const inputs = query === undefined ? [] : [query, this.#call.inputs[2] ?? value ?? query, value ?? query];
    return this.#node({ kind: "attention", scores, values: [] }, inputs);
  }

  /** Keras' order is query, value, key; the key is the value unless given. */
  #attentionInputs(): readonly number[] {
    const [query, value, key] = this.#call.inputs;
    if (query === undefined) return [];
    return [query, key ?? value ?? query, value ?? query];
  }

  #dot(): number {
    if (valueAt(this.#call.config, "normalize") !== true) return this.#node({ kind: "product" });
    const operation: Operation = { kind: "normalization", epsilon: 1e-12, fixed: false, cancelsBias: false };
    const normalized = this.#call.inputs.map((input) => this.#node(operation, [input], "l2 normalization"));
    return this.#node({ kind: "product" }, normalized);
  }

  /** Functions that Keras records as layers: `tf.nn.relu(x)`, `x + y`, `ops.mean(x)`. */
  #function(name: string): number {
    const word = name.replace(/^.*\./, "");
    const type = name === "" ? this.#className : name;
    const operation = functionOperation(word, this.#call);
    return this.#node(operation, this.#call.inputs, type);
  }
}

function functionOperation(word: string, call: LayerCall): Operation {
  if (["add", "subtract", "concat", "concatenate", "stack", "maximum", "minimum", "add_n"].includes(word)) {
    return { kind: "sum", constant: call.constant };
  }
  if (["multiply", "matmul", "dot", "einsum", "tensordot"].includes(word)) return { kind: "product" };
  if (["truediv", "divide"].includes(word))
    return call.inputs.length === 1 ? { kind: "unknown" } : { kind: "quotient" };
  const keeps = [
    "reshape",
    "transpose",
    "cast",
    "squeeze",
    "expand_dims",
    "reduce_mean",
    "reduce_sum",
    "reduce_max",
    "mean",
    "sum",
    "max",
  ];
  const more = [
    "getitem",
    "identity",
    "flatten",
    "pad",
    "tile",
    "split",
    "unstack",
    "stop_gradient",
    "broadcast_to",
    "repeat",
    "slice",
  ];
  if ([...keeps, ...more].includes(word)) return { kind: "homogeneous" };
  if (word === "square") return { kind: "power", exponent: 2 };
  if (word === "sqrt") return { kind: "power", exponent: 0.5 };
  if (word === "lrn" || word === "local_response_normalization") return { kind: "nonlinear", word: "LRN" };
  return activationOf(word)?.operation ?? { kind: "homogeneous" };
}

/** Keras 3 records functions with the module they come from. */
function isKerasFunction(call: LayerCall): boolean {
  return (
    call.className.length > 0 &&
    /^[A-Z]/.test(call.className) &&
    call.definition !== "" &&
    isObject(call.config) &&
    isFunctionModule(call)
  );
}

function isFunctionModule(call: LayerCall): boolean {
  const module = stringAt(call.config, "module") ?? "";
  return module.includes("ops.") || module.endsWith(".ops");
}

function bidirectional(call: LayerCall, context: LayerContext): number {
  const merge = stringAt(call.config, "merge_mode") ?? "concat";
  const forward = addKerasLayer(inner(call, "layer", `${call.definition}/forward`), context);
  const backwardKey = objectAt(call.config, "backward_layer") === undefined ? "layer" : "backward_layer";
  const backward = addKerasLayer(inner(call, backwardKey, `${call.definition}/backward`), context);
  const operation: Operation = merge === "mul" ? { kind: "product" } : { kind: "sum", constant: false };
  const place = [...call.place, "class_name"];
  return context.builder.node(
    call.label,
    `Bidirectional, ${merge === "concat" ? "concatenated" : merge}`,
    operation,
    [forward, backward],
    { place },
  );
}

/** The layer that a wrapper holds. */
function inner(call: LayerCall, key: string, definition: string): LayerCall {
  const held = objectAt(call.config, key);
  const className = stringAt(held, "class_name") ?? "unknown layer";
  return {
    ...call,
    definition,
    className: call.wrappers < MAX_WRAPPERS ? className : "too many wrappers",
    wrappers: call.wrappers + 1,
    config: objectAt(held, "config") ?? {},
    place: [...call.place, "config", key],
    constant: false,
  };
}
