import { isOpen } from "../../certify/verdict.ts";
import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";

/** No better branch is known, and none can be ruled out: the polar's upper bound is not tight. */
export function polarOpen({ result }: RunFacts): Finding[] {
  const { polar } = result;
  if (result.verdict !== "undecided" || polar === null || !isOpen(polar)) return [];
  return [
    {
      code: "polar-open",
      severity: "warning",
      message: `not decided: the polar lies between ${polar.lower.toPrecision(6)} (found) and ${polar.upper.toPrecision(6)} (proven: ${polar.method}), and 1 would certify the point; plain l2 or l1 norms have an exact polar`,
      path: "regularizer",
      explanation:
        "For these norms and constraints the polar Ω°(Z) is NP-hard. The search below found no branch that would lower the objective, and the bound above does not exclude one: the point may well be global, but it is not proven.",
      suggestions: [],
    },
  ];
}
