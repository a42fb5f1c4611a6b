import { describe, expect, it } from "vitest";
import { choosePolar } from "../../../engine/src/certify/polar/choose.ts";
import { splitBound } from "../../../engine/src/certify/polar/compound.ts";
import type { NormKind, RegularizerExpression } from "../../../engine/src/config/config.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { dot } from "../../../engine/src/linalg/vector.ts";
import { cpMapping } from "../../../engine/src/problem/mapping/cp.ts";
import type { Mapping } from "../../../engine/src/problem/mapping/mapping.ts";
import { sizesOf } from "../../../engine/src/problem/mapping/mapping.ts";
import { matrixMapping } from "../../../engine/src/problem/mapping/matrix.ts";
import { entryObservation, matrixSensing } from "../../../engine/src/problem/mapping/observations.ts";
import { symmetricMapping } from "../../../engine/src/problem/mapping/symmetric.ts";
import { compoundRegularizer } from "../../../engine/src/problem/regularizer/compound.ts";
import type { ResolvedConstraint } from "../../../engine/src/problem/regularizer/registry.ts";
import { normOf } from "../../../engine/src/problem/regularizer/registry.ts";
import type { Regularizer } from "../../../engine/src/problem/regularizer/regularizer.ts";
import { neuronNetwork } from "../../support/networks.ts";
import { normFor } from "../../support/norms.ts";
import { expectClose } from "../../support/problems.ts";

const n = (norm: NormKind, factor: number): RegularizerExpression => ({ norm, factor });
const raised = (power: RegularizerExpression, exponent: number): RegularizerExpression => ({ power, exponent });
const times = (scale: number, of: RegularizerExpression): RegularizerExpression => ({ scale, of });
const productOf = (norm: NormKind, factors: number): RegularizerExpression => ({
  product: Array.from({ length: factors }, (_, k) => n(norm, k)),
});
const both = (factors: number): RegularizerExpression => ({
  sum: [productOf("l2", factors), times(0.3, productOf("l1", factors))],
});
const SQUARES: RegularizerExpression = {
  sum: [times(0.5, raised(n("l2", 0), 2)), times(0.5, raised(n("l2", 1), 2)), times(0.3, productOf("l1", 2))],
};
const ROOT: RegularizerExpression = raised(
  { sum: [raised(productOf("l2", 2), 2), raised({ product: [n("l1", 0), n("linf", 1)] }, 2)] },
  0.5,
);
const CROSSED: RegularizerExpression = {
  sum: [{ product: [n("l1", 0), n("l2", 1)] }, times(0.7, { product: [n("l2", 0), n("l1", 1)] })],
};

function draw(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, normalStream(seed));
}

const table = (rows: number, columns: number, keep: (at: number) => boolean = () => true) =>
  observedEntries(draw(rows * columns, 1), rows, columns, keep);

function compoundOf(
  mapping: Mapping,
  expression: RegularizerExpression,
  constraints: readonly ResolvedConstraint[] = [],
): Regularizer {
  const made = compoundRegularizer(expression, mapping, (k, spec) =>
    normOf(spec, { shape: mapping.factors[k].shape, constraints }),
  );
  if (!made.ok || !made.regularizer.matched) throw new Error("no matched regularizer");
  return made.regularizer;
}

const options = { above: Number.POSITIVE_INFINITY, stopped: () => false };

const NONE: readonly ResolvedConstraint[] = [];
const CASES: readonly (readonly [string, Mapping, RegularizerExpression, readonly ResolvedConstraint[]])[] = [
  ["a table", matrixMapping(entryObservation(table(4, 3))), both(2), NONE],
  ["a table with holes", matrixMapping(entryObservation(table(4, 3, (at) => at % 5 !== 2))), SQUARES, NONE],
  ["a root of squares", matrixMapping(entryObservation(table(4, 3))), ROOT, NONE],
  ["rows and columns", matrixMapping(entryObservation(table(3, 4))), CROSSED, NONE],
  ["nonnegative factors", matrixMapping(entryObservation(table(3, 3))), both(2), ["nonnegative"]],
  ["measurements", matrixMapping(matrixSensing({ shape: [7, 4, 3], data: draw(84, 2) })), both(2), NONE],
  [
    "a symmetric table",
    symmetricMapping(entryObservation(table(3, 3))),
    { sum: [raised(n("l2", 0), 2), times(0.3, raised(n("l1", 0), 2))] },
    NONE,
  ],
  [
    "a tensor",
    cpMapping(
      observedEntries(draw(18, 1), 3, 6, () => true),
      [3, 3, 2],
    ),
    both(3),
    NONE,
  ],
  ["neurons", neuronNetwork(draw(15, 3), 3, 2), both(2), NONE],
];

describe("the polar of a compound regularizer", () => {
  it.each(CASES)("brackets what random branches reach: %s", (_, mapping, expression, constraints) => {
    const regularizer = compoundOf(mapping, expression, constraints);
    const x = new Float64Array(
      mapping.kind === "cp" ? 18 : mapping.kind === "network" ? 10 : mapping.observation.count,
    );
    const w = draw(x.length, 9);
    const polar = choosePolar(mapping, regularizer);
    const { lower, upper, branches } = polar(w, options);
    const close = polar(w, { ...options, effort: "close" });
    const reached = (values: readonly Float64Array[]) => {
      mapping.predictInto(x, { branches: 1, values });
      return dot(w, x) / regularizer.measure(values);
    };
    expectClose(reached(branches[0].factors), lower, 1e-12);
    expectClose(regularizer.measure(branches[0].factors), 1, 1e-12);
    expect(lower).toBeLessThanOrEqual(Math.min(upper, close.upper));
    expect(close.upper).toBeLessThanOrEqual(upper * (1 + 1e-9));
    const normal = normalStream(4);
    let best = 0;
    for (let k = 0; k < 20_000; k++) {
      const sparse = k % 3 === 0;
      const values = sizesOf(mapping).map((size) =>
        Float64Array.from({ length: size }, () => {
          const entry = constraints.length > 0 ? Math.abs(normal()) : normal();
          return sparse && Math.abs(entry) < 1 ? 0 : entry;
        }),
      );
      if (values.some((slice) => slice.every((entry) => entry === 0))) continue;
      best = Math.max(best, reached(regularizer.compound?.balanced(values) ?? values));
    }
    expect(best).toBeGreaterThan(0.3 * lower);
    expect(best).toBeLessThanOrEqual(lower * (1 + 1e-9));
    expect(best).toBeLessThanOrEqual(Math.min(upper, close.upper));
  });

  it("is that of the sum of norms where one factor is a number", () => {
    // |u| (‖v‖₂ + 0.3‖v‖₁): Ω is that norm of the row.
    const mapping = matrixMapping(entryObservation(table(1, 6)));
    const w = draw(6, 5);
    const { lower, upper } = choosePolar(mapping, compoundOf(mapping, both(2)))(w, { ...options, effort: "close" });
    const exact = normFor({ l2: 1, l1: 0.3 }, [6]).dualUpper(w);
    expectClose(lower, exact, 1e-9);
    expect(upper).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
    expectClose(upper, exact, 1e-6);
  });

  it("is within 2 % for ‖u‖₂‖v‖₂ + 0.3‖u‖₁‖v‖₁ on small tables, where the terms alone leave 30 %", () => {
    const mapping = matrixMapping(entryObservation(table(8, 6)));
    const w = draw(48, 6);
    const polar = choosePolar(mapping, compoundOf(mapping, both(2)));
    const plain = polar(w, { ...options, effort: "estimate" });
    const split = polar(w, options);
    expect(plain.upper).toBeGreaterThan(1.2 * plain.lower);
    expect(split.upper).toBeLessThan(1.02 * split.lower);
    expect(split.witness.kind).toBe("split");
  });

  it("checks a split that it is given, and holds whatever that is", () => {
    const mapping = matrixMapping(entryObservation(table(4, 3)));
    const w = draw(12, 7);
    const polar = choosePolar(mapping, compoundOf(mapping, both(2)));
    const found = polar(w, { ...options, effort: "close" });
    const proof = { branch: found.branches[0].factors, witness: found.witness };
    const checked = polar(w, { ...options, effort: "close", proof });
    expectClose(checked.lower, found.lower, 1e-12);
    expectClose(checked.upper, found.upper, 1e-12);
    const wrong = [Number.NaN, 1e300, 1, -3].map((x) => ({ shape: [4, 3], data: new Float64Array(12).fill(x) }));
    for (const term2 of [...wrong, { shape: [1], data: new Float64Array(1) }]) {
      const witness = { kind: "split", threshold: 1, arrays: { term2 } };
      const { upper } = polar(w, { ...options, effort: "close", proof: { branch: undefined, witness } });
      expect(upper).toBeGreaterThanOrEqual(found.lower);
    }
  });

  it("scales with W over 180 orders of magnitude", () => {
    const mapping = matrixMapping(entryObservation(table(4, 3)));
    const w = draw(12, 8);
    for (const expression of [both(2), SQUARES, ROOT]) {
      const polar = choosePolar(mapping, compoundOf(mapping, expression));
      const { lower, upper } = polar(w, options);
      for (const scale of [2 ** -300, 2 ** 300]) {
        const scaled = polar(
          w.map((x) => x * scale),
          options,
        );
        expectClose(scaled.lower, lower * scale, 1e-9);
        expectClose(scaled.upper, upper * scale, 1e-6);
        expect(scaled.lower).toBeLessThanOrEqual(scaled.upper);
      }
    }
  });

  it("says nothing where W is not finite, and 0 where W is", () => {
    const mapping = matrixMapping(entryObservation(table(2, 2)));
    const polar = choosePolar(mapping, compoundOf(mapping, both(2)));
    expect(polar(Float64Array.of(1, Number.NaN, 0, 0), options).upper).toBe(Number.POSITIVE_INFINITY);
    expect(polar(new Float64Array(4), options)).toMatchObject({ lower: 0, upper: 0 });
  });
});

describe("splitBound", () => {
  it("is the harmonic sum of the parts that have a bound, rounded up", () => {
    expect(splitBound([2, 2])).toBeGreaterThanOrEqual(1);
    expectClose(splitBound([2, 2]), 1, 1e-14);
    expectClose(splitBound([3, Number.POSITIVE_INFINITY]), 3, 1e-14);
    expect(splitBound([Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
    expect(splitBound([])).toBe(Number.POSITIVE_INFINITY);
    expect(splitBound([5, 0])).toBe(0);
  });
});
