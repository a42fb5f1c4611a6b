/** Sparse tables in .npz archives: our four arrays, and what scipy.sparse.save_npz writes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NumericArray } from "@optimality-lens/engine";
import { digestArray, readArray, readTarget, writeNpz } from "@optimality-lens/engine";
import fc from "fast-check";
import { unzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";

const vector = (...numbers: number[]): NumericArray => ({ shape: [numbers.length], data: Float64Array.from(numbers) });
const GOOD = { row: vector(2, 0, 0), col: vector(1, 3, 0), value: vector(5, -1.5, 0), shape: vector(3, 4) };
/** The same table by rows and by columns, with `format` as numpy saves a word. */
const CSR = { indices: vector(3, 0, 1), indptr: vector(0, 2, 2, 3), data: vector(-1.5, 0, 5), shape: vector(3, 4) };
const CSC = { indices: vector(0, 2, 0), indptr: vector(0, 1, 2, 2, 3), data: vector(0, 5, -1.5), shape: vector(3, 4) };
const COO = { row: GOOD.row, col: GOOD.col, data: GOOD.value, shape: GOOD.shape };
const TABLE = {
  shape: [3, 4],
  rowStart: Int32Array.of(0, 2, 2, 3),
  column: Int32Array.of(0, 3, 1),
  value: Float64Array.of(0, -1.5, 5),
};

function scipyArchive(arrays: Readonly<Record<string, NumericArray>>, format: string): Uint8Array {
  const header = `{'descr': '|S${format.length}', 'fortran_order': False, 'shape': (), }\n`;
  const word = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, header.length, 0];
  const npy = Uint8Array.from([...word, ...new TextEncoder().encode(header + format)]);
  return zipSync({ ...unzipSync(writeNpz(arrays)), "format.npy": npy });
}
const read = (archive: Uint8Array) => {
  const result = readTarget(archive, "y.npz");
  return result.ok ? result.array : result.message;
};

describe("row, col, value, shape", () => {
  it("are put in order of rows and columns; zeros that are listed stay", () => {
    expect(read(writeNpz(GOOD))).toEqual(TABLE);
  });

  it("entries listed twice are summed in their order, and NaN is unobserved", () => {
    const twice = { row: vector(1, 0, 1, 0), col: vector(0, 1, 0, 0), value: vector(0.1, 3, 0.2, Number.NaN) };
    expect(read(writeNpz({ ...twice, shape: vector(2, 2) }))).toEqual({
      shape: [2, 2],
      rowStart: Int32Array.of(0, 1, 2),
      column: Int32Array.of(1, 0),
      value: Float64Array.of(3, 0.1 + 0.2),
    });
  });

  it("one of them alone, and a sparse table where a dense array is needed", () => {
    expect(readArray(writeNpz(GOOD), "y.npz#value")).toEqual({ ok: true, array: GOOD.value });
    expect(readArray(writeNpz(GOOD), "v.npz")).toEqual({
      ok: false,
      message: "v.npz: is a sparse table, which only data.target may be; save a dense array, as .npy for example",
    });
  });

  it.each<[Readonly<Record<string, NumericArray>>, string]>([
    [
      { row: GOOD.row, col: GOOD.col, value: GOOD.value },
      "needs row, col, value, shape, but shape is missing; save all",
    ],
    [
      { row: GOOD.row, col: GOOD.col, shape: GOOD.shape },
      "needs row, col, value, shape, but value is missing; save all",
    ],
    [{ ...GOOD, col: vector(1, 3) }, "col has 2 numbers, but value has 3; save one of each per entry"],
    [
      { ...GOOD, row: vector(2, 3, 0) },
      "row[1] is 3, but the shape allows whole numbers from 0 to 2; indices are counted",
    ],
    [{ ...GOOD, row: vector(2, -1, 0) }, "row[1] is -1, but the shape allows whole numbers from 0 to 2"],
    [{ ...GOOD, col: vector(1, 0.5, 0) }, "col[1] is 0.5, but the shape allows whole numbers from 0 to 3"],
    [{ ...GOOD, shape: vector(3, 4, 5) }, "shape is (3, 4, 5); a table has two whole lengths, so save shape=(m, n)"],
    [{ ...GOOD, shape: vector(3, -4) }, "shape is (3, -4); a table has two whole lengths, so save shape=(m, n)"],
    [{ ...GOOD, shape: vector(4e7, 4e7) }, "has 40,000,000 rows and 40,000,000 columns; together at most 50,000,000"],
    [
      { ...GOOD, value: vector(1, Number.NEGATIVE_INFINITY, 2) },
      "value[1] (counted from 0) is infinite or too large for",
    ],
    [
      { ...GOOD, value: { shape: [3, 1], data: GOOD.value.data } },
      "value has 2 axes; save it with one number an entry",
    ],
    [
      CSR,
      "holds indices and indptr, but not the format that tells rows from columns; save it with scipy.sparse.save_npz",
    ],
  ])("refuses what is wrong: case %#", (arrays, message) => {
    expect(read(writeNpz(arrays))).toContain(message);
  });
});

describe("scipy's formats", () => {
  it("csr, csc and coo of one table are the same table", () => {
    expect(read(scipyArchive(CSR, "csr"))).toEqual(TABLE);
    expect(read(scipyArchive(CSC, "csc"))).toEqual(TABLE);
    expect(read(scipyArchive(COO, "coo"))).toEqual(TABLE);
  });

  it.each<[Readonly<Record<string, NumericArray>>, string, string]>([
    [CSR, "bsr", 'format "bsr" is not read; save it as csr: scipy.sparse.save_npz(file, y.tocsr())'],
    [COO, "csr", "a sparse table needs indices, indptr, data, shape, but indices and indptr is missing; save it again"],
    [{ ...CSR, indptr: vector(0, 2, 3) }, "csr", "indptr has 3 numbers, but the shape needs 4; save it again"],
    [{ ...CSR, indptr: vector(1, 2, 2, 3) }, "csr", "indptr[0] is 1, not 0; save it again with scipy.sparse.save_npz"],
    [{ ...CSR, indptr: vector(0, 2, 1, 3) }, "csr", "indptr[2] is 1, but it has to be a whole number from 2 to 3, the"],
    [{ ...CSR, indptr: vector(0, 2, 2, 9) }, "csr", "indptr[3] is 9, but it has to be a whole number from 2 to 3, the"],
    [{ ...CSR, indices: vector(3, 0) }, "csr", "indices has 2 numbers, but data has 3; save one of each per entry"],
    [{ ...CSR, indices: vector(3, 0, 4) }, "csr", "indices[2] is 4, but the shape allows whole numbers from 0 to 3"],
  ])("refuses what is wrong: case %#", (arrays, format, message) => {
    expect(read(scipyArchive(arrays, format))).toContain(message);
  });

  it("any change of the bytes gives a table or a message", () => {
    const good = scipyArchive(CSR, "csr");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (changes) => {
          const bytes = good.slice();
          for (const [at, byte] of changes) bytes[at] = byte;
          const result = readTarget(bytes, "y.npz");
          if (!result.ok) {
            expect(result.message.startsWith("y.npz")).toBe(true);
            return;
          }
          if ("data" in result.array) return;
          const { shape, column, value } = result.array;
          expect(column.every((j) => j >= 0 && j < shape[1]) && value.every(Number.isFinite)).toBe(true);
        },
      ),
      { numRuns: 1500 },
    );
  });
});

describe("digests of sparse tables", () => {
  it("are of the values, whatever the file, and tell a listed zero from none", () => {
    const of = (archive: Uint8Array) => {
      const result = readTarget(archive, "y.npz");
      return result.ok ? digestArray(result.array) : result.message;
    };
    expect(of(scipyArchive(CSC, "csc"))).toBe(of(writeNpz(GOOD)));
    const others = [
      { ...GOOD, value: vector(5, -1.5, 1e-300) },
      { ...GOOD, shape: vector(4, 4) },
      { ...GOOD, col: vector(1, 3, 1) },
      { row: vector(2, 0), col: vector(1, 3), value: vector(5, -1.5), shape: vector(3, 4) },
    ];
    for (const other of others) expect(of(writeNpz(other))).not.toBe(of(writeNpz(GOOD)));
  });
});

const hasScipy = spawnSync("python3", ["-c", "import scipy.sparse, scipy.io"]).status === 0;

describe.skipIf(!hasScipy)("scipy agrees (skipped where python3 has no scipy)", () => {
  it("on its own csr, csc, coo and mtx files, arrays and matrices, with duplicates, in every type of index", () => {
    const folder = mkdtempSync(join(tmpdir(), "optimality-scipy-"));
    const script = `
import hashlib, json, numpy as np, scipy.io, scipy.sparse as sp
rng = np.random.default_rng(5)
row, col = rng.integers(0, 30, 200), rng.integers(0, 20, 200)
value = rng.standard_normal(200); value[7] = 0
y = sp.coo_array((value, (row, col)), shape=(30, 20))
sp.save_npz("coo.npz", y)
sp.save_npz("csr.npz", y.tocsr())
sp.save_npz("csc.npz", sp.csc_matrix(y), compressed=False)
wide = y.tocsr(); wide.indices = wide.indices.astype("i8"); wide.indptr = wide.indptr.astype("i8"); sp.save_npz("wide.npz", wide)
np.savez("ours.npz", row=row, col=col, value=value, shape=y.shape)
scipy.io.mmwrite("y.mtx", y, precision=17)
s = y.tocsr()[:20]; s = (s + s.T).tocoo(); sp.save_npz("s.npz", s); scipy.io.mmwrite("s.mtx", s, symmetry="symmetric", precision=17)
a = y.toarray(); np.save("a.npy", a); scipy.io.mmwrite("a.mtx", a, precision=17)
c = y.tocsr(); c.sum_duplicates(); c.sort_indices(); c = c.tocoo()
places = np.column_stack([c.row.astype("<i8") * c.shape[1] + c.col, c.data]).astype("<f8")
print(json.dumps([c.row.tolist(), c.col.tolist(), c.data.tolist(), hashlib.sha256(b"sparse 30,20\\n" + places.tobytes()).hexdigest()]))
`;
    const done = spawnSync("python3", ["-c", script], { cwd: folder, encoding: "utf8" });
    expect(done.stderr).toBe("");
    const [row, column, value, digest]: [number[], number[], number[], string] = JSON.parse(done.stdout);
    const fromFile = (name: string) => {
      const result = readTarget(readFileSync(join(folder, name)), name);
      if (!result.ok) throw new Error(result.message);
      return result.array;
    };
    for (const name of ["coo.npz", "csr.npz", "csc.npz", "wide.npz", "ours.npz", "y.mtx"]) {
      const array = fromFile(name);
      if ("data" in array) throw new Error(`${name} is dense`);
      const rows = row.map((i, k) => array.rowStart[i] <= k && k < array.rowStart[i + 1]);
      expect(rows.every(Boolean), name).toBe(true);
      expect([...array.column], name).toEqual(column);
      array.value.forEach((x, k) => {
        expect(Math.abs(x - value[k]), name).toBeLessThanOrEqual(1e-15);
      });
    }
    expect(digestArray(fromFile("csr.npz"))).toBe(`sha256:${digest}`);
    expect(fromFile("s.mtx")).toEqual(fromFile("s.npz"));
    expect(fromFile("a.mtx")).toEqual(fromFile("a.npy"));
    rmSync(folder, { recursive: true });
  });
});
