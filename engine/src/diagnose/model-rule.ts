/** What a rule about a layer graph is, and words that several of them use. */

import { formatPath } from "../config/path.ts";
import type { Homogeneity } from "../homogeneity/degree.ts";
import type { Place } from "../homogeneity/graph.ts";
import { isUnknown } from "../homogeneity/layers.ts";
import type { Break, ModelDegrees } from "../homogeneity/model-degrees.ts";
import type { ConfigEdit, FindingCode, Severity, Suggestion } from "./finding.ts";

/** A finding before it has a range in a text. */
export interface ModelFinding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly message: string;
  readonly place: Place;
  /** Edits of the file that the places are of. */
  readonly suggestions?: readonly Suggestion[];
}

export interface ModelRule {
  readonly code: FindingCode;
  check(model: ModelDegrees): readonly ModelFinding[];
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listed(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  if (distinct.length <= 3) return distinct.join(", ").replace(/, ([^,]*)$/, " and $1");
  return `${distinct.slice(0, 2).join(", ")} and ${distinct.length - 2} more`;
}

/** Layers of a config are called by their path, which needs no other word. */
export function layersText(names: readonly string[]): string {
  if (names.every((name) => name.startsWith("mapping."))) return listed(names);
  return `${new Set(names).size === 1 ? "layer" : "layers"} ${listed(names)}`;
}

export function degreeText(value: Homogeneity): string {
  switch (value.kind) {
    case "degree":
      return `degree ${value.degree}`;
    case "mixed":
      return `mixed degrees (${degreesText(value.degrees)})`;
    case "none":
      return isUnknown(value) ? "an unknown degree" : "no degree";
    default:
      return value satisfies never;
  }
}

/** `0 and 2`; of many `0, 2, 4, …, 98`. */
export function degreesText(degrees: readonly number[]): string {
  if (degrees.length <= 3) return degrees.join(", ").replace(/, ([^,]*)$/, " and $1");
  return `${degrees.slice(0, 3).join(", ")}, …, ${degrees.at(-1)}`;
}

export function breaksOfKind(model: ModelDegrees, ...kinds: readonly Break["kind"][]): readonly Break[] {
  return model.breaks.filter((entry) => kinds.includes(entry.kind));
}

export function layerOf(model: ModelDegrees, node: number): string {
  return model.graph.nodes[node]?.layer ?? "";
}

export function placeOf(model: ModelDegrees, node: number | undefined): Place {
  return model.graph.nodes[node ?? -1]?.place ?? [];
}

/** The text is read again for each edit of a suggestion: with more, asking for fixes would take seconds. */
const MAX_EDITS = 30;

/** Edits as one suggestion; none where an edit is missing, as a part of them would not mend it, or where they are too many. */
export function fix(title: string, edits: readonly (ConfigEdit | undefined)[]): readonly Suggestion[] {
  const all = edits.filter((edit) => edit !== undefined);
  const isWhole = all.length > 0 && all.length === edits.length && all.length <= MAX_EDITS;
  return isWhole ? [{ kind: "edit", title, edits: all }] : [];
}

/** Takes the bias of a layer away; undefined where the file does not allow it. */
export function biasRemoval({ graph }: ModelDegrees, index: number): ConfigEdit | undefined {
  const node = graph.nodes[index];
  if (node?.biasPlace === undefined) return undefined;
  const path = formatPath([...node.biasPlace]);
  if (graph.format === "config") return { op: "remove", path };
  const isFlag = node.biasPlace.at(-1) === "use_bias" && node.type !== "EinsumDense";
  return graph.format === "keras" && isFlag ? { op: "set", path, value: false } : undefined;
}

/** Puts another function in the place of an activation. */
export function activationChange({ graph }: ModelDegrees, index: number, word: string): ConfigEdit | undefined {
  const node = graph.nodes[index];
  if (node === undefined || node.place.length === 0) return undefined;
  // In Keras a function of a layer stands under `activation`; layers that are functions have other keys of their own.
  const isPlain = graph.format === "config" || (graph.format === "keras" && node.place.at(-1) === "activation");
  return isPlain ? { op: "set", path: formatPath([...node.place]), value: word } : undefined;
}

/** Takes layers of a config out, the last one first, so that the places of the others stay. */
export function layerRemovals({ graph }: ModelDegrees, nodes: readonly number[]): readonly (ConfigEdit | undefined)[] {
  return nodes
    .toSorted((a, b) => b - a)
    .map((index) => {
      const place = graph.nodes[index]?.place ?? [];
      return graph.format === "config" && place.length > 0 ? { op: "remove", path: formatPath([...place]) } : undefined;
    });
}
