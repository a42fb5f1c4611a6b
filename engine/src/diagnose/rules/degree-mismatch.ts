/** φ and g of different degree: no certificate can exist, and descent from small factors is trapped at zero (p' < p). */
import type { Config } from "../../config/config.ts";
import { analyzeHomogeneity, type Homogeneity } from "../../homogeneity/degree.ts";
import type { Finding, Suggestion } from "../finding.ts";
import { explain } from "../pages.ts";
import type { StaticRule } from "../static-rule.ts";

export const degreeMismatch: StaticRule = {
  code: "degree-mismatch",
  check(config) {
    const { mapping, regularizer } = analyzeHomogeneity(config);
    if (mapping.kind === "degree" && regularizer.kind === "degree" && mapping.degree === regularizer.degree) return [];
    const finding: Finding = {
      code: "degree-mismatch",
      severity: "warning",
      path: "regularizer.kind",
      message: `regularizer.kind: ${config.regularizer.kind} has ${words(regularizer)}, but the mapping ${config.mapping.kind} has ${words(mapping)}; ${consequence(mapping, regularizer)}`,
      explanation: explain("degree-mismatch"),
      suggestions: matchingForms(config),
    };
    return [finding];
  },
};

function words(homogeneity: Homogeneity): string {
  switch (homogeneity.kind) {
    case "degree":
      return `degree ${homogeneity.degree}`;
    case "mixed":
      return `mixed degrees (${homogeneity.degrees.join(" and ")})`;
    case "none":
      return "no degree";
  }
}

function consequence(mapping: Homogeneity, regularizer: Homogeneity): string {
  if (mapping.kind !== "degree" || regularizer.kind !== "degree") return "nothing can be certified";
  return regularizer.degree < mapping.degree
    ? "zero is always a local minimum (Proposition 19), so match the degrees with product or power"
    : "more branches always lower the objective (58), so match the degrees with product or power";
}

/** The same norms in the two forms whose degree is the mapping's; both define the same Ω. */
function matchingForms(config: Config): Suggestion[] {
  const [first, second] = config.regularizer.norms;
  const equal = first === second;
  return (["product", "power"] as const).map((kind) => ({
    kind: "edit",
    title: `use kind: ${kind} with ${equal ? `norm ${first}` : `norms ${first} and ${second}`} (degree matched)`,
    edits: [
      { op: "set", path: "regularizer.kind", value: kind },
      // One way of saying the norms stays; removing what is not there changes nothing.
      { op: "remove", path: "regularizer.factors" },
      { op: "remove", path: equal ? "regularizer.norms" : "regularizer.norm" },
      equal
        ? { op: "set", path: "regularizer.norm", value: first }
        : { op: "set", path: "regularizer.norms", value: [first, second] },
    ],
  }));
}
