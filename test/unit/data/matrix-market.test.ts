/** MatrixMarket files against the format's own description: https://math.nist.gov/MatrixMarket/formats.html */
import { readArray, readTarget } from "@optimality-lens/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const COORDINATE = "%%MatrixMarket matrix coordinate real general\n";
const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => readTarget(bytes(text), "y.mtx");

/** As rows of a dense table, null where nothing is listed; or the message. */
function table(text: string): (number | null)[][] | string {
  const result = read(text);
  if (!result.ok) return result.message;
  const [rows, columns] = result.array.shape;
  const out = Array.from({ length: rows }, () => new Array<number | null>(columns).fill(null));
  const { array } = result;
  if ("data" in array) return out.map((row, i) => row.map((_, j) => array.data[i * columns + j]));
  for (let i = 0; i < rows; i++) {
    for (let k = array.rowStart[i]; k < array.rowStart[i + 1]; k++) out[i][array.column[k]] = array.value[k];
  }
  return out;
}

describe("coordinate files", () => {
  it("the example of the format's description: comments, any order, indices from 1", () => {
    const text = `%%MatrixMarket matrix coordinate real general
%=================================
% a comment
  5  5  8
    1     1   1.000e+00
    2     2   1.050e+01
    3     3   1.500e-02
    1     4   6.000e+00
    4     2   2.505e+02
    4     4  -2.800e+02
    4     5   3.332e+01
    5     5   1.200e+01
`;
    expect(table(text)).toEqual([
      [1, null, null, 6, null],
      [null, 10.5, null, null, null],
      [null, null, 0.015, null, null],
      [null, 250.5, null, -280, 33.32],
      [null, null, null, null, 12],
    ]);
    const result = read(text);
    expect(result).toMatchObject({
      ok: true,
      array: {
        shape: [5, 5],
        rowStart: Int32Array.of(0, 2, 3, 4, 7, 8),
        column: Int32Array.of(0, 3, 1, 2, 1, 3, 4, 4),
      },
    });
  });

  it("integers, patterns, any case, Windows line ends, no line end, zeros that are listed, NaN", () => {
    expect(table("%%matrixmarket MATRIX Coordinate Integer General\r\n2 2 2\r\n1 2 0\r\n2 1 -7")).toEqual([
      [null, 0],
      [-7, null],
    ]);
    expect(table("%%MatrixMarket matrix coordinate pattern general\n2 3 2\n2 3\n1 1\n")).toEqual([
      [1, null, null],
      [null, null, 1],
    ]);
    expect(table(`${COORDINATE}1 2 2\n1 1 nan\n1 2 5\n`)).toEqual([[null, 5]]);
    expect(table(`${COORDINATE}2 2 0\n`)).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  it("entries listed twice are summed", () => {
    expect(table(`${COORDINATE}2 2 4\n2 2 1\n1 1 0.5\n2 2 10\n2 2 100\n`)).toEqual([
      [0.5, null],
      [null, 111],
    ]);
  });

  it("the lower triangle of symmetric and skew-symmetric ones is mirrored", () => {
    expect(table("%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n1 1 4\n2 1 3\n")).toEqual([
      [4, 3],
      [3, null],
    ]);
    expect(table("%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n2 1 3\n")).toEqual([
      [null, -3],
      [3, null],
    ]);
  });

  it.each([
    ["", "is empty; it needs an array of numbers"],
    ["1 2 3\n", "is not a MatrixMarket file (it does not begin with %%MatrixMarket); write it with scipy.io.mmwrite"],
    ["%%MatrixMarket vector coordinate real general\n", 'line 1: holds "vector"; only matrix is read'],
    ["%%MatrixMarket matrix coordinate complex general\n", 'line 1: the numbers are "complex"; real, integer and'],
    ["%%MatrixMarket matrix coordinate real hermitian\n", 'line 1: the symmetry is "hermitian"; general, symmetric'],
    ["%%MatrixMarket matrix array pattern general\n", "line 1: a pattern has no numbers to go with array; write coord"],
    ["%%MatrixMarket matrix sparse real general\n", 'line 1: the format is "sparse"; write coordinate (listed'],
    [COORDINATE, "is cut off: the line of sizes needs rows, columns, entries; write the file again"],
    [`${COORDINATE}2 2\n`, 'line 2: the line of sizes needs rows, columns, entries, but it is "2 2"'],
    [`${COORDINATE}2 2 -1\n`, 'line 2: the line of sizes needs rows, columns, entries, but it is "2 2 -1"'],
    [
      `${COORDINATE}40000000 40000000 1\n1 1 1\n`,
      "line 2: has 40,000,000 rows and 40,000,000 columns; together at most",
    ],
    [`${COORDINATE}9 9 60000000\n`, "line 2: lists 60,000,000 entries; at most 50,000,000 are read"],
    [`${COORDINATE}9 9 50000000\n1 1 1\n`, "is cut off: the line of sizes says 50000000 entries, but 1 follow; write"],
    [`${COORDINATE}2 2 1\n1 1 1\n\n2 2 1\n`, "line 5: more entries than the 1 of the line of sizes; correct it, or"],
    [`${COORDINATE}2 2 1\n0 1 1\n`, 'line 3: "0 1 1" is not in a table of 2 × 2; rows and columns are counted from 1'],
    [`${COORDINATE}2 2 1\n% note\n1 3 1\n`, 'line 4: "1 3 1" is not in a table of 2 × 2; rows and columns are coun'],
    [`${COORDINATE}2 2 1\n1 1.5 1\n`, 'line 3: "1 1.5 1" is not in a table of 2 × 2; rows and columns are counted'],
    [`${COORDINATE}2 2 1\n1 1\n`, 'line 3: "1 1" is not a row, a column and a number'],
    [`${COORDINATE}2 2 1\n1 1 x7\n`, 'line 3: "x7" is not a number'],
    [`${COORDINATE}2 2 1\n1 1 -inf\n`, 'line 3: "-inf" is not finite; leave the entry out if it is unobserved'],
    [`${COORDINATE}2 2 1\n1 1 1e999\n`, 'line 3: "1e999" is beyond the range of float64; scale the data'],
    [`${COORDINATE}2 2 2\n1 2 1e308\n1 2 1e308\n`, "row 1, column 2 is infinite or too large for float64; leave the"],
    [
      "%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n1 2 3\n",
      "line 3: row 1, column 2 is above the diagonal, but a symmetric file lists what is below it; write general to",
    ],
    [
      "%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n1 1 3\n",
      "line 3: row 1, column 1 is on the diagonal",
    ],
    [
      "%%MatrixMarket matrix coordinate real symmetric\n2 3 0\n",
      "line 2: a symmetric matrix is square, but this one is",
    ],
  ])("%j: %s", (text, message) => {
    const result = read(text);
    expect(result.ok ? "read" : result.message.slice(0, 7 + message.length)).toBe(`y.mtx: ${message}`);
  });
});

describe("array files", () => {
  const ARRAY = "%%MatrixMarket matrix array real general\n";

  it("are dense, column after column; symmetric ones give the lower triangle", () => {
    expect(table(`${ARRAY}2 3\n1\n2\n3\n4\n5\n6\n`)).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ]);
    expect(table("%%MatrixMarket matrix array integer symmetric\n2 2\n1\n2\n3\n")).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(table("%%MatrixMarket matrix array real skew-symmetric\n2 2\n7\n")).toEqual([
      [0, -7],
      [7, 0],
    ]);
    expect(readArray(bytes(`${ARRAY}1 2\n1\nNaN\n`), "v.mtx")).toEqual({
      ok: true,
      array: { shape: [1, 2], data: Float64Array.of(1, Number.NaN) },
    });
  });

  it.each([
    [
      `${ARRAY}2 2\n1\n2\n3\n`,
      "is cut off: a general matrix of 2 × 2 has 4 numbers, but 3 follow; write the file again",
    ],
    [
      `${ARRAY}5000 5000\n1\n`,
      "is cut off: a general matrix of 5000 × 5000 has 25000000 numbers, more than the file can",
    ],
    [`${ARRAY}90000 90000\n1\n`, "the shape 90000×90000 has 8,100,000,000 entries; at most 50,000,000 are read"],
    [`${ARRAY}1 1\n1\n2\n`, "line 4: more numbers than the 1 of a general 1 × 1 matrix"],
    [`${ARRAY}1 2\n1 2\n`, 'line 3: "1 2" is not one number'],
  ])("%j: %s", (text, message) => {
    const result = read(text);
    expect(result.ok ? "read" : result.message.slice(0, 7 + message.length)).toBe(`y.mtx: ${message}`);
  });
});

describe("hostile files", () => {
  it("any change of a good file gives a table, an array or a message, and no entry outside", () => {
    const good = `${COORDINATE}% c\n4 3 5\n1 1 1.5\n4 3 -2e3\n2 2 7\n1 3 0\n3 1 12\n`;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length), fc.constantFrom(..."0159-.e% \n\rx", "9999999999", "")), {
          maxLength: 4,
        }),
        (changes) => {
          const text = changes.reduce((all, [at, by]) => all.slice(0, at) + by + all.slice(at + 1), good);
          const result = read(text);
          if (!result.ok) {
            expect(result.message.startsWith("y.mtx: ")).toBe(true);
            return;
          }
          if ("data" in result.array) return;
          const { shape, column, rowStart, value } = result.array;
          expect(rowStart).toHaveLength(shape[0] + 1);
          expect(rowStart.at(-1)).toBe(value.length);
          expect(column.every((j) => j >= 0 && j < shape[1])).toBe(true);
          expect(value.every(Number.isFinite)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("any bytes give a message", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        for (const file of [noise, Uint8Array.from([...bytes(COORDINATE), ...noise])]) {
          const result = readTarget(file, "y.mtx");
          if (!result.ok) expect(result.message.startsWith("y.mtx")).toBe(true);
        }
      }),
    );
  });
});
