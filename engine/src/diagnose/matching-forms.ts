/** Edits that give a regularizer the degree of the mapping: the product (15) and the power form (16) of its own norms. */
import type { NormSpec, RegularizerExpression } from "../config/config.ts";
import { isSameDegree } from "../homogeneity/degree.ts";
import type { ConfigEdit, Suggestion } from "./finding.ts";
import type { StaticContext } from "./static-rule.ts";

/**
 * For φ of degree m_k in factor k and p = Σ m_k: Π ‖X^k‖^{m_k} and Σ (m_k/p) ‖X^k‖^p, which define the same Ω. Where all m_k are 1
 * they are `product` and `power`. Without degrees in each factor only the sum of p-th powers is known to match.
 */
export function matchingForms({ config, mapping, factorDegrees }: StaticContext): readonly Suggestion[] {
  if (mapping.kind !== "degree" || mapping.degree <= 0 || factorDegrees === undefined) return [];
  const p = mapping.degree;
  const norms = factorDegrees.map((_, k) => normOfFactor(config.regularizer, k));
  const known = factorDegrees.flatMap((m) => (m === null || m <= 0 ? [] : [m]));
  const isSeparable = known.length === factorDegrees.length;
  const { kind } = config.mapping;
  if (kind === "symmetric" || (isSeparable && known.every((m) => m === 1))) {
    return (["product", "power"] as const).map((form) => ({
      kind: "edit",
      title: `use kind: ${form} with ${normsText(norms)} (degree matched)`,
      edits: plainForm(config.regularizer, form, norms),
    }));
  }
  const sum = isSeparable ? known.map((m) => m / p) : norms.map(() => 1 / norms.length);
  const custom = (title: string, expression: unknown): Suggestion => ({
    kind: "edit",
    title,
    edits: customForm(config.regularizer, expression),
  });
  const ofPower = (k: number, exponent: number): unknown => powered(leaf(norms[k] ?? "l2", k), exponent);
  return [
    ...(isSeparable
      ? [
          custom(`use the product of the norms to the powers ${known.join(", ")} (degree ${p})`, {
            product: known.map((m, k) => ofPower(k, m)),
          }),
        ]
      : []),
    custom(`use the sum of the norms to the power ${p} (degree ${p})`, {
      sum: sum.map((weight, k) => ({ scale: { of: ofPower(k, p), by: weight } })),
    }),
  ];
}

type Regularizer = StaticContext["config"]["regularizer"];

/** What the regularizer measures a factor with: of an expression the first norm of that factor. */
function normOfFactor({ kind, norm, factors, expression }: Regularizer, factor: number): NormSpec {
  if (kind === "elastic-net") return { l2: 1, l1: 1 };
  if (kind === "custom" && expression !== undefined) return firstNorm(expression, factor) ?? "l2";
  return factors[factor]?.norm ?? norm;
}

function firstNorm(expression: RegularizerExpression, factor: number): NormSpec | undefined {
  if ("norm" in expression) return expression.factor === factor ? expression.norm : undefined;
  if ("scale" in expression) return firstNorm(expression.of, factor);
  if ("power" in expression) return firstNorm(expression.power, factor);
  for (const child of "sum" in expression ? expression.sum : expression.product) {
    const found = firstNorm(child, factor);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One way of saying the norms stays; removing what is not there changes nothing. */
function plainForm(
  regularizer: Regularizer,
  form: "product" | "power",
  norms: readonly NormSpec[],
): readonly ConfigEdit[] {
  const [first] = norms;
  const start: ConfigEdit[] = [
    { op: "set", path: "regularizer.kind", value: form },
    { op: "remove", path: "regularizer.expression" },
  ];
  // Constraints of single factors stand beside their norms.
  if (hasOwnConstraints(regularizer)) {
    const own = norms.map(
      (norm, k): ConfigEdit => ({ op: "set", path: `regularizer.factors[${k}].norm`, value: norm }),
    );
    return [...start, ...own];
  }
  const equal = norms.every((norm) => same(norm, first));
  return [
    ...start,
    { op: "remove", path: "regularizer.factors" },
    { op: "remove", path: equal ? "regularizer.norms" : "regularizer.norm" },
    equal
      ? { op: "set", path: "regularizer.norm", value: first }
      : { op: "set", path: "regularizer.norms", value: norms },
  ];
}

function customForm(regularizer: Regularizer, expression: unknown): readonly ConfigEdit[] {
  const norms: ConfigEdit[] = hasOwnConstraints(regularizer)
    ? regularizer.factors.map((_, k) => ({ op: "remove", path: `regularizer.factors[${k}].norm` }))
    : [{ op: "remove", path: "regularizer.factors" }];
  return [
    { op: "set", path: "regularizer.kind", value: "custom" },
    { op: "remove", path: "regularizer.norm" },
    { op: "remove", path: "regularizer.norms" },
    ...norms,
    { op: "set", path: "regularizer.expression", value: expression },
  ];
}

function hasOwnConstraints({ factors, constraints }: Regularizer): boolean {
  return factors.some((factor) => !same(factor.constraints, constraints));
}

/** As people write it: factors count from 1. */
function leaf(norm: NormSpec, factor: number): unknown {
  return { norm, factor: factor + 1 };
}

function powered(of: unknown, exponent: number): unknown {
  return isSameDegree(exponent, 1) ? of : { power: { of, exponent } };
}

function normsText(norms: readonly NormSpec[]): string {
  const [first] = norms;
  if (first === undefined || norms.every((norm) => same(norm, first))) return `norm ${normText(first ?? "l2")}`;
  return `norms ${norms
    .map(normText)
    .join(", ")
    .replace(/, ([^,]*)$/, " and $1")}`;
}

function normText(norm: NormSpec): string {
  if (typeof norm === "string") return norm;
  return `{${Object.entries(norm)
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ")}}`;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
