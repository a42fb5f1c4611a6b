/** The regularizer that a model file itself has (Keras' `kernel_regularizer`) against the degree of the model. */
import { isDegree } from "../../homogeneity/layers.ts";
import { degreesText, type ModelFinding, type ModelRule } from "../model-rule.ts";

export const modelDegreeMismatch: ModelRule = {
  code: "degree-mismatch",
  check(model) {
    const mapping = model.outputWithoutBiases;
    if (mapping.kind !== "degree") return [];
    const penalties = model.factorsWithoutBiases.flatMap(({ parameters, degree }) => {
      const parameter = model.graph.parameters[parameters[0] ?? -1];
      // Decay on scale-invariant weights is no part of Ω; it has its own finding.
      return parameter?.penalty === undefined || (degree !== undefined && isDegree(degree, 0))
        ? []
        : [parameter.penalty];
    });
    const [first] = penalties;
    const degrees = [...new Set(penalties.flatMap((penalty) => penalty.degrees))].sort((a, b) => a - b);
    const [lowest, ...others] = degrees;
    if (first === undefined || lowest === undefined || (others.length === 0 && lowest === mapping.degree)) return [];
    const has = others.length === 0 ? `degree ${lowest}` : `mixed degrees (${degreesText(degrees)})`;
    const p = mapping.degree;
    const why =
      lowest < p ? "zero is always a local minimum (Proposition 19)" : "more branches always lower the objective (58)";
    const finding: ModelFinding = {
      code: "degree-mismatch",
      severity: "warning",
      message: `${first.name} has ${has}, but the model has degree ${p}; ${why}, so use the product of the layers' norms, or the sum of their powers ‖W‖^${p}`,
      place: first.place,
    };
    return [finding];
  },
};
