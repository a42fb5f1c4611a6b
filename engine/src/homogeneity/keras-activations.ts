/** Keras' activation functions: by name, by serialized object, and as layers of their own. */
import type { Operation } from "./graph.ts";
import { type Json, numberAt, objectAt, stringAt } from "./json-value.ts";

const HOMOGENEOUS: ReadonlySet<string> = new Set(["relu", "leaky_relu", "abs", "absolute", "identity"]);

const NONLINEAR: ReadonlySet<string> = new Set([
  ...[
    "tanh",
    "softplus",
    "softsign",
    "elu",
    "selu",
    "celu",
    "gelu",
    "gelu_new",
    "silu",
    "swish",
    "mish",
    "exponential",
    "exp",
  ],
  ...[
    "hard_sigmoid",
    "hardsigmoid",
    "hard_silu",
    "hard_swish",
    "hardswish",
    "hard_tanh",
    "relu6",
    "log_sigmoid",
    "log_softmax",
  ],
  ...[
    "squareplus",
    "tanh_shrink",
    "soft_shrink",
    "hard_shrink",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "threshold",
    "glu",
  ],
  ...["log", "sin", "cos", "erf"],
]);

export interface Activation {
  /** The word for it in tables: `relu`. Linear ones have none. */
  readonly type: string;
  readonly operation: Operation;
}

/** Undefined for linear. `value` is what stands under `activation`. */
export function activationOf(value: Json): Activation | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return named(value);
  const className = stringAt(value, "class_name");
  const config = objectAt(value, "config");
  if (className === undefined) return { type: "unknown activation", operation: { kind: "unknown" } };
  const inner = config === undefined ? stringAt(value, "config") : undefined;
  if (inner !== undefined) return named(inner);
  return activationLayer(className, config ?? {}) ?? named(className);
}

function named(name: string): Activation | undefined {
  const word = shortName(name).replace(/^.*\./, "");
  const lower = word.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  if (lower === "linear") return undefined;
  if (HOMOGENEOUS.has(lower)) return { type: lower, operation: { kind: "homogeneous" } };
  if (lower === "relu_6") return nonlinear("relu6");
  if (lower === "softmax") return { type: lower, operation: { kind: "nonlinear", word: lower, head: "softmax" } };
  if (lower === "sigmoid") return { type: lower, operation: { kind: "nonlinear", word: lower, head: "sigmoid" } };
  if (lower === "log_softmax") return { type: lower, operation: { kind: "nonlinear", word: lower, head: "softmax" } };
  if (lower === "square") return { type: lower, operation: { kind: "power", exponent: 2 } };
  return NONLINEAR.has(lower) ? nonlinear(lower) : { type: word, operation: { kind: "unknown" } };
}

/** Layers that are one function without parameters; undefined for others. */
export function activationLayer(className: string, config: Json): Activation | undefined {
  switch (className) {
    case "ReLU": {
      const cap = numberAt(config, "max_value");
      const threshold = numberAt(config, "threshold") ?? 0;
      if (cap !== undefined && cap < Number.MAX_VALUE) return nonlinear(`relu capped at ${cap}`);
      return threshold === 0
        ? { type: "relu", operation: { kind: "homogeneous" } }
        : nonlinear(`relu from ${threshold} on`);
    }
    case "LeakyReLU":
      return { type: "leaky relu", operation: { kind: "homogeneous" } };
    case "ThresholdedReLU":
      return numberAt(config, "theta") === 0
        ? { type: "relu", operation: { kind: "homogeneous" } }
        : nonlinear("thresholded relu");
    case "ELU":
      return nonlinear("elu");
    case "Softmax":
      return named("softmax");
    default:
      return undefined;
  }
}

/** `Custom>Name` and `package>Name` as `Name`. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf(">") + 1);
}

function nonlinear(word: string): Activation {
  return { type: word, operation: { kind: "nonlinear", word } };
}
