/** Owning what must not outlive us: every worker, timer, watcher and registration of the extension has one owner. */

export interface Disposable {
  dispose(): void;
}

/** Owns named things and disposes them in reverse order; `alive` tells what would survive. */
export class Lifetime implements Disposable {
  readonly #owned = new Map<Disposable, string>();
  #disposed = false;

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Names of everything that has not been disposed. */
  get alive(): readonly string[] {
    return [...this.#owned.values()];
  }

  /** Takes over `thing`; one that arrives after the end is disposed at once. */
  own<T extends Disposable>(what: string, thing: T): T {
    if (this.#disposed) thing.dispose();
    else this.#owned.set(thing, what);
    return thing;
  }

  /** Disposes `thing` before its owner ends. */
  release(thing: Disposable): void {
    if (this.#owned.delete(thing)) thing.dispose();
  }

  /** Runs `action` once after `delayMs`, unless disposed before. */
  after(what: string, delayMs: number, action: () => void): Disposable {
    const timer = setTimeout(() => {
      this.#owned.delete(owned);
      action();
    }, delayMs);
    const owned: Disposable = {
      dispose: () => {
        clearTimeout(timer);
        this.#owned.delete(owned);
      },
    };
    return this.own(what, owned);
  }

  dispose(): void {
    this.#disposed = true;
    for (const thing of [...this.#owned.keys()].reverse()) {
      this.#owned.delete(thing);
      thing.dispose();
    }
  }
}

/** A list of listeners. A listener that throws does not keep the others from hearing. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<(value: T) => void>();

  on(listener: (value: T) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  fire(value: T): void {
    let failure: unknown;
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
