/** The arrays a config names: read from disk, or only their facts, remembered until the file changes. */
import { dirname, relative, resolve } from "node:path";
import { splitArrayName } from "../config/data-file.ts";
import { isSparse, type NumericArray, type SparseArray } from "../data/array.ts";
import type { ReadResult } from "../data/limits.ts";
import { readArray, readTarget } from "../data/read.ts";
import type { Finding, InputCode, Suggestion } from "../diagnose/finding.ts";
import { explain } from "../diagnose/pages.ts";
import { type FileProblem, type FileStamp, readBytes, statFile } from "./files.ts";

/** What checking needs to know of an array. */
export interface ArrayFacts {
  readonly shape: readonly number[];
  readonly isSparse: boolean;
  readonly observed: number;
  /** Only 0 and 1. */
  readonly isBinary: boolean;
}

type Problem = { readonly ok: false; readonly finding: Finding };

type Loaded<T> = { readonly ok: true; readonly array: T } | Problem;

export async function loadArray(configPath: string, key: string, name: string): Promise<Loaded<NumericArray>> {
  return await load(configPath, key, name, readArray);
}

/** The target may list its observed entries. */
export async function loadTarget(
  configPath: string,
  key: string,
  name: string,
): Promise<Loaded<NumericArray | SparseArray>> {
  return await load(configPath, key, name, readTarget);
}

async function load<T extends NumericArray | SparseArray>(
  configPath: string,
  key: string,
  name: string,
  readBytesAs: (bytes: Uint8Array, name: string) => ReadResult<T>,
): Promise<Loaded<T>> {
  const { file } = splitArrayName(name);
  const path = resolve(dirname(configPath), file);
  const read = await readBytes(path);
  if (!read.ok) return { ok: false, finding: fileFinding(configPath, key, name, path, read) };
  const result = readBytesAs(read.bytes, name);
  const message = result.ok ? unobservedEntry(key, name, result.array) : result.message;
  if (!result.ok || message !== undefined)
    return { ok: false, finding: inputFinding("invalid-data", key, `${key}: ${message}`) };
  return result;
}

/** The matrix of a constraint has to be whole. */
function unobservedEntry(key: string, name: string, array: NumericArray | SparseArray): string | undefined {
  if (isSparse(array)) return undefined;
  const { shape, data } = array;
  const at = /\bconstraint\b/.test(key) ? data.findIndex(Number.isNaN) : -1;
  if (at < 0) return undefined;
  const columns = shape.at(-1) ?? 1;
  return `${name}: row ${Math.floor(at / columns) + 1}, column ${(at % columns) + 1} is empty or NaN; give every entry a number`;
}

interface Remembered extends FileStamp {
  readonly result: { readonly ok: true; readonly facts: ArrayFacts } | Problem;
}

/** Configs in an editor name a handful of files; the oldest entry goes first. */
const MAX_REMEMBERED = 64;
const remembered = new Map<string, Remembered>();

/** As `loadArray`, but the array is forgotten and the facts are kept while size and time of the file stay the same. */
export async function arrayFacts(
  configPath: string,
  key: string,
  name: string,
): Promise<{ readonly ok: true; readonly facts: ArrayFacts } | Problem> {
  const { file, array } = splitArrayName(name);
  const path = resolve(dirname(configPath), file);
  const found = await statFile(path);
  if (!found.ok) return { ok: false, finding: fileFinding(configPath, key, name, path, found) };
  const id = JSON.stringify([key, name, path, array ?? null]);
  const known = remembered.get(id);
  if (known !== undefined && known.size === found.stamp.size && known.mtimeMs === found.stamp.mtimeMs)
    return known.result;
  const loaded = await (key === "data.target" ? loadTarget : loadArray)(configPath, key, name);
  const result = loaded.ok ? { ok: true as const, facts: factsOf(loaded.array) } : loaded;
  remembered.delete(id);
  remembered.set(id, { ...found.stamp, result });
  const oldest = remembered.keys().next();
  if (remembered.size > MAX_REMEMBERED && oldest.done === false) remembered.delete(oldest.value);
  return result;
}

function factsOf(array: NumericArray | SparseArray): ArrayFacts {
  let observed = 0;
  let isBinary = true;
  for (const value of isSparse(array) ? array.value : array.data) {
    if (!Number.isNaN(value)) observed++;
    if (value !== 0 && value !== 1) isBinary = false;
  }
  return { shape: array.shape, isSparse: isSparse(array), observed, isBinary };
}

function fileFinding(configPath: string, key: string, name: string, path: string, problem: FileProblem): Finding {
  const { array } = splitArrayName(name);
  const shown = relative(dirname(configPath), path).replaceAll("\\", "/");
  const folder = shown.includes("/") ? shown.slice(0, shown.lastIndexOf("/") + 1) : "";
  const names = problem.similar.map(
    (similar) => folder + similar + (array !== undefined && /\.npz$/i.test(similar) ? `#${array}` : ""),
  );
  const isEmpty = problem.message.startsWith("is empty");
  const hint = problem.message.startsWith("does not exist")
    ? "the path is relative to the config's folder"
    : "name a file that holds an array of numbers";
  const next = names.length > 0 ? `did you mean ${names.join(" or ")}?` : hint;
  const suggestions: Suggestion[] = names.map((to) => ({
    kind: "edit",
    title: `use ${to}`,
    edits: [{ op: "set", path: key, value: to }],
  }));
  return inputFinding(
    isEmpty ? "invalid-data" : "file-missing",
    key,
    `${key}: ${shown} ${problem.message}; ${next}`,
    suggestions,
  );
}

function inputFinding(code: InputCode, key: string, message: string, suggestions: readonly Suggestion[] = []): Finding {
  return { code, severity: "error", path: key, message, explanation: explain(code), suggestions };
}
