/** Biases after the first weight layer: degree 1 added to a higher one. */
import type { Break } from "../../homogeneity/model-degrees.ts";
import type { Suggestion } from "../finding.ts";
import {
  biasRemoval,
  breaksOfKind,
  fix,
  layerOf,
  layersText,
  type ModelFinding,
  type ModelRule,
  placeOf,
} from "../model-rule.ts";

export const biasBreaksHomogeneity: ModelRule = {
  code: "bias-breaks-homogeneity",
  check(model) {
    const findings: ModelFinding[] = [];
    const isConfig = model.graph.format === "config";
    const how = isConfig ? "take bias: true away" : "build the model without it (use_bias=False)";
    const say = (
      breaks: readonly Break[],
      words: (layers: string) => string,
      suggestions: readonly Suggestion[] = [],
    ): void => {
      const [first] = breaks;
      if (first === undefined) return;
      const place = model.graph.nodes[first.node]?.biasPlace ?? placeOf(model, first.node);
      const layers = layersText(breaks.map(({ node }) => layerOf(model, node)));
      findings.push({
        code: "bias-breaks-homogeneity",
        severity: "warning",
        message: words(layers),
        place,
        suggestions,
      });
    };
    const inner = breaksOfKind(model, "bias");
    const drop = (breaks: readonly Break[]) => breaks.map(({ node }) => biasRemoval(model, node));
    say(
      inner,
      (layers) =>
        `${layers}: a bias has degree 1, unlike the weights' term it is added to; ${how}, the first layer may keep its own`,
      fix("drop the bias of layers behind the first", drop(inner)),
    );
    const outer = breaksOfKind(model, "output-bias");
    say(
      outer,
      (layers) =>
        `${layers}: the bias of the output has degree 1, unlike the rest; drop it, or treat it as an intercept outside the mapping (extra.intercept)`,
      [
        ...(isConfig
          ? fix("make the bias of the output an intercept", [
              ...drop(outer),
              { op: "set", path: "extra.intercept", value: true },
            ])
          : []),
        ...fix("drop the bias of the output", drop(outer)),
      ],
    );
    say(
      breaksOfKind(model, "shift"),
      (layers) =>
        `${layers}: the shift β has degree 1, unlike the normalized term it is added to; use it together with the scale γ, or drop it (center=False)`,
    );
    return findings;
  },
};
