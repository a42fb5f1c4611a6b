/** Layers that are not in the tables: said, never guessed. */
import { breaksOfKind, layerOf, listed, type ModelFinding, type ModelRule, placeOf } from "../model-rule.ts";

export const unknownLayer: ModelRule = {
  code: "unknown-layer",
  check(model) {
    const byType = new Map<string, number[]>();
    for (const { node } of breaksOfKind(model, "unknown")) {
      const type = model.graph.nodes[node]?.type ?? "";
      byType.set(type, [...(byType.get(type) ?? []), node]);
    }
    return [...byType].slice(0, 20).map(([type, nodes]): ModelFinding => {
      const layers = listed(nodes.map((node) => layerOf(model, node)));
      const message = `${type} (${layers}) is not a layer that is known here, so no degree can be given after it; replace it, or judge the model without it`;
      return { code: "unknown-layer", severity: "warning", message, place: placeOf(model, nodes[0]) };
    });
  },
};
