/** test/independent/verify.py shares no code with the engine: both say the same of every certificate, and of forged ones. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadProblem, verifyFile } from "@optimality-lens/engine/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Certificate } from "../../../engine/src/certify/certificate.ts";
import type { NumericArray } from "../../../engine/src/data/array.ts";
import { canonicalJson, digestArray, digestText } from "../../../engine/src/data/digest.ts";
import { writeNpy } from "../../../engine/src/data/npy.ts";
import { readAllNpz, writeNpz } from "../../../engine/src/data/npz.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { writeRun } from "../../../engine/src/node/load.ts";
import { expectClose, solve } from "../../support/problems.ts";

const independent = path.resolve(import.meta.dirname, "../../independent");
const hasNumpy = spawnSync("python3", ["-c", "import numpy"]).status === 0;

const normal = normalStream(7);
const gaussian = (count: number) => Float64Array.from({ length: count }, normal);

/** u vᵀ of some rank, and noise. */
function noisy(rows: number, columns: number, rank: number): NumericArray {
  const [u, v, noise] = [gaussian(rows * rank), gaussian(columns * rank), gaussian(rows * columns)];
  const data = noise.map((x, k) => {
    const [i, j] = [Math.floor(k / columns), k % columns];
    let sum = 0.3 * x;
    for (let b = 0; b < rank; b++) sum += u[i * rank + b] * v[j * rank + b];
    return sum;
  });
  return { shape: [rows, columns], data };
}

function changed({ shape, data }: NumericArray, change: (x: number, k: number) => number): NumericArray {
  return { shape, data: data.map(change) };
}

interface Kind {
  readonly y: NumericArray;
  readonly v?: NumericArray;
  readonly mask?: NumericArray;
  /** A csv instead of an npy. */
  readonly csv?: boolean;
  readonly config: Readonly<Record<string, unknown>>;
}

const NEURON = { kind: "network", layers: [{ dense: 1 }, "relu", "dense"] };

const KINDS: Readonly<Record<string, Kind>> = {
  "nuclear norm": { y: noisy(8, 6, 2), csv: true, config: { mapping: "matrix", lambda: 1 } },
  "nuclear norm, entries missing": {
    y: changed(noisy(10, 7, 2), (x, k) => (k % 10 < 3 ? Number.NaN : x)),
    config: { mapping: "matrix", regularizer: "weight-decay", lambda: { relative: 0.2 } },
  },
  "nuclear norm, masked": {
    y: noisy(6, 7, 2),
    mask: { shape: [6, 7], data: Float64Array.from({ length: 42 }, (_, k) => (k % 5 === 2 ? 0 : 1)) },
    config: { mapping: "matrix", loss: { squared: 3 }, lambda: 2 },
  },
  "l1 and l1": { y: noisy(6, 5, 2), config: { mapping: "matrix", regularizer: { norms: ["l1", "l1"] }, lambda: 0.3 } },
  "l1 and l2": { y: noisy(6, 5, 2), config: { mapping: "matrix", regularizer: { norms: ["l1", "l2"] }, lambda: 0.5 } },
  "l2 and l1 ≥ 0": {
    y: noisy(5, 4, 2),
    config: {
      mapping: "matrix",
      regularizer: { factors: [{ norm: "l2" }, { norm: "l1", constraint: "nonnegative" }] },
      lambda: 0.5,
    },
  },
  "nonnegative, data ≥ 0": {
    y: changed(noisy(8, 5, 2), Math.abs),
    config: { mapping: "matrix", regularizer: { constraint: "nonnegative" }, lambda: 0.5 },
  },
  "nonnegative, data of any sign": {
    y: noisy(6, 4, 2),
    config: { mapping: "matrix", regularizer: { constraint: "nonnegative" }, lambda: 0.5 },
  },
  "nonnegative, beyond what is closed": {
    y: noisy(12, 10, 3),
    config: { mapping: "matrix", regularizer: { constraint: "nonnegative" }, lambda: 1 },
  },
  "sparse dictionary": {
    y: noisy(5, 4, 2),
    config: { mapping: "matrix", regularizer: { norms: ["l2", { l2: 1, l1: 0.5 }] }, lambda: 0.5 },
  },
  "sparse dictionary, not closed": {
    y: noisy(9, 11, 3),
    config: { mapping: "matrix", regularizer: { norms: [{ l2: 1, l1: 0.5 }, "l2"] }, lambda: 1 },
  },
  "l1 in both norms": {
    y: noisy(9, 10, 3),
    config: { mapping: "matrix", regularizer: { norm: { l2: 0.7, l1: 0.3 } }, lambda: 1 },
  },
  symmetric: { y: noisy(6, 6, 3), config: { mapping: "symmetric", lambda: 0.5 } },
  "symmetric, weight decay": {
    y: noisy(5, 5, 3),
    config: { mapping: "symmetric", regularizer: "weight-decay", lambda: { relative: 0.3 } },
  },
  "symmetric, nonnegative": {
    y: changed(noisy(4, 4, 2), (x, k) => x + (k % 5 === 0 ? 2 : 0)),
    config: { mapping: "symmetric", regularizer: { constraint: "nonnegative" }, lambda: 0.5 },
  },
  "CP 4×4×3": { y: { shape: [4, 4, 3], data: gaussian(48) }, config: { mapping: "cp", lambda: 1.5 } },
  "CP with an l1 axis": {
    y: { shape: [4, 4, 3], data: gaussian(48) },
    config: { mapping: "cp", regularizer: { norms: ["l2", "l2", "l1"] }, lambda: 1.5 },
  },
  logistic: {
    y: changed(noisy(7, 5, 1), (x) => (x > 0 ? 1 : 0)),
    config: { mapping: "matrix", loss: "logistic", lambda: 0.7 },
  },
  "logistic, proven beside the point": {
    y: changed(noisy(400, 360, 2), (x) => (x > 0 ? 1 : 0)),
    config: { mapping: "matrix", loss: "logistic", lambda: { relative: 0.2 } },
  },
  "nuclear norm, branches set apart": {
    y: noisy(150, 140, 2),
    config: { mapping: "matrix", loss: "squared", lambda: { relative: 0.5 } },
  },
  "squared hinge": {
    y: changed(noisy(7, 5, 1), (x) => (x > 0 ? 1 : -1)),
    config: { mapping: "matrix", loss: "squared-hinge", lambda: 0.7 },
  },
  poisson: {
    y: changed(noisy(6, 5, 1), (x) => Math.floor(Math.abs(3 * x))),
    config: { mapping: "matrix", loss: "poisson", lambda: 2 },
  },
  huber: {
    y: noisy(7, 5, 1),
    config: { mapping: "matrix", loss: { huber: 0.5 }, regularizer: "power", lambda: 0.7 },
  },
  "robust PCA": {
    y: changed(noisy(7, 5, 1), (x, k) => (k % 9 === 0 ? x + 10 : x)),
    config: { mapping: "matrix", loss: { squared: 2 }, extra: { outliers: { l1: 0.6 } }, lambda: 1 },
  },
  "ReLU in a plane": {
    y: { shape: [15, 1], data: gaussian(15) },
    v: { shape: [15, 2], data: gaussian(30) },
    config: { mapping: NEURON, lambda: 0.5 },
  },
  "ReLU with a bias": {
    y: { shape: [15, 1], data: gaussian(15) },
    v: { shape: [15, 1], data: gaussian(15) },
    config: { mapping: NEURON, data: { bias: true }, regularizer: "weight-decay", lambda: { relative: 0.1 } },
  },
  "ReLU in space": {
    y: { shape: [12, 1], data: gaussian(12) },
    v: { shape: [12, 3], data: gaussian(36) },
    config: { mapping: NEURON, lambda: 1 },
  },
  "too few branches": { y: noisy(8, 6, 2), config: { mapping: "matrix", lambda: 0.1, search: { maxBranches: 1 } } },
};

const NOT_COVERED: Readonly<Record<string, Kind>> = {
  "another norm": {
    y: noisy(4, 3, 1),
    config: { mapping: "matrix", regularizer: { norms: ["l2", "linf"] }, lambda: 1 },
  },
  "CP, nonnegative": {
    y: { shape: [3, 3, 2], data: gaussian(18) },
    config: { mapping: "cp", regularizer: { constraint: "nonnegative" }, lambda: 0.5 },
  },
  intercept: { y: noisy(5, 3, 1), config: { mapping: "matrix", extra: { intercept: true }, lambda: 1 } },
};

const folder = hasNumpy ? mkdtempSync(path.join(tmpdir(), "optimality-independent-")) : "";
const slug = (name: string) => name.replace(/[^a-z0-9]+/gi, "-");
const certificateOf = (name: string) => path.join(folder, slug(name), "c.optimality.json.certificate.json");
const certificateIn = (name: string) => JSON.parse(readFileSync(certificateOf(name), "utf8")) as Editable;
const factorsOf = (name: string) => path.join(folder, slug(name), "c.optimality.json.factors.npz");

async function certified(name: string, { y, v, mask, csv, config }: Kind): Promise<void> {
  const place = path.join(folder, slug(name));
  mkdirSync(place);
  const target = csv === true ? "y.csv" : "y.npy";
  writeFileSync(path.join(place, target), csv === true ? csvOf(y) : writeNpy(y));
  if (v !== undefined) writeFileSync(path.join(place, "v.npy"), writeNpy(v));
  if (mask !== undefined) writeFileSync(path.join(place, "m.npz"), writeNpz({ mask }));
  const data = {
    target,
    ...(v === undefined ? {} : { input: "v.npy" }),
    ...(mask === undefined ? {} : { mask: "m.npz#mask" }),
    ...(config["data"] as object | undefined),
  };
  const file = path.join(place, "c.optimality.json");
  writeFileSync(file, JSON.stringify({ ...config, data }));
  const loaded = await loadProblem(file);
  if (!loaded.ok) throw new Error(`${name}: ${loaded.findings.map(({ message }) => message).join("; ")}`);
  await writeRun(loaded.loaded, (await solve(loaded.loaded.problem)).outcome);
}

/** With a row of names. */
function csvOf({ shape: [rows, columns], data }: NumericArray): string {
  const lines = Array.from({ length: rows }, (_, i) => data.slice(i * columns, (i + 1) * columns).join(","));
  return [Array.from({ length: columns }, (_, j) => `c${j}`).join(","), ...lines, ""].join("\n");
}

type Editable = { -readonly [K in keyof Certificate]: Certificate[K] };
type Saved = Record<string, NumericArray>;

/** A copy with other numbers, whose digests and seal are right. */
function forged(from: string, to: string, edit: (certificate: Editable, saved: Saved, place: string) => void): string {
  const place = path.join(folder, slug(to));
  cpSync(path.join(folder, slug(from)), place, { recursive: true });
  const certificate = certificateIn(from);
  const archive = readAllNpz(readFileSync(factorsOf(from)), "factors");
  if (!archive.ok) throw new Error(archive.message);
  const saved: Saved = { ...archive.arrays };
  edit(certificate, saved, place);
  const lines = Object.entries(saved).map(([name, array]) => `${name} ${digestArray(array)}`);
  certificate.factors = { ...certificate.factors, digest: digestText(lines.sort().join("\n")) };
  const { seal: _, ...body } = certificate;
  writeFileSync(factorsOf(to), writeNpz(saved));
  writeFileSync(certificateOf(to), JSON.stringify({ ...body, seal: digestText(canonicalJson(body)) }, null, 2));
  return to;
}

/** The largest number times 1.001. */
function nudged(array: NumericArray): NumericArray {
  const size = (x: number) => (Number.isNaN(x) ? 0 : Math.abs(x));
  const at = array.data.reduce((most, x, k) => (size(x) > size(array.data[most]) ? k : most), 0);
  return changed(array, (x, k) => (k === at ? x * 1.001 : x));
}

/** A number of the certificate times `factor`. */
function scaled(object: object, keys: readonly string[], factor: number): void {
  const [key, ...rest] = keys;
  const record = object as Record<string, unknown>;
  if (rest.length > 0) scaled(record[key] as object, rest, factor);
  else record[key] = (record[key] as number) * factor;
}

const CLAIMS: readonly (readonly string[])[] = [
  ["objective"],
  ["lowerBound"],
  ["gapTolerance"],
  ["polar", "lower"],
  ["polar", "upper"],
  ["dual", "scale"],
  ["problem", "lambda"],
  ["branches", "0", "regularizer"],
];
const CLOSELY_TESTED = [
  "nuclear norm",
  "logistic, proven beside the point",
  "nuclear norm, branches set apart",
  "nonnegative, data of any sign",
  "CP 4×4×3",
  "ReLU in a plane",
];

interface Answer {
  readonly valid?: boolean;
  readonly covered?: boolean;
  readonly why?: string;
  readonly verdict?: string;
  readonly objective?: number;
  readonly lowerBound?: number | null;
  readonly checks?: readonly { readonly name: string; readonly ok: boolean }[];
}

/** What verify.py says of many certificates, in one process. */
function secondOpinions(names: readonly string[]): ReadonlyMap<string, Answer> {
  const script = [
    "import json, sys",
    `sys.path.insert(0, ${JSON.stringify(independent)})`,
    "from verify import report_of",
    "for path in sys.stdin.read().splitlines(): print(json.dumps(report_of(path)[0]))",
  ].join("\n");
  const { status, stdout, stderr } = spawnSync("python3", ["-c", script], {
    input: names.map(certificateOf).join("\n"),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr);
  const lines = stdout.trimEnd().split("\n");
  return new Map(names.map((name, i) => [name, JSON.parse(lines[i]) as Answer]));
}

describe.skipIf(!hasNumpy)("a second opinion (skipped where python3 has no numpy)", () => {
  const honest = Object.keys(KINDS);
  const forgeries: string[] = [];
  let opinions: ReadonlyMap<string, Answer> = new Map();

  beforeAll(async () => {
    for (const [name, kind] of Object.entries({ ...KINDS, ...NOT_COVERED })) await certified(name, kind);
    for (const name of honest) {
      forgeries.push(
        forged(name, `${name}: a factor`, (_, saved) => {
          saved["factor1"] = nudged(saved["factor1"]);
        }),
        forged(name, `${name}: the data`, (certificate, _, place) => {
          const y = nudged(KINDS[name].y);
          writeFileSync(path.join(place, "y.npy"), writeNpy(y));
          if (KINDS[name].csv) writeFileSync(path.join(place, "y.csv"), csvOf(y));
          certificate.data = certificate.data.map((record) =>
            record.role === "target" ? { ...record, digest: digestArray(y) } : record,
          );
        }),
        forged(name, `${name}: the verdict`, (certificate) => {
          certificate.verdict = certificate.verdict === "global" ? "not-global" : "global";
        }),
      );
    }
    for (const name of CLOSELY_TESTED) {
      for (const keys of CLAIMS) {
        for (const factor of keys[0] === "polar" ? [0.999, 1.001] : [1.001]) {
          forgeries.push(
            forged(name, `${name}: ${keys.join(".")} × ${factor}`, (certificate) => {
              scaled(certificate, keys, factor);
            }),
          );
        }
      }
    }
    opinions = secondOpinions([...honest, ...Object.keys(NOT_COVERED), ...forgeries]);
  }, 120_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(honest)("%s: both find it valid, with the same verdict, objective and lower bound", async (name) => {
    const verified = await verifyFile(certificateOf(name));
    if (!verified.ok) throw new Error(verified.message);
    const { report } = verified;
    const opinion = opinions.get(name);
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(opinion?.why).toBeUndefined();
    expect(opinion?.checks?.filter(({ ok }) => !ok)).toEqual([]);
    expect(opinion?.verdict).toBe(report.verdict);
    expectClose(opinion?.objective ?? Number.NaN, report.objective, 1e-6);
    expectClose(opinion?.lowerBound ?? Number.NaN, report.lowerBound ?? Number.NaN, 1e-6);
  });

  it("of a large point whose gap is proven at a dual point nearby", () => {
    const { polar, dual } = certificateIn("logistic, proven beside the point");
    expect([polar?.witness.kind, dual?.source]).toEqual(["beside", "array"]);
  });

  it("of a large table at its optimum, where the Gram matrix of the data serves the proof", () => {
    const { polar, dual } = certificateIn("nuclear norm, branches set apart");
    expect([polar?.witness.kind, polar?.kind, dual?.source]).toEqual(["cholesky", "exact", "factors"]);
    expect(polar?.method).toContain("branches of the point");
  });

  it("neither is taken in by a number that was changed by a thousandth, with digests and seal put right", async () => {
    for (const name of forgeries) {
      const verified = await verifyFile(certificateOf(name));
      expect(verified.ok && verified.report.valid, `${name}: verify`).toBe(false);
      expect(opinions.get(name)?.valid, `${name}: verify.py`).toBe(false);
    }
    expect(forgeries.length).toBeGreaterThan(100);
  });

  it("neither is taken in by any number of the files when digests and seal are left as they were", async () => {
    const original = "nonnegative, data of any sign";
    const names: string[] = [];
    const copied = (name: string): string => {
      cpSync(path.join(folder, slug(original)), path.join(folder, slug(name)), { recursive: true });
      names.push(name);
      return name;
    };
    const text = readFileSync(certificateOf(original), "utf8");
    for (const { 0: digits, index } of text.matchAll(/(?<=[:[\s])-?\d+\.\d+(e-?\d+)?(?=[,\s])/g)) {
      const name = copied(`unsealed number at ${index}`);
      const other = String(Number(digits) * 1.001);
      writeFileSync(certificateOf(name), text.slice(0, index) + other + text.slice(index + digits.length));
    }
    const archive = readAllNpz(readFileSync(factorsOf(original)), "factors");
    if (!archive.ok) throw new Error(archive.message);
    for (const [key, array] of Object.entries(archive.arrays)) {
      writeFileSync(factorsOf(copied(`unsealed ${key}`)), writeNpz({ ...archive.arrays, [key]: nudged(array) }));
    }
    const found = secondOpinions(names);
    for (const name of names) {
      const verified = await verifyFile(certificateOf(name));
      expect(verified.ok && verified.report.valid, `${name}: verify`).toBe(false);
      expect(found.get(name)?.valid, `${name}: verify.py`).toBe(false);
    }
    expect(names.length).toBeGreaterThan(20);
  });

  it("says of what it does not cover that it does not, and its exit code says the same", () => {
    for (const name of Object.keys(NOT_COVERED)) expect(opinions.get(name)).toMatchObject({ covered: false });
    const exits = ["nuclear norm", "nuclear norm: a factor", "intercept"].map(
      (name) => spawnSync("python3", [path.join(independent, "verify.py"), certificateOf(name)]).status,
    );
    expect(exits).toEqual([0, 1, 3]);
  });
});
