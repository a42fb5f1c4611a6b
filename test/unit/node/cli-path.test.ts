/** `optimality path`: its table, its documents, its exit codes, and what it says to options that cannot be. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PathPoint, PathResult } from "../../../engine/src/events.ts";
import { dataOf } from "../../support/arbitraries.ts";
import { runCli } from "./cli-harness.ts";

let folder: string;
let good: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimality-path-"));
  const y = dataOf("full", 8, 6, 3);
  const rows = Array.from({ length: 8 }, (_, i) => [...y.subarray(6 * i, 6 * i + 6)].join(","));
  writeFileSync(join(folder, "y.csv"), `${rows.join("\n")}\n`);
  good = config("good", "lambda: {relative: 0.05}\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

function config(name: string, lines: string): string {
  const path = join(folder, `${name}.optimality.yaml`);
  writeFileSync(path, `data: {target: y.csv}\nmapping: {kind: matrix}\n${lines}`);
  return path;
}

const documentOf = async (argv: readonly string[]) =>
  JSON.parse((await runCli(["path", ...argv, "--json"])).stdout) as PathResult & { readonly findings: unknown[] };

describe("the table", () => {
  it("has a row for each λ under its head, in columns, and a last sentence; exit 0 when all are global", async () => {
    const { exit, stdout, stderr } = await runCli(["path", good, "--points", "5"]);
    expect(exit).toBe(0);
    expect(stderr).toBe("");
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^ +λ +λ\/λ_max +rank +objective +gap +verdict +time$/);
    const rows = lines.slice(1, 6);
    for (const row of rows) {
      expect(row).toMatch(/^ +[\d.]+ +[\d.]+ +\d+ +[\d.]+ +\S+ {2}✓ global +[\d.]+ m?s$/);
      expect([...row]).toHaveLength([...lines[0]].length);
    }
    expect(rows[0]).toMatch(/ 1\.00 +0 /);
    expect(rows[4]).toMatch(/ 0\.0500 +6 /);
    expect(lines[6]).toBe("");
    expect(lines[7]).toMatch(/^✓ all 5 points are global minima — proven within \S+ of the objective$/);
    expect(lines[8]).toMatch(/^ {2}rank 0, then \d from λ = [\d.]+,/);
  });

  it("comes row by row, with a progress line on a terminal that leaves no trace", async () => {
    const written: string[] = [];
    let now = 0;
    const clock = () => (now += 60);
    const { stdout, stderr } = await runCli(["path", good, "--points", "4"], {
      isTTY: true,
      clock,
      onWrite: (text) => written.push(text),
    });
    expect(written.filter((text) => text.includes("✓ global"))).toHaveLength(4);
    expect(stderr).toMatch(/λ 2 of 4, \w+, \d+ s: objective [\d.]+/);
    expect(stderr.endsWith("\r\u001b[2K")).toBe(true);
    expect(stdout).toContain("\u001b[32m✓ global");
    const plain = await runCli(["path", good, "--points", "4"], { isTTY: true, env: { NO_COLOR: "1" } });
    expect(plain.stdout).not.toContain("\u001b[");
  });

  it("says which points are not global, and why; exit 1 without a tick in the last sentence", async () => {
    const narrow = config("narrow", "lambda: {relative: 0.05}\nsearch: {grow: false}\n");
    const { exit, stdout } = await runCli(["path", narrow, "--points", "4"]);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^\d of 4 points are proven to be global minima$/m);
    expect(stdout).toMatch(/^ {2}λ = [\d., ]+: not global; at λ = [\d.]+: adding one branch/m);
    expect(stdout).not.toContain("✓ all");
  });

  it("outside the theory has no gap to show, and one reason for all", async () => {
    const { exit, stdout } = await runCli([
      "path",
      config("l1", "lambda: 0.1\nregularizer: {kind: l1}\n"),
      "--points",
      "7",
    ]);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/ none +outside the theory /);
    expect(stdout).toMatch(/^none of the 7 points is proven global$/m);
    expect(stdout).toMatch(
      /^ {2}λ = .*, … \(2 more\): outside the theory — mapping and regularizer have different degrees/m,
    );
    expect(stdout).toContain("[degree-mismatch]");
  });

  it("--quiet says what came out only", async () => {
    const { exit, stdout, stderr } = await runCli(["path", good, "--points", "3", "--quiet"], { isTTY: true });
    expect(exit).toBe(0);
    expect(stderr).toBe("");
    expect(stdout.trimEnd().split("\n")).toHaveLength(2);
  });

  it("of a single λ speaks of one point", async () => {
    const { stdout } = await runCli(["path", good, "--lambdas", "0.5max"]);
    expect(stdout).toMatch(/✓ the point is a global minimum — proven within .*\n {2}rank \d at every λ/);
  });
});

describe("documents", () => {
  it("--json is exactly one, with every point and the findings", async () => {
    const result = await documentOf([good, "--points", "4"]);
    expect(Object.keys(result)).toEqual(["version", "lambdaMax", "status", "points", "findings"]);
    expect(result).toMatchObject({ version: 1, status: "complete", findings: [] });
    const fields: (keyof PathPoint)[] = ["lambda", "relative", "verdict", "status", "reason", "rank", "objective"];
    fields.push("lowerBound", "gap", "loss", "regularizer", "iterations", "seconds");
    for (const point of result.points) expect(Object.keys(point)).toEqual(fields);
    expect(result.points[0].lambda).toBe(result.lambdaMax);
  });

  it("--csv writes the same numbers to a file beside the table, or to standard output instead", async () => {
    const file = join(folder, "path.csv");
    const told = await runCli(["path", good, "--lambdas", "1,2,0.01max", "--csv", file]);
    expect(told.exit).toBe(0);
    expect(told.stdout).toContain("✓ all 3 points");
    const inFile = readFileSync(file, "utf8");
    const streamed = await runCli(["path", good, "--lambdas", "1,2,0.01max", "--csv", "-"]);
    const withoutSeconds = (text: string) => text.replace(/,[^,\n]*$/gm, "");
    expect(withoutSeconds(streamed.stdout)).toBe(withoutSeconds(inFile));
    const [head, ...rows] = inFile
      .trimEnd()
      .split("\n")
      .map((row) => row.split(","));
    expect(head.slice(0, 5)).toEqual(["lambda", "relative", "verdict", "status", "rank"]);
    const { points } = await documentOf([good, "--lambdas", "1,2,0.01max"]);
    expect(rows).toHaveLength(3);
    for (const [k, row] of rows.entries()) {
      expect(row).toHaveLength(head.length);
      const { lambda, objective, lowerBound, gap, regularizer } = points[k];
      const cell = (name: string) => Number(row[head.indexOf(name)]);
      expect([cell("lambda"), cell("objective"), cell("lower_bound")]).toEqual([lambda, objective, lowerBound]);
      expect([cell("relative_gap"), cell("regularizer")]).toEqual([gap?.relative, regularizer]);
    }
  });

  it("no bound is an empty cell of the CSV", async () => {
    const outside = config("l1", "lambda: 0.1\nregularizer: {kind: l1}\n");
    const { stdout } = await runCli(["path", outside, "--lambdas", "0.1", "--csv", "-"]);
    expect(stdout).toMatch(/^0\.1,[\d.e-]+,outside-theory,converged,\d,[\d.]+,,,,/m);
  });

  it("writes no certificate: a path is for looking", async () => {
    await runCli(["path", good, "--points", "2"]);
    expect(readdirSync(folder).sort()).toEqual(["good.optimality.yaml", "y.csv"]);
  });
});

describe("Ctrl-C", () => {
  it("keeps the points that were finished, in table, JSON and CSV; exit 1", async () => {
    const signal = { aborted: false };
    const csv = join(folder, "path.csv");
    let rows = 0;
    const onWrite = (text: string) => {
      if (text.includes("✓ global") && ++rows === 2) signal.aborted = true;
    };
    const { exit, stdout } = await runCli(["path", good, "--csv", csv], { signal, onWrite });
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^cancelled after 2 of 20 points; all 2 points are global minima/m);
    expect(readFileSync(csv, "utf8").trimEnd().split("\n")).toHaveLength(3);
    const json = await runCli(["path", good, "--json"], { signal });
    expect(json.exit).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ status: "cancelled", points: [] });
    const text = await runCli(["path", good], { signal });
    expect(text.stdout).toMatch(/^cancelled after 0 of 20 points$/m);
  });
});

describe("bad usage", () => {
  it.each([
    [["--points", "1"], /'--points <count>' argument '1' is invalid\. An integer from 2 to 10000 is needed/],
    [["--points", "2.5"], /argument '2\.5' is invalid/],
    [["--to", "-1"], /'--to <lambda>' argument '-1' is invalid\. Give a number above 0, or a part of λ_max as 0\.1max/],
    [["--to", "0"], /argument '0' is invalid/],
    [["--to", "1e999"], /argument '1e999' is invalid/],
    [["--to", "1e9"], /--to 1e9: has to be below λ_max = [\d.]+, where the path begins; try 0\.01max/],
    [["--to", "1max"], /--to 1max: has to be below λ_max = /],
    [["--to", "1e-324max"], /argument '1e-324max' is invalid/],
    [["--lambdas", "1,,2"], /'--lambdas <list>' argument '1,,2' is invalid\. '' is no λ/],
    [["--lambdas", "1,two"], /'two' is no λ; separate them by commas/],
    [["--lambdas", "1", "--to", "0.5"], /'--lambdas <list>' cannot be used with option '--to <lambda>'/],
    [["--lambdas", "1", "--points", "5"], /cannot be used with option '--points <count>'/],
    [["--csv", "--points"], /'--csv <file>' argument '--points' is invalid\. Give the name of a file, or - /],
    [["--csv", join("no", "such", "folder.csv")], /--csv no.such.folder\.csv: cannot be written \(does not exist\)/],
  ])("%j exits 2 with one line that says what is allowed", async (options, message) => {
    const small = config("small", "lambda: 1e-3\nsearch: {gap: 1e-3}\n");
    writeFileSync(join(folder, "y.csv"), "0.5,0.2\n0.1,0.4\n");
    const { exit, stderr } = await runCli(["path", small, ...options]);
    expect(exit).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    const json = await runCli(["path", small, "--json", ...options]);
    expect(json.exit).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, error: expect.stringMatching(message) });
  });

  it("--json and --csv - both want standard output", async () => {
    const { exit, stdout, stderr } = await runCli(["path", good, "--json", "--csv", "-"]);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/--csv -: standard output is taken by --json; name a file/);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, error: expect.stringContaining("--csv -") });
  });

  it("a target of zeros has no λ_max to begin from: one point, and words for what counts in λ_max", async () => {
    writeFileSync(join(folder, "y.csv"), "0,0\n0,0\n");
    const plain = await runCli(["path", good]);
    expect(plain.exit).toBe(0);
    expect(plain.stdout).toMatch(/✓ the point is a global minimum/);
    expect((await runCli(["path", good, "--lambdas", "1,2"])).exit).toBe(0);
    for (const options of [
      ["--to", "0.1max"],
      ["--to", "0.1"],
      ["--lambdas", "0.1max"],
    ]) {
      const { exit, stderr } = await runCli(["path", good, ...options]);
      expect(exit).toBe(2);
      expect(stderr).toMatch(
        /^optimality: --\w+ 0\.1(max)?: λ_max is 0, and the zero model optimal for every λ; check/,
      );
    }
  });

  it("λ that leave float64 when counted in λ_max are refused", async () => {
    writeFileSync(join(folder, "y.csv"), "1e-9,0\n0,1e-9\n");
    const { exit, stderr } = await runCli(["path", good, "--lambdas", "1e-320max,0.5max"]);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/--lambdas 1e-320max: is 0, since λ_max is 1e-9; give a number above 0 instead/);
  });

  it("a config with errors is refused as diagnose does", async () => {
    const bad = config("bad", "lambda: -1\n");
    const { exit, stdout, stderr } = await runCli(["path", bad]);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toBe((await runCli(["diagnose", bad])).stderr);
    expect((await runCli(["path", join(folder, "none.optimality.yaml"), "--json"])).exit).toBe(2);
  });

  it("a CSV that cannot be written ends the path at its first point, and leaves nothing behind", async () => {
    const csv = join(folder, "taken");
    mkdirSync(csv);
    const { exit, stdout, stderr } = await runCli(["path", good, "--csv", csv]);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/--csv .*taken: cannot be written/);
    expect(stdout.match(/✓ global/g)).toHaveLength(1);
    expect(readdirSync(folder).some((name) => name.endsWith(".tmp"))).toBe(false);
    expect(existsSync(`${csv}.csv`)).toBe(false);
  });
});
