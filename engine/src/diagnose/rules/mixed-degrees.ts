/** Terms of different degrees are added: identity skips, trained slopes, recurrences, outputs that disagree. */
import type { Break, ModelDegrees } from "../../homogeneity/model-degrees.ts";
import {
  breaksOfKind,
  degreesText,
  degreeText,
  layerOf,
  layersText,
  type ModelFinding,
  type ModelRule,
  placeOf,
} from "../model-rule.ts";

export const mixedDegrees: ModelRule = {
  code: "mixed-degrees",
  check(model) {
    const findings: ModelFinding[] = [];
    const say = (breaks: readonly Break[], words: (first: Break, layers: string) => string): void => {
      const [first] = breaks;
      if (first === undefined) return;
      const layers = layersText(breaks.map(({ node }) => layerOf(model, node)));
      findings.push({
        code: "mixed-degrees",
        severity: "warning",
        message: words(first, layers),
        place: placeOf(model, first.node),
      });
    };
    say(breaksOfKind(model, "sum"), (first, layers) => {
      const type = model.graph.nodes[first.node]?.type ?? "";
      return `${layers}: ${type} joins terms of degrees ${operandDegrees(model, first.node)}; give every path to it the same number of weight layers, for example a linear layer on the skip`;
    });
    say(
      breaksOfKind(model, "slope"),
      (_, layers) => `${layers}: a trained slope adds a term of a higher degree; use a leaky relu with a fixed slope`,
    );
    say(
      breaksOfKind(model, "recurrent"),
      (_, layers) =>
        `${layers}: the recurrent weights are used once per step, so terms of degrees 1, 2, 3, … are added; the theory needs every path to use each weight equally often`,
    );
    say(
      breaksOfKind(model, "normalization"),
      (_, layers) =>
        `${layers}: the input of the normalization is a sum of terms of different degrees; make these agree first`,
    );
    const { outputs, outputWithoutBiases, afterWithoutBiases } = model;
    if (
      outputs.length > 1 &&
      outputWithoutBiases.kind === "mixed" &&
      outputs.every((index) => afterWithoutBiases[index]?.kind === "degree")
    ) {
      const layers = layersText(outputs.map((index) => layerOf(model, index)));
      const message = `the outputs (${layers}) have ${degreeText(outputWithoutBiases)}; judge one output at a time, or give all the same number of weight layers`;
      findings.push({ code: "mixed-degrees", severity: "warning", message, place: placeOf(model, outputs[0]) });
    }
    return findings;
  },
};

function operandDegrees(model: ModelDegrees, index: number): string {
  const node = model.graph.nodes[index];
  const degrees = (node?.inputs ?? []).flatMap((input) => {
    const value = model.afterWithoutBiases[input];
    return value?.kind === "degree" ? [value.degree] : [];
  });
  const constant = node?.operation.kind === "sum" && node.operation.constant ? [0] : [];
  return degreesText([...new Set([...degrees, ...constant])].sort((a, b) => a - b));
}
