/**
 * The command line in a thread of its own: a proof computes for seconds without a turn of the event loop, and Ctrl-C is to be
 * seen at any moment. The main thread owns streams, signals and exit code; a flag in shared memory says that the run shall end.
 */
import { type MessagePort, Worker } from "node:worker_threads";
import type { CliIo } from "./cli-io.ts";

export interface ThreadJob {
  readonly argv: readonly string[];
  readonly isTTY: { readonly stdout: boolean; readonly stderr: boolean };
  /** One Int32; anything but 0 ends the run. */
  readonly cancel: SharedArrayBuffer;
}

type ThreadMessage =
  | { readonly kind: "text"; readonly stream: "stdout" | "stderr"; readonly text: string }
  /** A run begins: from here on, Ctrl-C keeps what was reached. */
  | { readonly kind: "running" }
  | { readonly kind: "done"; readonly exitCode: number };

/** The process, as far as it is needed here. */
export interface ThreadHost {
  readonly stdout: CliIo["stdout"];
  readonly stderr: CliIo["stderr"];
  /** Calls back at the next Ctrl-C, which then does not end the process. */
  readonly onceInterrupted: (listener: () => void) => void;
}

/** Runs the command line in a thread that `script` serves; the exit code, or an error that ended the thread. */
export function runInThread(
  script: URL | string,
  argv: readonly string[],
  { stdout, stderr, onceInterrupted }: ThreadHost,
): Promise<{ readonly exitCode: number } | { readonly error: unknown }> {
  const cancel = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const job: ThreadJob = { argv, isTTY: { stdout: stdout.isTTY, stderr: stderr.isTTY }, cancel };
  const worker = new Worker(script, { workerData: job, name: "optimality" });
  const streams = { stdout, stderr };
  let exitCode: number | undefined;
  let failure: unknown;
  worker.on("message", (message: ThreadMessage) => {
    switch (message.kind) {
      case "text":
        streams[message.stream].write(message.text);
        break;
      case "running":
        onceInterrupted(() => {
          Atomics.store(new Int32Array(cancel), 0, 1);
        });
        break;
      case "done":
        exitCode = message.exitCode;
        break;
      default:
        message satisfies never;
    }
  });
  worker.on("error", (error) => {
    failure = error;
  });
  return new Promise((resolve) => {
    // All messages have arrived by then.
    worker.on("exit", (code) => {
      if (exitCode !== undefined && failure === undefined) resolve({ exitCode });
      else resolve({ error: failure ?? new Error(`the thread ended with exit code ${code}`) });
    });
  });
}

/** The thread's side. */
export async function serveThread(
  { argv, isTTY, cancel }: ThreadJob,
  port: MessagePort,
  main: (argv: readonly string[], io: CliIo) => Promise<number>,
  runtime: Pick<CliIo, "env" | "clock" | "pause">,
): Promise<void> {
  const say = (message: ThreadMessage) => port.postMessage(message);
  const stream = (name: "stdout" | "stderr"): CliIo["stdout"] => ({
    isTTY: isTTY[name],
    write: (text) => say({ kind: "text", stream: name, text }),
  });
  const flag = new Int32Array(cancel);
  const exitCode = await main(argv, {
    ...runtime,
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    signal: {
      get aborted() {
        return Atomics.load(flag, 0) !== 0;
      },
    },
    onRun: () => say({ kind: "running" }),
  });
  say({ kind: "done", exitCode });
}
