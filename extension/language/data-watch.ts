/** Watches the files that configs and runs depend on, wherever they lie; each once, however many name it. */
import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";

export class DataWatch implements Disposable {
  readonly #lifetime = new Lifetime();
  readonly #namedBy = new Map<string, readonly string[]>();
  readonly #watchers = new Map<string, Disposable>();
  readonly #onChange: (path: string) => void;

  constructor(onChange: (path: string) => void) {
    this.#onChange = onChange;
  }

  get alive(): readonly string[] {
    return this.#lifetime.alive;
  }

  /** `owner` depends on exactly `files` from now on. */
  follow(owner: string, files: readonly string[]): void {
    this.#namedBy.set(owner, files);
    const wanted = new Set([...this.#namedBy.values()].flat());
    for (const [file, watcher] of this.#watchers) {
      if (wanted.has(file)) continue;
      this.#watchers.delete(file);
      this.#lifetime.release(watcher);
    }
    for (const file of wanted) {
      if (!this.#watchers.has(file)) this.#watchers.set(file, this.#lifetime.own(`watch ${file}`, this.#watch(file)));
    }
  }

  unfollow(owner: string): void {
    this.follow(owner, []);
    this.#namedBy.delete(owner);
  }

  /** Owners that depend on `file`. */
  ownersOf(file: string): readonly string[] {
    return [...this.#namedBy].filter(([, files]) => files.includes(file)).map(([owner]) => owner);
  }

  dispose(): void {
    this.#lifetime.dispose();
    this.#watchers.clear();
    this.#namedBy.clear();
  }

  #watch(file: string): Disposable {
    const name = basename(file).replace(/[[\]{}*?]/g, "[$&]");
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.file(dirname(file)), name),
    );
    const changed = (): void => this.#onChange(file);
    const listeners = [watcher.onDidChange(changed), watcher.onDidCreate(changed), watcher.onDidDelete(changed)];
    return {
      dispose: () => {
        for (const listener of listeners) listener.dispose();
        watcher.dispose();
      },
    };
  }
}
