import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Job, WorkerToHost } from "../../../extension/protocol/worker.ts";
import { liveThreads, startRunThread } from "../../../extension/worker/run-thread.ts";
import { recordingLog } from "./samples.ts";

const scripts = {
  answers: `
    const { parentPort, workerData } = require("node:worker_threads");
    const flag = new Int32Array(workerData.cancel);
    while (Atomics.load(flag, 0) === 0) Atomics.add(flag, 1, 1);
    parentPort.postMessage({ kind: "rejected", runId: workerData.runId, findings: [] });`,
  hangs: `
    const flag = new Int32Array(require("node:worker_threads").workerData.cancel);
    while (true) Atomics.store(flag, 1, 1);`,
  dies: `process.exit(3)`,
  throws: `throw new Error("no engine")`,
  babbles: `require("node:worker_threads").parentPort.postMessage({ hello: 1 });`,
};

/** As long as it takes; the runner knows when that is too long. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("a run's thread", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "optimality-thread-"));
    for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, `${name}.cjs`), text);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function start(script: keyof typeof scripts) {
    const cancel = new SharedArrayBuffer(8);
    const job: Job = { task: "path", runId: 1, configPath: "/ws/a", cancel, extent: { points: 20, end: null } };
    const heard: { settle: (what: WorkerToHost | Error) => void } = { settle: () => {} };
    const first = new Promise<WorkerToHost | Error>((resolve) => {
      heard.settle = resolve;
    });
    const listener = {
      onMessage: heard.settle,
      onFailure: (error: unknown) => heard.settle(error instanceof Error ? error : new Error(String(error))),
    };
    const worker = startRunThread(join(folder, `${script}.cjs`), job, listener, recordingLog());
    return { worker, first, cancel };
  }

  it("sees the cancel flag inside synchronous work that never gives its event loop a turn", async () => {
    const { worker, first, cancel } = start("answers");
    const flag = new Int32Array(cancel);
    // It looked, and goes on looking.
    await until(() => Atomics.load(flag, 1) > 1000);
    Atomics.store(flag, 0, 1);
    expect(await first).toMatchObject({ kind: "rejected", runId: 1 });
    await worker.terminate();
    expect(liveThreads()).toBe(0);
  });

  it("can be ended while it hangs, and leaves nothing", async () => {
    const { worker, cancel } = start("hangs");
    await until(() => Atomics.load(new Int32Array(cancel), 1) > 0);
    expect(liveThreads()).toBe(1);
    await worker.terminate();
    expect(liveThreads()).toBe(0);
  });

  it.each([
    ["dies", "exit code 3"],
    ["throws", "no engine"],
    ["babbles", "does not know"],
  ] as const)("a thread that %s is a failure that says so", async (script, words) => {
    const { worker, first } = start(script);
    const failure = await first;
    expect(failure).toBeInstanceOf(Error);
    expect(failure instanceof Error && failure.message).toContain(words);
    await worker.terminate();
    expect(liveThreads()).toBe(0);
  });
});
