/** What a rule is that needs only a config, and the target's shape where it is known. */
import type { Config } from "../config/config.ts";
import type { Finding, StaticCode } from "./finding.ts";

export interface TargetShape {
  readonly rows: number;
  readonly columns: number;
}

export interface StaticRule {
  readonly code: StaticCode;
  check(config: Config, shape: TargetShape | undefined): readonly Finding[];
}
