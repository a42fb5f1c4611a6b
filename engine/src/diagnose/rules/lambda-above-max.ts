import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";

/** At λ ≥ λ_max the zero model is a global minimum: nothing is learned from the data. */
export function lambdaAboveMax({ result, zeroTarget }: RunFacts): Finding[] {
  if (result.verdict === "outside-theory" || result.lambda < result.lambdaMax) return [];
  const { lambda, lambdaMax } = result;
  return [
    {
      code: "lambda-above-max",
      severity: "warning",
      message: zeroTarget
        ? "lambda: the target is zero at every observed entry, so the zero model is optimal for every λ; check data.target"
        : `lambda: ${lambda.toPrecision(6)} is not below λ_max = ${lambdaMax.toPrecision(6)}, so the zero model is optimal; choose a smaller λ`,
      path: "lambda",
      explanation:
        "λ_max = Ω°(−∇ℓ(0)): from there on the polar at the zero model is at most 1, and the zero model is a global minimum whatever the width.",
      suggestions: zeroTarget
        ? []
        : [
            {
              kind: "edit",
              title: "Set lambda to a tenth of λ_max",
              edits: [{ op: "set", path: "lambda", value: { relative: 0.1 } }],
            },
          ],
    },
  ];
}
