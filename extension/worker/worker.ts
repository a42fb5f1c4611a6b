/**
 * The worker thread: serves the one job it was started with, then has nothing left to do. A thread per run costs some tens of
 * milliseconds and buys a hard stop that leaves no half-alive state, and memory that is given back.
 */
import { parentPort, workerData } from "node:worker_threads";
import { factorsFrom, run } from "@optimality-lens/engine";
import { loadProblem, readFactors, writeRun } from "@optimality-lens/engine/node";
import type { RunJob } from "../protocol/worker.ts";
import { serveJob } from "./job.ts";

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

if (parentPort !== null) {
  const port = parentPort;
  void serveJob(
    workerData as RunJob,
    { loadProblem, run, writeRun, readFactors, factorsFrom },
    {
      clock: () => performance.now(),
      pause: turn,
      post: (message, transfer) => port.postMessage(message, transfer as readonly ArrayBuffer[] as ArrayBuffer[]),
    },
  );
}
