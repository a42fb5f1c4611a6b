import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ConfigCompletion } from "@optimality-lens/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataFileNames } from "../../../extension/language/data-file-names.ts";
import { isServedElsewhere } from "../../../extension/language/schema-service.ts";
import { complete } from "../../../extension/language/service.ts";
import { isFileName, suggestionOf } from "../../../extension/language/suggestion.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "completion-"));
  mkdirSync(path.join(folder, "data/deep"), { recursive: true });
  mkdirSync(path.join(folder, "node_modules"));
  for (const name of ["b.csv", "a.npz", "notes.md", ".hidden.csv", "data/c.csv", "a.optimality.json"]) {
    writeFileSync(path.join(folder, name), "");
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("who completes keys", () => {
  it("is the service of the schema, when it is at work", () => {
    const active = new Set<string>();
    const isActive = (id: string) => active.has(id);
    expect(isServedElsewhere("/w/a.optimality.yaml", isActive)).toBe(false);
    expect(isServedElsewhere("/w/a.optimality.json", isActive)).toBe(false);
    active.add("redhat.vscode-yaml");
    expect(isServedElsewhere("/w/a.optimality.yaml", isActive)).toBe(true);
    expect(isServedElsewhere("/w/a.optimality.yml", isActive)).toBe(true);
    expect(isServedElsewhere("/w/a.optimality.json", isActive)).toBe(false);
    active.clear();
    active.add("vscode.json-language-features");
    expect(isServedElsewhere("/w/a.optimality.json", isActive)).toBe(true);
    expect(isServedElsewhere("/w/a.optimality.yaml", isActive)).toBe(false);
  });
});

describe("a suggestion", () => {
  const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  const base = { kind: "key", label: "x", range, filterText: "x", continues: true } as const;

  it("puts the cursor where the completion says, and takes nothing else for a placeholder", () => {
    const braces: ConfigCompletion = { ...base, insertText: "search: {}", caret: 9 };
    expect(suggestionOf(braces, 0).snippet).toBe("search: {$0\\}");
    const odd: ConfigCompletion = { ...base, insertText: 'a$1\\b}"', caret: 7 };
    expect(suggestionOf(odd, 0).snippet).toBe('a\\$1\\\\b\\}"$0');
  });

  it("keeps the engine's order", () => {
    const sorted = [9, 10, 100].map((index) => suggestionOf({ ...base, insertText: "", caret: 0 }, index).sortText);
    expect([...sorted].sort()).toEqual(sorted);
  });
});

describe("names of data files", () => {
  it("are what lies in the folder that is typed, files first", async () => {
    expect(await dataFileNames(folder, "")).toEqual(["a.npz", "a.optimality.json", "b.csv", "notes.md", "data/"]);
    expect(await dataFileNames(folder, "b")).toContain("b.csv");
    expect(await dataFileNames(folder, "data/x")).toEqual(["data/c.csv", "data/deep/"]);
    expect(await dataFileNames(path.join(folder, "data"), "../")).toContain("../b.csv");
  });

  it("are none where there is no such folder, and for absolute paths", async () => {
    expect(await dataFileNames(folder, "nowhere/")).toEqual([]);
    expect(await dataFileNames(folder, `${folder}/`)).toEqual([]);
    expect(await dataFileNames(folder, "\\\\server\\share/")).toEqual([]);
  });

  it("are completed with the keys", async () => {
    const config = path.join(folder, "x.optimality.yaml");
    const at = async (text: string) => await complete(config, text, { line: 0, character: text.length });
    expect((await at("data: {target: ")).map(({ label }) => label)).toEqual(["a.npz", "b.csv", "data/"]);
    expect((await at("data: {target: data/")).map(({ label }) => label)).toEqual(["data/c.csv", "data/deep/"]);
    expect((await at("data: {target: ")).every(isFileName)).toBe(true);
    expect((await at("data: {")).some(isFileName)).toBe(false);
  });
});
