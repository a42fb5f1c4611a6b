/**
 * Branches found by alternating maximization of ⟨w, A(φ(z))⟩ over g(z) = 1, for every mapping: factor k moves to the dual
 * direction of the gradient in it. Where φ is linear in each factor that is the best value of the factor; elsewhere the step is
 * halved towards the old value until the objective rises. Every value is reached by a branch: an estimate from below, no more.
 * Factors that the regularizer does not charge stay at zero.
 */
import { normalStream } from "../../linalg/random.ts";
import { powerOfTwoAbove } from "../../linalg/rounding.ts";
import { dot, opposite, over, scaleInto } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import type { Mapping } from "../../problem/mapping/mapping.ts";
import { sizesOf } from "../../problem/mapping/mapping.ts";
import type { Climber, Norm } from "../../problem/regularizer/norm.ts";
import type { Regularizer } from "../../problem/regularizer/regularizer.ts";
import type { PolarBranch, PolarOptions } from "./polar.ts";

/** What a polar has to know of a regularizer: Ω is that of scale · Π n_k^exponent_k when it is matched. */
export type Gauge = Pick<Regularizer, "norms" | "matched" | "scale" | "exponents">;

export interface SearchOptions {
  /** Of all branches but the best one, those worth more than this are kept. */
  readonly above: number;
  readonly stopped: () => boolean;
  readonly randomStarts?: number;
}

/** Every start climbs a little; what is best then climbs on, and the best of that to the end. */
const WHOLE: Plan = {
  starts: Number.POSITIVE_INFINITY,
  randomStarts: 12,
  first: { sweeps: 12, gain: 1e-3 },
  finalists: 6,
  second: { sweeps: 40, gain: 1e-7 },
  last: { sweeps: 300, gain: 1e-13 },
};
/** Where a step takes an iteration of its own (`Norm.climber`). */
const SHORT: Plan = {
  starts: 12,
  randomStarts: 4,
  first: { sweeps: 6, gain: 1e-3 },
  finalists: 3,
  second: { sweeps: 20, gain: 1e-6 },
  last: { sweeps: 300, gain: 1e-11 },
};
const MAX_HALVINGS = 12;
/** Branches closer than this in cosine are the same. */
const SAME_COSINE = 0.999;

interface Plan {
  /** Of those given, and random ones. */
  readonly starts: number;
  readonly randomStarts: number;
  readonly first: Effort;
  /** How many branches climb on. */
  readonly finalists: number;
  readonly second: Effort;
  readonly last: Effort;
}

interface Effort {
  readonly sweeps: number;
  /** A sweep that gains less than this (relative) is the last one. */
  readonly gain: number;
}

/** Π n_k, one norm per factor. */
export function productOf(norms: readonly Norm[]): Gauge {
  return { norms, matched: true, scale: 1, exponents: norms.map(() => 1) };
}

/** n_k of every factor of a branch with g = 1 and equal norms. Without a matching φ there is no such scale: 1. */
export function unitSize({ matched, scale, exponents }: Gauge): number {
  const degree = exponents.reduce((sum, exponent) => sum + exponent, 0);
  return matched && scale !== 1 ? scale ** (-1 / degree) : 1;
}

/** Distinct branches with g = 1, best first, from `starts` and random ones; empty where no value is above 0. */
export function searchBranches(
  mapping: Mapping,
  gauge: Gauge,
  w: Float64Array,
  starts: readonly Branch[],
  { above, stopped, ...options }: SearchOptions,
): PolarBranch[] {
  const scale = powerOfTwoAbove(w);
  if (scale === 0) return [];
  const plan = gauge.norms.some((norm) => norm.climber !== undefined) ? SHORT : WHOLE;
  const climb = climber(mapping, gauge, over(w, scale), stopped);
  const normal = normalStream(0x51ed270b);
  const candidates: Branch[] = starts.slice(0, plan.starts);
  for (let k = 0; k < (options.randomStarts ?? plan.randomStarts); k++) {
    candidates.push(sizesOf(mapping).map((length) => Float64Array.from({ length }, normal)));
  }
  const climbed = (from: readonly Branch[], effort: Effort): PolarBranch[] => {
    const found: PolarBranch[] = [];
    for (const start of from) {
      if (stopped()) break;
      const branch = climb(start, effort);
      if (branch !== undefined) found.push(branch);
    }
    return distinct(mapping, found);
  };
  const first = climbed(candidates, plan.first).slice(0, plan.finalists);
  const second = climbed(
    first.map(({ factors }) => factors),
    plan.second,
  );
  const last = climbed(
    second.slice(0, 1).map(({ factors }) => factors),
    plan.last,
  );
  // Stopped on the way: what the step before has found.
  const found = second.length === 0 ? first : [...last, ...second.slice(last.length)];
  return distinct(mapping, found)
    .map(({ value, factors }) => ({ value: value * scale, factors }))
    .filter(({ value }, i) => i === 0 || value > above);
}

/** What the search finds; where a proof is to be checked only its branch, scaled to g = 1. */
export function foundBranches(
  mapping: Mapping,
  gauge: Gauge,
  w: Float64Array,
  starts: () => readonly Branch[],
  { proof, above, stopped }: PolarOptions,
): PolarBranch[] {
  if (proof?.branch === undefined) return searchBranches(mapping, gauge, w, starts(), { above, stopped });
  const { branch } = proof;
  if (branch.length !== mapping.factors.length) return [];
  if (branch.some((slice, k) => slice.length !== mapping.factors[k].size)) return [];
  const size = unitSize(gauge);
  const factors = branch.map((slice, k) => {
    const length = gauge.norms[k].value(slice);
    return mapping.factors[k].regularized ? slice.map((x) => (x / length) * size) : new Float64Array(slice.length);
  });
  if (!factors.every((slice) => slice.every(Number.isFinite))) return [];
  const x = new Float64Array(w.length);
  mapping.predictInto(x, { branches: 1, values: factors });
  const value = dot(w, x);
  return value > 0 && value < Number.POSITIVE_INFINITY ? [{ value, factors }] : [];
}

/** Best first; of those that are about the same the best one. */
export function distinct(mapping: Mapping, branches: readonly PolarBranch[]): PolarBranch[] {
  const kept: PolarBranch[] = [];
  for (const branch of [...branches].sort((x, y) => y.value - x.value)) {
    if (!kept.some((other) => isSame(mapping, other.factors, branch.factors))) kept.push(branch);
  }
  return kept;
}

function climber(
  mapping: Mapping,
  gauge: Gauge,
  w: Float64Array,
  stopped: () => boolean,
): (start: Branch, effort: Effort) => PolarBranch | undefined {
  const size = unitSize(gauge);
  const { norms } = gauge;
  const charged = mapping.factors.flatMap(({ regularized }, k) => (regularized ? [k] : []));
  const gradient = sizesOf(mapping).map((length) => new Float64Array(length));
  const x = new Float64Array(w.length);
  const reach = (values: Branch): number => {
    mapping.predictInto(x, { branches: 1, values });
    return dot(w, x);
  };
  /** Steps of one climb: to the best value of factor k for the gradient in it, or where that is dear only towards it. */
  const stepper = () => {
    const climbers = norms.map((norm) => norm.climber?.());
    return (values: Branch, k: number): Float64Array => directionOf(values, k, climbers[k]);
  };
  const directionOf = (values: Branch, k: number, towards: Climber | undefined): Float64Array => {
    mapping.correlateInto(gradient, w, { branches: 1, values });
    const direction = Float64Array.from(
      towards === undefined ? norms[k].dualDirection(gradient[k]) : towards(gradient[k], values[k]),
    );
    scaleInto(direction, size);
    return direction;
  };
  const finish = (values: Branch): PolarBranch | undefined => {
    const value = reach(values);
    return value > 0 && value < Number.POSITIVE_INFINITY ? { value, factors: values } : undefined;
  };

  /** ⟨w, A(φ)⟩ is linear in each factor: the new value is ⟨gradient, direction⟩. */
  function climbLinear(start: Branch, { sweeps, gain }: Effort): PolarBranch | undefined {
    const step = stepper();
    const values = start.map((slice, k) => sized(norms[k], size, slice) ?? slice);
    let value = 0;
    for (let sweep = 0; sweep < sweeps; sweep++) {
      let next = 0;
      for (const k of charged) {
        // Before the end of the first sweep not every factor has its size.
        if (stopped()) return sweep === 0 ? undefined : finish(values);
        values[k] = step(values, k);
        next = dot(gradient[k], values[k]);
      }
      if (!(next > value * (1 + gain))) break;
      value = next;
    }
    return finish(values);
  }

  function climbGuarded(start: Branch, { sweeps, gain }: Effort): PolarBranch | undefined {
    let values = start.map((slice, k) => {
      const zero = new Float64Array(slice.length);
      if (!charged.includes(k)) return zero;
      return sized(norms[k], size, slice) ?? sized(norms[k], size, opposite(slice)) ?? zero;
    });
    const towards = stepper();
    let value = reach(values);
    for (let sweep = 0; sweep < sweeps; sweep++) {
      const before = value;
      for (const k of charged) {
        if (stopped()) return finish(values);
        const direction = towards(values, k);
        for (let halving = 0, step = 1; halving <= MAX_HALVINGS; halving++, step /= 2) {
          const old = values[k];
          const slice = sized(norms[k], size, step === 1 ? direction : mixed(old, direction, step));
          if (slice === undefined) continue;
          const candidate = values.with(k, slice);
          const next = reach(candidate);
          if (!(next > value)) continue;
          values = candidate;
          value = next;
          break;
        }
      }
      if (!(value > before + gain * Math.abs(before))) break;
    }
    return finish(values);
  }

  return mapping.kind === "matrix" || mapping.kind === "cp" ? climbLinear : climbGuarded;
}

/** x in the cone and of the given size; undefined when nothing is left of it. */
function sized(norm: Norm, size: number, x: Float64Array): Float64Array | undefined {
  const out = Float64Array.from(x);
  if (norm.constrained) norm.proxInto(out, 0);
  const length = norm.value(out);
  if (!(length > 0 && length < Number.POSITIVE_INFINITY)) return undefined;
  scaleInto(out, size / length);
  return out;
}

/** x + step (y − x). */
function mixed(x: Float64Array, y: Float64Array, step: number): Float64Array {
  return x.map((entry, i) => entry + step * (y[i] - entry));
}

/** Whether φ is about the same: signs cancel where φ is linear in each factor. */
function isSame(mapping: Mapping, x: Branch, y: Branch): boolean {
  const cosines = x.map((slice, k) => {
    const length = Math.sqrt(dot(slice, slice) * dot(y[k], y[k]));
    return length > 0 ? dot(slice, y[k]) / length : 1;
  });
  if (mapping.kind === "network") return cosines.every((cosine) => cosine > SAME_COSINE);
  const product = cosines.reduce((all, cosine) => all * cosine, 1);
  return (mapping.kind === "symmetric" ? Math.abs(product) : product) > SAME_COSINE;
}
