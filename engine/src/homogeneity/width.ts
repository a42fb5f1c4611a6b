/** How many branches are always enough for a global minimum. */
import type { Config, NormSpec, RegularizerConfig } from "../config/config.ts";

export interface WidthFacts {
  /** Of the target. With sensing: the number of measurements. */
  readonly shape: readonly number[];
  /** Of X, where the target does not tell: with sensing. */
  readonly modelShape?: readonly [number, number];
  readonly factors: number;
}

/**
 * The least of what is known (all but the first derived):
 *   always                  card(D) + 1, D the numbers that the loss sees (haeffele2015, Corollary 18)
 *   u vᵀ with ℓ2·ℓ2         min(m, n): the singular vectors of any minimizer X attain Ω, whatever the loss observes of it
 *   ℓ1 on the slices of U   m: the extreme points of the unit ball are ± unit vectors, and branches with the same one merge without
 *                           raising g; n for V likewise
 *   u uᵀ with ℓ2            n: the eigenvectors of a positive semidefinite X; with other norms n(n + 1)/2 + 1
 *   relu(V u) vᵀ            N · outputs: a point of the boundary of Ω's unit ball lies in a face, which has a dimension less
 */
export function branchBound(config: Config, facts: WidthFacts): number {
  const { mapping, regularizer, data } = config;
  const entries = facts.shape.reduce((all, length) => all * length, 1);
  const [rows = 1, columns = 1] = facts.modelShape ?? facts.shape;
  const seen = data.sensing === undefined && facts.modelShape !== undefined ? rows * columns : entries;
  const general = seen + 1;
  // Without a match of degrees, and for expressions, only the general bound is used.
  if (["l1", "elastic-net", "custom"].includes(regularizer.kind)) return general;
  switch (mapping.kind) {
    case "matrix":
      return Math.min(general, matrixBound(regularizer, rows, columns));
    case "symmetric":
      return Math.min(general, plainNorm(regularizer, 0) === "l2" ? rows : (rows * (rows + 1)) / 2 + 1);
    case "cp":
      return facts.factors === 2 ? Math.min(general, matrixBound(regularizer, rows, columns)) : general;
    case "network":
      return "layers" in mapping && isNeuron(mapping.layers) ? seen : general;
    default:
      return mapping satisfies never;
  }
}

function matrixBound(regularizer: RegularizerConfig, rows: number, columns: number): number {
  const norms = [plainNorm(regularizer, 0), plainNorm(regularizer, 1)];
  if (norms.includes(undefined)) return Number.POSITIVE_INFINITY;
  const bounds = [norms[0] === "l1" ? rows : undefined, norms[1] === "l1" ? columns : undefined].filter(
    (bound) => bound !== undefined,
  );
  return bounds.length === 0 ? Math.min(rows, columns) : Math.min(...bounds);
}

/** ℓ1 or ℓ2, with any weight and without a constraint. */
function plainNorm({ norm, constraints, factors }: RegularizerConfig, factor: number): "l1" | "l2" | undefined {
  const own = factors[factor] ?? { norm, constraints };
  if (own.constraints.length > 0) return undefined;
  const [only, ...others] = kindsOf(own.norm);
  return others.length === 0 && (only === "l1" || only === "l2") ? only : undefined;
}

function kindsOf(norm: NormSpec): readonly string[] {
  return typeof norm === "string" ? [norm] : Object.keys(norm);
}

/** dense - relu - dense with one hidden unit. */
function isNeuron(layers: readonly { readonly kind: string; readonly units?: number | null }[]): boolean {
  const [first, second, third, ...others] = layers;
  return (
    first?.kind === "dense" &&
    first.units === 1 &&
    second?.kind === "relu" &&
    third?.kind === "dense" &&
    others.length === 0
  );
}
