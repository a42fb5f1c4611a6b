/** Matrices of constraints: a check reads their shapes, and what is wrong is said at the constraint's own key. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Finding } from "../../../engine/src/diagnose/finding.ts";
import { checkFile, loadProblem } from "../../../engine/src/node/load.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimality-constraints-"));
  writeFileSync(join(folder, "y.csv"), "1,2,3\n4,5,6\n");
  writeFileSync(join(folder, "two.csv"), "1,1\n");
  writeFileSync(join(folder, "three.csv"), "1,-1,0\n0,1,-1\n");
  writeFileSync(join(folder, "hole.csv"), "1,\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

const config = (more: string) => `data: {target: y.csv}\nmapping: {kind: matrix}\nlambda: 0.1\n${more}\n`;

async function said(more: string) {
  const path = join(folder, "x.optimality.yaml");
  writeFileSync(path, config(more));
  const [checked, loaded] = [await checkFile(path), await loadProblem(path)];
  const errors: readonly Finding[] = checked.filter(({ severity }) => severity === "error");
  return { checked: errors, loaded: loaded.ok ? [] : loaded.findings };
}

/** The text under the squiggle of the one finding. */
function marked(more: string, findings: readonly Finding[]): string {
  expect(findings).toHaveLength(1);
  const range = findings[0]?.range;
  const line = config(more).split("\n")[range?.start.line ?? 0] ?? "";
  return line.slice(range?.start.character, range?.end.character);
}

describe("constraints that do not fit are marked where they are written, by a check and by a run", () => {
  it.each([
    ["constraint: {kernel: two.csv}", "two.csv", /^regularizer\.constraint\.kernel: .*the matrix is 1×2; give it 3/],
    [
      "constraint: [nonnegative, {inequality: three.csv}]",
      "three.csv",
      /^regularizer\.constraint\[1\]\.inequality: .*the matrix is 2×3; give it 2 columns/,
    ],
    ["regularizer: {constraint: {kernel: two.csv}}", "two.csv", /^regularizer\.constraint\.kernel: /],
    [
      "regularizer: {factors: [{norm: l2}, {constraint: [{sparse: 2}, {kernel: two.csv}]}]}",
      "two.csv",
      /^regularizer\.factors\[1\]\.constraint\[1\]\.kernel: /,
    ],
    ["constraint: psd", "psd", /^regularizer\.constraint: .*psd: a slice is a vector of 2 entries/],
    ["constraint: {kernel: hole.csv}", "hole.csv", /^constraint\.kernel: hole\.csv: row 1, column 2 is empty or NaN/],
  ])("%s", async (more, words, message) => {
    const { checked, loaded } = await said(more);
    for (const findings of [checked, loaded]) {
      expect(marked(more, findings)).toBe(words);
      expect(findings[0]?.message).toMatch(message);
    }
  });

  it("a file that is not there comes with an edit of the key that names it", async () => {
    const { checked } = await said("constraint: [{sparse: 2}, {kernel: thre.csv}]");
    expect(checked).toMatchObject([
      {
        code: "file-missing",
        path: "constraint[1].kernel",
        suggestions: [{ edits: [{ op: "set", path: "constraint[1].kernel", value: "three.csv" }] }],
      },
    ]);
  });

  it("what fits is not complained about", async () => {
    const more =
      "regularizer: {factors: [{constraint: {kernel: two.csv}}, {constraint: [{sparse: 2}, {inequality: three.csv}]}]}";
    expect(await said(more)).toEqual({ checked: [], loaded: [] });
  });
});
