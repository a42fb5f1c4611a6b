/** What a rule is that needs only a config, and what is known of its data. */
import type { Config } from "../config/config.ts";
import type { Degree } from "../events.ts";
import {
  analyzePair,
  chargedParameters,
  type DegreeFacts,
  graphOf,
  parameterDegrees,
} from "../homogeneity/config-degrees.ts";
import type { Homogeneity } from "../homogeneity/degree.ts";
import { type ModelDegrees, modelDegrees } from "../homogeneity/model-degrees.ts";
import { branchBound } from "../homogeneity/width.ts";
import type { Escape } from "./escape-scale.ts";
import type { Finding, StaticCode } from "./finding.ts";

/** What may be known without running; rules that need more than is given stay silent. */
export interface StaticFacts extends DegreeFacts {
  /** Of the target as it is in its file. */
  readonly shape?: readonly number[];
  /** Of X where there is sensing. */
  readonly modelShape?: readonly [number, number];
  /** How many columns X has, where the target's shape does not tell: one per class for class indices. */
  readonly outputs?: number;
  /** Where the objective first falls below f(0), when that was looked for. */
  readonly escape?: Escape;
}

export interface StaticContext {
  readonly config: Config;
  readonly facts: StaticFacts;
  readonly mapping: Homogeneity;
  readonly regularizer: Homogeneity;
  /** The degree of φ in each factor that the regularizer charges; undefined where that is not known. */
  readonly factorDegrees: readonly Degree[] | undefined;
  /** The layers of a network. */
  readonly model: ModelDegrees | undefined;
  /** How many branches are always enough; undefined where data have to tell. */
  readonly enough: number | undefined;
}

export interface StaticRule {
  readonly code: StaticCode;
  check(context: StaticContext): readonly Finding[];
}

export function contextOf(config: Config, facts: StaticFacts): StaticContext {
  const graph = graphOf(config, facts);
  const model = graph === undefined ? undefined : modelDegrees(graph);
  const factors = facts.factors ?? orderOf(config, facts);
  const pair = analyzePair(config, {
    ...(factors === undefined ? {} : { factors }),
    ...(model === undefined ? {} : { model }),
  });
  const factorDegrees = factorDegreesOf(config, model, factors);
  return { config, facts, ...pair, factorDegrees, model, enough: enoughBranches(config, facts, factorDegrees?.length) };
}

/** The number of factors of a cp mapping: a vector counts as a single column. */
function orderOf({ mapping }: Config, { shape }: StaticFacts): number | undefined {
  return mapping.kind === "cp" && shape !== undefined ? Math.max(2, shape.length) : undefined;
}

function factorDegreesOf(
  { mapping }: Config,
  model: ModelDegrees | undefined,
  factors: number | undefined,
): readonly Degree[] | undefined {
  switch (mapping.kind) {
    case "matrix":
      return [1, 1];
    case "symmetric":
      return [2];
    case "cp":
      return factors === undefined ? undefined : new Array<Degree>(factors).fill(1);
    case "network": {
      if (model === undefined) return undefined;
      const isCharged = chargedParameters(model);
      return parameterDegrees(model).filter((_, index) => isCharged[index]);
    }
    default:
      return mapping satisfies never;
  }
}

function enoughBranches(config: Config, facts: StaticFacts, factors: number | undefined): number | undefined {
  const { shape, modelShape, outputs } = facts;
  if (shape === undefined || factors === undefined) return undefined;
  if (config.data.sensing !== undefined)
    return modelShape === undefined ? undefined : branchBound(config, { shape, modelShape, factors });
  const [rows = 1, columns = 1] = shape;
  // Class indices say nothing of how many classes there are.
  if (config.loss.kind === "cross-entropy" && shape.length <= 2 && columns === 1)
    return outputs === undefined ? undefined : branchBound(config, { shape: [rows, outputs], factors });
  return branchBound(config, { shape, factors });
}
