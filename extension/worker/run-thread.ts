/** The host's end of a worker thread. */
import { Worker } from "node:worker_threads";
import type { Log } from "../log.ts";
import type { Job, WorkerToHost } from "../protocol/worker.ts";
import { decodeWorkerMessage } from "../protocol/worker-codec.ts";
import type { RunWorker, RunWorkerListener } from "../runs/run-controller.ts";

/** Nothing follows these. */
const LAST: ReadonlySet<WorkerToHost["kind"]> = new Set(["finished", "path-finished", "rejected", "failed"]);

const live = new Set<Worker>();

/** Threads that have not ended. */
export function liveThreads(): number {
  return live.size;
}

/** Starts `script` in a thread with `job` as its `workerData`. */
export function startRunThread(script: string, job: Job, listener: RunWorkerListener, log: Log): RunWorker {
  const worker = new Worker(script, {
    workerData: job,
    execArgv: [],
    stdout: true,
    stderr: true,
    name: "optimality-run",
  });
  live.add(worker);
  let answered = false;
  const fail = (error: unknown): void => {
    if (answered) return;
    answered = true;
    listener.onFailure(error);
  };
  worker.stdout.on("data", (text) => log.debug(String(text).trimEnd()));
  worker.stderr.on("data", (text) => log.warn(String(text).trimEnd()));
  worker.on("message", (value: unknown) => {
    const message = decodeWorkerMessage(value);
    if (message === undefined) {
      fail(new Error("the worker sent a message this version does not know"));
      return;
    }
    answered ||= LAST.has(message.kind);
    listener.onMessage(message);
  });
  worker.on("messageerror", fail);
  worker.on("error", fail);
  worker.on("exit", (code) => {
    live.delete(worker);
    fail(new Error(`the worker ended with exit code ${code} before the run did`));
  });
  return {
    terminate: async () => {
      answered = true;
      worker.stdout.removeAllListeners();
      worker.stderr.removeAllListeners();
      await worker.terminate();
      live.delete(worker);
    },
  };
}
