import { applyEditToValue, type ConfigEdit, editConfigText, type TextChange } from "@optimality-lens/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const CONFIG = `# ratings
data: {target: y.csv}   # the data
mapping:
  kind: matrix # the kind

regularizer:
  kind: l1   # sparse
  # more to come
lambda: 1
search:
`;

/** The edits applied the way an editor does: positions in the text before. */
function apply(text: string, changes: readonly TextChange[]): string {
  const starts = [0];
  for (const match of text.matchAll(/\n/g)) starts.push(match.index + 1);
  const offset = ({ line, character }: TextChange["range"]["start"]) => (starts[line] ?? text.length) + character;
  return changes
    .toReversed()
    .reduce((t, { range, newText }) => t.slice(0, offset(range.start)) + newText + t.slice(offset(range.end)), text);
}

const edited = (text: string, edits: readonly ConfigEdit[], name = "a.yaml") => {
  const result = editConfigText(text, name, edits);
  expect(apply(text, result.edits)).toBe(result.text);
  return result.text;
};

describe("YAML", () => {
  it("changes a value and adds a key beside it, comments and all else untouched", () => {
    const edits: ConfigEdit[] = [
      { op: "set", path: "regularizer.kind", value: "product" },
      { op: "set", path: "regularizer.norm", value: "l1" },
    ];
    expect(edited(CONFIG, edits)).toBe(
      CONFIG.replace("kind: l1   # sparse\n", "kind: product   # sparse\n  norm: l1\n"),
    );
  });

  it("touches only the characters that differ", () => {
    expect(editConfigText(CONFIG, "a.yaml", [{ op: "set", path: "lambda", value: { relative: 0.1 } }]).edits).toEqual([
      { range: { start: { line: 8, character: 8 }, end: { line: 8, character: 9 } }, newText: "{relative: 0.1}" },
    ]);
  });

  it.each<[string, ConfigEdit, string, string]>([
    ["fills an empty value", { op: "set", path: "search.gap", value: 1e-8 }, "search:\n", "search: {gap: 1e-8}\n"],
    [
      "adds to a flow mapping",
      { op: "set", path: "data.mask", value: "m.csv" },
      "{target: y.csv}",
      "{target: y.csv, mask: m.csv}",
    ],
    ["renames a key", { op: "rename", path: "lambda", to: "λ" }, "lambda: 1", "λ: 1"],
    ["removes a line", { op: "remove", path: "lambda" }, "lambda: 1\n", ""],
    ["quotes what needs it", { op: "set", path: "data.target", value: "a, b.csv" }, "y.csv", '"a, b.csv"'],
    ["leaves text alone when nothing is there to remove", { op: "remove", path: "branches" }, "", ""],
    [
      "replaces a plain value by a mapping",
      { op: "set", path: "lambda.relative", value: 0.5 },
      "lambda: 1",
      "lambda: {relative: 0.5}",
    ],
  ])("%s", (_, edit, from, to) => {
    expect(edited(CONFIG, [edit])).toBe(CONFIG.replace(from, to));
  });

  it("writes the smallest config into an empty file", () => {
    const edits: ConfigEdit[] = [
      { op: "set", path: "data", value: { target: "y.csv" } },
      { op: "set", path: "lambda", value: { relative: 0.1 } },
    ];
    expect(edited("", edits)).toBe("data: {target: y.csv}\nlambda: {relative: 0.1}\n");
    expect(edited("# mine", edits)).toBe("# mine\ndata: {target: y.csv}\nlambda: {relative: 0.1}\n");
  });

  it("keeps CRLF and the byte order mark", () => {
    const text = "\uFEFFdata:\r\n  target: y.csv\r\nlambda: 1\r\n";
    const result = editConfigText(text, "a.yaml", [{ op: "set", path: "data.mask", value: "m.csv" }]);
    expect(result.text).toBe("\uFEFFdata:\r\n  target: y.csv\r\n  mask: m.csv\r\nlambda: 1\r\n");
  });

  it("edits block lists, and mappings in them", () => {
    const text = "regularizer:\n  factors:\n    - norm: l1\n      constraint: psd\n    - norm: l2\n";
    expect(edited(text, [{ op: "remove", path: "regularizer.factors[0].constraint" }])).toBe(
      text.replace("      constraint: psd\n", ""),
    );
    expect(edited(text, [{ op: "remove", path: "regularizer.factors[0].norm" }])).toBe(
      text.replace("norm: l1\n      ", ""),
    );
    expect(edited(text, [{ op: "remove", path: "regularizer.factors[1]" }])).toBe(text.replace("    - norm: l2\n", ""));
  });

  it("does not change what an alias shares", () => {
    const after = edited("a: &x {b: 1}\nc: *x\n", [{ op: "set", path: "c.b", value: 2 }]);
    expect(parse(after)).toEqual({ a: { b: 1 }, c: { b: 2 } });
  });

  it("leaves a text with syntax errors as it is", () => {
    expect(editConfigText("a: [1\n", "a.yaml", [{ op: "set", path: "a", value: 1 }])).toEqual({
      edits: [],
      text: "a: [1\n",
    });
  });
});

describe("JSON", () => {
  const text = '{\n\t"data": {"target": "y.csv"},\n\t"lamda": 1, // weight\n\t"mapping": {"kind": "matrix"}\n}\n';

  it.each<[string, ConfigEdit, string, string]>([
    ["renames", { op: "rename", path: "lamda", to: "lambda" }, '"lamda"', '"lambda"'],
    ["sets", { op: "set", path: "lamda", value: { relative: 0.1 } }, "1,", '{"relative": 0.1},'],
    ["adds inline", { op: "set", path: "data.mask", value: "m.csv" }, '"y.csv"', '"y.csv", "mask": "m.csv"'],
    [
      "adds a line with the indent of its neighbors",
      { op: "set", path: "branches", value: 3 },
      '"matrix"}',
      '"matrix"},\n\t"branches": 3',
    ],
    ["removes a line", { op: "remove", path: "lamda" }, '\t"lamda": 1, // weight\n', ""],
  ])("%s", (_, edit, from, to) => {
    expect(edited(text, [edit], "a.json")).toBe(text.replace(from, to));
  });

  it("fills an empty file", () => {
    expect(JSON.parse(edited("", [{ op: "set", path: "data.target", value: "y.csv" }], "a.json"))).toEqual({
      data: { target: "y.csv" },
    });
  });
});

describe("the text after an edit means what the edit means", () => {
  const keys = fc.constantFrom("data", "lambda", "target", "kind", "search", "odd key", "a");
  const leaf = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
    fc.boolean(),
    fc.constant(null),
    fc.string({ maxLength: 8 }),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, tie("map"), fc.array(tie("value"), { maxLength: 3 })),
    map: fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
  }));
  const map = fc.dictionary(keys, value, { minKeys: 1, maxKeys: 4 });
  const segments = fc.array(keys, { minLength: 1, maxLength: 3 });
  const pathOf = (path: readonly string[]) =>
    path
      .map((key) => (key === "odd key" ? '["odd key"]' : key))
      .reduce((a, b) => (b.startsWith("[") ? a + b : `${a}.${b}`));
  const edit = fc.oneof(
    fc.record({ op: fc.constant("set" as const), path: segments.map(pathOf), value }),
    fc.record({ op: fc.constant("remove" as const), path: segments.map(pathOf) }),
    fc.record({ op: fc.constant("rename" as const), path: segments.map(pathOf), to: keys }),
  );

  /** Block style at the top, comments between, flow below: the layouts people mix. */
  const asYaml = (data: Readonly<Record<string, unknown>>, depth = 0): string =>
    Object.entries(data)
      .map(([key, child], i) => {
        const pad = "  ".repeat(depth);
        const isBlock =
          typeof child === "object" &&
          child !== null &&
          !Array.isArray(child) &&
          Object.keys(child).length > 0 &&
          (i + depth) % 2 === 0;
        const body = isBlock
          ? `\n${asYaml(child as Record<string, unknown>, depth + 1)}`
          : ` ${JSON.stringify(child)} # note ${i}\n`;
        return `${pad}${JSON.stringify(key)}:${body}`;
      })
      .join("");

  it("YAML", () => {
    fc.assert(
      fc.property(map, edit, (data, change) => {
        const text = `# first\n${asYaml(data)}# last\n`;
        const after = editConfigText(text, "a.yaml", [change]);
        expect(parse(after.text) ?? {}).toEqual(applyEditToValue(data, change));
        expect(apply(text, after.edits)).toBe(after.text);
      }),
      { numRuns: 400 },
    );
  });

  it("JSON", () => {
    fc.assert(
      fc.property(map, edit, fc.constantFrom(undefined, 2, "\t"), (data, change, indent) => {
        const text = JSON.stringify(data, null, indent);
        const after = editConfigText(text, "a.json", [change]);
        expect(JSON.parse(after.text)).toEqual(JSON.parse(JSON.stringify(applyEditToValue(data, change))));
        expect(apply(text, after.edits)).toBe(after.text);
      }),
      { numRuns: 400 },
    );
  });

  it("lines that an edit of a leaf does not name stay byte for byte", () => {
    fc.assert(
      fc.property(map, leaf, (data, to) => {
        const [key] = Object.keys(data);
        const target =
          Object.entries(data).find(([, child]) => typeof child !== "object" || child === null)?.[0] ?? key ?? "a";
        const text = `# first\n${asYaml(data)}# last\n`;
        const before = text.split("\n");
        const after = editConfigText(text, "a.yaml", [{ op: "set", path: pathOf([target]), value: to }]).text.split(
          "\n",
        );
        const touched = before.filter((line) => !line.startsWith(`${JSON.stringify(target)}:`));
        if (typeof data[target] === "object" && data[target] !== null) return;
        expect(after.filter((line) => !line.startsWith(`${JSON.stringify(target)}:`))).toEqual(touched);
      }),
    );
  });
});
