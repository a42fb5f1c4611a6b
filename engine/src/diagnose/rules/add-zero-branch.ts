import { dropText } from "../../certify/verdict.ts";
import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";

/** A branch along the polar direction lowers the objective, and the run was not allowed to add it. */
export function addZeroBranch({ result, grow, width }: RunFacts): Finding[] {
  if (result.evidence === null || result.verdict === "global") return [];
  const limited = grow && result.status === "branch-limit";
  const { polar, objectiveAfter } = result.evidence;
  return [
    {
      code: "add-zero-branch",
      severity: "warning",
      message: `not a global minimum: one more branch lowers the objective ${dropText(result.objective, objectiveAfter)} at once; add a zero branch and continue`,
      path: limited ? "search.maxBranches" : grow ? "" : "branches",
      explanation: `The polar of Z = −∇ℓ/λ is at least ${polar.toPrecision(6)} > 1: along that branch the loss falls faster than the regularizer rises, so a branch that starts at zero descends (Algorithm 1; Theorem 15 in the contrapositive: with a zero slice this point would not be a local minimum).`,
      suggestions: [
        { kind: "action", title: "Add zero branch and continue", action: "add-zero-branch" },
        ...(limited
          ? [
              {
                kind: "edit" as const,
                title: "Let the run grow to the bound of the theory",
                edits: [{ op: "remove" as const, path: "search.maxBranches" }],
              },
            ]
          : grow
            ? []
            : [
                {
                  kind: "edit" as const,
                  title: "Let the run grow",
                  edits: [{ op: "set" as const, path: "search.grow", value: true }],
                },
                {
                  kind: "edit" as const,
                  title: `Start with ${width + 1} branches`,
                  edits: [{ op: "set" as const, path: "branches", value: width + 1 }],
                },
              ]),
      ],
    },
  ];
}
