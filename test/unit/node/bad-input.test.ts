import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "./cli-harness.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/bad", import.meta.url));

/** Config, code, and what the message has to name: file, key or line, value, next step. */
const CASES: readonly (readonly [config: string, code: string, message: RegExp])[] = [
  ["missing-file.optimality.yaml", "file-missing", /data\.target: god\.csv does not exist; did you mean good\.csv\?/],
  [
    "missing-folder.optimality.yaml",
    "file-missing",
    /data\.target: nowhere\/y\.csv does not exist, nor does its folder; the path is relative/,
  ],
  ["target-is-folder.optimality.yaml", "file-missing", /data\.target: folder\.csv is a folder, not a file/],
  ["empty-data.optimality.yaml", "invalid-data", /data\.target: empty\.csv is empty \(0 bytes\)/],
  [
    "ragged.optimality.yaml",
    "invalid-data",
    /ragged\.csv: line 2: 2 cells, but the lines before have 3; every line needs as many/,
  ],
  ["text.optimality.yaml", "invalid-data", /text\.csv: line 3, column 2: "abc" is not a number; write a number/],
  ["infinite.optimality.yaml", "invalid-data", /infinite\.csv: line 2, column 1: "inf" is not finite/],
  ["all-nan.optimality.yaml", "invalid-data", /all-nan\.csv has no observed entry \(2 × 2, .*give at least one number/],
  [
    "wrong-mask.optimality.yaml",
    "shape-mismatch",
    /mask\.csv is 3 × 2, but data\.target good\.csv is 3 × 3; give both the same shape/,
  ],
  ["bad-mask.optimality.yaml", "invalid-data", /bad-mask\.csv|data\.mask: row 2, column 2 is 2/],
  ["three-axes.optimality.yaml", "shape-mismatch", /cube\.json has 3 axes \(2 × 2 × 2\)/],
  ["negative-lambda.optimality.yaml", "invalid-value", /lambda: -1 is not > 0; write a number above 0/],
  ["zero-lambda.optimality.yaml", "invalid-value", /lambda: 0 is not > 0/],
  ["unknown-key.optimality.yaml", "unknown-key", /unknown key lamda; did you mean `lambda`\?/],
  ["syntax.optimality.yaml", "syntax-error", /a bracket is not closed/],
  ["syntax.optimality.json", "syntax-error", /comma expected/],
  ["tab.optimality.yaml", "syntax-error", /a tab is used for indentation; YAML needs spaces/],
  ["circular.optimality.yaml", "syntax-error", /\*loop refers to itself/],
  ["alias-bomb.optimality.yaml", "syntax-error", /more than 100000 values once aliases are expanded/],
  ["two-documents.optimality.yaml", "syntax-error", /a second document starts here/],
  ["empty.optimality.yaml", "missing-key", /the config is empty; it needs data\.target, mapping and lambda/],
  ["list.optimality.yaml", "syntax-error", /the config is a list, not a mapping/],
  ["later.optimality.yaml", "unsupported", /later\.mtx is a sparse table, and loss: cross-entropy needs the class of/],
  [
    "cut-off.optimality.yaml",
    "invalid-data",
    /cut-off\.mtx: is cut off: the line of sizes says 3 entries, but 1 follow/,
  ],
  ["three-norms.optimality.yaml", "invalid-value", /regularizer\.norms: 3 norms for 2 factors/],
  ["not-json.optimality.yaml", "invalid-data", /broken\.json: is not valid JSON at line 1, column 14/],
  ["huge-shape.optimality.yaml", "invalid-data", /1,000,000,000 entries; at most 50,000,000 are read/],
  ["pickled.optimality.yaml", "invalid-data", /Python objects \(pickled\)/],
  ["truncated.optimality.yaml", "invalid-data", /is cut off: the shape 3×3 of f8 needs 72 bytes, but 40 bytes follow/],
  ["not-npz.optimality.yaml", "invalid-data", /is not a \.npz archive/],
  ["not-there.optimality.yaml", "file-missing", /not-there\.optimality\.yaml: does not exist/],
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimality-bad-"));
  cpSync(FIXTURES, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const snapshot = () =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => [name, statSync(join(folder, name)).mtimeMs] as const)
    .sort();

const STACK = /\n\s+at .*[:(]|Error:|node_modules|\.ts:\d/;

describe("bad input: exit 2, a message that helps, no stack trace, nothing written", () => {
  it("has a case for every fixture", () => {
    const configs = readdirSync(FIXTURES).filter((name) => name.includes(".optimality."));
    expect(configs.filter((name) => !CASES.some(([config]) => config === name))).toEqual([]);
  });

  it.each(CASES)("%s", async (config, code, message) => {
    const before = snapshot();
    const path = join(folder, config);
    for (const argv of [
      ["check", path],
      ["diagnose", path],
      ["check", "--json", path],
      ["diagnose", "--json", path],
    ]) {
      const { exit, stdout, stderr } = await runCli(argv);
      expect(exit, argv.join(" ")).toBe(2);
      const said = stdout + stderr;
      expect(said.replaceAll('\\"', '"')).toMatch(message);
      expect(said).toContain(code);
      expect(said).not.toMatch(STACK);
      if (argv.includes("--json")) expect(JSON.parse(stdout)).toMatchObject({ version: 1 });
      else if (argv[0] === "diagnose") expect(stdout).toBe("");
    }
    expect(snapshot()).toEqual(before);
  });
});

describe("bad certificates", () => {
  const CERTIFICATES: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    ["of another version", '{"format": "optimality-certificate", "version": 99}', /another version/],
    ["that is something else", '{"hello": "world"}', /not a certificate/],
    ["that is not JSON", "{", /not valid JSON/],
    ["that is a list", "[]", /certificate/],
    ["that is empty", "", /is empty/],
  ];

  it.each(CERTIFICATES)("%s", async (_name, text, message) => {
    const path = join(folder, "x.certificate.json");
    writeFileSync(path, text);
    const before = snapshot();
    for (const json of [[], ["--json"]]) {
      const { exit, stdout, stderr } = await runCli(["verify", path, ...json]);
      expect(exit).toBe(2);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(STACK);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      if (json.length > 0)
        expect(JSON.parse(stdout)).toMatchObject({ version: 1, error: expect.stringMatching(message) });
    }
    expect(snapshot()).toEqual(before);
  });

  it("whose config, data or factors are gone or damaged", async () => {
    const config = join(folder, "fine.optimality.yaml");
    writeFileSync(config, "data: {target: good.csv}\nmapping: {kind: matrix}\nlambda: {relative: 0.2}\n");
    expect((await runCli(["diagnose", config])).exit).toBe(0);
    const certificate = `${config}.certificate.json`;
    expect((await runCli(["verify", certificate])).exit).toBe(0);
    for (const [file, message] of [
      ["good.csv", /good\.csv does not exist/],
      ["fine.optimality.yaml.factors.npz", /factors\.npz: does not exist/],
      ["fine.optimality.yaml", /fine\.optimality\.yaml: does not exist/],
    ] as const) {
      const kept = readFileSync(join(folder, file));
      rmSync(join(folder, file));
      const { exit, stderr } = await runCli(["verify", certificate]);
      expect(exit).toBe(2);
      expect(stderr).toMatch(message);
      writeFileSync(join(folder, file), "");
      expect((await runCli(["verify", certificate])).exit).toBe(2);
      writeFileSync(join(folder, file), kept.subarray(0, kept.length - 10));
      const cut = await runCli(["verify", certificate]);
      expect(cut.exit === 1 || cut.exit === 2).toBe(true);
      expect(cut.stderr).not.toMatch(STACK);
      writeFileSync(join(folder, file), kept);
    }
    expect((await runCli(["verify", certificate])).exit).toBe(0);
  });
});
