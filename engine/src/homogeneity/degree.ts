/**
 * The algebra of degrees of homogeneity: how an expression scales when all parameters are scaled by α ≥ 0 together.
 * f(αX) = α^p f(X) has degree p.
 * Source: haeffele2015, section 3 and footnote 3.
 */
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
  // Products of exponents such as 1/3 round.
  const sorted = [...degrees]
    .sort((a, b) => a - b)
    .filter((value, i, all) => i === 0 || !isSameDegree(value, all[i - 1]));
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

/** The plain number, null where there is none. */
export function degreeOf(homogeneity: Homogeneity): Degree {
  return homogeneity.kind === "degree" ? homogeneity.degree : null;
}

/** Equal up to the rounding of exponents such as 1/3. */
export function isSameDegree(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}
