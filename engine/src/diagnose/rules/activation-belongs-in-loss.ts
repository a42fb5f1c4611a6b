/** A final softmax or sigmoid: cross-entropy and the logistic loss are convex in the numbers before it. */
import { layerOf, type ModelFinding, type ModelRule, placeOf } from "../model-rule.ts";

export const activationBelongsInLoss: ModelRule = {
  code: "activation-belongs-in-loss",
  check(model) {
    return model.heads.slice(0, 1).map((node): ModelFinding => {
      const operation = model.graph.nodes[node]?.operation;
      const head = operation?.kind === "nonlinear" ? (operation.head ?? "softmax") : "softmax";
      const loss = head === "softmax" ? "cross-entropy" : "logistic";
      const message = `layer ${layerOf(model, node)}: the final ${head} belongs in the loss; build the model without it and train with the ${loss} loss of its input (from_logits=True)`;
      return { code: "activation-belongs-in-loss", severity: "warning", message, place: placeOf(model, node) };
    });
  },
};
