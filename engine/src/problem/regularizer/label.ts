/** How regularizers are written in formulas. */
import type { FactorSpec } from "../mapping/mapping.ts";
import type { Norm } from "./norm.ts";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const FRACTIONS: Readonly<Record<number, string>> = { 2: "½", 3: "⅓", 4: "¼", 5: "⅕", 6: "⅙", 8: "⅛" };

export function exponentText(e: number): string {
  if (e === 1) return "";
  return Number.isInteger(e) && e >= 0 ? [...String(e)].map((digit) => SUPERSCRIPTS[Number(digit)]).join("") : `^${e}`;
}

/** A number before what it multiplies. */
export function shareText(share: number): string {
  if (share === 1) return "";
  const whole = Math.round(1 / share);
  const isFraction = Math.abs(1 / whole - share) <= 1e-12 * share;
  return (isFraction ? FRACTIONS[whole] : undefined) ?? `${share} `;
}

/** What is said about constraints, behind the formula. */
export function conditionsText(conditions: readonly string[]): string {
  const said = conditions.filter((words) => words !== "");
  return said.length === 0 ? "" : `, ${said.join(", ")}`;
}

/** scale · Π n_k^weights_k, or Σ weights_k n_k^power. */
export interface LabelledForm {
  readonly form: "product" | "sum";
  readonly scale: number;
  readonly weights: readonly number[];
  readonly power: number;
}

export function formLabel(form: LabelledForm, norms: readonly Norm[], factors: readonly FactorSpec[]): string {
  const { weights, power } = form;
  const used = factors.map((_, k) => k).filter((k) => weights[k] > 0);
  const label = (k: number) => norms[k].label(factors[k].symbol);
  const where = conditionsText(used.map((k) => norms[k].condition(factors[k].symbol)));
  if (form.form === "product") {
    const factor = form.scale === 1 ? "" : `${form.scale} `;
    return `${factor}${used.map((k) => label(k) + exponentText(weights[k])).join("")}${where}`;
  }
  const terms = used.map((k) => label(k) + exponentText(power));
  const [first] = used.map((k) => weights[k]);
  if (!used.every((k) => weights[k] === first)) {
    return `${used.map((k, i) => `${weights[k]} ${terms[i]}`).join(" + ")}${where}`;
  }
  if (first === 1) return `${terms.join(" + ")}${where}`;
  return `${shareText(first)}${terms.length === 1 ? terms[0] : `(${terms.join(" + ")})`}${where}`;
}
