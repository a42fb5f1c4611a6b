/**
 * What is sent to one life of the panel's script. Nothing before it says `ready`; then the whole state and series, afterwards
 * changes only, at most ten frames a second with at most one un-acknowledged series message in flight.
 */

import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { HostToPanel, PanelState } from "../protocol/panel.ts";
import type { Series } from "../runs/series.ts";

export const FRAME_MS = 100;

/** What the panel is a view of. */
export interface PanelSource {
  state(): PanelState;
  series(runId: number): Series | undefined;
  onChange(listener: (what: "state" | "series") => void): Disposable;
}

export interface PanelSessionOptions {
  readonly source: PanelSource;
  readonly post: (message: HostToPanel) => void;
  readonly now: () => number;
}

interface InFlight {
  readonly runId: number;
  readonly generation: number;
}

export class PanelSession implements Disposable {
  readonly #options: PanelSessionOptions;
  readonly #lifetime = new Lifetime();
  #ready = false;
  #stateDirty = true;
  #frame: Disposable | undefined;
  #lastFrameMs = Number.NEGATIVE_INFINITY;
  /** The series the panel has: of which run, thinned how often, how many points. */
  #sent = { runId: -1, generation: 0, points: 0 };
  #inFlight: InFlight | undefined;

  constructor(options: PanelSessionOptions) {
    this.#options = options;
    this.#lifetime.own(
      "panel source listener",
      options.source.onChange((what) => {
        if (what === "state") this.#stateDirty = true;
        this.#schedule();
      }),
    );
  }

  /** The script runs and knows nothing. */
  ready(): void {
    this.#ready = true;
    this.#stateDirty = true;
    this.#sent = { runId: -1, generation: 0, points: 0 };
    this.#inFlight = undefined;
    this.#draw();
  }

  /** The script is gone (hidden or reloading) until it says `ready` again. */
  hidden(): void {
    this.#ready = false;
    this.#inFlight = undefined;
    this.#frame?.dispose();
    this.#frame = undefined;
  }

  /** The panel has `points` points of run `runId`; what it lacks follows. */
  acknowledged(runId: number, points: number): void {
    const flight = this.#inFlight;
    if (flight === undefined || flight.runId !== runId) return;
    this.#inFlight = undefined;
    if (this.#sent.runId === runId && this.#sent.generation === flight.generation) {
      this.#sent.points = Math.min(points, this.#sent.points);
    }
    this.#schedule();
  }

  /** `false` where there is no script to show it. */
  notice(text: string, severity: "info" | "error"): boolean {
    if (this.#ready) this.#options.post({ kind: "notice", text, severity });
    return this.#ready;
  }

  dispose(): void {
    this.#ready = false;
    this.#lifetime.dispose();
  }

  #schedule(): void {
    if (!this.#ready || this.#frame !== undefined || this.#lifetime.disposed) return;
    const waitMs = Math.max(0, this.#lastFrameMs + FRAME_MS - this.#options.now());
    this.#frame = this.#lifetime.after("panel frame", waitMs, () => {
      this.#frame = undefined;
      this.#draw();
    });
  }

  #draw(): void {
    if (!this.#ready) return;
    this.#lastFrameMs = this.#options.now();
    const state = this.#options.source.state();
    if (this.#stateDirty) {
      this.#stateDirty = false;
      this.#options.post({ kind: "state", state });
    }
    this.#sendSeries(state.runId);
  }

  #sendSeries(runId: number): void {
    const series = this.#options.source.series(runId);
    if (series === undefined) return;
    const replaced = this.#sent.runId !== runId || this.#sent.generation !== series.generation;
    if (!replaced && (this.#inFlight !== undefined || this.#sent.points >= series.length)) return;
    // A new run's series replaces the old one at once; a thinned one waits its turn like any other.
    if (this.#inFlight?.runId === runId) return;
    const from = replaced ? 0 : this.#sent.points;
    this.#sent = { runId, generation: series.generation, points: series.length };
    // An empty series only clears the panel; nobody waits for its acknowledgement.
    this.#inFlight = series.length === 0 ? undefined : { runId, generation: series.generation };
    this.#options.post({ kind: "series", delta: { runId, from, ...series.slice(from) } });
  }
}
