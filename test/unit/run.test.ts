/** The outer loop: events, limits, cancellation, resumption, and what each finding of a run needs. */
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../engine/src/events.ts";
import { normalStream } from "../../engine/src/linalg/random.ts";
import { dataOf } from "../support/arbitraries.ts";
import type { MatrixCase } from "../support/problems.ts";
import { expectClose, problemOf, solve } from "../support/problems.ts";

const full: MatrixCase = { rows: 12, columns: 9, y: dataOf("full", 12, 9, 42) };
const hidden: MatrixCase = { ...full, y: full.y.map((x, k) => (k % 4 === 0 ? Number.NaN : x)) };

const resultOf = async (given: MatrixCase): Promise<RunResult> => (await solve(problemOf(given))).outcome.result;
const codes = (result: RunResult) => result.findings.map(({ code }) => code);

describe("events", () => {
  it("start with the problem; the objective falls, the lower bound rises, the iterations count up", async () => {
    const { events, outcome } = await solve(problemOf({ ...hidden, search: { method: "newton" } }));
    expect(events[0]?.kind).toBe("started");
    let objective = Number.POSITIVE_INFINITY;
    let lowerBound = Number.NEGATIVE_INFINITY;
    let iteration = 0;
    let certificates = 0;
    for (const event of events) {
      if (event.kind === "progress" && event.progress.phase === "descent") {
        expect(event.progress.objective).toBeLessThanOrEqual(objective * (1 + 1e-13));
        expect(event.progress.iteration).toBe(iteration + 1);
        ({ objective, iteration } = event.progress);
      }
      if (event.kind === "certificate") {
        certificates++;
        expect(event.certificate.lowerBound).toBeGreaterThanOrEqual(lowerBound);
        expect(event.certificate.lowerBound).toBeLessThanOrEqual(outcome.result.objective);
        ({ lowerBound } = event.certificate);
      }
    }
    expect(certificates).toBeGreaterThan(1);
    expect(outcome.result.iterations).toBe(iteration);
  });

  it("are plain data: they survive a structured clone", async () => {
    const { events, outcome } = await solve(problemOf(hidden));
    expect(structuredClone(events)).toEqual(events);
    expect(structuredClone(outcome.result)).toEqual(outcome.result);
  });
});

describe("status", () => {
  it("iteration-limit: the last point is judged as it is", async () => {
    const result = await resultOf({ ...hidden, search: { maxIterations: 2 } });
    expect(result.status).toBe("iteration-limit");
    expect(result.iterations).toBe(2);
    expect(["not-global", "undecided"]).toContain(result.verdict);
    expect(result.lowerBound).not.toBeNull();
  });

  it("time-limit, by the clock that was given", async () => {
    let now = 0;
    const { outcome } = await solve(problemOf({ ...hidden, search: { timeLimitMs: 50 } }), {
      clock: () => (now += 10),
    });
    expect(outcome.result.status).toBe("time-limit");
  });

  it("branch-limit names the key and offers to lift it", async () => {
    const result = await resultOf({ ...full, search: { maxBranches: 2 } });
    expect(result).toMatchObject({ status: "branch-limit", verdict: "not-global", rank: 2 });
    const finding = result.findings.find(({ code }) => code === "add-zero-branch");
    expect(finding?.path).toBe("search.maxBranches");
  });

  it("cancelled: keeps the bound proven so far and the point reached", async () => {
    const signal = { aborted: false };
    const problem = problemOf({ ...hidden, lambda: { kind: "relative", value: 0.01 } });
    let proven = Number.NaN;
    let ticks = 0;
    const { outcome } = await solve(problem, {
      signal,
      clock: () => {
        if (++ticks > 20) signal.aborted = true;
        return ticks;
      },
    });
    expect(outcome.result.status).toBe("cancelled");
    expect(outcome.result.verdict).not.toBe("global");
    const full = await solve(problem);
    proven = full.outcome.result.objective;
    expect(outcome.result.objective).toBeGreaterThanOrEqual(proven);
    if (outcome.result.lowerBound !== null) expect(outcome.result.lowerBound).toBeLessThanOrEqual(proven);
  });

  it("invariant 3: non-finite: a start that overflows ends with no verdict about the point", async () => {
    const result = await resultOf({ ...full, config: { start: { kind: "random", seed: 1, scale: 1e160 } } });
    expect(result.status).toBe("non-finite");
    expect(result.verdict).toBe("undecided");
    expect(result.lowerBound).toBeNull();
    expect(codes(result)).toEqual(["non-finite"]);
  });
});

describe("cancelling", () => {
  it("stops within a small share of the work of one iteration, counted in looks at the signal", async () => {
    const normal = normalStream(1);
    const rows = 60;
    const columns = 50;
    const y = Float64Array.from({ length: rows * columns }, (_, k) => (k % 2 === 0 ? normal() : Number.NaN));
    const problem = problemOf({
      rows,
      columns,
      y,
      lambda: { kind: "relative", value: 0.02 },
      search: { method: "newton" },
    });
    const counted = async (until: number) => {
      let looks = 0;
      const signal = {
        get aborted() {
          return ++looks > until;
        },
      };
      const { outcome } = await solve(problem, { signal });
      return { result: outcome.result, looks };
    };
    const whole = await counted(Number.POSITIVE_INFINITY);
    expect(whole.looks).toBeGreaterThan(10 * whole.result.iterations);
    for (let k = 1; k < 12; k++) {
      const until = Math.floor((k / 12) * whole.looks);
      const { result, looks } = await counted(until);
      expect(result.status).toBe("cancelled");
      expect(looks - until).toBeLessThan(10);
    }
  });
});

describe("grow: false", () => {
  const narrow: MatrixCase = { ...full, search: { grow: false } };

  it("a stationary point that can be beaten is not-global, with the branch and the objective after it", async () => {
    const result = await resultOf(narrow);
    expect(result).toMatchObject({ verdict: "not-global", status: "converged", rank: 1 });
    expect(result.stationarity).toBeLessThan(1e-3);
    expect(result.evidence?.polar).toBeGreaterThan(1);
    expect(result.evidence?.objectiveAfter).toBeLessThan(result.objective);
    expect(codes(result)).toContain("add-zero-branch");
  });

  it("add-zero-branch continues from the point: one more branch, a lower objective", async () => {
    const problem = problemOf(narrow);
    const first = await solve(problem);
    const second = await solve(problem, { resume: { factors: first.outcome.factors, action: "add-zero-branch" } });
    const promised = first.outcome.result.evidence?.objectiveAfter ?? Number.NaN;
    expect(second.outcome.result.rank).toBe(2);
    expect(second.outcome.result.objective).toBeLessThanOrEqual(promised * (1 + 1e-12));
  });

  it("repeated, it reaches the global minimum of a run that grows by itself", async () => {
    const problem = problemOf(narrow);
    let { outcome } = await solve(problem);
    for (let k = 0; k < 12 && outcome.result.verdict !== "global"; k++) {
      ({ outcome } = await solve(problem, { resume: { factors: outcome.factors, action: "add-zero-branch" } }));
    }
    const grown = await resultOf(full);
    expect(outcome.result.verdict).toBe("global");
    expectClose(outcome.result.objective, grown.objective, 2e-6);
  });

  it("a width that is more than enough is global, its branches redundant; removing them keeps the objective", async () => {
    const problem = problemOf({ ...narrow, lambda: { kind: "relative", value: 0.7 }, config: { branches: 7 } });
    const { outcome } = await solve(problem);
    expect(outcome.result.verdict).toBe("global");
    expect(outcome.result.branches.length).toBe(7);
    const { outcome: fewer } = await solve(problem, {
      resume: { factors: outcome.factors, action: "remove-redundant-branches" },
    });
    expect(fewer.result.verdict).toBe("global");
    expect(fewer.result.branches.length).toBeLessThan(7);
    expect(fewer.result.branches.every(({ zero }) => !zero)).toBe(true);
    expectClose(fewer.result.objective, outcome.result.objective, 1e-9);
  });

  it("fills zero branches of its own width: a start at zero is a start like any other", async () => {
    const result = await resultOf({ ...narrow, config: { branches: 9, start: { kind: "zero" } } });
    expect(result.verdict).toBe("global");
  });
});

describe("λ", () => {
  it("at or above λ_max the zero model is certified, and the user is told", async () => {
    for (const value of [1, 1.5]) {
      const result = await resultOf({ ...full, lambda: { kind: "relative", value } });
      expect(result).toMatchObject({ verdict: "global", rank: 0 });
      expect(codes(result)).toContain("lambda-above-max");
      expectClose(
        result.objective,
        full.y.reduce((sum, y) => sum + (y * y) / 2, 0),
        1e-12,
      );
    }
  });

  it("just below it, the model is not zero", async () => {
    const result = await resultOf({ ...full, lambda: { kind: "relative", value: 0.99 } });
    expect(result).toMatchObject({ verdict: "global", rank: 1 });
    expect(codes(result)).not.toContain("lambda-above-max");
  });
});

describe("methods", () => {
  it("Newton and prox-gradient reach the same global minimum", async () => {
    const newton = await resultOf({ ...hidden, search: { method: "newton" } });
    const prox = await resultOf({ ...hidden, search: { method: "prox-gradient" } });
    expect(prox.verdict).toBe("global");
    expectClose(newton.objective, prox.objective, 2e-6);
  });

  it("weight decay, power and product of ℓ2 share F*", async () => {
    const kinds = ["product", "power", "weight-decay"] as const;
    const results = await Promise.all(kinds.map((regularizer) => resultOf({ ...hidden, regularizer })));
    for (const result of results) {
      expect(result.verdict).toBe("global");
      expectClose(result.objective, results[0].objective, 2e-6);
    }
  });

  it("a regularizer of another degree is outside the theory: a point, no bound", async () => {
    const result = await resultOf({ ...full, regularizer: "l1", norms: ["l1", "l1"] });
    expect(result).toMatchObject({ verdict: "outside-theory", lowerBound: null, gap: null, polar: null });
    expect(result.homogeneity).toEqual({ mapping: 2, regularizer: 1 });
    expect(Number.isFinite(result.objective)).toBe(true);
  });
});

describe("a negative objective (Poisson)", () => {
  it("is compared by size, not by sign: the run ends by itself, with its branches reduced", async () => {
    const y = dataOf("full", 12, 9, 42).map((x) => Math.max(0, Math.round(20 + 8 * x)));
    const given: MatrixCase = {
      rows: 12,
      columns: 9,
      y,
      loss: { kind: "poisson" },
      lambda: { kind: "relative", value: 0.05 },
    };
    const result = await resultOf({ ...given, config: { branches: 5 } });
    expect(result.objective).toBeLessThan(0);
    expect(result).toMatchObject({ verdict: "global", status: "converged" });
    expect(result.iterations).toBeLessThan(200);
    expect(result.lowerBound).toBeLessThanOrEqual(result.objective);
    const narrow = await resultOf({ ...given, search: { grow: false } });
    expect(narrow).toMatchObject({ verdict: "not-global", status: "converged" });
  });
});

describe("a point as it is (maxIterations: 0)", () => {
  it("the optimum is certified, a nudged one is not", async () => {
    const still = { ...full, search: { maxIterations: 0 } };
    const { outcome } = await solve(problemOf(full));
    const same = await solve(problemOf(still), { resume: { factors: outcome.factors, action: "continue" } });
    expect(same.outcome.result.verdict).toBe("global");
    const [u, v] = outcome.factors.values;
    const factors = { ...outcome.factors, values: [u.map((x) => 1.01 * x), v] };
    const moved = await solve(problemOf(still), { resume: { factors, action: "continue" } });
    expect(moved.outcome.result.verdict).not.toBe("global");
    expect(moved.outcome.result.iterations).toBe(0);
  });
});
