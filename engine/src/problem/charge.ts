/** Config + arrays → the regularizer, with the norms and constraints of every factor. */
import type { Config, NormSpec } from "../config/config.ts";
import type { CustomForm } from "../config/expression.ts";
import { canonicalForm } from "../config/expression.ts";
import { constraintMessage, constraintPath, constraintsOf, matrixFile } from "./constraint-place.ts";
import type { Mapping } from "./mapping/mapping.ts";
import type { ModelArrays } from "./model.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { compoundRegularizer } from "./regularizer/compound.ts";
import type { Norm } from "./regularizer/norm.ts";
import { elasticNet, freeNorm, type NormPlace, normOf, type ResolvedConstraint } from "./regularizer/registry.ts";
import type { Regularizer } from "./regularizer/regularizer.ts";
import { regularizerOf } from "./regularizer/regularizer.ts";

type Made<T> = ({ readonly ok: true } & T) | Refusal;

/** A custom expression in canonical form when it has one, which more is known about. */
export function chargeOf(
  config: Config,
  mapping: Mapping,
  arrays: ModelArrays,
): Made<{ readonly regularizer: Regularizer }> {
  const { expression, kind } = config.regularizer;
  const placed = placesOf(config, mapping, arrays);
  if (!placed.ok) return placed;
  const { places } = placed;
  if (kind !== "custom" || expression === undefined) {
    const normed = normsOf(config, mapping, places);
    return normed.ok ? { ok: true, regularizer: regularizerOf(kind, normed.norms, mapping) } : normed;
  }
  const charged = mapping.factors.flatMap(({ regularized }, k) => (regularized ? [k] : []));
  const last = Math.max(...leavesOf(expression).map(({ factor }) => factor));
  if (last >= charged.length) {
    const names = charged.map((k) => mapping.factors[k].symbol).join(", ");
    const message = `regularizer.expression: factor ${last + 1} of ${charged.length}; the factors are ${names}`;
    return refuse("invalid-value", "regularizer.expression", message);
  }
  const custom = canonicalForm(expression);
  if (custom !== undefined) {
    const normed = normsOf(config, mapping, places, custom);
    return normed.ok ? { ok: true, regularizer: regularizerOf(kind, normed.norms, mapping, custom) } : normed;
  }
  const made = compoundRegularizer(expression, mapping, (k, spec) =>
    normOf(spec, places[k] ?? { shape: mapping.factors[k].shape, constraints: [] }),
  );
  return made.ok ? made : refuse("invalid-value", "regularizer.expression", `regularizer.expression: ${made.message}`);
}

type Expression = NonNullable<Config["regularizer"]["expression"]>;

function leavesOf(expression: Expression): readonly { readonly factor: number; readonly norm: NormSpec }[] {
  if ("norm" in expression) return [expression];
  if ("scale" in expression) return leavesOf(expression.of);
  if ("power" in expression) return leavesOf(expression.power);
  return ("sum" in expression ? expression.sum : expression.product).flatMap(leavesOf);
}

/** Shape and constraints of the slices of every factor; undefined for factors that are not charged. */
function placesOf(
  { regularizer }: Config,
  mapping: Mapping,
  arrays: ModelArrays,
): Made<{ readonly places: readonly (NormPlace | undefined)[] }> {
  const charged = mapping.factors.filter((factor) => factor.regularized);
  if (regularizer.factors.length > 0 && regularizer.factors.length !== charged.length) {
    const given = regularizer.factors.length;
    const names = charged.map(({ symbol }) => symbol).join(", ");
    const message = `regularizer: ${given} ${given === 1 ? "entry" : "entries"} for ${charged.length} ${charged.length === 1 ? "factor" : "factors"} (${names}); write one for each`;
    return refuse("invalid-value", "regularizer", message);
  }
  const places: (NormPlace | undefined)[] = [];
  let index = 0;
  for (const factor of mapping.factors) {
    if (!factor.regularized) {
      places.push(undefined);
      continue;
    }
    const constraints: ResolvedConstraint[] = [];
    for (const [at, constraint] of constraintsOf(regularizer, index).entries()) {
      if (typeof constraint === "string") constraints.push(constraint);
      else if ("sparse" in constraint) constraints.push(constraint);
      else {
        const file = matrixFile(constraint) ?? "";
        const matrix = arrays.constraints?.[file];
        if (matrix === undefined) {
          const path = constraintPath(regularizer, index, at);
          return refuse("file-missing", path, `${path}: ${file} was not read`);
        }
        constraints.push("kernel" in constraint ? { kernel: matrix } : { inequality: matrix });
      }
    }
    places.push({ shape: factor.shape, constraints });
    index++;
  }
  return { ok: true, places };
}

/** One norm per factor of the mapping. */
function normsOf(
  { regularizer }: Config,
  mapping: Mapping,
  places: readonly (NormPlace | undefined)[],
  custom?: CustomForm,
): Made<{ readonly norms: readonly Norm[] }> {
  const norms: Norm[] = [];
  let index = 0;
  for (const [k, place] of places.entries()) {
    if (place === undefined) {
      norms.push(freeNorm);
      continue;
    }
    const term = custom?.terms.find(({ factor }) => factor === index);
    const spec = term?.norm ?? regularizer.factors[index]?.norm ?? regularizer.norm;
    const made = regularizer.kind === "elastic-net" ? elasticNet(place) : normOf(spec, place);
    if (!made.ok) {
      const { message, constraint } = made;
      const { symbol } = mapping.factors[k];
      if (constraint === undefined) return refuse("invalid-value", "regularizer", `regularizer: ${symbol}: ${message}`);
      const path = constraintPath(regularizer, index, constraint);
      return refuse("invalid-value", path, constraintMessage(path, message, `${symbol}: `));
    }
    norms.push(made.norm);
    index++;
  }
  return { ok: true, norms };
}
