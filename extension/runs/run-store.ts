/**
 * The truth about runs and paths: panel, status bar and diagnostics are views of it. At most one run is active; what arrives for any
 * other run is dropped, so two runs are never mixed.
 */
import type { Finding } from "@optimality-lens/engine";
import type { Disposable } from "../lifecycle.ts";
import { Emitter } from "../lifecycle.ts";
import type { WorkerToHost } from "../protocol/worker.ts";
import type { PathRun } from "./path-run.ts";
import type { PathChange } from "./path-store.ts";
import { PathStore } from "./path-store.ts";
import type { ConfigRef, InputStamp, Run } from "./run.ts";
import { interruptedResult, isActive, rejection } from "./run.ts";
import { Series } from "./series.ts";

/** Finished runs kept per config. */
export const HISTORY_PER_CONFIG = 20;

export type StoreChange =
  | { readonly what: "run"; readonly runId: number; readonly configUri: string }
  | { readonly what: "series"; readonly runId: number; readonly configUri: string }
  /** Fired once for each run, after its last `run` change. */
  | { readonly what: "ended"; readonly runId: number; readonly configUri: string }
  | { readonly what: "findings"; readonly configUri: string }
  /** Of the config's newest path; `path-ended` once for each, after its last `path` change. */
  | { readonly what: PathChange; readonly configUri: string };

export interface NewRun {
  readonly config: ConfigRef;
  readonly startedAt: string;
  readonly label: string;
}

export interface StoredRun {
  readonly run: Run;
  readonly series: Series;
}

/** What has ended, for the archive. */
export interface History {
  readonly runs: readonly StoredRun[];
  readonly paths: readonly PathRun[];
}

export class RunStore implements Disposable {
  readonly #runs = new Map<number, StoredRun>();
  readonly #configFindings = new Map<string, readonly Finding[]>();
  readonly #changes = new Emitter<StoreChange>();
  readonly paths = new PathStore((what, { config }) => this.#changes.fire({ what, configUri: config.uri }));
  #active: number | undefined;
  #nextId = 1;

  onChange(listener: (change: StoreChange) => void): Disposable {
    return this.#changes.on(listener);
  }

  /** The run that is going on. */
  get active(): Run | undefined {
    return this.#active === undefined ? undefined : this.run(this.#active);
  }

  /** Whatever is going on: there is one worker. */
  get busy(): Run | PathRun | undefined {
    return this.active ?? this.paths.active;
  }

  run(id: number): Run | undefined {
    return this.#runs.get(id)?.run;
  }

  series(id: number): Series | undefined {
    return this.#runs.get(id)?.series;
  }

  /** Oldest first. */
  get runs(): readonly Run[] {
    return [...this.#runs.values()].map((stored) => stored.run);
  }

  runsOf(configUri: string): readonly Run[] {
    return this.runs.filter((run) => run.config.uri === configUri);
  }

  latest(configUri?: string): Run | undefined {
    return (configUri === undefined ? this.runs : this.runsOf(configUri)).at(-1);
  }

  /** Absolute paths of what the newest run and path of a config were made from. */
  filesOf(configUri: string): readonly string[] {
    const records = [this.latest(configUri), this.paths.of(configUri)].filter((record) => record !== undefined);
    return [...new Set(records.flatMap(({ config, inputs }) => [config.path, ...inputs.map(({ path }) => path)]))];
  }

  /** Configs that have a run or a path. */
  get configUris(): readonly string[] {
    return [...new Set([...this.runs, ...this.paths.all].map(({ config }) => config.uri))];
  }

  /** Findings of the config's text, from the language room. */
  configFindings(configUri: string): readonly Finding[] {
    return this.#configFindings.get(configUri) ?? [];
  }

  setConfigFindings(configUri: string, findings: readonly Finding[]): void {
    this.#configFindings.set(configUri, findings);
    this.#changes.fire({ what: "findings", configUri });
  }

  /** Begins the one active run; a caller that has not ended the previous one made a mistake. */
  begin(fresh: NewRun): Run {
    if (this.#active !== undefined) throw new Error(`run ${this.#active} is still active`);
    const run: Run = {
      ...fresh,
      id: this.#nextId++,
      phase: "loading",
      problem: null,
      progress: null,
      snapshot: null,
      result: null,
      failure: null,
      findings: [],
      certificateFile: null,
      factorsFile: null,
      factors: null,
      inputs: [],
      outOfDate: false,
    };
    this.#runs.set(run.id, { run, series: new Series() });
    this.#active = run.id;
    this.#changes.fire({ what: "run", runId: run.id, configUri: run.config.uri });
    return run;
  }

  /** Takes in what the worker says; messages of any run but the active one are dropped. */
  receive(message: WorkerToHost): void {
    if (message.runId !== this.#active) return;
    switch (message.kind) {
      case "started":
        this.#update(message.runId, { phase: "running", problem: message.problem });
        return;
      case "batch":
        this.#receiveBatch(message);
        return;
      case "finished":
        this.#end(message.runId, {
          phase: "finished",
          result: message.result,
          findings: message.result.findings,
          factors: message.factors,
          certificateFile: message.files?.certificate ?? null,
          factorsFile: message.files?.factors ?? null,
        });
        return;
      case "rejected":
        this.#end(message.runId, { phase: "failed", failure: rejection(message.findings), findings: message.findings });
        return;
      case "failed":
        this.fail(message.runId, message.message);
        return;
      case "path-started":
      case "path-progress":
      case "path-point":
      case "path-finished":
        return;
      default:
        message satisfies never;
    }
  }

  /** Ends the active run with one line of explanation; what was received stays. */
  fail(id: number, failure: string): void {
    if (id === this.#active) this.#end(id, { phase: "failed", failure });
  }

  /** Ends the active run whose worker did not answer a cancel in time, with everything received kept. */
  interrupt(id: number): void {
    const run = this.run(id);
    if (run === undefined || id !== this.#active) return;
    const result = interruptedResult(run);
    if (result === null) this.fail(id, "cancelled while the data was loading");
    else this.#end(id, { phase: "finished", result });
  }

  setInputs(id: number, inputs: readonly InputStamp[]): void {
    this.#update(id, { inputs });
  }

  setOutOfDate(id: number, outOfDate: boolean): void {
    if (this.run(id)?.outOfDate !== outOfDate) this.#update(id, { outOfDate });
  }

  /** Puts back runs and paths of an earlier session; ids continue after theirs. */
  restore({ runs, paths }: History): void {
    this.paths.restore(paths);
    for (const stored of runs) {
      if (isActive(stored.run) || this.#runs.has(stored.run.id)) continue;
      this.#runs.set(stored.run.id, stored);
      this.#nextId = Math.max(this.#nextId, stored.run.id + 1);
      this.#changes.fire({ what: "run", runId: stored.run.id, configUri: stored.run.config.uri });
    }
  }

  get ended(): History {
    return {
      runs: [...this.#runs.values()].filter((stored) => !isActive(stored.run)),
      paths: this.paths.ended,
    };
  }

  dispose(): void {
    this.#changes.dispose();
  }

  #receiveBatch(message: Extract<WorkerToHost, { kind: "batch" }>): void {
    const stored = this.#runs.get(message.runId);
    if (stored === undefined) return;
    if (message.columns.iteration.length > 0) {
      stored.series.append(message.columns);
      this.#changes.fire({ what: "series", runId: message.runId, configUri: stored.run.config.uri });
    }
    const { progress, snapshot } = message;
    if (progress === null && snapshot === null) return;
    this.#update(message.runId, {
      ...(progress === null ? {} : { progress }),
      ...(snapshot === null ? {} : { snapshot }),
    });
  }

  #update(id: number, change: Partial<Run>): void {
    const stored = this.#runs.get(id);
    if (stored === undefined) return;
    this.#runs.set(id, { run: { ...stored.run, ...change }, series: stored.series });
    this.#changes.fire({ what: "run", runId: id, configUri: stored.run.config.uri });
  }

  #end(id: number, change: Partial<Run>): void {
    const run = this.run(id);
    if (run === undefined) return;
    this.#active = undefined;
    this.#forgetOlder(run.config.uri, id);
    this.#update(id, change);
    this.#changes.fire({ what: "ended", runId: id, configUri: run.config.uri });
  }

  /** Only the newest run of a config can be continued, and only so many are kept. */
  #forgetOlder(configUri: string, newest: number): void {
    const older = this.runsOf(configUri).filter((run) => run.id !== newest);
    for (const run of older) {
      const stored = this.#runs.get(run.id);
      if (stored !== undefined) this.#runs.set(run.id, { ...stored, run: { ...run, factors: null } });
    }
    for (const run of older.slice(0, Math.max(0, older.length - HISTORY_PER_CONFIG + 1))) this.#runs.delete(run.id);
  }
}
