/** A regularizer that rescaling the factors against one another drives to 0, while φ stays (footnote 3 of the paper). */
import { exponentsOf, isDegenerate } from "../../homogeneity/exponents.ts";
import { matchingForms } from "../matching-forms.ts";
import { listed } from "../model-rule.ts";
import { explain } from "../pages.ts";
import type { StaticContext, StaticRule } from "../static-rule.ts";
import { regularizerPath } from "./degree-mismatch.ts";

export const degeneratePair: StaticRule = {
  code: "degenerate-pair",
  check(context) {
    const why = reasonOf(context);
    if (why === undefined) return [];
    return [
      {
        code: "degenerate-pair",
        severity: "warning",
        path: regularizerPath(context.config),
        message: `regularizer.kind: ${why}, and with it the regularizer of every model`,
        explanation: explain("degenerate-pair"),
        suggestions: matchingForms(context),
      },
    ];
  },
};

function reasonOf({ config, mapping, factorDegrees }: StaticContext): string | undefined {
  const { regularizer } = config;
  if (mapping.kind !== "degree" || mapping.degree <= 0 || factorDegrees === undefined) return undefined;
  // Factors of degree 0 stand before a normalization, which has its own finding.
  if (factorDegrees.some((m) => m !== null && m <= 0)) return undefined;
  const exponents = exponentsOf(regularizer, factorDegrees.length);
  if (exponents === undefined) return undefined;
  const free = factorDegrees.flatMap((_, k) => (exponents.every((term) => (term[k] ?? 0) === 0) ? [`${k + 1}`] : []));
  if (free.length > 0)
    return `${regularizer.kind} has no norm of ${free.length === 1 ? "factor" : "factors"} ${listed(free)}; scaling that up and the others down drives g to 0`;
  if (factorDegrees.includes(null)) {
    const isProduct = exponents.every((term) => term.every((e) => e > 0));
    return isProduct
      ? `${regularizer.kind} is 0 as soon as one factor is, but the mapping is not; setting a factor to 0 drives g to 0`
      : undefined;
  }
  const degrees = factorDegrees.map((m) => m ?? 0);
  if (!isDegenerate(degrees, exponents)) return undefined;
  const [term = []] = exponents;
  const has = exponents.length === 1 ? `has the powers ${listedInOrder(term)} of the norms` : "weighs the norms so";
  return `${regularizer.kind} ${has}, but the mapping has the degrees ${listedInOrder(degrees)} in its factors; rescaling them against one another drives g to 0`;
}

function listedInOrder(numbers: readonly number[]): string {
  return numbers.join(", ").replace(/, ([^,]*)$/, " and $1");
}
