/**
 * Checks config texts as they change: a burst of typing is one check, an answer that a newer text has overtaken is dropped,
 * and one text is checked at a time for each config.
 */
import type { Finding } from "@optimality-lens/engine";
import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import { messageOf } from "../log.ts";

export const TYPING_PAUSE_MS = 150;

/** A text to check; `version` tells it from later ones. */
export interface ConfigText {
  readonly uri: string;
  readonly path: string;
  readonly version: number;
  readonly text: string;
}

export interface CheckerOptions {
  readonly check: (path: string, text: string) => Promise<readonly Finding[]>;
  /** The newest findings of a config that is still followed. */
  readonly publish: (checked: ConfigText, findings: readonly Finding[]) => void;
  /** The text as it is now, `undefined` when the config is no longer open. */
  readonly current: (uri: string) => ConfigText | undefined;
  readonly log: Log;
}

export class ConfigChecker implements Disposable {
  readonly #options: CheckerOptions;
  readonly #lifetime = new Lifetime();
  readonly #waiting = new Map<string, Disposable>();
  readonly #checking = new Map<string, { again: boolean }>();

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  get idle(): boolean {
    return this.#waiting.size === 0 && this.#checking.size === 0;
  }

  /** Checks the config's text after `delayMs` without another call. */
  schedule(uri: string, delayMs: number): void {
    this.#waiting.get(uri)?.dispose();
    this.#waiting.set(
      uri,
      this.#lifetime.after("config check", delayMs, () => {
        this.#waiting.delete(uri);
        void this.#check(uri);
      }),
    );
  }

  /** The config is not followed any more: nothing will be published for it. */
  forget(uri: string): void {
    this.#waiting.get(uri)?.dispose();
    this.#waiting.delete(uri);
  }

  dispose(): void {
    this.#lifetime.dispose();
    this.#waiting.clear();
  }

  async #check(uri: string): Promise<void> {
    const going = this.#checking.get(uri);
    if (going !== undefined) {
      going.again = true;
      return;
    }
    const turn = { again: false };
    this.#checking.set(uri, turn);
    try {
      do {
        turn.again = false;
        const asked = this.#options.current(uri);
        if (asked === undefined) return;
        const findings = await this.#options.check(asked.path, asked.text);
        if (this.#lifetime.disposed) return;
        const now = this.#options.current(uri);
        if (now === undefined) return;
        if (now.version === asked.version) this.#options.publish(asked, findings);
        else turn.again ||= !this.#waiting.has(uri);
      } while (turn.again && !this.#lifetime.disposed);
    } catch (error) {
      this.#options.log.error(`the config could not be checked: ${messageOf(error)}`);
    } finally {
      this.#checking.delete(uri);
    }
  }
}
