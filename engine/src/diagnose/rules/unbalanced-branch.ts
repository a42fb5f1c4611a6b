import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";
import { WHOLE_CONFIG } from "../run-facts.ts";

/** The factors of a branch are of such different sizes that rescaling alone lowers the objective. */
export function unbalancedBranch({ unbalanced, result }: RunFacts): Finding[] {
  const worst = unbalanced.toSorted((a, b) => b.before - b.after - (a.before - a.after))[0];
  if (worst === undefined) return [];
  const others = unbalanced.length - 1;
  const more = others === 0 ? "" : `, and of ${others} ${others === 1 ? "other" : "others"}`;
  const gain = result.lambda * unbalanced.reduce((all, { before, after }) => all + before - after, 0);
  return [
    {
      code: "unbalanced-branch",
      severity: "warning",
      message: `branch ${worst.index + 1}: rescaling its factors lowers its regularizer from ${worst.before.toPrecision(6)} to ${worst.after.toPrecision(6)}${more} without changing the model (objective −${gain.toPrecision(3)}); continue the run`,
      path: WHOLE_CONFIG,
      explanation:
        "Scaling one factor of a branch up and another down leaves φ as it is. A sum of powers of norms is smallest where the norms are balanced (by the inequality of means), so a branch that is not balanced is no local minimum: its regularizer falls along the rescaling alone.",
      suggestions: [{ kind: "action", title: "Continue", action: "continue" }],
    },
  ];
}
