/**
 * Digests of what a proof rests on: of values, not of file bytes, so that a csv and the npy of the same array agree.
 *
 * `digestArray` is sha256 over the shape in decimal joined by commas and a newline (`150,4\n`; a single number has an empty
 * shape, `\n`), followed by the values in row-major order as little-endian float64, every NaN as 0x7ff8000000000000; −0 stays −0.
 * In numpy: `y = numpy.array(y, dtype="<f8", order="C"); y[numpy.isnan(y)] = numpy.nan`, then
 * `hashlib.sha256((",".join(map(str, y.shape)) + "\n").encode() + y.tobytes()).hexdigest()`.
 *
 * Of a sparse table, m × n, only the entries that it lists: sha256 over `sparse m,n\n` followed, row by row with columns ascending, by
 * the place i·n + j and the value of every entry, both as little-endian float64. In numpy, for a coo array y in that order:
 * `numpy.column_stack([y.row.astype("<i8") * y.shape[1] + y.col, y.data]).astype("<f8").tobytes()`.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { isSparse, type NumericArray, type SparseArray } from "./array.ts";

/** Values hashed at a time. */
const BLOCK = 8192;
const CANONICAL_NAN_HIGH = 0x7ff80000;

export function digestArray(array: NumericArray | SparseArray): string {
  if (isSparse(array)) return digestSparse(array);
  const hash = sha256.create().update(new TextEncoder().encode(`${array.shape.join(",")}\n`));
  const bytes = new Uint8Array(8 * BLOCK);
  const view = new DataView(bytes.buffer);
  for (let start = 0; start < array.data.length; start += BLOCK) {
    const block = array.data.subarray(start, start + BLOCK);
    for (let i = 0; i < block.length; i++) {
      const value = block[i] ?? Number.NaN;
      if (Number.isNaN(value)) {
        view.setUint32(8 * i, 0, true);
        view.setUint32(8 * i + 4, CANONICAL_NAN_HIGH, true);
      } else view.setFloat64(8 * i, value, true);
    }
    hash.update(bytes.subarray(0, 8 * block.length));
  }
  return `sha256:${bytesToHex(hash.digest())}`;
}

function digestSparse({ shape, rowStart, column, value }: SparseArray): string {
  const [rows, columns] = shape;
  const hash = sha256.create().update(new TextEncoder().encode(`sparse ${rows},${columns}\n`));
  const bytes = new Uint8Array(16 * BLOCK);
  const view = new DataView(bytes.buffer);
  let filled = 0;
  for (let i = 0; i < rows; i++) {
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) {
      view.setFloat64(filled, i * columns + column[k], true);
      view.setFloat64(filled + 8, value[k], true);
      filled += 16;
      if (filled < bytes.length) continue;
      hash.update(bytes);
      filled = 0;
    }
  }
  hash.update(bytes.subarray(0, filled));
  return `sha256:${bytesToHex(hash.digest())}`;
}

/** sha256 of the text in UTF-8. */
export function digestText(text: string): string {
  return `sha256:${bytesToHex(sha256(new TextEncoder().encode(text)))}`;
}

/**
 * JSON with sorted keys and no spaces: the same text for the same data, whatever the order of keys. Keys whose value is
 * undefined are left out. Numbers that JSON does not have (NaN, infinities) throw a TypeError: such data has no place in a record.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value))
    throw new TypeError(`canonicalJson: ${value} has no JSON form`);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`canonicalJson: ${typeof value} has no JSON form`);
    return text;
  }
  const entries = Object.entries(value).filter(([, child]) => child !== undefined);
  // By UTF-16 units, which is the order of String comparison.
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${canonicalJson(child)}`).join(",")}}`;
}
