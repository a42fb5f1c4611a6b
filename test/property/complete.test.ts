import { completionAt, keyReference } from "@optimality-lens/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const SEEDS = [
  ...keyReference().map(({ example }) => `${example}\n`),
  "# c\ndata:\n  target: &a y.csv # t\n  mask: *a\nregularizer:\n  factors:\n    - {norm: l1}\n    - norm: l2\nlambda: 1\n",
  "mapping:\n  kind: network\n  layers:\n    - dense: 5\n    - residual: [relu, {conv2d: {filters: 2}}]\n    - \nconstraint: [psd, {}]\n",
  "regularizer: {kind: custom, expression: {sum: [{norm: {l1: 1}, factor: 1}, {power: {of: {}, exponent: 2}}]}}\n",
  '{"mapping": {"kind": "network", "layers": ["relu", {"dense": 5}, {"residual": [{}, ""]}]}}\n',
  '{\n\t"data": {"target": "y.csv"}, // c\n\t"mapping": {"kind": "matrix"},\n\t"lambda": 1\n}\n',
];
const FRAGMENTS = [
  ..."{}[],:#\"'|>&*?%\t \n\r-".split(""),
  ..."- |: |,\n|\r\n|&a |*a|? |---\n|!!map |//|/* |\u0000|\uFEFF|\uE0F0|😀|__proto__: |constructor|- - - |data|kind: |norm|relu|conv2d|residual: [|sum".split(
    "|",
  ),
];
const text = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat(200), fc.nat(12), fc.constantFrom(...FRAGMENTS)), { maxLength: 6 }),
    fc.option(fc.nat(200)),
  )
  .map(([seed, changes, cut]) => {
    const changed = changes.reduce((all, [at, drop, add]) => all.slice(0, at) + add + all.slice(at + drop), seed);
    return cut === null ? changed : changed.slice(0, cut);
  });
const anyText = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 40 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 100 }),
);

describe("completion of any text at any position", () => {
  it("never throws, and replaces what is around the cursor on its line", () => {
    fc.assert(
      fc.property(
        anyText,
        fc.nat(12),
        fc.nat(60),
        fc.constantFrom("a.optimality.yaml", "a.optimality.json"),
        (config, line, character, fileName) => {
          const lines = config.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
          const row = line % lines.length;
          const length = (lines[row] ?? "").length;
          const position = { line: row, character: character % (length + 1) };
          const found = completionAt(config, position, { fileName }).items(["y.csv", "a,b.csv", "sub/"]);
          expect(new Set(found.map(({ insertText }) => insertText)).size).toBe(found.length);
          for (const { label, range, insertText, caret } of found) {
            expect(label).not.toBe("");
            expect([range.start.line, range.end.line]).toEqual([row, row]);
            expect(range.start.character).toBeLessThanOrEqual(position.character);
            expect(range.end.character).toBeGreaterThanOrEqual(position.character);
            expect(range.end.character).toBeLessThanOrEqual(length);
            expect(caret).toBeGreaterThanOrEqual(0);
            expect(caret).toBeLessThanOrEqual(insertText.length);
            expect(insertText).not.toContain("\uE0F0");
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  // With work that grew as the square of the length this would not end before the runner's limit.
  it.each(["a.optimality.yaml", "a.optimality.json"])("answers hopeless texts (%s)", (fileName) => {
    const hopeless = [
      "[".repeat(100_000),
      "{a: ".repeat(50_000),
      "- ".repeat(100_000),
      "//\n".repeat(100_000),
      '"'.repeat(9999),
    ];
    for (const config of hopeless) {
      const position = { line: config.split("\n").length - 1, character: config.length };
      expect(Array.isArray(completionAt(config, position, { fileName }).items())).toBe(true);
    }
  });
});
