/**
 * Whether rescaling the factors against one another can drive a regularizer to 0 (footnote 3 of the paper).
 *
 * φ has degree d_k in factor k alone, so scaling the factors by c_k = e^{x_k} with Σ d_k x_k = 0 leaves it as it is. g is a sum of
 * terms Π n_k^{e_k}, which become e^{⟨e, x⟩} times as large. All of them can go to 0 at once exactly if no combination of their
 * exponents with weights ≥ 0 is d: by Farkas there is otherwise y with ⟨e, y⟩ ≤ 0 for all terms and ⟨d, y⟩ > 0, and y less a multiple
 * of (1, …, 1) is such an x (derived).
 */
import type { RegularizerConfig, RegularizerExpression } from "../config/config.ts";

/** One exponent per factor. */
type Exponents = readonly number[];

/** A custom regularizer is judged up to this many terms. */
const MAX_TERMS = 500;

/** Exponents of the terms of g in the norm of each factor; undefined for more terms than are looked at, or exponents below 0. */
export function exponentsOf(regularizer: RegularizerConfig, factors: number): readonly Exponents[] | undefined {
  const only = (factor: number, exponent: number): Exponents =>
    Array.from({ length: factors }, (_, k) => (k === factor ? exponent : 0));
  const each = (exponent: number): readonly Exponents[] => Array.from({ length: factors }, (_, k) => only(k, exponent));
  switch (regularizer.kind) {
    case "product":
      return [new Array<number>(factors).fill(1)];
    case "power":
      return each(factors);
    case "weight-decay":
      return each(2);
    case "l1":
    case "elastic-net":
      return each(1);
    case "custom":
      return regularizer.expression === undefined ? undefined : terms(regularizer.expression, only);
    default:
      return regularizer.kind satisfies never;
  }
}

/**
 * Terms of a power of a sum that lie inside the hull of the others are left out: they never decide. Products are expanded, capped.
 */
function terms(
  expression: RegularizerExpression,
  only: (factor: number, exponent: number) => Exponents,
): readonly Exponents[] | undefined {
  if ("norm" in expression) return [only(expression.factor, 1)];
  if ("scale" in expression) return expression.scale > 0 ? terms(expression.of, only) : undefined;
  if ("power" in expression) {
    const { exponent } = expression;
    return exponent > 0 ? terms(expression.power, only)?.map((term) => term.map((e) => exponent * e)) : undefined;
  }
  const parts: (readonly Exponents[])[] = [];
  for (const child of "sum" in expression ? expression.sum : expression.product) {
    const part = terms(child, only);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const [first, ...others] = parts;
  if (first === undefined) return undefined;
  let all = first;
  for (const part of others) {
    const joined =
      "sum" in expression ? [...all, ...part] : all.flatMap((a) => part.map((b) => a.map((e, k) => e + (b[k] ?? 0))));
    all = distinct(joined);
    if (all.length > MAX_TERMS) return undefined;
  }
  return all;
}

function distinct(all: readonly Exponents[]): readonly Exponents[] {
  return [...new Map(all.map((term) => [term.join(), term])).values()];
}

/** `degrees`: of φ in each factor alone, none below 0, not all 0. */
export function isDegenerate(degrees: readonly number[], exponents: readonly Exponents[]): boolean {
  // Not decided: nothing is claimed against the regularizer.
  return combinationOf(degrees, exponents) === null;
}

/**
 * λ ≥ 0 with Σ λ_t columns_t = `target` ≥ 0, up to rounding; null where there is none, undefined where that was not decided. At most
 * as many λ_t as rows are not 0. The first phase of the simplex method with Bland's rule, on K × (T + K) numbers.
 */
export function combinationOf(
  target: readonly number[],
  columns: readonly Exponents[],
): readonly number[] | null | undefined {
  const rows = target.length;
  const width = columns.length;
  // One artificial variable per row makes the first basis; they need no columns, as they never come back.
  const table = target.map((t, i) => [...columns.map((column) => column[i] ?? 0), t]);
  const basis = target.map((_, i) => width + i);
  const tolerance = 1e-10 * Math.max(1, ...target, ...columns.flat());
  for (let step = 0; step < 50 * (rows + width); step++) {
    const artificial = table.filter((_, i) => (basis[i] ?? 0) >= width);
    if (artificial.every((row) => (row[width] ?? 0) <= tolerance)) {
      const weights = new Array<number>(width).fill(0);
      for (const [i, row] of table.entries()) if ((basis[i] ?? width) < width) weights[basis[i] ?? 0] = row[width] ?? 0;
      return weights;
    }
    const gains = columns.map((_, j) => artificial.reduce((sum, row) => sum + (row[j] ?? 0), 0));
    const enter = gains.findIndex((gain, j) => gain > tolerance && !basis.includes(j));
    if (enter < 0) return null;
    let leave = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const [i, row] of table.entries()) {
      const pivot = row[enter] ?? 0;
      if (pivot <= tolerance) continue;
      const ratio = (row[width] ?? 0) / pivot;
      if (ratio < least || (ratio === least && (basis[i] ?? 0) < (basis[leave] ?? 0))) {
        least = ratio;
        leave = i;
      }
    }
    const pivotRow = table[leave];
    if (pivotRow === undefined) return null;
    const pivot = pivotRow[enter] ?? 1;
    const scaled = pivotRow.map((x) => x / pivot);
    for (const [i, row] of table.entries()) {
      const factor = row[enter] ?? 0;
      table[i] = i === leave ? scaled : row.map((x, j) => x - factor * (scaled[j] ?? 0));
    }
    basis[leave] = enter;
  }
  return undefined;
}
