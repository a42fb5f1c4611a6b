/** The polar's bracket around 1: the sentence, and where its ends lie on the gauge. */
import type { PolarBracket } from "@optimality-lens/engine";
import { formatCount, formatNearOne } from "./format.ts";

export interface PolarView {
  /** `better`: a branch in hand lowers the objective. */
  readonly kind: "better" | "none" | "tight" | "open" | "unknown";
  readonly title: string;
  readonly body: string;
  /** Small print: how the upper end was proven, and why that way. */
  readonly proof: string;
}

export interface PolarContext {
  /** The relative gap of the search: a polar this close to 1 is 1 for it. */
  readonly tolerance: number;
  /** Whether the gap is that small: what a branch above 1 could gain is then no more than it. */
  readonly isMet: boolean;
}

export function polarView(polar: PolarBracket | null, context: PolarContext): PolarView {
  if (polar === null) {
    return { kind: "unknown", title: "Not bounded yet", body: "The first certificate gives a bracket.", proof: "" };
  }
  const { kind, title } = heading(polar, context);
  return { kind, title, body: `${bracketWords(polar, kind)}.`, proof: proofWords(polar) };
}

function heading(
  { lower, upper }: PolarBracket,
  { tolerance, isMet }: PolarContext,
): Pick<PolarView, "kind" | "title"> {
  if (upper !== null && upper <= 1) return { kind: "none", title: "No better direction exists" };
  if (upper !== null && (isMet || upper <= 1 + tolerance)) {
    return { kind: "tight", title: "No better direction, to within the gap" };
  }
  return lower > 1 + tolerance
    ? { kind: "better", title: "A better direction exists" }
    : { kind: "open", title: "A better direction is not ruled out" };
}

function bracketWords({ lower, upper }: PolarBracket, kind: PolarView["kind"]): string {
  const attained = (width?: number) => `≥ ${formatNearOne(lower, "down", width)}, attained by a branch in hand`;
  if (upper === null) {
    return kind === "better" ? `Ω°(Z) ${attained()}` : `Ω°(Z) ${attained()}; no upper bound is known`;
  }
  if (kind === "none" || kind === "tight") return `Ω°(Z) ≤ ${formatNearOne(upper, "up")}, proven`;
  const width = upper - lower;
  const proven = `≤ ${formatNearOne(upper, "up", width)}, proven`;
  return kind === "better" ? `Ω°(Z) ${attained(width)}; ${proven}` : `Ω°(Z) ${proven}; ${attained(width)}`;
}

/** `Proof: cover of the sphere, 304 cells; axis 3 has 2 entries, few enough for a cover of their sphere.` */
function proofWords({ upper, method, why, work }: PolarBracket): string {
  const cells = work === undefined ? "" : `, ${formatCount(work)} ${work === 1 ? "cell" : "cells"}`;
  const reason = why === undefined ? "" : `; ${why}`;
  return `${upper === null ? "Method" : "Proof"}: ${method}${cells}${reason}.`;
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
