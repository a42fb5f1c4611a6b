/**
 * ‖x‖ = α‖x‖₂ + Σ_b w_b n_b(x) on an intersection of convex cones C_c, for norms n_b with a prox and cones with a projection.
 *
 * Prox: that of the norms and cones (`splitting.ts`), then the block soft threshold tα, which may follow any function that is
 * homogeneous of degree 1 (yu2013, theorem 4).
 *
 * Dual norm (d): the smallest s with r(s) = prox_{s‖·‖}(p) = 0. h(s) = ‖r(s)‖₂ is convex, and Newton's step on it from the
 * left is s ← ⟨p, r⟩/‖r‖, a lower bound with the direction r. Upper bound: for any p = m + Σ q_b + Σ c_c with c_c released from
 * cone c (⟨c_c, x⟩ ≤ slack_c ‖x‖₂), σ = max_b n_b*(q_b)/w_b and L = ‖m‖₂ + Σ slack_c:
 *   ⟨p, x⟩ ≤ L‖x‖₂ + σ Σ w_b n_b(x) ≤ (σ + max(0, L − ασ)/floor) ‖x‖,   floor ‖x‖₂ ≤ ‖x‖;
 * it is tight for the parts that the prox at s leaves behind.
 */
import { powerOfTwoAbove, roundedUp, UNDERFLOW, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { addScaledInto, dot, euclideanLength, over } from "../../linalg/vector.ts";
import type { Cone } from "./cone.ts";
import { l2 } from "./l2.ts";
import type { Climber, Norm } from "./norm.ts";
import { proxResidual } from "./prox-residual.ts";
import type { Part, Splitting, SplittingEffort, SplittingState } from "./splitting.ts";
import { splitProx } from "./splitting.ts";
import { weightedLabel } from "./weighted.ts";

interface TermPart extends Part {
  readonly kind: "norm";
  readonly norm: Norm;
  readonly weight: number;
}

interface ConePart extends Part {
  readonly kind: "cone";
  readonly cone: Cone;
}

export type CompositePart = TermPart | ConePart;

export function normPart(norm: Norm, weight: number): CompositePart {
  return { kind: "norm", norm, weight, proxInto: (x, t) => norm.proxInto(x, weight * t) };
}

export function conePart(cone: Cone): CompositePart {
  return { kind: "cone", cone, proxInto: (x) => cone.projectInto(x) };
}

interface Bracket {
  readonly s: number;
  /** Reached by `direction`. */
  readonly lower: number;
  readonly direction: Float64Array;
  readonly upper: number;
  readonly state: SplittingState | undefined;
}

interface BracketOptions {
  readonly isRough: boolean;
  readonly from?: Bracket;
  /** An upper bound need not be smaller than this. */
  readonly enough: number;
  readonly effort: SplittingEffort | undefined;
}

export interface Composite {
  readonly kind: Norm["kind"];
  /** α. */
  readonly euclidean: number;
  /** Each chain's proxes, one after the other, are the prox of its sum. */
  readonly chains: readonly (readonly CompositePart[])[];
}

/** The most steps of Newton's method on the dual norm, rough and proven, and the relative width at which they stop. */
const ROUGH_STEPS = 12;
const PROVEN_STEPS = 4;
/** A rough splitting; and one within a search, which goes on where the one before has stopped. */
const ROUGH: SplittingEffort = { steps: 600, agreement: 1e-14 };
/** To see that a dual norm is not large. */
const QUICK: SplittingEffort = { steps: 60, agreement: 1e-9 };
const CLIMB: SplittingEffort = { steps: 20, agreement: 1e-12 };
const DUAL_TOLERANCE = 1e-9;
/** A prox shorter than this, relative to what it was taken of, is rounding. */
const NOTHING = 1e-13;

export function compositeNorm({ kind, euclidean, chains }: Composite): Norm {
  const parts = chains.flat();
  const terms = parts.filter((part) => part.kind === "norm");
  const cones = parts.filter((part) => part.kind === "cone").map(({ cone }) => cone);
  const projections = cones.map((cone) => [conePart(cone)]);
  const sum = (of: (part: TermPart) => number, first: number) =>
    terms.reduce((total, part) => total + part.weight * of(part), first);
  const floor = sum(({ norm }) => norm.euclideanFloor, euclidean) * (1 - 1e-14);
  const labels = (variable: string) => [
    ...(euclidean > 0 ? [weightedLabel(euclidean, l2.label(variable))] : []),
    ...terms.map(({ norm, weight }) => weightedLabel(weight, norm.label(variable))),
  ];

  const size = (x: Float64Array) => sum(({ norm }) => norm.value(x), euclidean > 0 ? euclidean * l2.value(x) : 0);

  function violation(x: Float64Array): string | undefined {
    for (const cone of cones) {
      const words = cone.violation(x);
      if (words !== undefined) return words;
    }
    return undefined;
  }

  /** Into all cones, from a point close to them. */
  function settleInto(x: Float64Array, before: number): void {
    if (euclideanLength(x) <= NOTHING * before) x.fill(0);
    else if (chains.length > 1 || violation(x) !== undefined) {
      if (cones.length === 0) return;
      x.set(splitProx(x, 0, projections).y);
      // Cones without a tolerance stand first; the others forgive what this moves.
      if (cones.length > 1) for (const cone of [...cones].reverse()) cone.projectInto(x);
      if (violation(x) !== undefined) cones[0].projectInto(x);
      if (violation(x) !== undefined) x.fill(0);
    }
  }

  function boundOf(p: Float64Array, { differences }: Splitting): number {
    let moved: Float64Array = p.slice();
    let sigma = 0;
    let slack = 0;
    const flat = differences.flat();
    parts.forEach((part, k) => {
      if (part.kind === "cone") return;
      sigma = Math.max(sigma, roundedUp(part.norm.dualUpper(flat[k]) / part.weight, 1));
      let lost = 0;
      for (let i = 0; i < p.length; i++) {
        moved[i] -= flat[k][i];
        lost += Math.abs(moved[i]);
      }
      slack += roundedUp(UNIT_ROUNDOFF * lost, p.length + 1);
    });
    parts.forEach((part, k) => {
      if (part.kind === "norm") return;
      const released = part.cone.release(moved, flat[k]);
      moved = released.moved;
      slack += released.slack;
    });
    const length = roundedUp(l2.dualUpper(moved) + slack, parts.length + 1);
    return roundedUp(sigma + Math.max(0, length - euclidean * sigma * (1 - 1e-15)) / floor, 5);
  }

  /** What needs no splitting: ‖x‖ is not below any one of its terms. */
  function plainBound(p: Float64Array): number {
    const single = terms.map(({ norm, weight }) => roundedUp(norm.dualUpper(p) / weight, 1));
    return Math.min(roundedUp(l2.dualUpper(p) / floor, 2), ...single);
  }

  /**
   * Newton's method from s on: to a bound that is proven, or fast to one that is reached. Entries at most 1 in modulus.
   */
  function bracket(p: Float64Array, { isRough, from, enough, effort }: BracketOptions): Bracket {
    const length = euclideanLength(p);
    const none: Float64Array = new Float64Array(p.length);
    let [s, lower, direction, state] = [0, 0, none, undefined as SplittingState | undefined];
    if (from !== undefined) ({ s, lower, direction, state } = from);
    let upper = isRough ? Number.POSITIVE_INFINITY : plainBound(p);
    for (let step = 0; step < (isRough ? ROUGH_STEPS : PROVEN_STEPS); step++) {
      const splitting = splitProx(p, s, chains, { start: state, effort });
      state = splitting.state;
      if (!isRough) upper = Math.min(upper, boundOf(p, splitting));
      const r = splitting.y.slice();
      l2.proxInto(r, s * euclidean);
      settleInto(r, length);
      const norm = size(r);
      const reached = norm > 0 ? dot(p, r) / norm : 0;
      const safe = reached * (1 - (p.length + 8) * 4 * UNIT_ROUNDOFF);
      if (safe > lower) [lower, direction] = [safe, over(r, norm)];
      const isClosed = !isRough && upper - lower <= DUAL_TOLERANCE * upper;
      if (isClosed || upper <= enough || !(reached > s * (1 + DUAL_TOLERANCE / 10))) break;
      s = reached;
    }
    return { s, lower, direction, upper, state };
  }

  /** p divided by a power of two, and that power; underflow adds to the upper bound. */
  function scaledBracket(
    p: Float64Array,
    { isProven, enough = 0 }: { readonly isProven: boolean; readonly enough?: number | undefined },
  ) {
    const scale = powerOfTwoAbove(p);
    const direction = new Float64Array(p.length);
    if (scale === 0) return { lower: 0, direction, upper: 0 };
    if (!(scale < Number.POSITIVE_INFINITY)) return { lower: 0, direction, upper: Number.POSITIVE_INFINITY };
    const scaled = over(p, scale);
    const lost = (p.length * UNDERFLOW) / Math.min(1, floor);
    const unscaled = (upper: number) => roundedUp((upper + lost) * scale, 3);
    if (isProven && enough > 0) {
      const quick = bracket(scaled, { isRough: false, enough: (enough / scale) * (1 - 1e-12), effort: QUICK });
      if (unscaled(quick.upper) <= enough)
        return { ...quick, lower: quick.lower * scale, upper: unscaled(quick.upper) };
    }
    const rough = bracket(scaled, { isRough: true, enough: 0, effort: ROUGH });
    const found = isProven ? bracket(scaled, { isRough: false, from: rough, enough: 0, effort: undefined }) : rough;
    return { ...found, lower: found.lower * scale, upper: unscaled(found.upper) };
  }

  /**
   * x' along r = prox_{s‖·‖}(p + τx), s = ⟨p, x⟩/‖x‖ and τ = ‖p‖₂/‖x‖₂ (d). r is no worse than τx in what it minimizes, so
   * ⟨p, r⟩ − s‖r‖ ≥ ½‖r − τx‖² ≥ 0; and it is as long as p, where prox_{s‖·‖}(p) would be lost in rounding near the end.
   */
  function climber(): Climber {
    let state: SplittingState | undefined;
    return (p, x) => {
      const scale = powerOfTwoAbove(p);
      const length = euclideanLength(x);
      const before = size(x);
      const old = length > 0 && violation(x) === undefined ? over(x, before) : new Float64Array(p.length);
      if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return old;
      const r = over(p, scale);
      const s = dot(r, old);
      const total = euclideanLength(r);
      if (s > 0) {
        addScaledInto(r, (total / length) * before, old);
        const splitting = splitProx(r, s, chains, { start: state, effort: CLIMB });
        state = splitting.state;
        r.set(splitting.y);
        l2.proxInto(r, s * euclidean);
      }
      settleInto(r, total);
      const after = size(r);
      return after > 0 && dot(p, r) / after > scale * s ? over(r, after) : old;
    };
  }

  const norm: Norm = {
    kind,
    constrained: cones.length > 0,
    ...(cones.length === 1 && cones[0].subspace === true
      ? { release: (p: Float64Array) => cones[0].release(p, p) }
      : {}),
    nonnegative: false,
    convex: true,
    label: (variable) => {
      const all = labels(variable);
      return all.length === 1 ? all[0] : `(${all.join(" + ")})`;
    },
    condition: (variable) => cones.map((cone) => cone.condition(variable)).join(", "),
    euclideanFloor: floor,
    l1Floor: sum((part) => part.norm.l1Floor, 0) * (1 - 1e-14),
    value: (x) => (violation(x) === undefined ? size(x) : Number.POSITIVE_INFINITY),
    violation,
    dualValue: (p) => scaledBracket(p, { isProven: false }).lower,
    dualUpper: (p, enough) => scaledBracket(p, { isProven: true, enough }).upper,
    dualDirection: (p) => scaledBracket(p, { isProven: false }).direction,
    climber: chains.length > 1 ? climber : undefined,
    proxInto(x, t) {
      const scale = powerOfTwoAbove(x);
      if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return;
      const scaled = over(x, scale);
      const { y } = splitProx(scaled, t / scale, t === 0 ? projections : chains);
      l2.proxInto(y, (t / scale) * euclidean);
      settleInto(y, euclideanLength(scaled));
      for (let i = 0; i < x.length; i++) x[i] = y[i] * scale;
    },
    subgradientDistance: (p, x) => proxResidual(norm, p, x),
  };
  return norm;
}
