import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Job } from "../../../extension/protocol/worker.ts";
import type { RunWorkerListener } from "../../../extension/runs/run-controller.ts";
import { CANCEL_GRACE_MS, RunController } from "../../../extension/runs/run-controller.ts";
import { RunStore } from "../../../extension/runs/run-store.ts";
import { batchOf, config, finishedOf, otherConfig, pathMessages, problem, recordingLog } from "./samples.ts";

interface FakeWorker {
  readonly job: Job;
  readonly listener: RunWorkerListener;
  terminated: number;
}

function setUp(choice: "replace" | "keep" = "keep", stampMs = 0) {
  const store = new RunStore();
  const workers: FakeWorker[] = [];
  const asked: string[] = [];
  const log = recordingLog();
  const controller = new RunController({
    store,
    log,
    startWorker: (job, listener) => {
      const worker: FakeWorker = { job, listener, terminated: 0 };
      workers.push(worker);
      return {
        terminate: async () => {
          worker.terminated += 1;
        },
      };
    },
    chooseReplace: async (active, wanted) => {
      asked.push(`${active.config.name} → ${wanted.name}`);
      return choice;
    },
    stampInputs: async ({ path }) => {
      if (stampMs > 0) await new Promise((resolve) => setTimeout(resolve, stampMs));
      return [{ path, stamp: "s" }];
    },
    writeCertificate: () => true,
    warn: (message) => log.warn(message),
    now: () => new Date(0),
  });
  return { store, workers, asked, controller, log };
}

const flag = (worker: FakeWorker | undefined): number =>
  Atomics.load(new Int32Array(worker?.job.cancel ?? new ArrayBuffer(4)), 0);

const extent = { points: 7, end: 0.02 };

describe("run controller", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("runs one job in one worker and ends the worker with it", async () => {
    const { store, workers, controller } = setUp();
    const outcome = await controller.start({ config });
    expect(outcome).toEqual({ started: true, runId: 1 });
    await vi.runAllTimersAsync();
    expect(workers[0]?.job).toMatchObject({ runId: 1, configPath: config.path, resume: null, writeCertificate: true });
    workers[0]?.listener.onMessage(finishedOf(1));
    await controller.settled();
    expect(workers[0]?.terminated).toBe(1);
    expect(controller.idle).toBe(true);
    expect(store.run(1)?.inputs).toEqual([{ path: config.path, stamp: "s" }]);
  });

  it("keeps the running one when told so", async () => {
    const { store, workers, asked, controller } = setUp("keep");
    await controller.start({ config });
    await vi.runAllTimersAsync();
    expect(await controller.start({ config: otherConfig })).toEqual({ started: false, reason: "kept-running" });
    expect(asked).toEqual(["a.optimality.yaml → b.optimality.yaml"]);
    expect(workers).toHaveLength(1);
    expect(flag(workers[0])).toBe(0);
    expect(store.active?.id).toBe(1);
  });

  it("replaces the running one only after it has ended", async () => {
    const { store, workers, controller } = setUp("replace");
    await controller.start({ config });
    await vi.advanceTimersByTimeAsync(0);
    const second = controller.start({ config: otherConfig });
    await vi.advanceTimersByTimeAsync(0);
    expect(flag(workers[0])).toBe(1);
    expect(workers).toHaveLength(1);
    workers[0]?.listener.onMessage({ kind: "started", runId: 1, problem });
    workers[0]?.listener.onMessage(finishedOf(1, { status: "cancelled", verdict: "undecided" }));
    expect(await second).toEqual({ started: true, runId: 2 });
    await vi.advanceTimersByTimeAsync(0);
    workers[0]?.listener.onMessage(batchOf(2, [1]));
    expect(workers[1]?.job.runId).toBe(2);
    expect(store.series(2)?.length).toBe(0);
    expect(store.run(1)?.result?.status).toBe("cancelled");
  });

  it("asks once: a third request while the question is open is refused", async () => {
    let answer = (_: "replace" | "keep"): void => {};
    const { controller, store } = setUp();
    const asking = new RunController({
      store,
      log: recordingLog(),
      startWorker: () => ({ terminate: async () => {} }),
      chooseReplace: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      stampInputs: async () => [],
      writeCertificate: () => false,
      warn: () => {},
      now: () => new Date(0),
    });
    await asking.start({ config });
    const second = asking.start({ config: otherConfig });
    expect(await asking.start({ config: otherConfig })).toEqual({ started: false, reason: "kept-running" });
    answer("keep");
    expect((await second).started).toBe(false);
    controller.dispose();
    asking.dispose();
  });

  it("ends a worker that does not answer a cancel, with everything received kept", async () => {
    const { store, workers, controller, log } = setUp();
    await controller.start({ config });
    await vi.advanceTimersByTimeAsync(0);
    workers[0]?.listener.onMessage({ kind: "started", runId: 1, problem });
    workers[0]?.listener.onMessage(batchOf(1, [3, 2]));
    controller.cancel();
    await vi.advanceTimersByTimeAsync(CANCEL_GRACE_MS - 1);
    expect(store.active?.id).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await controller.settled();
    expect(store.run(1)?.result).toMatchObject({ status: "cancelled", verdict: "undecided", objective: 2 });
    expect(workers[0]?.terminated).toBe(1);
    expect(log.lines.join()).toContain("did not stop");
  });

  it("a cancel before the worker exists ends the run at once", async () => {
    const { store, workers, controller } = setUp("keep", 50);
    await controller.start({ config });
    controller.cancel();
    await controller.settled();
    await vi.runAllTimersAsync();
    expect(store.run(1)?.phase).toBe("failed");
    expect(workers).toHaveLength(0);
  });

  it("a worker that dies fails the run in one line and leaves the series", async () => {
    const { store, workers, controller, log } = setUp();
    await controller.start({ config });
    await vi.advanceTimersByTimeAsync(0);
    workers[0]?.listener.onMessage(batchOf(1, [3, 2]));
    workers[0]?.listener.onFailure(new Error("out of memory\n    at somewhere"));
    await controller.settled();
    expect(store.run(1)?.failure).toBe("the run stopped unexpectedly: out of memory");
    expect(store.series(1)?.length).toBe(2);
    expect(log.lines.join()).toContain("at somewhere");
  });

  it("continues from the last run's factors, and refuses when there is none", async () => {
    const { workers, controller } = setUp();
    expect(await controller.start({ config, action: "add-zero-branch" })).toEqual({
      started: false,
      reason: "nothing-to-continue",
    });
    await controller.start({ config });
    await vi.advanceTimersByTimeAsync(0);
    workers[0]?.listener.onMessage(finishedOf(1));
    await controller.start({ config, action: "add-zero-branch" });
    await vi.advanceTimersByTimeAsync(0);
    expect(workers[1]?.job).toMatchObject({
      resume: { action: "add-zero-branch", from: { factors: { branches: 1 } } },
    });
  });

  it("continues a run of an earlier session from its factors file", async () => {
    const { store, workers, controller } = setUp();
    const earlier = new RunStore();
    const { id } = earlier.begin({ config, startedAt: "", label: "" });
    earlier.receive(finishedOf(id));
    const runs = earlier.ended.runs.map(({ run, series }) => ({ run: { ...run, factors: null }, series }));
    store.restore({ runs, paths: [] });
    expect(await controller.start({ config, action: "continue" })).toEqual({ started: true, runId: 2 });
    await vi.advanceTimersByTimeAsync(0);
    expect(workers[0]?.job).toMatchObject({
      resume: { action: "continue", from: { factorsFile: "/ws/a.optimality.yaml.factors.npz" } },
    });
  });

  it("does not give up the running one for a config that has nothing to continue", async () => {
    const { asked, controller, store } = setUp("replace");
    await controller.start({ config });
    await vi.advanceTimersByTimeAsync(0);
    expect((await controller.start({ config: otherConfig, action: "continue" })).started).toBe(false);
    expect(asked).toEqual([]);
    expect(store.active?.id).toBe(1);
  });

  it("tells when the certificate could not be written, and keeps the run", async () => {
    const { store, workers, controller, log } = setUp();
    await controller.start({ config });
    await vi.advanceTimersByTimeAsync(0);
    workers[0]?.listener.onMessage({ ...finishedOf(1), files: null, writeFailure: "the folder is read-only" });
    expect(log.lines).toContain("warn: the folder is read-only");
    expect(store.run(1)?.result?.verdict).toBe("global");
  });

  it("computes a path in a worker of its own kind, one thing at a time with runs", async () => {
    const { store, workers, asked, controller } = setUp("replace");
    expect(await controller.start({ config, task: "path", extent })).toEqual({ started: true, runId: 1 });
    await vi.advanceTimersByTimeAsync(0);
    expect(workers[0]?.job).toEqual({
      task: "path",
      runId: 1,
      configPath: config.path,
      cancel: expect.anything(),
      extent,
    });
    const [started, first] = pathMessages(1, [5, 2, 1]);
    for (const message of [started, first]) if (message !== undefined) workers[0]?.listener.onMessage(message);
    const run = controller.start({ config });
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toHaveLength(1);
    expect(flag(workers[0])).toBe(1);
    workers[0]?.listener.onMessage({ kind: "path-finished", runId: 1, status: "cancelled" });
    expect(await run).toEqual({ started: true, runId: 1 });
    await vi.advanceTimersByTimeAsync(0);
    expect(workers[0]?.terminated).toBe(1);
    expect(workers[1]?.job.task).toBe("run");
    expect(store.paths.of(config.uri)?.points).toHaveLength(1);
  });

  it("ends a path that does not answer a cancel, or dies, with its points kept", async () => {
    for (const end of ["hangs", "dies"] as const) {
      const { store, workers, controller } = setUp();
      await controller.start({ config, task: "path", extent });
      await vi.advanceTimersByTimeAsync(0);
      for (const message of pathMessages(1, [5, 2, 1]).slice(0, 3)) workers[0]?.listener.onMessage(message);
      if (end === "hangs") controller.cancel();
      else workers[0]?.listener.onFailure(new Error("out of memory"));
      await vi.advanceTimersByTimeAsync(CANCEL_GRACE_MS);
      await controller.settled();
      expect(controller.idle).toBe(true);
      expect(store.paths.of(config.uri)).toMatchObject({
        status: "cancelled",
        failure: end === "dies" ? "the path stopped unexpectedly: out of memory" : null,
      });
      expect(store.paths.of(config.uri)?.points).toHaveLength(2);
    }
  });

  it("a path is nothing to continue, and is not given up for that", async () => {
    const { asked, controller, store } = setUp("replace");
    await controller.start({ config, task: "path", extent });
    await vi.advanceTimersByTimeAsync(0);
    expect((await controller.start({ config, action: "continue" })).started).toBe(false);
    expect(asked).toEqual([]);
    expect(store.paths.active?.id).toBe(1);
  });

  it("leaves no timer and no worker after dispose", async () => {
    const { workers, controller } = setUp();
    await controller.start({ config });
    await vi.advanceTimersByTimeAsync(0);
    controller.cancel();
    controller.dispose();
    await controller.settled();
    expect(vi.getTimerCount()).toBe(0);
    expect(workers[0]?.terminated).toBe(1);
    expect((await controller.start({ config })).started).toBe(false);
  });
});
