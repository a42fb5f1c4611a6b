import { describe, expect, it } from "vitest";
import type { ConfigRef } from "../../../extension/runs/run.ts";
import type { StoreChange } from "../../../extension/runs/run-store.ts";
import { HISTORY_PER_CONFIG, RunStore } from "../../../extension/runs/run-store.ts";
import { batchOf, config, findingOf, finishedOf, otherConfig, problem } from "./samples.ts";

function begin(store: RunStore, of: ConfigRef = config): number {
  return store.begin({ config: of, startedAt: "2025-01-01T00:00:00.000Z", label: "from the start" }).id;
}

describe("run store", () => {
  it("follows a run from loading to its result", () => {
    const store = new RunStore();
    const changes: StoreChange[] = [];
    store.onChange((change) => changes.push(change));
    const id = begin(store);
    expect(store.active?.phase).toBe("loading");
    store.receive({ kind: "started", runId: id, problem });
    expect(store.active?.phase).toBe("running");
    store.receive(batchOf(id, [5, 4, 3]));
    expect(store.run(id)?.progress?.objective).toBe(3);
    store.receive(finishedOf(id));
    expect(store.active).toBeUndefined();
    expect(store.run(id)?.result?.verdict).toBe("global");
    expect(store.series(id)?.length).toBe(3);
    expect(changes.filter((change) => change.what === "ended")).toHaveLength(1);
    expect(changes.at(-1)).toEqual({ what: "ended", runId: id, configUri: config.uri });
  });

  it("never mixes two runs: what comes late for an earlier run is dropped", () => {
    const store = new RunStore();
    const first = begin(store);
    store.receive({ kind: "started", runId: first, problem });
    store.receive(batchOf(first, [5, 4]));
    store.interrupt(first);
    const second = begin(store);
    store.receive(batchOf(first, [1, 1, 1]));
    store.receive(finishedOf(first));
    expect(store.series(second)?.length).toBe(0);
    expect(store.active?.id).toBe(second);
    expect(store.run(first)?.result?.status).toBe("cancelled");
    expect(store.series(first)?.length).toBe(2);
  });

  it("keeps everything received when a run is interrupted, and claims nothing", () => {
    const store = new RunStore();
    const id = begin(store);
    store.receive({ kind: "started", runId: id, problem });
    store.receive(batchOf(id, [5, 4, 3]));
    store.interrupt(id);
    const result = store.run(id)?.result;
    expect(result?.verdict).toBe("undecided");
    expect(result?.status).toBe("cancelled");
    expect(result?.objective).toBe(3);
  });

  it("says that loading was cancelled when nothing was known yet", () => {
    const store = new RunStore();
    const id = begin(store);
    store.interrupt(id);
    expect(store.run(id)?.phase).toBe("failed");
    expect(store.run(id)?.failure).toMatch(/cancelled/);
  });

  it("turns rejected input into one line that names the first error", () => {
    const store = new RunStore();
    const id = begin(store);
    const findings = [
      findingOf("degree-mismatch"),
      findingOf("file-missing", { severity: "error", message: "no such file" }),
    ];
    store.receive({ kind: "rejected", runId: id, findings });
    expect(store.run(id)?.failure).toBe("no such file (and 1 more)");
    expect(store.run(id)?.findings).toHaveLength(2);
  });

  it("refuses a second run while one goes on", () => {
    const store = new RunStore();
    begin(store);
    expect(() => begin(store, otherConfig)).toThrow(/still active/);
  });

  it("keeps factors for the newest run of each config only, and a bounded history", () => {
    const store = new RunStore();
    const other = begin(store, otherConfig);
    store.receive(finishedOf(other));
    for (let i = 0; i < HISTORY_PER_CONFIG + 5; i++) store.receive(finishedOf(begin(store)));
    const runs = store.runsOf(config.uri);
    expect(runs).toHaveLength(HISTORY_PER_CONFIG);
    expect(runs.filter((run) => run.factors !== null).map((run) => run.id)).toEqual([runs.at(-1)?.id]);
    expect(store.latest(otherConfig.uri)?.factors).not.toBeNull();
  });
});
