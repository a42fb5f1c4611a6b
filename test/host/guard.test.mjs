// The guard against a false green: each way in which VS Code says 0 although the suite did not pass.
import assert from "node:assert/strict";
import { test } from "node:test";
import { closingLine, verdictOf } from "./guard.mjs";

const GREEN = { passed: 12, failed: 0, skipped: 1 };

test("green is exit code 0 and a closing line with passed tests", () => {
  assert.deepEqual(verdictOf({ code: 0 }, GREEN), { code: 0, why: undefined });
});

test("VS Code's own failure stays one", () => {
  assert.equal(verdictOf({ code: 1 }, GREEN).code, 1);
  assert.deepEqual(verdictOf({ code: 98, why: "slow" }, undefined), { code: 98, why: "slow" });
});

test("exit 0 without the closing line is red: the extension host died", () => {
  assert.equal(verdictOf({ code: 0 }, undefined).code, 95);
});

test("exit 0 with failures, or with nothing run, is red", () => {
  assert.equal(verdictOf({ code: 0 }, { passed: 3, failed: 1, skipped: 0 }).code, 95);
  assert.equal(verdictOf({ code: 0 }, { passed: 0, failed: 0, skipped: 4 }).code, 95);
});

test("the closing line is a line of its own", () => {
  assert.deepEqual(closingLine("  ✔ a\n12 passed, 0 failed, 1 skipped\n"), GREEN);
  assert.equal(closingLine("it said 12 passed, 0 failed, 1 skipped today"), undefined);
});
