/** Runs dependency-cruiser with the project's rules over a tree: the repository's, or one made up for a test. */
import { createRequire } from "node:module";
import path from "node:path";
import type { ICruiseResult, IFlattenedRuleSet, IResolveOptions } from "dependency-cruiser";
import { cruise } from "dependency-cruiser";

export const repository = path.resolve(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);

interface Configuration {
  readonly forbidden: readonly { readonly name: string }[];
  readonly options: Record<string, unknown>;
}

const configuration = require(path.join(repository, ".dependency-cruiser.cjs")) as Configuration;

export const ruleNames: readonly string[] = configuration.forbidden.map(({ name }) => name);

export async function cruiseTree(root: string, rooms: readonly string[]): Promise<ICruiseResult> {
  const resolve = {
    // The engine's sources stand for the built package, so that this needs no build.
    alias: {
      "@optimality-lens/engine/node$": path.join(root, "engine/src/node/load.ts"),
      "@optimality-lens/engine$": path.join(root, "engine/src/index.ts"),
    },
    extensions: [".ts", ".mts", ".js", ".mjs", ".cjs", ".d.ts", ".json"],
    conditionNames: ["import", "require", "node", "default", "types"],
    exportsFields: ["exports"],
    mainFields: ["module", "main", "types"],
  };
  const { output } = await cruise(
    [...rooms],
    {
      ...configuration.options,
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: configuration.forbidden } as unknown as IFlattenedRuleSet,
    },
    resolve as unknown as IResolveOptions,
  );
  if (typeof output === "string") throw new Error(`dependency-cruiser answered with text: ${output.slice(0, 200)}`);
  return output;
}

/** `rule: from → to`, one per violation. */
export function violationsOf(result: ICruiseResult): readonly string[] {
  return result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

/** Files that `from` loads when it runs: imports of types are left out. */
export function reachableValues(result: ICruiseResult, from: RegExp): ReadonlySet<string> {
  const edges = new Map(
    result.modules.map(({ source, dependencies }) => [
      source,
      dependencies
        .filter(({ dependencyTypes }) => !dependencyTypes.includes("type-only"))
        .map(({ resolved }) => resolved),
    ]),
  );
  const seen = new Set([...edges.keys()].filter((source) => from.test(source)));
  for (const file of seen) for (const next of edges.get(file) ?? []) seen.add(next);
  return seen;
}
