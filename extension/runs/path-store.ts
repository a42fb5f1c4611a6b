/** The truth about λ-paths: the newest of each config, beside its runs. What arrives for any but the active one is dropped. */
import type { WorkerToHost } from "../protocol/worker.ts";
import type { PathRun } from "./path-run.ts";
import type { ConfigRef, InputStamp } from "./run.ts";
import { rejection } from "./run.ts";

export type PathChange = "path" | "path-ended";

export interface NewPath {
  readonly config: ConfigRef;
  readonly startedAt: string;
}

export class PathStore {
  readonly #paths = new Map<string, PathRun>();
  readonly #changed: (what: PathChange, path: PathRun) => void;
  #active: string | undefined;
  /** What the active one takes the place of, for the case that it comes to nothing. */
  #earlier: PathRun | undefined;
  #nextId = 1;

  constructor(changed: (what: PathChange, path: PathRun) => void) {
    this.#changed = changed;
  }

  /** The path that is being computed. */
  get active(): PathRun | undefined {
    return this.#active === undefined ? undefined : this.#paths.get(this.#active);
  }

  /** The newest path of a config. */
  of(configUri: string): PathRun | undefined {
    return this.#paths.get(configUri);
  }

  get all(): readonly PathRun[] {
    return [...this.#paths.values()];
  }

  /** For the archive: every path that has ended. */
  get ended(): readonly PathRun[] {
    return this.all.filter((path) => path !== this.active);
  }

  begin(fresh: NewPath): PathRun {
    if (this.#active !== undefined) throw new Error(`the path of ${this.#active} is still active`);
    const path: PathRun = {
      ...fresh,
      id: this.#nextId++,
      phase: "loading",
      problem: null,
      lambdas: [],
      points: [],
      progress: null,
      status: null,
      failure: null,
      inputs: [],
      outOfDate: false,
    };
    this.#earlier = this.#paths.get(fresh.config.uri);
    this.#active = fresh.config.uri;
    this.#replace(path);
    return path;
  }

  /** Takes in what the worker says; messages of any path but the active one are dropped. */
  receive(message: WorkerToHost): void {
    const path = this.active;
    if (path === undefined || message.runId !== path.id) return;
    switch (message.kind) {
      case "path-started":
        this.#replace({ ...path, phase: "running", problem: message.problem, lambdas: message.lambdas });
        return;
      case "path-progress":
        this.#replace({ ...path, progress: message.progress });
        return;
      case "path-point":
        this.#replace({ ...path, points: [...path.points, message.point], progress: null });
        return;
      case "path-finished":
        this.#end({ ...path, phase: "finished", status: message.status });
        return;
      case "rejected":
        this.fail(path.id, rejection(message.findings));
        return;
      case "failed":
        this.fail(path.id, message.message);
        return;
      case "started":
      case "batch":
      case "finished":
        return;
      default:
        message satisfies never;
    }
  }

  /** Ends the active path with one line of explanation; its points stay. */
  fail(id: number, failure: string): void {
    const path = this.active;
    if (path?.id === id) this.#end({ ...path, phase: "failed", status: "cancelled", failure });
  }

  /** Ends the active path whose worker did not answer a cancel in time; its points stay. */
  interrupt(id: number): void {
    const path = this.active;
    if (path?.id === id) this.#end({ ...path, phase: "finished", status: "cancelled" });
  }

  setInputs(id: number, inputs: readonly InputStamp[]): void {
    const path = this.active;
    if (path?.id === id) this.#replace({ ...path, inputs });
  }

  setOutOfDate(configUri: string, outOfDate: boolean): void {
    const path = this.#paths.get(configUri);
    if (path !== undefined && path.outOfDate !== outOfDate) this.#replace({ ...path, outOfDate });
  }

  /** Puts back paths of an earlier session. */
  restore(paths: readonly PathRun[]): void {
    for (const path of paths) {
      if (this.#paths.has(path.config.uri)) continue;
      this.#nextId = Math.max(this.#nextId, path.id + 1);
      this.#replace(path);
    }
  }

  /** One that has not a single point gives way to the one before it, which keeps what is said of the attempt. */
  #end(path: PathRun): void {
    const earlier = this.#earlier;
    this.#active = undefined;
    this.#earlier = undefined;
    const kept =
      path.points.length > 0 || earlier === undefined ? path : { ...earlier, failure: path.failure ?? earlier.failure };
    this.#replace({ ...kept, progress: null });
    this.#changed("path-ended", kept);
  }

  #replace(path: PathRun): void {
    this.#paths.set(path.config.uri, path);
    this.#changed("path", path);
  }
}
