/** The registry of rules about a finished run: one line per finding. */
import type { Finding } from "./finding.ts";
import { addZeroBranch } from "./rules/add-zero-branch.ts";
import { certified } from "./rules/certified.ts";
import { deadBranch } from "./rules/dead-branch.ts";
import { deadUnits } from "./rules/dead-units.ts";
import { duplicateBranches } from "./rules/duplicate-branches.ts";
import { lambdaAboveMax } from "./rules/lambda-above-max.ts";
import { nonFinite } from "./rules/non-finite.ts";
import { notStationary } from "./rules/not-stationary.ts";
import { polarOpen } from "./rules/polar-open.ts";
import { redundantBranches } from "./rules/redundant-branches.ts";
import { strictSaddle } from "./rules/strict-saddle.ts";
import { unbalancedBranch } from "./rules/unbalanced-branch.ts";
import { zeroBranch } from "./rules/zero-branch.ts";
import type { RunFacts } from "./run-facts.ts";

const RULES: readonly ((facts: RunFacts) => Finding[])[] = [
  nonFinite,
  addZeroBranch,
  strictSaddle,
  notStationary,
  polarOpen,
  lambdaAboveMax,
  certified,
  redundantBranches,
  duplicateBranches,
  unbalancedBranch,
  deadBranch,
  deadUnits,
  zeroBranch,
];

export function runFindings(facts: RunFacts): Finding[] {
  return RULES.flatMap((rule) => rule(facts));
}
