/** The polar's bracket around 1: the sentence, and where its ends lie on the gauge. */
import type { PolarBracket } from "@optimality-lens/engine";
import { formatNearOne } from "./format.ts";

export interface PolarView {
  /** `better`: a branch in hand lowers the objective. */
  readonly kind: "better" | "none" | "tight" | "open" | "unknown";
  readonly title: string;
  readonly body: string;
}

/** `tolerance` is the relative gap of the search: a polar this close to 1 is 1 for it. */
export function polarView(polar: PolarBracket | null, tolerance: number): PolarView {
  if (polar === null) {
    return { kind: "unknown", title: "Not bounded yet", body: "The first certificate gives a bracket." };
  }
  if (polar.upper === null) return unboundedView(polar, tolerance);
  const width = polar.upper - polar.lower;
  const upper = formatNearOne(polar.upper, "up", width);
  const lower = formatNearOne(polar.lower, "down", width);
  const proven = `proven (${methodWords(polar)})`;
  const atMost = `Ω°(Z) ≤ ${formatNearOne(polar.upper, "up")}, ${proven}`;
  if (polar.upper <= 1) {
    return { kind: "none", title: "No better direction exists", body: `${atMost}.` };
  }
  if (polar.upper <= 1 + tolerance) {
    return { kind: "tight", title: "No better direction, to within the gap", body: `${atMost}.` };
  }
  if (polar.lower > 1 + tolerance) {
    return {
      kind: "better",
      title: "A better direction exists",
      body: `Ω°(Z) ≥ ${lower}, attained by a branch in hand; ≤ ${upper}, ${proven}.`,
    };
  }
  return {
    kind: "open",
    title: "A better direction is not ruled out",
    body: `Ω°(Z) ≤ ${upper}, ${proven}; ≥ ${lower}, attained by a branch in hand.`,
  };
}

function methodWords({ method, why, work }: PolarBracket): string {
  const cells = work === undefined ? "" : `, ${work.toLocaleString("en-US")} cells`;
  return `${method}${cells}${why === undefined ? "" : `: ${why}`}`;
}

function unboundedView(polar: PolarBracket, tolerance: number): PolarView {
  const { lower } = polar;
  const attained = `Ω°(Z) ≥ ${formatNearOne(lower, "down")}, attained by a branch in hand`;
  if (lower > 1 + tolerance) return { kind: "better", title: "A better direction exists", body: `${attained}.` };
  return {
    kind: "open",
    title: "A better direction is not ruled out",
    body: `${attained}; no upper bound is known (${methodWords(polar)}).`,
  };
}

/** Distances from 1 that get a tick on each side of the gauge; minor labels go where it is narrow. */
export const GAUGE_TICKS = [
  { distance: 1e-6, label: "10⁻⁶", minor: true },
  { distance: 1e-3, label: "10⁻³", minor: false },
  { distance: 1, label: "", minor: false },
] as const;

const NEAREST = -9;

/**
 * Position of a polar value in [−1, 1], with 1 at the center: logarithmic in the distance to 1, from 1e-9 (0) to 1
 * (±1). Beyond that it sticks to the end.
 */
export function gaugePosition(value: number): number {
  const distance = Math.abs(value - 1);
  if (!(distance > 10 ** NEAREST)) return 0;
  const size = Math.min(1, (Math.log10(distance) - NEAREST) / -NEAREST);
  return value < 1 ? -size : size;
}
