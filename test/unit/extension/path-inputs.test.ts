import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { editConfigText } from "@optimality-lens/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lambdaEdits, stampInputs } from "../../../extension/language/service.ts";

const text = (lambda: string): string => `# mine\ndata: {target: y.csv}\nmapping: matrix\nlambda: ${lambda}\n`;

describe("the λ of a point", () => {
  const choice = { lambda: 12.7, relative: 0.14 };
  const file = "/ws/a.optimality.yaml";

  it.each([
    ["3", "lambda: 12.7"],
    ["{relative: 0.1}", "lambda: {relative: 0.14}"],
  ])("is written the way the config has its λ: for %s, %s", (written, wanted) => {
    const before = text(written);
    const edits = lambdaEdits(file, before, choice);
    expect(editConfigText(before, "a.optimality.yaml", edits).text).toBe(before.replace(/lambda: .*/, wanted));
  });

  it("is a number in a config that cannot be read", () => {
    expect(lambdaEdits(file, "data: [", choice)).toEqual([{ op: "set", path: "lambda", value: 12.7 }]);
  });
});

describe("what a path is made from", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "optimality-path-"));
    writeFileSync(join(folder, "y.csv"), "1,2\n3,4\n");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is the config without its λ; a run depends on it", async () => {
    const file = join(folder, "a.optimality.yaml");
    const stamp = (lambda: string, of: "run" | "path") => stampInputs(file, text(lambda), of);
    expect(await stamp("3", "path")).toEqual(await stamp("{relative: 0.1}", "path"));
    expect(await stamp("3", "run")).not.toEqual(await stamp("4", "run"));
    const other = await stampInputs(file, text("3").replace("matrix", "symmetric"), "path");
    expect(other).not.toEqual(await stamp("3", "path"));
    expect((await stamp("3", "path")).map(({ path }) => path)).toEqual([file, join(folder, "y.csv")]);
  });
});
