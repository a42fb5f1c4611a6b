import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";
import { WHOLE_CONFIG } from "../run-facts.ts";

/** Fewer branches give the same model at the same objective. */
export function redundantBranches({ result, sufficient }: RunFacts): Finding[] {
  if (sufficient === null || sufficient >= result.rank) return [];
  return [
    {
      code: "redundant-branches",
      severity: "info",
      message: `${result.rank} branches where ${sufficient} give the same model at no higher objective; remove the redundant ones`,
      path: WHOLE_CONFIG,
      explanation:
        "When the branches are linearly dependent, or Φ has a factorization that attains Ω(Φ) with fewer of them, weights can be moved between branches along a level path until some vanish, without raising f (Theorem 17, Algorithm 1 with the factor (1 + θ) of its proof).",
      suggestions: [{ kind: "action", title: "Remove redundant branches", action: "remove-redundant-branches" }],
    },
  ];
}
