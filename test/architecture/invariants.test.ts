/** The table of invariants in docs/architecture.md is true: each is named by a test in the files that it points to. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { repository } from "./cruise.ts";

const INVARIANTS = 9;

const rows = readFileSync(path.join(repository, "docs/architecture.md"), "utf8")
  .split("\n")
  .map((line) => /^\| (\d+) \| (.+) \| (.+) \|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, number, statement, tests]) => ({
    number: Number(number),
    statement,
    files: [...tests.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file),
  }));

describe("the table of invariants", () => {
  it("has them all", () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: INVARIANTS }, (_, index) => index + 1));
  });

  it.each(rows)("invariant $number is named by every test that the table points to", ({ number, files }) => {
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect(existsSync(path.join(repository, file)), file).toBe(true);
      const text = readFileSync(path.join(repository, file), "utf8").toLowerCase();
      expect(text.includes(`invariant ${number}`), `${file} names invariant ${number}`).toBe(true);
    }
  });
});
