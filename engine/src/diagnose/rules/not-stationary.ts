import { isOpen } from "../../certify/verdict.ts";
import { roundedUpText } from "../../linalg/rounding.ts";
import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";

/** The run stopped before its local descent was done, and nothing else explains the open verdict. */
export function notStationary({ result, gapTolerance }: RunFacts): Finding[] {
  if (result.polar !== null && isOpen(result.polar)) return [];
  if (result.verdict !== "undecided" || result.gap === null || result.status === "non-finite") return [];
  const path =
    result.status === "iteration-limit"
      ? "search.maxIterations"
      : result.status === "time-limit"
        ? "search.timeLimit"
        : "";
  return [
    {
      code: "not-stationary",
      severity: "warning",
      message: `not decided: the gap is ${roundedUpText(result.gap.relative)}, the tolerance ${gapTolerance.toExponential(1)}; continue the run${path === "" ? "" : ` or raise ${path}`}`,
      path,
      explanation: `The run stopped (${result.status}) at a point whose stationarity is ${result.stationarity.toExponential(1)}. The gap measures how far the point is from being proven optimal; it closes as the point becomes stationary (Lemma 14: every slack becomes 0).`,
      suggestions: [{ kind: "action", title: "Continue", action: "continue" }],
    },
  ];
}
