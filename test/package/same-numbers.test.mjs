// Invariant 1, its second half: the built command line and the built worker give identical numbers.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { repository } from "../../scripts/setup.mjs";

const CONFIGS = ["examples/iris/iris.optimality.yaml", "examples/volcano/volcano.optimality.yaml"];

for (const config of CONFIGS) {
  test(`invariant 1: same config, seed and Node, identical numbers in CLI and worker: ${config}`, async () => {
    const inTerminal = commandLine(config);
    const inWorker = await worker(config);
    for (const key of ["verdict", "status", "objective", "lowerBound", "gap", "polar", "lambda", "rank", "branches"]) {
      assert.deepEqual(inWorker[key], inTerminal[key], key);
    }
    assert.equal(inWorker.iterations, inTerminal.iterations);
  });
}

function commandLine(config) {
  const program = path.join(repository, "engine/bin/optimality.js");
  const args = [program, "diagnose", config, "--json", "--no-write"];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: repository, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

function worker(config) {
  const job = {
    task: "run",
    runId: 1,
    configPath: path.join(repository, config),
    resume: null,
    cancel: new SharedArrayBuffer(4),
    writeCertificate: false,
  };
  return new Promise((resolve, reject) => {
    const thread = new Worker(path.join(repository, "dist/worker.cjs"), { workerData: job });
    thread.on("message", (message) => {
      if (message.kind === "finished") resolve(message.result);
      else if (message.kind === "failed" || message.kind === "rejected") reject(new Error(JSON.stringify(message)));
    });
    thread.on("error", reject);
    thread.on("exit", (code) => reject(new Error(`the worker ended with ${code}`)));
  });
}
