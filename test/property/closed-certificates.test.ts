/** Certificates whose polars were closed: what a run writes holds and is accepted, near misses and tampered proofs are not. */
import { describe, expect, it } from "vitest";
import type { Certificate } from "../../engine/src/certify/certificate.ts";
import type { VerifyInput, VerifyReport } from "../../engine/src/certify/verify.ts";
import {
  namedArrays,
  proofsIn,
  readCertificate,
  savedArrays,
  verify,
  writeCertificate,
} from "../../engine/src/certify/verify.ts";
import type { NumericArray } from "../../engine/src/data/array.ts";
import { canonicalJson, digestArray, digestText } from "../../engine/src/data/digest.ts";
import { readAllNpz, writeNpz } from "../../engine/src/data/npz.ts";
import { uniformStream } from "../../engine/src/linalg/random.ts";
import type { RunOutcome } from "../../engine/src/run.ts";
import type { Charge, MappingName, Setting, Stated } from "../support/mapping-cases.ts";
import { charge, custom, mappingCase, problemFrom, state } from "../support/mapping-cases.ts";
import { solve } from "../support/problems.ts";

interface Kind {
  readonly name: string;
  /** What its certificate is expected to rest on. */
  readonly witness: string;
  readonly mapping: MappingName;
  readonly sizes: { readonly rows: number; readonly columns: number; readonly depth: number };
  readonly charged: Charge;
  readonly loss?: Setting["loss"];
  readonly more?: Partial<Setting>;
  /** λ of λ_max. */
  readonly lambda?: number;
}

const free = { norm: "l2" } as const;
const positive = { norm: "l2", constraints: ["nonnegative"] } as const;
const mixed = { norm: { l2: 1, l1: 0.5 } } as const;
const sparse = { norm: "l2", constraints: [{ sparse: 2 }] } as const;
const bounded = { norm: "linf" } as const;
const sizes = { rows: 5, columns: 4, depth: 3 };
const product = (...factors: Parameters<typeof charge>[1]) => charge("product", factors);
const norm = (of: "l1" | "l2", factor: number) => ({ norm: of, factor });

const KINDS: readonly Kind[] = [
  {
    name: "nonnegative factors",
    witness: "splitting",
    mapping: "matrix",
    sizes: { rows: 9, columns: 9, depth: 1 },
    charged: product(positive, positive),
  },
  { name: "sparse dictionary", witness: "cover", mapping: "matrix", sizes, charged: product(free, mixed), lambda: 0.3 },
  { name: "two mixed norms", witness: "cover", mapping: "matrix", sizes, charged: product(mixed, mixed) },
  { name: "ℓ∞ factors", witness: "signs", mapping: "matrix", sizes, charged: product(bounded, bounded) },
  { name: "k-sparse factors", witness: "supports", mapping: "matrix", sizes, charged: product(sparse, sparse) },
  {
    name: "a symmetric nonnegative factor",
    witness: "splitting",
    mapping: "symmetric",
    sizes,
    charged: product(positive),
  },
  { name: "a tensor", witness: "cover", mapping: "cp of 3", sizes, charged: product(free, free, free) },
  {
    name: "a tensor by slices",
    witness: "slices",
    mapping: "cp of 3",
    sizes,
    charged: product(positive, positive, { norm: "l1" }),
  },
  {
    name: "a nonnegative tensor",
    witness: "cover",
    mapping: "cp of 3",
    sizes: { rows: 3, columns: 3, depth: 2 },
    charged: product(positive, positive, positive),
  },
  {
    name: "neurons, one output",
    witness: "cover",
    mapping: "neuron, one output",
    sizes: { rows: 8, columns: 1, depth: 4 },
    charged: product(free, free),
  },
  {
    name: "neurons, several outputs",
    witness: "cells",
    mapping: "neuron, several outputs",
    sizes: { rows: 6, columns: 2, depth: 3 },
    charged: product(free, free),
  },
  {
    name: "a sum of products",
    witness: "split",
    mapping: "matrix",
    sizes,
    charged: custom({
      sum: [
        { product: [norm("l2", 0), norm("l2", 1)] },
        { scale: 0.5, of: { product: [norm("l1", 0), norm("l1", 1)] } },
      ],
    }),
  },
  {
    name: "a sum of products, one row",
    witness: "split",
    mapping: "symmetric",
    sizes: { rows: 1, columns: 1, depth: 1 },
    charged: custom({
      sum: [
        { power: norm("l2", 0), exponent: 2 },
        { scale: 0.5, of: { power: norm("l1", 0), exponent: 2 } },
      ],
    }),
    lambda: 0.3,
  },
];

const LOSSES: readonly { readonly word: string; readonly loss: Setting["loss"]; readonly more?: Partial<Setting> }[] = [
  { word: "squared loss", loss: { kind: "squared", weight: 1 } },
  { word: "holes and an intercept", loss: { kind: "squared", weight: 1 }, more: { intercept: true, masked: true } },
  { word: "logistic loss", loss: { kind: "logistic" } },
];

interface Run {
  readonly given: Stated;
  readonly outcome: RunOutcome;
  readonly certificate: Certificate;
  readonly input: VerifyInput;
}

function stated(kind: Kind, seed: number, { loss, more }: (typeof LOSSES)[number] = LOSSES[0], start = 1): Stated {
  const search = { maxIterations: 100, maxCells: 5_000 };
  const lambda = { kind: "relative" as const, value: kind.lambda ?? 0.2 };
  const setting: Setting = { loss, seed, ...more };
  const of = mappingCase(kind.mapping, kind.sizes);
  return state(of, setting, kind.charged, { lambda, branches: 2, start: { kind: "random", seed: start }, search });
}

const FILES = { config: "case.optimality.yaml", factors: "case.factors.npz", engine: "test" };

/** Through the files: JSON and npz, written and read. */
async function runOf(given: Stated, options: Parameters<typeof solve>[1] = {}): Promise<Run> {
  const { outcome } = await solve(problemFrom(given), options);
  const written = writeCertificate(given.config, given.arrays, outcome, FILES);
  const read = readCertificate(JSON.parse(JSON.stringify(written)));
  if (!read.ok) throw new Error(read.message);
  const archive = readAllNpz(writeNpz(namedArrays(savedArrays(outcome))), "case.factors.npz");
  if (!archive.ok) throw new Error(archive.message);
  return { given, outcome, certificate: read.certificate, input: inputOf(given, archive.arrays) };
}

function inputOf({ config, arrays, options }: Stated, saved: Readonly<Record<string, NumericArray>>): VerifyInput {
  const factors: NumericArray[] = [];
  for (let factor = saved["factor1"]; factor !== undefined; factor = saved[`factor${factors.length + 1}`]) {
    factors.push(factor);
  }
  return { config, arrays, ...options, factors, dual: saved["dual"] ?? null, proofs: proofsIn(saved) };
}

/** With the digest of the saved arrays and the seal put right, as one would who means to deceive. */
function resealed(certificate: Certificate, input: VerifyInput): Certificate {
  const lines = Object.entries(namedArrays(input)).map(([name, array]) => `${name} ${digestArray(array)}`);
  const { seal: _, ...rest } = certificate;
  const body = { ...rest, factors: { ...rest.factors, digest: digestText(lines.sort().join("\n")) } };
  return { ...body, seal: digestText(canonicalJson(body)) };
}

const failures = (report: VerifyReport) => report.checks.filter(({ ok }) => !ok);

describe.each(KINDS)("$name", (kind) => {
  let known: Promise<Run> | undefined;
  /** One run for all tests of the kind. */
  const base = (): Promise<Run> => {
    known ??= runOf(stated(kind, 7));
    return known;
  };

  it.each(LOSSES)("$word: bounds hold for another run, and verify agrees", async (loss) => {
    const { certificate, outcome, input } = loss === LOSSES[0] ? await base() : await runOf(stated(kind, 7, loss));
    const report = verify(certificate, input);
    expect(failures(report)).toEqual([]);
    expect(report.verdict).toBe(outcome.result.verdict);
    // How hard a search tries is no part of what it found.
    const hasty = { ...input.config, search: { ...input.config.search, maxCells: 1 } };
    expect(failures(verify(certificate, { ...input, config: hasty }))).toEqual([]);
    const { lowerBound, objective, verdict } = outcome.result;
    const other = (await runOf(stated(kind, 7, loss, 77))).outcome.result;
    expect(lowerBound).toBeLessThanOrEqual(other.objective);
    expect(other.lowerBound).toBeLessThanOrEqual(objective);
    if (verdict === "global") expect(objective - other.objective).toBeLessThanOrEqual(1.1e-6 * Math.abs(objective));
  });

  it("no array that is saved may be changed", async () => {
    const { given, certificate, input, outcome } = await base();
    const honest = verify(certificate, input);
    const saved = namedArrays(input);
    expect([certificate.polar?.witness.kind, certificate.dual?.witness?.kind]).toContain(kind.witness);
    const uniform = uniformStream(11);
    for (const [name, { shape, data }] of Object.entries(saved)) {
      const at = Math.floor(uniform() * data.length);
      const nudged = data.with(at, data[at] === 0 ? 1e-3 : data[at] * (1 + 1e-3));
      const isProof = name.includes("proof_");
      const garbage = [
        data.map(() => Number.NaN),
        data.map((x) => x * 1e200),
        data.map((x) => -x),
        data.map(() => uniform() - 0.5),
        data.slice(1),
        Float64Array.of(2 ** 40, ...data.map(() => 2 ** 32 - 1)),
      ];
      for (const wrong of [nudged, ...(isProof ? garbage : garbage.slice(0, 1))]) {
        const changed = inputOf(given, {
          ...saved,
          [name]: { shape: wrong.length === data.length ? shape : [wrong.length], data: wrong },
        });
        expect(verify(certificate, changed).valid).toBe(false);
        const report = verify(resealed(certificate, changed), changed);
        if (isProof) {
          // What is still proven is true: no more than is claimed.
          expect(report.lowerBound ?? Number.NEGATIVE_INFINITY).toBeLessThanOrEqual(outcome.result.objective);
          if (honest.verdict !== "global") expect(report.verdict).not.toBe("global");
        } else if (wrong === nudged && data[at] !== 0) expect(failures(report).length).toBeGreaterThan(0);
      }
      const { [name]: _, ...without } = saved;
      expect(verify(certificate, inputOf(given, without)).valid).toBe(false);
    }
  });

  it("no number that rests on the polar may be changed, also where the certificate is sealed again", async () => {
    const { certificate, input } = await base();
    // Those that a closed polar has a part in, but for the cells that a search has looked at; the others are in certificate.test.ts.
    const parts = new Set(["polar", "dual", "lowerBound", "gap", "verdict", "evidence"]);
    for (const path of numbersOf(certificate)) {
      const read = readCertificate(changed(certificate, path));
      if (!read.ok || !parts.has(String(path[0])) || path.at(-1) === "work") continue;
      expect(failures(verify(resealed(read.certificate, input), input)).length, path.join(".")).toBeGreaterThan(0);
    }
  });

  it("a near miss is not global: factors off by 1e-3, a branch that is missing, another λ", async () => {
    const { given, outcome } = await base();
    const { factors, result } = outcome;
    const judged = async (values: readonly Float64Array[], lambda = outcome.problem.lambda) => {
      const search = { ...given.config.search, maxIterations: 0, grow: false };
      const config = { ...given.config, lambda: { kind: "absolute" as const, value: lambda }, search };
      const at = await runOf({ ...given, config }, { resume: { factors: { ...factors, values }, action: "continue" } });
      expect(failures(verify(at.certificate, at.input))).toEqual([]);
      return at.outcome.result;
    };
    const best = result.lowerBound ?? Number.NEGATIVE_INFINITY;
    const [first, ...others] = factors.values;
    const r = factors.branches;
    const misses = [first.map((x) => x * 1.002), first.map((x, i) => (i % r === 0 ? 0 : x))];
    for (const miss of misses) {
      const { objective, verdict } = await judged([miss, ...others]);
      if (objective - result.objective > 1.1e-6 * objective) expect(verdict).not.toBe("global");
      expect(objective).toBeGreaterThanOrEqual(best);
    }
    const lambda = outcome.problem.lambda * 0.9;
    const { objective, verdict } = await judged(factors.values, lambda);
    const config = { ...given.config, lambda: { kind: "absolute" as const, value: lambda } };
    const other = (await runOf({ ...given, config })).outcome.result;
    expect(other.lowerBound).toBeLessThanOrEqual(objective);
    if (objective - other.objective > 1.1e-6 * objective) expect(verdict).not.toBe("global");
  });
});

describe("a polar of 1 + 1e-5", () => {
  /**
   * X = 3 u uᵀ in one block, Y = X + Z. Z is u uᵀ there, and in the other block (1 + ε) a aᵀ with negative entries around it, which
   * nonnegative factors avoid and σ₁ does not: Ω°(Z) = 1 + max(0, ε). Slacks are 0; where ε > 0 one branch is missing.
   */
  function planted(excess: number): Stated {
    const u = [0.6, 0.8, 0, 0, 0, 0];
    const a = [0, 0, 0.6, 0, 0.8, 0];
    const entry = (x: readonly number[], i: number, j: number): number => {
      if (x === u) return 4 * u[i] * u[j];
      if (a[i] * a[j] > 0) return (1 + excess) * a[i] * a[j];
      return i > 1 && j > 1 ? -0.4 : 0;
    };
    const data = Float64Array.from({ length: 36 }, (_, k) => {
      const [i, j] = [Math.floor(k / 6), k % 6];
      return i < 2 && j < 2 ? entry(u, i, j) : entry(a, i, j);
    });
    const of = mappingCase("matrix", { rows: 6, columns: 6, depth: 1 });
    const search = { maxIterations: 0, maxCells: 5_000, grow: false };
    const more = { lambda: { kind: "absolute" as const, value: 1 }, branches: 1, search };
    const base = state(of, { seed: 1, loss: LOSSES[0].loss }, product(positive, positive), more);
    return { ...base, arrays: { ...base.arrays, target: { shape: [6, 6], data } } };
  }

  it.each([
    { excess: 0, isGlobal: true },
    { excess: -1e-5, isGlobal: true },
    { excess: 1e-5, isGlobal: false },
    { excess: 1e-3, isGlobal: false },
  ])("1 + ($excess) is global: $isGlobal", async ({ excess, isGlobal }) => {
    const x = Float64Array.of(0.6, 0.8, 0, 0, 0, 0).map((entry) => entry * Math.sqrt(3));
    const factors = { branches: 1, values: [x, x] };
    const { certificate, input, outcome } = await runOf(planted(excess), { resume: { factors, action: "continue" } });
    const { lower, upper } = certificate.polar ?? {};
    expect(upper).toBeGreaterThanOrEqual(1 + Math.max(0, excess) - 1e-15);
    expect(lower).toBeLessThanOrEqual(1 + Math.max(0, excess) + 1e-15);
    expect(outcome.result.verdict === "global").toBe(isGlobal);
    expect(failures(verify(certificate, input))).toEqual([]);
  });
});

describe("weights of norms that leave float64 with the data", () => {
  it.each(["l2", "linf", "sparse"])("give no bound below what is reached: %s", (word) => {
    const of = mappingCase("matrix", { rows: 4, columns: 5, depth: 1 });
    const polarOf = (weights: readonly number[], scale: number) => {
      const [a, b] = weights.map((weight) => ({
        norm: word === "linf" ? { linf: weight } : { l2: weight },
        constraints: word === "sparse" ? [{ sparse: 2 }] : [],
      }));
      const more = { lambda: { kind: "absolute" as const, value: 1 }, search: { maxCells: 5_000 } };
      const charged = charge("product", [{ ...a, constraints: ["nonnegative"] }, b]);
      const problem = problemFrom(state(of, { seed: 3, loss: LOSSES[0].loss }, charged, more));
      const w = problem.target.value.map((y) => y * scale);
      return problem.polar(w, { above: Number.POSITIVE_INFINITY, effort: "close", stopped: () => false });
    };
    const { lower } = polarOf([1, 1], 1);
    const sizes = [-250, -200, -130, 0, 130, 160, 200, 250];
    for (const first of sizes) {
      for (const second of sizes) {
        for (const data of [-200, 0, 200]) {
          const expected = Math.log10(lower) + data - first - second;
          const { upper } = polarOf([10 ** first, 10 ** second], 10 ** data);
          if (expected > -280) expect(Math.log10(upper)).toBeGreaterThanOrEqual(Math.min(308, expected) - 1e-9);
        }
      }
    }
  });
});

type Path = readonly (string | number)[];

/** Every number of the record, by path. */
function numbersOf(value: unknown, path: Path = []): Path[] {
  if (typeof value === "number") return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => numbersOf(child, [...path, key]));
}

function changed(value: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return typeof value === "number" ? (value === 0 ? 1e-3 : value * (1 + 1e-3)) : value;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = changed(copy[key], rest);
  return copy;
}
