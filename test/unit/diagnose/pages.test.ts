import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { editConfigText, FINDING_PAGES, type PageExample, type RunCode } from "@optimality-lens/engine";
import { checkFile, loadProblem } from "@optimality-lens/engine/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { solve } from "../../support/problems.ts";

const RUN: readonly RunCode[] = [
  ...(["certified", "add-zero-branch", "zero-branch", "redundant-branches", "duplicate-branches"] as const),
  ...(["unbalanced-branch", "dead-branch", "dead-units", "strict-saddle", "lambda-above-max"] as const),
  ...(["not-stationary", "polar-open", "non-finite"] as const),
];
const isRun = (code: string) => RUN.some((known) => known === code);
const pages = Object.entries(FINDING_PAGES);
/** Every pair of examples: a page about layers has one of a model file and one of a config. */
const checked = pages
  .filter(([code]) => !isRun(code))
  .flatMap(([code, page]) => [
    { name: code, code, severity: page.severity, failing: page.failing, mended: page.mended },
    ...(page.inConfig === undefined
      ? []
      : [{ name: `${code} in a config`, code, severity: page.severity, ...page.inConfig }]),
  ]);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimality-page-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function place(example: PageExample): string {
  for (const [name, text] of Object.entries(example.files ?? {})) writeFileSync(join(folder, name), text);
  const path = join(folder, example.fileName ?? "example.optimality.yaml");
  writeFileSync(path, example.config);
  return path;
}

async function runCodes(example: PageExample): Promise<string[]> {
  const loaded = await loadProblem(place(example));
  if (!loaded.ok) throw new Error(loaded.findings[0]?.message);
  return (await solve(loaded.loaded.problem)).outcome.result.findings.map((finding) => finding.code);
}

describe.each(checked)("the page of $name", ({ code, severity, failing, mended }) => {
  it("has a failing example that gives it, and a mended one without findings", async () => {
    const findings = await checkFile(place(failing));
    expect(findings.map((finding) => finding.code)).toContain(code);
    expect(findings.find((finding) => finding.code === code)?.severity).toBe(severity);
    expect(await checkFile(place(mended))).toEqual([]);
  });

  it("each suggested edit of the failing example removes the finding", async () => {
    const path = place(failing);
    const findings = await checkFile(path);
    const edits = findings
      .filter((finding) => finding.code === code)
      .flatMap((finding) => finding.suggestions.flatMap((s) => (s.kind === "edit" ? [s.edits] : [])));
    for (const edit of edits) {
      const { text } = editConfigText(failing.config, path, edit);
      expect((await checkFile(path, { text })).map((finding) => finding.code)).not.toContain(code);
    }
  });
});

describe.each(pages.filter(([code]) => isRun(code)))("the page of %s", (code, page) => {
  it("has a run that gives it and one that does not", async () => {
    // `certified` is the one finding that people want.
    const [gives, doesNot] = code === "certified" ? [page.mended, page.failing] : [page.failing, page.mended];
    expect(await runCodes(gives)).toContain(code);
    expect(await runCodes(doesNot)).not.toContain(code);
  });
});
