import { roundedUpText } from "../../linalg/rounding.ts";
import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";
import { WHOLE_CONFIG } from "../run-facts.ts";

/** The verdict is `global`. */
export function certified({ result }: RunFacts): Finding[] {
  if (result.verdict !== "global" || result.gap === null) return [];
  return [
    {
      code: "certified",
      severity: "info",
      message: `global minimum: the objective ${result.objective.toPrecision(9)} is within ${roundedUpText(result.gap.relative)} (relative) of a proven lower bound`,
      path: WHOLE_CONFIG,
      explanation:
        "The dual point t·Z with Z = −∇ℓ/λ and t ≤ 1/Ω°(Z) gives F* ≥ D(tZ), the minimum over every width; Ω°(Z) enters by a proven upper bound and every number by its rounding margin, so no other point of any width can lie lower by more than the gap. `optimality verify` repeats the proof from data and factors.",
      suggestions: [],
    },
  ];
}
