/** What a rule about a layer graph is, and words that several of them use. */
import type { Homogeneity } from "../homogeneity/degree.ts";
import type { Place } from "../homogeneity/graph.ts";
import { isUnknown } from "../homogeneity/layers.ts";
import type { Break, ModelDegrees } from "../homogeneity/model-degrees.ts";
import type { FindingCode, Severity } from "./finding.ts";

/** A finding before it has a range in a text. */
export interface ModelFinding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly message: string;
  readonly place: Place;
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

export function layersText(names: readonly string[]): string {
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
