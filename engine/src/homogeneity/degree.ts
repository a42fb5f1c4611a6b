/**
 * The algebra of degrees of homogeneity: how an expression scales when all parameters are scaled by α ≥ 0 together.
 * f(αX) = α^p f(X) has degree p. Built for layer graphs; a matrix and its regularizers are its smallest case.
 * Source: haeffele2015, section 3 and footnote 3.
 */
import type { Config, NormSpec, RegularizerConfig } from "../config/config.ts";
import type { Degree } from "../events.ts";

export type Homogeneity =
  | { readonly kind: "degree"; readonly degree: number }
  /** A sum of terms of different degrees. */
  | { readonly kind: "mixed"; readonly degrees: readonly number[]; readonly reason: string }
  /** No degree at all, as of tanh. */
  | { readonly kind: "none"; readonly reason: string };

export function degree(value: number): Homogeneity {
  return { kind: "degree", degree: value };
}

export function none(reason: string): Homogeneity {
  return { kind: "none", reason };
}

/** Terms of a sum must agree; `reason` names the sum in the message of a mixed degree. */
export function sum(terms: readonly Homogeneity[], reason: string): Homogeneity {
  const lost = terms.find((term) => term.kind === "none");
  if (lost !== undefined) return lost;
  const degrees = new Set<number>();
  for (const term of terms) {
    if (term.kind === "degree") degrees.add(term.degree);
    if (term.kind === "mixed") for (const value of term.degrees) degrees.add(value);
  }
  const sorted = [...degrees].sort((a, b) => a - b);
  const [only, ...others] = sorted;
  if (only === undefined) return degree(0);
  return others.length === 0 ? degree(only) : { kind: "mixed", degrees: sorted, reason };
}

/** Degrees of factors add up; a factor of mixed degrees adds its value to each. */
export function product(factors: readonly Homogeneity[]): Homogeneity {
  let degrees: readonly number[] = [0];
  let reason = "";
  for (const factor of factors) {
    if (factor.kind === "none") return factor;
    if (factor.kind === "mixed") reason = factor.reason;
    const values = factor.kind === "degree" ? [factor.degree] : factor.degrees;
    degrees = [...new Set(degrees.flatMap((a) => values.map((b) => a + b)))].sort((a, b) => a - b);
  }
  const [only, ...others] = degrees;
  return others.length === 0 ? degree(only ?? 0) : { kind: "mixed", degrees, reason };
}

/** A power multiplies degrees. For mixed terms only the extremes are known, so the result is mixed too. */
export function power(base: Homogeneity, exponent: number): Homogeneity {
  switch (base.kind) {
    case "degree":
      return degree(exponent * base.degree);
    case "mixed":
      return { ...base, degrees: base.degrees.map((value) => exponent * value) };
    case "none":
      return base;
  }
}

/** Every norm has degree 1. */
function normDegree(_norm: NormSpec): Homogeneity {
  return degree(1);
}

function regularizerHomogeneity(regularizer: RegularizerConfig): Homogeneity {
  const norms = regularizer.norms.map(normDegree);
  switch (regularizer.kind) {
    case "product":
      return product(norms);
    case "power":
      return sum(
        norms.map((norm) => power(norm, norms.length)),
        "a sum of powers of norms",
      );
    case "weight-decay":
      return sum(
        norms.map((norm) => power(norm, 2)),
        "weight decay",
      );
    case "l1":
      return sum(norms, "a sum of norms");
    default:
      return regularizer.kind satisfies never;
  }
}

function mappingHomogeneity(kind: Config["mapping"]["kind"]): Homogeneity {
  switch (kind) {
    case "matrix":
      return product([degree(1), degree(1)]);
    default:
      return kind satisfies never;
  }
}

/** Degrees of φ and g with their reasons. */
export function analyzeHomogeneity(config: Config): {
  readonly mapping: Homogeneity;
  readonly regularizer: Homogeneity;
} {
  return { mapping: mappingHomogeneity(config.mapping.kind), regularizer: regularizerHomogeneity(config.regularizer) };
}

/** The plain number, null where there is none. */
export function degreeOf(homogeneity: Homogeneity): Degree {
  return homogeneity.kind === "degree" ? homogeneity.degree : null;
}

/** Degrees of φ and g as they are reported. */
export function homogeneity(config: Config): { readonly mapping: Degree; readonly regularizer: Degree } {
  const { mapping, regularizer } = analyzeHomogeneity(config);
  return { mapping: degreeOf(mapping), regularizer: degreeOf(regularizer) };
}
