/** Nested JSON arrays (or `{shape, data}`) → array; null is an unobserved entry. */
import { type ParseError, parse as parseTolerantly } from "jsonc-parser";
import type { NumericArray } from "./array.ts";
import { countEntries, failure, MAX_ENTRIES, MAX_TEXT_BYTES, type ReadResult, showBytes, showShape } from "./limits.ts";

const MAX_DIMENSIONS = 32;
/** Beyond this, the place of a syntax error is not searched for. */
const MAX_LOCATED = 5_000_000;

export function readJsonArray(bytes: Uint8Array, name: string): ReadResult<NumericArray> {
  if (bytes.length > MAX_TEXT_BYTES) {
    return failure(
      `${name}: ${showBytes(bytes.length)} of text; at most ${showBytes(MAX_TEXT_BYTES)} are read, so save it as .npy`,
    );
  }
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === "") return failure(`${name}: is empty; it needs an array of arrays of numbers`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failure(`${name}: is not valid JSON${placeOfError(text)}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return readShaped(value as Readonly<Record<string, unknown>>, name);
  return readNested(value, name);
}

function readShaped(value: Readonly<Record<string, unknown>>, name: string): ReadResult<NumericArray> {
  const { shape, data } = { shape: value["shape"], data: value["data"] };
  if (!Array.isArray(shape) || !Array.isArray(data))
    return failure(`${name}: holds an object; it needs nested arrays of numbers, or {"shape": [m, n], "data": [...]}`);
  const lengths = shape.map(Number);
  const counted = countEntries(lengths, name);
  if (!counted.ok) return counted;
  const flat = readNested(data, name);
  if (!flat.ok) return flat;
  if (flat.array.data.length !== counted.count) {
    return failure(
      `${name}: the shape ${showShape(lengths)} needs ${counted.count} values, but data has ${flat.array.data.length}`,
    );
  }
  return { ok: true, array: { shape: lengths, data: flat.array.data } };
}

function readNested(value: unknown, name: string): ReadResult<NumericArray> {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) {
    shape.push(inner.length);
    if (shape.length > MAX_DIMENSIONS) return failure(`${name}: is nested deeper than ${MAX_DIMENSIONS} levels`);
  }
  const counted = countEntries(shape, name);
  if (!counted.ok) return counted;
  const data = new Float64Array(counted.count);
  let count = 0;
  const at = (index: readonly number[]): string => (index.length === 0 ? "" : ` at [${index.join(", ")}]`);
  const fill = (node: unknown, depth: number, index: readonly number[]): string | undefined => {
    const length = shape[depth];
    if (length === undefined) {
      if (node !== null && typeof node !== "number") {
        const what = Array.isArray(node)
          ? "an array stands where a number is needed"
          : `${JSON.stringify(node).slice(0, 40)} is not a number or null`;
        return `${what}${at(index)}`;
      }
      if (count >= MAX_ENTRIES) return `more than ${MAX_ENTRIES} entries`;
      data[count++] = node ?? Number.NaN;
      return undefined;
    }
    if (!Array.isArray(node)) return `a single value stands where an array of ${length} is needed${at(index)}`;
    if (node.length !== length)
      return `${node.length} entries${at(index)}, but ${length} in the first; all need the same`;
    for (const [i, child] of node.entries()) {
      const problem = fill(child, depth + 1, [...index, i]);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
  const problem = fill(value, 0, []);
  return problem === undefined ? { ok: true, array: { shape, data } } : failure(`${name}: ${problem}`);
}

function placeOfError(text: string): string {
  if (text.length > MAX_LOCATED || (text.match(/[[{]/g)?.length ?? 0) > 100_000) return "";
  const errors: ParseError[] = [];
  try {
    parseTolerantly(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch {
    return "";
  }
  const offset = errors[0]?.offset;
  if (offset === undefined) return "; numbers, null and brackets only (NaN is written null)";
  const before = text.slice(0, offset).split("\n");
  return ` at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}; NaN is written null`;
}
