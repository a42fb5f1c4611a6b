/** A width that may be too small for any of its local minima to be global, and that the search must not leave. */
import { isSameDegree } from "../../homogeneity/degree.ts";
import type { Suggestion } from "../finding.ts";
import { explain } from "../pages.ts";
import type { StaticRule } from "../static-rule.ts";

export const tooFewBranches: StaticRule = {
  code: "too-few-branches",
  check({ config, mapping, regularizer, enough }) {
    const { grow, maxBranches } = config.search;
    // A given point is judged as it is; nobody asked for another width.
    if (enough === undefined || config.start.kind === "checkpoint") return [];
    if (mapping.kind !== "degree" || regularizer.kind !== "degree") return [];
    if (!isSameDegree(mapping.degree, regularizer.degree)) return [];
    const width = grow ? maxBranches : config.branches;
    if (width === undefined || width >= enough) return [];
    const path = grow ? "search.maxBranches" : "search.grow";
    const suggestion: Suggestion = grow
      ? {
          kind: "edit",
          title: "let the search grow to the bound of the theory",
          edits: [{ op: "remove", path: "search.maxBranches" }],
        }
      : { kind: "edit", title: "let the search grow", edits: [{ op: "set", path: "search.grow", value: true }] };
    const said = grow
      ? `search.maxBranches: ${width} branches`
      : `search.grow: false keeps ${width} ${width === 1 ? "branch" : "branches"}`;
    return [
      {
        code: "too-few-branches",
        severity: "info",
        path,
        message: `${said}, but only ${enough} are always enough; a local minimum of a smaller width need not be global, so let the search grow`,
        explanation: explain("too-few-branches"),
        suggestions: [suggestion],
      },
    ];
  },
};
