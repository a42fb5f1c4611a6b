/**
 * Configs, arrays and certificates on disk: the file side of the engine for the command line and the extension's worker.
 * Everything that can be wrong with files comes back as findings or a message; what is thrown is a fault of ours.
 */
import { basename, dirname, join, resolve } from "node:path";
import { readCertificate, type VerifyReport, verify, writeCertificate } from "../certify/verify.ts";
import type { Config } from "../config/config.ts";
import { splitArrayName } from "../config/normalize.ts";
import { type ParsedConfig, parseConfig } from "../config/parse.ts";
import { MAX_TEXT_LENGTH } from "../config/source.ts";
import { readAllNpz, writeNpz } from "../data/npz.ts";
import type { Finding } from "../diagnose/finding.ts";
import { explain } from "../diagnose/pages.ts";
import { staticFindings } from "../diagnose/static.ts";
import type { Factors } from "../problem/factors.ts";
import { buildProblem, type Problem, type ProblemArrays } from "../problem/problem.ts";
import type { RunOutcome } from "../run.ts";
import { ENGINE_VERSION } from "../version.ts";
import { type ArrayFacts, arrayFacts, loadArray } from "./arrays.ts";
import { readBytes, statFile, writeAtomically } from "./files.ts";
import { checkModelFile } from "./models.ts";

export interface LoadedProblem {
  readonly configPath: string;
  readonly config: Config;
  readonly problem: Problem;
  readonly arrays: ProblemArrays;
}

export interface ReadOptions {
  /** The text of the config, when an editor holds a newer one than the disk. */
  readonly text?: string;
}

/** UTF-8 needs at most three bytes per UTF-16 unit. */
const MAX_CONFIG_BYTES = 3 * MAX_TEXT_LENGTH;
const MAX_CERTIFICATE_BYTES = 64 * 2 ** 20;

/** Config and arrays, ready to run. Findings of an `ok` answer are static ones (degrees, widths); the others say why not. */
export async function loadProblem(
  configPath: string,
  options: ReadOptions = {},
): Promise<
  | { readonly ok: true; readonly loaded: LoadedProblem; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] }
> {
  const read = await readConfig(configPath, options);
  if (!read.ok) return read;
  const { parsed, config } = read;
  const arrays = await loadArrays(configPath, config, parsed);
  if (!arrays.ok) return arrays;
  const built = buildProblem(config, arrays.arrays);
  if (!built.ok) return { ok: false, findings: built.findings.map((finding) => complete(finding, parsed)) };
  const shape = { rows: built.problem.rows, columns: built.problem.columns };
  const findings = staticFindings(config, shape).map((finding) => complete(finding, parsed));
  return { ok: true, loaded: { configPath, config, problem: built.problem, arrays: arrays.arrays }, findings };
}

/** All that can be said without running, of a config or a bare model.json: for the Problems panel and `optimality check`. Arrays are read once per change on disk. */
export async function checkFile(configPath: string, options: ReadOptions = {}): Promise<readonly Finding[]> {
  const model = await checkModelFile(configPath, options);
  if (model !== undefined) return model.findings;
  const read = await readConfig(configPath, options);
  if (!read.ok) return read.findings;
  const { parsed, config } = read;
  const [target, mask] = await Promise.all([
    arrayFacts(configPath, "data.target", config.data.target),
    config.data.mask === undefined ? undefined : arrayFacts(configPath, "data.mask", config.data.mask),
  ]);
  const findings: Finding[] = [];
  if (!target.ok) findings.push(target.finding);
  if (mask !== undefined && !mask.ok) findings.push(mask.finding);
  if (target.ok) findings.push(...fitFindings(config, target.facts, mask?.ok === true ? mask.facts : undefined));
  const shape =
    target.ok && target.facts.shape.length <= 2
      ? { rows: target.facts.shape[0] ?? 1, columns: target.facts.shape[1] ?? 1 }
      : undefined;
  findings.push(...staticFindings(config, shape));
  return findings.map((finding) => complete(finding, parsed));
}

/** Writes `FILE.factors.npz`, then `FILE.certificate.json`, each all or nothing. Throws when the folder cannot be written to. */
export async function writeRun(
  loaded: LoadedProblem,
  outcome: RunOutcome,
): Promise<{ readonly certificate: string; readonly factors: string }> {
  const { configPath, config, arrays, problem } = loaded;
  const { factors } = outcome;
  const factorsPath = `${configPath}.factors.npz`;
  const certificatePath = `${configPath}.certificate.json`;
  const record = writeCertificate(config, arrays, outcome, {
    config: basename(configPath),
    factors: basename(factorsPath),
    engine: ENGINE_VERSION,
  });
  await writeAtomically(
    factorsPath,
    writeNpz({
      factor1: { shape: [problem.rows, factors.branches], data: factors.u },
      factor2: { shape: [problem.columns, factors.branches], data: factors.v },
      ...(outcome.dual === null ? {} : { dual: { shape: [problem.rows, problem.columns], data: outcome.dual } }),
    }),
  );
  await writeAtomically(certificatePath, `${JSON.stringify(record, null, 2)}\n`);
  return { certificate: certificatePath, factors: factorsPath };
}

/** The factors of a run, and its dual array when it has one. */
export async function readFactors(path: string): Promise<
  | {
      readonly ok: true;
      readonly factors: Factors;
      readonly rows: number;
      readonly columns: number;
      readonly dual: Float64Array | null;
    }
  | { readonly ok: false; readonly message: string }
> {
  const name = basename(path);
  const read = await readBytes(path);
  if (!read.ok) return { ok: false, message: `${name}: ${read.message}` };
  const archive = readAllNpz(read.bytes, name);
  if (!archive.ok) return archive;
  const { factor1, factor2, dual } = archive.arrays;
  if (factor1 === undefined || factor2 === undefined)
    return { ok: false, message: `${name}: needs the arrays factor1 and factor2; run optimality diagnose again` };
  const [rows, branches, ...rest1] = factor1.shape;
  const [columns, branches2, ...rest2] = factor2.shape;
  if (
    rows === undefined ||
    columns === undefined ||
    branches === undefined ||
    branches !== branches2 ||
    rest1.length + rest2.length > 0
  ) {
    return {
      ok: false,
      message: `${name}: factor1 is ${factor1.shape.join("×")} and factor2 is ${factor2.shape.join("×")}; both need one column per branch`,
    };
  }
  if (dual !== undefined && (dual.shape.length !== 2 || dual.shape[0] !== rows || dual.shape[1] !== columns)) {
    return {
      ok: false,
      message: `${name}: dual is ${dual.shape.join("×")}, but the factors make a ${rows}×${columns} matrix`,
    };
  }
  return { ok: true, factors: { branches, u: factor1.data, v: factor2.data }, rows, columns, dual: dual?.data ?? null };
}

/** The independent check of a certificate file with the config, data and factors beside it. */
export async function verifyFile(
  certificatePath: string,
): Promise<{ readonly ok: true; readonly report: VerifyReport } | { readonly ok: false; readonly message: string }> {
  const name = basename(certificatePath);
  const read = await readBytes(certificatePath, MAX_CERTIFICATE_BYTES);
  if (!read.ok) return { ok: false, message: `${name}: ${read.message}${didYouMean(read.similar)}` };
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(read.bytes));
  } catch {
    return {
      ok: false,
      message: `${name}: is not a certificate (not valid JSON); run optimality diagnose to write one`,
    };
  }
  const parsed = readCertificate(json);
  if (!parsed.ok) return { ok: false, message: `${name}: ${parsed.message}` };
  const { certificate } = parsed;
  const folder = dirname(certificatePath);
  const configPath = join(folder, certificate.config.file);
  const config = await readConfig(configPath, {});
  if (!config.ok) return { ok: false, message: firstProblem(certificate.config.file, config.findings) };
  const arrays = await loadArrays(configPath, config.config, config.parsed, { checkpoint: false });
  if (!arrays.ok) return { ok: false, message: firstProblem(certificate.config.file, arrays.findings) };
  const factors = await readFactors(join(folder, certificate.factors.file));
  if (!factors.ok) return factors;
  const built = buildProblem(config.config, arrays.arrays);
  if (!built.ok) return { ok: false, message: firstProblem(certificate.config.file, built.findings) };
  if (factors.rows !== built.problem.rows || factors.columns !== built.problem.columns) {
    const target = `${built.problem.rows}×${built.problem.columns}`;
    return {
      ok: false,
      message: `${certificate.factors.file}: makes a ${factors.rows}×${factors.columns} matrix, but data.target is ${target}; these files do not belong together`,
    };
  }
  const report = verify(certificate, {
    config: config.config,
    arrays: arrays.arrays,
    factors: factors.factors,
    dual: factors.dual,
  });
  return { ok: true, report };
}

async function readConfig(
  configPath: string,
  options: ReadOptions,
): Promise<
  | { readonly ok: true; readonly config: Config; readonly parsed: ParsedConfig }
  | { readonly ok: false; readonly findings: readonly Finding[] }
> {
  const name = basename(configPath);
  let text = options.text;
  if (/\.(onnx|h5|keras|pt|pth)$/i.test(name)) {
    return {
      ok: false,
      findings: [
        wholeFile(
          "unsupported",
          `${name}: model files are not supported yet; this version does configs (*.optimality.yaml)`,
        ),
      ],
    };
  }
  if (text === undefined) {
    const found = await statFile(configPath, MAX_CONFIG_BYTES);
    // An empty config has a better message than an empty file.
    if (!found.ok && found.message.startsWith("is empty")) text = "";
    else {
      const read = found.ok ? await readBytes(configPath, MAX_CONFIG_BYTES) : found;
      if (!read.ok)
        return {
          ok: false,
          findings: [wholeFile("file-missing", `${name}: ${read.message}${didYouMean(read.similar)}`)],
        };
      text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(read.bytes);
    }
  }
  const parsed = parseConfig(text, { fileName: name });
  if (parsed.config !== undefined) return { ok: true, config: parsed.config, parsed };
  return { ok: false, findings: [...parsed.findings, ...(await unreadableFiles(configPath, parsed))] };
}

/** What is wrong with the files that a config names whose other keys are wrong too: everything is said at once. */
async function unreadableFiles(configPath: string, parsed: ParsedConfig): Promise<Finding[]> {
  const facts = await Promise.all(parsed.named.map(({ path, file }) => arrayFacts(configPath, path, file)));
  return facts.flatMap((result) => (result.ok ? [] : [complete(result.finding, parsed)]));
}

/** A certificate is checked without the checkpoint that its run started from. */
async function loadArrays(
  configPath: string,
  config: Config,
  parsed: ParsedConfig,
  wanted: { readonly checkpoint: boolean } = { checkpoint: true },
): Promise<
  { readonly ok: true; readonly arrays: ProblemArrays } | { readonly ok: false; readonly findings: readonly Finding[] }
> {
  const target = await loadArray(configPath, "data.target", config.data.target);
  const mask = config.data.mask === undefined ? undefined : await loadArray(configPath, "data.mask", config.data.mask);
  const findings = [target, mask].flatMap((result) =>
    result === undefined || result.ok ? [] : [complete(result.finding, parsed)],
  );
  const checkpoint =
    config.start.kind === "checkpoint" && wanted.checkpoint
      ? await readFactors(resolve(dirname(configPath), config.start.file))
      : undefined;
  if (checkpoint?.ok === false) {
    const message = `start.checkpoint: ${checkpoint.message}; the path is relative to the config's folder`;
    const code = checkpoint.message.includes("does not exist") ? "file-missing" : "invalid-data";
    const finding = { code, severity: "error", message, path: "start.checkpoint" } as const;
    findings.push(complete({ ...finding, explanation: explain(code), suggestions: [] }, parsed));
  }
  if (!target.ok || (mask !== undefined && !mask.ok) || checkpoint?.ok === false) return { ok: false, findings };
  return {
    ok: true,
    arrays: {
      target: target.array,
      ...(mask === undefined ? {} : { mask: mask.array }),
      ...(checkpoint === undefined ? {} : { checkpoint: checkpoint.factors }),
    },
  };
}

/** What `buildProblem` would say about shapes, from the cached facts alone. */
function fitFindings(config: Config, target: ArrayFacts, mask: ArrayFacts | undefined): Finding[] {
  const shown = (shape: readonly number[]): string => (shape.length === 1 ? `${shape[0]} × 1` : shape.join(" × "));
  const finding = (code: "shape-mismatch" | "invalid-data", path: string, message: string): Finding[] => [
    { code, severity: "error", path, message: `${path}: ${message}`, explanation: explain(code), suggestions: [] },
  ];
  if (target.shape.length === 0 || target.shape.length > 2) {
    return finding(
      "shape-mismatch",
      "data.target",
      `${config.data.target} has ${target.shape.length} axes (${shown(target.shape)}); mapping.kind: matrix needs a table with 2`,
    );
  }
  if (mask !== undefined && shown(mask.shape) !== shown(target.shape)) {
    return finding(
      "shape-mismatch",
      "data.mask",
      `${config.data.mask} is ${shown(mask.shape)}, but data.target ${config.data.target} is ${shown(target.shape)}; give both the same shape`,
    );
  }
  if (mask?.isBinary === false)
    return finding(
      "invalid-data",
      "data.mask",
      `${config.data.mask} holds other values than 0 and 1; a mask holds 1 (observed) or 0 (hidden)`,
    );
  if (target.observed === 0) {
    return finding(
      "invalid-data",
      "data.target",
      `${config.data.target} has no observed entry (${shown(target.shape)}, every cell empty or NaN); give at least one number`,
    );
  }
  return [];
}

function complete(finding: Finding, parsed: ParsedConfig): Finding {
  const range = finding.range ?? parsed.locate(finding.path);
  const explanation = finding.explanation === "" ? explain(finding.code) : finding.explanation;
  return { ...finding, explanation, ...(range === undefined ? {} : { range }) };
}

function wholeFile(code: "file-missing" | "unsupported", message: string): Finding {
  return { code, severity: "error", message, path: "", explanation: explain(code), suggestions: [] };
}

function firstProblem(file: string, findings: readonly Finding[]): string {
  const [first, ...others] = findings;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const message = first?.message ?? "cannot be used";
  return message.startsWith(`${file}:`) ? `${message}${more}` : `${file}: ${message}${more}`;
}

function didYouMean(similar: readonly string[]): string {
  return similar.length === 0 ? "" : `; did you mean ${similar.join(" or ")}?`;
}

/** The files a config reads, absolute: what an editor has to watch. */
export function dataFiles(configPath: string, config: Config): readonly string[] {
  const names = [config.data.target, ...(config.data.mask === undefined ? [] : [config.data.mask])];
  if (config.start.kind === "checkpoint") names.push(config.start.file);
  return names.map((name) => resolve(dirname(configPath), splitArrayName(name).file));
}
