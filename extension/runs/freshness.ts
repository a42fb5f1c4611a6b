/**
 * Says of each newest run whether its config or data have changed since. What counts is content: the statement of the config
 * (not its comments) and the bytes of the data files, so undoing a change makes the run current again.
 */

import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import { messageOf } from "../log.ts";
import type { ConfigRef, InputStamp, Run } from "./run.ts";
import { isActive } from "./run.ts";
import type { RunStore } from "./run-store.ts";

const SETTLE_MS = 150;

export interface FreshnessOptions {
  readonly store: RunStore;
  readonly stampInputs: (config: ConfigRef) => Promise<readonly InputStamp[]>;
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
        if (change.what === "ended") this.recheck(change.configUri);
      }),
    );
  }

  get idle(): boolean {
    return this.#due.size === 0 && this.#working === 0;
  }

  /** A file changed on disk, was saved, or vanished. */
  fileChanged(path: string): void {
    const { store } = this.#options;
    const configs = new Set(store.runs.map((run) => run.config.uri));
    for (const uri of configs) {
      const run = store.latest(uri);
      if (run !== undefined && dependsOn(run, path)) this.recheck(uri);
    }
  }

  /** Compares the newest run of the config with its inputs, soon. */
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
    const { store, stampInputs, log } = this.#options;
    const run = store.latest(configUri);
    if (run === undefined || isActive(run) || run.inputs.length === 0) return;
    this.#working += 1;
    try {
      const now = await stampInputs(run.config);
      if (!this.#lifetime.disposed && store.latest(configUri)?.id === run.id) {
        store.setOutOfDate(run.id, !sameInputs(run.inputs, now));
      }
    } catch (error) {
      log.warn(`cannot tell whether the run of ${run.config.name} is up to date: ${messageOf(error)}`);
    } finally {
      this.#working -= 1;
    }
  }
}

function dependsOn(run: Run, path: string): boolean {
  return run.config.path === path || run.inputs.some((input) => input.path === path);
}

function sameInputs(before: readonly InputStamp[], now: readonly InputStamp[]): boolean {
  return (
    before.length === now.length &&
    before.every((input, index) => input.path === now[index]?.path && input.stamp === now[index].stamp)
  );
}
