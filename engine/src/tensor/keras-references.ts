/**
 * Whether the layers of a functional model can be computed one after another. TensorFlow.js goes through the list until all are
 * done, without end where one of them waits for something that never comes.
 */
import { type Json, objectAt, stringAt, valueAt } from "../homogeneity/json-value.ts";
import { type LayerUse, usesOf } from "../homogeneity/keras-references.ts";

interface Entry {
  readonly uses: readonly LayerUse[];
  /** Values that are there without a use: an input's own, and what a nested model was made with. */
  readonly given: 0 | 1;
}

/** What is wrong with the references, in words; undefined when nothing is. Cost: their number. */
export function referenceProblem(layers: readonly Json[]): string | undefined {
  const entries = new Map<string, Entry>();
  for (const [index, layer] of layers.entries()) {
    const name = stringAt(layer, "name");
    if (name === undefined || name === "" || name in {})
      return `layer ${index + 1} has no usable name; give every layer one`;
    if (entries.has(name)) return `two layers are named ${name}; names have to differ`;
    const isGiven = stringAt(layer, "class_name") === "InputLayer" || isModel(layer);
    entries.set(name, { uses: usesOf(layer), given: isGiven ? 1 : 0 });
  }
  const waiting = new Map<string, number>();
  const readers = new Map<string, string[]>();
  for (const [name, { uses, given }] of entries) {
    for (const [index, { references }] of uses.entries()) {
      const use = key(name, index + given);
      if (references.length === 0) return `layer ${name} is used without an input; connect it`;
      waiting.set(use, references.length);
      for (const reference of references) {
        const from = entries.get(reference.layer);
        if (from === undefined)
          return `layer ${name} takes the output of ${reference.layer}, which is not among the layers`;
        const count = from.uses.length + from.given;
        if (!(Number.isInteger(reference.use) && reference.use >= 0 && reference.use < count)) {
          return `layer ${name} takes the output of use ${reference.use + 1} of ${reference.layer}, which has ${count}`;
        }
        const value = key(reference.layer, reference.use);
        const others = readers.get(value);
        if (others === undefined) readers.set(value, [use]);
        else others.push(use);
      }
    }
  }
  const ready = [...entries].flatMap(([name, { given }]) => (given === 1 ? [key(name, 0)] : []));
  for (const done of ready) {
    for (const reader of readers.get(done) ?? []) {
      const left = (waiting.get(reader) ?? 0) - 1;
      waiting.set(reader, left);
      if (left > 0) continue;
      ready.push(reader);
      waiting.delete(reader);
    }
  }
  const [stuck] = waiting.keys();
  return stuck === undefined
    ? undefined
    : `layer ${stuck.replace(/^\d+ /, "")} needs its own output; take the cycle out`;
}

function isModel(layer: Json): boolean {
  const config = valueAt(layer, "config");
  return Array.isArray(config) || Array.isArray(valueAt(objectAt(layer, "config"), "layers"));
}

function key(name: string, use: number): string {
  return `${use} ${name}`;
}
