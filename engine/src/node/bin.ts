/** The process around `cli.ts`. */
import { setImmediate as immediate } from "node:timers/promises";
import { main } from "./cli.ts";

const controller = new AbortController();
// The first Ctrl-C ends the run and keeps what it reached; the second, without a handler, ends the process.
process.once("SIGINT", () => controller.abort());
// A reader that goes away (`| head`) is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await main(process.argv.slice(2), {
  stdout: { write: (text) => void process.stdout.write(text), isTTY: process.stdout.isTTY === true },
  stderr: { write: (text) => void process.stderr.write(text), isTTY: process.stderr.isTTY === true },
  env: process.env,
  signal: controller.signal,
  clock: () => performance.now(),
  pause: () => immediate(),
});
