/** Norms, constraints and expressions: what may be written, what it becomes, and what is said when it is wrong. */
import { parseConfig } from "@optimality-lens/engine";
import { describe, expect, it } from "vitest";
import { complaint, configOf, type Head } from "./config-lines.ts";

const regularizerOf = (written: string, head?: Head) => configOf(`regularizer: ${written}`, head)?.regularizer;

describe("regularizers", () => {
  const two = (first: unknown, second: unknown) => [
    { norm: first, constraints: [] },
    { norm: second, constraints: [] },
  ];

  it.each([
    ["weight-decay", { kind: "weight-decay", norm: "l2", factors: [] }],
    ["l1", { kind: "l1", norm: "l1", factors: [] }],
    ["elastic-net", { kind: "elastic-net", norm: "l1", factors: [] }],
    ["{kind: power, norm: l1}", { kind: "power", norm: "l1", factors: [] }],
    ["{norm: {lq: 0.5}}", { kind: "product", norm: { lq: 0.5 }, factors: [] }],
    ["{norm: {l1: 2}}", { kind: "product", norm: { l1: 2 }, factors: [] }],
    ["{norm: {nuclear: 1, group: 2, linf: 3}}", { norm: { nuclear: 1, group: 2, linf: 3 } }],
    ["{norms: [l2, spectral]}", { kind: "product", norm: "l2", factors: two("l2", "spectral") }],
    ["{norms: [l2, {l2: 1, l1: 0.5}]}", { factors: two("l2", { l2: 1, l1: 0.5 }) }],
    ["{factors: [{norm: linf}, {}]}", { factors: two("linf", "l2") }],
  ])("%s", (written, regularizer) => {
    expect(regularizerOf(written)).toMatchObject(regularizer);
  });

  it.each(["cp", "network"] as const)("of %s may have any number of factors", (head) => {
    const mapping = head === "network" ? "\nmapping: {kind: network, layers: [relu]}" : "";
    expect(regularizerOf(`{norms: [l1, l2, linf, nuclear]}${mapping}`, head)?.factors).toHaveLength(4);
  });

  it.each([
    ["regularizer: {constraint: nonnegative}", ["nonnegative"]],
    ["constraint: psd", ["psd"]],
    ["regularizer: {constraint: {sparse: 3}}", [{ sparse: 3 }]],
    [
      "constraint: [nonnegative, {kernel: a.csv}, {inequality: b.npz#x}]",
      ["nonnegative", { kernel: "a.csv" }, { inequality: "b.npz#x" }],
    ],
    ["constraint: [{kernel: a.csv}, {kernel: b.csv}]", [{ kernel: "a.csv" }, { kernel: "b.csv" }]],
    ["constraint: []", []],
  ])("%s", (written, constraints) => {
    expect(configOf(written)?.regularizer.constraints).toEqual(constraints);
  });

  it("a factor has its own constraint, or that of all", () => {
    const { factors } = configOf(
      "constraint: nonnegative\nregularizer: {factors: [{constraint: {sparse: 2}}, {norm: l1}]}",
    )?.regularizer ?? { factors: [] };
    expect(factors).toEqual([
      { norm: "l2", constraints: [{ sparse: 2 }] },
      { norm: "l1", constraints: ["nonnegative"] },
    ]);
    expect(regularizerOf("{constraint: psd, factors: [{constraint: []}, {}]}")?.factors).toEqual([
      { norm: "l2", constraints: [] },
      { norm: "l2", constraints: ["psd"] },
    ]);
    expect(regularizerOf("{constraint: nonnegative, norms: [l1, l2]}")?.factors[1]?.constraints).toEqual([
      "nonnegative",
    ]);
  });

  it("put together from norms, with factors counted from 1", () => {
    const written =
      "{kind: custom, constraint: nonnegative, expression: {scale: {by: 2, of: {product: [{norm: l2, factor: 1}, {power: {of: {sum: [{norm: {lq: 2}, factor: 2}]}, exponent: 2}}]}}}}";
    expect(regularizerOf(written)).toEqual({
      kind: "custom",
      norm: "l2",
      constraints: ["nonnegative"],
      factors: [],
      expression: {
        scale: 2,
        of: {
          product: [
            { norm: "l2", factor: 0 },
            { power: { sum: [{ norm: { lq: 2 }, factor: 1 }] }, exponent: 2 },
          ],
        },
      },
    });
  });

  const nested = (depth: number): string =>
    depth === 0 ? "{norm: l2, factor: 1}" : `{scale: {by: 2, of: ${nested(depth - 1)}}}`;

  it.each([
    ["{norm: {lq: 0.5, l1: 1}}", /regularizer\.norm: lq stands alone, not in a sum/],
    ["{norm: {}}", /\{\} names no norm/],
    ["{norm: lq}", /lq needs a value; write \{lq: 1\.5\}$/],
    ["{norm: {lq: 0}}", /regularizer\.norm\.lq: 0 is not > 0/],
    ["{norm: {l2: 1, l1: 0}}", /regularizer\.norm\.l1: 0 is not > 0/],
    ["{norms: [7, l1]}", /^invalid-value 7 \| regularizer\.norms\[0\]: 7 is not one of l1, l2, .*\{lq: …\}/],
    ["{norms: [l1, l2, l2]}", /3 norms for 2 factors; write one for U and one for V/],
    ["{constraint: nonegative}", /did you mean nonnegative\?$/],
    ["{constraint: sparse}", /sparse needs a value; write \{sparse: 3\}$/],
    ["{constraint: {sparse: 0}}", /0 is not ≥ 1/],
    ["{constraint: {sparse: 1, kernel: a.csv}}", /sparse and kernel are two constraints; keep one of them/],
    [
      "{constraint: [psd, psd]}",
      /^invalid-value psd \| regularizer\.constraint\[1\]: "psd" is a second one of its kind/,
    ],
    ["{constraint: [{sparse: 1}, {sparse: 2}]}", /is a second one of its kind/],
    ["{constraint: [{inequality: a.xlsx}]}", /^invalid-value a\.xlsx \| regularizer\.constraint\[0\]\.inequality: /],
    ["{constraint: psd}\nconstraint: psd", /^invalid-value psd \| constraint: regularizer\.constraint says the same/],
    ["{kind: elastic-net, norm: l2}", /elastic-net always has ℓ1 and the square of ℓ2, not l2; remove it/],
    ["{kind: weight-decay, factors: [{norm: l1}, {}]}", /weight-decay always has the norm l2, not l1/],
    ["custom", /^missing-key regularizer \| regularizer\.expression is missing/],
    ["{kind: power, expression: {norm: l2, factor: 1}}", /an expression goes with kind: custom, not with power/],
    [
      "{kind: custom, norm: l1, expression: {norm: l2, factor: 1}}",
      /has its norms in regularizer\.expression; remove l1/,
    ],
    ["{kind: custom, expression: {norm: l2}}", /^missing-key .*regularizer\.expression\.factor is missing/],
    ["{kind: custom, expression: {norm: l2, factor: 0}}", /factor: 0 is not ≥ 1/],
    ["{kind: custom, expression: {norm: l2, factor: 3}}", /3 is more than the 2 factors of mapping matrix/],
    ["{kind: custom, expression: {nrm: l2, factor: 1}}", /did you mean `regularizer\.expression\.norm`\?$/],
    ["{kind: custom, expression: {}}", /\{\} is not an expression such as/],
    ["{kind: custom, expression: {sum: []}}", /regularizer\.expression\.sum: \[\] is not a list of expressions/],
    [
      "{kind: custom, expression: {sum: [{norm: l2, factor: 1}], factor: 1}}",
      /does not go with sum beside it; keep one/,
    ],
    ["{kind: custom, expression: {scale: {of: {norm: l2, factor: 1}}}}", /scale\.by is missing/],
    [`{kind: custom, expression: ${nested(40)}}`, /nested deeper than 64 levels/],
  ])("%s is answered in words", (written, message) => {
    expect(complaint(`regularizer: ${written}`)).toMatch(message);
  });

  it("one factor of symmetric", () => {
    const head = "data: {target: y.csv}\nmapping: symmetric\nlambda: 1\n";
    const messageOf = (lines: string) => parseConfig(head + lines, { fileName: "a.yaml" }).findings[0]?.message;
    expect(messageOf("regularizer: {norms: [l1]}\n")).toBeUndefined();
    expect(messageOf("regularizer: {norms: [l1, l1]}\n")).toMatch(/2 norms for 1 factor; write one for U$/);
    expect(messageOf("regularizer: {kind: custom, expression: {norm: l2, factor: 2}}\n")).toMatch(
      /2 is more than the 1 factor of mapping symmetric/,
    );
  });
});
