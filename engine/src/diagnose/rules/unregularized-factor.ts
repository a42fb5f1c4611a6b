/** Some weights are regularized and others are not: scale moves to the free ones and the regularizer goes to zero. */
import { isDegree } from "../../homogeneity/layers.ts";
import { layersText, type ModelFinding, type ModelRule } from "../model-rule.ts";

export const unregularizedFactor: ModelRule = {
  code: "unregularized-factor",
  check(model) {
    const kernels = model.factorsWithoutBiases.flatMap(({ parameters, degree }) => {
      const parameter = model.graph.parameters[parameters[0] ?? -1];
      if (parameter?.role !== "kernel" || degree === undefined || degree.kind === "none" || isDegree(degree, 0))
        return [];
      return [parameter];
    });
    const free = kernels.filter(({ penalty }) => penalty === undefined);
    const [first] = free;
    if (first === undefined || free.length === kernels.length) return [];
    const finding: ModelFinding = {
      code: "unregularized-factor",
      severity: "warning",
      message: `${layersText(free.map(({ layer }) => layer))}: no regularizer, while others have one; scaling these weights up and the others down drives the regularizer to 0 without changing the output, so regularize all or none`,
      place: model.graph.nodes.find((node) => node.layer === first.layer)?.place ?? [],
    };
    return [finding];
  },
};
