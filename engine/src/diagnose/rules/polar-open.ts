import { isOpen } from "../../certify/verdict.ts";
import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";

/** No better branch is known, and none can be ruled out: the polar's upper bound is not tight. */
export function polarOpen({ result }: RunFacts): Finding[] {
  const { polar } = result;
  if (result.verdict !== "undecided" || polar === null || !isOpen(polar)) return [];
  const found = polar.lower.toPrecision(6);
  const known =
    polar.upper === null
      ? `the polar is at least ${found} (found), and no bound above is known (${polar.method}), where 1 would certify the point`
      : `the polar lies between ${found} (found) and ${polar.upper.toPrecision(6)} (proven: ${polar.method}), and 1 would certify the point`;
  return [
    {
      code: "polar-open",
      severity: "warning",
      message: `not decided: ${known}; plain l2 or l1 norms on two factors have an exact polar`,
      path: "regularizer",
      explanation:
        "For this mapping with these norms and constraints the polar Ω°(Z) is NP-hard. The search below found no branch that would lower the objective, and the bound above does not exclude one: the point may well be global, but it is not proven.",
      suggestions: [],
    },
  ];
}
