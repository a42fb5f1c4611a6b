/**
 * Convex terms on slices of an intersection of cones with at most k entries that are not 0: a union of convex sets, one per
 * support, and not convex.
 *
 * Prox and dual direction: of the supports of `support-search.ts` those with the longest projections, each solved on its own; the
 * best is taken, or 0. Exact where there are few supports, one cone and ℓ2 alone; elsewhere a feasible point that is no worse
 * than 0, and an estimate from below.
 *
 * Upper bound of the dual norm: the least of relaxations. Without the limit: the norm on the cones. Without the cones: the k
 * largest |p_i| (of p₊ on x ≥ 0) for terms that are the same for every order of the entries, in every row for the group term, and
 * ‖x‖ ≥ floor ‖x‖₂. Of both (d): ⟨p, x⟩ ≤ ⟨m, x⟩ + slack ‖x‖₂ with what the cones release taken from p, and m without the cones.
 */
import { powerOfTwoAbove, roundedUp, UNDERFLOW, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { addScaledInto, dot, euclideanLength, over, times } from "../../linalg/vector.ts";
import { largestIndices, positivePart } from "./entries.ts";
import { l2 } from "./l2.ts";
import type { Climber, Norm } from "./norm.ts";
import { proxResidual } from "./prox-residual.ts";
import { sparse } from "./sparse.ts";
import type { SparseSet } from "./sparse-set.ts";
import { finalists, supportsOf } from "./sparse-set.ts";
import { masked, supportOf } from "./support.ts";
import type { Term } from "./terms.ts";
import { isAmong, plain } from "./terms.ts";

/** Supports that are solved on: so many by worth, so many by length. */
const FINALISTS = 2;
/** Where what is `near` is not in all of several cones, and may say little. */
const MORE_FINALISTS = 6;
/** Shares of what the cones release that the upper bound takes from p. */
const RELEASED = [1, 0.5] as const;

export function sparseOnCones(terms: readonly Term[], set: SparseSet): Norm {
  const { size, limit } = set;
  const base = plain(terms);
  const supports = supportsOf(terms, set, { isDeep: false });
  const { relaxed, violation } = supports;
  /** Then the prox on a support is an iteration, too. */
  const isMixing = terms.some(({ kind }) => isAmong(kind, ["nuclear", "spectral"]));
  const count = set.cones.psd !== undefined && (set.cones.polyhedral ?? set.cones.orthant) ? MORE_FINALISTS : FINALISTS;
  const floor = total(terms, (term) => euclideanFloorOf(term, set)) * (1 - 1e-14);
  const value = (x: Float64Array) => (violation(x) === undefined ? base.value(x) : Number.POSITIVE_INFINITY);

  /** The best of all candidates by what `worth` says of feasible ones, if that is above 0. */
  function best(candidates: Iterable<Float64Array>, worth: (y: Float64Array) => number): Float64Array | undefined {
    let most = 0;
    let found: Float64Array | undefined;
    for (const y of candidates) {
      const gain = violation(y) === undefined ? worth(y) : 0;
      if (gain > most) [most, found] = [gain, y];
    }
    return found;
  }

  /** ⟨q, y⟩/‖y‖. */
  function reachedBy(q: Float64Array): (y: Float64Array) => number {
    return (y) => {
      const length = base.value(y);
      return length > 0 ? dot(q, y) / length : 0;
    };
  }

  function direction(p: Float64Array): Float64Array {
    const scale = powerOfTwoAbove(p);
    if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return new Float64Array(p.length);
    const q = over(p, scale);
    const hasGroups = terms.some(({ kind }) => kind === "group");
    const seeds = () => [relaxed.dualDirection(hasGroups ? keptInRows(q, set) : q)];
    const worth = reachedBy(q);
    const around = supports.around(q, { seeds, worth });
    const found = best(
      [
        ...around.map(({ near }) => near),
        ...finalists(around, count).map((support) => supports.on(support).dualDirection(q)),
      ],
      worth,
    );
    if (found === undefined) return new Float64Array(p.length);
    const length = base.value(found);
    return over(found, length);
  }

  /** For q with entries up to 1, without the cones. */
  function looseUpper(q: Float64Array): number {
    const bounds = terms.map((term) => roundedUp(dualUpperOf(term, q, set) / term.weight, 1));
    const isOne = terms.length === 2 && isAmong(terms[0].kind, ["l2"]) && isAmong(terms[1].kind, ["l1"]);
    if (isOne) bounds.push(sparse(base, limit, { isNonnegative: set.nonnegative }).dualUpper(q));
    bounds.push(roundedUp(l2.dualUpper(largest(q, limit, set.nonnegative)) / floor, 2));
    return Math.min(...bounds);
  }

  function cheapUpper(q: Float64Array): number {
    let upper = looseUpper(q);
    const cones = [set.cones.polyhedral, set.cones.psd].filter((cone) => cone !== undefined);
    if (cones.length === 0) return upper;
    for (const share of RELEASED) {
      let moved = q;
      let slack = 0;
      for (const cone of cones) {
        const polar = moved.slice();
        cone.projectInto(polar);
        for (let i = 0; i < size; i++) polar[i] = share * (moved[i] - polar[i]);
        const released = cone.release(moved, polar);
        moved = released.moved;
        slack += released.slack;
      }
      upper = Math.min(upper, roundedUp(looseUpper(moved) + slack / floor, 4));
    }
    return upper;
  }

  /** To a better point on its own support, or on the one that p moves it to. */
  function climber(): Climber {
    const known = new Map<string, Climber>();
    return (p, x) => {
      const scale = powerOfTwoAbove(p);
      const length = violation(x) === undefined ? base.value(x) : 0;
      const old = length > 0 ? over(x, length) : new Float64Array(size);
      if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return old;
      const q = over(p, scale);
      const towards = q.slice();
      if (length > 0) addScaledInto(towards, euclideanLength(q) / euclideanLength(old), old);
      const worth = reachedBy(towards);
      const around = supports.around(towards, { seeds: () => [], worth });
      const all = [...finalists(around, 1), ...(length > 0 ? [supportOf(old)] : [])];
      const steps = all.map((support) => {
        const id = support.join();
        const { climber: own, dualDirection } = supports.on(support);
        const climb = known.get(id) ?? own?.() ?? dualDirection;
        known.set(id, climb);
        return climb(q, old);
      });
      const reached = reachedBy(q);
      const found = best(steps, (y) => reached(y) - dot(q, old));
      if (found === undefined) return old;
      const after = base.value(found);
      return over(found, after);
    };
  }

  const norm: Norm = {
    kind: base.kind,
    constrained: true,
    ...(relaxed.release === undefined ? {} : { release: relaxed.release }),
    nonnegative: false,
    support: { limit, nonnegative: set.nonnegative },
    convex: false,
    label: base.label,
    condition: supports.condition,
    euclideanFloor: floor,
    l1Floor:
      Math.max(
        total(terms, (term) => l1FloorOf(term, set)),
        floor / Math.sqrt(limit),
      ) *
      (1 - 1e-14),
    value,
    violation,
    dualValue: (p) => Math.max(0, dot(p, direction(p)) * (1 - (size + 8) * 4 * UNIT_ROUNDOFF)),
    dualUpper(p, enough = 0) {
      const scale = powerOfTwoAbove(p);
      if (scale === 0) return 0;
      if (!(scale < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
      const lost = (size * UNDERFLOW) / Math.min(1, floor);
      const upper = roundedUp((cheapUpper(over(p, scale)) + lost) * scale, 3);
      return upper <= enough ? upper : Math.min(upper, relaxed.dualUpper(p, enough));
    },
    dualDirection: direction,
    climber: relaxed.climber !== undefined || isMixing ? climber : undefined,
    proxInto(x, t) {
      const scale = powerOfTwoAbove(x);
      if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return;
      const z = over(x, scale);
      const step = t / scale;
      if (t === 0 && violation(z) === undefined) return;
      const seeds = () => {
        const y = z.slice();
        relaxed.proxInto(y, step);
        return [y];
      };
      // What the best multiple of y lowers ½‖y − z‖² + step ‖y‖ by, from y = 0.
      const multipleOf = (y: Float64Array) => {
        const square = dot(y, y);
        return square > 0 ? Math.max(0, dot(z, y) - step * base.value(y)) / square : 0;
      };
      const worth = (y: Float64Array) => multipleOf(y) ** 2 * dot(y, y) * 0.5;
      const around = supports.around(z, { seeds, worth });
      const solved = finalists(around, count).map((support) => {
        const y = z.slice();
        supports.on(support).proxInto(y, step);
        return y;
      });
      const scaled = [z, ...around.map(({ near }) => near)].map((y) => {
        const multiple = multipleOf(y);
        return times(y, multiple);
      });
      const found = best([...solved, ...scaled], (y) => dot(z, y) - dot(y, y) / 2 - step * base.value(y));
      for (let i = 0; i < size; i++) x[i] = found === undefined ? 0 : found[i] * scale;
    },
    /** Where k entries are not 0, along those; elsewhere others may join them. */
    subgradientDistance(p, x) {
      const support = supportOf(x);
      if (support.length < limit) return proxResidual(norm, p, x);
      return proxResidual(supports.on(support), masked(p, support), x);
    },
  };
  return norm;
}

function total(terms: readonly Term[], of: (term: Term) => number): number {
  return terms.reduce((sum, term) => sum + term.weight * of(term), 0);
}

function isSymmetric({ kind }: Term): boolean {
  return isAmong(kind, ["l1", "l2", "linf", "lq"]);
}

/** A spectral norm is not below ‖X‖_F / √rank, and the rank not above k. */
function euclideanFloorOf(term: Term, { limit, nonnegative }: SparseSet): number {
  if (isSymmetric(term)) return sparse(term.norm, limit, { isNonnegative: nonnegative }).euclideanFloor;
  return term.kind === "spectral" ? Math.max(term.norm.euclideanFloor, 1 / Math.sqrt(limit)) : term.norm.euclideanFloor;
}

function l1FloorOf(term: Term, { limit, nonnegative }: SparseSet): number {
  return isSymmetric(term) ? sparse(term.norm, limit, { isNonnegative: nonnegative }).l1Floor : term.norm.l1Floor;
}

/** Of one term alone, without the cones but x ≥ 0. */
function dualUpperOf(term: Term, q: Float64Array, set: SparseSet): number {
  if (isSymmetric(term)) return sparse(term.norm, set.limit, { isNonnegative: set.nonnegative }).dualUpper(q);
  return term.norm.dualUpper(term.kind === "group" ? keptInRows(q, set) : q);
}

/** The k largest entries of every row. */
function keptInRows(q: Float64Array, { columns, limit, nonnegative }: SparseSet): Float64Array {
  const out = new Float64Array(q.length);
  for (let at = 0; at < q.length; at += columns) {
    out.set(largest(q.subarray(at, at + columns), limit, nonnegative), at);
  }
  return out;
}

/** The k largest |q_i|, or q_i > 0. */
function largest(q: Float64Array, k: number, isNonnegative: boolean): Float64Array {
  const out = new Float64Array(q.length);
  for (const i of largestIndices(isNonnegative ? q.map(positivePart) : q.map(Math.abs), k)) out[i] = q[i];
  return out;
}
