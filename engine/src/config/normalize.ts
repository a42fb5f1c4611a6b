/** A config as written → as computed with: defaults filled in, shorthands expanded, contradictions named. */
import type { Config, LambdaConfig, SearchConfig, StartConfig } from "./config.ts";
import { checkpointFileIssue } from "./data-file.ts";
import { type Issue, invalidValue, show } from "./issue.ts";
import { readData } from "./normalize-data.ts";
import { readExtra, readLoss } from "./normalize-loss.ts";
import { readMapping } from "./normalize-mapping.ts";
import { readRegularizer } from "./normalize-regularizer.ts";
import type { WrittenConfig } from "./schema.ts";
import { DEFAULT_GAP, DEFAULT_MAX_CELLS, DEFAULT_MAX_ITERATIONS, DEFAULT_SEED } from "./search-schema.ts";

export type Normalized =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly issues: readonly Issue[] };

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

export function toConfig(written: WrittenConfig): Normalized {
  const issues: Issue[] = [];
  const mapping = readMapping(written.mapping, issues);
  const loss = readLoss(written.loss, issues);
  const extra = readExtra(written, loss, issues);
  const search = readSearch(written.search ?? {}, issues);
  const config: Config = {
    data: readData(written, mapping.kind, issues),
    loss,
    mapping,
    regularizer: readRegularizer(written, mapping.kind, issues),
    lambda: readLambda(written.lambda),
    ...(extra === undefined ? {} : { extra }),
    branches: written.branches ?? 1,
    start: readStart(written.start, issues),
    search,
  };
  if (search.maxBranches !== undefined && config.branches > search.maxBranches) {
    const message = `${search.maxBranches} is fewer than the ${config.branches} branches at the start; raise it or lower branches`;
    issues.push(invalidValue(["search", "maxBranches"], message));
  }
  return issues.length === 0 ? { ok: true, config } : { ok: false, issues };
}

function readLambda(lambda: WrittenConfig["lambda"]): LambdaConfig {
  return typeof lambda === "number"
    ? { kind: "absolute", value: lambda }
    : { kind: "relative", value: lambda.relative };
}

function readStart(start: WrittenConfig["start"], issues: Issue[]): StartConfig {
  if (start === "zero") return { kind: "zero" };
  if (start?.checkpoint !== undefined) {
    const issue = checkpointFileIssue(["start", "checkpoint"], start.checkpoint);
    if (issue !== undefined) issues.push(issue);
    return { kind: "checkpoint", file: start.checkpoint };
  }
  const seed = start?.random?.seed ?? DEFAULT_SEED;
  const scale = start?.random?.scale;
  return scale === undefined ? { kind: "random", seed } : { kind: "random", seed, scale };
}

function readSearch(search: NonNullable<WrittenConfig["search"]>, issues: Issue[]): SearchConfig {
  const timeLimitMs = search.timeLimit === undefined ? undefined : durationMs(search.timeLimit);
  if (timeLimitMs !== undefined && !(timeLimitMs > 0 && timeLimitMs < Number.MAX_SAFE_INTEGER)) {
    const message = `${show(search.timeLimit)} is not > 0; write a duration such as 60s`;
    issues.push(invalidValue(["search", "timeLimit"], message));
  }
  return {
    gap: search.gap ?? DEFAULT_GAP,
    maxIterations: search.maxIterations ?? DEFAULT_MAX_ITERATIONS,
    maxCells: search.maxCells ?? DEFAULT_MAX_CELLS,
    grow: search.grow ?? true,
    ...(search.maxBranches === undefined ? {} : { maxBranches: search.maxBranches }),
    ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
    ...(search.method === undefined ? {} : { method: search.method }),
  };
}

/** Seconds when there is no unit. */
function durationMs(duration: number | string): number {
  if (typeof duration === "number") return duration * 1000;
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)\s*$/.exec(duration);
  return Number(match?.[1] ?? Number.NaN) * (UNIT_MS[match?.[2] ?? ""] ?? Number.NaN);
}
