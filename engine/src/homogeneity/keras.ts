/**
 * Keras and TensorFlow.js models as JSON → layer graph: `model.json` with weights beside it, and the config that `to_json()` writes, by
 * Keras 1 to 3; Sequential and functional, nested, with shared layers. Any text gives a graph or problems with places; nothing throws.
 */
import type { AxisLengths, Place } from "./graph.ts";
import { MAX_LAYERS } from "./graph.ts";
import { GraphBuilder, type ReadModel, TooManyLayers } from "./graph-builder.ts";
import { cleanName, isObject, type Json, listAt, objectAt, stringAt, valueAt } from "./json-value.ts";
import { addKerasLayer, type LayerContext } from "./keras-layers.ts";
import { inputShapeOf, type LayerUse, type Reference, referencesIn, usesOf } from "./keras-references.ts";

/** UTF-16 units; 10,000 layers have about six million. */
export const MAX_MODEL_TEXT = 64_000_000;
/** Models inside models. */
const MAX_NESTING = 20;

const MODEL_CLASSES: ReadonlySet<string> = new Set(["Sequential", "Functional", "Model"]);

/** Whether parsed JSON claims to be a model at all, so that other JSON files are left alone. */
export function isKerasModel(json: Json): boolean {
  if (!isObject(json)) return false;
  const found = configOf(json);
  return (
    found !== undefined || objectAt(json, "modelTopology") !== undefined || stringAt(json, "format") === "graph-model"
  );
}

export function readKeras(json: Json): ReadModel {
  const refuse = (message: string, place: Place): ReadModel => ({ ok: false, problems: [{ message, place }] });
  if (!isObject(json)) return refuse("a Keras model is an object with class_name and config", []);
  const topology = objectAt(json, "modelTopology");
  if (stringAt(json, "format") === "graph-model" || listAt(topology, "node") !== undefined) {
    return refuse(
      "a TensorFlow graph model, whose layers are dissolved; save the Keras model itself (tf_keras format) or give its .onnx",
      ["format"],
    );
  }
  const found = configOf(json);
  if (found === undefined)
    return refuse(
      "no Keras model in it: neither class_name with config, nor modelTopology",
      topology === undefined ? [] : ["modelTopology"],
    );
  const builder = new GraphBuilder();
  const reader = new ModelReader(builder, { builder, shapeOf: manifestShapes(json) });
  const name = cleanName(
    String(valueAt(objectAt(found.model, "config"), "name") ?? stringAt(found.model, "class_name") ?? "model"),
  );
  try {
    const outputs = reader.model(found.model, {
      place: found.place,
      prefix: "",
      definition: "",
      inputs: undefined,
      depth: 0,
      frozen: false,
    });
    const { nodes, parameters, problems } = builder;
    if (nodes.length === 0 || outputs.length === 0) {
      return {
        ok: false,
        problems: problems.length > 0 ? problems : [{ message: "the model has no layers", place: found.place }],
      };
    }
    return { ok: true, graph: { format: "keras", name, nodes, parameters, outputs }, problems };
  } catch (error) {
    if (!(error instanceof TooManyLayers)) throw error;
    return refuse(
      `the model has more than ${MAX_LAYERS.toLocaleString("en-US")} layers, counting each use of nested models`,
      found.place,
    );
  }
}

/** Where the model's class and config are: at the top, in `modelTopology`, or in `model_config` of either. */
function configOf(json: Json): { readonly model: Json; readonly place: Place } | undefined {
  const places: readonly Place[] = [[], ["model_config"], ["modelTopology"], ["modelTopology", "model_config"]];
  for (const place of places) {
    let model: Json = json;
    for (const key of place) model = valueAt(model, String(key));
    const className = stringAt(model, "class_name");
    if (
      className !== undefined &&
      valueAt(model, "config") !== undefined &&
      (MODEL_CLASSES.has(className) || layersOf(model) !== undefined)
    ) {
      return { model, place };
    }
  }
  return undefined;
}

/** Sequential models of Keras 1 and early TensorFlow.js have the list itself as their config. */
function layersOf(model: Json): { readonly layers: readonly Json[]; readonly at: Place } | undefined {
  const bare = listAt(model, "config");
  if (bare !== undefined) return { layers: bare, at: ["config"] };
  const layers = listAt(objectAt(model, "config"), "layers");
  return layers === undefined ? undefined : { layers, at: ["config", "layers"] };
}

function manifestShapes(json: Json): (weight: string) => AxisLengths | undefined {
  const shapes = new Map<string, AxisLengths>();
  for (const group of listAt(json, "weightsManifest") ?? []) {
    for (const weight of listAt(group, "weights") ?? []) {
      const name = stringAt(weight, "name");
      const shape = listAt(weight, "shape")?.slice(0, 16);
      if (name === undefined || shape === undefined) continue;
      const lengths = shape.map((length) => (typeof length === "number" ? length : null));
      // `model/dense_1/kernel` is `dense_1/kernel` too.
      const parts = name.replace(/:\d+$/, "").split("/");
      for (let from = Math.max(0, parts.length - 3); from < parts.length - 1; from++) {
        const key = parts.slice(from).join("/");
        if (!shapes.has(key)) shapes.set(key, lengths);
      }
    }
  }
  return (weight) => shapes.get(weight);
}

interface Instance {
  readonly place: Place;
  /** Of labels: `encoder/`, `encoder (use 2)/`. */
  readonly prefix: string;
  /** Of parameters: the same for all uses. */
  readonly definition: string;
  /** What the model is applied to; undefined for the outermost one. */
  readonly inputs: readonly number[] | undefined;
  readonly depth: number;
  readonly frozen: boolean;
}

interface Entry {
  readonly name: string;
  readonly json: Json;
  readonly place: Place;
  readonly uses: readonly LayerUse[];
}

class ModelReader {
  readonly #builder: GraphBuilder;
  readonly #context: LayerContext;

  constructor(builder: GraphBuilder, context: LayerContext) {
    this.#builder = builder;
    this.#context = context;
  }

  model(model: Json, instance: Instance): readonly number[] {
    const found = layersOf(model);
    if (found === undefined) {
      this.#builder.problem("config.layers is missing or not a list; a model needs its layers", instance.place);
      return [];
    }
    if (instance.depth > MAX_NESTING) {
      this.#builder.problem(`models nested deeper than ${MAX_NESTING} levels`, instance.place);
      return [];
    }
    const place = [...instance.place, ...found.at];
    const isSequential = stringAt(model, "class_name") === "Sequential" || Array.isArray(valueAt(model, "config"));
    return isSequential
      ? this.#sequential(found.layers, place, instance)
      : this.#functional(model, found.layers, place, instance);
  }

  #sequential(layers: readonly Json[], place: Place, instance: Instance): readonly number[] {
    let current = instance.inputs;
    for (const [index, json] of layers.entries()) {
      const at = [...place, index];
      const name = nameOf(json) ?? `layer ${index + 1}`;
      const className = stringAt(json, "class_name");
      const config = objectAt(json, "config");
      if (className === "InputLayer") {
        current ??= [this.#input(name, at, config, instance)];
        continue;
      }
      current ??= [this.#input(`${name}_input`, at, config, instance)];
      current = this.#layer({ name, json, place: at, uses: [] }, 0, current, false, instance);
    }
    return current ?? [];
  }

  #functional(model: Json, layers: readonly Json[], place: Place, instance: Instance): readonly number[] {
    const config = objectAt(model, "config");
    const entries = new Map<string, Entry>();
    for (const [index, json] of layers.entries()) {
      const at = [...place, index];
      const name = nameOf(json);
      if (name === undefined) this.#builder.problem(`layer ${index + 1} has no name`, at);
      else if (entries.has(name))
        this.#builder.problem(`two layers are named ${cleanName(name)}; names have to differ`, at);
      else entries.set(name, { name, json, place: at, uses: usesOf(json) });
    }
    const inputNames = referencesIn(valueAt(config, "input_layers"), 0).map((reference) => reference.layer);
    const values = this.#evaluate(entries, inputNames, instance);
    const wanted = referencesIn(valueAt(config, "output_layers"), 0);
    const outputs = wanted.flatMap((reference) => {
      const value = pick(values, entries, reference);
      if (value === undefined)
        this.#builder.problem(`the output layer ${cleanName(reference.layer)} is not among the layers`, [
          ...instance.place,
          "config",
          "output_layers",
        ]);
      return value === undefined ? [] : [value];
    });
    if (wanted.length === 0) {
      // What nothing else uses.
      const used = new Set(this.#builder.nodes.flatMap((node) => node.inputs));
      return [...values.values()].flat().filter((index) => !used.has(index));
    }
    return outputs;
  }

  /** In the order of the file, but each layer after those that it needs. */
  #evaluate(
    entries: ReadonlyMap<string, Entry>,
    inputNames: readonly string[],
    instance: Instance,
  ): ReadonlyMap<string, readonly number[]> {
    const values = new Map<string, readonly number[]>();
    const going = new Set<string>();
    const stack: { readonly entry: Entry; readonly use: number }[] = [];
    const key = (entry: Entry, use: number): string => `${use} ${entry.name}`;
    for (const root of entries.values()) {
      for (let use = 0; use < Math.max(1, root.uses.length); use++) {
        stack.push({ entry: root, use });
        while (stack.length > 0) {
          const top = stack.at(-1);
          if (top === undefined) break;
          const id = key(top.entry, top.use);
          const called = top.entry.uses[top.use];
          const missing =
            values.has(id) || going.has(id)
              ? []
              : this.#needs(called?.references ?? [], entries, values, key, top.entry);
          const waiting = missing.filter((need) => !going.has(key(need.entry, need.use)));
          if (values.has(id)) {
            stack.pop();
          } else if (!going.has(id) && waiting.length > 0) {
            going.add(id);
            stack.push(...waiting.toReversed());
          } else {
            stack.pop();
            going.delete(id);
            const inputs = (called?.references ?? []).flatMap((reference) => pick(values, entries, reference) ?? []);
            if (inputs.length < (called?.references.length ?? 0))
              this.#builder.problem(
                `layer ${cleanName(top.entry.name)} needs itself, or a layer that is not there`,
                top.entry.place,
              );
            values.set(id, this.#call(top.entry, top.use, inputs, called?.constant === true, inputNames, instance));
          }
        }
      }
    }
    return values;
  }

  #needs(
    references: readonly Reference[],
    entries: ReadonlyMap<string, Entry>,
    values: ReadonlyMap<string, readonly number[]>,
    key: (entry: Entry, use: number) => string,
    from: Entry,
  ): { readonly entry: Entry; readonly use: number }[] {
    return references.flatMap((reference) => {
      const entry = entries.get(reference.layer);
      if (entry === undefined) {
        this.#builder.problem(
          `layer ${cleanName(from.name)} takes the output of ${cleanName(reference.layer)}, which is not among the layers`,
          from.place,
        );
        return [];
      }
      const use = useOf(entry, reference);
      return values.has(key(entry, use)) ? [] : [{ entry, use }];
    });
  }

  #call(
    entry: Entry,
    use: number,
    inputs: readonly number[],
    constant: boolean,
    inputNames: readonly string[],
    instance: Instance,
  ): readonly number[] {
    const isInput =
      stringAt(entry.json, "class_name") === "InputLayer" ||
      (entry.uses.length === 0 && inputNames.includes(entry.name));
    if (!isInput) return this.#layer(entry, use, inputs, constant, instance);
    const position = inputNames.indexOf(entry.name);
    const given = instance.inputs?.[Math.max(0, position)] ?? instance.inputs?.[0];
    return [given ?? this.#input(entry.name, entry.place, objectAt(entry.json, "config"), instance)];
  }

  #input(name: string, place: Place, config: Json, instance: Instance): number {
    const options = { place: [...place, "class_name"], shape: inputShapeOf(config) };
    return this.#builder.node(cleanName(instance.prefix + name), "InputLayer", { kind: "input" }, [], options);
  }

  #layer(
    entry: Entry,
    use: number,
    inputs: readonly number[],
    constant: boolean,
    instance: Instance,
  ): readonly number[] {
    const { json, place, name } = entry;
    const className = stringAt(json, "class_name");
    const config = objectAt(json, "config");
    const label = cleanName(`${instance.prefix}${name}${use === 0 ? "" : ` (use ${use + 1})`}`);
    const definition = `${instance.definition}${name}`;
    const frozen = instance.frozen || valueAt(config, "trainable") === false;
    if (className === undefined) {
      this.#builder.problem(`layer ${cleanName(name)} has no class_name`, place);
      return [this.#builder.node(label, "no class", { kind: "unknown" }, inputs, { place })];
    }
    if (layersOf(json) !== undefined && MODEL_CLASSES.has(className)) {
      const inner = {
        place,
        prefix: `${label}/`,
        definition: `${definition}/`,
        inputs,
        depth: instance.depth + 1,
        frozen,
      };
      return this.model(json, inner);
    }
    // Keras 3 records the module of functions beside the class.
    const module = stringAt(json, "module");
    const full = module === undefined ? config : { ...config, module };
    return [
      addKerasLayer(
        { label, definition, className, config: full, place, inputs, constant, frozen, wrappers: 0 },
        this.#context,
      ),
    ];
  }
}

/** The name itself, not cleaned: layers refer to one another by it. */
function nameOf(json: Json): string | undefined {
  const name = valueAt(json, "name") ?? valueAt(objectAt(json, "config"), "name");
  return typeof name === "string" ? name : undefined;
}

function useOf(entry: Entry, reference: Reference): number {
  return Math.min(Math.max(0, reference.use), Math.max(0, entry.uses.length - 1));
}

function pick(
  values: ReadonlyMap<string, readonly number[]>,
  entries: ReadonlyMap<string, Entry>,
  reference: Reference,
): number | undefined {
  const entry = entries.get(reference.layer);
  if (entry === undefined) return undefined;
  const outputs = values.get(`${useOf(entry, reference)} ${entry.name}`);
  return outputs?.[reference.output] ?? outputs?.[0];
}
