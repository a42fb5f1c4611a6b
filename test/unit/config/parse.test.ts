import { parseConfig } from "@optimality-lens/engine";
import { describe, expect, it } from "vitest";

const HEAD = "data: {target: y.csv}\nmapping: {kind: matrix}\n";
const yaml = (text: string) => parseConfig(text, { fileName: "a.optimality.yaml" });
const json = (text: string) => parseConfig(text, { fileName: "a.optimality.json" });

/** `code path line:from-to message`, one-based lines for reading. */
const said = (parsed: ReturnType<typeof yaml>) =>
  parsed.findings.map((finding) => `${finding.code} ${finding.path}: ${finding.message}`);
const rangeText = (text: string, parsed: ReturnType<typeof yaml>, index = 0) => {
  const range = parsed.findings[index]?.range;
  if (range === undefined || range.start.line !== range.end.line) return undefined;
  return text.split(/\r?\n/)[range.start.line]?.slice(range.start.character, range.end.character);
};

describe("a config that is right", () => {
  it("fills in every default", () => {
    expect(yaml(`${HEAD}lambda: {relative: 0.1}\n`)).toMatchObject({
      findings: [],
      config: {
        data: { target: "y.csv", bias: false },
        loss: { kind: "squared", weight: 1 },
        mapping: { kind: "matrix" },
        regularizer: { kind: "product", norm: "l2", constraints: [], factors: [] },
        lambda: { kind: "relative", value: 0.1 },
        branches: 1,
        start: { kind: "random", seed: 1 },
        search: { gap: 1e-6, maxIterations: 10_000, grow: true },
      },
    });
  });

  it("reads what is written", () => {
    const text = `data: {target: "a.npz#y", mask: m.tsv}
loss: {squared: 2.5}
mapping: matrix
regularizer:
  kind: power
  factors: [{norm: l1}, {}]
lambda: 3
branches: 7
start: {random: {seed: 9, scale: 0.5}}
search: {gap: 1e-8, maxBranches: 9, maxIterations: 5, timeLimit: 2m, grow: false, method: prox-gradient}
`;
    expect(yaml(text)).toMatchObject({
      findings: [],
      config: {
        data: { target: "a.npz#y", mask: "m.tsv" },
        loss: { kind: "squared", weight: 2.5 },
        regularizer: {
          kind: "power",
          factors: [
            { norm: "l1", constraints: [] },
            { norm: "l2", constraints: [] },
          ],
        },
        lambda: { kind: "absolute", value: 3 },
        branches: 7,
        start: { kind: "random", seed: 9, scale: 0.5 },
        search: {
          gap: 1e-8,
          maxBranches: 9,
          maxIterations: 5,
          timeLimitMs: 120_000,
          grow: false,
          method: "prox-gradient",
        },
      },
    });
  });

  it.each([
    ["60s", 60_000],
    ["2m", 120_000],
    ["500ms", 500],
    ["1.5", 1500],
    ["1 h", 3_600_000],
  ])("reads the time limit %s", (written, ms) => {
    expect(yaml(`${HEAD}lambda: 1\nsearch: {timeLimit: ${written}}\n`).config?.search.timeLimitMs).toBe(ms);
  });

  it("gives the same config for YAML and JSON, with tabs, comments, a byte order mark and CRLF", () => {
    const text =
      '\uFEFF{\r\n\t"data": {"target": "y.csv"}, // the data\r\n\t"mapping": {"kind": "matrix"},\r\n\t"lambda": 1\r\n}\r\n';
    expect(json(text).findings).toEqual([]);
    expect(json(text).config).toEqual(yaml(`\uFEFF${HEAD}lambda: 1\n`).config);
  });

  it("resolves aliases", () => {
    expect(yaml("data: {target: &y y.csv, mask: *y}\nmapping: matrix\nlambda: 1\n").config?.data.mask).toBe("y.csv");
  });
});

describe("everything at once, each at its place", () => {
  it("reports all problems in the order of the text", () => {
    const text = "data: {targt: y.csv}\nmapping: {kind: cpp}\nlambda: -1\nbranches: 0\nsearch: {grow: maybe}\n";
    const parsed = yaml(text);
    expect(parsed.config).toBeUndefined();
    expect(parsed.findings.map(({ code, path }) => [code, path])).toEqual([
      ["unknown-key", "data.targt"],
      ["invalid-value", "mapping.kind"],
      ["invalid-value", "lambda"],
      ["invalid-value", "branches"],
      ["invalid-value", "search.grow"],
    ]);
    expect(parsed.findings.map((_, i) => rangeText(text, parsed, i))).toEqual(["targt", "cpp", "-1", "0", "maybe"]);
  });

  it.each([
    ["lambda: -1", "lambda: -1 is not > 0; write a number above 0, or {relative: 0.1} for a tenth of λ_max"],
    [
      "lambda: {relative: 0}",
      "lambda.relative: 0 is not > 0; write a number above 0; 1 is λ_max, where the model is zero",
    ],
    ["lambda: 1e999", /^lambda: Infinity is not a number > 0/],
    ["lambda: .nan", /^lambda: NaN is not a number > 0/],
    ["lambda: '5'", 'lambda: "5" is text, not a number; remove the quotes'],
    ["lambda:", /^lambda: no value; write a number above 0/],
    ["lambda: [1]", /^lambda: \[1\] is not a number > 0 or \{relative: x\}/],
    ["lambda: 1\nbranches: 1.5", /^branches: 1\.5 is not a whole number/],
    ["lambda: 1\nbranches: 10001", /^branches: 10001 is not ≤ 10000/],
    ["lambda: 1\nsearch: {gap: 0}", /^search\.gap: 0 is not > 0/],
    ["lambda: 1\nsearch: {timeLimit: 0s}", /^search\.timeLimit: "0s" is not > 0/],
    ["lambda: 1\nsearch: {timeLimit: soon}", /^search\.timeLimit: "soon" is not a duration/],
    ["lambda: 1\nbranches: 5\nsearch: {maxBranches: 2}", /^search\.maxBranches: 2 is fewer than the 5 branches/],
    [
      "lambda: 1\nregularizer: {norms: [l1, l2, l2]}",
      "regularizer.norms: 3 norms for 2 factors; write one for U and one for V",
    ],
    [
      "lambda: 1\nregularizer: {factors: [{norm: l1}]}",
      "regularizer.factors: 1 entry for 2 factors; write one for U and one for V",
    ],
    [
      "lambda: 1\nregularizer: {norm: l1, norms: [l1, l2]}",
      "regularizer: norm and norms say the same thing; keep one of them",
    ],
    [
      "lambda: 1\nregularizer: {kind: weight-decay, norm: l1}",
      /^regularizer\.norm: weight-decay always has the norm l2, not l1/,
    ],
    [
      "lambda: 1\nregularizer: {kind: l1, factors: [{norm: l1}, {norm: l2}]}",
      /^regularizer\.factors\[1\]\.norm: l1 always has/,
    ],
    ["lambda: 1\nregularizer: {kind: prodct}", /"prodct" is not one of product, .*; did you mean product\?$/],
    ["lambda: 1\nloss: {squared: -2}", "loss.squared: -2 is not > 0; write a number above 0"],
    ["lambda: 1\nstart: {random: {seed: -1}}", /^start\.random\.seed: -1 is not ≥ 0/],
  ])("%s", (lines, message) => {
    const parsed = yaml(`${HEAD}${lines}\n`);
    expect(parsed.config).toBeUndefined();
    expect(parsed.findings).toHaveLength(1);
    expect(parsed.findings[0]?.code).toBe("invalid-value");
    if (typeof message === "string") expect(parsed.findings[0]?.message).toBe(message);
    else expect(parsed.findings[0]?.message).toMatch(message);
  });

  it.each([
    ["y.xlsx", "invalid-value", /not a \.csv/],
    ["https://example.org/y.csv", "invalid-value", /is an address/],
    ["y.csv#a", "invalid-value", /only \.npz files hold several/],
    ["y.mtx#a", "invalid-value", /only \.npz files hold several/],
  ])("data.target: %s", (name, code, message) => {
    const [finding] = yaml(`data: {target: "${name}"}\nmapping: matrix\nlambda: 1\n`).findings;
    expect(finding?.code).toBe(code);
    expect(finding?.message).toMatch(message);
  });
});

describe("unknown and missing keys", () => {
  it("suggests the key that was meant, and does not also call it missing", () => {
    const text = `${HEAD}lamda: 1\n`;
    const parsed = yaml(text);
    expect(said(parsed)).toEqual(["unknown-key lamda: unknown key lamda; did you mean `lambda`?"]);
    expect(rangeText(text, parsed)).toBe("lamda");
    expect(parsed.findings[0]?.suggestions[0]).toMatchObject({
      kind: "edit",
      edits: [{ op: "rename", path: "lamda", to: "lambda" }],
    });
  });

  it("finds the place of a key that stands at the wrong level", () => {
    const [finding] = yaml(`${HEAD}lambda: 1\ngap: 1e-8\n`).findings;
    expect(finding?.message).toBe("unknown key gap; did you mean `search.gap`?");
    expect(finding?.suggestions[0]).toMatchObject({
      edits: [
        { op: "remove", path: "gap" },
        { op: "set", path: "search.gap", value: 1e-8 },
      ],
    });
  });

  it("lists the known keys when none is near, also for the names every object has", () => {
    const messages = yaml(`${HEAD}lambda: 1\nconstructor: 1\n__proto__: 2\n"a.b": 3\n`).findings.map(
      ({ message }) => message,
    );
    expect(messages).toHaveLength(3);
    for (const message of messages) expect(message).toMatch(/known here: data, loss, mapping/);
  });

  it("names each missing key and the line to add", () => {
    expect(yaml("branches: 2\n").findings.map(({ code, message }) => [code, message])).toEqual([
      ["missing-key", "data.target is missing; add a line such as `data: {target: y.csv}`"],
      ["missing-key", "mapping is missing; add a line such as `mapping: {kind: matrix}`"],
      ["missing-key", "lambda is missing; add a line such as `lambda: {relative: 0.1}`"],
    ]);
  });

  it.each(["", "# nothing but a comment\n", "\n\n"])("offers the smallest config for %j", (text) => {
    const [finding] = yaml(text).findings;
    expect(finding?.message).toBe("the config is empty; it needs data.target, mapping and lambda");
    expect(finding?.suggestions).toHaveLength(1);
  });
});

describe("texts that cannot be read", () => {
  const only = (parsed: ReturnType<typeof yaml>) => {
    expect(parsed.config).toBeUndefined();
    expect(new Set(parsed.findings.map(({ code }) => code))).toEqual(new Set(["syntax-error"]));
    return parsed.findings[0]?.message;
  };

  it.each([
    ["an unclosed bracket", "data: {target: y.csv\nlambda: 1\n", /bracket is not closed/],
    ["a tab", "data:\n\ttarget: y.csv\n", /a tab is used for indentation/],
    ["two documents", `${HEAD}lambda: 1\n---\na: 1\n`, /a second document starts here/],
    ["a circular alias", "data: &a {target: y.csv, mask: *a}\n", /\*a refers to itself/],
    ["a list", "- 1\n- 2\n", /is a list, not a mapping/],
    ["a word", "hello\n", /a single value, not a mapping/],
    ["binary data", "\u0000\u0001", /holds binary data/],
    ["depth", `${"[".repeat(5000)}\n`, /more than 500 brackets/],
    ["block depth", `${"- ".repeat(5000)}x\n`, /nested deeper than 32 levels/],
    ["an alias without an anchor", "data: *nowhere\n", /\*nowhere names no anchor/],
  ])("%s", (_name, text, message) => {
    expect(only(yaml(text))).toMatch(message);
  });

  it("reports a key that is given twice, at the second", () => {
    const text = `${HEAD}lambda: 1\nlambda: 2\n`;
    const parsed = yaml(text);
    expect(only(parsed)).toBe("lambda is given twice; remove one of the two");
    expect(parsed.findings[0]?.range?.start.line).toBe(3);
  });

  it("stops an alias bomb", () => {
    const levels = "bcdefghi".split("").map((name, i) => `${name}: [${`*${"abcdefgh"[i]}, `.repeat(9)}1]`);
    const bomb = `a: &a [1, 1]\n${levels.map((line) => `${line.slice(0, 2)} &${line[0]}${line.slice(2)}`).join("\n")}\n`;
    expect(only(yaml(bomb))).toMatch(/more than 100000 values once aliases are expanded/);
  });

  it("refuses a text beyond the cap, and says the cap", () => {
    expect(only(yaml(`# ${"x".repeat(1_000_000)}`))).toMatch(/at most 1000000 are read/);
  });

  it.each([
    ["no value", '{"data": }', /value expected/],
    ["a trailing comma", '{"data": 1,}', /not valid JSON/],
    ["single quotes", "{'data': 1}", /invalid symbol/],
    ["no end", '{"data": 1', /close brace expected/],
    ["depth", "[".repeat(100_000), /more than 2000 brackets/],
  ])("JSON with %s", (_, text, message) => {
    expect(only(json(text))).toMatch(message);
  });
});

describe("places", () => {
  const text = `# comment
data: {target: y.csv}
regularizer:
  kind: l1
  norms: [l1, l1]
lambda: {relative: 0.1}
mapping: {kind: matrix}
`;
  const parsed = yaml(text);
  const at = (path: string) => {
    const range = parsed.locate(path);
    return range === undefined
      ? undefined
      : text.split("\n")[range.start.line]?.slice(range.start.character, range.end.character);
  };

  it("locates values, keys of blocks, items, and falls back to the nearest key", () => {
    expect(at("regularizer.kind")).toBe("l1");
    expect(at("regularizer")).toBe("regularizer");
    expect(at("regularizer.norms[1]")).toBe("l1");
    expect(at("data.target")).toBe("y.csv");
    expect(at("data.mask")).toBe("data");
    expect(at("branches")).toBe("data");
    expect(yaml("").locate("lambda")).toBeUndefined();
  });

  it("names what stands at a position", () => {
    expect(parsed.pathAt({ line: 3, character: 3 })).toBe("regularizer.kind");
    expect(parsed.pathAt({ line: 3, character: 9 })).toBe("regularizer.kind");
    expect(parsed.pathAt({ line: 4, character: 15 })).toBe("regularizer.norms[1]");
    expect(parsed.pathAt({ line: 5, character: 20 })).toBe("lambda.relative");
    expect(parsed.pathAt({ line: 0, character: 2 })).toBe("");
    expect(parsed.pathAt({ line: 99, character: 0 })).toBe("");
  });

  it("counts UTF-16 units, and no byte order mark", () => {
    const wide = "\uFEFFdata: {target: '😀.csv', mask: 5}\nmapping: matrix\nlambda: 1\n";
    const [finding] = yaml(wide).findings;
    expect(finding?.path).toBe("data.mask");
    expect(finding?.range?.start).toEqual({ line: 0, character: "data: {target: '😀.csv', mask: ".length });
  });
});
