/** The layers of a network that a config states, or of the model file that it names: the table of `optimality check`. */
import { basename, dirname, resolve } from "node:path";
import { parseConfig } from "../config/parse.ts";
import { MAX_TEXT_LENGTH } from "../config/source.ts";
import type { ModelReport } from "../diagnose/model-findings.ts";
import { graphOf } from "../homogeneity/config-degrees.ts";
import { layerRows } from "../homogeneity/layer-rows.ts";
import { modelDegrees } from "../homogeneity/model-degrees.ts";
import { readBytes } from "./files.ts";
import { type ModelOptions, readModelGraph } from "./models.ts";

/** UTF-8 needs at most three bytes per UTF-16 unit. */
const MAX_CONFIG_BYTES = 3 * MAX_TEXT_LENGTH;

/** Undefined where there are no layers: for other mappings, and for a config with errors. What is wrong is said by `checkFile`. */
export async function configModel(
  configPath: string,
  options: Pick<ModelOptions, "readOnnx">,
): Promise<Pick<ModelReport, "layers" | "model"> | undefined> {
  const read = await readBytes(configPath, MAX_CONFIG_BYTES);
  if (!read.ok) return undefined;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(read.bytes);
  const { config } = parseConfig(text, { fileName: basename(configPath) });
  if (config?.mapping.kind !== "network") return undefined;
  const { mapping } = config;
  const named =
    "model" in mapping ? await readModelGraph(resolve(dirname(configPath), mapping.model), options) : undefined;
  const graph = graphOf(config, named === undefined ? {} : { graph: named });
  if (graph === undefined) return undefined;
  const degrees = modelDegrees(graph);
  const { format, name } = graph;
  // Of a config's own layers the data are none.
  const layers = layerRows(degrees).filter(({ kind }) => format !== "config" || kind !== "input");
  return { layers, model: { format, name, output: degrees.output, withoutBiases: degrees.outputWithoutBiases } };
}
