/** ONNX files → layer graph. Any bytes give a graph or a problem; nothing throws. */

import { MAX_LAYERS } from "./graph.ts";
import { GraphBuilder, type ReadModel, TooManyLayers } from "./graph-builder.ts";
import { cleanName } from "./json-value.ts";
import { type OnnxFile, readOnnxFile } from "./onnx-file.ts";
import { OnnxGraphReader } from "./onnx-graph.ts";

export function readOnnx(bytes: Uint8Array): ReadModel {
  const refuse = (message: string): ReadModel => ({ ok: false, problems: [{ message, place: [] }] });
  let file: OnnxFile | undefined;
  try {
    file = readOnnxFile(bytes);
  } catch {
    // The bytes are no protocol buffer, or end inside one: nothing else can go wrong in there.
    return refuse("not an ONNX file, or cut off; export the model again");
  }
  if (file === undefined || file.graph.nodes.length === 0) return refuse("no ONNX graph in it; export the model again");
  const builder = new GraphBuilder();
  try {
    const outputs = new OnnxGraphReader(file, builder).read();
    const { nodes, parameters, problems } = builder;
    if (outputs.length === 0)
      return { ok: false, problems: [...problems, { message: "the ONNX graph makes none of its outputs", place: [] }] };
    const name = cleanName(file.graph.name === "" ? "graph" : file.graph.name);
    return { ok: true, graph: { format: "onnx", name, nodes, parameters, outputs }, problems };
  } catch (error) {
    if (!(error instanceof TooManyLayers)) throw error;
    return refuse(`the graph has more than ${MAX_LAYERS.toLocaleString("en-US")} nodes`);
  }
}
