/**
 * MatrixMarket text (`.mtx`) → sparse table (coordinate) or dense array (array). Real, integer and pattern; general, symmetric and
 * skew-symmetric. Indices are counted from 1. Of symmetric files the lower triangle is listed, and mirrored here. The format says
 * nothing of entries listed twice; they are summed, as scipy.io.mmread has it. The bytes are read in place: no text as large as the
 * file is made. Source: https://math.nist.gov/MatrixMarket/formats.html
 */
import type { NumericArray, SparseArray } from "./array.ts";
import { countEntries, failure, type ReadResult } from "./limits.ts";
import { type MatrixLines, matrixLines } from "./matrix-market-lines.ts";
import { sparseSizeProblem, sparseTable } from "./sparse.ts";

const SYMMETRIES = ["general", "symmetric", "skew-symmetric"] as const;
type Symmetry = (typeof SYMMETRIES)[number];

interface Banner {
  readonly layout: "coordinate" | "array";
  readonly isPattern: boolean;
  readonly symmetry: Symmetry;
}

export function readMatrixMarket(bytes: Uint8Array, name: string): ReadResult<NumericArray | SparseArray> {
  const lines = matrixLines(bytes);
  const banner = readBanner(lines.first());
  if (typeof banner === "string") return failure(`${name}: ${banner}`);
  const read = banner.layout === "coordinate" ? readCoordinates(lines, banner, name) : readColumns(lines, banner, name);
  return typeof read === "string" ? failure(`${name}: ${read}`) : read;
}

/** What is wrong, to follow the name. */
type Wrong = string;

function readBanner(line: string): Banner | Wrong {
  const words = line.trim().toLowerCase().split(/\s+/);
  const [magic = "", object = "", layout = "", field = "", symmetry = ""] = words;
  if (magic !== "%%matrixmarket")
    return "is not a MatrixMarket file (it does not begin with %%MatrixMarket); write it with scipy.io.mmwrite";
  const quoted = (word: string) => JSON.stringify(word.slice(0, 40));
  if (object !== "matrix") return `line 1: holds ${quoted(object)}; only matrix is read`;
  if (layout !== "coordinate" && layout !== "array")
    return `line 1: the format is ${quoted(layout)}; write coordinate (listed entries) or array (all of them)`;
  if (!["real", "double", "integer", "unsigned-integer", "pattern"].includes(field))
    return `line 1: the numbers are ${quoted(field)}; real, integer and pattern are read`;
  if (field === "pattern" && layout === "array")
    return "line 1: a pattern has no numbers to go with array; write coordinate";
  const known = SYMMETRIES.find((candidate) => candidate === symmetry);
  if (known === undefined)
    return `line 1: the symmetry is ${quoted(symmetry)}; general, symmetric and skew-symmetric are read`;
  return { layout, isPattern: field === "pattern", symmetry: known };
}

/** The whole numbers of the line of sizes. */
function readSizes(lines: MatrixLines, wanted: readonly string[], symmetry: Symmetry): readonly number[] | Wrong {
  const needs = `the line of sizes needs ${wanted.join(", ")}`;
  if (!lines.next()) return `is cut off: ${needs}; write the file again`;
  const sizes = wanted.map((_, k) => lines.whole(k));
  if (lines.count !== wanted.length || sizes.some(Number.isNaN))
    return `line ${lines.line}: ${needs}, but it is ${lines.shown()}`;
  const [rows, columns] = sizes;
  if (symmetry !== "general" && rows !== columns)
    return `line ${lines.line}: a ${symmetry} matrix is square, but this one is ${rows} × ${columns}; write general`;
  return sizes;
}

function readCoordinates(
  lines: MatrixLines,
  { isPattern, symmetry }: Banner,
  name: string,
): ReadResult<SparseArray> | Wrong {
  const sizes = readSizes(lines, ["rows", "columns", "entries"], symmetry);
  if (typeof sizes === "string") return sizes;
  const [rows, columns, claimed] = sizes;
  const mirrored = symmetry === "general" ? 1 : 2;
  const tooLarge = sparseSizeProblem([rows, columns], mirrored * claimed);
  if (tooLarge !== undefined) return `line ${lines.line}: ${tooLarge}`;
  // An entry has at least four bytes, so a claim alone allocates nothing.
  const room = mirrored * Math.min(claimed, Math.ceil(lines.size / 4));
  const row = new Int32Array(room);
  const column = new Int32Array(room);
  const value = new Float64Array(room);
  const wanted = isPattern ? 2 : 3;
  let listed = 0;
  let count = 0;
  while (lines.next()) {
    const at = `line ${lines.line}: `;
    if (listed === claimed)
      return `${at}more entries than the ${claimed} of the line of sizes; correct it, or write the file again`;
    if (lines.count !== wanted) {
      const needs = isPattern ? "a row and a column" : "a row, a column and a number";
      return `${at}${lines.shown()} is not ${needs}`;
    }
    const [i, j] = [lines.whole(0), lines.whole(1)];
    if (!(i >= 1 && i <= rows && j >= 1 && j <= columns))
      return `${at}${lines.shown()} is not in a table of ${rows} × ${columns}; rows and columns are counted from 1`;
    const number = isPattern ? 1 : lines.number(2);
    if (typeof number === "string") return `${at}${number}`;
    if (symmetry !== "general" && (i < j || (i === j && symmetry === "skew-symmetric"))) {
      const place = i < j ? "above the diagonal" : "on the diagonal";
      return `${at}row ${i}, column ${j} is ${place}, but a ${symmetry} file lists what is below it; write general to list it all`;
    }
    listed++;
    row[count] = i - 1;
    column[count] = j - 1;
    value[count++] = number;
    if (symmetry === "general" || i === j) continue;
    row[count] = j - 1;
    column[count] = i - 1;
    value[count++] = symmetry === "symmetric" ? number : -number;
  }
  if (listed < claimed)
    return `is cut off: the line of sizes says ${claimed} entries, but ${listed} follow; write the file again`;
  const entries = { row: row.subarray(0, count), column: column.subarray(0, count), value: value.subarray(0, count) };
  return sparseTable([rows, columns], entries, name);
}

/** Column after column, one number a line; of symmetric files the lower triangle, of skew-symmetric ones without the diagonal. */
function readColumns(lines: MatrixLines, { symmetry }: Banner, name: string): ReadResult<NumericArray> | Wrong {
  const sizes = readSizes(lines, ["rows", "columns"], symmetry);
  if (typeof sizes === "string") return sizes;
  const [rows, columns] = sizes;
  const counted = countEntries([rows, columns], name);
  if (!counted.ok) return counted;
  const first = (j: number) => (symmetry === "general" ? 0 : symmetry === "symmetric" ? j : j + 1);
  const half = (rows * (rows + (symmetry === "symmetric" ? 1 : -1))) / 2;
  const needed = symmetry === "general" ? counted.count : half;
  const cut = (count: number) =>
    `is cut off: a ${symmetry} matrix of ${rows} × ${columns} has ${needed} numbers, but ${count} follow; write the file again`;
  // A number has at least two bytes with its end of line.
  if (needed > Math.ceil(lines.size / 2)) return cut(0).replace("but 0 follow", "more than the file can hold");
  const data = new Float64Array(counted.count);
  let count = 0;
  for (let j = 0; j < columns; j++) {
    for (let i = first(j); i < rows; i++) {
      if (!lines.next()) return cut(count);
      if (lines.count !== 1) return `line ${lines.line}: ${lines.shown()} is not one number`;
      const number = lines.number(0);
      if (typeof number === "string") return `line ${lines.line}: ${number}`;
      count++;
      data[i * columns + j] = number;
      if (symmetry !== "general" && i !== j) data[j * columns + i] = symmetry === "symmetric" ? number : -number;
    }
  }
  if (lines.next())
    return `line ${lines.line}: more numbers than the ${needed} of a ${symmetry} ${rows} × ${columns} matrix`;
  return { ok: true, array: { shape: [rows, columns], data } };
}
