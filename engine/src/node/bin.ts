/**
 * The process around `cli.ts`. The first Ctrl-C ends a run and keeps what it reached; the second ends the process, as the first
 * one does where there is nothing to keep. So only `diagnose` and `path` need a thread, and this file is what both of them start with.
 */
import { setImmediate as immediate } from "node:timers/promises";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import type { CliIo } from "./cli-io.ts";
import { runInThread, serveThread, type ThreadJob } from "./cli-thread.ts";

const runtime = { env: process.env, clock: () => performance.now(), pause: () => immediate() };

if (isMainThread) process.exitCode = await inProcess(process.argv.slice(2));
else if (parentPort !== null) {
  const { main } = await import("./cli.ts");
  await serveThread(workerData as ThreadJob, parentPort, main, runtime);
}

async function inProcess(argv: readonly string[]): Promise<number> {
  const streams = { stdout: streamOf("stdout"), stderr: streamOf("stderr") };
  const io: CliIo = { ...runtime, ...streams, signal: { aborted: false } };
  if (argv[0] !== "diagnose" && argv[0] !== "path") return (await import("./cli.ts")).main(argv, io);
  const ended = await runInThread(new URL(import.meta.url), argv, {
    ...streams,
    onceInterrupted: (listener) => process.once("SIGINT", listener),
  });
  return "exitCode" in ended ? ended.exitCode : (await import("./cli.ts")).reportFault(ended.error, argv, io);
}

function streamOf(name: "stdout" | "stderr"): CliIo["stdout"] {
  const stream = process[name];
  stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    // A reader that goes away (`| head`) is no fault.
    if (code === "EPIPE") return;
    process.once("exit", () => {
      process.exitCode = 2;
    });
    if (name === "stdout") process.stderr.write(`optimality: standard output cannot be written (${message})\n`);
  });
  return { write: (text) => void stream.write(text), isTTY: stream.isTTY === true };
}
