import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  editConfigText,
  FINDING_PAGES,
  type Finding,
  type FindingPage,
  isInputFinding,
  type PageExample,
} from "@optimality-lens/engine";
import { checkFile, loadProblem } from "@optimality-lens/engine/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { solve } from "../../support/problems.ts";

const STATIC = ["degree-mismatch", "loss-not-differentiable", "more-branches-than-needed"];
/** Pages whose example is a model file. */
const isModel = (page: FindingPage) => page.failing.fileName !== undefined;
const pages = Object.entries(FINDING_PAGES);
const isInput = (code: string) => isInputFinding({ code } as Finding);

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

describe.each(pages.filter(([code, page]) => isInput(code) || STATIC.includes(code) || isModel(page)))(
  "the page of %s",
  (code, page) => {
    it("has a failing example that gives it, and a mended one without findings", async () => {
      const findings = await checkFile(place(page.failing));
      expect(findings.map((finding) => finding.code)).toContain(code);
      expect(findings.find((finding) => finding.code === code)?.severity).toBe(page.severity);
      expect(await checkFile(place(page.mended))).toEqual([]);
    });

    it("each suggested edit of the failing example removes the finding", async () => {
      const findings = await checkFile(place(page.failing));
      const edits = findings
        .filter((finding) => finding.code === code)
        .flatMap((finding) => finding.suggestions.flatMap((s) => (s.kind === "edit" ? [s.edits] : [])));
      for (const edit of edits) {
        const { text } = editConfigText(page.failing.config, "example.optimality.yaml", edit);
        const after = await checkFile(join(folder, "example.optimality.yaml"), { text });
        expect(after.map((finding) => finding.code)).not.toContain(code);
      }
    });
  },
);

describe.each(pages.filter(([code, page]) => !isInput(code) && !STATIC.includes(code) && !isModel(page)))(
  "the page of %s",
  (code, page) => {
    it("has a run that gives it and one that does not", async () => {
      // `certified` is the one finding that people want.
      const [gives, doesNot] = code === "certified" ? [page.mended, page.failing] : [page.failing, page.mended];
      expect(await runCodes(gives)).toContain(code);
      expect(await runCodes(doesNot)).not.toContain(code);
    });
  },
);
