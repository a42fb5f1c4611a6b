/**
 * Ending a run in the middle of a long proof. Time is counted in looks at the signal: what computes without looking cannot be
 * ended, so few looks after the end was asked for are what a person feels as soon.
 */
import { describe, expect, it } from "vitest";
import { readCertificate, savedArrays, verify, writeCertificate } from "../../engine/src/certify/verify.ts";
import type { Config } from "../../engine/src/config/config.ts";
import type { Progress } from "../../engine/src/events.ts";
import { normalStream } from "../../engine/src/linalg/random.ts";
import { buildProblem } from "../../engine/src/problem/problem.ts";
import type { RunOptions, RunOutcome } from "../../engine/src/run.ts";
import { configOf, regularizerConfig, solve } from "../support/problems.ts";

/** A tensor whose polar takes a cover by cells to bound. */
const Y = Float64Array.from({ length: 120 }, normalStream(11));
const ARRAYS = { target: { shape: [4, 5, 6], data: Y } };

function configWith(search: Partial<Config["search"]>): Config {
  const config = {
    mapping: { kind: "cp" },
    regularizer: regularizerConfig("product", ["l2", "l2", "l2"]),
    lambda: { kind: "relative", value: 0.6 },
  } as const;
  return configOf({ rows: 4, columns: 30, y: Y, config, search });
}

/** What `verify` finds wrong with what the run writes. */
function rejections(outcome: RunOutcome): readonly string[] {
  const { config } = outcome.problem;
  const files = { config: "case.optimality.yaml", factors: "case.factors.npz", engine: "test" };
  const read = readCertificate(JSON.parse(JSON.stringify(writeCertificate(config, ARRAYS, outcome, files))));
  if (!read.ok) throw new Error(read.message);
  const { checks } = verify(read.certificate, { config, arrays: ARRAYS, ...savedArrays(outcome) });
  return checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
}

/** A run whose clock is its looks at the signal; it is asked to end at look `until`. */
async function counted(
  search: Partial<Config["search"]>,
  { until = Number.POSITIVE_INFINITY, ...options }: Partial<RunOptions> & { readonly until?: number } = {},
) {
  const built = buildProblem(configWith(search), ARRAYS);
  if (!built.ok) throw new Error(built.findings.map(({ message }) => message).join("; "));
  const { problem } = built;
  let looks = 0;
  const signal = {
    get aborted() {
      return ++looks > until;
    },
  };
  const { outcome, events } = await solve(problem, { signal, clock: () => looks, ...options });
  const phases = events.flatMap((event) => (event.kind === "progress" ? [event.progress.phase] : []));
  return { outcome, looks, phases };
}

const whole = await counted({});

/** Looks of a run that has nothing to do but to judge its start by what needs no search for cells. */
const once = await counted({ maxIterations: 0, maxCells: 1 });

/** Moments all over the run. */
const moments = Array.from({ length: 24 }, (_, k) => Math.floor(((k + 0.5) / 24) * whole.looks));

describe("a run with a long proof", () => {
  it("says so before it begins", () => {
    expect(whole.outcome.result).toMatchObject({ status: "converged", verdict: "global" });
    expect(whole.outcome.result.polar?.work).toBeGreaterThan(1000);
    expect(whole.phases).toContain("proof");
    expect(rejections(whole.outcome)).toEqual([]);
  });

  it("goes on saying how long it has been, and computes the same", async () => {
    const said: Progress[] = [];
    const { outcome } = await counted({}, { report: (progress) => said.push(progress) });
    const inProof = said.filter(({ phase }) => phase === "proof");
    expect(inProof.length).toBeGreaterThan(1);
    for (const [k, { seconds }] of said.entries()) if (k > 0) expect(seconds).toBeGreaterThan(said[k - 1].seconds);
    const { seconds: _before, ...expected } = whole.outcome.result;
    expect(outcome.result).toMatchObject(expected);
    expect(outcome.factors).toEqual(whole.outcome.factors);
  });

  it.each(moments)("ends soon after a cancel at look %d, with a certificate that holds", async (until) => {
    const { outcome, looks } = await counted({}, { until });
    expect(outcome.result.status).toBe("cancelled");
    expect(looks - until).toBeLessThan(30);
    expect(outcome.result.lowerBound ?? 0).toBeLessThanOrEqual(whole.outcome.result.objective);
    expect(rejections(outcome)).toEqual([]);
  });

  it("keeps, when cancelled, the proof that it has", async () => {
    const { outcome } = await counted({}, { until: whole.looks - 1 });
    expect(outcome.result.status).toBe("cancelled");
    expect(outcome.result.gap?.relative).toBeLessThan(1e-6);
  });

  it.each(moments)("ends soon after a time limit of %d looks, with a certificate that holds", async (timeLimitMs) => {
    const { outcome, looks } = await counted({ timeLimitMs });
    const { status, verdict, lowerBound } = outcome.result;
    expect(status).toBe(verdict === "global" ? "converged" : "time-limit");
    expect(looks - timeLimitMs).toBeLessThanOrEqual(2 * once.looks);
    expect(lowerBound).toBeLessThanOrEqual(whole.outcome.result.objective);
    expect(rejections(outcome)).toEqual([]);
  });

  it("has time for its proof, and for the check of it, within its limit", async () => {
    const { outcome, looks } = await counted({ timeLimitMs: 2 * whole.looks });
    expect(outcome.result.verdict).toBe("global");
    expect(looks).toBeLessThanOrEqual(2 * whole.looks);
  });
});
