import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";
import { WHOLE_CONFIG } from "../run-facts.ts";

/** Two branches do the work of one. */
export function duplicateBranches({ duplicates }: RunFacts): Finding[] {
  const [first] = duplicates;
  if (first === undefined) return [];
  const [i, j] = first;
  const others = duplicates.length - 1;
  const more = others === 0 ? "" : `, and ${others} more ${others === 1 ? "pair" : "pairs"}`;
  return [
    {
      code: "duplicate-branches",
      severity: "info",
      message: `branches ${i + 1} and ${j + 1} point the same way${more}; merge them, the model and the objective stay as they are`,
      path: WHOLE_CONFIG,
      explanation:
        "With φ(X_i) = c φ(X_j), c > 0, the two are linearly dependent: moving all weight to one of them changes neither Φ nor, at a local minimum, the objective (Theorem 17 with two branches). At a minimum, each such pair is a flat direction.",
      suggestions: [{ kind: "action", title: "Merge duplicate branches", action: "remove-redundant-branches" }],
    },
  ];
}
