import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NormKind, RegularizerExpression } from "../../../engine/src/config/config.ts";
import { canonicalForm } from "../../../engine/src/config/expression.ts";
import { gamma } from "../../../engine/src/linalg/rounding.ts";
import type { Branch } from "../../../engine/src/problem/factors.ts";
import type { FactorSpec } from "../../../engine/src/problem/mapping/mapping.ts";
import { compoundRegularizer } from "../../../engine/src/problem/regularizer/compound.ts";
import { normOf } from "../../../engine/src/problem/regularizer/registry.ts";
import type { RegularizedMapping, Regularizer } from "../../../engine/src/problem/regularizer/regularizer.ts";
import { regularizerOf } from "../../../engine/src/problem/regularizer/regularizer.ts";
import { normFor } from "../../support/norms.ts";
import { expectClose } from "../../support/problems.ts";
import { exactSum } from "../../support/rational.ts";

const SYMBOLS = ["u", "v", "x"];

/** u vᵀ or a tensor of rank one, with slices of length 3. */
function mappingOf(factors: number): RegularizedMapping {
  const specs = Array.from(
    { length: factors },
    (_, k): FactorSpec => ({ symbol: SYMBOLS[k], shape: [3], size: 3, degree: 1, regularized: true }),
  );
  return { kind: factors === 2 ? "matrix" : "cp", factors: specs, degree: factors, separable: true };
}

function compoundOf(expression: RegularizerExpression, factors = 2): Regularizer {
  const made = compoundRegularizer(expression, mappingOf(factors), (_, spec) =>
    normOf(spec, { shape: [3], constraints: [] }),
  );
  if (!made.ok) throw new Error(made.message);
  return made.regularizer;
}

const n = (norm: NormKind, factor: number): RegularizerExpression => ({ norm, factor });
const [u, v] = [(norm: NormKind) => n(norm, 0), (norm: NormKind) => n(norm, 1)];
const raised = (power: RegularizerExpression, exponent: number): RegularizerExpression => ({ power, exponent });
const times = (scale: number, of: RegularizerExpression): RegularizerExpression => ({ scale, of });
const BOTH: RegularizerExpression = {
  sum: [{ product: [u("l2"), v("l2")] }, times(0.3, { product: [u("l1"), v("l1")] })],
};
const SQUARES: RegularizerExpression = {
  sum: [times(0.5, raised(u("l2"), 2)), times(0.5, raised(v("l2"), 2)), times(0.3, { product: [u("l1"), v("l1")] })],
};
const ROOT: RegularizerExpression = raised(
  { sum: [raised({ product: [u("l2"), v("l2")] }, 2), raised({ product: [u("linf"), v("l1")] }, 2)] },
  0.5,
);

/** Straight from the definition. */
function naive(expression: RegularizerExpression, branch: Branch): number {
  if ("norm" in expression) return normFor(expression.norm, [3]).value(branch[expression.factor]);
  if ("sum" in expression) return expression.sum.reduce((all, each) => all + naive(each, branch), 0);
  if ("product" in expression) return expression.product.reduce((all, each) => all * naive(each, branch), 1);
  if ("power" in expression) return naive(expression.power, branch) ** expression.exponent;
  return expression.scale * naive(expression.of, branch);
}

const entry = fc.double({ min: -3, max: 3, noNaN: true }).map((x) => (Math.abs(x) < 0.01 ? 0.5 : x));
const slice = fc.tuple(entry, entry, entry).map((x) => Float64Array.from(x));
const kind = fc.constantFrom<NormKind>("l1", "l2", "linf");
const exponent = fc.constantFrom(0.5, 1, 1.5, 2);

function treeOf(factors: number): fc.Arbitrary<RegularizerExpression> {
  const leaf = fc.record({ norm: kind, factor: fc.nat(factors - 1) });
  const { tree } = fc.letrec<{ tree: RegularizerExpression }>((tie) => {
    const inner = fc.array(tie("tree"), { minLength: 1, maxLength: 3 });
    return {
      tree: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        leaf,
        fc.record({ sum: inner }),
        fc.record({ product: inner }),
        fc.record({ power: tie("tree"), exponent }),
        fc.record({ scale: fc.constantFrom(0.3, 2), of: tie("tree") }),
      ),
    };
  });
  return tree;
}

/** A sum of products whose exponents in each factor are drawn, of the given degree in all. */
function monomialsOf(factors: number): fc.Arbitrary<RegularizerExpression> {
  const exponents = fc
    .array(fc.nat({ max: 4 }), { minLength: factors, maxLength: factors })
    .filter((all) => all.some((e) => e > 0))
    .map((all) => {
      const total = all.reduce((sum, e) => sum + e, 0);
      return all.map((e) => (e * factors) / total);
    });
  const term = fc.tuple(exponents, fc.array(kind, { minLength: factors, maxLength: factors }), fc.constantFrom(0.3, 2));
  const monomial = term.map(
    ([all, kinds, by]): RegularizerExpression =>
      times(by, { product: all.flatMap((e, k) => (e > 0 ? [raised(n(kinds[k], k), e)] : [])) }),
  );
  return fc.array(monomial, { minLength: 2, maxLength: 4 }).map((sum) => ({ sum }));
}

describe("a compound regularizer", () => {
  it("is what the expression says", () => {
    fc.assert(
      fc.property(treeOf(3), slice, slice, slice, (expression, ...branch) => {
        expectClose(compoundOf(expression, 3).measure(branch), naive(expression, branch), 1e-12);
      }),
      { numRuns: 500 },
    );
  });

  it("is not below the exact value by more than its roundings", () => {
    // ℓ1 and ℓ∞ norms, sums, products and squares are exact in integers.
    const by = 0.3;
    const expression: RegularizerExpression = {
      sum: [raised({ sum: [u("l1"), times(by, v("linf"))] }, 2), { product: [u("linf"), v("l1")] }],
    };
    const g = compoundOf(expression);
    fc.assert(
      fc.property(slice, slice, (a, b) => {
        const [p, q] = [a, b].map((x) => Array.from(x, Math.abs));
        const [pMost, qMost] = [Math.max(...p), Math.max(...q)];
        const squares = p.flatMap((x) => p.map((y) => [x, y]));
        const mixed = p.flatMap((x) => [
          [x, by, qMost],
          [x, by, qMost],
        ]);
        const cross = q.map((x) => [pMost, x]);
        const value = g.measure([a, b]);
        const exact = [...squares, ...mixed, [by, qMost, by, qMost], ...cross];
        const excess = exactSum([...exact.map((term) => term.with(0, -term[0])), [value]]);
        const margin = exactSum([[value, gamma(g.roundings)]]);
        const size = excess.size < 0n ? -excess.size : excess.size;
        const shift = 1074n * BigInt(excess.factors - margin.factors);
        expect(size <= margin.size << shift).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("has the same subgradients in a slice as its tangent norm", () => {
    for (const expression of [BOTH, SQUARES, ROOT]) {
      const g = compoundOf(expression);
      fc.assert(
        fc.property(slice, slice, slice, (a, b, direction) => {
          const branch = [a, b];
          branch.forEach((x, k) => {
            const { norm, weight, power } = g.sliceForm(branch, k);
            expect(power).toBe(1);
            const h = 1e-6;
            const at = (t: number) => x.map((entry, i) => entry + t * direction[i]);
            const slope = (f: (y: Float64Array<ArrayBuffer>) => number) => (f(at(h)) - f(at(-h))) / (2 * h);
            const whole = slope((y) => g.measure(branch.with(k, y)));
            const part = weight * slope((y) => norm.value(y));
            // A kink of ℓ∞ within the step moves both alike.
            expect(Math.abs(whole - part)).toBeLessThan(1e-4 * (1 + Math.abs(whole)));
          });
        }),
        { numRuns: 100 },
      );
    }
  });

  it("gives canonical forms the same numbers as they have by themselves", () => {
    const forms: readonly RegularizerExpression[] = [
      { product: [u("l1"), v("l2")] },
      times(0.5, { sum: [raised(u("l2"), 2), raised(v("l1"), 2)] }),
      { sum: [times(3, raised(u("l2"), 2)), times(0.2, raised(v("l2"), 2))] },
    ];
    for (const expression of forms) {
      const form = canonicalForm(expression);
      if (form === undefined) throw new Error("no canonical form");
      const norms = form.terms.map(({ norm }) => normFor(norm, [3]));
      const own = regularizerOf("custom", norms, mappingOf(2), form);
      const g = compoundOf(expression);
      expect([g.degree, g.mismatch, g.matched]).toEqual([own.degree, own.mismatch, own.matched]);
      const [part, ...others] = g.compound?.parts ?? [];
      expect(others).toEqual([]);
      expectClose(part.scale, own.scale, 1e-12);
      fc.assert(
        fc.property(slice, slice, (...branch) => {
          expectClose(g.measure(branch), own.measure(branch), 1e-14);
          expectClose(
            part.measure(g.compound?.balanced(branch) ?? []),
            g.measure(g.compound?.balanced(branch) ?? []),
            1e-12,
          );
        }),
      );
    }
  });

  it("is not above what any other rescaling of its factors reaches, and keeps φ", () => {
    for (const expression of [BOTH, SQUARES, ROOT, raised({ sum: [u("l1"), v("l2")] }, 2)]) {
      const g = compoundOf(expression);
      fc.assert(
        fc.property(slice, slice, fc.double({ min: -4, max: 4, noNaN: true }), (a, b, by) => {
          const balanced = g.compound?.balanced([a, b]) ?? [];
          const other = [a.map((x) => x * Math.exp(by)), b.map((x) => x * Math.exp(-by))];
          expect(g.measure(balanced)).toBeLessThanOrEqual(g.measure(other) * (1 + 1e-12));
          expectClose(balanced[0][0] * balanced[1][0], a[0] * b[0], 1e-12);
        }),
      );
    }
  });

  it.each([2, 3])("is nowhere below the sum of its parts, for %d factors", (factors) => {
    let matched = 0;
    fc.assert(
      fc.property(
        monomialsOf(factors),
        fc.array(slice, { minLength: factors, maxLength: factors }),
        (expression, branch) => {
          const g = compoundOf(expression, factors);
          if (!g.matched) return;
          matched++;
          const parts = g.compound?.parts ?? [];
          for (const by of [-8, -1, 0, 1, 8]) {
            const scaled = branch.map((x, k) => x.map((entry) => entry * Math.exp(k === 0 ? by : -by / (factors - 1))));
            const below = parts.reduce((all, part) => all + part.measure(scaled), 0);
            expect(below).toBeLessThanOrEqual(g.measure(scaled));
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(matched).toBeGreaterThan(100);
  });

  it("is the sum of its parts where that is known", () => {
    const g = compoundOf(BOTH);
    expect(g.compound?.parts.map(({ norms }) => norms.map(({ kind }) => kind))).toEqual([
      ["l2", "l2"],
      ["l1", "l1"],
    ]);
    const [x, y] = [Float64Array.of(1, -2, 3), Float64Array.of(0.5, 0, 4)];
    expectClose(g.compound?.parts.reduce((all, part) => all + part.measure([x, y]), 0) ?? 0, g.measure([x, y]), 1e-13);
  });

  it("is degenerate exactly where some rescaling drives every term to 0", () => {
    // Every direction of rescaling on a grid, against the linear program.
    const directions = Array.from({ length: 720 }, (_, i) => {
      const angle = (i * Math.PI) / 360;
      const [a, b] = [Math.cos(angle), Math.sin(angle)];
      return [a, b, -a - b];
    });
    const counts = { degenerate: 0, matched: 0 };
    fc.assert(
      fc.property(monomialsOf(3), (expression) => {
        const g = compoundOf(expression, 3);
        if (g.mismatch?.includes("free")) return;
        const grown = directions.map((s) => {
          const branch = s.map((x) => Float64Array.of(Math.exp(200 * x), 0, 0));
          return Math.log(g.measure(branch));
        });
        const least = Math.min(...grown);
        if (g.matched) {
          counts.matched++;
          expect(least).toBeGreaterThan(-10);
        } else if (least < -2) counts.degenerate++;
        // Between grid directions a narrow cone may hide.
        else expect(least).toBeLessThan(1);
      }),
      { numRuns: 200 },
    );
    expect(counts.matched).toBeGreaterThan(20);
    expect(counts.degenerate).toBeGreaterThan(20);
  });

  it("says why there is no certificate, and writes its formula", () => {
    expect(compoundOf({ sum: [raised(u("l2"), 2), raised(u("l1"), 2)] }).mismatch).toContain("leaves v free");
    expect(compoundOf({ sum: [{ product: [u("l1"), v("l2")] }, v("l1")] }).mismatch).toContain("no single degree");
    expect(compoundOf(raised(BOTH, 2)).mismatch).toContain("different degrees of homogeneity, 2 and 4");
    const skew = { sum: [0.5, 0.25].map((e) => ({ product: [raised(u("l2"), e), raised(v("l1"), 2 - e)] })) };
    expect(compoundOf(skew).mismatch).toContain("rescaling");
    const many = raised({ sum: [BOTH, ROOT, SQUARES, raised({ product: [u("l1"), v("linf")] }, 1)] }, 150);
    expect(compoundOf({ power: many, exponent: 1 / 150 }).mismatch).toContain("too many terms");
    expect(compoundOf(SQUARES).label).toBe("½‖u‖₂² + ½‖v‖₂² + 0.3 ‖u‖₁‖v‖₁");
    expect(compoundOf(raised({ sum: [u("l1"), v("l2")] }, 2)).label).toBe("(‖u‖₁ + ‖v‖₂)²");
  });

  it("refuses ℓq beside other norms of the same factor, in words", () => {
    const both = {
      sum: [{ product: [n("l2", 0), n("l2", 1)] }, { product: [{ norm: { lq: 1.5 }, factor: 0 }, n("l1", 1)] }],
    };
    const made = compoundRegularizer(both, mappingOf(2), (_, spec) => normOf(spec, { shape: [3], constraints: [] }));
    expect(made).toMatchObject({ ok: false, message: expect.stringContaining("u: lq is in no sum") });
  });
});
