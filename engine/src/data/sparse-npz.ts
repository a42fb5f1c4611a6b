/**
 * Sparse tables in numpy's archives: the arrays `row`, `col`, `value` and `shape`, or what scipy.sparse.save_npz writes (`format`, `shape`,
 * `data`, and `indices` and `indptr` for csr and csc, `row` and `col` for coo). Indices are counted from 0; entries listed twice are
 * summed, as scipy does. Source: https://docs.scipy.org/doc/scipy/reference/generated/scipy.sparse.save_npz.html and coo_array.html
 */
import type { NumericArray, SparseArray } from "./array.ts";
import { failure, type ReadResult } from "./limits.ts";
import { readNpy, readNpyWord } from "./npy.ts";
import type { Archive } from "./npz.ts";
import { sparseSizeProblem, sparseTable } from "./sparse.ts";

type Failure = { readonly ok: false; readonly message: string };

/** Whether the names are those of a sparse table, or of what was meant to be one. */
export function isSparseArchive(names: readonly string[]): boolean {
  const has = (...all: readonly string[]) => all.every((name) => names.includes(name));
  return has("row", "col") || has("indices", "indptr") || has("format", "shape", "data");
}

export function readSparseNpz(archive: Archive, name: string): ReadResult<SparseArray> {
  const { names } = archive;
  const isOurs = names.includes("row") && names.includes("col") && !names.includes("format");
  const format = isOurs ? "" : wordOf(archive, name);
  if (typeof format !== "string") return format;
  if (!["", "coo", "csr", "csc"].includes(format)) {
    return failure(
      `${name}: scipy's format ${JSON.stringify(format.slice(0, 20))} is not read; save it as csr: scipy.sparse.save_npz(file, y.tocsr())`,
    );
  }
  const compressed = format === "csr" || format === "csc";
  const values = format === "" ? "value" : "data";
  const wanted = [...(compressed ? ["indices", "indptr"] : ["row", "col"]), values, "shape"];
  const missing = wanted.filter((key) => !names.includes(key));
  if (missing.length > 0) {
    const next =
      format === ""
        ? "save all four: numpy.savez(file, row=row, col=col, value=value, shape=(m, n))"
        : "save it again with scipy.sparse.save_npz";
    return failure(
      `${name}: a sparse table needs ${wanted.join(", ")}, but ${missing.join(" and ")} is missing; ${next}`,
    );
  }
  const shape = shapeOf(archive, name);
  if (!Array.isArray(shape)) return shape;
  const [rows, columns] = shape;
  const value = vector(archive, name, values);
  if (!value.ok) return value;
  const { data } = value.array;
  const tooLarge = sparseSizeProblem(shape, data.length);
  if (tooLarge !== undefined) return failure(`${name}: ${tooLarge}`);
  const infinite = data.findIndex((x) => x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY);
  if (infinite >= 0) {
    return failure(
      `${name}: ${values}[${infinite}] (counted from 0) is infinite or too large for float64; leave the entry out if it is unobserved`,
    );
  }
  if (!compressed) {
    const row = indices(archive, name, "row", { below: rows, count: data.length, as: values });
    if (!row.ok) return row;
    const column = indices(archive, name, "col", { below: columns, count: data.length, as: values });
    if (!column.ok) return column;
    return sparseTable(shape, { row: row.indices, column: column.indices, value: data }, name);
  }
  const isRows = format === "csr";
  const along = indices(archive, name, "indices", { below: isRows ? columns : rows, count: data.length, as: values });
  if (!along.ok) return along;
  const across = expanded(archive, name, { lines: isRows ? rows : columns, count: data.length });
  if (!across.ok) return across;
  // As in scipy, what stands behind the last line is no entry.
  const count = across.indices.length;
  const used = { across: across.indices, along: along.indices.subarray(0, count), value: data.subarray(0, count) };
  const [row, column] = isRows ? [used.across, used.along] : [used.along, used.across];
  return sparseTable(shape, { row, column, value: used.value }, name);
}

function wordOf(archive: Archive, name: string): string | Failure {
  if (!archive.names.includes("format")) {
    return failure(
      `${name}: holds indices and indptr, but not the format that tells rows from columns; save it with scipy.sparse.save_npz`,
    );
  }
  const bytes = archive.bytesOf("format");
  return bytes.ok ? readNpyWord(bytes.bytes) : bytes;
}

function vector(archive: Archive, name: string, key: string): ReadResult<NumericArray> {
  const bytes = archive.bytesOf(key);
  if (!bytes.ok) return bytes;
  const read = readNpy(bytes.bytes, `${name}#${key}`);
  if (!read.ok || read.array.shape.length === 1) return read;
  return failure(`${name}: ${key} has ${read.array.shape.length} axes; save it with one number an entry (y.ravel())`);
}

function shapeOf(archive: Archive, name: string): [number, number] | Failure {
  const read = vector(archive, name, "shape");
  if (!read.ok) return read;
  const lengths = Array.from(read.array.data);
  const [rows, columns] = lengths;
  if (lengths.length === 2 && lengths.every((length) => Number.isSafeInteger(length) && length >= 0))
    return [rows, columns];
  const shown = lengths.length > 8 ? `${lengths.length} numbers` : `(${lengths.join(", ")})`;
  return failure(`${name}: shape is ${shown}; a table has two whole lengths, so save shape=(m, n)`);
}

interface IndexLimits {
  readonly below: number;
  readonly count: number;
  /** The array that has as many. */
  readonly as: string;
}

function indices(
  archive: Archive,
  name: string,
  key: string,
  { below, count, as }: IndexLimits,
): { readonly ok: true; readonly indices: Int32Array } | Failure {
  const read = vector(archive, name, key);
  if (!read.ok) return read;
  const { data } = read.array;
  if (data.length !== count)
    return failure(`${name}: ${key} has ${data.length} numbers, but ${as} has ${count}; save one of each per entry`);
  const out = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    const index = data[k];
    if (!(Number.isInteger(index) && index >= 0 && index < below)) {
      return failure(
        `${name}: ${key}[${k}] is ${index}, but the shape allows whole numbers from 0 to ${below - 1}; indices are counted from 0`,
      );
    }
    out[k] = index;
  }
  return { ok: true, indices: out };
}

/** The line of every entry, from `indptr`. */
function expanded(
  archive: Archive,
  name: string,
  { lines, count }: { readonly lines: number; readonly count: number },
): { readonly ok: true; readonly indices: Int32Array } | Failure {
  const read = vector(archive, name, "indptr");
  if (!read.ok) return read;
  const { data: start } = read.array;
  const again = "save it again with scipy.sparse.save_npz";
  if (start.length !== lines + 1)
    return failure(`${name}: indptr has ${start.length} numbers, but the shape needs ${lines + 1}; ${again}`);
  if (start[0] !== 0) return failure(`${name}: indptr[0] is ${start[0]}, not 0; ${again}`);
  for (let i = 0; i < lines; i++) {
    const [from, to] = [start[i], start[i + 1]];
    if (!(Number.isInteger(to) && to >= from && to <= count)) {
      return failure(
        `${name}: indptr[${i + 1}] is ${to}, but it has to be a whole number from ${from} to ${count}, the number of entries; ${again}`,
      );
    }
  }
  const out = new Int32Array(start[lines]);
  for (let i = 0; i < lines; i++) out.fill(i, start[i], start[i + 1]);
  return { ok: true, indices: out };
}
