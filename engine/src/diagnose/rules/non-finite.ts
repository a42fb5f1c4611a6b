import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";
import { WHOLE_CONFIG } from "../run-facts.ts";

export function nonFinite({ result }: RunFacts): Finding[] {
  if (result.status !== "non-finite") return [];
  return [
    {
      code: "non-finite",
      severity: "error",
      message:
        "the objective left the range of float64; rescale the data or start from smaller factors (start.random.scale)",
      path: WHOLE_CONFIG,
      explanation:
        "A number that is not finite cannot enter a proof, so the run stops there, gives no verdict about the point and leaves no certificate.",
      suggestions: [],
    },
  ];
}
