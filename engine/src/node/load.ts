/**
 * Configs, arrays and certificates on disk: the file side of the engine for the command line and the extension's worker.
 * Everything that can be wrong with files comes back as findings or a message; what is thrown is a fault of ours.
 */
import { basename, dirname, join, resolve } from "node:path";
import { readCertificate, savedArrays, type VerifyReport, verify, writeCertificate } from "../certify/verify.ts";
import type { Config } from "../config/config.ts";
import { splitArrayName } from "../config/data-file.ts";
import { type ParsedConfig, parseConfig } from "../config/parse.ts";
import { formatPath } from "../config/path.ts";
import { MAX_TEXT_LENGTH } from "../config/source.ts";
import type { Finding } from "../diagnose/finding.ts";
import { explain } from "../diagnose/pages.ts";
import { staticFindings } from "../diagnose/static.ts";
import type { LayerGraph } from "../homogeneity/graph.ts";
import type { ReadModel } from "../homogeneity/graph-builder.ts";
import { factorsFrom } from "../problem/checkpoint.ts";
import { constraintMisfit } from "../problem/constraint-place.ts";
import { escapeOf } from "../problem/escape.ts";
import { type ArrayShapes, misfitOf, sampleShape, shapeText, sliceShapes } from "../problem/fit.ts";
import { planNetwork } from "../problem/mapping/network-plan.ts";
import { needsTensor } from "../problem/model.ts";
import { buildProblem, type Problem, type ProblemArrays } from "../problem/problem.ts";
import type { RunOutcome } from "../run.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ENGINE_VERSION } from "../version.ts";
import { type ArrayFacts, arrayFacts } from "./arrays.ts";
import { configModel, type LayerTable } from "./config-model.ts";
import { factorsBytes, readFactors } from "./factors-file.ts";
import { readBytes, statFile, writeAtomically } from "./files.ts";
import { checkModelFile, readModelGraph } from "./models.ts";
import { constraintFiles, loadArrays } from "./problem-arrays.ts";
import { loadTensor } from "./tensor.ts";

export { readFactors } from "./factors-file.ts";

export interface LoadedProblem {
  readonly configPath: string;
  readonly config: Config;
  readonly problem: Problem;
  readonly arrays: ProblemArrays;
}

export interface ReadOptions {
  /** The text of the config, when an editor holds a newer one than the disk. */
  readonly text?: string;
  /** ONNX is read by a module of its own, so that editors need not load it. */
  readonly readOnnx?: (bytes: Uint8Array) => Promise<ReadModel>;
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
  const arrays = await loadArrays(configPath, config, { checkpoint: true, named: parsed.named });
  if (!arrays.ok) return { ok: false, findings: arrays.findings.map((finding) => complete(finding, parsed)) };
  const built = buildProblem(config, arrays.arrays, await tensorFor(config));
  if (!built.ok) return { ok: false, findings: built.findings.map((finding) => complete(finding, parsed)) };
  const { problem } = built;
  const graph = await modelGraph(configPath, config, options);
  const escaping = escapeOf(problem);
  const facts = {
    shape: problem.shape,
    ...(problem.config.data.sensing !== undefined && "observation" in problem.mapping
      ? { modelShape: [problem.mapping.observation.rows, problem.mapping.observation.columns] as const }
      : {}),
    outputs: problem.target.columns,
    ...(graph === undefined ? {} : { graph }),
    ...(escaping === undefined ? {} : { escape: escaping }),
  };
  const findings = staticFindings(config, facts).map((finding) => complete(finding, parsed));
  return { ok: true, loaded: { configPath, config, problem, arrays: arrays.arrays }, findings };
}

/** TensorFlow.js is loaded by problems that need it. */
async function tensorFor(config: Config): Promise<{ readonly tensor?: Tensor }> {
  return needsTensor(config) ? { tensor: await loadTensor() } : {};
}

/** All that can be said without running, of a config or a bare model.json: for the Problems panel and `optimality check`. Arrays are read once per change on disk. */
export async function checkFile(path: string, options: ReadOptions = {}): Promise<readonly Finding[]> {
  const model = await checkModelFile(path, options);
  return model === undefined ? (await checkConfig(path, options)).findings : model.findings;
}

/** The same with the table of layers, of a model file or of the network of a config. */
export async function checkLayers(
  path: string,
  options: ReadOptions = {},
): Promise<{ readonly findings: readonly Finding[]; readonly table: LayerTable | undefined }> {
  const model = await checkModelFile(path, options);
  if (model !== undefined) return { findings: model.findings, table: model };
  const { findings, config, graph } = await checkConfig(path, options);
  return { findings, table: config === undefined ? undefined : configModel(config, graph) };
}

interface CheckedConfig {
  readonly findings: readonly Finding[];
  /** Undefined where it has errors. */
  readonly config?: Config;
  /** The layers of the model file that it names. */
  readonly graph?: LayerGraph | undefined;
}

async function checkConfig(configPath: string, options: ReadOptions): Promise<CheckedConfig> {
  const read = await readConfig(configPath, options);
  if (!read.ok) return { findings: read.findings };
  const { parsed, config } = read;
  const results = await Promise.all(
    ARRAY_ROLES.map((role) => {
      const name = config.data[role];
      return name === undefined ? undefined : arrayFacts(configPath, `data.${role}`, name);
    }),
  );
  const findings: Finding[] = results.flatMap((result) => (result?.ok === false ? [result.finding] : []));
  const [target, mask, input, sensing] = results.map((result) => (result?.ok === true ? result.facts : undefined));
  findings.push(...fitFindings(config, { target, mask, input, sensing }));
  findings.push(...(await constraintFindings(configPath, config, parsed, { target, sensing })));
  const graph = await modelGraph(configPath, config, options);
  findings.push(
    ...staticFindings(config, {
      ...(target === undefined ? {} : { shape: target.shape }),
      ...(sensing === undefined ? {} : { modelShape: [sensing.shape[1], sensing.shape[2] ?? sensing.shape[1]] }),
      ...(graph === undefined ? {} : { graph }),
    }),
  );
  return { findings: findings.map((finding) => complete(finding, parsed)), config, graph };
}

/** Writes `FILE.factors.npz`, then `FILE.certificate.json`, each all or nothing. Throws when the folder cannot be written to. */
export async function writeRun(
  loaded: LoadedProblem,
  outcome: RunOutcome,
): Promise<{ readonly certificate: string; readonly factors: string }> {
  const { configPath, config, arrays } = loaded;
  const factorsPath = `${configPath}.factors.npz`;
  const certificatePath = `${configPath}.certificate.json`;
  const record = writeCertificate(config, arrays, outcome, {
    config: basename(configPath),
    factors: basename(factorsPath),
    engine: ENGINE_VERSION,
  });
  await writeAtomically(factorsPath, factorsBytes(savedArrays(outcome)));
  await writeAtomically(certificatePath, `${JSON.stringify(record, null, 2)}\n`);
  return { certificate: certificatePath, factors: factorsPath };
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
  const arrays = await loadArrays(configPath, config.config, { checkpoint: false });
  if (!arrays.ok) return { ok: false, message: firstProblem(certificate.config.file, arrays.findings) };
  const saved = await readFactors(join(folder, certificate.factors.file));
  if (!saved.ok) return saved;
  const built = buildProblem(config.config, arrays.arrays, await tensorFor(config.config));
  if (!built.ok) return { ok: false, message: firstProblem(certificate.config.file, built.findings) };
  const { problem } = built;
  const fitting = factorsFrom(saved.factors, problem.mapping);
  if (!fitting.ok) {
    return {
      ok: false,
      message: `${certificate.factors.file}: ${fitting.message}; these files do not belong together`,
    };
  }
  const { factors, dual, proofs } = saved;
  const report = verify(certificate, {
    config: config.config,
    arrays: arrays.arrays,
    problem,
    factors,
    dual,
    proofs,
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
  const arrays = parsed.named.filter(({ hold }) => hold === "array");
  const facts = await Promise.all(arrays.map(({ path, file }) => arrayFacts(configPath, path, file)));
  return facts.flatMap((result) => (result.ok ? [] : [complete(result.finding, parsed)]));
}

/** What `buildProblem` would say about shapes, from the cached facts alone. */
function fitFindings(config: Config, facts: Readonly<Record<ArrayRole, ArrayFacts | undefined>>): Finding[] {
  const { target, mask } = facts;
  if (target === undefined) return [];
  const finding = (code: "shape-mismatch" | "invalid-data", path: string, message: string): Finding[] => [
    { code, severity: "error", path, message, explanation: explain(code), suggestions: [] },
  ];
  const shapes = { target: target.shape, isSparse: target.isSparse, ...shapesOf(facts) };
  const misfit = misfitOf(config, shapes);
  if (misfit !== undefined)
    return [{ ...misfit, severity: "error", explanation: explain(misfit.code), suggestions: [] }];
  if (mask?.isBinary === false) {
    const message = `data.mask: ${config.data.mask} holds other values than 0 and 1; a mask holds 1 (observed) or 0 (hidden)`;
    return finding("invalid-data", "data.mask", message);
  }
  if (target.observed === 0) {
    const message = `data.target: ${config.data.target} has no observed entry (${shapeText(target.shape)}, every cell empty or NaN); give at least one number`;
    return finding("invalid-data", "data.target", message);
  }
  const unfit = layersMisfit(config, shapes);
  return unfit === undefined ? [] : finding("shape-mismatch", unfit.path, unfit.message);
}

/** Constraints against the slices, where the data says what these are like; whether their matrices can be read. */
async function constraintFindings(
  configPath: string,
  config: Config,
  { named }: ParsedConfig,
  { target, sensing }: Readonly<Record<"target" | "sensing", ArrayFacts | undefined>>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const shapes = new Map<string, readonly number[]>();
  for (const { key, file } of constraintFiles(config, named)) {
    const result = await arrayFacts(configPath, key, file);
    if (result.ok) shapes.set(file, result.facts.shape);
    else findings.push(result.finding);
  }
  const slices = target === undefined ? [] : sliceShapes(config, target.shape, sensing?.shape);
  const misfit = constraintMisfit(config.regularizer, slices, shapes);
  if (misfit !== undefined) findings.push({ ...misfit, severity: "error", explanation: "", suggestions: [] });
  return findings;
}

/** The layers against the shapes of input and target. Class indices do not say how many classes there are. */
function layersMisfit(
  config: Config,
  { target, input }: ArrayShapes,
): { readonly path: string; readonly message: string } | undefined {
  const { mapping, loss } = config;
  if (mapping.kind !== "network" || !("layers" in mapping) || input === undefined) return undefined;
  const outputs = target[1] ?? 1;
  if (loss.kind === "cross-entropy" && outputs === 1) return undefined;
  const planned = planNetwork(mapping.layers, { inputShape: sampleShape(config, input), outputs, samples: input[0] });
  if (planned.ok) return undefined;
  const path = formatPath(["mapping", "layers", ...planned.layer]);
  return { path, message: `${path}: ${planned.message}` };
}

const ARRAY_ROLES = ["target", "mask", "input", "sensing"] as const;
type ArrayRole = (typeof ARRAY_ROLES)[number];

function shapesOf(facts: Readonly<Record<ArrayRole, ArrayFacts | undefined>>): Omit<ArrayShapes, "target"> {
  const { mask, input, sensing } = facts;
  return {
    ...(mask === undefined ? {} : { mask: mask.shape }),
    ...(input === undefined ? {} : { input: input.shape }),
    ...(sensing === undefined ? {} : { sensing: sensing.shape }),
  };
}

/** The layers of `mapping.model`, as far as the file can be read; what is wrong with it is said where it is checked itself. */
async function modelGraph(
  configPath: string,
  { mapping }: Config,
  options: ReadOptions,
): Promise<LayerGraph | undefined> {
  if (mapping.kind !== "network" || !("model" in mapping)) return undefined;
  return await readModelGraph(resolve(dirname(configPath), mapping.model), options);
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
export function dataFiles(configPath: string, parsed: Pick<ParsedConfig, "named">): readonly string[] {
  return parsed.named.map(({ file }) => resolve(dirname(configPath), splitArrayName(file).file));
}
