import type { PathEvent, PathOptions, PathOutcome, Problem } from "@optimality-lens/engine";
import { describe, expect, it } from "vitest";
import type { PathExtent, WorkerToHost } from "../../../extension/protocol/worker.ts";
import { decodeWorkerMessage } from "../../../extension/protocol/worker-codec.ts";
import type { PathEngine } from "../../../extension/worker/path-job.ts";
import { servePath } from "../../../extension/worker/path-job.ts";
import { findingOf, pathPointOf, problem, progressAt } from "./samples.ts";

const LAMBDAS = [5, 2, 1];
const EXTENT: PathExtent = { points: 20, end: null };

/** Each λ takes 50 steps of 10 ms of the fake clock. */
async function serve(engine: Partial<PathEngine> = {}, cancel = new SharedArrayBuffer(4), extent = EXTENT) {
  const posted: WorkerToHost[] = [];
  let now = 0;
  async function* runPath(_: Problem, options: PathOptions): AsyncGenerator<PathEvent, PathOutcome> {
    yield { kind: "path-started", problem, lambdas: LAMBDAS };
    const points = [];
    for (const [index, lambda] of LAMBDAS.entries()) {
      for (let i = 0; i < 50; i++) {
        now += 10;
        if (options.signal.aborted) {
          return { result: { version: 1, lambdaMax: 5, status: "cancelled", points }, factors: [] };
        }
        const event = { kind: "path-progress", index, progress: progressAt(i) } as const;
        if (i % 2 === 0) yield event;
        else options.report?.(event);
      }
      points.push(pathPointOf(lambda));
      yield { kind: "path-point", index, point: pathPointOf(lambda) };
    }
    return { result: { version: 1, lambdaMax: 5, status: "complete", points }, factors: [] };
  }
  await servePath(
    { task: "path", runId: 7, configPath: "/ws/a.optimality.yaml", cancel, extent },
    { loadProblem: async () => ({ ok: true, loaded: { problem: {} as Problem } }), runPath, ...engine },
    { clock: () => now, pause: async () => {}, post: (message) => posted.push(message) },
  );
  return posted;
}

const kindsOf = (posted: readonly WorkerToHost[]) =>
  posted.map(({ kind }) => kind).filter((kind) => kind !== "path-progress");

describe("a path in the worker", () => {
  it("says every point as it comes, and progress at most ten times a second", async () => {
    const posted = await serve();
    expect(kindsOf(posted)).toEqual(["path-started", "path-point", "path-point", "path-point", "path-finished"]);
    const progress = posted.filter(({ kind }) => kind === "path-progress");
    expect(progress.length).toBeLessThanOrEqual(16);
    expect(progress.length).toBeGreaterThanOrEqual(14);
    for (const message of posted) expect(decodeWorkerMessage(message)).toBe(message);
  });

  it.each([
    ["the config's own λ", 5, { points: 7, end: null }, { points: 7 }],
    ["a share of λ_max", 5, { points: 7, end: 0.25 }, { points: 7, to: 1.25 }],
    ["the config's own λ where the zero model is best at every λ", 0, { points: 7, end: 0.25 }, { points: 7 }],
    ["the config's own λ where λ_max is infinite", Number.POSITIVE_INFINITY, { points: 7, end: 0.25 }, { points: 7 }],
    ["the config's own λ where the share is no number", 5e-324, { points: 7, end: 0.25 }, { points: 7 }],
  ])("goes down to %s", async (_, lambdaMax, extent, range) => {
    const asked: PathOptions["lambdas"][] = [];
    const loadProblem = async () => ({ ok: true as const, loaded: { problem: { lambdaMax } as Problem } });
    // biome-ignore lint/correctness/useYield: a path without points
    async function* runPath(_: Problem, { lambdas }: PathOptions): AsyncGenerator<PathEvent, PathOutcome> {
      asked.push(lambdas);
      return { result: { version: 1, lambdaMax, status: "complete", points: [] }, factors: [] };
    }
    await serve({ loadProblem, runPath }, undefined, extent);
    expect(asked).toEqual([range]);
  });

  it("sees a cancel inside the path", async () => {
    const cancel = new SharedArrayBuffer(4);
    Atomics.store(new Int32Array(cancel), 0, 1);
    expect(await serve({}, cancel)).toMatchObject([
      { kind: "path-started" },
      { kind: "path-finished", status: "cancelled" },
    ]);
  });

  it("rejects input that cannot be used, with its findings", async () => {
    const findings = [findingOf("file-missing")];
    const posted = await serve({ loadProblem: async () => ({ ok: false, findings }) });
    expect(posted).toEqual([{ kind: "rejected", runId: 7, findings }]);
  });

  it("a fault of ours is one line, with the stack apart", async () => {
    const posted = await serve({ loadProblem: () => Promise.reject(new Error("odd\nsecond line")) });
    expect(posted).toMatchObject([{ kind: "failed", runId: 7, message: "odd" }]);
  });
});
