/** Regularizers that a Keras model puts on its own weights. */
import type { Penalty, Place } from "./graph.ts";
import { cleanName, type Json, numberAt, objectAt, stringAt } from "./json-value.ts";
import { shortName } from "./keras-activations.ts";

/** `{class_name: "L2", config: {l2: 0.01}}`, its forms in older versions, or a name; undefined for none and for zero. */
export function penaltyOf(value: Json, place: Place): Penalty | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") {
    const word = value.toLowerCase();
    const degrees = word === "l1" ? [1] : word === "l2" ? [2] : ["l1_l2", "l1l2"].includes(word) ? [1, 2] : [];
    return { name: cleanName(value), degrees, place };
  }
  const name = stringAt(value, "class_name") ?? stringAt(value, "name");
  if (name === undefined) return undefined;
  const config = objectAt(value, "config") ?? value;
  const l1 = numberAt(config, "l1") ?? 0;
  const l2 = numberAt(config, "l2") ?? 0;
  const isKnown = ["l1", "l2", "l1l2", "l1_l2", "weightregularizer"].includes(shortName(name).toLowerCase());
  if (!isKnown) return { name, degrees: [], place };
  if (l1 === 0 && l2 === 0) return undefined;
  if (l1 !== 0 && l2 !== 0) return { name: "l1_l2", degrees: [1, 2], place };
  return l1 === 0 ? { name: "l2", degrees: [2], place } : { name: "l1", degrees: [1], place };
}
