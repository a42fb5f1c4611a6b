/** How the layers of a functional Keras model refer to one another, in all versions of the format. */
import type { AxisLengths } from "./graph.ts";
import { MAX_LAYERS } from "./graph.ts";
import { isObject, type Json, listAt, numberAt, objectAt } from "./json-value.ts";

/** A reference to an output of one use of a layer. */
export interface Reference {
  readonly layer: string;
  readonly use: number;
  readonly output: number;
}

export interface LayerUse {
  readonly references: readonly Reference[];
  /** The call was given a number as well. */
  readonly constant: boolean;
}

/** The calls of a layer, in the order in which others refer to them. */
export function usesOf(json: Json): readonly LayerUse[] {
  return (listAt(json, "inbound_nodes") ?? []).slice(0, MAX_LAYERS).map((node) => ({
    references: referencesIn(node, 0),
    constant: hasNumber(node),
  }));
}

/** Tensors in a call of any version: `["dense", 0, 0]`, deep inside lists, keyword arguments and `keras_history`. */
export function referencesIn(value: Json, depth: number): Reference[] {
  if (depth > 12) return [];
  if (Array.isArray(value)) {
    const [layer, use, output, keywords] = value as readonly Json[];
    if (typeof layer === "string" && typeof use === "number") {
      if (layer === "_CONSTANT_VALUE") return [];
      const reference = { layer, use, output: typeof output === "number" ? output : 0 };
      return [reference, ...referencesIn(keywords, depth + 1)];
    }
    return value.flatMap((item) => referencesIn(item, depth + 1));
  }
  if (!isObject(value)) return [];
  const history = listAt(objectAt(value, "config"), "keras_history");
  if (history !== undefined) return referencesIn(history, depth + 1);
  return Object.values(value).flatMap((item) => (typeof item === "object" ? referencesIn(item, depth + 1) : []));
}

/** A call with a number beside its tensors: `["x", 0, 0, {"y": 0.5}]`, or `args: [tensor, 0.5]`. */
function hasNumber(node: Json): boolean {
  const calls = Array.isArray(node) ? (Array.isArray(node[0]) ? node : [node]) : [];
  if (
    calls.some(
      (call: Json) => Array.isArray(call) && (call[0] === "_CONSTANT_VALUE" || numberAt(call[3], "y") !== undefined),
    )
  )
    return true;
  return (listAt(node, "args") ?? []).some((argument) => typeof argument === "number");
}

/** Layers whose first entry in the file says the shape of the data. */
export function inputShapeOf(config: Json): AxisLengths | undefined {
  const shape = listAt(config, "batch_input_shape") ?? listAt(config, "batch_shape");
  return shape?.slice(0, 16).map((length) => (typeof length === "number" ? length : null));
}
