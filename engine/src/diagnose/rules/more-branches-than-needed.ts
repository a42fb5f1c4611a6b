/** A start wider than any global minimum needs. */
import { explain } from "../pages.ts";
import type { StaticRule } from "../static-rule.ts";

export const moreBranchesThanNeeded: StaticRule = {
  code: "more-branches-than-needed",
  check({ config, facts, enough }) {
    if (enough === undefined || config.branches <= enough) return [];
    const shape = (facts.shape ?? []).join("×");
    return [
      {
        code: "more-branches-than-needed",
        severity: "info",
        path: "branches",
        message: `branches: ${config.branches}, but ${enough} ${enough === 1 ? "is" : "are"} always enough for a ${shape} target; lower it to save time`,
        explanation: explain("more-branches-than-needed"),
        suggestions: [
          { kind: "edit", title: `set branches to ${enough}`, edits: [{ op: "set", path: "branches", value: enough }] },
        ],
      },
    ];
  },
};
