/** Model files on disk: Keras and TensorFlow.js JSON, and ONNX where the caller can read it. */
import { basename } from "node:path";
import { MAX_FILE_BYTES } from "../data/limits.ts";
import { checkModelGraph, checkModelText, type ModelReport } from "../diagnose/model-findings.ts";
import { explain } from "../diagnose/pages.ts";
import type { LayerGraph } from "../homogeneity/graph.ts";
import type { ReadModel } from "../homogeneity/graph-builder.ts";
import { MAX_MODEL_TEXT, readKeras } from "../homogeneity/keras.ts";
import { readBytes } from "./files.ts";

export interface ModelOptions {
  /** The text, when an editor holds a newer one than the disk. */
  readonly text?: string;
  /** ONNX is read by a module of its own, so that editors need not load it. */
  readonly readOnnx?: (bytes: Uint8Array) => Promise<ReadModel>;
}

const IS_CONFIG = /\.optimality\.(ya?ml|json)$/i;
/** Of a text: what a Keras model cannot do without. */
const MODEL_MARKS = /"(class_name|modelTopology|weightsManifest)"/;

/** The report on a model file; undefined for a file that is none, such as a config. */
export async function checkModelFile(path: string, options: ModelOptions = {}): Promise<ModelReport | undefined> {
  const name = basename(path);
  if (IS_CONFIG.test(name)) return undefined;
  if (/\.onnx$/i.test(name)) return await checkOnnx(path, name, options);
  if (!/\.json$/i.test(name)) return undefined;
  const text = options.text ?? (await readText(path));
  if (text === undefined || !(MODEL_MARKS.test(text) || /^model[^.]*\.json$/i.test(name))) return undefined;
  return named(name, checkModelText(text));
}

async function checkOnnx(path: string, name: string, { readOnnx }: ModelOptions): Promise<ModelReport | undefined> {
  if (readOnnx === undefined) return undefined;
  const read = await readBytes(path, MAX_FILE_BYTES);
  if (read.ok) return named(name, checkModelGraph(await readOnnx(read.bytes)));
  const message = `${name}: ${read.message}${read.similar.length === 0 ? "" : `; did you mean ${read.similar.join(" or ")}?`}`;
  const finding = {
    code: "file-missing",
    severity: "error",
    message,
    path: "",
    explanation: explain("file-missing"),
    suggestions: [],
  } as const;
  return { findings: [finding], layers: [], model: undefined };
}

/** The layers of the model that a config names; undefined where they cannot be read. */
export async function readModelGraph(
  path: string,
  { readOnnx }: Pick<ModelOptions, "readOnnx"> = {},
): Promise<LayerGraph | undefined> {
  const read = /\.onnx$/i.test(path) ? await onnxOf(path, readOnnx) : await kerasOf(path);
  return read?.ok === true ? read.graph : undefined;
}

async function onnxOf(path: string, readOnnx: ModelOptions["readOnnx"]): Promise<ReadModel | undefined> {
  const read = await readBytes(path, MAX_FILE_BYTES);
  return read.ok ? await readOnnx?.(read.bytes) : undefined;
}

async function kerasOf(path: string): Promise<ReadModel | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return readKeras(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Undefined where it cannot be read: what is wrong with the file is then said as for any other. */
async function readText(path: string): Promise<string | undefined> {
  const read = await readBytes(path, 3 * MAX_MODEL_TEXT);
  return read.ok ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(read.bytes) : undefined;
}

/** Findings about the whole file begin with its name. */
function named(name: string, report: ModelReport): ModelReport {
  const findings = report.findings.map((finding) =>
    finding.code === "invalid-model" && finding.path === ""
      ? { ...finding, message: `${name}: ${finding.message}` }
      : finding,
  );
  return { ...report, findings };
}
