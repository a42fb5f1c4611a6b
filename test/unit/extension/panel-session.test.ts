import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Emitter } from "../../../extension/lifecycle.ts";
import { FRAME_MS, PanelSession } from "../../../extension/panel/panel-session.ts";
import { panelState } from "../../../extension/panel/panel-state.ts";
import type { HostToPanel } from "../../../extension/protocol/panel.ts";
import { RunStore } from "../../../extension/runs/run-store.ts";
import { Series } from "../../../extension/runs/series.ts";
import { columnsOf, config } from "./samples.ts";

function setUp(limit?: number) {
  const changes = new Emitter<"state" | "series">();
  const shown = { runId: 1 };
  const series = new Map([[1, new Series(limit)]]);
  const posted: HostToPanel[] = [];
  const base = panelState(new RunStore(), config, { displayPath: (path) => path });
  const session = new PanelSession({
    source: {
      state: () => ({ ...base, runId: shown.runId }),
      series: (runId) => series.get(runId),
      onChange: (listener) => changes.on(listener),
    },
    post: (message) => posted.push(message),
    now: () => Date.now(),
  });
  const add = (runId: number, values: readonly number[], from: number): void => {
    const of = series.get(runId) ?? new Series(limit);
    series.set(runId, of);
    of.append(columnsOf(values, from));
    changes.fire("series");
  };
  const deltas = () => posted.flatMap((message) => (message.kind === "series" ? [message.delta] : []));
  return { session, changes, series, shown, posted, add, deltas };
}

describe("panel session", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("says nothing before the panel is ready, then everything at once", () => {
    const { session, posted, add, deltas, changes } = setUp();
    add(1, [3, 2, 1], 0);
    changes.fire("state");
    vi.advanceTimersByTime(1000);
    expect(posted).toEqual([]);
    session.ready();
    expect(posted.map((message) => message.kind)).toEqual(["state", "series"]);
    expect(deltas()[0]).toMatchObject({ runId: 1, from: 0 });
    expect([...(deltas()[0]?.objective ?? [])]).toEqual([3, 2, 1]);
  });

  it("has one un-acknowledged series in flight, and sends the rest in one piece after the acknowledgement", () => {
    const { session, add, deltas } = setUp();
    session.ready();
    for (let i = 0; i < 50; i++) {
      add(1, [i], i);
      vi.advanceTimersByTime(20);
    }
    const before = deltas().filter((delta) => delta.iteration.length > 0);
    expect(before).toHaveLength(1);
    session.acknowledged(1, before[0]?.iteration.length ?? 0);
    vi.advanceTimersByTime(FRAME_MS);
    expect(deltas().at(-1)?.from).toBe(before[0]?.iteration.length);
    expect((deltas().at(-1)?.from ?? 0) + (deltas().at(-1)?.iteration.length ?? 0)).toBe(50);
  });

  it("sends at most ten frames a second however fast things change", () => {
    const { session, changes, posted } = setUp();
    session.ready();
    posted.length = 0;
    for (let ms = 0; ms < 1000; ms += 5) {
      changes.fire("state");
      vi.advanceTimersByTime(5);
    }
    expect(posted.length).toBeLessThanOrEqual(10);
    expect(posted.length).toBeGreaterThanOrEqual(9);
  });

  it("sends nothing to a hidden panel and everything when it is ready again", () => {
    const { session, changes, posted, add, deltas } = setUp();
    session.ready();
    add(1, [1], 0);
    session.hidden();
    posted.length = 0;
    add(1, [2, 3], 1);
    changes.fire("state");
    vi.advanceTimersByTime(5000);
    expect(posted).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    session.ready();
    expect(deltas()[0]).toMatchObject({ from: 0 });
    expect(deltas()[0]?.iteration.length).toBe(3);
  });

  it("goes back to what the panel really has", () => {
    const { session, add, deltas } = setUp();
    session.ready();
    add(1, [1, 2, 3, 4], 0);
    vi.advanceTimersByTime(FRAME_MS);
    session.acknowledged(1, 2);
    vi.advanceTimersByTime(FRAME_MS);
    expect(deltas().at(-1)).toMatchObject({ from: 2 });
    expect([...(deltas().at(-1)?.objective ?? [])]).toEqual([3, 4]);
  });

  it("replaces the series when the run changes, without waiting for the old run's acknowledgement", () => {
    const { session, add, deltas, shown, changes } = setUp();
    session.ready();
    add(1, [1, 2], 0);
    vi.advanceTimersByTime(FRAME_MS);
    shown.runId = 2;
    add(2, [9], 0);
    changes.fire("state");
    vi.advanceTimersByTime(FRAME_MS);
    expect(deltas().at(-1)).toMatchObject({ runId: 2, from: 0 });
    session.acknowledged(1, 2);
    add(2, [8], 1);
    vi.advanceTimersByTime(FRAME_MS);
    expect(deltas().at(-1)?.from).toBe(0);
    session.acknowledged(2, 1);
    vi.advanceTimersByTime(FRAME_MS);
    expect(deltas().at(-1)).toMatchObject({ runId: 2, from: 1 });
  });

  it("sends a thinned series from its start again", () => {
    const { session, add, deltas } = setUp(100);
    session.ready();
    add(
      1,
      Array.from({ length: 90 }, (_, i) => i),
      0,
    );
    vi.advanceTimersByTime(FRAME_MS);
    session.acknowledged(1, 90);
    add(
      1,
      Array.from({ length: 90 }, (_, i) => i),
      90,
    );
    vi.advanceTimersByTime(FRAME_MS);
    expect(deltas().at(-1)?.from).toBe(0);
    expect(deltas().at(-1)?.iteration.length).toBeLessThanOrEqual(100);
    expect(deltas().at(-1)?.iteration.at(-1)).toBe(179);
  });

  it("loses no notice: it says whether there is a script to show it", () => {
    const { session, posted } = setUp();
    expect(session.notice("too early", "error")).toBe(false);
    session.ready();
    expect(session.notice("seen", "info")).toBe(true);
    session.hidden();
    expect(session.notice("too late", "error")).toBe(false);
    expect(posted.filter(({ kind }) => kind === "notice")).toEqual([
      { kind: "notice", text: "seen", severity: "info" },
    ]);
  });

  it("leaves no timer and no listener after dispose", () => {
    const { session, changes, posted } = setUp();
    session.ready();
    changes.fire("state");
    session.dispose();
    posted.length = 0;
    changes.fire("state");
    expect(changes.listeners).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(posted).toEqual([]);
  });
});
