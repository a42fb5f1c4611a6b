import type { Factors, Problem, RunEvent, RunOptions, RunOutcome } from "@optimality-lens/engine";
import { factorsFrom } from "@optimality-lens/engine";
import { describe, expect, it } from "vitest";
import type { RunJob, WorkerToHost } from "../../../extension/protocol/worker.ts";
import type { JobEngine } from "../../../extension/worker/job.ts";
import { serveJob } from "../../../extension/worker/job.ts";
import { findingOf, problem, progressAt, resultOf } from "./samples.ts";

const factors: Factors = { branches: 1, values: [Float64Array.of(1, 2, 3), Float64Array.of(4, 5)] };
const saved = [
  { shape: [3, 1], data: factors.values[0] },
  { shape: [2, 1], data: factors.values[1] },
];

const pair = ["u", "v"].map((symbol, k) => ({ symbol, shape: [3 - k], size: 3 - k, degree: 1, regularized: true }));
const matrixProblem = { mapping: { kind: "matrix", factors: pair } as unknown as Problem["mapping"] } as Problem;

const assessment = {} as RunOutcome["assessment"];

interface Options {
  readonly engine?: Partial<JobEngine<{ problem: Problem }>>;
  readonly job?: Partial<RunJob>;
  readonly steps?: number;
  /** Milliseconds of the fake clock for each step. */
  readonly stepMs?: number;
}

async function serve({ engine = {}, job = {}, steps = 100, stepMs = 1 }: Options = {}) {
  const posted: WorkerToHost[] = [];
  const transferred: number[] = [];
  const written: string[] = [];
  let given: RunOptions | undefined;
  let now = 0;
  async function* run(ofProblem: Problem, options: RunOptions): AsyncGenerator<RunEvent, RunOutcome> {
    given = options;
    yield { kind: "started", problem };
    for (let i = 0; i < steps; i++) {
      now += stepMs;
      if (options.signal.aborted)
        return {
          result: resultOf({ status: "cancelled", verdict: "undecided" }),
          factors,
          dual: null,
          assessment,
          problem: ofProblem,
        };
      yield { kind: "progress", progress: progressAt(i) };
    }
    return { result: resultOf(), factors, dual: null, assessment, problem: ofProblem };
  }
  await serveJob(
    {
      task: "run",
      runId: 7,
      configPath: "/ws/a.optimality.yaml",
      resume: null,
      cancel: new SharedArrayBuffer(4),
      writeCertificate: true,
      ...job,
    },
    {
      loadProblem: async () => ({ ok: true, loaded: { problem: matrixProblem }, findings: [] }),
      run,
      writeRun: async () => {
        written.push("files");
        return { certificate: "/ws/c.json", factors: "/ws/f.npz" };
      },
      readFactors: async () => ({ ok: true, factors: saved }),
      factorsFrom,
      ...engine,
    },
    {
      clock: () => now,
      pause: async () => {},
      post: (message, transfer) => {
        posted.push(message);
        transferred.push(transfer.length);
      },
    },
  );
  const batches = posted.flatMap((message) => (message.kind === "batch" ? [message] : []));
  return { posted, transferred, written, batches, options: () => given };
}

describe("a job in the worker", () => {
  it("streams columns in batches, at most ten a second, and loses no point", async () => {
    const { posted, batches, transferred } = await serve({ steps: 1000 });
    expect(posted[0]?.kind).toBe("started");
    expect(posted.at(-1)?.kind).toBe("finished");
    expect(batches.length).toBeLessThanOrEqual(12);
    expect(batches.reduce((sum, batch) => sum + batch.columns.iteration.length, 0)).toBe(1000);
    expect(batches[0]?.columns.lowerBound[0]).toBeNaN();
    expect(transferred.filter((count) => count === 4)).toHaveLength(batches.length);
    expect(batches.at(-1)?.progress?.iteration).toBe(999);
  });

  it("passes on what is said in the middle of a proof, without points", async () => {
    async function* run(_problem: Problem, options: RunOptions): AsyncGenerator<RunEvent, RunOutcome> {
      yield { kind: "progress", progress: { ...progressAt(3), phase: "proof", seconds: 1 } };
      options.report?.({ ...progressAt(3), phase: "proof", seconds: 2 });
      return { result: resultOf({}), factors, dual: null, assessment, problem: matrixProblem };
    }
    const { batches } = await serve({ engine: { run } });
    expect(batches.map(({ columns, progress }) => [columns.iteration.length, progress?.seconds])).toEqual([
      [1, 1],
      [0, 2],
    ]);
  });

  it("writes the certificate of a run that ended by itself", async () => {
    const { posted, written } = await serve();
    expect(written).toHaveLength(1);
    expect(posted.at(-1)).toMatchObject({ kind: "finished", files: { certificate: "/ws/c.json" }, writeFailure: null });
  });

  it("sees a cancel inside the run and writes nothing", async () => {
    const cancel = new SharedArrayBuffer(4);
    Atomics.store(new Int32Array(cancel), 0, 1);
    const { posted, written, batches } = await serve({ job: { cancel } });
    expect(batches).toHaveLength(0);
    expect(posted.at(-1)).toMatchObject({ kind: "finished", files: null, result: { status: "cancelled" } });
    expect(written).toHaveLength(0);
  });

  it("writes nothing when told so", async () => {
    expect((await serve({ job: { writeCertificate: false } })).written).toHaveLength(0);
  });

  it("a certificate that cannot be written does not lose the run", async () => {
    const { posted } = await serve({ engine: { writeRun: () => Promise.reject(new Error("EACCES: read-only")) } });
    expect(posted.at(-1)).toMatchObject({
      kind: "finished",
      files: null,
      writeFailure: "the certificate could not be written: EACCES: read-only",
    });
  });

  it("rejects input that cannot be used, with its findings", async () => {
    const findings = [findingOf("file-missing")];
    const { posted } = await serve({ engine: { loadProblem: async () => ({ ok: false, findings }) } });
    expect(posted).toEqual([{ kind: "rejected", runId: 7, findings }]);
  });

  it("adds what the config's text says to the findings, each once", async () => {
    const loaded = { problem: matrixProblem };
    const findings = [findingOf("degree-mismatch"), findingOf("certified")];
    const { posted } = await serve({ engine: { loadProblem: async () => ({ ok: true, loaded, findings }) } });
    const last = posted.at(-1);
    const codes = last?.kind === "finished" ? last.result.findings.map((finding) => finding.code) : [];
    expect(codes).toEqual(["degree-mismatch", "certified"]);
  });

  it("continues from factors in memory, or from their file", async () => {
    const inMemory = await serve({ job: { resume: { action: "add-zero-branch", from: { factors } } } });
    expect(inMemory.options()?.resume).toEqual({ factors, action: "add-zero-branch" });
    const fromFile = await serve({ job: { resume: { action: "continue", from: { factorsFile: "/ws/f.npz" } } } });
    expect(fromFile.options()?.resume).toEqual({ factors, action: "continue" });
  });

  it("refuses to continue from factors that do not fit the data, or cannot be read", async () => {
    const wide: Factors = { branches: 1, values: [new Float64Array(9), new Float64Array(2)] };
    const misfit = await serve({ job: { resume: { action: "continue", from: { factors: wide } } } });
    expect(misfit.posted).toMatchObject([
      { kind: "failed", message: expect.stringContaining("factor1 is 9×1 and factor2 is 2×1; factor1 needs 3×1") },
    ]);
    const unreadable = await serve({
      job: { resume: { action: "continue", from: { factorsFile: "/ws/f.npz" } } },
      engine: { readFactors: async () => ({ ok: false, message: "f.npz: no such file" }) },
    });
    expect(unreadable.posted).toMatchObject([{ kind: "failed", message: expect.stringContaining("no such file") }]);
  });

  it("a fault of ours is one line, with the stack apart", async () => {
    const { posted } = await serve({ engine: { loadProblem: () => Promise.reject(new Error("odd\nsecond line")) } });
    expect(posted).toHaveLength(1);
    expect(posted[0]).toMatchObject({ kind: "failed", message: "odd" });
    expect(posted[0]?.kind === "failed" && posted[0].detail).toContain("job.test");
  });
});
