import { editConfigText, parseConfig } from "@optimality-lens/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** Valid configs that use the whole language, in both styles of YAML and in JSON. */
const LANGUAGE = [
  `data: {target: y.csv, input: v.npz#x, bias: true}
mapping:
  kind: network
  layers:
    - dense: {units: 5, bias: true}
    - conv2d: {filters: 4, kernel: [3, 5], stride: 2, padding: same}
    - residual: [relu, {residual: [abs, {power: 2}]}]
    - {maxPool2d: 2}
    - batchNorm: {epsilon: 1e-3}
    - {leakyRelu: 0.1}
    - dropout: 0.5
    - dense
constraint: [nonnegative, {kernel: k.csv}]
regularizer: {kind: power, norms: [l1, {l2: 1, linf: 0.5}, {lq: 0.5}, group]}
loss: cross-entropy
extra: {intercept: true}
lambda: {relative: 0.1}
start: {checkpoint: w.npz}
search: {method: bfgs, grow: false, maxIterations: 0}
`,
  `data: {target: y.npy, sensing: a.npy}
mapping: {kind: symmetric}
regularizer:
  kind: custom
  factors: [{constraint: [psd, {sparse: 3}]}]
  expression:
    scale:
      by: 0.5
      of: {power: {of: {sum: [{norm: l2, factor: 1}, {product: [{norm: {l1: 2}, factor: 1}]}]}, exponent: 2}}
lambda: 1
loss: {huber: 1.5}
`,
  `{
  "data": {"target": "y.csv", "input": "v.csv"},
  "mapping": {"kind": "network", "model": "model.json"},
  "regularizer": {"kind": "elastic-net", "constraint": {"inequality": "a.csv"}},
  "extra": {"intercept": true, "outliers": {"l1": 0.5}},
  "lambda": 1
}
`,
  "data: {target: y.npy}\nmapping: cp\nregularizer: {norms: [l2, nuclear, spectral]}\nlambda: 1\n",
] as const;
const SEEDS = [
  ...LANGUAGE,
  "data: {target: y.csv}\nmapping: {kind: matrix}\nlambda: {relative: 0.1}\n",
  "# c\ndata:\n  target: &a y.csv # t\n  mask: *a\nregularizer:\n  kind: product\n  factors:\n    - {norm: l1}\n    - norm: l2\nmapping: matrix\nlambda: 1\nsearch: {gap: 1e-8, timeLimit: 60s}\n",
  '{\n\t"data": {"target": "y.csv"},\n\t"mapping": {"kind": "matrix"},\n\t"lambda": 1\n}\n',
] as const;
const FRAGMENTS = [
  "{",
  "}",
  "[",
  "]",
  ":",
  ": ",
  "- ",
  "? ",
  "\n",
  "\r\n",
  "\t",
  "&a ",
  "*a",
  "!!map ",
  "|\n",
  ">\n",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "#",
  '"',
  "'",
  ",",
  "\u0000",
  "\uFEFF",
  "😀",
  "1e999",
  "<<: *a\n",
  "__proto__: {}\n",
  "lambda: 1\n",
  ..."relu|dense|conv2d|residual|kernel|norm|sum|psd|network|0|-1|1.5|{}|[]|null|[[|]}|: {|, {".split("|"),
];

const mutated = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat(700), fc.nat(20), fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 6 }))), {
      maxLength: 6,
    }),
  )
  .map(([seed, changes]) =>
    changes.reduce<string>((text, [at, drop, add]) => text.slice(0, at) + add + text.slice(at + drop), seed),
  );
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => new TextDecoder().decode(array));
const soup = fc
  .array(fc.constantFrom(...FRAGMENTS, "data", "target", "lambda"), { maxLength: 60 })
  .map((parts) => parts.join(""));
const anyText = fc.oneof(mutated, bytes, soup, fc.string({ unit: "binary", maxLength: 200 }));
const fileName = fc.constantFrom("a.optimality.yaml", "a.optimality.json");

const syntaxErrors = ({ findings }: ReturnType<typeof parseConfig>) =>
  findings.filter((finding) => finding.code === "syntax-error").length;

it.each(LANGUAGE)("the seeds are valid: %s", (text) => {
  const { findings } = parseConfig(text, {
    fileName: text.startsWith("{") ? "a.optimality.json" : "a.optimality.yaml",
  });
  expect(findings.map(({ message }) => message)).toEqual([]);
});

describe("invariant 4: parsing never throws", () => {
  it("any text gives a config or findings with ranges inside the text", () => {
    fc.assert(
      fc.property(anyText, fileName, (text, name) => {
        const parsed = parseConfig(text, { fileName: name });
        const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
        const lines = body.split(/\r\n|\r|\n/);
        expect(parsed.config === undefined).toBe(parsed.findings.length > 0);
        for (const { message, range, explanation } of parsed.findings) {
          expect(message).toMatch(/^.+$/u);
          expect(explanation).not.toBe("");
          for (const position of [range?.start, range?.end]) {
            expect(position?.line).toBeLessThan(lines.length);
            // A lone CRLF pair may be cut by a position between its two characters.
            expect(position?.character).toBeLessThanOrEqual((lines[position?.line ?? 0] ?? "").length + 1);
          }
        }
      }),
      { numRuns: 10000 },
    );
  });

  it("places and paths belong together, and every suggested edit can be made", () => {
    fc.assert(
      fc.property(mutated, fileName, fc.nat(20), fc.nat(60), (text, name, line, character) => {
        const parsed = parseConfig(text, { fileName: name });
        parsed.locate(parsed.pathAt({ line, character }));
        for (const suggestion of parsed.findings.flatMap((finding) => finding.suggestions)) {
          if (suggestion.kind !== "edit") continue;
          const { text: after } = editConfigText(text, name, suggestion.edits);
          // A key written twice counts as a syntax error too, and an edit elsewhere leaves it.
          expect(syntaxErrors(parseConfig(after, { fileName: name }))).toBeLessThanOrEqual(syntaxErrors(parsed));
        }
      }),
      { numRuns: 4000 },
    );
  });
});
