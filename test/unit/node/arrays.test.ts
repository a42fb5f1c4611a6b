/** Arrays by name: what is said of files that hold none, or not enough. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadArray } from "../../../engine/src/node/arrays.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimality-arrays-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function load(key: string, content: string) {
  writeFileSync(join(folder, "a.csv"), content);
  const read = await loadArray(join(folder, "x.optimality.yaml"), key, "a.csv");
  return read.ok ? read.array : read.finding;
}

it("the matrix of a constraint has to be whole: file, row and column are named", async () => {
  const key = "regularizer.factors[0].constraint";
  expect(await load(key, "1,2,3\n4,,6\n")).toMatchObject({
    code: "invalid-data",
    path: key,
    message: `${key}: a.csv: row 2, column 2 is empty or NaN; give every entry a number`,
  });
  expect(await load("regularizer.constraint", "1,2,3\n4,5,6\n")).toMatchObject({ shape: [2, 3] });
  expect(await load("data.target", "1,2,3\n4,,6\n")).toMatchObject({ shape: [2, 3] });
});

it("an empty file is there, but holds no data", async () => {
  expect(await load("data.target", "")).toMatchObject({
    code: "invalid-data",
    message: "data.target: a.csv is empty (0 bytes); name a file that holds an array of numbers",
  });
});
