/** The degrees of φ and g of a config. What a config alone does not tell, such as the layers of a model file, comes as facts. */
import type { Config, RegularizerConfig, RegularizerExpression } from "../config/config.ts";
import type { Degree } from "../events.ts";
import { configGraph } from "./config-layers.ts";
import { degree, degreeOf, type Homogeneity, none, power, product, sum } from "./degree.ts";
import type { LayerGraph } from "./graph.ts";
import { unknownDegree } from "./layers.ts";
import { type ModelDegrees, modelDegrees } from "./model-degrees.ts";

export interface DegreeFacts {
  /** How many factors the regularizer charges, where data or a model file tell: the axes of the target for cp. */
  readonly factors?: number;
  /** The layers of `mapping.model`. */
  readonly graph?: LayerGraph;
}

/** Degrees of φ and g with their reasons. An unknown one (`isUnknown`) needs a fact that was not given. */
export function analyzeHomogeneity(
  config: Config,
  facts: DegreeFacts = {},
): { readonly mapping: Homogeneity; readonly regularizer: Homogeneity } {
  const graph = graphOf(config, facts);
  return analyzePair(config, { ...facts, ...(graph === undefined ? {} : { model: modelDegrees(graph) }) });
}

/** Degrees of φ and g as they are reported. */
export function homogeneity(
  config: Config,
  facts: DegreeFacts = {},
): { readonly mapping: Degree; readonly regularizer: Degree } {
  const { mapping, regularizer } = analyzeHomogeneity(config, facts);
  return { mapping: degreeOf(mapping), regularizer: degreeOf(regularizer) };
}

/** The same where the degrees of the layers are known already. */
export function analyzePair(
  config: Config,
  { factors, model }: { readonly factors?: number; readonly model?: ModelDegrees },
): { readonly mapping: Homogeneity; readonly regularizer: Homogeneity } {
  const { kind } = config.mapping;
  const count = factors ?? factorCount(kind, model);
  return {
    mapping: mappingDegree(kind, count, model),
    regularizer: regularizerDegree(config.regularizer, kind, count),
  };
}

/** The layer graph of a network; undefined for other mappings, and for a model file that was not read. */
export function graphOf(config: Config, { graph }: DegreeFacts): LayerGraph | undefined {
  const { mapping } = config;
  if (mapping.kind !== "network") return undefined;
  return "layers" in mapping ? configGraph(mapping.layers) : graph;
}

/**
 * The degree of φ in each parameter alone, in the order of the graph's parameters. A bias on data belongs to its kernel and has no
 * entry of its own; null where there is no degree.
 */
export function factorDegreesOf(graph: LayerGraph): readonly Degree[] {
  return parameterDegrees(modelDegrees(graph));
}

/** As `factorDegreesOf`. */
export function parameterDegrees(model: ModelDegrees): readonly Degree[] {
  // A softmax that is still part of the mapping leaves no degree.
  if (model.heads.length > 0) return model.factors.map(() => null);
  return model.factors.map((factor) => (factor.degree === undefined ? null : degreeOf(factor.degree)));
}

/** Which entries of `factorDegreesOf` the regularizer charges: all but biases behind the first weight layer. */
export function chargedParameters({ graph, factors }: ModelDegrees): readonly boolean[] {
  return factors.map(({ parameters }) => graph.parameters[parameters[0] ?? -1]?.role !== "bias");
}

function factorCount(kind: Config["mapping"]["kind"], model: ModelDegrees | undefined): number | undefined {
  switch (kind) {
    case "matrix":
      return 2;
    case "symmetric":
      return 1;
    case "cp":
      return undefined;
    case "network":
      return model === undefined ? undefined : chargedParameters(model).filter(Boolean).length;
    default:
      return kind satisfies never;
  }
}

function mappingDegree(
  kind: Config["mapping"]["kind"],
  count: number | undefined,
  model: ModelDegrees | undefined,
): Homogeneity {
  switch (kind) {
    case "matrix":
    case "symmetric":
      return degree(2);
    case "cp":
      return count === undefined ? unknownDegree("the order of the target is not known") : degree(count);
    case "network":
      if (model === undefined) return unknownDegree("the layers of the model are not known");
      return sum(
        model.graph.outputs.map((index) => model.after[index] ?? degree(0)),
        "the outputs of the model",
      );
    default:
      return kind satisfies never;
  }
}

/**
 * Every norm has degree 1. `product` and `power` count the factor of u uᵀ twice, as the mapping does: ‖u‖².
 */
function regularizerDegree(
  { kind, expression }: RegularizerConfig,
  mapping: Config["mapping"]["kind"],
  count: number | undefined,
): Homogeneity {
  switch (kind) {
    case "product":
    case "power":
      if (count === undefined) return unknownDegree("the number of factors is not known");
      return degree(mapping === "symmetric" ? 2 * count : count);
    case "weight-decay":
      return degree(2);
    case "l1":
      return degree(1);
    case "elastic-net":
      return sum([degree(1), degree(2)], "the elastic net adds norms and their squares");
    case "custom":
      return expression === undefined ? none("regularizer.expression is missing") : expressionDegree(expression);
    default:
      return kind satisfies never;
  }
}

/** Of a regularizer put together from norms, each of degree 1. */
export function expressionDegree(expression: RegularizerExpression): Homogeneity {
  if ("norm" in expression) return degree(1);
  if ("sum" in expression) return sum(expression.sum.map(expressionDegree), "regularizer.expression");
  if ("product" in expression) return product(expression.product.map(expressionDegree));
  if ("power" in expression) return power(expressionDegree(expression.power), expression.exponent);
  return expressionDegree(expression.of);
}
