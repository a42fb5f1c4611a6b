/** Weights before a normalization: their scale does not reach the output, so decay on them does not regularize the function. */
import { isDegree } from "../../homogeneity/layers.ts";
import { layersText, type ModelFinding, type ModelRule } from "../model-rule.ts";

export const scaleInvariantWeights: ModelRule = {
  code: "scale-invariant-weights",
  check(model) {
    const invariant = model.factorsWithoutBiases.flatMap(({ parameters, degree }) => {
      const parameter = model.graph.parameters[parameters[0] ?? -1];
      return parameter?.role === "kernel" && degree !== undefined && isDegree(degree, 0) ? [parameter] : [];
    });
    const [first] = invariant;
    if (first === undefined) return [];
    const layers = layersText(invariant.map(({ layer }) => layer));
    const penalized = invariant.filter(({ penalty }) => penalty !== undefined);
    const [decayed] = penalized;
    const next =
      decayed === undefined
        ? "weight decay on them would not regularize the function; regularize the scale γ after them instead"
        : `${decayed.penalty?.name} on ${layersText(penalized.map(({ layer }) => layer))} does not regularize the function; regularize the scale γ after them instead`;
    const place = decayed?.penalty?.place ?? model.graph.nodes.find((node) => node.layer === first.layer)?.place ?? [];
    const finding: ModelFinding = {
      code: "scale-invariant-weights",
      severity: decayed === undefined ? "info" : "warning",
      message: `${layers}: a normalization follows, so that scaling the weights changes nothing; ${next}`,
      place,
    };
    return [finding];
  },
};
