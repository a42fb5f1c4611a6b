/** When a certificate at a dual point of a method's own is worth its cost. */

export interface DualForecast {
  /** Whether a gap that is expected to be this small, but for what misses taught, would do. */
  promises(expected: number): boolean;
  /** A certificate that was asked for where `promises` said yes last found this gap. */
  missed(gap: number): void;
  /** There is nothing to be had. */
  giveUp(): void;
}

/** Of the gap's tolerance: a certificate is asked for where the gap is expected to be that small. */
const EXPECTED_SHARE = 0.3;
/** Certificates that were asked for in vain, after which none is any more. */
const MOST_MISSES = 3;

/** `optimism`: how far beyond what is expected gaps are mostly found to be. */
export function dualForecast(tolerance: number, optimism = 1): DualForecast {
  let factor = optimism;
  let misses = 0;
  let last = 0;
  return {
    promises(expected) {
      const isEnough = misses < MOST_MISSES && factor * expected <= EXPECTED_SHARE * tolerance;
      if (isEnough) last = expected;
      return isEnough;
    },
    missed(gap) {
      misses++;
      factor = Math.max(2 * factor, gap / last);
    },
    giveUp() {
      misses = MOST_MISSES;
    },
  };
}
