// Ctrl-C in the middle of a long proof, as a terminal sends it: the run ends by itself and keeps what it reached.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { repository } from "../../scripts/setup.mjs";

const program = path.join(repository, "engine/bin/optimality.js");
const CONFIG = `data: {target: y.csv}
mapping: {kind: matrix}
lambda: {relative: 0.3}
regularizer: {kind: product, factors: [{norm: l2}, {norm: {l2: 1, l1: 0.5}}]}
search: {maxCells: 40000000}
`;

test("Ctrl-C ends a long proof, and what is kept can be verified", { skip: process.platform === "win32" }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "optimality-cancel-"));
  try {
    let state = 1;
    const noise = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647 - 0.5;
    };
    const rows = Array.from({ length: 7 }, () => Array.from({ length: 25 }, noise));
    writeFileSync(path.join(folder, "y.csv"), rows.map((row) => row.join(",")).join("\n"));
    const config = path.join(folder, "hard.optimality.yaml");
    writeFileSync(config, CONFIG);
    // Before the run has begun there is nothing to keep, and Ctrl-C ends the process: on a slow machine, later.
    let ended = { signal: "SIGINT" };
    for (let afterMs = 2000; ended.signal === "SIGINT"; afterMs *= 2) ended = await interrupted(config, afterMs);
    assert.equal(ended.code, 1, ended.stderr);
    const { status, certificate } = JSON.parse(ended.stdout);
    assert.equal(status, "cancelled");
    const verified = spawnSync(process.execPath, [program, "verify", certificate, "--json"], { encoding: "utf8" });
    const report = JSON.parse(verified.stdout);
    assert.deepEqual(
      report.checks.filter(({ ok }) => !ok),
      [],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("Ctrl-C ends a λ-path, and the points finished by then are kept", {
  skip: process.platform === "win32",
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "optimality-cancel-"));
  try {
    writeFileSync(path.join(folder, "y.csv"), "5,3,1\n4,,1\n1,1,5\n");
    const config = path.join(folder, "long.optimality.yaml");
    writeFileSync(config, "data: {target: y.csv}\nmapping: {kind: matrix}\nlambda: {relative: 0.01}\n");
    let ended = { signal: "SIGINT" };
    const options = ["path", "--points", "10000"];
    for (let afterMs = 2000; ended.signal === "SIGINT"; afterMs *= 2) {
      ended = await interrupted(config, afterMs, options);
    }
    assert.equal(ended.code, 1, ended.stderr);
    const { status, points } = JSON.parse(ended.stdout);
    assert.equal(status, "cancelled");
    assert.ok(points.every(({ verdict }) => verdict === "global"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

async function interrupted(config, afterMs, command = ["diagnose"]) {
  const child = spawn(process.execPath, [program, ...command, config, "--json"]);
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (text) => (written[name] += text));
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  await sleep(afterMs);
  child.kill("SIGINT");
  return { ...(await ended), ...written };
}
