/** The findings about layers, of a config's own or of the model file that it names. */
import { formatPath } from "../config/path.ts";
import type { Finding } from "./finding.ts";
import type { ModelRule } from "./model-rule.ts";
import { explain } from "./pages.ts";
import { activationBelongsInLoss } from "./rules/activation-belongs-in-loss.ts";
import { biasBreaksHomogeneity } from "./rules/bias-breaks-homogeneity.ts";
import { mixedDegrees } from "./rules/mixed-degrees.ts";
import { notHomogeneous } from "./rules/not-homogeneous.ts";
import { scaleInvariantWeights } from "./rules/scale-invariant-weights.ts";
import { unknownLayer } from "./rules/unknown-layer.ts";
import type { StaticContext } from "./static-rule.ts";

/** One file each in `rules/`, one line here. */
export const LAYER_RULES: readonly ModelRule[] = [
  unknownLayer,
  notHomogeneous,
  mixedDegrees,
  biasBreaksHomogeneity,
  activationBelongsInLoss,
  scaleInvariantWeights,
];

/** Of a model file everything is said at `mapping.model`: its own text is another file's. */
export function layerFindings({ config, model }: StaticContext): readonly Finding[] {
  const { mapping } = config;
  if (model === undefined || mapping.kind !== "network") return [];
  const file = "model" in mapping ? mapping.model : undefined;
  return LAYER_RULES.flatMap((rule) => rule.check(model)).map(
    ({ code, severity, message, place, suggestions = [] }): Finding => ({
      code,
      severity,
      message: file === undefined ? message : `mapping.model: ${file}: ${message}`,
      path: file === undefined ? formatPath([...place]) : "mapping.model",
      explanation: explain(code),
      suggestions: file === undefined ? suggestions : [],
    }),
  );
}
