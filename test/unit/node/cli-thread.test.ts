/** The command line in a thread: Ctrl-C while it computes, the order of what it writes, and threads that die. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runInThread, serveThread } from "../../../engine/src/node/cli-thread.ts";

const scripts = {
  computes: `
    const { parentPort, workerData } = require("node:worker_threads");
    const flag = new Int32Array(workerData.cancel);
    parentPort.postMessage({ kind: "running" });
    while (Atomics.load(flag, 0) === 0) {}
    parentPort.postMessage({ kind: "text", stream: "stdout", text: "kept" });
    parentPort.postMessage({ kind: "done", exitCode: 1 });`,
  writes: `
    const { parentPort, workerData } = require("node:worker_threads");
    const { argv, isTTY } = workerData;
    for (let k = 0; k < 500; k++)
      parentPort.postMessage({ kind: "text", stream: k % 2 === 0 ? "stdout" : "stderr", text: k + " " });
    parentPort.postMessage({ kind: "text", stream: "stdout", text: JSON.stringify({ argv, isTTY }) });
    parentPort.postMessage({ kind: "done", exitCode: 0 });`,
  throws: `throw new Error("no engine")`,
  leaves: `process.exit(7)`,
};

describe("the command line in a thread", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "optimality-cli-thread-"));
    for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, `${name}.cjs`), text);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function start(name: keyof typeof scripts, onceInterrupted: (listener: () => void) => void = () => {}) {
    const written: string[] = [];
    const stream = (isTTY: boolean) => ({ isTTY, write: (text: string) => void written.push(text) });
    const host = { stdout: stream(true), stderr: stream(false), onceInterrupted };
    const ended = await runInThread(join(folder, `${name}.cjs`), ["diagnose", "a.yaml"], host);
    return { ended, written };
  }

  it("sees Ctrl-C while it computes without a turn of its event loop", async () => {
    const { ended, written } = await start("computes", (interrupt) => interrupt());
    expect(ended).toEqual({ exitCode: 1 });
    expect(written).toEqual(["kept"]);
  });

  it("has all text written, in order, before it ends", async () => {
    const { ended, written } = await start("writes");
    expect(ended).toEqual({ exitCode: 0 });
    expect(written.slice(0, -1)).toEqual(Array.from({ length: 500 }, (_, k) => `${k} `));
    const told = { argv: ["diagnose", "a.yaml"], isTTY: { stdout: true, stderr: false } };
    expect(JSON.parse(written.at(-1) ?? "")).toEqual(told);
  });

  it.each([
    ["throws", "no engine"],
    ["leaves", "exit code 7"],
  ] as const)("that %s is an error that says so", async (name, words) => {
    const { ended } = await start(name);
    expect("error" in ended && String(ended.error)).toContain(words);
  });
});

describe("the thread's side", () => {
  it("passes text, the beginning of a run and the exit code on, and reads the flag", async () => {
    const { port1, port2 } = new MessageChannel();
    const heard: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      port2.on("message", (message: { readonly kind: string }) => {
        heard.push(message);
        if (message.kind === "done") resolve();
      });
    });
    const cancel = new SharedArrayBuffer(4);
    const job = { argv: ["diagnose"], isTTY: { stdout: false, stderr: true }, cancel };
    const runtime = { env: {}, clock: () => 0, pause: () => Promise.resolve() };
    const aborted: boolean[] = [];
    await serveThread(
      job,
      port1,
      async (argv, io) => {
        io.onRun?.();
        aborted.push(io.signal.aborted);
        Atomics.store(new Int32Array(cancel), 0, 1);
        aborted.push(io.signal.aborted);
        io.stdout.write(argv.join());
        io.stderr.write(String(io.stderr.isTTY));
        return 2;
      },
      runtime,
    );
    await done;
    port1.close();
    expect(aborted).toEqual([false, true]);
    expect(heard).toEqual([
      { kind: "running" },
      { kind: "text", stream: "stdout", text: "diagnose" },
      { kind: "text", stream: "stderr", text: "true" },
      { kind: "done", exitCode: 2 },
    ]);
  });
});
