/** A file's bytes and name → array of finite numbers and NaN, or a sparse table. The one entry for all formats; never throws. */
import { isSparse, type NumericArray, type SparseArray } from "./array.ts";
import { readCsv } from "./csv.ts";
import { readJsonArray } from "./json.ts";
import { countEntries, failure, MAX_FILE_BYTES, type ReadResult, showBytes } from "./limits.ts";
import { readMatrixMarket } from "./matrix-market.ts";
import { readNpy } from "./npy.ts";
import { readNpz } from "./npz.ts";

/** `name` is the file name, with `#array` for one array of an archive; it begins every message. */
export function readArray(bytes: Uint8Array, name: string): ReadResult<NumericArray> {
  const read = readTarget(bytes, name);
  if (!read.ok) return read;
  const { array } = read;
  if (!isSparse(array)) return { ok: true, array };
  return failure(`${name}: is a sparse table, which only data.target may be; save a dense array, as .npy for example`);
}

/** The same for an array that may also be a list of observed entries. */
export function readTarget(bytes: Uint8Array, name: string): ReadResult<NumericArray | SparseArray> {
  const archive = /^(.*\.npz)#([^#]*)$/i.exec(name);
  const file = archive?.[1] ?? name;
  if (bytes.length === 0) return failure(`${file}: is empty; it needs an array of numbers`);
  if (bytes.length > MAX_FILE_BYTES)
    return failure(`${file}: has ${showBytes(bytes.length)}; at most ${showBytes(MAX_FILE_BYTES)} are read`);
  const read = readFormat(bytes, file, archive?.[2]);
  if (!read.ok || isSparse(read.array)) return read;
  const counted = countEntries(read.array.shape, file);
  return counted.ok ? refuseInfinite(read.array, file) : counted;
}

function readFormat(
  bytes: Uint8Array,
  file: string,
  array: string | undefined,
): ReadResult<NumericArray | SparseArray> {
  const extension = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase();
  switch (extension) {
    case "csv":
      return readCsv(bytes, file);
    case "tsv":
      return readCsv(bytes, file, "\t");
    case "npy":
      return readNpy(bytes, file);
    case "npz":
      return readNpz(bytes, file, array);
    case "json":
      return readJsonArray(bytes, file);
    case "mtx":
      return readMatrixMarket(bytes, file);
    default:
      return failure(`${file}: is not a .csv, .tsv, .npy, .npz, .mtx or .json file; export the array to one of these`);
  }
}

function refuseInfinite(array: NumericArray, name: string): ReadResult<NumericArray> {
  const at = array.data.findIndex((value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY);
  if (at < 0) return { ok: true, array };
  const index: number[] = [];
  let rest = at;
  for (const length of array.shape.toReversed()) {
    index.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return failure(
    `${name}: the entry [${index.join(", ")}] (counted from 0) is infinite or too large for float64; use NaN if it is unobserved`,
  );
}
