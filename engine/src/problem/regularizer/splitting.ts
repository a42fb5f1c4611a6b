/**
 * The prox of a sum of functions of which only single proxes are known, by splitting into chains. A chain is a list of parts
 * whose proxes, applied one after the other, are the prox of their sum (a soft threshold, then a block soft threshold).
 */
import { addScaledInto, euclideanLength, scaleInto } from "../../linalg/vector.ts";

export interface Part {
  /** The prox with step t; a cone ignores t and projects. */
  proxInto(x: Float64Array, t: number): void;
}

export type Chain = readonly Part[];

export interface Splitting {
  /** ≈ argmin_y ½‖y − x‖² + t Σ parts. */
  readonly y: Float64Array;
  /** For every part of every chain a subgradient times t (of a cone: a vector of its normal cone); x ≈ y + their sum. */
  readonly differences: readonly (readonly Float64Array[])[];
  /** Where a search nearby may start. */
  readonly state: SplittingState;
}

export interface SplittingState {
  /** ρ u_b, one per chain. */
  readonly multipliers: readonly Float64Array[];
  /** z_b. */
  readonly copies: readonly Float64Array[];
}

export interface SplittingOptions {
  /** The state of a problem nearby. */
  readonly start?: SplittingState | undefined;
  /** The most there is when absent. */
  readonly effort?: SplittingEffort | undefined;
}

export interface SplittingEffort {
  /** The most steps; fewer for long vectors. */
  readonly steps: number;
  /** Copies of y this close, relative to x, agree. */
  readonly agreement: number;
}

/** More steps than the first of these only where their product with the length of x is below the second. */
const FEWEST_STEPS = 300;
const WORK = 100_000;
const MOST: SplittingEffort = { steps: 4000, agreement: 1e-14 };
/** Over-relaxation of the splitting. */
const RELAXATION = 1.6;
/** The weight ρ of the copies' agreement: larger ones are slower at first and get through where y is nearly 0. */
const FIRST_WEIGHT = 3;
const LARGEST_WEIGHT = 1000;
/** Steps after which ρ is doubled. */
const PATIENCE = 150;

const NOTHING_YET: SplittingState = { multipliers: [], copies: [] };

/**
 * One chain: exact. Several: the alternating direction method of multipliers on copies z_b = y, one per chain,
 *   z_b ← prox_b(y + u_b) with step t/ρ,  u_b ← u_b + y − z_b,  y ← (x + ρ Σ_b (z_b − u_b)) / (1 + ρ · number of chains),
 * over-relaxed, until the copies agree to 1e-14 or the steps are over: 4000 for short vectors, 300 for long ones, or what
 * `effort` says. Bounds taken from the result hold after any number of steps.
 * Source: boyd2011, §3.4 and §7.1.
 */
export function splitProx(
  x: Float64Array,
  t: number,
  chains: readonly Chain[],
  { start, effort = MOST }: SplittingOptions = {},
): Splitting {
  if (chains.length === 0) return { y: x.slice(), differences: [], state: NOTHING_YET };
  if (chains.length === 1) {
    const { end, differences } = through(chains[0], x, t);
    return { y: end, differences: [differences], state: NOTHING_YET };
  }
  const size = euclideanLength(x);
  const { steps: wanted, agreement } = effort;
  const steps = Math.min(wanted, Math.max(FEWEST_STEPS, WORK / x.length));
  let rho = FIRST_WEIGHT;
  const u = chains.map((_, b) => start?.multipliers[b]?.map((value) => value / rho) ?? new Float64Array(x.length));
  const z: Float64Array[] = chains.map((_, b) => start?.copies[b] ?? x);
  let y: Float64Array = x.slice();
  for (let step = 1; step <= steps; step++) {
    const next = x.slice();
    for (const [b] of chains.entries()) {
      addScaledInto(next, rho, z[b]);
      addScaledInto(next, -rho, u[b]);
    }
    scaleInto(next, 1 / (1 + rho * chains.length));
    y = next;
    let apart = 0;
    for (const [b, chain] of chains.entries()) {
      const old = z[b];
      const point = y.map((value, i) => RELAXATION * value + (1 - RELAXATION) * old[i] + u[b][i]);
      z[b] = through(chain, point, t / rho).end;
      for (let i = 0; i < y.length; i++) {
        u[b][i] = point[i] - z[b][i];
        apart = Math.max(apart, Math.abs(y[i] - z[b][i]), Math.abs(old[i] - z[b][i]));
      }
    }
    if (!(apart > agreement * size)) break;
    if (step % PATIENCE === 0 && rho < LARGEST_WEIGHT) {
      rho *= 2;
      for (const multiplier of u) scaleInto(multiplier, 0.5);
    }
  }
  const differences = chains.map((chain, b) => {
    const point = y.slice();
    addScaledInto(point, 1, u[b]);
    const parts = through(chain, point, t / rho).differences;
    for (const part of parts) scaleInto(part, rho);
    return parts;
  });
  for (const multiplier of u) scaleInto(multiplier, rho);
  return { y, differences, state: { multipliers: u, copies: z } };
}

function through(
  chain: Chain,
  x: Float64Array,
  t: number,
): { readonly end: Float64Array; readonly differences: Float64Array[] } {
  const end = x.slice();
  const differences = chain.map((part) => {
    const before = end.slice();
    part.proxInto(end, t);
    return before.map((value, i) => value - end[i]);
  });
  return { end, differences };
}
