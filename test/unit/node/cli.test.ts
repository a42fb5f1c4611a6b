import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ENGINE_VERSION } from "../../../engine/src/version.ts";
import { runCli } from "./cli-harness.ts";

const ESCAPE = "\u001b[";
let folder: string;
let good: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimality-cli-"));
  writeFileSync(join(folder, "y.csv"), "5,3,1\n4,,1\n1,1,5\n");
  good = config("good", "lambda: {relative: 0.1}\n");
});
afterEach(() => {
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true });
});

function config(name: string, lines: string): string {
  const path = join(folder, `${name}.optimality.yaml`);
  writeFileSync(path, `data: {target: y.csv}\nmapping: {kind: matrix}\n${lines}`);
  return path;
}

describe("diagnose", () => {
  it("answers in words first, writes certificate and factors, and exits 0 for a global minimum only", async () => {
    const { exit, stdout, stderr } = await runCli(["diagnose", good]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^✓ global minimum — proven within \S+ of the objective\n/);
    for (const name of ["objective", "proven lower bound", "gap", "polar", "rank", "λ", "degrees"])
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, "m"));
    expect(stdout).toContain("3×3, 8 of 9 entries observed");
    expect(stdout).toContain("good.optimality.yaml.certificate.json");
    expect(stderr).toBe("");
    expect(readdirSync(folder).sort()).toEqual([
      "good.optimality.yaml",
      "good.optimality.yaml.certificate.json",
      "good.optimality.yaml.factors.npz",
      "y.csv",
    ]);
  });

  it("--json is exactly one document, with the fields of the contract", async () => {
    const { exit, stdout } = await runCli(["diagnose", good, "--json"]);
    expect(exit).toBe(0);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    for (const field of [
      "version",
      "verdict",
      "status",
      "objective",
      "lowerBound",
      "gap",
      "polar",
      "homogeneity",
      "lambda",
      "lambdaMax",
      "rank",
      "branches",
      "extra",
      "stationarity",
      "iterations",
      "seconds",
      "findings",
      "certificate",
    ]) {
      expect(result, field).toHaveProperty(field);
    }
    expect(result).toMatchObject({
      version: 1,
      verdict: "global",
      certificate: `${good}.certificate.json`,
      homogeneity: { mapping: 2, regularizer: 2 },
    });
  });

  it("--no-write writes nothing, and says so by null", async () => {
    const { stdout } = await runCli(["diagnose", good, "--json", "--no-write"]);
    expect(JSON.parse(stdout)).toMatchObject({ certificate: null });
    expect(readdirSync(folder).sort()).toEqual(["good.optimality.yaml", "y.csv"]);
  });

  it("--quiet says the verdict only", async () => {
    const { stdout } = await runCli(["diagnose", good, "--quiet", "--no-write"]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
  });

  it("exits 1 without a tick when a branch would help, and names the next step", async () => {
    const path = config("narrow", "lambda: {relative: 0.1}\nbranches: 1\nsearch: {grow: false}\n");
    const { exit, stdout } = await runCli(["diagnose", path]);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^not a global minimum — a branch lowers the objective to /);
    expect(stdout).not.toContain("✓");
    expect(stdout).toMatch(/\[add-zero-branch\]\n +→ /);
  });

  it("exits 1 outside the theory, with the finding and its repair", async () => {
    const { exit, stdout } = await runCli(["diagnose", config("l1", "lambda: 1\nregularizer: {kind: l1}\n")]);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^outside the theory/);
    expect(stdout.match(/\[degree-mismatch\]/g)).toHaveLength(1);
    expect(stdout).toContain("→ use kind: product with norm l1");
  });

  it("ends at a number beyond float64 with words, JSON and no certificate", async () => {
    const huge = config("huge", "lambda: 1\nstart: {random: {scale: 1e160}}\n");
    const text = await runCli(["diagnose", huge]);
    expect(text.exit).toBe(1);
    expect(text.stdout).toMatch(/undecided[\s\S]*beyond float64[\s\S]*\[non-finite\]/);
    const json = await runCli(["diagnose", huge, "--json"]);
    const result = JSON.parse(json.stdout) as { readonly objective: number };
    expect(result).toMatchObject({ status: "non-finite", verdict: "undecided", branches: [], certificate: null });
    expect(Number.isFinite(result.objective)).toBe(true);
    expect(readdirSync(folder).some((name) => name.includes("certificate"))).toBe(false);
  });

  it("keeps what was reached when it is cancelled", async () => {
    const { exit, stdout } = await runCli(["diagnose", good, "--json"], { signal: { aborted: true } });
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ status: "cancelled", certificate: `${good}.certificate.json` });
    expect(stdout).not.toContain('"verdict": "global"');
  });

  it("shows the result even when it cannot be written, and exits 2", async () => {
    mkdirSync(`${good}.certificate.json`);
    const { exit, stdout, stderr } = await runCli(["diagnose", good]);
    expect(exit).toBe(2);
    expect(stdout).toMatch(/^✓ global minimum/);
    expect(stderr).toMatch(/cannot be written .*--no-write/);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("colors a terminal only, and respects NO_COLOR", async () => {
    const argv = ["diagnose", good, "--no-write"];
    expect((await runCli(argv)).stdout).not.toContain(ESCAPE);
    expect((await runCli(argv, { isTTY: true })).stdout).toContain(`${ESCAPE}32m`);
    expect((await runCli(argv, { isTTY: true, env: { NO_COLOR: "1" } })).stdout).not.toContain(ESCAPE);
    const narrow = config("narrow", "lambda: {relative: 0.1}\nsearch: {grow: false}\n");
    expect((await runCli(["diagnose", narrow, "--no-write"], { isTTY: true })).stdout).not.toContain(`${ESCAPE}32m`);
  });

  it("shows one progress line on a terminal, at most ten times a second, and clears it", async () => {
    let now = 0;
    const { stderr } = await runCli(["diagnose", good, "--no-write"], { isTTY: true, clock: () => (now += 5) });
    const lines = stderr.split("\r\u001b[2K");
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.at(-1)).toBe("");
    expect(lines.length - 2).toBeLessThanOrEqual(Math.ceil(now / 100) + 1);
    for (const line of lines) expect(line.length).toBeLessThan(80);
    expect((await runCli(["diagnose", good, "--no-write"])).stderr).toBe("");
  });
});

describe("verify", () => {
  it("proves a certificate again, and rejects it when the data change", async () => {
    await runCli(["diagnose", good]);
    const certificate = `${good}.certificate.json`;
    const fine = await runCli(["verify", certificate]);
    expect(fine.exit).toBe(0);
    expect(fine.stdout).toMatch(/^✓ global minimum — proven again within /);
    writeFileSync(join(folder, "y.csv"), "5,3,1\n4,,1\n1,1,5.005\n");
    const changed = await runCli(["verify", certificate]);
    expect(changed.exit).toBe(1);
    expect(changed.stdout).toMatch(/^rejected — \d+ of \d+ checks failed/);
    const json = await runCli(["verify", certificate, "--json"]);
    expect(json.exit).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, valid: false });
  });
});

describe("check", () => {
  it("points at file, line and column, and counts", async () => {
    const path = config("l1", "lambda: 1\nregularizer: {kind: l1}\nbranches: 50\n");
    const { exit, stdout } = await runCli(["check", path, good]);
    expect(exit).toBe(1);
    expect(stdout).toContain(`${path}:4:21  warning  regularizer.kind: l1 has degree 1`);
    expect(stdout).toMatch(/1 warning, 1 note in 2 files\n$/);
  });

  it("exits 0 when there is nothing above info", async () => {
    expect(await runCli(["check", good])).toEqual({ exit: 0, stdout: "no findings in 1 file\n", stderr: "" });
    expect((await runCli(["check", config("wide", "lambda: 1\nbranches: 9\n")])).exit).toBe(0);
  });

  it("writes JSON and SARIF", async () => {
    const path = config("typo", "lamda: 1\n");
    const json = JSON.parse((await runCli(["check", "--json", path])).stdout);
    expect(json).toMatchObject({
      version: 1,
      files: [{ file: path, findings: [{ code: "unknown-key", range: { start: { line: 2, character: 0 } } }] }],
    });
    const sarif = JSON.parse((await runCli(["check", "--format", "sarif", path])).stdout);
    expect(sarif).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "optimality", rules: [{ id: "unknown-key" }] } },
          results: [
            {
              ruleId: "unknown-key",
              ruleIndex: 0,
              level: "error",
              locations: [{ physicalLocation: { region: { startLine: 3, startColumn: 1, endColumn: 6 } } }],
            },
          ],
        },
      ],
    });
  });
});

describe("usage", () => {
  it.each([
    [["frobnicate"], /unknown command 'frobnicate'/],
    [["check"], /missing required argument/],
    [["check", "--format", "xml", "a.yaml"], /choices are text, json, sarif/],
    [["diagnose", "a", "b"], /too many arguments/],
    [["diagnose", "--frob", "a"], /unknown option '--frob'/],
    [["path"], /missing required argument/],
  ])("%j exits 2 with one line", async (argv, message) => {
    const { exit, stdout, stderr } = await runCli(argv);
    expect(exit).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    const json = await runCli([...argv, "--json"]);
    expect(json.exit).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, error: expect.stringMatching(/./) });
  });

  it("shows help and version", async () => {
    const help = await runCli(["--help"]);
    expect(help.exit).toBe(0);
    for (const command of ["check", "diagnose", "verify", "path"])
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command} `, "m"));
    expect((await runCli(["--version"])).stdout).toBe(`${ENGINE_VERSION}\n`);
    expect((await runCli([])).exit).toBe(2);
  });

  it("the version is the package's", () => {
    const manifest = JSON.parse(readFileSync(new URL("../../../engine/package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(ENGINE_VERSION).toBe(manifest.version);
  });

  it("invariant 9: a fault of ours is one line and exit 3; the stack needs OPTIMALITY_DEBUG", async () => {
    const failing = { onWrite: (text: string) => text.startsWith("✓") && expect.fail("broken pipe of a test") };
    const plain = await runCli(["diagnose", good], failing);
    expect(plain.exit).toBe(3);
    expect(plain.stderr).toMatch(/^optimality: a fault of ours: broken pipe of a test/);
    expect(plain.stderr).not.toMatch(/\n\s+at /);
    const debug = await runCli(["diagnose", good], { ...failing, env: { OPTIMALITY_DEBUG: "1" } });
    expect(debug.stderr).toMatch(/\n\s+at /);
  });
});

describe("what a file system can do", () => {
  it("refuses a pipe instead of waiting for it", async () => {
    const made = spawnSync("mkfifo", [join(folder, "pipe.csv")]);
    if (made.status !== 0) return;
    writeFileSync(good, "data: {target: pipe.csv}\nmapping: {kind: matrix}\nlambda: 1\n");
    const { exit, stdout } = await runCli(["check", good]);
    expect(exit).toBe(2);
    expect(stdout).toContain("pipe.csv is not a regular file");
  });
});
