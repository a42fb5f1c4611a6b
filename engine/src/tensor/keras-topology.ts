/**
 * The JSON of a Keras model, of any version, in the form that TensorFlow.js reads: Keras 2, without what only training needs.
 */
import { MAX_ENTRIES } from "../data/limits.ts";
import { cleanName, isObject, type Json, listAt, objectAt, stringAt, valueAt } from "../homogeneity/json-value.ts";
import { referencesIn, usesOf } from "../homogeneity/keras-references.ts";
import { referenceProblem } from "./keras-references.ts";

type JsonObject = Readonly<Record<string, Json>>;

export type Topology =
  | { readonly ok: true; readonly topology: JsonObject }
  | { readonly ok: false; readonly message: string };

const MAX_DEPTH = 200;
/** What has nothing to do with the numbers that a model predicts. */
const LEFT_OUT =
  /(_(initializer|regularizer|constraint|config)|^module|^registered_name|^shared_object_id|^sparse|^ragged)$/;

/** TensorFlow.js does not check these, and may never come to an end with others. */
const MOST: Readonly<Record<string, number>> = {
  ...{ units: MAX_ENTRIES, filters: MAX_ENTRIES, n: MAX_ENTRIES, depth_multiplier: 1024, size: 1024 },
  ...{ kernel_size: 1024, pool_size: 1024, strides: 1024, dilation_rate: 1024 },
};

/** `inputShape` is for Sequential models that leave it to their data. */
export function topologyOf(json: Json, inputShape: readonly number[]): Topology {
  const model = modelIn(json);
  if (model === undefined) {
    return { ok: false, message: "no Keras model in it: neither class_name with config, nor modelTopology" };
  }
  try {
    const topology = plain(model, 0) as JsonObject;
    return { ok: true, topology: withInputShape(topology, inputShape) };
  } catch (error) {
    if (error instanceof Unusable) return { ok: false, message: error.message };
    throw error;
  }
}

/** Ends the reading, inside this room only. */
class Unusable extends Error {}

function modelIn(json: Json): Json | undefined {
  const topology = valueAt(json, "modelTopology");
  const places = [json, valueAt(json, "model_config"), topology, valueAt(topology, "model_config")];
  return places.find((place) => stringAt(place, "class_name") !== undefined && valueAt(place, "config") !== undefined);
}

function plain(value: Json, depth: number): Json {
  if (depth > MAX_DEPTH) throw new Unusable(`the model is nested deeper than ${MAX_DEPTH} levels; flatten it`);
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  if (!isObject(value)) return value;
  const layers = listAt(objectAt(value, "config"), "layers");
  if (layers !== undefined && stringAt(value, "class_name") !== "Sequential") {
    const problem = referenceProblem(layers);
    if (problem !== undefined) throw new Unusable(problem);
  }
  const entries = Object.entries(value).flatMap(([key, item]): [string, Json][] =>
    LEFT_OUT.test(key) ? [] : [entry(key, item, value, depth + 1)],
  );
  const made = Object.fromEntries(entries);
  // TensorFlow.js takes the two names for the same.
  const config = objectAt(made, "config");
  return "inbound_nodes" in made && config !== undefined
    ? { ...made, config: { ...config, name: made["name"] } }
    : made;
}

function entry(key: string, item: Json, owner: JsonObject, depth: number): [string, Json] {
  const most = MOST[key];
  if (most !== undefined && item !== null && ![item].flat().every((count) => isCount(count, most))) {
    const where = stringAt(owner, "name") ?? "a layer";
    throw new Unusable(
      `${key} of ${where} is ${shown(item)}; give whole numbers from 1 to ${most.toLocaleString("en-US")}`,
    );
  }
  switch (key) {
    case "dtype":
      return [key, item === "int32" ? item : "float32"];
    case "batch_shape":
      return ["batch_input_shape", item];
    case "inbound_nodes":
      return [
        key,
        usesOf(owner).map(({ references }) => references.map(({ layer, use, output }) => [layer, use, output, {}])),
      ];
    case "input_layers":
    case "output_layers":
      return [key, referencesIn(item, 0).map(({ layer, use, output }) => [layer, use, output])];
    default:
      return [key, functionName(item) ?? plain(item, depth)];
  }
}

function isCount(value: Json, most: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most;
}

function shown(item: Json): string {
  return cleanName(JSON.stringify(item) ?? "missing");
}

/** Keras 3 may write `"relu"` as `{class_name: "function", config: "relu"}`. */
function functionName(item: Json): string | undefined {
  return stringAt(item, "class_name") === "function" ? stringAt(item, "config") : undefined;
}

function withInputShape(model: JsonObject, inputShape: readonly number[]): JsonObject {
  if (stringAt(model, "class_name") !== "Sequential") return model;
  const bare = valueAt(model, "config");
  const layers = Array.isArray(bare) ? (bare as readonly Json[]) : listAt(bare, "layers");
  const [first, ...others] = layers ?? [];
  const config = objectAt(first, "config");
  if (!isObject(first) || config === undefined || valueAt(config, "batch_input_shape") !== undefined) return model;
  const given = { ...first, config: { ...config, batch_input_shape: [null, ...inputShape] } };
  return {
    ...model,
    config: Array.isArray(bare) ? [given, ...others] : { ...objectAt(model, "config"), layers: [given, ...others] },
  };
}
