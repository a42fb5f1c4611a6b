// The command line as it is built: a few files that need nothing but Node and, for layers without a kernel, TensorFlow.js beside them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { repository } from "../../scripts/setup.mjs";

const engine = path.join(repository, "engine");

/** The package alone: its files, and no folder of packages above them. */
function withPackage(use) {
  const folder = mkdtempSync(path.join(tmpdir(), "optimality-lens-"));
  try {
    for (const part of ["package.json", "bin", "dist/command", "dist/tensorflow.js"]) {
      cpSync(path.join(engine, part), path.join(folder, part), { recursive: true });
    }
    cpSync(path.join(repository, "examples"), path.join(folder, "examples"), { recursive: true });
    use((...argv) =>
      spawnSync(process.execPath, [path.join(folder, "bin/optimality.js"), ...argv], { cwd: folder, encoding: "utf8" }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("the command line runs without the packages that it was made from", () => {
  withPackage((optimality) => {
    const check = optimality("check", "examples/iris/iris.optimality.yaml");
    assert.equal(check.status, 0, check.stderr);
    const run = optimality("diagnose", "examples/iris/iris.optimality.yaml", "--json");
    assert.equal(run.status, 0, run.stderr);
    assert.equal(JSON.parse(run.stdout).verdict, "global");
  });
});

test("it is a few files", () => {
  const files = readdirSync(path.join(engine, "dist/command")).filter((name) => name.endsWith(".js"));
  assert.ok(files.includes("bin.js") && files.length <= 12, files.join(", "));
});

test("it carries the licences of the packages inside", () => {
  const notices = readFileSync(path.join(engine, "dist/notices.txt"), "utf8");
  for (const name of ["yaml", "zod", "fflate", "@noble/hashes", "papaparse", "commander", "protobufjs", "ml-matrix"]) {
    assert.ok(notices.includes(`\n${name} `), `no notice for ${name}`);
  }
  assert.ok(notices.includes("\n@tensorflow/tfjs-core "), "no notice for TensorFlow.js");
});
