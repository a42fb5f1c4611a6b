/**
 * Says of each newest run, and of the newest path, whether its config or data have changed since. What counts is content: the statement of the config
 * (not its comments) and the bytes of the data files, so undoing a change makes the run current again.
 */

import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import { messageOf } from "../log.ts";
import type { Job } from "../protocol/worker.ts";
import type { PathRun } from "./path-run.ts";
import type { ConfigRef, InputStamp, Run } from "./run.ts";
import { isActive } from "./run.ts";
import type { RunStore } from "./run-store.ts";

const SETTLE_MS = 150;

export interface FreshnessOptions {
  readonly store: RunStore;
  readonly stampInputs: (config: ConfigRef, of: Job["task"]) => Promise<readonly InputStamp[]>;
  readonly log: Log;
}

export class Freshness implements Disposable {
  readonly #options: FreshnessOptions;
  readonly #lifetime = new Lifetime();
  readonly #due = new Map<string, Disposable>();
  #working = 0;

  constructor(options: FreshnessOptions) {
    this.#options = options;
    this.#lifetime.own(
      "freshness store listener",
      options.store.onChange((change) => {
        if (change.what === "ended" || change.what === "path-ended") this.recheck(change.configUri);
      }),
    );
  }

  get idle(): boolean {
    return this.#due.size === 0 && this.#working === 0;
  }

  /** A file changed on disk, was saved, or vanished. */
  fileChanged(path: string): void {
    const { store } = this.#options;
    for (const uri of store.configUris) if (store.filesOf(uri).includes(path)) this.recheck(uri);
  }

  /** Compares the newest run and path of the config with their inputs, soon. */
  recheck(configUri: string): void {
    this.#due.get(configUri)?.dispose();
    this.#due.set(
      configUri,
      this.#lifetime.after("freshness check", SETTLE_MS, () => {
        this.#due.delete(configUri);
        void this.#check(configUri);
      }),
    );
  }

  dispose(): void {
    this.#lifetime.dispose();
    this.#due.clear();
  }

  async #check(configUri: string): Promise<void> {
    const { store } = this.#options;
    this.#working += 1;
    try {
      const run = store.latest(configUri);
      const changed = await this.#isChanged(run, "run");
      if (changed !== undefined && run !== undefined && store.latest(configUri)?.id === run.id) {
        store.setOutOfDate(run.id, changed);
      }
      const path = store.paths.of(configUri);
      const pathChanged = await this.#isChanged(path, "path");
      if (pathChanged !== undefined && store.paths.of(configUri)?.id === path?.id) {
        store.paths.setOutOfDate(configUri, pathChanged);
      }
    } finally {
      this.#working -= 1;
    }
  }

  /** `undefined`: there is nothing to compare, or no way to. */
  async #isChanged(record: Run | PathRun | undefined, task: Job["task"]): Promise<boolean | undefined> {
    if (record === undefined || isActive(record) || record.inputs.length === 0) return undefined;
    const { stampInputs, log } = this.#options;
    try {
      const now = await stampInputs(record.config, task);
      return this.#lifetime.disposed ? undefined : !sameInputs(record.inputs, now);
    } catch (error) {
      log.warn(`cannot tell whether the ${task} of ${record.config.name} is up to date: ${messageOf(error)}`);
      return undefined;
    }
  }
}

function sameInputs(before: readonly InputStamp[], now: readonly InputStamp[]): boolean {
  return (
    before.length === now.length &&
    before.every((input, index) => input.path === now[index]?.path && input.stamp === now[index].stamp)
  );
}
