/**
 * g on one branch, from the norms n_k = ‖X_i^k‖ of its slices (one norm per factor, m_k the degree of φ in factor k, p = Σ m_k):
 *   product       Π n_k^{m_k}              (15)
 *   power         (1/p) Σ m_k n_k^p        (16)
 *   weight-decay  ½ Σ ‖X_i^k‖_F²           the power form of ℓ2 for p = 2
 *   l1            Σ ‖X_i^k‖₁
 *   elastic-net   Σ ‖X_i^k‖₁ + ½‖X_i^k‖²
 *   custom        c Π n_k^{e_k} or Σ c_k n_k^s here; every other composition of norms in `compound.ts`
 * For a separable φ, rescaling the factors of a branch by c_k with Π c_k^{m_k} = 1 leaves φ as it is. The least that a sum
 * Σ c_k n_k^p can reach that way is, by the weighted inequality of means, C Π n_k^{m_k} with C = p Π (c_k / m_k)^{m_k / p} (d):
 * so all matched forms share the Ω of C Π n_k^{m_k} (theory.md §5).
 */

import type { MappingKind, RegularizerKind } from "../../config/config.ts";
import type { CustomForm } from "../../config/expression.ts";
import type { Degree } from "../../events.ts";
import { gamma, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import type { Branch } from "../factors.ts";
import type { FactorSpec } from "../mapping/mapping.ts";
import { formLabel } from "./label.ts";
import type { Norm } from "./norm.ts";
import { isPlain, roundingsOfNorm } from "./norm.ts";

export interface Regularizer {
  readonly kind: RegularizerKind;
  /** One per factor, with its constraints; for factors that are not charged a norm that is 0 everywhere. */
  readonly norms: readonly Norm[];
  /** Words for people: ‖u‖₂‖v‖₂. */
  readonly label: string;
  /** Whether g is c Π n_k^{e_k}, Σ c_k n_k^s, or put together from `norms` and others. */
  readonly form: "product" | "sum" | "compound";
  /** Degree of homogeneity of g; null for sums of different degrees. */
  readonly degree: Degree;
  /** Why the theory has no certificate for this pair; undefined when it has. */
  readonly mismatch: string | undefined;
  readonly matched: boolean;
  /** When matched: Ω is that of scale · Π n_k^exponent_k. */
  readonly scale: number;
  readonly exponents: readonly number[];
  /** g of a branch. */
  measure(branch: Branch): number;
  /** How many roundings may stand behind one g. */
  readonly roundings: number;
  /** g as a function of the slice of factor k, the others as they are in the branch. */
  sliceForm(branch: Branch, k: number): SliceForm;
  /** Σ weights_k n_k^power with the same Ω (when matched), or g itself (a sum): what smooth descent works with. */
  readonly sum: { readonly weights: readonly number[]; readonly power: number } | undefined;
  /** Of a compound form. */
  readonly compound?: Compound;
}

/** weight · ‖x‖^power + constant, power ≥ 1. */
export interface SliceForm {
  readonly norm: Norm;
  readonly weight: number;
  readonly power: number;
  /** Whether that is g itself; else it touches g at the slice in hand with the same subgradients. */
  readonly exact: boolean;
}

export interface Compound {
  /** When matched: matched regularizers of the other forms, whose sum is nowhere above g. */
  readonly parts: readonly Regularizer[];
  /** When matched: the factors rescaled against one another for the least g, with φ as it is. */
  balanced(branch: Branch): Branch;
}

/** ∂g/∂‖x‖ at the slice x. */
export function slopeAt({ norm, weight, power }: SliceForm, x: Float64Array): number {
  return power === 1 ? weight : weight * power * powerOf(norm.value(x), power - 1);
}

/** What a regularizer has to know about φ. */
export interface RegularizedMapping {
  readonly kind: MappingKind;
  readonly factors: readonly FactorSpec[];
  readonly degree: Degree;
  readonly separable: boolean;
}

/** The slope of a power below 1 at 0. */
export const STEEPEST = 1e200;

interface Form {
  readonly form: "product" | "sum";
  /** c of a product. */
  readonly scale: number;
  /** e_k of a product, c_k of a sum. */
  readonly weights: readonly number[];
  /** s of a sum. */
  readonly power: number;
  /** Degree of g; null for sums of different degrees. */
  readonly degree: Degree;
}

/** `norms` has one norm per factor, in order. */
export function regularizerOf(
  kind: RegularizerKind,
  norms: readonly Norm[],
  mapping: RegularizedMapping,
  custom?: CustomForm,
): Regularizer {
  const form = formOf(kind, mapping, custom);
  const { weights, power } = form;
  const mismatch = degreeMismatch(form.degree, mapping) ?? formMismatch(form, mapping);
  const degrees = mapping.factors.map(({ degree }) => degree ?? 1);
  const p = mapping.degree ?? 1;
  const value = (sizes: readonly number[]): number => {
    if (form.form === "product") return productOf(form.scale, sizes, weights);
    return sizes.reduce((all, n, k) => (weights[k] === 0 ? all : all + weights[k] * powerOf(n, power)), 0);
  };
  const sizesOf = (branch: Branch) => branch.map((slice, k) => norms[k].value(slice));
  const sliceForm = (branch: Branch, k: number): SliceForm => {
    const norm = norms[k];
    if (weights[k] === 0) return { norm, weight: 0, power: 1, exact: true };
    if (form.form === "sum" && power >= 1) return { norm, weight: weights[k], power, exact: true };
    const e = form.form === "sum" ? power : weights[k];
    const sizes = sizesOf(branch);
    const weight =
      form.form === "sum"
        ? weights[k]
        : sizes.reduce((all, n, j) => (j === k ? all : all * powerOf(n, weights[j])), form.scale);
    if (e >= 1) return { norm, weight, power: e, exact: true };
    const tangent = Math.min(weight * e * powerOf(sizes[k], e - 1), STEEPEST);
    return { norm, weight: tangent, power: 1, exact: false };
  };
  const scale = form.form === "product" ? form.scale : leastScale(weights, degrees, p);
  const sum =
    form.form === "sum"
      ? { weights, power }
      : mismatch === undefined
        ? { weights: degrees.map((m) => (form.scale * m) / p), power: p }
        : undefined;
  return {
    kind,
    norms,
    label: formLabel(form, norms, mapping.factors),
    form: form.form,
    degree: form.degree,
    mismatch,
    matched: mismatch === undefined,
    scale,
    exponents: degrees,
    measure: (branch) => value(sizesOf(branch)),
    roundings: roundingsOf(form.degree, norms, mapping.factors),
    sliceForm,
    sum: kind === "elastic-net" ? undefined : sum,
  };
}

/**
 * C of the file's comment, not above its exact value; without rounding where all c_k / m_k agree. Elsewhere every quotient, power
 * and product loses at most 4 u (u the unit roundoff, powers good to one unit in the last place), and the rounded exponent m_k / p
 * a further u |ln(c_k / m_k)|.
 */
function leastScale(weights: readonly number[], degrees: readonly number[], p: number): number {
  const shares = weights.map((c, k) => c / degrees[k]);
  if (shares.every((share) => share === shares[0])) return p * shares[0];
  const exponents = shares.reduce((all, share) => all + Math.abs(Math.log(share)), 0);
  const lost = gamma(4 * weights.length + 8) + 2 * UNIT_ROUNDOFF * exponents;
  return shares.reduce((all, share, k) => all * share ** (degrees[k] / p), p) * (1 - lost);
}

function formOf(kind: RegularizerKind, mapping: RegularizedMapping, custom?: CustomForm): Form {
  const { factors } = mapping;
  const charged: readonly number[] = factors.map(({ regularized }) => (regularized ? 1 : 0));
  // u uᵀ has its factor twice; a weight matrix of a network stands once, whatever its degree.
  const counts = charged.map((c) => (mapping.kind === "symmetric" ? 2 : 1) * c);
  const total = counts.reduce((all, m) => all + m, 0);
  switch (kind) {
    case "product":
      return { form: "product", scale: 1, weights: counts, power: 1, degree: total };
    case "power":
      return { form: "sum", scale: 1, weights: counts.map((m) => m / total), power: total, degree: total };
    case "weight-decay":
      return { form: "sum", scale: 1, weights: charged.map((c) => c / 2), power: 2, degree: 2 };
    case "l1":
      return { form: "sum", scale: 1, weights: charged, power: 1, degree: 1 };
    case "elastic-net":
      return { form: "sum", scale: 1, weights: charged, power: 1, degree: null };
    case "custom": {
      if (custom === undefined) return { form: "sum", scale: 1, weights: charged, power: 1, degree: null };
      // Terms count the factors that are charged.
      const at = (of: (term: CustomForm["terms"][number]) => number) =>
        factors.map(({ regularized }, k) => {
          const index = charged.slice(0, k).reduce((all, c) => all + c, 0);
          const term = regularized ? custom.terms.find(({ factor }) => factor === index) : undefined;
          return term === undefined ? 0 : of(term);
        });
      if (custom.form === "sum") {
        const weights = at((term) => ("weight" in term ? term.weight : 0));
        return { form: "sum", scale: 1, weights, power: custom.power, degree: custom.power };
      }
      const weights = at((term) => ("exponent" in term ? term.exponent : 0));
      return { form: "product", scale: custom.scale, weights, power: 1, degree: weights.reduce((a, e) => a + e, 0) };
    }
    default:
      return kind satisfies never;
  }
}

/** Sums over the slices, powers and products behind one g. */
function roundingsOf(degree: Degree, norms: readonly Norm[], factors: readonly FactorSpec[]): number {
  return factors.reduce(
    (all, { regularized, size }, k) =>
      regularized ? all + Math.max(1, degree ?? 2) * roundingsOfNorm(norms[k], size) : all,
    8,
  );
}

/** Why the degrees of mapping and regularizer leave no certificate. */
export function degreeMismatch(own: Degree, { degree }: Pick<RegularizedMapping, "degree">): string | undefined {
  if (degree === null) return "the mapping has no degree of homogeneity";
  if (degree === 0) return "the mapping does not change when its factors are scaled";
  if (own === null) return "the regularizer has no single degree of homogeneity";
  if (!isSame(own, degree)) {
    return `mapping and regularizer have different degrees of homogeneity, ${degree} and ${own}`;
  }
  return undefined;
}

/** What is said of factors that no norm holds. */
export function freeFactors(free: readonly FactorSpec[]): string {
  return `the regularizer leaves ${free.map(({ symbol }) => symbol).join(", ")} free, so rescaling drives it to 0`;
}

/** What is said where `degenerate-pair` holds (footnote 3 of the paper). */
export const DEGENERATE =
  "rescaling the factors against one another leaves the mapping as it is and drives the regularizer to 0";

/** No rescaling of single factors that keeps φ may drive g to 0. */
function formMismatch(form: Form, { factors, separable }: RegularizedMapping): string | undefined {
  const free = factors.filter((_, k) => form.weights[k] === 0);
  if (free.length > 0) return freeFactors(free);
  if (form.form === "sum") return undefined;
  if (!separable) return "a product of norms vanishes as soon as one factor does, and the mapping does not";
  if (!factors.every((factor, k) => factor.degree !== null && isSame(factor.degree, form.weights[k]))) {
    return DEGENERATE;
  }
  return undefined;
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-12 * Math.max(a, b);
}

/** Outside of these, a partial product has lost something to underflow or overflow. */
const SAFE_LOW = 1e-290;
const SAFE_HIGH = 1e290;

/** scale · Π n_k^e_k; where a partial product leaves float64, mantissas and exponents are multiplied apart. */
function productOf(scale: number, sizes: readonly number[], exponents: readonly number[]): number {
  let product = scale;
  let safe = true;
  for (let k = 0; k < sizes.length; k++) {
    if (sizes[k] === 0 && exponents[k] > 0) return 0;
    product *= powerOf(sizes[k], exponents[k]);
    safe &&= product > SAFE_LOW && product < SAFE_HIGH;
  }
  if (safe || !sizes.every(Number.isFinite)) return product;
  let mantissa = scale;
  let binary = 0;
  sizes.forEach((n, k) => {
    if (exponents[k] === 0) return;
    const half = Math.floor(Math.log2(n) / 2);
    mantissa *= powerOf(n / 2 ** half / 2 ** half, exponents[k]);
    binary += 2 * half * exponents[k];
  });
  const half = Math.floor(binary / 2);
  return mantissa * 2 ** half * 2 ** (binary - half);
}

/** n^e without a call for the powers that occur; 0⁰ = 1. */
function powerOf(n: number, e: number): number {
  if (e === 1) return n;
  if (e === 2) return n * n;
  return e === 0 ? 1 : n ** e;
}

/** All norms plain ℓ2 (of a matrix slice: Frobenius), and the sum form once differentiable with a bounded curvature near 0. */
export function isSmooth({ norms, sum }: Regularizer): boolean {
  return sum !== undefined && sum.power >= 2 && norms.every((norm) => isPlain(norm, "l2") || norm.kind === "free");
}
