import { describe, expect, it } from "vitest";
import { panelState } from "../../../extension/panel/panel-state.ts";
import { pathCsv, pathJson } from "../../../extension/panel/report.ts";
import { pathOutcome, shownLambda } from "../../../extension/runs/path-run.ts";
import { decodeArchive, encodeArchive } from "../../../extension/runs/run-archive.ts";
import type { StoreChange } from "../../../extension/runs/run-store.ts";
import { RunStore } from "../../../extension/runs/run-store.ts";
import { statusView } from "../../../extension/views/status-view.ts";
import {
  config,
  findingOf,
  finishedOf,
  otherConfig,
  pathMessages,
  pathPointOf,
  problem,
  progressAt,
} from "./samples.ts";

const startedAt = "2025-01-01T00:00:00.000Z";

function traced(lambdas: readonly number[] = [5, 2, 1]) {
  const store = new RunStore();
  const { id } = store.paths.begin({ config, startedAt });
  for (const message of pathMessages(id, lambdas)) store.paths.receive(message);
  return store;
}

const options = { displayPath: (path: string) => path };

describe("store of paths", () => {
  it("shows the points as they come, and ends once", () => {
    const store = new RunStore();
    const changes: StoreChange["what"][] = [];
    store.onChange(({ what }) => changes.push(what));
    const { id } = store.paths.begin({ config, startedAt });
    expect(store.busy?.id).toBe(id);
    expect(panelState(store, config, options).path).toMatchObject({ pathId: id, phase: "loading", points: [] });
    const seen: number[] = [];
    for (const message of pathMessages(id, [5, 2, 1])) {
      store.paths.receive(message);
      seen.push(panelState(store, config, options).path?.points.length ?? -1);
    }
    expect(seen).toEqual([0, 1, 2, 3, 3]);
    expect(store.busy).toBeUndefined();
    expect(panelState(store, config, options)).toMatchObject({
      phase: "empty",
      path: { phase: "finished", status: "complete", lambdas: [5, 2, 1], failure: null },
    });
    expect(changes.filter((what) => what === "path-ended")).toHaveLength(1);
    expect(changes.at(-1)).toBe("path-ended");
  });

  it("stands beside the runs: neither displaces the other", () => {
    const store = traced();
    const { id } = store.begin({ config, startedAt, label: "from the start" });
    store.receive(finishedOf(id));
    expect(store.latest(config.uri)?.result?.verdict).toBe("global");
    expect(store.paths.of(config.uri)?.points).toHaveLength(3);
    expect(store.paths.of(otherConfig.uri)).toBeUndefined();
  });

  it("keeps the points of a path that was cancelled, interrupted or stopped", () => {
    for (const end of ["cancel", "interrupt", "fail"] as const) {
      const store = new RunStore();
      const { id } = store.paths.begin({ config, startedAt });
      for (const message of pathMessages(id, [5, 2, 1]).slice(0, 3)) store.paths.receive(message);
      if (end === "cancel") store.paths.receive({ kind: "path-finished", runId: id, status: "cancelled" });
      if (end === "interrupt") store.paths.interrupt(id);
      if (end === "fail") store.paths.fail(id, "out of memory");
      store.paths.receive({ kind: "path-point", runId: id, point: pathPointOf(1) });
      const path = store.paths.of(config.uri);
      expect(path).toMatchObject({ status: "cancelled", failure: end === "fail" ? "out of memory" : null });
      expect(path?.points.map(({ lambda }) => lambda)).toEqual([5, 2]);
    }
  });

  it("loses no finished path to a newer one that comes to nothing", () => {
    const store = traced();
    const { id } = store.paths.begin({ config, startedAt });
    const findings = [findingOf("file-missing", { severity: "error", message: "no such file" })];
    store.paths.receive({ kind: "rejected", runId: id, findings });
    expect(store.paths.of(config.uri)).toMatchObject({ phase: "finished", failure: "no such file" });
    expect(store.paths.of(config.uri)?.points).toHaveLength(3);
    const second = store.paths.begin({ config, startedAt });
    store.paths.interrupt(second.id);
    expect(store.paths.of(config.uri)?.points).toHaveLength(3);
  });

  it("says why there is none when the first one is rejected", () => {
    const store = new RunStore();
    const { id } = store.paths.begin({ config, startedAt });
    store.paths.receive({ kind: "rejected", runId: id, findings: [] });
    expect(store.paths.of(config.uri)).toMatchObject({ phase: "failed", failure: "the config cannot be used" });
  });

  it("refuses a second path while one goes on", () => {
    const store = new RunStore();
    store.paths.begin({ config, startedAt });
    expect(() => store.paths.begin({ config: otherConfig, startedAt })).toThrow(/still active/);
  });

  it("comes back from the archive number by number, and a broken record does not", () => {
    const store = traced();
    const text = encodeArchive(store.ended);
    const again = new RunStore();
    again.restore(decodeArchive(text));
    expect(again.paths.of(config.uri)).toEqual(store.paths.of(config.uri));
    expect(again.paths.begin({ config: otherConfig, startedAt }).id).toBe(2);
    expect(decodeArchive(text.replace('"rank":1', '"rank":null')).paths).toEqual([]);
    expect(decodeArchive(JSON.stringify({ version: 2, runs: [] })).paths).toEqual([]);
    again.paths.interrupt(2);
  });

  it("does not archive one that goes on", () => {
    const store = traced();
    store.paths.begin({ config: otherConfig, startedAt });
    expect(store.ended.paths.map(({ config: of }) => of.uri)).toEqual([config.uri]);
  });
});

describe("a path in words and files", () => {
  it("the status bar counts while it goes on, and never shows a tick for it", () => {
    const store = new RunStore();
    const { id } = store.paths.begin({ config, startedAt });
    expect(statusView(undefined, store.paths.active)?.text).toBe("$(sync~spin) Optimality: loading data");
    const [started, first] = pathMessages(id, [5, 2, 1]);
    for (const message of [started, first]) if (message !== undefined) store.paths.receive(message);
    expect(statusView(undefined, store.paths.active)?.text).toBe("$(sync~spin) Optimality: λ 2 of 3");
    store.paths.receive({ kind: "path-progress", runId: id, progress: progressAt(4, 8) });
    expect(statusView(undefined, store.paths.active)?.text).toBe("$(sync~spin) Optimality: λ 2 of 3, gap 0.5");
    store.paths.interrupt(id);
    expect(statusView(undefined, store.paths.active)).toBeUndefined();
    expect(statusView(undefined, store.paths.of(config.uri))).toBeUndefined();
  });

  it("says how many points are proven", () => {
    const store = traced();
    const path = store.paths.of(config.uri);
    if (path === undefined) throw new Error("no path");
    expect(pathOutcome(path)).toBe("λ-path: 3 values of λ, proven global");
    const points = [pathPointOf(5), pathPointOf(2, { verdict: "undecided" })];
    expect(pathOutcome({ ...path, points, status: "cancelled" })).toBe(
      "λ-path: 2 values of λ, 1 of them proven global, ended after 2 of 3",
    );
    expect(pathOutcome({ ...path, points: [] })).toBe("λ-path cancelled before its first point");
  });

  it("csv has a row per λ and empty cells where nothing was proven", () => {
    const path = traced([5]).paths.of(config.uri);
    if (path === undefined) throw new Error("no path");
    const open = pathPointOf(2, { verdict: "outside-theory", gap: null, lowerBound: null });
    const [head, ...rows] = pathCsv({ ...path, points: [pathPointOf(5), open] })
      .trimEnd()
      .split("\n");
    const cells = rows.map((row) => Object.fromEntries(row.split(",").map((cell, at) => [head?.split(",")[at], cell])));
    expect(cells[0]).toMatchObject({ lambda: "5", rank: "0", relative_gap: "1e-7", verdict: "global" });
    expect(cells[1]).toMatchObject({ lambda: "2", lower_bound: "", relative_gap: "", verdict: "outside-theory" });
  });

  it("json is the record of the command line", () => {
    const path = traced().paths.of(config.uri);
    if (path === undefined) throw new Error("no path");
    const record: unknown = JSON.parse(pathJson(path));
    expect(record).toEqual({ version: 1, lambdaMax: problem.lambdaMax, status: "complete", points: path.points });
  });

  it("a λ is used as it is shown", () => {
    expect(shownLambda(pathPointOf(1.23456789))).toEqual({ lambda: 1.23457, relative: 0.246914 });
  });
});
