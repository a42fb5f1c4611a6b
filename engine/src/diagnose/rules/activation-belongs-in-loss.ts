/** A final softmax or sigmoid: cross-entropy and the logistic loss are convex in the numbers before it. */
import {
  activationChange,
  fix,
  layerOf,
  layerRemovals,
  layersText,
  type ModelFinding,
  type ModelRule,
  placeOf,
} from "../model-rule.ts";

export const activationBelongsInLoss: ModelRule = {
  code: "activation-belongs-in-loss",
  check(model) {
    return model.heads.slice(0, 1).map((node): ModelFinding => {
      const operation = model.graph.nodes[node]?.operation;
      const head = operation?.kind === "nonlinear" ? (operation.head ?? "softmax") : "softmax";
      const loss = head === "softmax" ? "cross-entropy" : "logistic";
      const isConfig = model.graph.format === "config";
      const next = isConfig
        ? `take the layer away and write loss: ${loss}, which has it built in`
        : `build the model without it and train with the ${loss} loss of its input (from_logits=True)`;
      return {
        code: "activation-belongs-in-loss",
        severity: "warning",
        message: `${layersText([layerOf(model, node)])}: the final ${head} belongs in the loss; ${next}`,
        place: placeOf(model, node),
        suggestions: isConfig
          ? fix(`move the ${head} into the loss (loss: ${loss})`, [
              ...layerRemovals(model, [node]),
              { op: "set", path: "loss", value: loss },
            ])
          : fix(`make the activation linear; train with the ${loss} loss from logits`, [
              activationChange(model, node, "linear"),
            ]),
      };
    });
  },
};
