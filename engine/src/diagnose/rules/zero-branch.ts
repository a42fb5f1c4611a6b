import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";
import { WHOLE_CONFIG } from "../run-facts.ts";

/** A zero slice at a stationary point: the evidence of Theorem 15. */
export function zeroBranch({ result }: RunFacts): Finding[] {
  const zeros = result.branches.filter((branch) => branch.zero).length;
  if (zeros === 0 || result.verdict !== "global") return [];
  const noun = zeros === 1 ? "1 branch is zero" : `${zeros} branches are zero`;
  return [
    {
      code: "zero-branch",
      severity: "info",
      message: `${noun}: ${result.rank} ${result.rank === 1 ? "branch carries" : "branches carry"} the whole model, the width is more than enough`,
      path: WHOLE_CONFIG,
      explanation:
        "A local minimum at which one branch is zero in every factor is a global minimum (Theorem 15). That is evidence; the verdict itself comes from the proven gap.",
      suggestions: [{ kind: "action", title: "Remove zero branches", action: "remove-redundant-branches" }],
    },
  ];
}
