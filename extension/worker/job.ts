/**
 * One run, from config file to result, said as messages. The engine is given, so that the flow is tested without it.
 * Bad input ends in `rejected`, a fault of ours in `failed`; nothing is thrown.
 */
import type {
  CancelSignal,
  Factors,
  Finding,
  NumericArray,
  Problem,
  RunEvent,
  RunOptions,
  RunOutcome,
  RunResult,
} from "@optimality-lens/engine";
import { detailOf, messageOf } from "../log.ts";
import type { RunJob, WorkerToHost, WrittenFiles } from "../protocol/worker.ts";
import type { Batcher } from "./batcher.ts";
import { createBatcher } from "./batcher.ts";

/** What a job needs of the engine; `L` is the engine's loaded problem. */
export interface JobEngine<L extends { readonly problem: Problem }> {
  loadProblem(
    configPath: string,
  ): Promise<
    | { readonly ok: true; readonly loaded: L; readonly findings: readonly Finding[] }
    | { readonly ok: false; readonly findings: readonly Finding[] }
  >;
  run(problem: Problem, options: RunOptions): AsyncGenerator<RunEvent, RunOutcome>;
  writeRun(loaded: L, outcome: RunOutcome): Promise<WrittenFiles>;
  readFactors(
    file: string,
  ): Promise<
    { readonly ok: true; readonly factors: readonly NumericArray[] } | { readonly ok: false; readonly message: string }
  >;
  factorsFrom(
    arrays: readonly NumericArray[],
    mapping: Problem["mapping"],
  ): { readonly ok: true; readonly factors: Factors } | { readonly ok: false; readonly message: string };
}

export interface JobPort {
  readonly clock: () => number;
  /** Lets the thread's event loop turn. */
  readonly pause: () => Promise<void>;
  readonly post: (message: WorkerToHost, transfer: readonly ArrayBufferLike[]) => void;
}

/** Reads the flag that the host sets; seen inside synchronous work, without the event loop. */
export function cancelSignal(buffer: SharedArrayBuffer): CancelSignal {
  const flag = new Int32Array(buffer);
  return {
    get aborted() {
      return Atomics.load(flag, 0) !== 0;
    },
  };
}

export async function serveJob<L extends { readonly problem: Problem }>(
  job: RunJob,
  engine: JobEngine<L>,
  port: JobPort,
): Promise<void> {
  const { runId } = job;
  try {
    const read = await engine.loadProblem(job.configPath);
    if (!read.ok) {
      port.post({ kind: "rejected", runId, findings: read.findings }, []);
      return;
    }
    const resume = await resumePoint(job, engine, read.loaded.problem);
    const batcher = batcherOf(job, port);
    const options = { ...runtime(job, port), ...resume, report: batcher.report };
    const outcome = await follow(job, engine.run(read.loaded.problem, options), { port, batcher });
    const written = await write(job, engine, read.loaded, outcome);
    port.post(
      {
        kind: "finished",
        runId,
        result: withFindings(outcome.result, read.findings),
        factors: ownFactors(outcome.factors),
        ...written,
      },
      [],
    );
  } catch (error) {
    port.post({ kind: "failed", runId, message: messageOf(error), detail: detailOf(error) }, []);
  }
}

function runtime(job: RunJob, port: JobPort): Pick<RunOptions, "signal" | "clock" | "pause"> {
  return { signal: cancelSignal(job.cancel), clock: port.clock, pause: port.pause };
}

async function resumePoint<L extends { readonly problem: Problem }>(
  job: RunJob,
  engine: JobEngine<L>,
  { mapping }: Problem,
): Promise<Pick<RunOptions, "resume">> {
  if (job.resume === null) return {};
  const { action, from } = job.resume;
  const arrays = "factors" in from ? savedArrays(from.factors) : await engine.readFactors(from.factorsFile);
  const read = arrays.ok ? engine.factorsFrom(arrays.factors, mapping) : arrays;
  if (!read.ok) throw new Error(`the last point cannot be continued: ${read.message}; diagnose from the start`);
  return { resume: { factors: read.factors, action } };
}

/** As they stand in a factors file, slices flattened. */
function savedArrays({ branches, values }: Factors): { readonly ok: true; readonly factors: readonly NumericArray[] } {
  return { ok: true, factors: values.map((data) => ({ shape: [data.length / branches, branches], data })) };
}

function batcherOf({ runId }: RunJob, port: JobPort): Batcher {
  return createBatcher({
    clock: port.clock,
    send: (batch) => {
      const { iteration, seconds, objective, lowerBound } = batch.columns;
      port.post({ kind: "batch", runId, ...batch }, [
        iteration.buffer,
        seconds.buffer,
        objective.buffer,
        lowerBound.buffer,
      ]);
    },
  });
}

/** Passes the run's events on in batches and returns what it leaves behind. */
async function follow(
  { runId }: RunJob,
  events: AsyncGenerator<RunEvent, RunOutcome>,
  { port, batcher }: { readonly port: JobPort; readonly batcher: Batcher },
): Promise<RunOutcome> {
  for (;;) {
    const next = await events.next();
    if (next.done === true) {
      batcher.flush();
      return next.value;
    }
    const event = next.value;
    switch (event.kind) {
      case "started":
        port.post({ kind: "started", runId, problem: event.problem }, []);
        break;
      case "progress":
        batcher.progress(event.progress);
        break;
      case "certificate":
        batcher.certificate(event.certificate);
        break;
      default:
        event satisfies never;
    }
  }
}

/** A cancelled run's point stays with the host; only a run that ended by itself leaves files. */
async function write<L extends { readonly problem: Problem }>(
  job: RunJob,
  engine: JobEngine<L>,
  loaded: L,
  outcome: RunOutcome,
): Promise<{ readonly files: WrittenFiles | null; readonly writeFailure: string | null }> {
  const { status } = outcome.result;
  // A point beyond float64 has nothing to certify.
  if (!job.writeCertificate || status === "cancelled" || status === "non-finite")
    return { files: null, writeFailure: null };
  try {
    return { files: await engine.writeRun(loaded, outcome), writeFailure: null };
  } catch (error) {
    return { files: null, writeFailure: `the certificate could not be written: ${messageOf(error)}` };
  }
}

/** What the config's text says belongs to the run too: a degree mismatch is why there is no certificate. */
function withFindings(result: RunResult, ofConfig: readonly Finding[]): RunResult {
  const said = new Set(result.findings.map(({ code, path }) => `${code} ${path}`));
  const others = ofConfig.filter(({ code, path }) => !said.has(`${code} ${path}`));
  return { ...result, findings: [...others, ...result.findings] };
}

/** Arrays of their own: a view of a larger buffer (or of WebAssembly memory) would be copied whole. */
function ownFactors(factors: Factors): Factors {
  return { branches: factors.branches, values: factors.values.map((value) => Float64Array.from(value)) };
}
