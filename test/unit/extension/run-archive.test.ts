import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeArchive, encodeArchive, RunArchive } from "../../../extension/runs/run-archive.ts";
import { RunStore } from "../../../extension/runs/run-store.ts";
import { batchOf, config, finishedOf, problem, recordingLog } from "./samples.ts";

function storeWith(runs: number, change: Parameters<typeof finishedOf>[1] = {}): RunStore {
  const store = new RunStore();
  for (let i = 0; i < runs; i++) {
    const { id } = store.begin({ config, startedAt: "2025-01-01T00:00:00.000Z", label: "from the start" });
    store.receive({ kind: "started", runId: id, problem });
    store.receive(batchOf(id, [3, 2, 1]));
    const finished = finishedOf(id, change);
    store.receive(change.status === "cancelled" ? { ...finished, files: null } : finished);
  }
  return store;
}

describe("archive of runs", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "optimality-archive-"));
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  it("brings back a finished run number by number, NaN included", () => {
    const [stored] = decodeArchive(encodeArchive(storeWith(1).ended)).runs;
    expect(stored?.run.result?.objective).toBe(2);
    expect(stored?.run.config).toEqual(config);
    expect([...(stored?.series.slice().objective ?? [])]).toEqual([3, 2, 1]);
    expect(stored?.series.slice().lowerBound[0]).toBeNaN();
  });

  it("keeps the point of a cancelled run, which no file holds", () => {
    const [cancelled] = decodeArchive(encodeArchive(storeWith(1, { status: "cancelled" }).ended)).runs;
    expect([...(cancelled?.run.factors?.values[0] ?? [])]).toEqual([1, 2, 3]);
    const [written] = decodeArchive(encodeArchive(storeWith(1).ended)).runs;
    expect(written?.run.factors).toBeNull();
  });

  it("lets a new store continue the numbering", async () => {
    const archive = new RunArchive(join(folder, "deep", "runs.json"), recordingLog());
    archive.write(storeWith(3).ended);
    await archive.settled();
    const store = new RunStore();
    store.restore(await archive.read());
    expect(store.runs.map((run) => run.id)).toEqual([1, 2, 3]);
    expect(store.begin({ config, startedAt: "", label: "" }).id).toBe(4);
  });

  it("writes the newest text last, whatever the order of asking", async () => {
    const file = join(folder, "runs.json");
    const archive = new RunArchive(file, recordingLog());
    for (let runs = 1; runs <= 5; runs++) archive.write(storeWith(runs).ended);
    await archive.settled();
    expect(decodeArchive(await readFile(file, "utf8")).runs).toHaveLength(5);
  });

  it.each(["", "{", "[]", "null", '{"version":99,"runs":[{}]}', '{"version":1,"runs":[null,{},{"run":{"id":1}}]}'])(
    "starts empty with %j",
    async (text) => {
      const file = join(folder, "runs.json");
      await writeFile(file, text);
      expect(await new RunArchive(file, recordingLog()).read()).toEqual({ runs: [], paths: [] });
    },
  );

  it("a folder that cannot be written loses no run and throws nothing", async () => {
    const log = recordingLog();
    await writeFile(join(folder, "file"), "");
    const archive = new RunArchive(join(folder, "file", "runs.json"), log);
    archive.write(storeWith(1).ended);
    await archive.settled();
    expect(log.lines.join()).toContain("could not be kept");
  });
});
