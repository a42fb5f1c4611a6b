/** The layers of a config as a layer graph, so that the rules for model files serve configs too. */
import type { LayerConfig } from "../config/config.ts";
import { formatPath } from "../config/path.ts";
import type { LayerGraph, Operation, Place } from "./graph.ts";
import { GraphBuilder } from "./graph-builder.ts";

const LAYERS: Place = ["mapping", "layers"];

/**
 * One branch. Layers are called by their path in the config, `mapping.layers[2]`, which is also where they are pointed at.
 * Parameters come in the order of the layers, those of a residual in place: kernel, then bias; scale, then shift.
 */
export function configGraph(layers: readonly LayerConfig[]): LayerGraph {
  const builder = new GraphBuilder();
  const input = builder.node("data.input", "input", { kind: "input" }, [], { place: ["data", "input"] });
  const output = addLayers(builder, layers, input, LAYERS);
  return { format: "config", name: "", nodes: builder.nodes, parameters: builder.parameters, outputs: [output] };
}

function addLayers(builder: GraphBuilder, layers: readonly LayerConfig[], from: number, at: Place): number {
  let last = from;
  for (const [index, layer] of layers.entries()) last = addLayer(builder, layer, last, [...at, index]);
  return last;
}

function addLayer(builder: GraphBuilder, layer: LayerConfig, from: number, place: Place): number {
  if (layer.kind === "residual") {
    const inner = addLayers(builder, layer.layers, from, [...place, "residual"]);
    return builder.node(formatPath([...place]), "residual", { kind: "sum", constant: false }, [from, inner], { place });
  }
  const biasPlace = layer.kind === "dense" || layer.kind === "conv2d" ? [...place, layer.kind, "bias"] : undefined;
  const name = formatPath([...place]);
  return builder.node(name, layer.kind, operationOf(builder, layer, name), [from], { place, biasPlace });
}

function operationOf(
  builder: GraphBuilder,
  layer: Exclude<LayerConfig, { kind: "residual" }>,
  name: string,
): Operation {
  switch (layer.kind) {
    case "dense":
      return linear(builder, name, layer.bias, layer.units);
    case "conv2d":
      return linear(builder, name, layer.bias, layer.filters);
    case "relu":
    case "abs":
    case "flatten":
    case "globalAveragePool2d":
    case "leakyRelu":
    case "maxout":
    case "maxPool2d":
    case "averagePool2d":
    case "dropout":
      return { kind: "homogeneous" };
    case "power":
      return { kind: "power", exponent: layer.exponent };
    case "batchNorm": {
      const scale = builder.parameter(`${name}/scale`, "scale", { layer: name });
      const shift = builder.parameter(`${name}/shift`, "shift", { layer: name });
      return { kind: "normalization", epsilon: layer.epsilon, fixed: false, cancelsBias: true, scale, shift };
    }
    case "softmax":
    case "sigmoid":
      return { kind: "nonlinear", word: layer.kind, head: layer.kind };
    case "tanh":
    case "gelu":
    case "softplus":
    case "elu":
    case "silu":
      return { kind: "nonlinear", word: layer.kind };
    default:
      return layer satisfies never;
  }
}

function linear(builder: GraphBuilder, name: string, hasBias: boolean, units: number | null): Operation {
  const kernels = [builder.parameter(`${name}/kernel`, "kernel", { layer: name })];
  return {
    kind: "linear",
    kernels,
    ...(hasBias ? { bias: builder.parameter(`${name}/bias`, "bias", { layer: name }) } : {}),
    ...(units === null ? {} : { units }),
  };
}
