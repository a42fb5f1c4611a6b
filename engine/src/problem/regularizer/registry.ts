/** From what the config says about a factor to its `Norm`. */
import type { NormKind, NormSpec } from "../../config/config.ts";
import type { NumericArray } from "../../data/array.ts";
import { showShape } from "../../data/limits.ts";
import type { CompositePart } from "./composite.ts";
import { compositeNorm, conePart, normPart } from "./composite.ts";
import { elasticNetOn } from "./elastic-net.ts";
import { group } from "./group.ts";
import { l1 } from "./l1.ts";
import { l2 } from "./l2.ts";
import { l2PlusL1 } from "./l2-plus-l1.ts";
import { linf } from "./linf.ts";
import { lq } from "./lq.ts";
import { lqConcave } from "./lq-concave.ts";
import { nuclear, spectral } from "./matrix-norms.ts";
import { nonnegative } from "./nonnegative.ts";
import type { Norm } from "./norm.ts";
import { orthant } from "./orthant.ts";
import { polyhedralCone, rowsOf } from "./polyhedral.ts";
import { psdCone } from "./psd.ts";
import { sparse } from "./sparse.ts";
import { weighted } from "./weighted.ts";

export { freeNorm } from "./free.ts";

/** A constraint with its matrix (rows × size of a slice) read. */
export type ResolvedConstraint =
  | "nonnegative"
  | "psd"
  | { readonly sparse: number }
  | { readonly kernel: NumericArray }
  | { readonly inequality: NumericArray };

export interface NormPlace {
  /** Of one slice. As a matrix, the last axis is its columns; a vector is one column. */
  readonly shape: readonly number[];
  readonly constraints: readonly ResolvedConstraint[];
}

export type MadeNorm = { readonly ok: true; readonly norm: Norm } | { readonly ok: false; readonly message: string };

export function normOf(spec: NormSpec, place: NormPlace): MadeNorm {
  const size = place.shape.reduce((product, length) => product * length, 1);
  const terms = termsOf(spec, place.shape);
  if (typeof terms === "string") return refuse(terms);
  const wishes = wishesOf(place, size);
  if (typeof wishes === "string") return refuse(wishes);
  const isCoupled = wishes.psd || wishes.kernel.length > 0 || wishes.inequality.length > 0;
  if (wishes.sparse < size) {
    if (isCoupled) return refuse("sparse does not combine with kernel, inequality or psd; leave one of them out");
    if (!terms.every(({ kind }) => isAmong(kind, ["l1", "l2", "linf", "lq"]))) {
      return refuse("sparse combines with l1, l2, linf, lq and sums of them only; choose one of these norms");
    }
    return made(sparse(plain(terms), wishes.sparse, { isNonnegative: wishes.nonnegative }));
  }
  if (!wishes.nonnegative && !isCoupled) return made(plain(terms));
  const isAbsolute = terms.every(({ kind }) => isAmong(kind, ["l1", "l2", "linf", "lq", "group"]));
  if (!isCoupled && isAbsolute) return made(nonnegative(plain(terms)));
  if (!terms.every(({ norm }) => norm.convex)) {
    return refuse("lq with q < 1 combines with nonnegative and sparse only; choose q ≥ 1 or another norm");
  }
  return onCones(terms, wishes, size);
}

/** ‖x‖₁ + ½‖x‖₂² under the given constraints. */
export function elasticNet(place: NormPlace): MadeNorm {
  const base = normOf("l1", place);
  return base.ok ? made(elasticNetOn(base.norm)) : base;
}

type TermKind = NormKind | "lq";

interface Term {
  readonly kind: TermKind;
  readonly weight: number;
  readonly norm: Norm;
}

interface Wishes {
  readonly nonnegative: boolean;
  readonly psd: boolean;
  /** Infinity without a limit. */
  readonly sparse: number;
  readonly kernel: readonly Float64Array[];
  readonly inequality: readonly Float64Array[];
}

/** One term per kind, weights > 0; norms that are the same on this shape are one. */
function termsOf(spec: NormSpec, shape: readonly number[]): Term[] | string {
  const size = shape.reduce((product, length) => product * length, 1);
  if (size === 0) return "the factor has no entries; a norm needs at least one";
  const columns = shape.length < 2 ? 1 : shape[shape.length - 1];
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

/** In the order of a chain: each prox may follow the ones before it. */
const KINDS: readonly NormKind[] = ["l2", "l1", "group", "linf", "nuclear", "spectral"];

/** Matrix norms of a single row or column are norms of vectors. */
function sameOn(kind: NormKind, rows: number, columns: number): NormKind {
  if (kind === "nuclear" || kind === "spectral") return Math.min(rows, columns) === 1 ? "l2" : kind;
  if (kind === "group" && columns === 1) return "l1";
  return kind === "group" && rows === 1 ? "l2" : kind;
}

function wishesOf({ shape, constraints }: NormPlace, size: number): Wishes | string {
  let limit = Number.POSITIVE_INFINITY;
  const kernel: Float64Array[] = [];
  const inequality: Float64Array[] = [];
  for (const constraint of constraints) {
    if (constraint === "nonnegative") continue;
    if (constraint === "psd") {
      if (shape.length !== 2 || shape[0] !== shape[1]) {
        return `psd: a slice is ${shape.length === 1 ? `a vector of ${showShape(shape)}` : showShape(shape)}; only square matrices can be positive semidefinite, so take psd out here`;
      }
    } else if ("sparse" in constraint) {
      if (!(Number.isInteger(constraint.sparse) && constraint.sparse >= 1)) {
        return `sparse: the limit is ${constraint.sparse}; give a whole number of at least 1`;
      }
      limit = Math.min(limit, constraint.sparse);
    } else {
      const isKernel = "kernel" in constraint;
      const rows = isKernel
        ? rowsOf(constraint.kernel, size, "kernel")
        : rowsOf(constraint.inequality, size, "inequality");
      if (typeof rows === "string") return rows;
      for (const row of rows) (isKernel ? kernel : inequality).push(row);
    }
  }
  return {
    nonnegative: constraints.includes("nonnegative"),
    psd: constraints.includes("psd"),
    sparse: limit,
    kernel,
    inequality,
  };
}

/** Without constraints. */
function plain(terms: readonly Term[]): Norm {
  const [first, second] = terms;
  if (terms.length === 1) return first.weight === 1 ? first.norm : weighted(first.norm, first.weight);
  if (terms.length === 2 && first.kind === "l2" && second.kind === "l1") return l2PlusL1(first.weight, second.weight);
  return compositeNorm({ kind: "sum", euclidean: euclideanWeight(terms), chains: chainsOf(terms, [], []) });
}

function onCones(terms: readonly Term[], wishes: Wishes, size: number): MadeNorm {
  const isPolyhedral = wishes.kernel.length > 0 || wishes.inequality.length > 0;
  const entrywise = wishes.nonnegative && !isPolyhedral ? [conePart(orthant)] : [];
  const invariant = wishes.psd ? [conePart(psdCone(Math.sqrt(size)))] : [];
  const chains = chainsOf(terms, entrywise, invariant);
  if (isPolyhedral) {
    const polyhedral = polyhedralCone({ ...wishes, size });
    if (!polyhedral.ok) return polyhedral;
    chains.unshift([conePart(polyhedral.cone)]);
  }
  const kind = terms.length === 1 && terms[0].weight === 1 ? terms[0].kind : "sum";
  return made(compositeNorm({ kind, euclidean: euclideanWeight(terms), chains }));
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

function euclideanWeight(terms: readonly Term[]): number {
  return terms.find(({ kind }) => kind === "l2")?.weight ?? 0;
}

function isAmong(kind: TermKind, kinds: readonly TermKind[]): boolean {
  return kinds.includes(kind);
}

function made(norm: Norm): MadeNorm {
  return { ok: true, norm };
}

function refuse(message: string): MadeNorm {
  return { ok: false, message };
}
