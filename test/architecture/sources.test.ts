/** What house style and invariants 1 and 7 ask of every source file, and that each rule is able to fail. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { repository } from "./cruise.ts";
import { breachesOf, SOURCE_RULES } from "./source-rules.ts";

const MAX_LINES = 400;

const sources = ["engine/src", "extension", "webview"]
  .flatMap((room) =>
    readdirSync(path.join(repository, room), { recursive: true, encoding: "utf8" }).map((file) => `${room}/${file}`),
  )
  .map((file) => file.replaceAll(path.sep, "/"))
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
const textOf = (file: string) => readFileSync(path.join(repository, file), "utf8");

/** Two lines per rule: one that breaks it, one that looks like it and does not. */
const SAMPLES: Readonly<Record<string, { readonly file: string; readonly bad: string; readonly good: string }>> = {
  "no default export": {
    file: "extension/a.ts",
    bad: "export default function a() {}",
    good: "export function a() { switch (1 as number) { default: } }",
  },
  "no any": { file: "webview/a.ts", bad: "export const a = (b: any) => b;", good: 'export const any = "any";' },
  "no non-null assertion": { file: "engine/src/a.ts", bad: "export const a = b!.c;", good: "export const a = !b.c;" },
  "invariant 1: the engine reads no clock or random source that it was not given": {
    file: "engine/src/a.ts",
    bad: "export const a = () => Date.now();",
    good: "export const a = (clock: { now(): number }) => clock.now();",
  },
  "invariant 7: no socket, and no text is run as code": {
    file: "webview/a.ts",
    bad: 'export const a = () => fetch("x");',
    good: "export const a = (fetch: () => void) => fetch();",
  },
};

describe("source files", () => {
  it("are found", () => {
    expect(sources.length).toBeGreaterThan(20);
  });

  for (const rule of SOURCE_RULES) {
    it(rule.name, () => {
      expect(sources.flatMap((file) => breachesOf(rule, file, textOf(file)))).toEqual([]);
    });

    it(`${rule.name} (is able to fail)`, () => {
      const { file, bad, good } = SAMPLES[rule.name];
      expect(breachesOf(rule, file, bad)).toHaveLength(1);
      expect(breachesOf(rule, file, good)).toEqual([]);
    });
  }

  it.each([
    "Math.random()",
    "performance.now()",
    "new Date()",
    "process.hrtime()",
    "setTimeout(a, 1)",
    "globalThis.performance.now()",
  ])("invariant 1 sees %s", (expression) => {
    const rule = SOURCE_RULES.find(({ name }) => name.startsWith("invariant 1"));
    if (rule === undefined) throw new Error("no such rule");
    expect(breachesOf(rule, "engine/src/a.ts", `export const a = () => ${expression};`).length).toBeGreaterThan(0);
    expect(breachesOf(rule, "engine/src/node/a.ts", `export const a = () => ${expression};`)).toEqual([]);
  });

  it(`are at most ${MAX_LINES} lines long: past that it is two concepts`, () => {
    expect(sources.filter((file) => textOf(file).split("\n").length > MAX_LINES)).toEqual([]);
  });

  it("have no index.ts but the public surface, and no utils", () => {
    const named = sources.filter((file) => /(^|\/)(index|utils?|helpers?|misc|common)\.ts$/.test(file));
    expect(named).toEqual(["engine/src/index.ts"]);
  });
});

describe("compiler settings", () => {
  const optionsOf = (file: string) =>
    (JSON.parse(textOf(file)) as { compilerOptions: Readonly<Record<string, unknown>> }).compilerOptions;

  it("know the browser's DOM in webview/ only", () => {
    expect(String(optionsOf("webview/tsconfig.json")["lib"])).toContain("DOM");
    for (const file of ["tsconfig.base.json", "engine/tsconfig.json", "extension/tsconfig.json"]) {
      expect(String(optionsOf(file)["lib"] ?? ""), file).not.toContain("DOM");
    }
  });

  it("are strict everywhere", () => {
    const base = optionsOf("tsconfig.base.json");
    for (const flag of [
      "strict",
      "exactOptionalPropertyTypes",
      "noImplicitReturns",
      "noPropertyAccessFromIndexSignature",
    ]) {
      expect(base[flag], flag).toBe(true);
    }
    for (const room of ["engine", "extension", "webview", "test"]) {
      expect(optionsOf(`${room}/tsconfig.json`)["strict"], room).toBeUndefined();
    }
  });
});
