// The README shows what the command says, and its links lead somewhere.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { repository } from "../../scripts/setup.mjs";

test("the transcript is real output", () => {
  const script = path.join(repository, "scripts/readme.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
});

test("links between documents lead to files that exist", () => {
  const documents = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "engine/README.md",
    "docs/architecture.md",
    "docs/path.md",
    "docs/benchmarks.md",
    "docs/certificates.md",
  ]
    .concat(
      readdirSync(path.join(repository, "examples"), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `examples/${name}/README.md`),
      "examples/README.md",
    )
    .concat(readdirSync(path.join(repository, "docs/findings")).map((name) => `docs/findings/${name}`));
  const broken = [];
  for (const document of documents) {
    const file = path.join(repository, document);
    if (!existsSync(file)) {
      broken.push(document);
      continue;
    }
    for (const [, target] of readFileSync(file, "utf8").matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      if (!existsSync(path.resolve(path.dirname(file), target))) broken.push(`${document} → ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});
