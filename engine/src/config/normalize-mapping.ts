/** `mapping` as written → as computed with: layers with all their settings. */
import type { LayerConfig, MappingConfig } from "./config.ts";
import { modelFileIssue } from "./data-file.ts";
import { type Issue, invalidValue, removalSuggestion, setSuggestion } from "./issue.ts";
import { DEFAULT_EPSILON, type WrittenLayer } from "./layer-schema.ts";
import type { Segment } from "./path.ts";
import type { WrittenConfig } from "./schema.ts";

const MAX_LAYERS = 1000;
const MAX_NESTING = 20;

export function readMapping(mapping: WrittenConfig["mapping"], issues: Issue[]): MappingConfig {
  const { kind, layers, model }: Exclude<WrittenConfig["mapping"], string> =
    typeof mapping === "string" ? { kind: mapping } : mapping;
  if (kind !== "network") {
    for (const name of ["layers", "model"] as const) {
      if ((name === "layers" ? layers : model) === undefined) continue;
      const path = ["mapping", name];
      const message = `${name === "layers" ? "layers go" : "a model file goes"} with kind: network, not with ${kind}; remove it, or write kind: network`;
      issues.push(
        invalidValue(path, message, [removalSuggestion(path), setSuggestion(["mapping", "kind"], "network")]),
      );
    }
    return { kind };
  }
  if (layers !== undefined && model !== undefined) {
    const message = "layers and model say the same thing; keep one of them";
    const suggestions = [removalSuggestion(["mapping", "layers"]), removalSuggestion(["mapping", "model"])];
    issues.push(invalidValue(["mapping"], message, suggestions));
  }
  if (model !== undefined) {
    const issue = modelFileIssue(["mapping", "model"], model);
    if (issue !== undefined) issues.push(issue);
    return { kind, model };
  }
  if (layers === undefined) {
    issues.push(missingLayers());
    return { kind, layers: [] };
  }
  return { kind, layers: readLayers(layers, issues) };
}

function missingLayers(): Issue {
  const value = { kind: "network", layers: [{ dense: 1 }, "relu", "dense"] };
  const line = "mapping: {kind: network, layers: [{dense: 1}, relu, dense]}";
  return {
    code: "missing-key",
    message: `mapping.layers is missing; a network needs layers or a model file, as in \`${line}\``,
    path: ["mapping", "layers"],
    suggestions: [setSuggestion(["mapping"], value, `write ${line}`)],
  };
}

function readLayers(layers: readonly WrittenLayer[], issues: Issue[]): LayerConfig[] {
  let count = 0;
  const read = (list: readonly WrittenLayer[], path: readonly Segment[], depth: number): LayerConfig[] => {
    if (depth > MAX_NESTING) {
      issues.push(invalidValue(path, `residual layers are nested deeper than ${MAX_NESTING} levels; flatten them`));
      return [];
    }
    count += list.length;
    return list.map((layer, i) => readLayer(layer, (inner) => read(inner, [...path, i, "residual"], depth + 1)));
  };
  const result = read(layers, ["mapping", "layers"], 0);
  if (count > MAX_LAYERS) {
    const message = `${count} layers; at most ${MAX_LAYERS} are read, so name a model file in mapping.model`;
    issues.push(invalidValue(["mapping", "layers"], message));
  }
  return result;
}

type Settings = Exclude<WrittenLayer, string>;

function readLayer(layer: WrittenLayer, readList: (layers: readonly WrittenLayer[]) => LayerConfig[]): LayerConfig {
  if (typeof layer === "string") {
    if (layer === "dense") return { kind: layer, units: null, bias: false };
    if (layer === "batchNorm") return { kind: layer, epsilon: DEFAULT_EPSILON };
    return { kind: layer };
  }
  if (layer.residual !== undefined) return { kind: "residual", layers: readList(layer.residual) };
  if (layer.conv2d !== undefined) return readConvolution(layer.conv2d);
  if (layer.leakyRelu !== undefined) return { kind: "leakyRelu", slope: layer.leakyRelu };
  if (layer.power !== undefined) return { kind: "power", exponent: layer.power };
  if (layer.maxout !== undefined) return { kind: "maxout", pieces: layer.maxout };
  if (layer.maxPool2d !== undefined) return { kind: "maxPool2d", size: layer.maxPool2d };
  if (layer.averagePool2d !== undefined) return { kind: "averagePool2d", size: layer.averagePool2d };
  if (layer.dropout !== undefined) return { kind: "dropout", rate: layer.dropout };
  if (layer.batchNorm !== undefined) return { kind: "batchNorm", epsilon: layer.batchNorm.epsilon ?? DEFAULT_EPSILON };
  // The schema has seen to it that one key is there.
  return readDense(layer.dense);
}

function readDense(dense: Settings["dense"]): LayerConfig {
  if (typeof dense === "number") return { kind: "dense", units: dense, bias: false };
  return { kind: "dense", units: dense?.units ?? null, bias: dense?.bias ?? false };
}

function readConvolution(conv2d: NonNullable<Settings["conv2d"]>): LayerConfig {
  const { filters, kernel, stride = 1, padding = "valid", bias = false } = conv2d;
  return { kind: "conv2d", filters, kernel: readPair(kernel), stride: readPair(stride), padding, bias };
}

function readPair(pair: number | [number, number]): readonly [number, number] {
  return typeof pair === "number" ? [pair, pair] : pair;
}
