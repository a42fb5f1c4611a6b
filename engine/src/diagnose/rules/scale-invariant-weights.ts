/** Weights before a normalization: their scale does not reach the output, so decay on them does not regularize the function. */
import type { Parameter } from "../../homogeneity/graph.ts";
import { isDegree } from "../../homogeneity/layers.ts";
import type { ModelDegrees } from "../../homogeneity/model-degrees.ts";
import { fix, layerRemovals, layersText, type ModelFinding, type ModelRule, placeOf } from "../model-rule.ts";

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
    const start = `${layers}: a normalization follows, so that scaling the weights changes nothing;`;
    return [model.graph.format === "config" ? inConfig(model, start) : inModelFile(model, start, first, invariant)];
  },
};

/** The regularizer of a config charges every kernel. */
function inConfig(model: ModelDegrees, start: string): ModelFinding {
  const norms = model.graph.nodes.flatMap(({ operation }, index) =>
    operation.kind === "normalization" ? [index] : [],
  );
  return {
    code: "scale-invariant-weights",
    severity: "warning",
    message: `${start} the regularizer on them does not regularize the function; leave the normalization out`,
    place: placeOf(model, norms[0]),
    suggestions: fix("leave batchNorm out", layerRemovals(model, norms)),
  };
}

function inModelFile(
  model: ModelDegrees,
  start: string,
  first: Parameter,
  invariant: readonly Parameter[],
): ModelFinding {
  const penalized = invariant.filter(({ penalty }) => penalty !== undefined);
  const [decayed] = penalized;
  const next =
    decayed === undefined
      ? "weight decay on them would not regularize the function; regularize the scale γ after them instead"
      : `${decayed.penalty?.name} on ${layersText(penalized.map(({ layer }) => layer))} does not regularize the function; regularize the scale γ after them instead`;
  return {
    code: "scale-invariant-weights",
    severity: decayed === undefined ? "info" : "warning",
    message: `${start} ${next}`,
    place: decayed?.penalty?.place ?? model.graph.nodes.find((node) => node.layer === first.layer)?.place ?? [],
  };
}
