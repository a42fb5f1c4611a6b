/**
 * A table as a sum of one table for each of several products g_t of norms, such that the largest P_t(W_t) is small. Each g_t has a
 * norm Ω_t of tables below its regularizer: the nuclear norm for ℓ2·ℓ2, the sum of absolute values for ℓ1·ℓ1, the sum of the lengths
 * of the rows (columns) for ℓ1 on u (v) alone. The prox of s Σ Ω_t leaves behind s times a subgradient of each; it takes all of W
 * away where s is the dual norm of Σ Ω_t, which Newton's method finds from the left, as in `composite.ts` (d). What is found is no
 * proof: any split makes a bound.
 */
import { transposed } from "../../linalg/dense.ts";
import { roundedUp, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { dot, euclideanLength } from "../../linalg/vector.ts";
import { group } from "../../problem/regularizer/group.ts";
import { l1 } from "../../problem/regularizer/l1.ts";
import { l2 } from "../../problem/regularizer/l2.ts";
import { nuclear } from "../../problem/regularizer/matrix-norms.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { SplittingState } from "../../problem/regularizer/splitting.ts";
import { splitProx } from "../../problem/regularizer/splitting.ts";
import { weighted } from "../../problem/regularizer/weighted.ts";

export interface TableShape {
  readonly rows: number;
  readonly columns: number;
}

/** A product of norms of u and v, times `scale`. */
export interface TablePart {
  readonly scale: number;
  readonly norms: readonly [Norm, Norm];
}

export interface SplitEffort {
  /** A lower bound of the dual norm, to start from. */
  readonly from: number;
  /** Of Newton's method, and of the prox in each. */
  readonly newton: number;
  readonly steps: number;
}

/** W_t but for the first, which is the rest; undefined where some Ω_t has no prox here. Entries at most 1 in modulus. */
export function splitTable(
  w: Float64Array,
  shape: TableShape,
  parts: readonly TablePart[],
  { from, newton, steps }: SplitEffort,
): readonly Float64Array[] | undefined {
  const norms = parts.map((part) => tableNorm(part, shape));
  if (!norms.every((norm) => norm !== undefined)) return undefined;
  const chains = norms.map((norm) => [{ proxInto: (x: Float64Array, t: number) => norm.proxInto(x, t) }]);
  const measure = (x: Float64Array) => norms.reduce((all, norm) => all + norm.value(x), 0);
  let s = Math.max(from, dot(w, w) / measure(w));
  let state: SplittingState | undefined;
  let pieces: readonly Float64Array[] = [];
  for (let step = 0; step < newton; step++) {
    const splitting = splitProx(w, s, chains, { start: state, effort: { steps, agreement: 1e-12 } });
    state = splitting.state;
    pieces = splitting.differences.map(([piece]) => piece);
    const { y } = splitting;
    if (euclideanLength(y) <= 1e-12 * euclideanLength(w)) break;
    const next = dot(w, y) / measure(y);
    if (!(next > s * (1 + 1e-9))) break;
    s = next;
  }
  return pieces.slice(1);
}

/** W less the others, and not less than the length of what is lost by rounding there. */
export function restOf(
  w: Float64Array,
  others: readonly Float64Array[],
): { readonly rest: Float64Array; readonly lost: number } {
  const rest = w.slice();
  const lost = new Float64Array(w.length);
  for (const piece of others) {
    for (let i = 0; i < w.length; i++) {
      rest[i] -= piece[i];
      lost[i] += Math.abs(rest[i]);
    }
  }
  return { rest, lost: roundedUp(UNIT_ROUNDOFF * l2.dualUpper(lost), others.length + 4) };
}

/** scale · Ω_t of tables. */
function tableNorm({ scale, norms: [a, b] }: TablePart, { rows, columns }: TableShape): Norm | undefined {
  const norm = plainTableNorm(a.kind, b.kind, rows, columns);
  return norm === undefined ? undefined : weighted(norm, scale);
}

function plainTableNorm(a: Norm["kind"], b: Norm["kind"], rows: number, columns: number): Norm | undefined {
  if (a === "l1" && b === "l1") return l1;
  if (a === "l2" && b === "l2") return Math.min(rows, columns) === 1 ? l2 : nuclear(rows, columns);
  if (a === "l1") return group(columns);
  return b === "l1" ? turned(group(rows), rows, columns) : undefined;
}

/** A norm of the transposed table; only what a prox and its steps need. */
function turned(norm: Norm, rows: number, columns: number): Norm {
  return {
    ...norm,
    value: (x) => norm.value(transposed(x, rows, columns)),
    proxInto(x, t) {
      const y = transposed(x, rows, columns);
      norm.proxInto(y, t);
      x.set(transposed(y, columns, rows));
    },
  };
}
