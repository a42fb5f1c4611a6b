import { dropText } from "../../certify/verdict.ts";
import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";

/** Scale-free norm of the gradient up to which a point is called stationary here. */
const STATIONARY = 1e-8;

/**
 * A stationary point with a zero branch that can leave 0 downhill: for p = 2 the objective along α z is f + λ α² (g(z) − ⟨Z, φ(z)⟩)
 * up to higher order, negative curvature with a certificate in hand. For p > 2 the saddle is of order p, and nothing is said.
 */
export function strictSaddle({ result }: RunFacts): Finding[] {
  const { evidence, homogeneity, stationarity, branches } = result;
  if (evidence === null || result.verdict === "global" || stationarity > STATIONARY) return [];
  const isQuadratic = homogeneity.mapping === 2 && homogeneity.regularizer === 2;
  const zero = branches.find((branch) => branch.zero);
  if (!isQuadratic || zero === undefined || !(evidence.polar > 1)) return [];
  return [
    {
      code: "strict-saddle",
      severity: "warning",
      message: `the run rests at a strict saddle: branch ${zero.index + 1} is 0, and moving it along the polar direction lowers the objective ${dropText(result.objective, evidence.objectiveAfter)}; start from random factors or let the search grow`,
      path: "start",
      explanation: `The gradient is 0 here (stationarity ${stationarity.toExponential(1)}), but along α z, with z the branch that the polar found and g(z) = 1, the objective changes by −λ (Ω° − 1) α² to second order, and Ω° is at least ${evidence.polar.toPrecision(6)}: negative curvature. By Theorem 15 a stationary point with a zero branch is a global minimum or no local minimum at all.`,
      suggestions: [
        { kind: "action", title: "Move the zero branch and continue", action: "add-zero-branch" },
        {
          kind: "edit",
          title: "Start from random factors",
          edits: [{ op: "set", path: "start", value: { random: { seed: 1 } } }],
        },
      ],
    },
  ];
}
