/** When a certificate at a dual point of a method's own is worth its cost. */

export interface DualForecast {
  /** Whether a gap that is expected to be this small, but for what misses taught, would do. */
  promises(expected: number): boolean;
  /** A certificate that was asked for where `promises` said yes last found this gap. */
  missed(gap: number): void;
  /** There is nothing to be had. */
  giveUp(): void;
}

/** After a miss, of what it was beyond the estimate. */
const MARGIN = 3;
/** Certificates that were asked for in vain, after which none is any more. */
const MOST_MISSES = 3;

/** `beyond`: how far beyond the estimate a gap may be; a certificate is asked for where it would still be within the tolerance. */
export function dualForecast(tolerance: number, beyond: number): DualForecast {
  let factor = beyond;
  let misses = 0;
  let last = 0;
  return {
    promises(expected) {
      const isEnough = misses < MOST_MISSES && factor * expected <= tolerance;
      if (isEnough) last = expected;
      return isEnough;
    },
    missed(gap) {
      misses++;
      factor = Math.max(2 * factor, (MARGIN * gap) / last);
    },
    giveUp() {
      misses = MOST_MISSES;
    },
  };
}
