/** The figures of docs/benchmarks.md: what the harness makes of times, samples and objectives. */
import type { Profiler } from "node:inspector";
import { describe, expect, it } from "vitest";
import type { MeasuredRun } from "../../bench/compare/engine-run.ts";
import { middleRound, outcomeOf, type PeerTime, type PeerTimes } from "../../bench/compare/outcome.ts";
import { duration, growthText, ratioText, resultsText, table, withSection } from "../../bench/compare/page.ts";
import { type BenchProblem, PROBLEMS } from "../../bench/compare/problems.ts";
import { timeShares } from "../../bench/compare/profile.ts";
import { recordLows, secondsTo } from "../../bench/compare/record-lows.ts";
import { growthExponent, median } from "../../bench/compare/statistics.ts";

describe("statistics", () => {
  it("the median is the middle one, or the mean of the two in the middle", () => {
    expect(median([10, 1, 2])).toBe(2);
    expect(median([4, 1, 100, 2])).toBe(3);
    expect(median([])).toBeUndefined();
  });

  it("the exponent of a power law is found, and is none of one size", () => {
    const times = [1, 10, 100].map((size) => ({ size, seconds: 0.003 * size ** 1.5 }));
    expect(growthExponent(times)).toBeCloseTo(1.5, 12);
    expect(growthExponent(times.slice(0, 1))).toBeUndefined();
    expect(growthExponent([])).toBeUndefined();
  });
});

describe("record lows", () => {
  it("are kept with the time of their first sight, rises and repetitions are not", () => {
    const { lows, add } = recordLows();
    for (const [k, objective] of [9, 9, 5, 7, 5 - 1e-12, 4].entries()) add({ seconds: k, objective });
    expect(lows.map(({ seconds }) => seconds)).toEqual([0, 2, 5]);
    expect(secondsTo(6, lows)).toBe(2);
    expect(secondsTo(3, lows)).toBeUndefined();
  });
});

describe("shares of time", () => {
  const node = (
    id: number,
    functionName: string,
    url: string,
    hitCount: number,
    children: number[] = [],
  ): Profiler.ProfileNode => ({
    id,
    callFrame: { functionName, url, scriptId: "0", lineNumber: 0, columnNumber: 0 },
    hitCount,
    children,
  });

  it("go to what stands on the stack: a kernel under certify/ is the certificate's", () => {
    const nodes = [
      node(1, "(root)", "", 0, [2, 3, 4]),
      node(2, "step", "file:///engine/dist/descent/methods/newton.js", 10, [5]),
      node(3, "(garbage collector)", "", 5),
      node(4, "(idle)", "", 1000),
      node(5, "multiply", "wasm://wasm/1234", 30, [6]),
      node(6, "assess", "file:///engine/dist/certify/assess.js", 5, [7]),
      node(7, "cholesky", "file:///engine/dist/linalg/cholesky.js", 20, [8]),
      node(8, "gemm", "file:///engine/dist/linalg/kernels/multiply.js", 30),
    ];
    expect(timeShares({ nodes, startTime: 0, endTime: 1 })).toEqual({
      kernels: 0.3,
      certificate: 0.55,
      certificateKernels: 0.3,
      collector: 0.05,
      rest: 0.1,
      samples: 100,
    });
  });
});

const RUN: MeasuredRun = {
  buildSeconds: 0.25,
  seconds: 2,
  userSeconds: 1.5,
  lows: [
    { seconds: 0.5, objective: 12 },
    { seconds: 1, objective: 10 },
  ],
  isCut: false,
  entries: 100,
  result: {
    ...{ verdict: "global", status: "converged", objective: 10, lowerBound: 10 - 1e-6, gap: 1e-7 },
    ...{ rank: 2, iterations: 7, lambda: 1, lambdaMax: 10 },
  },
};

function peer(name: string, seconds: number | null, more: Partial<PeerTime> = {}): PeerTime {
  return { name, seconds, listed: false, total: 9, objective: 10, steps: 3, runs: 5, ...more };
}

const peersOf = (peers: readonly PeerTime[]): PeerTimes => ({ optimum: 10, peers, peakBytes: 1e8, versions: {} });
const problemOf = (more: Partial<BenchProblem>): BenchProblem => ({
  ...{ name: "p", about: "small", tolerance: 1e-6, target: 0.5, finish: "proof", beatsAll: false },
  ...{ limitSeconds: 60, scales: [1], ...more },
});

describe("an outcome", () => {
  it("compares with the fastest peer that arrives, and with the fastest listed one", () => {
    const peers = peersOf([peer("never", null), peer("slow", 8, { listed: true }), peer("fast", 5)]);
    const outcome = outcomeOf(problemOf({}), [RUN], peers);
    expect(outcome.rival).toEqual({ name: "fast", seconds: 5 });
    expect([outcome.ratio, outcome.listedRatio, outcome.reachedSeconds]).toEqual([0.4, 0.25, 1]);
    expect(outcome.misses).toEqual([]);
  });

  it("is that of the middle round, with the ratios of all", () => {
    const rounds = [9, 3, 5].map((seconds) =>
      outcomeOf(problemOf({}), [RUN], peersOf([peer("listed", seconds, { listed: true })])),
    );
    const { rival, listedRatios } = middleRound(rounds);
    expect(rival?.seconds).toBe(5);
    expect(listedRatios).toEqual([2 / 9, 2 / 5, 2 / 3]);
    expect(resultsText([middleRound(rounds)], "here")).toContain("| 0.40 (0.22 to 0.67) |");
    expect(middleRound(rounds.slice(0, 1))).toEqual(rounds[0]);
  });

  it("is not met when slower, without a proof, cut off, or with more memory", () => {
    const peers = peersOf([peer("fast", 3)]);
    const undecided = { ...RUN, isCut: true, result: { ...RUN.result, verdict: "undecided" as const } };
    const peak = { bytes: 2, bytesBefore: 1 };
    expect(outcomeOf(problemOf({ peakBytes: 1 }), [undecided], peers, peak).misses).toEqual([
      "cut off",
      "the gap is not proven",
      "slower",
      "more memory",
    ]);
    const wide = { ...RUN, result: { ...RUN.result, gap: 1e-5 } };
    expect(outcomeOf(problemOf({ target: 1 }), [wide], peers).misses).toEqual(["the gap is not proven"]);
  });

  it("is not met when the objective is not within the tolerance of the optimum", () => {
    const away = { ...RUN, lows: [{ seconds: 1, objective: 10.1 }] };
    expect(outcomeOf(problemOf({}), [away], peersOf([peer("a", 9)])).misses).toEqual(["the optimum is not reached"]);
  });

  it("counts the time to the objective where that is what is asked, whatever the verdict", () => {
    const undecided = { ...RUN, result: { ...RUN.result, verdict: "undecided" as const } };
    const outcome = outcomeOf(problemOf({ finish: "objective" }), [undecided], peersOf([peer("a", 4)]));
    expect([outcome.ratio, outcome.misses]).toEqual([0.25, []]);
  });

  it("of a problem without a known optimum has to be below every peer", () => {
    const starts = (lowest: number) =>
      peersOf([peer("1", 1, { listed: true, total: 6, objective: lowest }), peer("2", 1, { listed: true, total: 8 })]);
    const below = outcomeOf(problemOf({ beatsAll: true }), [RUN], starts(11));
    expect([below.rival?.seconds, below.misses]).toEqual([7, []]);
    expect(outcomeOf(problemOf({ beatsAll: true }), [RUN], starts(9)).misses).toEqual(["a peer has a lower objective"]);
  });
});

describe("the page", () => {
  it("has durations of three digits in the unit that suits", () => {
    expect([0.00236, 0.0001234, 0.25, 1.234, 214.6].map(duration)).toEqual([
      "2.36 ms",
      "0.12 ms",
      "250 ms",
      "1.23 s",
      "215 s",
    ]);
    expect([0.0123, 2.345, 243.2, null].map(ratioText)).toEqual(["0.012", "2.35", "243", "–"]);
  });

  it("has tables whose cells may hold bars", () => {
    expect(table(["a", "b"], [["x|y", "1"]])).toBe("| a | b |\n| --- | ---: |\n| x\\|y | 1 |\n");
  });

  it("keeps what stands outside the markers, and says when they are missing", () => {
    const page = "before\n<!-- growth -->\nold\n<!-- end of growth -->\nafter\n";
    const renewed = withSection(page, "growth", "new $& figures\n");
    expect(renewed).toBe("before\n<!-- growth -->\nnew $& figures\n<!-- end of growth -->\nafter\n");
    expect(withSection(renewed, "growth", "old")).toBe(page);
    expect(() => withSection(page, "shares", "")).toThrow("<!-- shares -->");
  });

  it("has a row for every outcome and a table of its peers", () => {
    const peers = peersOf([peer("ADMM", 5, { listed: true }), peer("none", null, { objective: 10.1 })]);
    const text = resultsText([outcomeOf(problemOf({}), [RUN], peers)], "a machine\n");
    expect(text).toContain(
      "| `p` small | ADMM | global | 5.00 s | 1.0e-7 | 2.00 s | 1.50 s | 0.40 | ≤ 0.5 | yes | 0.40 |",
    );
    expect(text).toContain("| ADMM * | 5.00 s | 9.00 s | 0e+0 | 3 | 5 |");
    expect(text).toContain("| none | never | 9.00 s | 1e-2 | 3 | 5 |");
  });

  it("fits growth to the runs that came to an end", () => {
    const at = (scale: number, seconds: number, isCut = false) => ({
      scale,
      run: { ...RUN, entries: 100 * scale ** 2, seconds, isCut },
    });
    const text = growthText([{ name: "p", points: [at(0.5, 1), at(1, 4), at(2, 120, true)] }]);
    expect(text).toContain("| `p` | 1.00 s | 4.00 s | > 120 s | 1.00 |");
  });
});

describe("the problems", () => {
  it("are told apart by name, and each is timed at its own scale 1", () => {
    expect(new Set(PROBLEMS.map(({ name }) => name)).size).toBe(PROBLEMS.length);
    expect(PROBLEMS.every(({ scales }) => scales.includes(1))).toBe(true);
  });
});
