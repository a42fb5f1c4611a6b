/**
 * Regularizers put together from norms, brought into one of the two forms the engine computes with. A product of sums over
 * different factors, or a power of such a sum, has no canonical form.
 */
import type { NormKind, NormSpec, NormSum, RegularizerExpression } from "./config.ts";

export type CustomForm =
  /** scale · Π norm^exponent, each factor at most once. */
  | {
      readonly form: "product";
      readonly scale: number;
      readonly terms: readonly { readonly factor: number; readonly norm: NormSpec; readonly exponent: number }[];
    }
  /** Σ weight · norm^power, each factor at most once. */
  | {
      readonly form: "sum";
      readonly power: number;
      readonly terms: readonly { readonly factor: number; readonly norm: NormSpec; readonly weight: number }[];
    };

/** scale · Π norm^exponent over the factors that are the keys of `parts`. */
interface Monomial {
  readonly scale: number;
  readonly parts: ReadonlyMap<number, Part>;
}

interface Part {
  readonly norm: NormSpec;
  readonly exponent: number;
}

/**
 * The same function of the norms in canonical form, but for the rounding of its coefficients; undefined when it has none.
 * Powers of one norm on one factor are merged, and sums that differ in the norm of one factor alone become a sum of norms.
 * O(n²) in the number of norms.
 */
export function canonicalForm(expression: RegularizerExpression): CustomForm | undefined {
  const terms = termsOf(expression);
  if (terms === undefined) return undefined;
  const [only, ...others] = terms;
  if (only === undefined) return undefined;
  if (others.length === 0) {
    const parts = [...only.parts].sort(([a], [b]) => a - b);
    return { form: "product", scale: only.scale, terms: parts.map(([factor, part]) => ({ factor, ...part })) };
  }
  const flat = terms.flatMap(({ scale, parts }) =>
    [...parts].map(([factor, part]) => ({ factor, weight: scale, ...part })),
  );
  const power = flat[0]?.exponent ?? 1;
  const distinct = new Set(flat.map(({ factor }) => factor)).size;
  if (flat.length !== terms.length || distinct !== flat.length) return undefined;
  if (flat.some(({ exponent }) => exponent !== power)) return undefined;
  const sorted = flat.sort((a, b) => a.factor - b.factor);
  return { form: "sum", power, terms: sorted.map(({ factor, norm, weight }) => ({ factor, norm, weight })) };
}

/** As a sum of monomials, merged as far as it goes. */
function termsOf(expression: RegularizerExpression): readonly Monomial[] | undefined {
  if ("norm" in expression) {
    return [{ scale: 1, parts: new Map([[expression.factor, { norm: expression.norm, exponent: 1 }]]) }];
  }
  if ("scale" in expression) {
    const { scale: by } = expression;
    return termsOf(expression.of)?.map(({ scale, parts }) => ({ scale: scale * by, parts }));
  }
  if ("power" in expression) {
    const terms = termsOf(expression.power);
    const { exponent } = expression;
    if (exponent === 1) return terms;
    const only = terms?.length === 1 ? terms[0] : undefined;
    return only === undefined ? undefined : [powerOf(only, exponent)];
  }
  if ("sum" in expression) {
    const merged: Monomial[] = [];
    for (const each of expression.sum) {
      const terms = termsOf(each);
      if (terms === undefined) return undefined;
      for (const term of terms) addInto(merged, term);
    }
    return merged;
  }
  let product: Monomial | undefined = { scale: 1, parts: new Map() };
  for (const each of expression.product) {
    const terms = termsOf(each);
    // A sum over several factors stays one, whatever it is multiplied by.
    const only = terms?.length === 1 ? terms[0] : undefined;
    product = only === undefined ? undefined : timesOf(product, only);
    if (product === undefined) return undefined;
  }
  return [product];
}

function powerOf({ scale, parts }: Monomial, exponent: number): Monomial {
  const raised = [...parts].map(([factor, part]) => [factor, { ...part, exponent: part.exponent * exponent }] as const);
  return { scale: scale ** exponent, parts: new Map(raised) };
}

/** Undefined when a factor would have two different norms. */
function timesOf(a: Monomial, b: Monomial): Monomial | undefined {
  let scale = a.scale * b.scale;
  const parts = new Map(a.parts);
  for (const [factor, part] of b.parts) {
    const there = parts.get(factor);
    if (there === undefined) {
      parts.set(factor, part);
      continue;
    }
    const ratio = ratioOf(part.norm, there.norm);
    if (ratio === undefined) return undefined;
    scale *= ratio ** part.exponent;
    parts.set(factor, { norm: there.norm, exponent: there.exponent + part.exponent });
  }
  return { scale, parts };
}

/** Adds a term to a merged sum; what it merges with is added anew, as it may now merge with another. */
function addInto(sum: Monomial[], term: Monomial): void {
  for (const [i, other] of sum.entries()) {
    const both = plus(other, term);
    if (both === undefined) continue;
    sum.splice(i, 1);
    addInto(sum, both);
    return;
  }
  sum.push(term);
}

/** a + b as one term: all of their norms are the same up to a scale, or all but one whose exponent is 1. */
function plus(a: Monomial, b: Monomial): Monomial | undefined {
  if (a.parts.size !== b.parts.size) return undefined;
  let scale = b.scale;
  let differing: { readonly factor: number; readonly norms: readonly [NormSum, NormSum] } | undefined;
  for (const [factor, part] of b.parts) {
    const there = a.parts.get(factor);
    if (there === undefined || there.exponent !== part.exponent) return undefined;
    const ratio = ratioOf(part.norm, there.norm);
    if (ratio !== undefined) {
      scale *= ratio ** part.exponent;
      continue;
    }
    const norms = [weightsOf(there.norm), weightsOf(part.norm)] as const;
    if (differing !== undefined || part.exponent !== 1 || norms[0] === undefined || norms[1] === undefined)
      return undefined;
    differing = { factor, norms: [norms[0], norms[1]] };
  }
  if (differing === undefined) return { scale: a.scale + scale, parts: a.parts };
  const [first, second] = differing.norms;
  const weights: Partial<Record<NormKind, number>> = {};
  for (const [norm, by] of [
    [first, a.scale],
    [second, scale],
  ] as const) {
    for (const [kind, weight] of entriesOf(norm)) weights[kind] = (weights[kind] ?? 0) + by * weight;
  }
  const parts = new Map(a.parts).set(differing.factor, { norm: weights, exponent: 1 });
  return { scale: 1, parts };
}

/** c with a = c · b; undefined when there is none. */
function ratioOf(a: NormSpec, b: NormSpec): number | undefined {
  const [x, y] = [weightsOf(a), weightsOf(b)];
  if (x === undefined || y === undefined) {
    const same = typeof a === "object" && typeof b === "object" && "lq" in a && "lq" in b && a.lq === b.lq;
    return same ? 1 : undefined;
  }
  const entries = entriesOf(x);
  const [first] = entries;
  if (first === undefined || entries.length !== entriesOf(y).length) return undefined;
  const ratio = first[1] / (y[first[0]] ?? Number.NaN);
  return entries.every(([kind, weight]) => weight === ratio * (y[kind] ?? Number.NaN)) ? ratio : undefined;
}

/** Undefined for ℓq, which is in no sum. */
function weightsOf(norm: NormSpec): NormSum | undefined {
  if (typeof norm === "string") return { [norm]: 1 };
  return "lq" in norm ? undefined : norm;
}

function entriesOf(norm: NormSum): (readonly [NormKind, number])[] {
  return Object.entries(norm) as [NormKind, number][];
}
