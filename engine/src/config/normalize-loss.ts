/** `loss` and `extra` as written → as computed with. */
import type { Suggestion } from "../diagnose/finding.ts";
import type { ExtraConfig, LossConfig } from "./config.ts";
import { type Issue, invalidValue, issueAt, removalSuggestion, setSuggestion } from "./issue.ts";
import type { WrittenConfig } from "./schema.ts";

const SQUARED: LossConfig = { kind: "squared", weight: 1 };

export function readLoss(loss: WrittenConfig["loss"], issues: Issue[]): LossConfig {
  if (loss === undefined) return SQUARED;
  if (typeof loss === "object") {
    if (loss.huber !== undefined) return { kind: "huber", delta: loss.huber };
    return { kind: "squared", weight: loss.squared ?? 1 };
  }
  switch (loss) {
    case "squared":
      return SQUARED;
    case "logistic":
    case "cross-entropy":
    case "squared-hinge":
    case "poisson":
      return { kind: loss };
    case "l1":
    case "hinge":
      issues.push(notDifferentiable(loss));
      return SQUARED;
    default:
      return loss satisfies never;
  }
}

/** The theory asks for a loss that is once differentiable (10); both have a close one that is. */
function notDifferentiable(loss: "l1" | "hinge"): Issue {
  const path = ["loss"];
  const suggestions: readonly Suggestion[] =
    loss === "hinge"
      ? [
          setSuggestion(path, "squared-hinge", "use the squared hinge"),
          setSuggestion(path, "logistic", "use the logistic loss"),
        ]
      : [
          setSuggestion(path, { huber: 1 }, "use the Huber loss"),
          {
            kind: "edit",
            title: "model outliers beside a squared loss",
            edits: [
              { op: "set", path: "loss", value: "squared" },
              { op: "set", path: "extra.outliers", value: { l1: 1 } },
            ],
          },
        ];
  const next = loss === "hinge" ? "squared-hinge or logistic" : "{huber: δ}, or squared with extra.outliers";
  const message = `${loss} has kinks, and the theory needs a differentiable loss; use ${next}`;
  return issueAt("loss-not-differentiable", path, message, suggestions);
}

export function readExtra({ extra }: WrittenConfig, loss: LossConfig, issues: Issue[]): ExtraConfig | undefined {
  if (extra === undefined) return undefined;
  const { intercept, outliers } = extra;
  if (intercept === undefined && outliers === undefined) {
    const message = "{} names no variable; write {intercept: true} or {outliers: {l1: 0.5}}, or remove it";
    issues.push(invalidValue(["extra"], message, [removalSuggestion(["extra"])]));
  }
  if (outliers !== undefined && loss.kind !== "squared") {
    const path = ["extra", "outliers"];
    const message = `outliers go with a squared loss, not with ${loss.kind}; remove them, or write loss: squared`;
    // The key above goes too when nothing else is under it.
    const removed = intercept === undefined ? ["extra"] : path;
    issues.push(invalidValue(path, message, [removalSuggestion(removed), setSuggestion(["loss"], "squared")]));
  }
  if (intercept !== true && outliers === undefined) return undefined;
  return {
    ...(intercept === true ? { intercept: true as const } : {}),
    ...(outliers === undefined ? {} : { outliers: { l1: outliers.l1 } }),
  };
}
