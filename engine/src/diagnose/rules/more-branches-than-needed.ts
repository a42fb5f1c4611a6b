/** A start wider than any global minimum needs. */
import { branchBound } from "../../homogeneity/width.ts";
import { explain } from "../pages.ts";
import type { StaticRule } from "../static-rule.ts";

export const moreBranchesThanNeeded: StaticRule = {
  code: "more-branches-than-needed",
  check(config, shape) {
    if (shape === undefined) return [];
    const enough = branchBound(config.regularizer, shape.rows, shape.columns);
    if (config.branches <= enough) return [];
    return [
      {
        code: "more-branches-than-needed",
        severity: "info",
        path: "branches",
        message: `branches: ${config.branches}, but ${enough} ${enough === 1 ? "is" : "are"} always enough for a ${shape.rows}×${shape.columns} target; lower it to save time`,
        explanation: explain("more-branches-than-needed"),
        suggestions: [
          { kind: "edit", title: `set branches to ${enough}`, edits: [{ op: "set", path: "branches", value: enough }] },
        ],
      },
    ];
  },
};
