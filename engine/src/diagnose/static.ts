/** The rules that need only a config (and the target's shape, where known): one file each in `rules/`, one line here. */
import type { Config } from "../config/config.ts";
import type { Finding } from "./finding.ts";
import { degreeMismatch } from "./rules/degree-mismatch.ts";
import { moreBranchesThanNeeded } from "./rules/more-branches-than-needed.ts";
import type { StaticRule, TargetShape } from "./static-rule.ts";

export const STATIC_RULES: readonly StaticRule[] = [degreeMismatch, moreBranchesThanNeeded];

/** Findings without ranges; `locate` of the parsed config knows the places. */
export function staticFindings(config: Config, shape?: TargetShape): readonly Finding[] {
  return STATIC_RULES.flatMap((rule) => rule.check(config, shape));
}
