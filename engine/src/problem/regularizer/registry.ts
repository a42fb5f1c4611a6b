/** From what the config says about a factor to its `Norm`. */
import type { NormSpec } from "../../config/config.ts";
import type { NumericArray } from "../../data/array.ts";
import { elasticNetOn } from "./elastic-net.ts";
import { lqOnCones } from "./lq-cone.ts";
import { nonnegative } from "./nonnegative.ts";
import type { Norm } from "./norm.ts";
import { orthant } from "./orthant.ts";
import { polyhedralCone, rowsOf } from "./polyhedral.ts";
import { psdCone, psdMisfit } from "./psd.ts";
import { sparse } from "./sparse.ts";
import { sparseOnCones } from "./sparse-cone.ts";
import type { Cones, TermKind } from "./terms.ts";
import { columnsOf, isAmong, onCones, plain, termsOf } from "./terms.ts";

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

export type MadeNorm = { readonly ok: true; readonly norm: Norm } | Refused;

interface Refused {
  readonly ok: false;
  readonly message: string;
  /** Which of the constraints is at fault; undefined where it is the norm. */
  readonly constraint?: number;
}

export function normOf(spec: NormSpec, { shape, constraints }: NormPlace): MadeNorm {
  const size = shape.reduce((product, length) => product * length, 1);
  const terms = termsOf(spec, shape);
  if (typeof terms === "string") return refuse(terms);
  const wishes = wishesOf({ shape, constraints }, size);
  if ("ok" in wishes) return wishes;
  const { nonnegative: isNonnegative } = wishes;
  const limit = Math.min(size, wishes.sparse);
  const areAll = (kinds: readonly TermKind[]) => terms.every(({ kind }) => isAmong(kind, kinds));
  if (!wishes.psd && wishes.kernel.length === 0 && wishes.inequality.length === 0) {
    if (limit === size) {
      if (!isNonnegative) return made(plain(terms));
      if (areAll(["l1", "l2", "linf", "lq", "group"])) return made(nonnegative(plain(terms)));
    } else if (areAll(["l1", "l2", "linf", "lq"])) return made(sparse(plain(terms), limit, { isNonnegative }));
  }
  const confined = conesOf(wishes, size);
  if (!confined.ok) {
    const constraint = constraints.findIndex((each) => typeof each === "object" && "kernel" in each);
    return constraint < 0 ? confined : { ...confined, constraint };
  }
  const { cones } = confined;
  const set = { size, columns: columnsOf(shape), cones, nonnegative: isNonnegative, limit };
  if (typeof spec === "object" && "lq" in spec && spec.lq < 1) return made(lqOnCones(spec.lq, set));
  return made(limit < size ? sparseOnCones(terms, set) : onCones(terms, cones));
}

/** ‖x‖₁ + ½‖x‖₂² under the given constraints. */
export function elasticNet(place: NormPlace): MadeNorm {
  const base = normOf("l1", place);
  return base.ok ? made(elasticNetOn(base.norm)) : base;
}

interface Wishes {
  readonly nonnegative: boolean;
  readonly psd: boolean;
  /** Infinity without a limit. */
  readonly sparse: number;
  readonly kernel: readonly Float64Array[];
  readonly inequality: readonly Float64Array[];
}

function wishesOf({ shape, constraints }: NormPlace, size: number): Wishes | Refused {
  let limit = Number.POSITIVE_INFINITY;
  const kernel: Float64Array[] = [];
  const inequality: Float64Array[] = [];
  for (const [index, constraint] of constraints.entries()) {
    const refused = (message: string): Refused => ({ ok: false, message, constraint: index });
    if (constraint === "nonnegative") continue;
    if (constraint === "psd") {
      const misfit = psdMisfit(shape);
      if (misfit !== undefined) return refused(misfit);
    } else if ("sparse" in constraint) {
      if (!(Number.isInteger(constraint.sparse) && constraint.sparse >= 1)) {
        return refused(`sparse: the limit is ${constraint.sparse}; give a whole number of at least 1`);
      }
      limit = Math.min(limit, constraint.sparse);
    } else {
      const isKernel = "kernel" in constraint;
      const rows = isKernel
        ? rowsOf(constraint.kernel, size, "kernel")
        : rowsOf(constraint.inequality, size, "inequality");
      if (typeof rows === "string") return refused(rows);
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

function conesOf(wishes: Wishes, size: number): { readonly ok: true; readonly cones: Cones } | Refused {
  const psd = wishes.psd ? psdCone(Math.sqrt(size)) : undefined;
  if (wishes.kernel.length === 0 && wishes.inequality.length === 0) {
    return { ok: true, cones: { orthant: wishes.nonnegative ? orthant : undefined, psd } };
  }
  const polyhedral = polyhedralCone({ ...wishes, size });
  return polyhedral.ok ? { ok: true, cones: { polyhedral: polyhedral.cone, psd } } : polyhedral;
}

function made(norm: Norm): MadeNorm {
  return { ok: true, norm };
}

function refuse(message: string): MadeNorm {
  return { ok: false, message };
}
