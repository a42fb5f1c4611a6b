import { isOpen } from "../../certify/verdict.ts";
import type { MappingKind } from "../../config/config.ts";
import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";

/** What has an exact polar. */
const EXACT: Readonly<Record<MappingKind, string>> = {
  matrix: "plain l2 or l1 norms have an exact polar",
  symmetric: "the plain norm l2 has an exact polar",
  cp: "with the norm l1 on all factors but two it is exact",
  network: "it is exact for dense: 1, relu, dense with one output and inputs in a plane",
};

/** No better branch is known, and none can be ruled out: the polar's upper bound is not tight. */
export function polarOpen({ result, mapping }: RunFacts): Finding[] {
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
      message: `not decided: ${known}; ${EXACT[mapping]}`,
      path: "regularizer",
      explanation:
        "For this mapping with these norms and constraints the polar Ω°(Z) is NP-hard. The search below found no branch that would lower the objective, and the bound above does not exclude one: the point may well be global, but it is not proven.",
      suggestions: [],
    },
  ];
}
