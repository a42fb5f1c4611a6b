/**
 * What the language room asks of the engine. Built as a bundle of its own and loaded when the first config is met, so that
 * activation carries no engine code.
 */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type {
  ConfigCompletion,
  ConfigEdit,
  Finding,
  KeyInfo,
  ParsedConfig,
  Position,
  Range,
} from "@optimality-lens/engine";
import {
  checkModelText,
  completionAt,
  describeKey,
  editConfigText,
  keyInfoAt,
  parseConfig,
  parsePath,
  staticFindings,
} from "@optimality-lens/engine";
import { checkFile, dataFiles as namedFiles } from "@optimality-lens/engine/node";
import type { Job } from "../protocol/worker.ts";
import type { InputStamp } from "../runs/run.ts";
import { dataFileNames } from "./data-file-names.ts";
import { layerWordsAt } from "./layer-words.ts";

export { describeKey };

/** Data up to this size is read while people type; above it the data is checked by the run, in its worker. */
const MAX_CHECKED_BYTES = 16 * 1024 * 1024;
/** Files up to this size are compared by content, larger ones by size and time. */
const MAX_HASHED_BYTES = 16 * 1024 * 1024;

/** A λ, and what share of λ_max it is. */
export interface LambdaChoice {
  readonly lambda: number;
  readonly relative: number;
}

export interface TextChange {
  readonly range: Range;
  readonly newText: string;
}

/** All findings of a config text: what its keys say, and what its data files say about it. */
export async function check(path: string, text: string): Promise<readonly Finding[]> {
  const parsed = parseConfig(text, { fileName: basename(path) });
  const sizes = await Promise.all(dataFilesOf(path, parsed).map(sizeOf));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes <= MAX_CHECKED_BYTES || parsed.config === undefined) return await checkFile(path, { text });
  const findings = [...parsed.findings, ...staticFindings(parsed.config)];
  return findings.map((finding) => withRange(finding, finding.range ?? parsed.locate(finding.path)));
}

/** Findings of a Keras or TensorFlow.js model.json. */
export function checkModel(text: string): readonly Finding[] {
  return checkModelText(text).findings;
}

/** Changes of `text` that carry out `edits`, comments and formatting kept; none when a path is not there. */
export function changes(path: string, text: string, edits: readonly ConfigEdit[]): readonly TextChange[] {
  return editConfigText(text, basename(path), edits).edits;
}

/** The edits that give the config the λ of a point of its path, as a number or as a share of λ_max: the way it has one now. */
export function lambdaEdits(path: string, text: string, point: LambdaChoice): readonly ConfigEdit[] {
  const written = parseConfig(text, { fileName: basename(path) }).config?.lambda.kind;
  return written === "relative"
    ? [{ op: "set", path: "lambda.relative", value: point.relative }]
    : [{ op: "set", path: "lambda", value: point.lambda }];
}

/** Where the key of a config path stands in `text`. */
export function locate(path: string, text: string, configPath: string): Range | undefined {
  return parseConfig(text, { fileName: basename(path) }).locate(configPath);
}

/** What is known about the key or the layer at a position. */
export function keyAt(
  path: string,
  text: string,
  position: Position,
): { readonly path: string; readonly info: KeyInfo | undefined; readonly layer: string | undefined } | undefined {
  const parsed = parseConfig(text, { fileName: basename(path) });
  const at = parsed.pathAt(position);
  if (at === "") return undefined;
  const info = keyInfoAt(parsePath(at));
  const layer = layerWordsAt(parsed, at);
  return info === undefined && layer === undefined ? undefined : { path: at, info, layer };
}

/** What may be written at a position; the names of data files are looked up beside the config. */
export async function complete(path: string, text: string, position: Position): Promise<readonly ConfigCompletion[]> {
  const { file, items } = completionAt(text, position, { fileName: basename(path) });
  return items(file === undefined ? [] : await dataFileNames(dirname(path), file.typed));
}

/** Absolute paths of the data files that `text` names. */
export function dataFiles(path: string, text: string): readonly string[] {
  return dataFilesOf(path, parseConfig(text, { fileName: basename(path) }));
}

/**
 * What a run or a path of this config depends on: the config's statement, whatever its comments, and the bytes of its data.
 * A path goes through many λ; the config's own does not matter to it.
 */
export async function stampInputs(path: string, text: string, of: Job["task"]): Promise<readonly InputStamp[]> {
  const parsed = parseConfig(text, { fileName: basename(path) });
  const config = of === "path" && parsed.config !== undefined ? { ...parsed.config, lambda: null } : parsed.config;
  const statement = config === undefined ? `text:${digest(text)}` : `config:${digest(JSON.stringify(config))}`;
  const files = await Promise.all(
    dataFilesOf(path, parsed).map(async (file) => ({ path: file, stamp: await stampFile(file) })),
  );
  return [{ path, stamp: statement }, ...files];
}

function withRange(finding: Finding, range: Range | undefined): Finding {
  return range === undefined ? finding : { ...finding, range };
}

function dataFilesOf(path: string, parsed: ParsedConfig): readonly string[] {
  return parsed.config === undefined ? [] : [...new Set(namedFiles(path, parsed))];
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}

async function stampFile(file: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(file);
    return size > MAX_HASHED_BYTES ? `${size} bytes at ${mtimeMs}` : digest(await readFile(file));
  } catch {
    return "missing";
  }
}

function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("base64url");
}
