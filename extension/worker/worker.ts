/**
 * The worker thread: serves the one job it was started with, then has nothing left to do. A thread per run costs some tens of
 * milliseconds and buys a hard stop that leaves no half-alive state, and memory that is given back.
 */
import { parentPort, workerData } from "node:worker_threads";
import { factorsFrom, run, runPath } from "@optimality-lens/engine";
import { loadProblem, readFactors, writeRun } from "@optimality-lens/engine/node";
import type { Job } from "../protocol/worker.ts";
import type { JobPort } from "./job.ts";
import { serveJob } from "./job.ts";
import { servePath } from "./path-job.ts";

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

if (parentPort !== null) {
  const host = parentPort;
  const port: JobPort = {
    clock: () => performance.now(),
    pause: turn,
    post: (message, transfer) => host.postMessage(message, transfer as readonly ArrayBuffer[] as ArrayBuffer[]),
  };
  const job = workerData as Job;
  if (job.task === "run") void serveJob(job, { loadProblem, run, writeRun, readFactors, factorsFrom }, port);
  else void servePath(job, { loadProblem, runPath }, port);
}
