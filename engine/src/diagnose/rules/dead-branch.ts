import type { Finding } from "../finding.ts";
import { listed } from "../model-rule.ts";
import type { RunFacts } from "../run-facts.ts";
import { WHOLE_CONFIG } from "../run-facts.ts";

/** A branch with weights whose output is 0 at every sample. */
export function deadBranch({ dead }: RunFacts): Finding[] {
  if (dead.length === 0) return [];
  const isOne = dead.length === 1;
  const which = `${isOne ? "branch" : "branches"} ${listed(dead.map((index) => String(index + 1)))}`;
  return [
    {
      code: "dead-branch",
      severity: "warning",
      message: `${which}: the output is 0 at every sample, while the weights are not; remove ${isOne ? "it" : "them"} or start from another seed`,
      path: WHOLE_CONFIG,
      explanation:
        "A relu that fires at no sample passes no gradient of the loss back, so descent cannot revive the branch: it only shrinks under the regularizer. Such a branch costs λ g(X_i) > 0 for nothing, and taking it out lowers the objective at once. It is no zero branch in the sense of Theorem 15 until its weights are 0.",
      suggestions: [{ kind: "action", title: "Remove dead branches", action: "remove-redundant-branches" }],
    },
  ];
}
