/** From numbers to a verdict. Fails closed: what is not proven is `undecided`. */
import type { Evidence, Gap, PolarBracket, Verdict } from "../events.ts";
import { roundedUpText } from "../linalg/rounding.ts";
import { aroundOne } from "./around-one.ts";

export interface Judged {
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface VerdictInput {
  /** Why the theory has no certificate for the pair (φ, g); undefined when it has. */
  readonly mismatch: string | undefined;
  readonly objective: number;
  readonly objectiveMargin: number;
  readonly gap: Gap | null;
  /** Lower bound − objective when that is positive beyond rounding: a fault of ours. */
  readonly contradiction: boolean;
  readonly gapTolerance: number;
  readonly evidence: Evidence | null;
  readonly polar: PolarBracket | null;
}

export function judge(input: VerdictInput): Judged {
  if (input.mismatch !== undefined) {
    return {
      verdict: "outside-theory",
      reason: `${input.mismatch}, so the theory offers no lower bound: no certificate can exist`,
    };
  }
  if (input.contradiction) {
    return {
      verdict: "undecided",
      reason: "the proven lower bound exceeds the objective, which cannot be: a fault in the engine, please report it",
    };
  }
  if (input.gap !== null && input.gap.relative <= input.gapTolerance) {
    return {
      verdict: "global",
      reason: `no point of any width lies lower by more than ${roundedUpText(input.gap.relative)} of the objective`,
    };
  }
  if (input.evidence !== null && improves(input)) {
    const { polar, objectiveAfter } = input.evidence;
    return {
      verdict: "not-global",
      reason: `adding one branch along the polar direction (polar ${polar.toPrecision(6)} > 1) lowers the objective ${dropText(input.objective, objectiveAfter)}`,
    };
  }
  if (input.gap === null) {
    return { verdict: "undecided", reason: "the run stopped before a lower bound was proven; continue it" };
  }
  if (input.polar !== null && isOpen(input.polar)) {
    const { lower, upper } = input.polar;
    const proven =
      upper === null
        ? "no upper bound on the polar is known"
        : `the polar is only proven to be at most ${aroundOne(upper, "up")}`;
    return {
      verdict: "undecided",
      reason: `no better branch was found, but ${proven}, where 1 would certify the point (found: ${aroundOne(lower, "down")})`,
    };
  }
  return {
    verdict: "undecided",
    reason: `the gap of ${roundedUpText(input.gap.relative)} is above the tolerance ${input.gapTolerance.toExponential(1)} and no better point is in hand; continue the run`,
  };
}

/** from 12.3041 to 11.8872, or by how much when the digits shown agree. */
export function dropText(before: number, after: number): string {
  const [from, to] = [before.toPrecision(8), after.toPrecision(8)];
  return from === to ? `of ${from} by ${(before - after).toExponential(1)}` : `from ${from} to ${to}`;
}

/** The search finds nothing above 1 (but for rounding), and the proof does not reach down to it. */
export function isOpen({ lower, upper, kind }: PolarBracket): boolean {
  return kind === "bound" && lower <= 1 + 1e-6 && (upper === null || upper > 1 + 1e-6);
}

/** A relative decrease below this says nothing. */
const WORTH_SAYING = 1e-12;

/** A strictly better point, beyond what rounding could fake. */
export function improves(input: Pick<VerdictInput, "evidence" | "objective" | "objectiveMargin">): boolean {
  if (input.evidence === null) return false;
  const drop = input.objective - input.evidence.objectiveAfter;
  return drop > 4 * Math.abs(input.objectiveMargin) + WORTH_SAYING * Math.abs(input.objective);
}
