/** The terms of a norm as the config names it, and their sum: alone, on cones, and on slices with a given support. */
import type { NormKind, NormSpec } from "../../config/config.ts";
import type { CompositePart } from "./composite.ts";
import { compositeNorm, conePart, normPart } from "./composite.ts";
import type { Cone } from "./cone.ts";
import { group } from "./group.ts";
import { l1 } from "./l1.ts";
import { l2 } from "./l2.ts";
import { l2PlusL1 } from "./l2-plus-l1.ts";
import { linf } from "./linf.ts";
import { lq } from "./lq.ts";
import { lqConcave } from "./lq-concave.ts";
import { nuclear, spectral } from "./matrix-norms.ts";
import type { Norm } from "./norm.ts";
import type { Support } from "./support.ts";
import { coordinates, isBlockwise } from "./support.ts";
import { weighted } from "./weighted.ts";

export type TermKind = NormKind | "lq";

export interface Term {
  readonly kind: TermKind;
  readonly weight: number;
  readonly norm: Norm;
}

export interface Cones {
  /** With x ≥ 0 in it where that is asked. */
  readonly polyhedral?: Cone | undefined;
  /** x ≥ 0 where there is no polyhedral cone. */
  readonly orthant?: Cone | undefined;
  readonly psd?: Cone | undefined;
}

/** In the order of a chain: each prox may follow the ones before it. */
const KINDS: readonly NormKind[] = ["l2", "l1", "group", "linf", "nuclear", "spectral"];

/** One term per kind, weights > 0; norms that are the same on this shape are one. */
export function termsOf(spec: NormSpec, shape: readonly number[]): Term[] | string {
  const size = shape.reduce((product, length) => product * length, 1);
  if (size === 0) return "the factor has no entries; a norm needs at least one";
  const columns = columnsOf(shape);
  const rows = size / columns;
  if (typeof spec === "object" && "lq" in spec) {
    const { lq: q } = spec;
    if (typeof q !== "number" || !(q > 0 && q < Number.POSITIVE_INFINITY)) {
      return `lq: q is ${q}; give a number above 0, or write linf`;
    }
    if (q === 1 || q === 2) return termsOf(q === 1 ? "l1" : "l2", shape);
    return [{ kind: "lq", weight: 1, norm: q > 1 ? lq(q, size) : lqConcave(q) }];
  }
  const weights = new Map<NormKind, number>();
  const given: [NormKind, number][] =
    typeof spec === "string"
      ? [[spec, 1]]
      : KINDS.flatMap((kind) => (spec[kind] === undefined ? [] : [[kind, spec[kind]] satisfies [NormKind, number]]));
  for (const [kind, weight] of given) {
    if (!(weight > 0 && weight < Number.POSITIVE_INFINITY))
      return `${kind}: weight is ${weight}; give a number above 0`;
    const same = sameOn(kind, rows, columns);
    weights.set(same, (weights.get(same) ?? 0) + weight);
  }
  if (weights.size === 0) return "a sum of norms without a term; name at least one, such as l2: 1";
  const normFor = (kind: NormKind): Norm => {
    switch (kind) {
      case "l1":
        return l1;
      case "l2":
        return l2;
      case "linf":
        return linf(size);
      case "group":
        return group(columns);
      case "nuclear":
        return nuclear(rows, columns);
      case "spectral":
        return spectral(rows, columns);
      default:
        return kind satisfies never;
    }
  };
  return Array.from(weights, ([kind, weight]) => ({ kind, weight, norm: normFor(kind) }));
}

/** As a matrix, a slice has the last axis for columns; a vector is one column. */
export function columnsOf(shape: readonly number[]): number {
  return shape.length < 2 ? 1 : shape[shape.length - 1];
}

/** Matrix norms of a single row or column are norms of vectors. */
function sameOn(kind: NormKind, rows: number, columns: number): NormKind {
  if (kind === "nuclear" || kind === "spectral") return Math.min(rows, columns) === 1 ? "l2" : kind;
  if (kind === "group" && columns === 1) return "l1";
  return kind === "group" && rows === 1 ? "l2" : kind;
}

/** Without constraints. */
export function plain(terms: readonly Term[]): Norm {
  const [first, second] = terms;
  if (terms.length === 1) return first.weight === 1 ? first.norm : weighted(first.norm, first.weight);
  if (terms.length === 2 && first.kind === "l2" && second.kind === "l1") return l2PlusL1(first.weight, second.weight);
  return summed(terms, chainsOf(terms, [], []));
}

/** Convex terms on an intersection of cones. */
export function onCones(terms: readonly Term[], { polyhedral, orthant, psd }: Cones): Norm {
  const parts = (cone: Cone | undefined) => (cone === undefined ? [] : [conePart(cone)]);
  const chains = chainsOf(terms, parts(orthant), parts(psd));
  return summed(terms, polyhedral === undefined ? chains : [parts(polyhedral), ...chains]);
}

/** `onCones` on slices that vanish outside of the support. What its functions are given has to vanish there too. */
export function onSupport(terms: readonly Term[], cones: Cones, support: Support, columns: number): Norm {
  const psd = cones.psd?.within?.(support);
  const isApart = cones.psd !== undefined && psd === undefined;
  // The other norms and cones leave zeros as they are.
  const isMixing = terms.some(({ kind }) => isAmong(kind, ["nuclear", "spectral"])) && !isBlockwise(support, columns);
  const parts = (cone: Cone | undefined) => (cone === undefined ? [] : [conePart(cone)]);
  const chains = chainsOf(terms, parts(cones.orthant?.within?.(support)), parts(psd ?? cones.psd));
  return summed(terms, [
    ...(cones.polyhedral === undefined ? [] : [parts(cones.polyhedral.within?.(support) ?? cones.polyhedral)]),
    ...(isApart || isMixing ? [[conePart(coordinates(support))]] : []),
    ...chains,
  ]);
}

export function isAmong(kind: TermKind, kinds: readonly TermKind[]): boolean {
  return kinds.includes(kind);
}

function summed(terms: readonly Term[], chains: readonly (readonly CompositePart[])[]): Norm {
  const kind = terms.length === 1 && terms[0].weight === 1 ? terms[0].kind : "sum";
  return compositeNorm({ kind, euclidean: terms.find((term) => term.kind === "l2")?.weight ?? 0, chains });
}

/**
 * Proxes of absolute norms may follow the projection on x ≥ 0 and the soft threshold (each entry keeps its sign); those of
 * unitarily invariant ones the projection on X ⪰ 0 and one another, as ℓ1 and ℓ∞ on the singular values.
 */
function chainsOf(
  terms: readonly Term[],
  entrywise: readonly CompositePart[],
  invariant: readonly CompositePart[],
): CompositePart[][] {
  const partsOf = (kinds: readonly TermKind[]) =>
    terms.filter(({ kind }) => isAmong(kind, kinds)).map(({ norm, weight }) => normPart(norm, weight));
  const isBoth = terms.some(({ kind }) => kind === "group") && terms.some(({ kind }) => kind === "linf");
  return [
    [...entrywise, ...partsOf(isBoth ? ["l1", "group"] : ["l1", "group", "linf", "lq"])],
    isBoth ? partsOf(["linf"]) : [],
    [...invariant, ...partsOf(["nuclear", "spectral"])],
  ].filter((chain) => chain.length > 0);
}
