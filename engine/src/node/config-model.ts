/** The layers of a network that a config states, or of the model file that it names: the table of `optimality check`. */
import type { Config } from "../config/config.ts";
import type { ModelReport } from "../diagnose/model-findings.ts";
import { graphOf } from "../homogeneity/config-degrees.ts";
import type { LayerGraph } from "../homogeneity/graph.ts";
import { layerRows } from "../homogeneity/layer-rows.ts";
import { modelDegrees } from "../homogeneity/model-degrees.ts";

export type LayerTable = Pick<ModelReport, "layers" | "model">;

/** Undefined where there are no layers; `named` is the graph of the model file, where it can be read. */
export function configModel(config: Config, named: LayerGraph | undefined): LayerTable | undefined {
  const graph = graphOf(config, named === undefined ? {} : { graph: named });
  if (graph === undefined) return undefined;
  const degrees = modelDegrees(graph);
  const { format, name } = graph;
  // Of a config's own layers the data are none.
  const layers = layerRows(degrees).filter(({ kind }) => format !== "config" || kind !== "input");
  return { layers, model: { format, name, output: degrees.output, withoutBiases: degrees.outputWithoutBiases } };
}
