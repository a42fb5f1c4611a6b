import {
  type ConfigCompletion,
  completionAt,
  configJsonSchema,
  describeKey,
  keyReference,
  parseConfig,
} from "@optimality-lens/engine";
import { describe, expect, it } from "vitest";

const YAML = "a.optimality.yaml";
const JSON_FILE = "a.optimality.json";

interface Options {
  readonly fileName?: string;
  readonly files?: readonly string[];
}

/** The text without its ▮, and where that stood. */
function cursorIn(marked: string) {
  const offset = marked.indexOf("▮");
  const before = marked.slice(0, offset).split("\n");
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  return { text, position: { line: before.length - 1, character: (before.at(-1) ?? "").length } };
}

function complete(marked: string, { fileName = YAML, files = [] }: Options = {}): ConfigCompletion[] {
  const { text, position } = cursorIn(marked);
  return completionAt(text, position, { fileName }).items(files);
}

function apply(marked: string, { range, insertText, caret }: ConfigCompletion): string {
  const { text } = cursorIn(marked);
  const lines = text.split("\n");
  const line = lines[range.start.line] ?? "";
  expect(range.end.line).toBe(range.start.line);
  const start = line.slice(0, range.start.character);
  lines[range.start.line] =
    `${start}${insertText.slice(0, caret)}▮${insertText.slice(caret)}${line.slice(range.end.character)}`;
  return lines.join("\n");
}

const labels = (marked: string, options?: Options) => complete(marked, options).map(({ label }) => label);
const keysOf = (marked: string, options?: Options) =>
  complete(marked, options)
    .filter(({ kind }) => kind === "key")
    .map(({ label }) => label);

/** The text after the completion called `label` was taken, with ▮ where the cursor goes. */
function take(marked: string, label: string, options?: Options): string {
  const found = complete(marked, options).find((each) => each.label === label);
  if (found === undefined) throw new Error(`no completion ${label} among ${labels(marked, options).join(", ")}`);
  return apply(marked, found);
}

const TOP = keyReference().filter(({ path }) => !path.includes("."));

describe("keys", () => {
  it("are all there in an empty config, the required ones first", () => {
    expect(new Set(keysOf("▮"))).toEqual(new Set(TOP.map(({ path }) => path)));
    expect(keysOf("▮").slice(0, 3)).toEqual(["data", "mapping", "lambda"]);
    expect(complete("▮").filter(({ detail }) => detail === "required")).toHaveLength(3);
    expect(keysOf("# a comment\n\n▮")).toEqual(keysOf("▮"));
  });

  it("come with what is known about them", () => {
    const lambda = complete("la▮").find(({ label }) => label === "lambda");
    expect(lambda?.about?.path).toBe("lambda");
    expect(lambda?.about?.info).toMatchObject({ description: expect.stringMatching(/regularizer weighs/) });
    expect(complete("search:\n  ▮").find(({ label }) => label === "gap")?.about?.path).toBe("search.gap");
  });

  it("leave out those that are written already, before and behind the cursor", () => {
    const found = keysOf("lambda: 1\n▮\ndata: {target: y.csv}\n");
    expect(found).toContain("mapping");
    expect(found).not.toContain("lambda");
    expect(found).not.toContain("data");
    expect(keysOf("data: {▮, mask: m.csv}")).toEqual(expect.not.arrayContaining(["mask"]));
    expect(keysOf("search:\n  ▮\n  gap: 1\n")).toEqual(expect.not.arrayContaining(["gap"]));
    expect(keysOf("search:\n  ▮\n  gap: 1\n")).toContain("grow");
  });

  it.each([
    ["below a key", "search:\n  ▮"],
    ["below a key, behind another", "search:\n  gap: 1\n  ▮\n"],
    ["with CRLF", "search:\r\n  gap: 1\r\n  ▮\r\nlambda: 1\r\n"],
    ["in braces", "search: {▮}"],
    ["in braces that are not closed", "search: {▮\nlambda: 1\n"],
    ["behind a comma", "search: {gap: 1e-8, ▮"],
    ["in braces over several lines", "search: {\n  gap: 1e-8,\n  ▮\n}\n"],
    ["half written", "search: {gr▮"],
    ["half written, in quotes", 'search: {"gr▮": true}'],
    ["in the middle of the key", "search: {gr▮ow: true}"],
    ["with a broken line above", "lambda: {1}}\nsearch:\n  ▮"],
    ["with an open bracket above", "data: {target: y.csv\nsearch:\n  ▮"],
    ["with an open quote above", 'data: {target: "y.csv}\nsearch:\n  gap: 1\n  ▮'],
    ["of a config in brackets", "{\ndata: {},\nsearch: {▮}\n}"],
  ])("of a nested mapping: %s", (_, marked) => {
    expect(keysOf(marked)).toContain("grow");
    expect(keysOf(marked)).not.toContain("lambda");
  });

  it("of the entries of a list", () => {
    expect(keysOf("regularizer:\n  factors:\n    - ▮")).toContain("norm");
    expect(keysOf("regularizer: {factors: [{norm: l1}, {▮}]}")).toContain("norm");
    expect(keysOf("regularizer: {factors: [{▮")).toContain("norm");
  });

  it("are inserted as far as their value is sure, with the cursor where the rest goes", () => {
    expect(take("▮", "data")).toBe("data: {target: ▮}");
    expect(take("lam▮", "lambda")).toBe("lambda: ▮");
    expect(take("sea▮", "search")).toBe("search: {▮}");
    expect(take("regularizer: {▮}", "norms")).toBe("regularizer: {norms: [▮]}");
    expect(take("regularizer: {▮ norm: l1}", "kind")).toBe("regularizer: {kind: ▮, norm: l1}");
    expect(take("la▮mda: 1", "lambda"), "the colon is there").toBe("lambda▮: 1");
    expect(take('search: {"gr▮"}', "grow")).toBe('search: {"grow": ▮}');
  });

  it.each([
    ["in a comment", "# ▮"],
    ["in a comment behind a value", "lambda: 1 # ▮"],
    ["below a finished value", "lambda: 1\n  ▮"],
    ["before another key", "▮ lambda: 1"],
    ["below an unknown key", "nope: {▮}"],
    ["in a text of many lines", "data: |\n  x\n  ▮"],
    ["below a key that is no mapping", "branches: {▮}"],
  ])("are not offered %s", (_, marked) => {
    expect(labels(marked)).toEqual([]);
  });
});

describe("layers", () => {
  it.each([
    ["in a list of lines", "mapping:\n  kind: network\n  layers:\n    - relu\n    - ▮\n    - dense\n"],
    ["half written", "mapping:\n  layers:\n    - con▮\n"],
    ["in a skip", "mapping:\n  layers:\n    - residual:\n        - relu\n        - ▮\n"],
  ])("are words and keys %s", (_, marked) => {
    expect(labels(marked)).toEqual(expect.arrayContaining(["relu", "batchNorm", "sigmoid", "conv2d", "residual"]));
    expect(take(marked, "conv2d")).toContain("- conv2d: {filters: ▮, kernel: }");
  });

  it.each([
    ["in brackets", "mapping: {kind: network, layers: [relu, ▮]}", YAML],
    ["in brackets that are not closed", "mapping: {kind: network, layers: [relu, ▮", YAML],
    ["in a skip", "mapping: {layers: [{residual: [relu, ▮]}]}", YAML],
    ["in JSON", '{"mapping": {"kind": "network", "layers": ["relu", ▮]}}', JSON_FILE],
    ["in a skip in JSON", '{"mapping": {"layers": [{"residual": [▮]}]}}', JSON_FILE],
  ])("are words and mappings %s", (_, marked, fileName) => {
    const found = labels(marked, { fileName });
    const quote = fileName === JSON_FILE ? '"' : "";
    expect(found).toEqual(expect.arrayContaining(["dense", "relu", `{${quote}leakyRelu${quote}: …}`]));
    expect(found).toContain(`{${quote}conv2d${quote}: {${quote}filters${quote}: …, ${quote}kernel${quote}: }}`);
  });

  it("have one key", () => {
    expect(keysOf("mapping: {layers: [{▮}]}")).toEqual(expect.arrayContaining(["dense", "conv2d", "residual"]));
    expect(keysOf("mapping: {layers: [{dense: 5, ▮}]}")).toEqual([]);
    expect(keysOf("mapping:\n  layers:\n    - dense: 5\n      ▮\n")).toEqual([]);
    expect(keysOf("mapping: {layers: [{de▮nse: 5}]}")).toContain("dropout");
    expect(keysOf("loss: {huber: 1, ▮}")).toEqual([]);
  });

  it.each([
    ["in braces", "mapping: {layers: [{conv2d: {filters: 3, ▮}}]}", YAML],
    ["below", "mapping:\n  layers:\n    - conv2d:\n        filters: 3\n        ▮\n", YAML],
    ["in a skip", "mapping: {layers: [{residual: [relu, {conv2d: {filters: 3, ▮}}]}]}", YAML],
    ["in JSON", '{"mapping": {"layers": [{"conv2d": {"filters": 3, ▮}}]}}', JSON_FILE],
  ])("have settings %s", (_, marked, fileName) => {
    expect(keysOf(marked, { fileName })).toEqual(["kernel", "stride", "padding", "bias"]);
  });

  it("settings have values, and what is known about them", () => {
    expect(labels("mapping: {layers: [{conv2d: {padding: ▮}}]}")).toEqual(["valid", "same"]);
    expect(labels("mapping: {layers: [{dense: ▮}]}")[0]).toBe("5");
    const [first] = complete("mapping: {layers: [relu, {residual: [{batchNorm: {▮}}]}]}");
    expect(first?.about?.path).toBe("mapping.layers[1].residual[0].batchNorm.epsilon");
  });
});

describe("norms, constraints and expressions", () => {
  it("are offered as words, as mappings and in lists", () => {
    expect(labels("regularizer: {norm: ▮}")).toEqual(expect.arrayContaining(["l2", "linf", "nuclear", "group", "{…}"]));
    expect(keysOf("regularizer: {norms: [l1, {▮}]}")).toEqual(expect.arrayContaining(["l1", "spectral", "lq"]));
    for (const marked of ["constraint: ▮", "constraint: [psd, ▮]", "regularizer: {factors: [{constraint: ▮}]}"])
      expect(labels(marked)).toEqual(expect.arrayContaining(["nonnegative", "{kernel: …}"]));
    expect(keysOf("constraint:\n  - nonnegative\n  - ▮\n")).toEqual(["sparse", "kernel", "inequality"]);
    expect(take("constraint: ▮", "{sparse: …}")).toBe("constraint: {sparse: ▮}");
  });

  it("lead into one another", () => {
    const at = (inner: string) => `regularizer: {kind: custom, expression: ${inner}}`;
    expect(keysOf(at("{▮}"))).toEqual(["norm", "factor", "sum", "product", "power", "scale"]);
    expect(keysOf(at("{norm: l2, ▮}"))).toEqual(["factor"]);
    expect(keysOf(at("{sum: [{product: [{▮}]}]}"))).toEqual(keysOf(at("{▮}")));
    expect(keysOf(at("{power: {of: {▮}}}"))).toEqual(keysOf(at("{▮}")));
    expect(keysOf(at("{power: {of: {norm: l2, factor: 1}, ▮}}"))).toEqual(["exponent"]);
  });
});

describe("values", () => {
  it("are those of the schema, the default first", () => {
    expect(complete("search: {grow: ▮}").map(({ label, detail }) => [label, detail])).toEqual([
      ["true", "default"],
      ["false", undefined],
    ]);
    expect(labels("loss: ▮")[0]).toBe("squared");
    expect(labels("regularizer: {kind: ▮}")).toEqual(expect.arrayContaining(["product", "power", "weight-decay"]));
  });

  it.each([
    ["behind the colon", "regularizer: {kind:▮}", "regularizer: {kind: power▮}"],
    ["behind colon and blank", "regularizer:\n  kind: ▮\n", "regularizer:\n  kind: power▮\n"],
    ["behind the colon, no blank", "regularizer:\n  kind:▮\n", "regularizer:\n  kind: power▮\n"],
    ["over a word", "regularizer: {kind: pro▮duct, norm: l1}", "regularizer: {kind: power▮, norm: l1}"],
    ["in quotes", 'regularizer: {kind: "p▮"}', 'regularizer: {kind: "power"▮}'],
    [
      "in quotes that are not closed",
      "regularizer:\n  kind: 'p▮\nlambda: 1\n",
      "regularizer:\n  kind: 'power'▮\nlambda: 1\n",
    ],
    ["before a comment", "regularizer: ▮ # how", "regularizer: power▮ # how"],
  ])("are inserted %s", (_, marked, after) => {
    expect(take(marked, "power")).toBe(after);
  });

  it("of lists, in both styles", () => {
    expect(take("regularizer: {norms: [l1, ▮]}", "l2")).toBe("regularizer: {norms: [l1, l2▮]}");
    expect(take("regularizer:\n  norms:\n    - ▮\n    - l2\n", "l1")).toBe(
      "regularizer:\n  norms:\n    - l1▮\n    - l2\n",
    );
    expect(take("regularizer:\n  factors:\n    ▮", "- …")).toBe("regularizer:\n  factors:\n    - ▮");
    expect(take("regularizer:\n  factors: ▮", "[…]")).toBe("regularizer:\n  factors: [▮]");
  });

  it("show the default and an example where anything may be written", () => {
    expect(complete("search: {gap: ▮}").map(({ label, detail }) => [label, detail])).toEqual([
      ["1e-6", "default"],
      ["1e-8", "example"],
    ]);
    expect(labels("search: {timeLimit: ▮}")).toEqual(["60s"]);
    expect(labels("lambda: ▮")).toEqual(["{relative: 0.1}"]);
  });

  it("start with the smallest config, which is one", () => {
    const text = take("▮", "smallest config").replace("▮", "");
    expect(parseConfig(text, { fileName: YAML }).findings).toEqual([]);
    expect(labels("lambda: 1\n▮")).not.toContain("smallest config");
    const json = take("▮", "smallest config", { fileName: JSON_FILE }).replace("▮", "");
    expect(parseConfig(json, { fileName: JSON_FILE }).findings).toEqual([]);
  });
});

describe("file names", () => {
  const files = ["ratings.csv", "odd, name.csv", "photo.png", "a.optimality.json", "data/"];

  it("are those that fit the key, quoted where YAML needs it", () => {
    expect(labels("data: {target: ▮}", { files })).toEqual(["ratings.csv", "odd, name.csv", "data/"]);
    expect(take("data:\n  mask: ra▮\n", "ratings.csv", { files })).toBe("data:\n  mask: ratings.csv▮\n");
    expect(take("data: {target: ▮}", "odd, name.csv", { files })).toBe('data: {target: "odd, name.csv"▮}');
    expect(take("data: {target: '▮'}", "data/", { files })).toBe("data: {target: 'data/▮'}");
    expect(take('{"data": {"target": "▮"}}', "data/", { files, fileName: JSON_FILE })).toBe(
      '{"data": {"target": "data/▮"}}',
    );
  });

  it("fit what the key holds", () => {
    const models = ["model.json", "net.onnx", "y.csv", "w.npz", "a.optimality.json"];
    expect(labels("mapping: {kind: network, model: ▮}", { files: models })).toEqual(["model.json", "net.onnx"]);
    expect(labels("start: {checkpoint: ▮}", { files: models })).toEqual(["w.npz"]);
  });

  it("are asked for by what is typed, and nowhere else", () => {
    const ask = (marked: string, fileName = YAML) => {
      const { text, position } = cursorIn(marked);
      return completionAt(text, position, { fileName }).file?.typed;
    };
    expect(ask("data: {target: sub/ra▮}")).toBe("sub/ra");
    expect(ask('data: {target: "my data/▮"}')).toBe("my data/");
    expect(ask('{"data": {"mask": "x▮"}}', JSON_FILE)).toBe("x");
    expect(ask("data: {input: v▮}")).toBe("v");
    expect(ask("constraint: [{kernel: k▮}]")).toBe("k");
    expect(ask("lambda: ▮")).toBeUndefined();
    expect(ask("data: {▮}")).toBeUndefined();
  });
});

describe("JSON", () => {
  const json = { fileName: JSON_FILE };

  it.each([
    ["empty braces", "{▮}"],
    ["quotes", '{"▮"}'],
    ["a bare word", "{da▮}"],
    ["behind a comment", '{\n  // c\n  "▮"\n}'],
    ["behind a comma", '{"loss": "squared", ▮'],
  ])("completes keys in %s", (_, marked) => {
    expect(take(marked, "data", json)).toContain('"data": {"target": ▮}');
  });

  it("keeps what is there", () => {
    expect(take('{"lo▮": "squared"}', "loss", json)).toBe('{"loss"▮: "squared"}');
    expect(take('{"lambda": 1,\n  ▮\n  "data": {}}', "branches", json)).toBe(
      '{"lambda": 1,\n  "branches": ▮,\n  "data": {}}',
    );
    expect(keysOf('{"lambda": 1, ▮, "data": {}}', json)).not.toContain("data");
  });

  it("completes values with quotes where they are text", () => {
    expect(take('{"regularizer": {"kind": ▮}}', "power", json)).toBe('{"regularizer": {"kind": "power"▮}}');
    expect(take('{"regularizer": {"kind": "p▮"}}', "power", json)).toBe('{"regularizer": {"kind": "power"▮}}');
    expect(take('{"search": {"grow":▮', "false", json)).toBe('{"search": {"grow": false▮');
    expect(take('{"lambda": ▮}', "{relative: 0.1}", json)).toBe('{"lambda": {"relative": 0.1}▮}');
    expect(take('{"regularizer": {"norms": ["l1", ▮]}}', "l2", json)).toContain('["l1", "l2"▮]');
  });

  it.each([
    ["in a comment", "{ // ▮\n}"],
    ["where a comma is missing", '{"lambda": 1 ▮}'],
    ["behind a key", '{"loss" ▮}'],
    ["behind the end", '{"lambda": 1}▮'],
  ])("offers nothing %s", (_, marked) => {
    expect(labels(marked, json)).toEqual([]);
  });
});

describe("descriptions", () => {
  it("are the same in hovers and in the JSON Schema that other extensions read", () => {
    const { properties } = configJsonSchema() as { properties: Record<string, { markdownDescription?: string }> };
    for (const key of TOP) expect(properties[key.path]?.markdownDescription).toBe(describeKey(key));
  });

  it("have all that is known of a key", () => {
    const info = { description: "Is `a` < b.", values: "a number", fallback: "1", example: "a: 1", hint: "write 1" };
    expect(describeKey(info)).toBe("Is `a` \\< b.\n\n*Values:* a number\n\n*Default:* 1\n\n```yaml\na: 1\n```");
  });
});

describe.each(keyReference().map((key) => [key.path, key] as const))("%s", (path, key) => {
  const name = path.split(/[.[\]]+/).at(-1) ?? "";
  const at = key.example.search(new RegExp(`(?<=^|[\\s{,])${name}:`, "m"));

  it("is offered where its example has it", () => {
    expect(at).toBeGreaterThanOrEqual(0);
    expect(keysOf(`${key.example.slice(0, at)}▮${key.example.slice(at)}`)).toContain(name);
  });

  it("has completions that are values of it", () => {
    const range = parseConfig(key.example, { fileName: YAML }).locate(path.replaceAll("[]", "[0]"));
    const lines = key.example.split("\n");
    const line = lines[range?.start.line ?? 0] ?? "";
    if (range === undefined || range.start.line !== range.end.line) return;
    lines[range.start.line] = `${line.slice(0, range.start.character)}▮${line.slice(range.end.character)}`;
    const marked = lines.join("\n");
    for (const completion of complete(marked).filter(({ continues }) => !continues)) {
      const text = apply(marked, completion).replace("▮", "");
      const wrong = parseConfig(text, { fileName: YAML }).findings.filter(
        (finding) =>
          finding.code === "syntax-error" || (finding.code === "invalid-value" && finding.path.startsWith(path)),
      );
      expect(
        wrong.map(({ message }) => message),
        text,
      ).toEqual([]);
    }
  });
});
