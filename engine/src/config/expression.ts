/**
 * Regularizers put together from norms, multiplied out, and brought into one of the two forms that most of the engine computes
 * with where they have it. A sum over different factors times another norm, for one, has none.
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

/** scale · Π norm^exponent. */
export interface Monomial {
  readonly scale: number;
  /** By factor; several norms only where they are not multiples of one another. */
  readonly parts: ReadonlyMap<number, readonly Part[]>;
  /** How many roundings, each of at most the unit roundoff, may separate this from the exact function. */
  readonly roundings: number;
}

export interface Part {
  readonly norm: NormSpec;
  readonly exponent: number;
}

/** A sum of monomials, merged as far as it goes, that is nowhere above the expression. */
export interface Expansion {
  readonly terms: readonly Monomial[];
  /** Whether it is the expression itself. */
  readonly exact: boolean;
}

/** Products and powers are multiplied out up to this many terms. */
const MAX_TERMS = 100;
/** What a power costs, in roundings. */
const POWER = 4;

/**
 * The same function of the norms in canonical form, but for the rounding of its coefficients; undefined when it has none.
 * Powers of one norm on one factor are merged, and sums that differ in the norm of one factor alone become a sum of norms.
 */
export function canonicalForm(expression: RegularizerExpression): CustomForm | undefined {
  const expansion = expansionOf(expression);
  if (expansion === undefined || !expansion.exact) return undefined;
  const { terms } = expansion;
  const [only, ...others] = terms;
  if (only === undefined) return undefined;
  if (others.length === 0) return productForm(only);
  const flat = terms.flatMap(({ scale, parts }) =>
    [...parts].flatMap(([factor, list]) => list.map((part) => ({ factor, weight: scale, ...part }))),
  );
  const power = flat[0]?.exponent ?? 1;
  const distinct = new Set(flat.map(({ factor }) => factor)).size;
  if (flat.length !== terms.length || distinct !== flat.length) return undefined;
  if (flat.some(({ exponent }) => exponent !== power)) return undefined;
  const sorted = flat.sort((a, b) => a.factor - b.factor);
  return { form: "sum", power, terms: sorted.map(({ factor, norm, weight }) => ({ factor, norm, weight })) };
}

/** Undefined where a factor has several norms. */
export function productForm({ scale, parts }: Monomial): CustomForm | undefined {
  const terms = [...parts].flatMap(([factor, list]) => list.map((part) => ({ factor, ...part })));
  if (terms.length !== parts.size) return undefined;
  return { form: "product", scale, terms: terms.sort((a, b) => a.factor - b.factor) };
}

/**
 * The expression multiplied out; undefined where a product or power has more than `MAX_TERMS` terms. A power s of a sum of T terms a_t that is not a whole
 * number is replaced by what is not above it: Sˢ ≥ T^{s−1} Σ a_tˢ for s ≤ 1 (a concave function of the mean), and
 * S^⌊s⌋ · S^{s−⌊s⌋} for larger ones. The exponents of such terms span the same hull. Cost O(terms²) a node.
 */
export function expansionOf(expression: RegularizerExpression): Expansion | undefined {
  if ("norm" in expression) {
    const parts = new Map([[expression.factor, [{ norm: expression.norm, exponent: 1 }]]]);
    return { terms: [{ scale: 1, parts, roundings: 0 }], exact: true };
  }
  if ("scale" in expression) {
    const { scale: by } = expression;
    const inner = expansionOf(expression.of);
    if (inner === undefined) return undefined;
    const terms = inner.terms.map((term) => ({ ...term, scale: term.scale * by, roundings: term.roundings + 1 }));
    return { ...inner, terms };
  }
  if ("power" in expression) {
    const inner = expansionOf(expression.power);
    return inner === undefined ? undefined : powerOf(inner, expression.exponent);
  }
  const children: Expansion[] = [];
  for (const each of "sum" in expression ? expression.sum : expression.product) {
    const child = expansionOf(each);
    if (child === undefined) return undefined;
    children.push(child);
  }
  if ("sum" in expression) {
    return { terms: merged(children.flatMap(({ terms }) => terms)), exact: children.every(({ exact }) => exact) };
  }
  const [first, ...others] = children;
  return others.reduce<Expansion | undefined>((all, each) => all && timesOf(all, each), first);
}

function powerOf(sum: Expansion, exponent: number): Expansion | undefined {
  const { terms, exact } = sum;
  const count = terms.length;
  if (exponent === 1) return sum;
  if (count === 1 || exponent < 1) {
    const factor = count === 1 ? 1 : count ** (exponent - 1);
    const raised = terms.map((term) => ({
      scale: factor * term.scale ** exponent,
      parts: new Map([...term.parts].map(([k, list]) => [k, list.map((part) => raisedPart(part, exponent))])),
      roundings: Math.ceil(Math.max(1, exponent) * term.roundings) + 2 * POWER,
    }));
    return { terms: count === 1 ? raised : merged(raised), exact: exact && count === 1 };
  }
  const whole = Math.floor(exponent);
  // (a + b)^s has at least s + 1 terms, unless all of them merge, and then there was one.
  if (whole >= MAX_TERMS) return undefined;
  const rest = exponent - whole;
  let product: Expansion | undefined = rest === 0 ? sum : powerOf(sum, rest);
  for (let k = rest === 0 ? 1 : 0; k < whole; k++) product = product && timesOf(product, sum);
  return product;
}

function raisedPart(part: Part, exponent: number): Part {
  return { ...part, exponent: part.exponent * exponent };
}

function timesOf(a: Expansion, b: Expansion): Expansion | undefined {
  const terms: Monomial[] = [];
  for (const x of a.terms) {
    for (const y of b.terms) addInto(terms, monomialProduct(x, y));
    if (terms.length > MAX_TERMS) return undefined;
  }
  return { terms, exact: a.exact && b.exact };
}

function monomialProduct(a: Monomial, b: Monomial): Monomial {
  let scale = a.scale * b.scale;
  let roundings = a.roundings + b.roundings + 1;
  const parts = new Map(a.parts);
  for (const [factor, list] of b.parts) {
    const all = [...(parts.get(factor) ?? [])];
    for (const part of list) {
      const at = all.findIndex((there) => ratioOf(part.norm, there.norm) !== undefined);
      const there = all[at];
      const ratio = there === undefined ? undefined : ratioOf(part.norm, there.norm);
      if (there === undefined || ratio === undefined) {
        all.push(part);
        continue;
      }
      scale *= ratio ** part.exponent;
      roundings += POWER;
      all[at] = { norm: there.norm, exponent: there.exponent + part.exponent };
    }
    parts.set(factor, all);
  }
  return { scale, parts, roundings };
}

/** Merged as far as it goes. */
export function merged(terms: readonly Monomial[]): readonly Monomial[] {
  const sum: Monomial[] = [];
  for (const term of terms) addInto(sum, term);
  return sum;
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
  for (const [factor, list] of b.parts) {
    const others = a.parts.get(factor);
    if (others === undefined || others.length !== list.length) return undefined;
    const ratio = ratioOfParts(list, others);
    if (ratio !== undefined) {
      scale *= ratio;
      continue;
    }
    const [part, there] = [list[0], others[0]];
    if (differing !== undefined || list.length !== 1 || part?.exponent !== 1 || there?.exponent !== 1) return undefined;
    const norms = [weightsOf(there.norm), weightsOf(part.norm)] as const;
    if (norms[0] === undefined || norms[1] === undefined) return undefined;
    differing = { factor, norms: [norms[0], norms[1]] };
  }
  const roundings = Math.max(a.roundings, b.roundings) + POWER * (b.parts.size + 1);
  if (differing === undefined) return { scale: a.scale + scale, parts: a.parts, roundings };
  const [first, second] = differing.norms;
  const weights: Partial<Record<NormKind, number>> = {};
  for (const [norm, by] of [
    [first, a.scale],
    [second, scale],
  ] as const) {
    for (const [kind, weight] of entriesOf(norm)) weights[kind] = (weights[kind] ?? 0) + by * weight;
  }
  const parts = new Map(a.parts).set(differing.factor, [{ norm: weights, exponent: 1 }]);
  return { scale: 1, parts, roundings };
}

/** Π a / Π b, where the same norms have the same exponents, up to scales. */
function ratioOfParts(a: readonly Part[], b: readonly Part[]): number | undefined {
  let all = 1;
  for (const part of a) {
    const ratios = b.flatMap((there) => (there.exponent === part.exponent ? [ratioOf(part.norm, there.norm)] : []));
    const ratio = ratios.find((each) => each !== undefined);
    if (ratio === undefined) return undefined;
    all *= ratio ** part.exponent;
  }
  return all;
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
