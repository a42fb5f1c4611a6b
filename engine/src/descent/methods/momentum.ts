/**
 * How much momentum proximal steps with extrapolation have, learned from how fast they get on. Along a direction in which the objective
 * is curved by μ ≤ L, what is left of the way follows
 *   x⁺ = a ((1 + β) x − β x⁻),  a = 1 − μ/L,
 * so it falls by the larger root ρ of ρ² − a(1 + β)ρ + aβ a step, the slowest such direction in the end alone. ρ is seen, and tells a:
 *   a = ρ²/((1 + β)ρ − β) where the roots are real, which is where ρ > 2β/(1 + β), and a = ρ²/β where they are not;
 * and the best β for a is (1 − √(1 − a))/(1 + √(1 − a)), beyond which steps overshoot (odonoghue2015, section 3).
 */

/** β at first, at least and at most. */
const LEAST = 0.6;
const MOST = 0.85;
/** Steps of one β that tell how fast they get on. */
const WINDOW = 4;

export interface Momentum {
  /** β of the next step. */
  readonly share: number;
  /** After a step that was this far from stationary; `overshot`: what momentum there was pointed uphill. */
  follow(stationarity: number, overshot: boolean): void;
  /** Of another problem, from here on: one where λ is less. */
  restart(): void;
}

/** β rises as t does in beck2009, after every restart, up to the best one. */
export function learnedMomentum(): Momentum {
  let t = 1;
  let most = LEAST;
  /** Since β is what it is now at most. */
  let window: { readonly first: number; steps: number } | undefined;

  const nextT = () => (1 + Math.sqrt(1 + 4 * t * t)) / 2;
  const rising = () => (t - 1) / nextT();

  return {
    get share() {
      return Math.min(most, rising());
    },
    follow(stationarity, overshot) {
      const isSteady = rising() >= most && !overshot;
      if (!isSteady) window = undefined;
      else if (window === undefined) window = { first: stationarity, steps: 0 };
      else if (++window.steps === WINDOW) {
        most = bestShare((stationarity / window.first) ** (1 / WINDOW), most);
        window = { first: stationarity, steps: 0 };
      }
      t = overshot ? 1 : nextT();
    },
    restart() {
      t = 1;
      window = undefined;
    },
  };
}

/** The β for which steps get on best, after some that fell by the factor ρ with another; the same where they did not fall. */
export function bestShare(rho: number, beta: number): number {
  if (!(rho < 1)) return beta;
  const isReal = rho > (2 * beta) / (1 + beta);
  const a = isReal ? (rho * rho) / ((1 + beta) * rho - beta) : (rho * rho) / beta;
  const root = Math.sqrt(1 - a);
  return Math.min(MOST, Math.max(LEAST, (1 - root) / (1 + root)));
}
