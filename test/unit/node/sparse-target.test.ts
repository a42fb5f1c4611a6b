/** Sparse targets from the file to the certificate: the same numbers as with a dense table, and memory that goes with the entries. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunOutcome } from "@optimality-lens/engine";
import { readTarget, writeNpz } from "@optimality-lens/engine";
import { checkFile, loadProblem, readFactors, verifyFile, writeRun } from "@optimality-lens/engine/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { solve } from "../../support/problems.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimality-sparse-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Listed {
  readonly shape: readonly [number, number];
  readonly row: readonly number[];
  readonly column: readonly number[];
  readonly value: readonly number[];
}

/** A noisy table of rank 2, every tenth entry or so observed; in no order. */
function listed(rows: number, columns: number, every: number): Listed {
  const normal = normalStream(20);
  const factor = (length: number) => Array.from({ length }, () => [normal(), normal()]);
  const [u, v] = [factor(rows), factor(columns)];
  const places: number[] = [];
  for (let k = 0; k < rows * columns; k++) if ((k * 7919) % (every * 101) < 101) places.push(k);
  places.sort((a, b) => ((a * 31) % 1009) - ((b * 31) % 1009) || a - b);
  const row = places.map((k) => Math.floor(k / columns));
  const column = places.map((k) => k % columns);
  const value = row.map((i, k) => u[i][0] * v[column[k]][0] + u[i][1] * v[column[k]][1] + 0.1 * normal());
  return { shape: [rows, columns], row, column, value };
}

function npz({ shape, row, column, value }: Listed): Uint8Array {
  const vector = (numbers: readonly number[]) => ({ shape: [numbers.length], data: Float64Array.from(numbers) });
  return writeNpz({ row: vector(row), col: vector(column), value: vector(value), shape: vector(shape) });
}

function csv({ shape: [rows, columns], row, column, value }: Listed): string {
  const cells = Array.from({ length: rows }, () => new Array<string>(columns).fill(""));
  value.forEach((x, k) => {
    cells[row[k]][column[k]] = String(x);
  });
  return `${cells.map((line) => line.join(",")).join("\n")}\n`;
}

function mtx({ shape, row, column, value }: Listed): string {
  const lines = value.map((x, k) => `${row[k] + 1} ${column[k] + 1} ${x}`);
  return `%%MatrixMarket matrix coordinate real general\n${shape.join(" ")} ${value.length}\n${lines.join("\n")}\n`;
}

function place(target: string, content: string | Uint8Array, lines: string): string {
  writeFileSync(join(folder, target), content);
  const path = join(folder, `${target}.optimality.yaml`);
  writeFileSync(path, `data: {target: ${target}}\n${lines}`);
  return path;
}

async function diagnosed(path: string) {
  const read = await loadProblem(path);
  if (!read.ok) throw new Error(read.findings[0]?.message);
  const { outcome } = await solve(read.loaded.problem);
  return { outcome, files: await writeRun(read.loaded, outcome) };
}

/** All that a run says but how long it took. */
function said({ result, factors, dual }: RunOutcome) {
  return { result: { ...result, seconds: 0 }, factors, dual };
}

describe("a sparse target", () => {
  const MATRIX = "mapping: {kind: matrix}\nlambda: {relative: 0.4}\n";
  it.each([
    ["matrix", MATRIX],
    ["matrix, intercept and outliers", `${MATRIX}extra: {intercept: true, outliers: {l1: 1}}\n`],
    ["matrix, ℓ1 on one side", `${MATRIX}regularizer: {kind: product, norms: [l2, l1]}\nsearch: {maxIterations: 30}\n`],
    ["symmetric", "mapping: {kind: symmetric}\nlambda: {relative: 0.4}\n"],
    ["cp", "mapping: {kind: cp}\nlambda: {relative: 0.4}\n"],
  ])("gives the numbers of the dense table to the last bit, and a certificate that holds: %s", async (_, lines) => {
    const data = listed(60, 60, 5);
    const dense = await diagnosed(place("y.csv", csv(data), lines));
    for (const [target, content] of [
      ["y.npz", npz(data)],
      ["y.mtx", mtx(data)],
    ] as const) {
      const { outcome, files } = await diagnosed(place(target, content, lines));
      expect(said(outcome)).toEqual(said(dense.outcome));
      expect(await verifyFile(files.certificate)).toMatchObject({
        ok: true,
        report: { valid: true, verdict: outcome.result.verdict },
      });
    }
  });

  it("with a tenth of 300 × 150 observed is certified, and a changed entry is found", async () => {
    const data = listed(300, 150, 10);
    const { outcome, files } = await diagnosed(place("y.npz", npz(data), MATRIX));
    expect(outcome.result.verdict).toBe("global");
    writeFileSync(join(folder, "y.npz"), npz({ ...data, value: data.value.with(17, data.value[17] + 1e-9) }));
    const again = await verifyFile(files.certificate);
    expect(again).toMatchObject({ ok: true, report: { valid: false } });
    const failed = again.ok ? again.report.checks.filter((check) => !check.ok).map(({ name }) => name) : [];
    expect(failed).toContain("digest of target");
  });

  it("of 60,000 × 50,000, 24 GB if it were dense: entries that share no line cost what each costs alone", async () => {
    const shape = [60_000, 50_000] as const;
    const value = Array.from({ length: 400 }, (_, k) => (k < 5 ? 20 - k : Math.cos(k)) * (k % 2 === 0 ? 1 : -1));
    const row = value.map((_, k) => (k * 149) % shape[0]);
    const column = value.map((_, k) => (k * 123) % shape[1]);
    const lambda = 3;
    // ‖X‖_* is not below Σ|x_k|, so each entry is on its own: y is shrunk by λ.
    const optimum = value.reduce((sum, y) => {
      const size = Math.abs(y);
      return sum + (size > lambda ? lambda * (size - lambda) + lambda ** 2 / 2 : size ** 2 / 2);
    }, 0);
    const path = place("y.npz", npz({ shape, row, column, value }), `mapping: {kind: matrix}\nlambda: ${lambda}\n`);
    const { outcome, files } = await diagnosed(path);
    expect(outcome.result).toMatchObject({ verdict: "global" });
    expect(Math.abs(outcome.result.objective - optimum)).toBeLessThanOrEqual(1e-6 * optimum);
    expect(outcome.result.polar?.method).toBe("Lanczos, bounded by the moduli of the entries");
    expect(await verifyFile(files.certificate)).toMatchObject({ ok: true, report: { valid: true, verdict: "global" } });
  });

  it("leaves one number per observed entry where an earlier point bounds better, and that one counts", async () => {
    const data = listed(40, 30, 4);
    const path = place("y.npz", npz(data), `${MATRIX}search: {maxIterations: 12}\n`);
    const read = await loadProblem(path);
    if (!read.ok) throw new Error("the config is valid");
    const { outcome } = await solve(read.loaded.problem);
    const dual = Float64Array.from(data.value, (_, k) => outcome.assessment.evaluation.negativeGradient[k]);
    expect(dual).toHaveLength(data.value.length);
    const files = await writeRun(read.loaded, { ...outcome, dual });
    const saved = await readFactors(files.factors);
    expect(saved).toMatchObject({ ok: true, dual: { shape: [data.value.length], data: dual } });
  });

  it("takes a mask, whose hidden entries are not seen", async () => {
    const data = listed(20, 10, 3);
    const mask = Array.from({ length: 20 }, (_, i) =>
      Array.from({ length: 10 }, (_e, j) => ((i + j) % 2 === 0 ? 1 : 0)),
    );
    writeFileSync(join(folder, "m.csv"), `${mask.map((line) => line.join(",")).join("\n")}\n`);
    const masked = async (target: string, content: string | Uint8Array) => {
      const path = place(target, content, MATRIX);
      writeFileSync(path, readFileSync(path, "utf8").replace("}", ", mask: m.csv}"));
      const read = await loadProblem(path);
      if (!read.ok) throw new Error(read.findings[0]?.message);
      return read.loaded.problem.target;
    };
    expect(await masked("y.mtx", mtx(data))).toEqual(await masked("y.csv", csv(data)));
  });

  it("is checked without a run: its shape, its entries, its loss", async () => {
    const data = listed(20, 10, 3);
    const codes = async (path: string) => (await checkFile(path)).map(({ code, message }) => `${code}: ${message}`);
    expect(await codes(place("y.mtx", mtx(data), MATRIX))).toEqual([]);
    expect(await codes(place("y.mtx", mtx(data), "mapping: {kind: symmetric}\nlambda: 1\n"))).toEqual([
      "shape-mismatch: data.target: y.mtx has 2 axes (20 × 10); mapping.kind: symmetric needs a square table",
    ]);
    expect(await codes(place("y.mtx", mtx({ ...data, row: [], column: [], value: [] }), MATRIX))).toEqual([
      expect.stringContaining("invalid-data: data.target: y.mtx has no observed entry (20 × 10"),
    ]);
    expect(await codes(place("y.npz", npz(data), `loss: cross-entropy\n${MATRIX}`))).toEqual([
      "unsupported: data.target: y.npz is a sparse table, and loss: cross-entropy needs the class of every sample; give a dense array",
    ]);
    expect(await codes(place("y.mtx", mtx({ ...data, column: data.column.map((j) => j + 1) }), MATRIX))).toEqual([
      expect.stringMatching(/^invalid-data: data\.target: y\.mtx: line \d+: .* is not in a table of 20 × 10/),
    ]);
  });

  it("names the place of an entry that the loss cannot take", async () => {
    const counts = { shape: [3, 3] as const, row: [2, 0], column: [1, 2], value: [-1, 4] };
    const read = await loadProblem(place("y.npz", npz(counts), `loss: poisson\n${MATRIX}`));
    expect(read.ok ? "read" : read.findings[0]?.message).toMatch(
      /row 3, column 2 of y\.npz is -1, which for loss: poisson/,
    );
  });

  it("is not what a mask can be", async () => {
    const data = listed(20, 10, 3);
    const path = place("y.csv", csv(data), MATRIX);
    writeFileSync(join(folder, "m.npz"), npz(data));
    writeFileSync(path, readFileSync(path, "utf8").replace("}", ", mask: m.npz}"));
    expect((await checkFile(path)).map(({ message }) => message)).toEqual([
      "data.mask: m.npz: is a sparse table, which only data.target may be; save a dense array, as .npy for example",
    ]);
    expect(readTarget(npz(data), "m.npz").ok).toBe(true);
  });
});
