/**
 * Products of one norm per factor, each with the degree of φ in it, whose sum is nowhere above a regularizer g that is multiplied
 * out (d). Monomials with those degrees stay. Of the others, as many as span the degrees d are put together by the weighted
 * inequality of means: for λ ≥ 0 with Σ λ_t e_t = d, which has Σ λ_t = 1 as all terms have the degree of φ,
 *   Σ c_t M_t ≥ Π (c_t M_t / λ_t)^{λ_t}.
 * Powers of several norms of one factor become a power of ‖·‖₁ or ‖·‖₂, for n_j ≥ c_j ‖·‖. A φ that is not 0 with each single
 * factor has sums of pure powers instead. What is left over is ≥ 0.
 */
import type { NormSpec } from "../../config/config.ts";
import type { CustomForm, Monomial, Part } from "../../config/expression.ts";
import { merged, productForm } from "../../config/expression.ts";
import { isSameDegree } from "../../homogeneity/degree.ts";
import { combinationOf } from "../../homogeneity/exponents.ts";
import { gamma, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import type { Norm } from "./norm.ts";

/** The norm of a factor, undefined where it cannot be built. */
export type NormFor = (factor: number, spec: NormSpec) => Norm | undefined;

/** λ are fractions of a whole number up to this. */
const MAX_DENOMINATOR = 2520;

/** `degrees`: of φ in each factor, all > 0; every term of g has their sum as its degree. */
export function productsBelow(
  terms: readonly Monomial[],
  degrees: readonly number[],
  normFor: NormFor,
): readonly CustomForm[] {
  const complete: Monomial[] = [];
  let others: Monomial[] = [];
  for (const term of terms) {
    if (exponentsOf(term, degrees).every((e, k) => isSameDegree(e, degrees[k]))) complete.push(term);
    else others.push(term);
  }
  while (others.length > 0) {
    const weights = fractionsOf(others, degrees);
    if (weights === undefined) break;
    complete.push(meanOf(others, weights));
    const rest = others.filter((_, t) => weights[t] === 0);
    if (rest.length === others.length) break;
    others = rest;
  }
  const single = complete.flatMap((term) => singleNorms(term, degrees, normFor) ?? []);
  return merged(single).flatMap((term) => {
    const form = productForm({ ...term, scale: roundedDown(term.scale, term.roundings) });
    return form === undefined ? [] : [form];
  });
}

/** Σ c_k n_k^p with one norm for every factor; undefined where a factor has no pure power. */
export function sumBelow(terms: readonly Monomial[], factors: number, degree: number): CustomForm | undefined {
  const pure = Array.from({ length: factors }, (_, k) =>
    terms.find(({ parts }) => {
      const list = parts.get(k);
      return parts.size === 1 && list?.length === 1 && isSameDegree(list[0].exponent, degree);
    }),
  );
  const sum = pure.flatMap((term, factor) =>
    [...(term?.parts.values() ?? [])].flatMap(([{ norm }]) => ({
      factor,
      norm,
      weight: roundedDown(term?.scale ?? 0, term?.roundings ?? 0),
    })),
  );
  return sum.length === factors ? { form: "sum", power: degree, terms: sum } : undefined;
}

/** Of a term in every factor. */
export function exponentsOf({ parts }: Monomial, factors: readonly unknown[]): readonly number[] {
  return factors.map((_, k) => (parts.get(k) ?? []).reduce((all, { exponent }) => all + exponent, 0));
}

/** λ with Σ λ_t e_t = d as fractions a_t / L: exact where exponents are, which is checked on whole multiples. */
function fractionsOf(terms: readonly Monomial[], degrees: readonly number[]): readonly number[] | undefined {
  const exponents = terms.map((term) => exponentsOf(term, degrees));
  const found = combinationOf(degrees, exponents);
  if (!found) return undefined;
  for (let whole = 1; whole <= MAX_DENOMINATOR; whole++) {
    const shares: readonly number[] = found.map((weight) => Math.round(weight * whole));
    if (!found.every((weight, t) => Math.abs(weight * whole - shares[t]) <= 1e-8)) continue;
    const reached = (k: number) => exponents.reduce((all, term, t) => all + shares[t] * term[k], 0);
    const fits = degrees.every((degree, k) => isSameDegree(reached(k), whole * degree));
    const total = shares.reduce((all, share) => all + share, 0);
    if (fits && total === whole) return shares.map((share) => share / whole);
  }
  return undefined;
}

/**
 * The right side of the inequality of means. Every quotient, power and product loses at most 4 u, and the rounded λ_t a further
 * u |ln(c_t / λ_t)|, as in `leastScale`.
 */
function meanOf(terms: readonly Monomial[], weights: readonly number[]): Monomial {
  let scale = 1;
  let roundings = 8;
  const parts = new Map<number, Part[]>();
  terms.forEach((term, t) => {
    const weight = weights[t];
    if (weight === 0) return;
    const share = term.scale / weight;
    scale *= share ** weight;
    roundings += term.roundings + 8 + Math.ceil(2 * Math.abs(Math.log(share)));
    for (const [factor, list] of term.parts) {
      const all = parts.get(factor) ?? [];
      parts.set(factor, all);
      for (const { norm, exponent } of list) {
        const name = JSON.stringify(norm);
        const at = all.findIndex((there) => JSON.stringify(there.norm) === name);
        const sum = weight * exponent + (at < 0 ? 0 : all[at].exponent);
        all.splice(at < 0 ? all.length : at, 1, { norm, exponent: sum });
      }
    }
  });
  return { scale, parts, roundings };
}

/** With one norm for every factor, to the power of its degree; undefined where there is none. */
function singleNorms(term: Monomial, degrees: readonly number[], normFor: NormFor): Monomial | undefined {
  let { scale, roundings } = term;
  const parts = new Map<number, Part[]>();
  for (const [k, degree] of degrees.entries()) {
    const list = term.parts.get(k) ?? [];
    if (list.length === 1) {
      parts.set(k, [{ norm: list[0].norm, exponent: degree }]);
      continue;
    }
    const norms = list.map(({ norm }) => normFor(k, norm));
    const floorsOf = (of: (norm: Norm) => number) => norms.map((norm) => (norm === undefined ? 0 : of(norm)));
    const l1Floors = floorsOf(({ l1Floor }) => l1Floor);
    const usesL1 = l1Floors.every((floor) => floor > 0);
    const floors = usesL1 ? l1Floors : floorsOf(({ euclideanFloor }) => euclideanFloor);
    if (!floors.every((floor) => floor > 0)) return undefined;
    list.forEach(({ exponent }, i) => {
      scale *= floors[i] ** exponent;
      roundings += 8 + Math.ceil(2 * Math.abs(Math.log(floors[i])));
    });
    parts.set(k, [{ norm: usesL1 ? "l1" : "l2", exponent: degree }]);
  }
  return { scale, parts, roundings };
}

/** Not above what x may be after so many roundings. */
function roundedDown(x: number, roundings: number): number {
  return x * (1 - gamma(2 * roundings + 2) - UNIT_ROUNDOFF);
}
