/**
 * A regularizer g that is any composition of norms. Descent sees it in one slice at a time, by its tangent Σ_j (∂g/∂n_j) n_j in the
 * norms of that slice, which is a norm with a prox. Certificates see products of single norms below it (`minorants.ts`).
 */
import type { NormSpec, NormSum, RegularizerExpression } from "../../config/config.ts";
import type { CustomForm, Monomial } from "../../config/expression.ts";
import { expansionOf } from "../../config/expression.ts";
import { expressionDegree } from "../../homogeneity/config-degrees.ts";
import { degreeOf } from "../../homogeneity/degree.ts";
import { isDegenerate } from "../../homogeneity/exponents.ts";
import { times } from "../../linalg/vector.ts";
import type { Branch } from "../factors.ts";
import type { Composition } from "./composition.ts";
import { compositionOf } from "./composition.ts";
import { freeNorm } from "./free.ts";
import { exponentsOf, productsBelow, sumBelow } from "./minorants.ts";
import type { Norm } from "./norm.ts";
import { roundingsOfNorm } from "./norm.ts";
import type { MadeNorm } from "./registry.ts";
import type { RegularizedMapping, Regularizer, SliceForm } from "./regularizer.ts";
import { DEGENERATE, degreeMismatch, freeFactors, regularizerOf, STEEPEST } from "./regularizer.ts";
import { balancingScales } from "./rescale.ts";

export type MadeRegularizer =
  | { readonly ok: true; readonly regularizer: Regularizer }
  | { readonly ok: false; readonly message: string };

/** Of many parts, those with the largest scales are enough. */
const MAX_PARTS = 6;
/** Slopes below this share of the largest one are none. */
const NEGLIGIBLE = 1e-200;

/** `normFor` has the constraints of each factor; the expression counts the factors that are charged. */
export function compoundRegularizer(
  expression: RegularizerExpression,
  mapping: RegularizedMapping,
  normFor: (factor: number, spec: NormSpec) => MadeNorm,
): MadeRegularizer {
  const { factors } = mapping;
  const charged = factors.flatMap(({ regularized }, k) => (regularized ? [k] : []));
  const built = (k: number, spec: NormSpec): Norm | string => {
    const made = normFor(k, spec);
    return made.ok ? made.norm : `${factors[k].symbol}: ${made.message}`;
  };
  const composition = compositionOf(expression, charged, built);
  if (typeof composition === "string") return { ok: false, message: composition };
  const { leaves } = composition;
  const leavesOf = (k: number) => leaves.flatMap(({ factor }, j) => (factor === k ? [j] : []));

  /** Σ weights_j n_j over the leaves of one factor. */
  const combined = (k: number, weights: readonly number[]): Norm | string => {
    const own = leavesOf(k);
    const used = own.filter((_, i) => weights[i] > 0);
    const specs = used.map((j) => leaves[j].spec);
    const spec = sumOf(
      specs,
      weights.filter((weight) => weight > 0),
    );
    if (spec === undefined) {
      return `${factors[k].symbol}: lq is in no sum with other norms of the same factor; write one q for it`;
    }
    return used.length === 1 ? leaves[used[0]].norm : built(k, spec);
  };

  const norms: Norm[] = [];
  for (const [k, { regularized }] of factors.entries()) {
    const own = leavesOf(k);
    // A factor without a norm in the expression still has its constraints.
    const norm = !regularized
      ? freeNorm
      : own.length === 0
        ? built(k, "l2")
        : combined(
            k,
            own.map(() => 1),
          );
    if (typeof norm === "string") return { ok: false, message: norm };
    norms.push(norm);
  }

  const sizesOf = (branch: Branch) => leaves.map(({ factor, norm }) => norm.value(branch[factor]));
  const sliceForm = (branch: Branch, k: number): SliceForm => {
    const own = leavesOf(k);
    const nothing = { norm: norms[k], weight: 0, power: 1, exact: own.length === 0 };
    if (own.length === 0) return nothing;
    const slopes = composition.slopes(sizesOf(branch));
    const weight = Math.min(Math.max(...own.map((j) => slopes[j])), STEEPEST);
    if (!(weight > 0)) return nothing;
    const shares = own.map((j) => Math.min(slopes[j], weight) / weight);
    const norm = combined(
      k,
      shares.map((share) => (share > NEGLIGIBLE ? share : 0)),
    );
    // What holds for all norms of the factor holds for some of them.
    return { norm: typeof norm === "string" ? norms[k] : norm, weight, power: 1, exact: false };
  };

  const degree = degreeOf(expressionDegree(expression));
  const { mismatch, parts } = judged(expression, mapping, charged, degree, normFor);
  const degrees = factors.map((factor) => factor.degree ?? 1);
  return {
    ok: true,
    regularizer: {
      kind: "custom",
      norms,
      label: composition.label(factors.map(({ symbol }) => symbol)),
      form: "compound",
      degree,
      mismatch,
      matched: mismatch === undefined,
      scale: 1,
      exponents: degrees,
      measure: (branch) => composition.value(sizesOf(branch)),
      roundings: composition.roundings(leaves.map(({ norm, factor }) => roundingsOfNorm(norm, factors[factor].size))),
      sliceForm,
      sum: undefined,
      compound: {
        parts,
        balanced: (branch) =>
          mapping.separable ? balancedBranch(composition, branch, sizesOf(branch), degrees) : branch,
      },
    },
  };
}

function balancedBranch(
  composition: Composition,
  branch: Branch,
  sizes: readonly number[],
  degrees: readonly number[],
): Branch {
  const scales = balancingScales(composition, sizes, degrees);
  return branch.map((slice, k) => (scales[k] === 1 ? slice : times(slice, scales[k])));
}

/** Why there is no certificate, or the parts that it rests on. */
function judged(
  expression: RegularizerExpression,
  mapping: RegularizedMapping,
  charged: readonly number[],
  degree: Regularizer["degree"],
  normFor: (factor: number, spec: NormSpec) => MadeNorm,
): { readonly mismatch: string | undefined; readonly parts: readonly Regularizer[] } {
  const { factors, separable } = mapping;
  const none = (mismatch: string) => ({ mismatch, parts: [] });
  const different = degreeMismatch(degree, mapping);
  if (different !== undefined || mapping.degree === null) return none(different ?? "");
  const expansion = expansionOf(expression);
  if (expansion === undefined) return none("the regularizer has too many terms when it is multiplied out");
  const terms = expansion.terms.map((term) => overMapping(term, charged));
  const free = factors.filter((_, k) => !terms.some(({ parts }) => parts.has(k)));
  if (free.length > 0) return none(freeFactors(free));
  const builtFor = (k: number, spec: NormSpec) => {
    const made = normFor(k, spec);
    return made.ok ? made.norm : undefined;
  };
  const degrees = factors.flatMap((factor) => (factor.degree === null ? [] : [factor.degree]));
  let forms: readonly CustomForm[];
  if (separable && degrees.length === factors.length && degrees.every((m) => m > 0)) {
    const exponents = terms.map((term) => exponentsOf(term, factors));
    if (isDegenerate(degrees, exponents)) return none(DEGENERATE);
    forms = productsBelow(terms, degrees, builtFor);
  } else {
    const sum = sumBelow(terms, factors.length, mapping.degree);
    if (sum === undefined) return none("the mapping does not vanish with each factor, and the regularizer may");
    forms = [sum];
  }
  const parts = forms
    .flatMap((form) => {
      const norms = factors.map((_, k) => builtFor(k, form.terms.find(({ factor }) => factor === k)?.norm ?? "l2"));
      if (!norms.every((norm) => norm !== undefined)) return [];
      const part = regularizerOf("custom", norms, mapping, form);
      return part.matched && part.scale > 0 && part.scale < Number.POSITIVE_INFINITY ? [part] : [];
    })
    .sort((a, b) => b.scale - a.scale);
  return { mismatch: undefined, parts: parts.slice(0, MAX_PARTS) };
}

/** Factors counted as the mapping does. */
function overMapping(term: Monomial, charged: readonly number[]): Monomial {
  return { ...term, parts: new Map([...term.parts].map(([at, list]) => [charged[at], list])) };
}

/** Undefined for ℓq beside another norm. */
function sumOf(specs: readonly NormSpec[], weights: readonly number[]): NormSpec | undefined {
  const [first] = specs;
  if (typeof first === "object" && "lq" in first) return specs.length === 1 ? first : undefined;
  const sum: Record<string, number> = {};
  for (const [i, spec] of specs.entries()) {
    if (typeof spec === "object" && "lq" in spec) return undefined;
    const terms = typeof spec === "string" ? { [spec]: 1 } : spec;
    for (const [kind, weight] of Object.entries(terms)) sum[kind] = (sum[kind] ?? 0) + weights[i] * weight;
  }
  return sum satisfies NormSum;
}
