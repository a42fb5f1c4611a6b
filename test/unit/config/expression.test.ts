import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NormKind, NormSpec, RegularizerExpression } from "../../../engine/src/config/config.ts";
import { type CustomForm, canonicalForm } from "../../../engine/src/config/expression.ts";

const KINDS: readonly NormKind[] = ["l1", "l2", "linf", "nuclear", "spectral", "group"];
const FACTORS = 3;

/** Positive values of every norm on every factor: what slices would give. */
type Values = (factor: number, norm: NormSpec) => number;

function valuesOf(numbers: readonly number[]): Values {
  const at = (factor: number, kind: NormKind) => numbers[factor * KINDS.length + KINDS.indexOf(kind)] ?? Number.NaN;
  return (factor, norm) => {
    if (typeof norm === "string") return at(factor, norm);
    if ("lq" in norm) return at(factor, "l2") + norm.lq * at(factor, "l1");
    return Object.entries(norm).reduce((sum, [kind, weight]) => sum + weight * at(factor, kind as NormKind), 0);
  };
}

function evaluate(expression: RegularizerExpression, values: Values): number {
  if ("norm" in expression) return values(expression.factor, expression.norm);
  if ("sum" in expression) return expression.sum.reduce((all, each) => all + evaluate(each, values), 0);
  if ("product" in expression) return expression.product.reduce((all, each) => all * evaluate(each, values), 1);
  if ("power" in expression) return evaluate(expression.power, values) ** expression.exponent;
  return expression.scale * evaluate(expression.of, values);
}

function evaluateForm(form: CustomForm, values: Values): number {
  if (form.form === "product")
    return form.terms.reduce((all, t) => all * values(t.factor, t.norm) ** t.exponent, form.scale);
  return form.terms.reduce((all, t) => all + t.weight * values(t.factor, t.norm) ** form.power, 0);
}

const u = (norm: NormSpec): RegularizerExpression => ({ norm, factor: 0 });
const v = (norm: NormSpec): RegularizerExpression => ({ norm, factor: 1 });
const squared = (power: RegularizerExpression): RegularizerExpression => ({ power, exponent: 2 });

describe("the canonical form of an expression", () => {
  it.each<[string, RegularizerExpression, CustomForm]>([
    ["one norm", u("l1"), { form: "product", scale: 1, terms: [{ factor: 0, norm: "l1", exponent: 1 }] }],
    [
      "a product in any order",
      { product: [v("l1"), { scale: 2, of: u("l2") }] },
      {
        form: "product",
        scale: 2,
        terms: [
          { factor: 0, norm: "l2", exponent: 1 },
          { factor: 1, norm: "l1", exponent: 1 },
        ],
      },
    ],
    [
      "half the sum of squares",
      { scale: 0.5, of: { sum: [squared(u("l2")), squared(v("l2"))] } },
      {
        form: "sum",
        power: 2,
        terms: [
          { factor: 0, norm: "l2", weight: 0.5 },
          { factor: 1, norm: "l2", weight: 0.5 },
        ],
      },
    ],
    [
      "a sparse dictionary, multiplied out",
      { sum: [{ product: [u("l2"), v("l2")] }, { scale: 0.5, of: { product: [v("l1"), u("l2")] } }] },
      {
        form: "product",
        scale: 1,
        terms: [
          { factor: 0, norm: "l2", exponent: 1 },
          { factor: 1, norm: { l2: 1, l1: 0.5 }, exponent: 1 },
        ],
      },
    ],
    [
      "the square of a sum of norms",
      squared({ sum: [u("l2"), u("l1")] }),
      { form: "product", scale: 1, terms: [{ factor: 0, norm: { l2: 1, l1: 1 }, exponent: 2 }] },
    ],
    [
      "powers of one norm",
      { product: [u("l2"), squared(u({ l2: 3 }))] },
      { form: "product", scale: 9, terms: [{ factor: 0, norm: "l2", exponent: 3 }] },
    ],
    [
      "four products that are one",
      {
        sum: [
          { product: [u("l1"), v("l1")] },
          { product: [u("l2"), v("l2")] },
          { product: [u("l1"), v("l2")] },
          { product: [u("l2"), v("l1")] },
        ],
      },
      {
        form: "product",
        scale: 1,
        terms: [
          { factor: 0, norm: { l1: 1, l2: 1 }, exponent: 1 },
          { factor: 1, norm: { l1: 1, l2: 1 }, exponent: 1 },
        ],
      },
    ],
    [
      "ℓq twice",
      { sum: [u({ lq: 0.5 }), u({ lq: 0.5 })] },
      { form: "product", scale: 2, terms: [{ factor: 0, norm: { lq: 0.5 }, exponent: 1 }] },
    ],
  ])("%s", (_, expression, form) => {
    expect(canonicalForm(expression)).toEqual(form);
  });

  it.each<[string, RegularizerExpression]>([
    ["powers of different degree", { sum: [u("l2"), squared(v("l2"))] }],
    ["one factor in both terms", { sum: [squared(u("l1")), squared(u("l2"))] }],
    ["two norms of one factor multiplied", { product: [u("l1"), u("l2")] }],
    ["a sum over factors, multiplied", { product: [{ sum: [u("l1"), v("l1")] }, u("l1")] }],
    ["a sum over factors, squared", squared({ sum: [u("l1"), v("l1")] })],
    ["a product beside a norm", { sum: [{ product: [u("l2"), v("l2")] }, v("l2")] }],
    ["ℓq beside another norm", { sum: [u({ lq: 0.5 }), u("l1")] }],
    ["a sum of nothing", { sum: [] }],
  ])("%s has none", (_, expression) => {
    expect(canonicalForm(expression)).toBeUndefined();
  });

  const kind = fc.constantFrom(...KINDS.slice(0, 3));
  const weight = fc.constantFrom(0.25, 0.5, 1, 2, 3);
  const norm: fc.Arbitrary<NormSpec> = fc.oneof(
    { weight: 4, arbitrary: kind },
    { weight: 1, arbitrary: fc.dictionary(kind, weight, { minKeys: 1, maxKeys: 2 }) },
    { weight: 1, arbitrary: fc.record({ lq: fc.constantFrom(0.5, 1.5) }) },
  );
  const leaf = fc.record({ norm, factor: fc.nat(FACTORS - 1) });
  const { tree } = fc.letrec<{ tree: RegularizerExpression }>((tie) => {
    const inner = fc.array(tie("tree"), { minLength: 1, maxLength: 3 });
    return {
      tree: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        fc.record({ sum: inner }),
        fc.record({ product: inner }),
        fc.record({ power: tie("tree"), exponent: fc.constantFrom(0.5, 1, 2, 3) }),
        fc.record({ scale: weight, of: tie("tree") }),
      ),
    };
  });
  const numbers = fc.array(fc.double({ min: 0.25, max: 4, noNaN: true }), {
    minLength: FACTORS * KINDS.length,
    maxLength: FACTORS * KINDS.length,
  });

  it("is the same function of the norms, with each factor at most once", () => {
    let found = 0;
    fc.assert(
      fc.property(tree, numbers, (expression, drawn) => {
        const form = canonicalForm(expression);
        if (form === undefined) return;
        found++;
        const factors = form.terms.map(({ factor }) => factor);
        expect(new Set(factors).size).toBe(factors.length);
        const expected = evaluate(expression, valuesOf(drawn));
        expect(Math.abs(evaluateForm(form, valuesOf(drawn)) / expected - 1)).toBeLessThan(1e-12);
      }),
      { numRuns: 3000 },
    );
    expect(found).toBeGreaterThan(500);
  });

  it("is found for every product and every sum of powers, however it is written", () => {
    const factorNorm = fc.dictionary(kind, weight, { minKeys: 1, maxKeys: 3 });
    const exponent = fc.constantFrom(1, 2, 3);
    const norms = fc.array(factorNorm, { minLength: 1, maxLength: FACTORS });
    /** A norm as a sum of its parts, each scaled by hand. */
    const spread = (weights: Readonly<Record<string, number>>, factor: number): RegularizerExpression => ({
      sum: Object.entries(weights).map(([each, scale]) => ({ scale, of: { norm: each as NormKind, factor } })),
    });
    fc.assert(
      fc.property(norms, exponent, weight, fc.boolean(), numbers, (parts, power, scale, isSum, drawn) => {
        const powers = parts.map((each, i) => ({ power: spread(each, i), exponent: power }));
        const expression = { scale, of: isSum ? { sum: powers.toReversed() } : { product: powers.toReversed() } };
        const form = canonicalForm(expression);
        expect(form?.form).toBe(isSum && parts.length > 1 ? "sum" : "product");
        const value = form === undefined ? Number.NaN : evaluateForm(form, valuesOf(drawn));
        expect(Math.abs(value / evaluate(expression, valuesOf(drawn)) - 1)).toBeLessThan(1e-12);
      }),
      { numRuns: 500 },
    );
  });
});
