/** The layers of one branch in a few words each, with the degree after each: a list that people read at a glance. */
import type { LayerConfig } from "../config/config.ts";
import { parsePath } from "../config/path.ts";
import type { LayerSummary } from "../events.ts";
import type { LayerGraph } from "../homogeneity/graph.ts";
import { type LayerRow, layerRows } from "../homogeneity/layer-rows.ts";
import { modelDegrees } from "../homogeneity/model-degrees.ts";

/** Of longer branches the first, the last, and those with something to say; gaps in `index` tell how many are left out. */
const MOST_LAYERS = 12;
const FIRST = 4;
const LAST = 3;

/** `layers`: those of the config that `graph` was made of; without them the names of the model file are used. */
export function layerSummaries(graph: LayerGraph, layers?: readonly LayerConfig[]): readonly LayerSummary[] {
  const inputs = new Set(graph.nodes.filter(({ operation }) => operation.kind === "input").map(({ layer }) => layer));
  const all = layerRows(modelDegrees(graph))
    .filter(({ layer }) => !inputs.has(layer))
    .map((row, index) => summaryOf(row, index, layers));
  if (all.length <= MOST_LAYERS) return all;
  const ends = (index: number): boolean => index < FIRST || index >= all.length - LAST;
  const between = all.filter(({ index, note }) => note !== "" && !ends(index));
  const told = new Set(between.slice(0, MOST_LAYERS - FIRST - LAST));
  return all.filter((layer) => ends(layer.index) || told.has(layer));
}

function summaryOf(row: LayerRow, index: number, layers: readonly LayerConfig[] | undefined): LayerSummary {
  const { homogeneity, degrees, approximate, note } = row;
  const place = layers === undefined ? [] : parsePath(row.layer).slice(2);
  const layer = layers === undefined ? undefined : layerAt(layers, place);
  return {
    index,
    name: layer === undefined ? `${row.layer}: ${row.kind}` : layerName(layer),
    // [3, residual, 0] is one residual deep.
    depth: Math.max(0, (place.length - 1) / 2),
    homogeneity,
    degrees,
    approximate,
    note,
  };
}

function layerAt(layers: readonly LayerConfig[], place: readonly (string | number)[]): LayerConfig | undefined {
  let among = layers;
  let found: LayerConfig | undefined;
  for (const segment of place) {
    if (typeof segment !== "number") continue;
    found = among[segment];
    among = found?.kind === "residual" ? found.layers : [];
  }
  return found;
}

/** As the config has it, without its braces: dense 2, conv2d 4 of 3 × 3. */
function layerName(layer: LayerConfig): string {
  switch (layer.kind) {
    case "dense":
      return `dense${layer.units === null ? "" : ` ${layer.units}`}${layer.bias ? ", bias" : ""}`;
    case "conv2d":
      return `conv2d ${layer.filters} of ${layer.kernel.join(" × ")}${layer.bias ? ", bias" : ""}`;
    case "leakyRelu":
      return `leakyRelu ${layer.slope}`;
    case "power":
      return `power ${layer.exponent}`;
    case "maxout":
      return `maxout ${layer.pieces}`;
    case "maxPool2d":
    case "averagePool2d":
      return `${layer.kind} ${layer.size}`;
    case "dropout":
      return `dropout ${layer.rate}`;
    case "residual":
      return "residual: input added";
    default:
      return layer.kind;
  }
}
