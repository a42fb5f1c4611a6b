/** The rules that need only a config and what is known of its data: one file each in `rules/`, one line here. */
import type { Config } from "../config/config.ts";
import type { Finding } from "./finding.ts";
import { layerFindings } from "./layer-findings.ts";
import { degeneratePair } from "./rules/degenerate-pair.ts";
import { degreeMismatch } from "./rules/degree-mismatch.ts";
import { mixedRegularizer } from "./rules/mixed-regularizer.ts";
import { moreBranchesThanNeeded } from "./rules/more-branches-than-needed.ts";
import { tooFewBranches } from "./rules/too-few-branches.ts";
import { contextOf, type StaticFacts, type StaticRule } from "./static-rule.ts";

const STATIC_RULES: readonly StaticRule[] = [
  degreeMismatch,
  mixedRegularizer,
  degeneratePair,
  tooFewBranches,
  moreBranchesThanNeeded,
];

/** Findings without ranges; `locate` of the parsed config knows the places. */
export function staticFindings(config: Config, facts: StaticFacts = {}): readonly Finding[] {
  const context = contextOf(config, facts);
  return [...layerFindings(context), ...STATIC_RULES.flatMap((rule) => rule.check(context))];
}
