import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";
import { WHOLE_CONFIG } from "../run-facts.ts";

/** Hidden units that are 0 at every sample. */
export function deadUnits({ deadUnits: found }: RunFacts): Finding[] {
  if (found === null || found.dead === 0) return [];
  const { dead, units } = found;
  return [
    {
      code: "dead-units",
      severity: "info",
      message: `${dead} of ${units} hidden units ${dead === 1 ? "is" : "are"} never active; a smaller layer, or another seed, does the same`,
      path: WHOLE_CONFIG,
      explanation:
        "A hidden unit that fires at no sample contributes nothing to the model, and no gradient of the loss reaches its incoming weights: only the regularizer acts on them. Descent does not bring it back.",
      suggestions: [],
    },
  ];
}
