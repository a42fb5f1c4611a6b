import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RegularizerConfig, RegularizerExpression } from "../../../engine/src/config/config.ts";
import { exponentsOf, isDegenerate } from "../../../engine/src/homogeneity/exponents.ts";

const norm = (factor: number): RegularizerExpression => ({ norm: "l2", factor });
const custom = (expression: RegularizerExpression): RegularizerConfig => ({
  kind: "custom",
  norm: "l2",
  constraints: [],
  factors: [],
  expression,
});
const plain = (kind: RegularizerConfig["kind"]): RegularizerConfig => ({
  kind,
  norm: "l2",
  constraints: [],
  factors: [],
});

describe("exponents of a regularizer's terms", () => {
  it.each([
    ["product", [[1, 1, 1]]],
    [
      "power",
      [
        [3, 0, 0],
        [0, 3, 0],
        [0, 0, 3],
      ],
    ],
    [
      "weight-decay",
      [
        [2, 0, 0],
        [0, 2, 0],
        [0, 0, 2],
      ],
    ],
    [
      "l1",
      [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    ],
  ] as const)("%s of three factors", (kind, expected) => {
    expect(exponentsOf(plain(kind), 3)).toEqual(expected);
  });

  it("of sums, products and powers", () => {
    const expression: RegularizerExpression = {
      power: { product: [norm(0), { sum: [norm(1), { scale: 3, of: norm(0) }] }] },
      exponent: 2,
    };
    expect(exponentsOf(custom(expression), 2)).toEqual([
      [2, 2],
      [4, 0],
    ]);
  });

  it("gives up on products of too many sums, quickly", () => {
    const sum: RegularizerExpression = { sum: Array.from({ length: 30 }, (_, k) => norm(k)) };
    expect(exponentsOf(custom({ product: Array.from({ length: 20 }, () => sum) }), 30)).toBeUndefined();
  });
});

describe("degenerate pairs", () => {
  it.each<readonly [string, readonly number[], readonly (readonly number[])[], boolean]>([
    ["‖u‖‖v‖", [1, 1], [[1, 1]], false],
    [
      "½(‖u‖² + ‖v‖²)",
      [1, 1],
      [
        [2, 0],
        [0, 2],
      ],
      false,
    ],
    ["δ_C(u)‖v‖²", [1, 1], [[0, 2]], true],
    ["‖u‖²‖v‖", [1, 1], [[2, 1]], true],
    [
      "‖u‖²‖v‖ + ‖u‖‖v‖²",
      [1, 1],
      [
        [2, 1],
        [1, 2],
      ],
      false,
    ],
    [
      "‖u‖²‖v‖ + ‖u‖³‖v‖",
      [1, 1],
      [
        [2, 1],
        [3, 1],
      ],
      true,
    ],
    ["relu(Vu)² v with ‖u‖‖v‖", [2, 1], [[1, 1]], true],
    ["relu(Vu)² v with ‖u‖²‖v‖", [2, 1], [[2, 1]], false],
    [
      "relu(Vu)² v with a power sum",
      [2, 1],
      [
        [3, 0],
        [0, 3],
      ],
      false,
    ],
    [
      "three factors, one free",
      [1, 1, 1],
      [
        [2, 0, 0],
        [0, 2, 0],
      ],
      true,
    ],
    ["one factor", [2], [[2]], false],
  ])("%s", (_, degrees, exponents, expected) => {
    expect(isDegenerate(degrees, exponents)).toBe(expected);
  });

  it("for two factors: exactly when all terms lie on one side of the ray of the degrees", () => {
    const exponent = fc.integer({ min: 0, max: 6 });
    const pair = fc.tuple(exponent, exponent).filter(([a, b]) => a + b > 0);
    fc.assert(
      fc.property(pair, fc.array(pair, { minLength: 1, maxLength: 6 }), (d, terms) => {
        const sides = terms.map((e) => Math.sign(d[0] * e[1] - d[1] * e[0]));
        const expected = sides.every((side) => side > 0) || sides.every((side) => side < 0);
        expect(isDegenerate(d, terms)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("never for terms among which the degrees are a combination", () => {
    const matrix = fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 4 }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        matrix,
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 }),
        (terms, weights) => {
          const degrees = [0, 1, 2, 3].map((k) => terms.reduce((sum, term, t) => sum + term[k] * weights[t], 0));
          fc.pre(degrees.some((m) => m > 0));
          expect(isDegenerate(degrees, terms)).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("always for terms that one rescaling shrinks", () => {
    const three = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 3, maxLength: 3 });
    const directions = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 });
    let seen = 0;
    fc.assert(
      fc.property(fc.array(three, { minLength: 1, maxLength: 40 }), directions, (all, x) => {
        const degrees = [1, 1, 1];
        const along = (e: readonly number[]) => e.reduce((sum, value, k) => sum + value * x[k], 0);
        fc.pre(along(degrees) === 0);
        const shrinking = all.filter((e) => along(e) < 0);
        fc.pre(shrinking.length > 0);
        seen++;
        expect(isDegenerate(degrees, shrinking)).toBe(true);
      }),
      { numRuns: 100 },
    );
    expect(seen).toBe(100);
  });
});
