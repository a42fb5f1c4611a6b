import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Freshness } from "../../../extension/runs/freshness.ts";
import type { ConfigRef } from "../../../extension/runs/run.ts";
import { RunStore } from "../../../extension/runs/run-store.ts";
import { config, finishedOf, pathMessages, recordingLog } from "./samples.ts";

function setUp() {
  const store = new RunStore();
  const stamps = { config: "v1", data: "d1", lambda: "" };
  let asked = 0;
  const stampInputs = async (_: ConfigRef, of: "run" | "path") => {
    asked += 1;
    return [
      { path: config.path, stamp: of === "run" ? stamps.config + stamps.lambda : stamps.config },
      { path: "/ws/y.csv", stamp: stamps.data },
    ];
  };
  const freshness = new Freshness({ store, stampInputs, log: recordingLog() });
  const run = async (): Promise<number> => {
    const { id } = store.begin({ config, startedAt: "", label: "" });
    store.setInputs(id, await stampInputs(config, "run"));
    return id;
  };
  const settle = () => vi.advanceTimersByTimeAsync(500);
  return { store, stamps, freshness, run, settle, asked: () => asked };
}

describe("freshness", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("marks a finished run when its config or its data changed, and unmarks it when that is undone", async () => {
    const { store, stamps, freshness, run, settle } = setUp();
    const id = await run();
    store.receive(finishedOf(id));
    await settle();
    expect(store.run(id)?.outOfDate).toBe(false);
    stamps.data = "d2";
    freshness.fileChanged("/ws/y.csv");
    await settle();
    expect(store.run(id)?.outOfDate).toBe(true);
    stamps.data = "d1";
    freshness.fileChanged("/ws/y.csv");
    await settle();
    expect(store.run(id)?.outOfDate).toBe(false);
    stamps.config = "v2";
    freshness.fileChanged(config.path);
    await settle();
    expect(store.run(id)?.outOfDate).toBe(true);
  });

  it("sees a change made while the run was going on, when it ends", async () => {
    const { store, stamps, run, settle } = setUp();
    const id = await run();
    stamps.config = "v2";
    store.receive(finishedOf(id));
    await settle();
    expect(store.run(id)?.outOfDate).toBe(true);
  });

  it("does not look for files that the run does not depend on", async () => {
    const { store, freshness, run, settle, asked } = setUp();
    store.receive(finishedOf(await run()));
    await settle();
    const before = asked();
    freshness.fileChanged("/ws/other.csv");
    await settle();
    expect(asked()).toBe(before);
    expect(freshness.idle).toBe(true);
  });

  it("marks a path by what it was made from, apart from the run", async () => {
    const { store, stamps, freshness, run, settle } = setUp();
    store.receive(finishedOf(await run()));
    const { id } = store.paths.begin({ config, startedAt: "" });
    store.paths.setInputs(id, [
      { path: config.path, stamp: "v1" },
      { path: "/ws/y.csv", stamp: stamps.data },
    ]);
    for (const message of pathMessages(id, [5, 1])) store.paths.receive(message);
    await settle();
    const marks = () => [store.latest(config.uri)?.outOfDate, store.paths.of(config.uri)?.outOfDate];
    expect(marks()).toEqual([false, false]);
    stamps.lambda = "2";
    freshness.fileChanged(config.path);
    await settle();
    expect(marks()).toEqual([true, false]);
    stamps.data = "d2";
    freshness.fileChanged("/ws/y.csv");
    await settle();
    expect(marks()).toEqual([true, true]);
  });

  it("leaves no timer after dispose", async () => {
    const { freshness, store, run } = setUp();
    store.receive(finishedOf(await run()));
    freshness.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});
