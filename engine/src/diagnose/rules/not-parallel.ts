/** A deep network of its own is one branch; the theory is about sums of parallel ones. */
import { layerOf, type ModelFinding, type ModelRule, placeOf } from "../model-rule.ts";

export const notParallel: ModelRule = {
  code: "not-parallel",
  check(model) {
    const { output, outputWithoutBiases, parallel, weightLayers, outputs } = model;
    if (outputWithoutBiases.kind !== "degree" || output.kind === "none" || parallel > 1 || weightLayers < 2) return [];
    const finding: ModelFinding = {
      code: "not-parallel",
      severity: "info",
      message: `layer ${layerOf(model, outputs[0] ?? -1)}: the output comes from one subnetwork of ${weightLayers} weight layers, and the theory is about sums of parallel ones with weights of their own; add several copies of it to let zero branches prove global optimality`,
      place: placeOf(model, outputs[0]),
    };
    return [finding];
  },
};
