/** What a hover says about a layer of a config: the degree after it, or what breaks homogeneity there. */
import type { LayerRow, ModelDegrees } from "@optimality-lens/engine";
import {
  configGraph,
  formatPath,
  layerRows,
  modelDegrees,
  type ParsedConfig,
  parsePath,
} from "@optimality-lens/engine";

/** Markdown about the innermost layer that the config path lies in; undefined elsewhere, and while the mapping has errors. */
export function layerWordsAt({ mapping }: ParsedConfig, path: string): string | undefined {
  if (mapping?.kind !== "network" || !("layers" in mapping)) return undefined;
  const model = modelDegrees(configGraph(mapping.layers));
  const rows = layerRows(model);
  // From the place itself outwards: layers are called by their path.
  for (let at = parsePath(path); at.length > 0; at = at.slice(0, -1)) {
    const name = formatPath(at);
    const index = rows.findIndex((row) => row.layer === name && row.kind !== "input");
    const row = rows[index];
    if (row !== undefined) return layerWords(row, model.after[index]);
  }
  return undefined;
}

/** In the graph of a config each layer is one node, and so one row. */
function layerWords(row: LayerRow, after: ModelDegrees["after"][number] | undefined): string {
  switch (row.homogeneity) {
    case "degree": {
      const note = row.note === "" ? "" : `; ${row.note}`;
      return `degree ${row.approximate ? "≈ " : ""}${row.degree} after this layer${note}`;
    }
    case "mixed":
      return `mixed degrees ${listed(row.degrees)} after this layer${why(row, after)}`;
    case "none":
    case "unknown":
      return `no degree after this layer${why(row, after)}`;
    default:
      return row.homogeneity satisfies never;
  }
}

function why(row: LayerRow, after: ModelDegrees["after"][number] | undefined): string {
  if (row.note === "no degree") return `: for no p is ${row.kind}(αx) = αᵖ ${row.kind}(x)`;
  if (row.note !== "") return `: ${row.note}`;
  // The reasons of the algebra name the layer that was first: `tanh in layer mapping.layers[1]`.
  return after === undefined || after.kind === "degree" ? "" : `, because of ${after.reason}`;
}

function listed(degrees: readonly number[]): string {
  return degrees.length < 2 ? degrees.join("") : `${degrees.slice(0, -1).join(", ")} and ${degrees.at(-1)}`;
}
