/** The soundness of verdicts for every mapping, loss, norm and constraint: runs of the same problem judge one another. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Certificate } from "../../engine/src/certify/certificate.ts";
import type { VerifyInput } from "../../engine/src/certify/verify.ts";
import { readCertificate, savedArrays, verify, writeCertificate } from "../../engine/src/certify/verify.ts";
import type { NumericArray } from "../../engine/src/data/array.ts";
import type { RunOutcome } from "../../engine/src/run.ts";
import type { MappingName, RandomMappingCase, Stated } from "../support/mapping-cases.ts";
import { MAPPING_NAMES, otherRuns, problemFrom, randomMappingCase, state } from "../support/mapping-cases.ts";
import { solve } from "../support/problems.ts";

const stated = ({ of, setting, charged, more }: RandomMappingCase, maxIterations: number): Stated =>
  state(of, setting, charged, { ...more, search: { maxIterations } });

const outcomeOf = async (given: Stated): Promise<RunOutcome> => (await solve(problemFrom(given))).outcome;

function certificateOf({ config, arrays }: Stated, outcome: RunOutcome): Certificate {
  const files = { config: "case.optimality.yaml", factors: "case.factors.npz", engine: "test" };
  const read = readCertificate(JSON.parse(JSON.stringify(writeCertificate(config, arrays, outcome, files))));
  if (!read.ok) throw new Error(read.message);
  return read.certificate;
}

function verifyInput({ config, arrays, options }: Stated, outcome: RunOutcome): VerifyInput {
  return { config, arrays, ...options, ...savedArrays(outcome) };
}

const RUNS = 4;
/** Of convolutions fewer: TensorFlow.js takes its time. */
const runsOf = (name: MappingName) => (name === "convolution" ? 2 : RUNS);
const stepsOf = (name: MappingName) => (name === "convolution" ? 20 : 200);

describe("three runs of one problem, from other starts and by other methods", () => {
  it.each(MAPPING_NAMES)("%s: no bound above any objective, no false global, verify agrees", async (name) => {
    await fc.assert(
      fc.asyncProperty(randomMappingCase([name]), async (given) => {
        const first = stated(given, stepsOf(name));
        const runs = [first, ...otherRuns(given, stepsOf(name) / 5)];
        const outcomes: RunOutcome[] = [];
        for (const each of runs) outcomes.push(await outcomeOf(each));
        for (const { result, problem } of outcomes) {
          expect(Number.isFinite(result.objective)).toBe(true);
          expect(result.reason).not.toContain("fault");
          expect(result.lowerBound === null).toBe(!problem.regularizer.matched);
          for (const { result: other } of outcomes) {
            if (result.lowerBound !== null) expect(result.lowerBound).toBeLessThanOrEqual(other.objective);
            if (result.verdict === "global") {
              expect(result.objective - other.objective).toBeLessThanOrEqual(result.gap?.absolute ?? Number.NaN);
            }
          }
        }
        const report = verify(certificateOf(first, outcomes[0]), verifyInput(first, outcomes[0]));
        expect(report.checks.filter((check) => !check.ok)).toEqual([]);
        expect(report.valid).toBe(true);
        expect(report.verdict).toBe(outcomes[0].result.verdict);
      }),
      { numRuns: runsOf(name) },
    );
  });
});

/** Mappings whose polar is exact with ℓ2 (for networks: where the angle sweep applies). */
const EXACT: readonly MappingName[] = [
  "matrix",
  "matrix, sensing",
  "matrix, rank-one sensing",
  "symmetric",
  "symmetric, sensing",
  "symmetric, rank-one sensing",
  "cp of 2",
  "neuron, one output",
  "cp of 3",
];

describe("λ from 1.01 λ_max on", () => {
  it.each(EXACT)("%s: the zero model is certified wherever the polar is exact", async (name) => {
    let exact = 0;
    await fc.assert(
      fc.asyncProperty(
        randomMappingCase([name]),
        fc.double({ min: 1.01, max: 2, noNaN: true }),
        fc.boolean(),
        async (given, value, zero) => {
          const lambda = { kind: "relative" as const, value };
          const start = zero ? { kind: "zero" as const } : (given.more?.start ?? { kind: "zero" as const });
          const { result, problem } = await outcomeOf(
            stated({ ...given, more: { ...given.more, lambda, start } }, 2000),
          );
          // At λ_max = 0 the loss is least at 0 already, and λ is no measure of anything.
          fc.pre(problem.regularizer.matched && problem.lambdaMax > 0 && result.polar?.kind === "exact");
          exact++;
          expect(result).toMatchObject({ verdict: "global", rank: 0 });
        },
      ),
      { numRuns: runsOf(name) },
    );
    expect(exact).toBeGreaterThan(0);
  });
});

describe("tampering", () => {
  function nudged(array: NumericArray, pick: number): NumericArray {
    const data = array.data.slice();
    const candidates = [...data.keys()].filter((i) => Number.isFinite(data[i]));
    const at = candidates[pick % candidates.length];
    data[at] = data[at] === 0 ? 1e-3 : data[at] * (1 + 1e-3);
    return { shape: array.shape, data };
  }

  it.each(MAPPING_NAMES)(
    "%s: any factor, dual, data, input, sensing or constraint number changed by 1e-3",
    async (name) => {
      await fc.assert(
        fc.asyncProperty(randomMappingCase([name]), fc.nat(), async (given, pick) => {
          const first = stated(given, stepsOf(name) / 4);
          const outcome = await outcomeOf(first);
          const certificate = certificateOf(first, outcome);
          const base = verifyInput(first, outcome);
          expect(verify(certificate, base).valid).toBe(true);
          const { factors, dual } = base;
          const { arrays } = first;
          const shape = [outcome.problem.target.rows, outcome.problem.target.columns];
          const smuggled = { shape, data: new Float64Array(shape[0] * shape[1]).fill(1) };
          const constraints = arrays.constraints ?? {};
          const changed: VerifyInput[] = [
            ...factors.map((_, k) => ({ ...base, factors: factors.map((f, j) => (j === k ? nudged(f, pick) : f)) })),
            { ...base, dual: dual === null ? smuggled : nudged(dual, pick) },
            { ...base, arrays: { ...arrays, target: nudged(arrays.target, pick) } },
            ...(["input", "sensing"] as const).flatMap((role) => {
              const array = arrays[role];
              return array === undefined ? [] : [{ ...base, arrays: { ...arrays, [role]: nudged(array, pick) } }];
            }),
            ...Object.entries(constraints).map(([file, array]) => ({
              ...base,
              arrays: { ...arrays, constraints: { ...constraints, [file]: nudged(array, pick) } },
            })),
          ];
          for (const input of changed) expect(verify(certificate, input).valid).toBe(false);
        }),
        { numRuns: Math.ceil(runsOf(name) / 2) },
      );
    },
  );
});
