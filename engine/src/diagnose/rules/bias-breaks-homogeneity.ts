/** Biases after the first weight layer: degree 1 added to a higher one. */
import type { Break } from "../../homogeneity/model-degrees.ts";
import { breaksOfKind, layerOf, layersText, type ModelFinding, type ModelRule, placeOf } from "../model-rule.ts";

export const biasBreaksHomogeneity: ModelRule = {
  code: "bias-breaks-homogeneity",
  check(model) {
    const findings: ModelFinding[] = [];
    const say = (breaks: readonly Break[], words: (layers: string) => string): void => {
      const [first] = breaks;
      if (first === undefined) return;
      const place = model.graph.nodes[first.node]?.biasPlace ?? placeOf(model, first.node);
      const layers = layersText(breaks.map(({ node }) => layerOf(model, node)));
      findings.push({ code: "bias-breaks-homogeneity", severity: "warning", message: words(layers), place });
    };
    say(
      breaksOfKind(model, "bias"),
      (layers) =>
        `${layers}: a bias has degree 1, unlike the weights' term it is added to; build the model without it (use_bias=False), the first layer may keep its own`,
    );
    say(
      breaksOfKind(model, "output-bias"),
      (layers) =>
        `${layers}: the bias of the output has degree 1, unlike the rest; drop it, or treat it as an intercept outside the mapping (extra.intercept)`,
    );
    say(
      breaksOfKind(model, "shift"),
      (layers) =>
        `${layers}: the shift β has degree 1, unlike the normalized term it is added to; use it together with the scale γ, or drop it (center=False)`,
    );
    return findings;
  },
};
