/** The soundness of verdicts, on random problems of every kind this version solves, against references of another method. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Certificate } from "../../engine/src/certify/certificate.ts";
import type { VerifyInput } from "../../engine/src/certify/verify.ts";
import { readCertificate, savedArrays, verify, writeCertificate } from "../../engine/src/certify/verify.ts";
import type { RunOutcome } from "../../engine/src/run.ts";
import type { RandomCase } from "../support/arbitraries.ts";
import { randomCase, randomLossCase } from "../support/arbitraries.ts";
import { nuclearOptimum, singularValues } from "../support/jacobi-svd.ts";
import { arraysOf, configOf, problemOf, solve, transposed } from "../support/problems.ts";

/** F* in closed form, where every entry is observed: singular values for ℓ2·ℓ2, rows, columns or entries with ℓ1. */
function optimum(given: RandomCase, lambda: number): number | undefined {
  if (given.masked) return undefined;
  const { rows, columns, y } = given;
  const c = given.weight ?? 1;
  const [a, b] = given.norms ?? ["l2", "l2"];
  if (a === "l2" && b === "l2") {
    const tall = rows >= columns ? y : transposed(y, rows, columns);
    return nuclearOptimum(singularValues(tall, Math.max(rows, columns), Math.min(rows, columns)), lambda, c);
  }
  // A sum over groups: each group's norm s is shrunk as a singular value is.
  const sizes = new Map<number, number>();
  for (let k = 0; k < y.length; k++) {
    const group = a === "l1" && b === "l1" ? k : a === "l1" ? Math.floor(k / columns) : k % columns;
    sizes.set(group, Math.hypot(sizes.get(group) ?? 0, y[k]));
  }
  return nuclearOptimum([...sizes.values()], lambda, c);
}

function certificateOf(given: RandomCase, outcome: RunOutcome): Certificate {
  const files = { config: "case.optimality.yaml", factors: "case.factors.npz", engine: "test" };
  const written = writeCertificate(configOf(given), arraysOf(given), outcome, files);
  const read = readCertificate(JSON.parse(JSON.stringify(written)));
  if (!read.ok) throw new Error(read.message);
  return read.certificate;
}

function verifyInput(given: RandomCase, outcome: RunOutcome): VerifyInput {
  return { config: outcome.problem.config, arrays: arraysOf(given), ...savedArrays(outcome) };
}

describe("certificates of random problems", () => {
  it("lower bound ≤ optimum ≤ objective, no false global, verify agrees", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(randomCase, async (given) => {
        const problem = problemOf(given);
        const { outcome } = await solve(problem);
        const { result } = outcome;
        const lowerBound = result.lowerBound ?? Number.NaN;
        expect(lowerBound).toBeLessThanOrEqual(result.objective);
        const best = optimum(given, problem.lambda);
        if (best !== undefined) {
          // The reference itself is good to about 1e-14.
          expect(lowerBound).toBeLessThanOrEqual(best * (1 + 1e-13));
          expect(result.objective).toBeGreaterThanOrEqual(best * (1 - 1e-13));
          if (result.verdict === "global") {
            expect(result.objective - best).toBeLessThanOrEqual(1e-6 * result.objective * (1 + 1e-6));
          }
        }
        if (problem.config.search.grow) expect(result.verdict).toBe("global");
        else expect(["global", "not-global"]).toContain(result.verdict);
        const report = verify(certificateOf(given, outcome), verifyInput(given, outcome));
        expect(report.checks.filter((check) => !check.ok)).toEqual([]);
        expect(report.verdict).toBe(result.verdict);
      }),
      { numRuns: 250, seed: 20261122 },
    );
  });

  it("with every loss: two methods agree, each within the other's bounds, and verify agrees", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(randomLossCase, async (given) => {
        const growing = { ...given, search: { grow: true } };
        const problem = problemOf(growing);
        const { outcome } = await solve(problem);
        const { result } = outcome;
        expect(result.verdict).toBe("global");
        const other = await solve(
          problemOf({ ...growing, search: { grow: true, method: "prox-gradient", maxIterations: 400 } }),
        );
        const { objective, lowerBound } = other.outcome.result;
        expect(result.lowerBound).toBeLessThanOrEqual(objective);
        expect(lowerBound).toBeLessThanOrEqual(result.objective);
        const report = verify(certificateOf(growing, outcome), verifyInput(growing, outcome));
        expect(report.checks.filter((check) => !check.ok)).toEqual([]);
      }),
      { numRuns: 120 },
    );
  });

  it("gives the same numbers again for the same config", async () => {
    await fc.assert(
      fc.asyncProperty(randomCase, async (given) => {
        const first = await solve(problemOf(given));
        const second = await solve(problemOf(given));
        expect(second.outcome.factors).toEqual(first.outcome.factors);
        expect(second.outcome.result.objective).toBe(first.outcome.result.objective);
        expect(second.outcome.result.lowerBound).toBe(first.outcome.result.lowerBound);
      }),
      { numRuns: 20, seed: 3 },
    );
  });
});

describe("tampering", () => {
  /** Every number of the record, by path. */
  function numbersOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
    if (typeof value === "number") return [path];
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, child]) => numbersOf(child, [...path, key]));
  }

  function changed(value: unknown, path: readonly (string | number)[]): unknown {
    const [key, ...rest] = path;
    if (key === undefined) return typeof value === "number" ? (value === 0 ? 1e-3 : value * (1 + 1e-3)) : value;
    const copy = structuredClone(value) as Record<string, unknown>;
    copy[key] = changed(copy[key], rest);
    return copy;
  }

  it("rejects a certificate with any one number changed by 1e-3, also when it is sealed again", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(randomCase, async (given) => {
        const { outcome } = await solve(problemOf(given));
        const certificate = certificateOf(given, outcome);
        const input = verifyInput(given, outcome);
        // What no computation can repeat: only the seal protects it.
        const sealedOnly = new Set(["iterations", "seconds", "version"]);
        for (const path of numbersOf(certificate)) {
          const read = readCertificate(changed(certificate, path));
          if (!read.ok) continue;
          const report = verify(read.certificate, input);
          expect(report.valid, path.join(".")).toBe(false);
          const beyondSeal = report.checks.filter((check) => !check.ok && check.name !== "seal");
          if (!sealedOnly.has(String(path[0]))) expect(beyondSeal.length, path.join(".")).toBeGreaterThan(0);
        }
      }),
      { numRuns: 12, seed: 11 },
    );
  });

  it("rejects any one factor or data entry changed by 1e-3 relative", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(randomCase, fc.nat(), async (given, pick) => {
        const { outcome } = await solve(problemOf(given));
        const certificate = certificateOf(given, outcome);
        const nudge = (values: Float64Array): Float64Array => {
          const copy = values.slice();
          const candidates = [...copy.keys()].filter((i) => Number.isFinite(copy[i]));
          const at = candidates[pick % candidates.length];
          copy[at] = copy[at] === 0 ? 1e-3 : copy[at] * (1 + 1e-3);
          return copy;
        };
        const base = verifyInput(given, outcome);
        const nudged = (k: number) =>
          base.factors.map((array, at) => (at === k ? { ...array, data: nudge(array.data) } : array));
        const shape = [given.rows, given.columns];
        const smuggled = { shape, data: new Float64Array(given.y.length).fill(1) };
        const tampered = [
          { ...base, factors: nudged(0) },
          { ...base, factors: nudged(1) },
          { ...base, arrays: arraysOf({ ...given, y: nudge(given.y) }) },
          // A dual array changed, or smuggled in where there was none.
          { ...base, dual: base.dual === null ? smuggled : { shape, data: nudge(base.dual.data) } },
        ];
        for (const input of tampered) expect(verify(certificate, input).valid).toBe(false);
      }),
      { numRuns: 25, seed: 12 },
    );
  });

  it("a near miss is not called global: a true optimum nudged by 1e-3, a dropped branch, a wrong λ", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomCase.filter(({ kind, lambda }) => kind !== "zero" && (lambda?.value ?? 1) < 0.5),
        async (given) => {
          const solved = await solve(problemOf(given));
          fc.pre(solved.outcome.result.verdict === "global" && solved.outcome.result.rank > 0);
          const factors = solved.outcome.factors;
          const still = { search: { ...given.search, maxIterations: 0 } };
          const judgeAt = async (u: Float64Array, lambda = given.lambda) => {
            const problem = problemOf({ ...given, ...still, ...(lambda === undefined ? {} : { lambda }) });
            const resumed = await solve(problem, {
              resume: { factors: { ...factors, values: [u, factors.values[1]] }, action: "continue" },
            });
            return resumed.outcome.result;
          };
          const nudged = await judgeAt(factors.values[0].map((x) => x * 1.002));
          const relativeRise = (nudged.objective - solved.outcome.result.objective) / nudged.objective;
          if (relativeRise > 1.1e-6) expect(nudged.verdict).not.toBe("global");
          const r = factors.branches;
          const dropped = await judgeAt(factors.values[0].map((x, i) => (i % r === 0 ? 0 : x)));
          const drop = (dropped.objective - solved.outcome.result.objective) / dropped.objective;
          if (drop > 1.1e-6) expect(dropped.verdict).not.toBe("global");
        },
      ),
      { numRuns: 30, seed: 13 },
    );
  });
});
