/** What a run writes passes `verify`, whatever the problem, its scale and the reason why the run ended. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Config } from "../../../engine/src/config/config.ts";
import type { NumericArray } from "../../../engine/src/data/array.ts";
import type { RunOutcome } from "../../../engine/src/run.ts";
import { DATA_KINDS } from "../../support/arbitraries.ts";
import type { MappingName, Setting, Stated } from "../../support/mapping-cases.ts";
import {
  charge,
  custom,
  fits,
  LOSS_CONFIGS,
  MAPPING_NAMES,
  mappingCase,
  PLAIN,
  problemFrom,
  randomMappingCase,
  state,
} from "../../support/mapping-cases.ts";
import { solve } from "../../support/problems.ts";
import { verified } from "../../support/verified.ts";

/** A run whose clock is its looks at clock and signal; it is asked to end at look `until`. */
async function outcomeOf(given: Stated, until = Number.POSITIVE_INFINITY): Promise<RunOutcome> {
  let looks = 0;
  const signal = {
    get aborted() {
      return ++looks > until;
    },
  };
  return (await solve(problemFrom(given), { signal, clock: () => looks++ })).outcome;
}

/** Passes, with the bound and the objective repeated to the last bit. */
function expectVerified(given: Stated, outcome: RunOutcome): void {
  const { report, rejections } = verified(given, outcome);
  expect(rejections).toEqual([]);
  const { verdict, objective, lowerBound } = outcome.result;
  expect(report).toMatchObject({ valid: true, verdict, objective, lowerBound });
}

function times({ shape, data }: NumericArray, factor: number): NumericArray {
  return { shape, data: data.map((x) => x * factor) };
}

/** The same problem with target and input (or measurements) multiplied; for losses of real numbers. */
function scaled(given: Stated, by: { readonly target?: number; readonly input?: number }): Stated {
  const { arrays } = given;
  const { input, sensing } = arrays;
  const factor = by.input ?? 1;
  return {
    ...given,
    arrays: {
      ...arrays,
      target: times(arrays.target, by.target ?? 1),
      ...(input === undefined ? {} : { input: times(input, factor) }),
      ...(sensing === undefined ? {} : { sensing: times(sensing, factor) }),
    },
  };
}

const limits = fc.record({
  search: fc.record(
    {
      maxIterations: fc.constantFrom(0, 1, 7, 40),
      timeLimitMs: fc.constantFrom(5, 30, 300, 1000),
      grow: fc.boolean(),
      gap: fc.constantFrom(1e-9, 1e-6, 1e-3),
      method: fc.constantFrom("bfgs" as const, "prox-gradient" as const),
    },
    { requiredKeys: ["maxIterations"] },
  ),
  until: fc.oneof(
    { weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
    { weight: 1, arbitrary: fc.constantFrom(3, 10, 30, 100) },
  ),
});

const size = (max: number) => fc.integer({ min: 1, max });

describe("honest certificates", () => {
  it.each(LOSS_CONFIGS.map((loss) => ({ loss, name: JSON.stringify(loss) })))(
    "tables of every scale, with and without intercept and mask: $name",
    async ({ loss }) => {
      const random = fc.record({
        rows: size(8),
        columns: size(6),
        seed: size(1e6),
        kind: fc.constantFrom(...DATA_KINDS),
        masked: fc.boolean(),
        intercept: fc.boolean(),
        power: fc.integer({ min: -30, max: 30 }),
        logLambda: fc.integer({ min: -2000, max: 300 }),
        branches: size(3),
        zero: fc.boolean(),
        limits,
      });
      await fc.assert(
        fc.asyncProperty(random, async ({ rows, columns, power, logLambda, branches, zero, limits: end, ...rest }) => {
          const of = mappingCase("matrix", { rows, columns, depth: 1 });
          fc.pre(fits(of, loss));
          const target = loss.kind === "squared" || loss.kind === "huber" ? 10 ** power : 1;
          const ofScale = loss.kind === "huber" ? { ...loss, delta: loss.delta * target } : loss;
          const given = state(of, { loss: ofScale, ...rest }, PLAIN, {
            lambda: { kind: "relative", value: 10 ** (logLambda / 1000) },
            branches,
            start: zero ? { kind: "zero" } : { kind: "random", seed: 1 },
            search: end.search,
          });
          const stated = scaled(given, { target });
          expectVerified(stated, await outcomeOf(stated, end.until));
        }),
        { numRuns: 60 },
      );
    },
  );

  const names = MAPPING_NAMES.filter((name) => name !== "convolution");

  it.each(names)("runs that end anywhere: %s", async (name) => {
    await fc.assert(
      fc.asyncProperty(randomMappingCase([name]), limits, async (given, { search, until }) => {
        const { of, setting, charged, more } = given;
        const stated = state(of, setting, charged, { ...more, search: { ...search, maxCells: 20_000 } });
        expectVerified(stated, await outcomeOf(stated, until));
      }),
      { numRuns: 8 },
    );
  });
});

const TABLE = mappingCase("matrix", { rows: 5, columns: 4, depth: 1 });

function tableOf(setting: Omit<Setting, "seed">, more: Parameters<typeof state>[3]): Stated {
  return state(TABLE, { seed: 3, ...setting }, PLAIN, more);
}

describe("a point beyond float64", () => {
  const far = (scale: number): Partial<Config> => ({ start: { kind: "random", seed: 1, scale }, branches: 2 });
  const checkpoint = (given: Stated, entry: number): Stated => {
    const factor = (rows: number): NumericArray => ({ shape: [rows, 2], data: new Float64Array(2 * rows).fill(entry) });
    return {
      ...given,
      config: { ...given.config, start: { kind: "checkpoint", file: "start.npz" } },
      arrays: { ...given.arrays, checkpoint: [factor(5), factor(4)] },
    };
  };
  const squared = { kind: "squared", weight: 1 } as const;

  it.each<{ readonly name: string; readonly given: Stated }>([
    { name: "squares overflow", given: tableOf({ loss: squared }, far(1e160)) },
    { name: "products overflow", given: tableOf({ loss: squared }, far(1e200)) },
    { name: "and intercepts with them", given: tableOf({ loss: squared, intercept: true }, far(1e200)) },
    { name: "outliers", given: tableOf({ loss: squared, outliers: 0.3 }, far(1e200)) },
    { name: "slopes beyond 1e200", given: tableOf({ loss: { kind: "squared", weight: 1e205 } }, far(1)) },
    { name: "e^x", given: tableOf({ loss: { kind: "poisson" } }, far(1e30)) },
    { name: "e^x with an intercept", given: tableOf({ loss: { kind: "poisson" }, intercept: true }, far(1e30)) },
    { name: "a checkpoint", given: checkpoint(tableOf({ loss: squared }, { branches: 2 }), 1e160) },
    { name: "outside the theory", given: state(TABLE, { seed: 3, loss: squared }, charge("l1", []), far(1e160)) },
  ])("claims nothing, and verify agrees: $name", async ({ given }) => {
    const outcome = await outcomeOf(given);
    const { certificate, report, rejections } = verified(given, outcome);
    expect(rejections).toEqual([]);
    expect(certificate).toMatchObject({
      status: "non-finite",
      objective: Number.MAX_VALUE,
      lowerBound: null,
      gap: null,
      dual: null,
      polar: null,
      branches: [],
      evidence: null,
      extra: null,
      stationarity: 0,
      rounding: null,
    });
    expect(["undecided", "outside-theory"]).toContain(certificate.verdict);
    expect(report).toMatchObject({ valid: true, verdict: certificate.verdict, lowerBound: null, gap: null });
  });

  it("is not taken for one that claims a bound", async () => {
    const given = tableOf({ loss: squared }, far(1e200));
    const outcome = await outcomeOf(given);
    const gap = { absolute: 0, relative: 0 };
    const lie = { ...outcome, result: { ...outcome.result, verdict: "global" as const, lowerBound: 1, gap } };
    const { report } = verified(given, lie);
    expect(report).toMatchObject({ valid: false, verdict: "undecided", lowerBound: null });
  });
});

describe("near the ends of float64", () => {
  const problem = (name: MappingName, sizes: readonly [number, number, number], ...rest: Tail): Stated => {
    const [rows, columns, depth] = sizes;
    return state(mappingCase(name, { rows, columns, depth }), ...rest);
  };
  type Tail = [setting: Setting, charged?: Parameters<typeof state>[2], more?: Parameters<typeof state>[3]];
  const random = (seed: number, scale: number) => ({ kind: "random", seed, scale }) as const;
  const absolute = (value: number) => ({ kind: "absolute", value }) as const;

  it.each<{ readonly name: string; readonly given: Stated }>([
    {
      name: "a cover that proves less once it is checked",
      given: scaled(
        problem(
          "neuron, one output",
          [2, 1, 3],
          { loss: { kind: "squared", weight: 1e-305 }, seed: 299820, kind: "full", scale: 1e6 },
          PLAIN,
          { lambda: absolute(1e-249), branches: 2, start: random(3, 1e39), search: { maxIterations: 0 } },
        ),
        { input: 1e-243 },
      ),
    },
    {
      name: "a branch that is worth something to a search in its own units only",
      given: scaled(
        problem(
          "one layer",
          [8, 6, 2],
          { loss: { kind: "huber", delta: 1e-304 }, seed: 179827, kind: "zero", masked: true, intercept: true },
          charge("product", [{ norm: { l2: 1, l1: 0.5 } }]),
          {
            lambda: absolute(1e-34),
            start: random(3, 1e231),
            search: { maxIterations: 7, timeLimitMs: 30, method: "prox-gradient" },
          },
        ),
        { target: 100, input: 1e-308 },
      ),
    },
    {
      name: "a polar that is too many λ for float64",
      given: scaled(
        problem(
          "linear network",
          [2, 5, 3],
          { loss: { kind: "cross-entropy" }, seed: 368560, masked: true },
          charge("weight-decay", []),
          { lambda: absolute(1e-64), branches: 2, search: { maxIterations: 0, grow: false } },
        ),
        { input: 1e247 },
      ),
    },
    {
      name: "evidence that is",
      given: scaled(
        problem("matrix", [4, 3, 1], { loss: { kind: "squared", weight: 1e152 }, seed: 5 }, PLAIN, {
          lambda: absolute(1e-288),
          start: { kind: "zero" },
          search: { maxIterations: 0 },
        }),
        { target: 1e-72 },
      ),
    },
    {
      name: "λ_max beyond float64",
      given: scaled(
        problem(
          "linear network",
          [5, 4, 3],
          { loss: { kind: "squared", weight: 1e195 }, seed: 999982, intercept: true },
          PLAIN,
          { lambda: absolute(1), branches: 2, start: { kind: "zero" }, search: { maxIterations: 0 } },
        ),
        { input: 1e246 },
      ),
    },
    {
      name: "a branch after which next to nothing is left of the objective",
      given: problem(
        "linear network",
        [3, 5, 1],
        { loss: { kind: "squared", weight: 1 }, seed: 14, kind: "zero", scale: 1e-6, intercept: true },
        custom({
          sum: [1.2, 2.4].map((scale, factor) => ({ scale, of: { power: { norm: "l2", factor }, exponent: 2 } })),
        }),
        {
          lambda: { kind: "relative", value: 0.06025595860743578 },
          branches: 3,
          start: random(3, 1e18),
          search: { maxIterations: 0, grow: false, gap: 1e-9, method: "prox-gradient" },
        },
      ),
    },
  ])("$name", async ({ given }) => {
    expectVerified(given, await outcomeOf(given));
  });
});
