/** φ and g of different degree: no certificate can exist, and descent from small factors is trapped at zero (p' < p). */
import type { Config } from "../../config/config.ts";
import { isSameDegree } from "../../homogeneity/degree.ts";
import type { Escape } from "../escape-scale.ts";
import { matchingForms } from "../matching-forms.ts";
import { explain } from "../pages.ts";
import type { StaticRule } from "../static-rule.ts";

export const degreeMismatch: StaticRule = {
  code: "degree-mismatch",
  check(context) {
    const { config, mapping, regularizer, facts } = context;
    // Without a degree there is nothing to match; what takes it away has its own finding.
    if (mapping.kind !== "degree" || regularizer.kind !== "degree") return [];
    if (isSameDegree(mapping.degree, regularizer.degree)) return [];
    const isLower = regularizer.degree < mapping.degree;
    const shown = isLower && facts.escape !== undefined ? ` ${escapeText(facts.escape)}` : "";
    const words = `regularizer.kind: ${config.regularizer.kind} has degree ${regularizer.degree}, but the mapping ${mappingText(config)} has degree ${mapping.degree}`;
    return [
      {
        code: "degree-mismatch",
        severity: "warning",
        path: regularizerPath(config),
        message: `${words}; ${consequence(isLower)}, so match the degrees`,
        explanation: explain("degree-mismatch") + shown,
        suggestions: matchingForms(context),
      },
    ];
  },
};

export function regularizerPath({ regularizer }: Config): string {
  return regularizer.kind === "custom" ? "regularizer.expression" : "regularizer.kind";
}

function mappingText({ mapping }: Config): string {
  return mapping.kind === "network" && "model" in mapping ? mapping.model : mapping.kind;
}

function consequence(isLower: boolean): string {
  return isLower ? "zero is always a local minimum (Proposition 19)" : "more branches always lower the objective (58)";
}

/** What Proposition 19 means for the problem at hand. */
function escapeText({ objectiveAtZero, crossing, searchedTo }: Escape): string {
  const start = `Here 0 is a local minimum with the objective ${objectiveAtZero.toPrecision(6)}.`;
  if (crossing === null)
    return `${start} Along the best direction found it is nowhere lower, up to a branch whose slices have norm ${searchedTo.toPrecision(2)}: 0 may be global.`;
  return `${start} Along the best direction found the objective first rises and falls below that only where the slices of the branch have norm ${crossing.scale.toPrecision(4)}: descent from smaller factors ends at 0.`;
}
