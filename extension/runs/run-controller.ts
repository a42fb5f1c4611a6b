/**
 * Starts and stops runs and paths, one at a time. Cancelling sets a flag that the worker sees inside synchronous work; a worker that has
 * not answered after the grace period is ended, and everything it had sent is kept.
 */
import type { RunAction } from "@optimality-lens/engine";
import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import { detailOf, messageOf } from "../log.ts";
import type { Job, PathExtent, ResumeFrom, WorkerToHost } from "../protocol/worker.ts";
import type { PathRun } from "./path-run.ts";
import type { PathStore } from "./path-store.ts";
import type { ConfigRef, InputStamp, Run } from "./run.ts";
import { labelOf } from "./run.ts";
import type { RunStore } from "./run-store.ts";

export const CANCEL_GRACE_MS = 2000;

/** A worker thread that serves one job. */
export interface RunWorker {
  /** Resolves when the thread is gone. */
  terminate(): Promise<void>;
}

export interface RunWorkerListener {
  onMessage(message: WorkerToHost): void;
  /** The thread died or sent nonsense; nothing follows. */
  onFailure(error: unknown): void;
}

export interface ControllerOptions {
  readonly store: RunStore;
  readonly log: Log;
  readonly startWorker: (job: Job, listener: RunWorkerListener) => RunWorker;
  /** Asked when one is going on and another is wanted. */
  readonly chooseReplace: (active: Run | PathRun, wanted: ConfigRef) => Promise<"replace" | "keep">;
  readonly stampInputs: (config: ConfigRef, of: Job["task"]) => Promise<readonly InputStamp[]>;
  readonly writeCertificate: () => boolean;
  /** Something the person should know although the run goes on or is kept. */
  readonly warn: (message: string) => void;
  readonly now: () => Date;
}

export type RunRequest =
  | {
      readonly config: ConfigRef;
      /** Absent: a run. */
      readonly task?: "run";
      /** Continue the last one. */
      readonly action?: RunAction | undefined;
    }
  | { readonly config: ConfigRef; readonly task: "path"; readonly extent: PathExtent };

export type StartOutcome =
  | { readonly started: true; readonly runId: number }
  | { readonly started: false; readonly reason: "kept-running" | "nothing-to-continue" };

interface ActiveJob {
  readonly runId: number;
  /** Keeps what the worker says. */
  readonly records: RunStore | PathStore;
  readonly task: Job["task"];
  /** "run 3", for the log. */
  readonly name: string;
  readonly cancel: Int32Array;
  worker: RunWorker | undefined;
  cancelled: boolean;
  grace: Disposable | undefined;
  leaving: boolean;
  readonly gone: Promise<void>;
  readonly markGone: () => void;
}

export class RunController implements Disposable {
  readonly #options: ControllerOptions;
  readonly #lifetime = new Lifetime();
  #job: ActiveJob | undefined;
  #starting = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  /** Whether no run is active and no worker thread lives. */
  get idle(): boolean {
    return this.#job === undefined && !this.#starting;
  }

  /** Resolves when the run is over and its worker is gone. */
  async settled(): Promise<void> {
    await this.#job?.gone;
  }

  async start(request: RunRequest): Promise<StartOutcome> {
    if (this.#starting || this.#lifetime.disposed) return { started: false, reason: "kept-running" };
    this.#starting = true;
    try {
      const { active: run, busy: active } = this.#options.store;
      const ofAnother = run?.config.uri !== request.config.uri;
      if (ofAnother && this.#resume(request) === undefined) return { started: false, reason: "nothing-to-continue" };
      if (active !== undefined) {
        if ((await this.#options.chooseReplace(active, request.config)) === "keep") {
          return { started: false, reason: "kept-running" };
        }
        this.cancel();
      }
      await this.settled();
      const resume = this.#resume(request);
      if (resume === undefined || this.#lifetime.disposed) return { started: false, reason: "nothing-to-continue" };
      return { started: true, runId: this.#launch(request, resume) };
    } finally {
      this.#starting = false;
    }
  }

  /** Asks the active run to stop. */
  cancel(): void {
    const job = this.#job;
    if (job === undefined || job.cancelled) return;
    job.cancelled = true;
    Atomics.store(job.cancel, 0, 1);
    if (job.worker === undefined) {
      this.#interrupt(job);
      return;
    }
    job.grace = this.#lifetime.after("cancel grace", CANCEL_GRACE_MS, () => {
      if (this.#job !== job) return;
      this.#options.log.warn(`${job.name} did not stop within ${CANCEL_GRACE_MS} ms; its worker is ended`);
      this.#interrupt(job);
    });
  }

  dispose(): void {
    this.#lifetime.dispose();
    const job = this.#job;
    if (job === undefined) return;
    Atomics.store(job.cancel, 0, 1);
    this.#interrupt(job);
  }

  /** `null`: from the start; `undefined`: there is no point to continue from. */
  #resume(request: RunRequest): ResumeFrom | null | undefined {
    if (request.task === "path" || request.action === undefined) return null;
    const { config, action } = request;
    const last = this.#options.store.latest(config.uri);
    if (last?.factors != null) return { action, from: { factors: last.factors } };
    if (last?.factorsFile != null) return { action, from: { factorsFile: last.factorsFile } };
    return undefined;
  }

  #launch(request: RunRequest, resume: ResumeFrom | null): number {
    const { store, now } = this.#options;
    const { config, task = "run" } = request;
    const startedAt = now().toISOString();
    const { id: runId } =
      request.task === "path"
        ? store.paths.begin({ config, startedAt })
        : store.begin({ config, startedAt, label: labelOf(request.action ?? null) });
    const cancel = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    let markGone = (): void => {};
    const gone = new Promise<void>((resolve) => {
      markGone = resolve;
    });
    const job: ActiveJob = {
      runId,
      records: task === "run" ? store : store.paths,
      task,
      name: `${task} ${runId}`,
      cancel: new Int32Array(cancel),
      worker: undefined,
      cancelled: false,
      grace: undefined,
      leaving: false,
      gone,
      markGone,
    };
    this.#job = job;
    const shared = { runId, configPath: config.path, cancel };
    const message: Job =
      request.task === "path"
        ? { ...shared, task: "path", extent: request.extent }
        : { ...shared, task: "run", resume, writeCertificate: this.#options.writeCertificate() };
    void this.#work(job, message, config);
    return runId;
  }

  async #work(job: ActiveJob, message: Job, config: ConfigRef): Promise<void> {
    const { log, stampInputs, startWorker } = this.#options;
    try {
      job.records.setInputs(job.runId, await stampInputs(config, message.task));
      if (this.#job !== job || job.leaving) return;
      job.worker = startWorker(message, {
        onMessage: (answer) => this.#receive(job, answer),
        onFailure: (error) => this.#fail(job, error),
      });
    } catch (error) {
      log.error(detailOf(error));
      this.#fail(job, error);
    }
  }

  #receive(job: ActiveJob, answer: WorkerToHost): void {
    if (this.#job !== job || job.leaving) return;
    const { log, warn } = this.#options;
    if (answer.kind === "failed") log.error(`${job.name}: ${answer.detail}`);
    if (answer.kind === "finished" && answer.writeFailure !== null) warn(answer.writeFailure);
    job.records.receive(answer);
    if (job.records.active?.id !== job.runId) this.#leave(job);
  }

  #fail(job: ActiveJob, error: unknown): void {
    if (this.#job !== job || job.leaving) return;
    this.#options.log.error(`${job.name}: ${detailOf(error)}`);
    job.records.fail(job.runId, `the ${job.task} stopped unexpectedly: ${messageOf(error)}`);
    this.#leave(job);
  }

  #interrupt(job: ActiveJob): void {
    job.records.interrupt(job.runId);
    this.#leave(job);
  }

  /** Ends the worker; the next run waits until its thread is gone. */
  #leave(job: ActiveJob): void {
    if (job.leaving) return;
    job.leaving = true;
    job.grace?.dispose();
    const ended = job.worker?.terminate() ?? Promise.resolve();
    const forget = (): void => {
      if (this.#job === job) this.#job = undefined;
      job.markGone();
    };
    ended.then(forget, (error: unknown) => {
      this.#options.log.error(`${job.name}: its worker could not be ended: ${messageOf(error)}`);
      forget();
    });
  }
}
