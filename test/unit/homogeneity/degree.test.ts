import {
  analyzeHomogeneity,
  branchBound,
  type Config,
  homogeneity,
  parseConfig,
  type RegularizerConfig,
  staticFindings,
} from "@optimality-lens/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { degree, none, power, product, sum } from "../../../engine/src/homogeneity/degree.ts";
import { normOf } from "../../../engine/src/problem/regularizer/norm.ts";

const config = (regularizer: string, more = ""): Config => {
  const parsed = parseConfig(
    `data: {target: y.csv}\nmapping: matrix\nlambda: 1\nregularizer: ${regularizer}\n${more}`,
    { fileName: "a.yaml" },
  );
  if (parsed.config === undefined) throw new Error(parsed.findings[0]?.message);
  return parsed.config;
};

describe("degrees", () => {
  it.each([
    ["{kind: product}", 2],
    ["{kind: product, norms: [l1, l2]}", 2],
    ["{kind: power, norm: l1}", 2],
    ["{kind: weight-decay}", 2],
    ["{kind: l1}", 1],
  ])("of the regularizer %s", (regularizer, expected) => {
    expect(homogeneity(config(regularizer))).toEqual({ mapping: 2, regularizer: expected });
  });

  it("are what scaling all factors shows", () => {
    const value = ({ kind, norms }: RegularizerConfig, u: readonly number[], v: readonly number[]) => {
      const [a, b] = [normOf(norms[0]).value(Float64Array.from(u)), normOf(norms[1]).value(Float64Array.from(v))];
      if (kind === "product") return a * b;
      return kind === "l1" ? a + b : (a ** 2 + b ** 2) / 2;
    };
    const vector = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        vector,
        vector,
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        fc.constantFrom(
          "{kind: product, norms: [l1, l2]}",
          "{kind: product, norms: [l2, {l2: 1, l1: 0.5}]}",
          "{kind: power}",
          "{kind: weight-decay}",
          "{kind: l1}",
        ),
        (u, v, scale, written) => {
          const { regularizer } = config(written);
          const scaled = value(
            regularizer,
            u.map((x) => scale * x),
            v.map((x) => scale * x),
          );
          const p = homogeneity(config(written)).regularizer ?? Number.NaN;
          expect(scaled).toBeCloseTo(scale ** p * value(regularizer, u, v), 6);
        },
      ),
    );
  });

  it("follow the algebra", () => {
    expect(product([degree(1), degree(2)])).toEqual(degree(3));
    expect(power(degree(2), 3)).toEqual(degree(6));
    expect(sum([degree(2), degree(2)], "x")).toEqual(degree(2));
    expect(sum([degree(2), degree(1)], "skip")).toEqual({ kind: "mixed", degrees: [1, 2], reason: "skip" });
    expect(product([sum([degree(2), degree(1)], "skip"), degree(1)])).toEqual({
      kind: "mixed",
      degrees: [2, 3],
      reason: "skip",
    });
    expect(sum([degree(1), none("tanh")], "x")).toEqual(none("tanh"));
    expect(power(none("tanh"), 2)).toEqual(none("tanh"));
  });
});

describe("degree-mismatch", () => {
  it("warns at regularizer.kind, with the statement and two repairs", () => {
    const [finding, ...others] = staticFindings(config("{kind: l1}"));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: "degree-mismatch", severity: "warning", path: "regularizer.kind" });
    expect(finding?.message).toMatch(/l1 has degree 1, but the mapping matrix has degree 2; .*Proposition 19/);
    expect(finding?.explanation).toMatch(/Proposition 19.*\(58\)/);
    expect(finding?.suggestions.map((suggestion) => suggestion.title)).toEqual([
      "use kind: product with norm l1 (degree matched)",
      "use kind: power with norm l1 (degree matched)",
    ]);
  });

  it.each(["{kind: product}", "{kind: power, norm: l1}", "{kind: weight-decay}"])("is silent for %s", (regularizer) => {
    expect(staticFindings(config(regularizer))).toEqual([]);
  });

  it("keeps its degrees in the analysis, with reasons", () => {
    expect(analyzeHomogeneity(config("{kind: l1}"))).toEqual({ mapping: degree(2), regularizer: degree(1) });
  });
});

describe("widths", () => {
  it.each([
    ["{kind: product}", 3],
    ["{kind: weight-decay}", 3],
    ["{norms: [l1, l2]}", 5],
    ["{norms: [l2, l1]}", 3],
    ["{norm: l1}", 3],
    ["{kind: l1}", 16],
  ])("for a 5×3 target with %s", (regularizer, expected) => {
    expect(branchBound(config(regularizer).regularizer, 5, 3)).toBe(expected);
  });

  it("more-branches-than-needed speaks only beyond it, and only when the shape is known", () => {
    const wide = config("{kind: product}", "branches: 4\n");
    expect(staticFindings(wide)).toEqual([]);
    expect(staticFindings(wide, { rows: 5, columns: 4 })).toEqual([]);
    expect(staticFindings(wide, { rows: 5, columns: 3 })).toMatchObject([
      {
        code: "more-branches-than-needed",
        severity: "info",
        path: "branches",
        suggestions: [{ edits: [{ op: "set", path: "branches", value: 3 }] }],
      },
    ]);
  });
});
