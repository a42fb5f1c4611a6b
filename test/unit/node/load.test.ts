import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunOutcome, readCertificate, run, writeNpz } from "@optimality-lens/engine";
import {
  checkFile,
  dataFiles,
  type LoadedProblem,
  loadProblem,
  readFactors,
  verifyFile,
  writeRun,
} from "@optimality-lens/engine/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { savedArrays } from "../../../engine/src/certify/verify.ts";
import { parseConfig } from "../../../engine/src/config/parse.ts";
import { writeAtomically } from "../../../engine/src/node/files.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimality-load-"));
  path = join(folder, "a.optimality.yaml");
  writeFileSync(path, "data: {target: y.csv}\nmapping: {kind: matrix}\nlambda: {relative: 0.1}\n");
  writeFileSync(join(folder, "y.csv"), "1,2\n3,5\n4,4\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function load(): Promise<LoadedProblem> {
  const result = await loadProblem(path);
  if (!result.ok) throw new Error(result.findings[0]?.message);
  return result.loaded;
}

async function finish(loaded: LoadedProblem): Promise<RunOutcome> {
  const events = run(loaded.problem, {
    signal: { aborted: false },
    clock: () => performance.now(),
    pause: () => Promise.resolve(),
  });
  for (;;) {
    const next = await events.next();
    if (next.done === true) return next.value;
  }
}

describe("loadProblem and checkFile", () => {
  it("take the text of an editor instead of the disk's", async () => {
    expect(
      await checkFile(path, { text: "data: {target: y.csv}\nmapping: {kind: matrix}\nlambda: 0\n" }),
    ).toMatchObject([{ code: "invalid-value", path: "lambda" }]);
    expect(await checkFile(path)).toEqual([]);
    expect(await loadProblem(path, { text: "" })).toMatchObject({ ok: false, findings: [{ code: "missing-key" }] });
  });

  it("put ranges to findings about files", async () => {
    const [finding] = await checkFile(path, { text: "data:\n  target: z.csv\nmapping: matrix\nlambda: 1\n" });
    expect(finding).toMatchObject({
      code: "file-missing",
      range: { start: { line: 1, character: 10 }, end: { line: 1, character: 15 } },
    });
  });

  it("offer files of similar names, in the same folder and with the array's name", async () => {
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data/ratings.npz"), writeNpz({ y: { shape: [1, 1], data: Float64Array.from([1]) } }));
    const [finding] = await checkFile(path, {
      text: "data: {target: data/rating.npz#y}\nmapping: matrix\nlambda: 1\n",
    });
    expect(finding?.message).toBe("data.target: data/rating.npz does not exist; did you mean data/ratings.npz#y?");
    expect(finding?.suggestions).toMatchObject([
      { edits: [{ op: "set", path: "data.target", value: "data/ratings.npz#y" }] },
    ]);
    const [other] = await checkFile(path, { text: "data: {target: y.npy}\nmapping: matrix\nlambda: 1\n" });
    expect(other?.message).toBe("data.target: y.npy does not exist; did you mean y.csv?");
  });

  it("read a file again only when it changed", async () => {
    const text = "data: {target: y.csv, mask: m.csv}\nmapping: matrix\nlambda: 1\n";
    writeFileSync(join(folder, "m.csv"), "1,1\n1,1\n1,1\n");
    expect(await checkFile(path, { text })).toEqual([]);
    writeFileSync(join(folder, "m.csv"), "1,1,1\n1,1,1\n");
    expect(await checkFile(path, { text })).toMatchObject([{ code: "shape-mismatch", path: "data.mask" }]);
    // The same size and time: the facts are remembered.
    const past = new Date(1_600_000_000_000);
    utimesSync(join(folder, "m.csv"), past, past);
    expect(await checkFile(path, { text })).toHaveLength(1);
    writeFileSync(join(folder, "m.csv"), "1,1\n1,1\n1,1\n");
    writeFileSync(join(folder, "m.csv"), "x,1,1\n1,1,1\n".slice(0, 12));
    utimesSync(join(folder, "m.csv"), past, past);
    expect(await checkFile(path, { text })).toMatchObject([{ code: "shape-mismatch" }]);
  });

  it("say of both arrays at once what is wrong", async () => {
    const found = await checkFile(path, { text: "data: {target: a.csv, mask: b.csv}\nmapping: matrix\nlambda: 1\n" });
    expect(found.map((finding) => finding.path)).toEqual(["data.target", "data.mask"]);
  });

  it("look for the data also when other keys are wrong, and say everything at once", async () => {
    const text = "data: {target: gone.csv}\nmapping: {kind: matrx}\nlamda: 1\n";
    const codes = (findings: readonly { readonly code: string }[]) => findings.map(({ code }) => code).sort();
    expect(codes(await checkFile(path, { text }))).toEqual(["file-missing", "invalid-value", "unknown-key"]);
    const loaded = await loadProblem(path, { text });
    expect(loaded.ok).toBe(false);
    expect(codes(loaded.findings)).toEqual(codes(await checkFile(path, { text })));
  });

  it("agree: what check says, loading says too", async () => {
    writeFileSync(join(folder, "cube.json"), "[[[1]]]");
    writeFileSync(join(folder, "nan.csv"), "NaN,\n");
    writeFileSync(join(folder, "m.csv"), "1,2\n1,1\n1,1\n");
    for (const data of [
      "{target: cube.json}",
      "{target: nan.csv}",
      "{target: y.csv, mask: m.csv}",
      "{target: y.csv, mask: cube.json}",
      "{target: no.csv}",
    ]) {
      const text = `data: ${data}\nmapping: matrix\nlambda: 1\n`;
      const checked = await checkFile(path, { text });
      const loaded = await loadProblem(path, { text });
      expect(loaded.ok).toBe(false);
      expect(loaded.findings.map(({ code, path: at }) => [code, at])).toEqual(
        checked.map(({ code, path: at }) => [code, at]),
      );
      for (const finding of loaded.findings) expect(finding.explanation).not.toBe("");
    }
  });

  it("take a vector for one column", async () => {
    writeFileSync(join(folder, "v.json"), "[1, 2, 3]");
    writeFileSync(path, "data: {target: v.json}\nmapping: matrix\nlambda: 1\n");
    expect(await checkFile(path)).toEqual([]);
    expect((await load()).problem).toMatchObject({ shape: [3, 1], sizes: [3, 1] });
  });

  it("do not take model files for configs", async () => {
    writeFileSync(join(folder, "net.onnx"), "x");
    expect(await checkFile(join(folder, "net.onnx"))).toMatchObject([{ code: "unsupported" }]);
  });

  it("survive a circular link", async () => {
    symlinkSync("loop.csv", join(folder, "loop.csv"));
    const [finding] = await checkFile(path, { text: "data: {target: loop.csv}\nmapping: matrix\nlambda: 1\n" });
    expect(finding?.message).toContain("is a circular link");
  });

  it("name the files to watch", async () => {
    const text = "data: {target: y.csv, mask: m.npz#seen}\nmapping: matrix\nlambda: 1\nstart: {checkpoint: w.npz}\n";
    const parsed = parseConfig(text, { fileName: "a.optimality.yaml" });
    expect(dataFiles(path, parsed)).toEqual(["y.csv", "m.npz", "w.npz"].map((name) => join(folder, name)));
  });
});

describe("writeRun, readFactors, verifyFile", () => {
  it("write what verifies, and read the same factors back", async () => {
    const loaded = await load();
    const outcome = await finish(loaded);
    const written = await writeRun(loaded, outcome);
    expect(written).toEqual({ certificate: `${path}.certificate.json`, factors: `${path}.factors.npz` });
    expect(await readFactors(written.factors)).toEqual({
      ok: true,
      ...savedArrays(outcome),
    });
    expect(readCertificate(JSON.parse(readFileSync(written.certificate, "utf8")))).toMatchObject({
      ok: true,
      certificate: { config: { file: "a.optimality.yaml" }, factors: { file: "a.optimality.yaml.factors.npz" } },
    });
    expect(await verifyFile(written.certificate)).toMatchObject({
      ok: true,
      report: { valid: true, verdict: "global" },
    });
  });

  it("write a dual array when the outcome has one", async () => {
    const outcome = await finish(await load());
    const dual = { shape: [3, 2], data: Float64Array.from({ length: 6 }, (_, i) => i) };
    const factors = join(folder, "f.npz");
    writeFileSync(
      factors,
      writeNpz({
        factor1: { shape: [3, 0], data: new Float64Array() },
        factor2: { shape: [2, 0], data: new Float64Array() },
        dual,
      }),
    );
    expect(await readFactors(factors)).toMatchObject({
      ok: true,
      factors: [{ shape: [3, 0] }, { shape: [2, 0] }],
      dual,
    });
    expect(outcome.dual === null || outcome.dual.length === 6).toBe(true);
  });

  it("refuse factors that do not belong together", async () => {
    const one = { shape: [1, 1], data: Float64Array.from([1]) };
    const two = { shape: [2, 2], data: Float64Array.from([1, 2, 3, 4]) };
    const at = join(folder, "f.npz");
    const messageOf = async (arrays: Parameters<typeof writeNpz>[0]) => {
      writeFileSync(at, writeNpz(arrays));
      const read = await readFactors(at);
      return read.ok ? undefined : read.message;
    };
    expect(await messageOf({ factor2: one })).toMatch(/needs the arrays factor1, factor2, …/);
    expect(await messageOf({ factor1: one, factor2: two })).toMatch(/factor1 is 1×1 and factor2 is 2×2/);
  });

  it("say when the factors are of another matrix than the data", async () => {
    const loaded = await load();
    const written = await writeRun(loaded, await finish(loaded));
    writeFileSync(
      written.factors,
      writeNpz({
        factor1: { shape: [1, 1], data: Float64Array.from([1]) },
        factor2: { shape: [1, 1], data: Float64Array.from([1]) },
      }),
    );
    expect(await verifyFile(written.certificate)).toMatchObject({
      ok: false,
      message: expect.stringContaining("factor1 needs 3×1, one column per branch; these files do not belong together"),
    });
  });

  it("leave the old file when the new one cannot be written", async () => {
    const target = join(folder, "kept.txt");
    writeFileSync(target, "old");
    await writeAtomically(target, "new");
    expect(readFileSync(target, "utf8")).toBe("new");
    await expect(writeAtomically(join(folder, "no", "kept.txt"), "x")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
