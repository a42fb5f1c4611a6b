import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestArray, readArray, writeNpz } from "@optimality-lens/engine";
import fc from "fast-check";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { readNpy, writeNpy } from "../../../engine/src/data/npy.ts";
import { readAllNpz } from "../../../engine/src/data/npz.ts";

/** A .npy file of version 1 with any header and body. */
function npy(header: string, body: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(header);
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    1,
    0,
    text.length & 255,
    text.length >> 8,
    ...text,
    ...body,
  ]);
}
const header = (descr: string, shape: string, fortran = false) =>
  `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${shape}, }\n`;

function body(descr: string, values: readonly number[]): Uint8Array {
  const little = !descr.startsWith(">");
  const type = descr.replace(/^[<>|]/, "");
  const size = Number(type.slice(1));
  const view = new DataView(new ArrayBuffer(size * values.length));
  for (const [i, value] of values.entries()) {
    const at = i * size;
    if (type === "f8") view.setFloat64(at, value, little);
    else if (type === "f4") view.setFloat32(at, value, little);
    else if (type === "f2") view.setUint16(at, value, little);
    else if (type === "i8") view.setBigInt64(at, BigInt(value), little);
    else if (type === "u8") view.setBigUint64(at, BigInt(value), little);
    else if (size === 4) view.setInt32(at, value, little);
    else if (size === 2) view.setInt16(at, value, little);
    else view.setInt8(at, value);
  }
  return new Uint8Array(view.buffer);
}
const message = (bytes: Uint8Array, name = "y.npy") => {
  const result = readArray(bytes, name);
  return result.ok ? undefined : result.message;
};

describe("npy", () => {
  it.each(["<f8", ">f8", "<f4", ">f4", "<i8", ">i8", "<u8", "<i4", ">i4", "<u4", "<i2", ">u2", "|i1", "|u1", "|b1"])(
    "reads %s",
    (descr) => {
      const values = descr === "|b1" ? [1, 0, 1, 1, 0, 0] : [1, 2, 3, 4, 5, 100];
      expect(readArray(npy(header(descr, "(2, 3)"), body(descr, values)), "y.npy")).toEqual({
        ok: true,
        array: { shape: [2, 3], data: Float64Array.from(values) },
      });
    },
  );

  it("reads float16, with subnormals and NaN", () => {
    const halves = [0x3c00, 0xc000, 0x0001, 0x7e00, 0x3555];
    const result = readArray(npy(header("<f2", "(5,)"), body("<f2", halves)), "y.npy");
    expect(result.ok && Array.from(result.array.data)).toEqual([1, -2, 2 ** -24, Number.NaN, 0.333251953125]);
  });

  it("puts Fortran order into rows, in two and in three dimensions", () => {
    expect(readArray(npy(header("<f8", "(2, 3)", true), body("<f8", [1, 4, 2, 5, 3, 6])), "y.npy")).toMatchObject({
      array: { data: Float64Array.from([1, 2, 3, 4, 5, 6]) },
    });
    // a[i, j, k] = 100 i + 10 j + k, first index fastest in the file.
    const [I, J, K] = [2, 3, 2];
    const column: number[] = [];
    for (let k = 0; k < K; k++)
      for (let j = 0; j < J; j++) for (let i = 0; i < I; i++) column.push(100 * i + 10 * j + k);
    const row: number[] = [];
    for (let i = 0; i < I; i++) for (let j = 0; j < J; j++) for (let k = 0; k < K; k++) row.push(100 * i + 10 * j + k);
    expect(readArray(npy(header("<f8", "(2, 3, 2)", true), body("<f8", column)), "y.npy")).toMatchObject({
      array: { data: Float64Array.from(row) },
    });
  });

  it("reads a single number and an empty array", () => {
    expect(readNpy(npy(header("<f8", "()"), body("<f8", [7])), "y.npy")).toMatchObject({
      array: { shape: [], data: Float64Array.from([7]) },
    });
    expect(readNpy(npy(header("<f8", "(0, 3)"), body("<f8", [])), "y.npy")).toMatchObject({ array: { shape: [0, 3] } });
  });

  it("refuses a shape of 1e9 entries before it allocates, and names the cap", () => {
    expect(message(npy(header("<f8", "(40000, 25000)"), body("<f8", [1])))).toBe(
      "y.npy: the shape 40000×25000 has 1,000,000,000 entries; at most 50,000,000 are read",
    );
    expect(message(npy(header("<f8", "(999999999999999, 999999999999999)"), body("<f8", [1])))).toMatch(
      /at most 50,000,000 are read/,
    );
  });

  it.each<[string, Uint8Array, RegExp]>([
    [
      "truncated data",
      npy(header("<f8", "(2, 3)"), body("<f8", [1, 2])),
      /is cut off: the shape 2×3 of f8 needs 48 bytes, but 16 bytes follow/,
    ],
    ["trailing bytes", npy(header("<f8", "(1,)"), body("<f8", [1, 2])), /is damaged/],
    [
      "objects",
      npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", new Uint8Array(9)),
      /Python objects \(pickled\)/,
    ],
    ["complex numbers", npy(header("<c16", "(1,)"), new Uint8Array(16)), /holds complex numbers/],
    ["text", npy(header("<U3", "(1,)"), new Uint8Array(12)), /holds text/],
    ["dates", npy(header("<M8[ns]", "(1,)"), new Uint8Array(8)), /holds dates/],
    ["long doubles", npy(header("<f16", "(1,)"), new Uint8Array(16)), /the type "f16"; save it as float64/],
    [
      "named fields",
      npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }\n", new Uint8Array(8)),
      /structured array/,
    ],
    ["a negative shape", npy(header("<f8", "(-1,)"), new Uint8Array(8)), /not made of whole numbers/],
    ["another header", npy("{}\n", new Uint8Array(8)), /a header that is not numpy's/],
    ["a cut header", npy(header("<f8", "(1,)"), new Uint8Array(8)).subarray(0, 30), /cut off inside its header/],
    ["version 9", Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 9, 0, 0, 0]), /is \.npy version 9/],
    ["other bytes", new TextEncoder().encode("hello"), /is not a \.npy file/],
    [
      "an infinity",
      npy(header("<f8", "(2, 2)"), body("<f8", [1, 2, 3, Number.NEGATIVE_INFINITY])),
      /the entry \[1, 1\] \(counted from 0\) is infinite/,
    ],
    [
      "an integer that float64 cannot hold",
      npy(
        header("<i8", "(1,)"),
        (() => {
          const view = new DataView(new ArrayBuffer(8));
          view.setBigInt64(0, 2n ** 53n + 1n, true);
          return new Uint8Array(view.buffer);
        })(),
      ),
      /the entry \[0\] .* too large for float64/,
    ],
  ])("refuses %s", (_name, bytes, expected) => {
    expect(message(bytes)).toMatch(expected);
  });

  it("any bytes give an array or a message", () => {
    const start = header("<f8", "(2, 2)");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(90), (noise, at) => {
        const bytes = npy(start, body("<f8", [1, 2, 3, 4]));
        bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), at);
        for (const name of ["y.npy", "y.npz", "y.csv", "y.tsv", "y.json"]) {
          for (const file of [noise, bytes]) {
            const result = readArray(file, name);
            if (!result.ok) expect(result.message.startsWith(name)).toBe(true);
          }
        }
      }),
    );
  });
});

describe("npz", () => {
  const arrays = {
    factor1: { shape: [2, 1], data: Float64Array.from([1.5, -2]) },
    factor2: { shape: [3, 1], data: Float64Array.from([0.1, Number.MIN_VALUE, -0]) },
  };

  it("reads back what it wrote, the same bytes each time, whatever the time zone", () => {
    const bytes = writeNpz(arrays);
    expect(readAllNpz(bytes, "f.npz")).toEqual({ ok: true, arrays });
    expect(writeNpz(arrays)).toEqual(bytes);
    expect(readArray(bytes, "f.npz#factor2")).toEqual({ ok: true, array: arrays.factor2 });
  });

  it("begins the data of each array at a multiple of 64 bytes, as numpy does", () => {
    for (const shape of [[1], [10, 10], [100, 100]]) {
      const size = shape.reduce((a, b) => a * b, 1);
      const bytes = writeNpy({ shape, data: new Float64Array(size) });
      expect((bytes.length - 8 * size) % 64).toBe(0);
      expect(bytes[bytes.length - 8 * size - 1]).toBe(10);
    }
  });

  it("takes the only array, and lists the names when there are several", () => {
    expect(readArray(writeNpz({ y: arrays.factor1 }), "a.npz")).toMatchObject({ ok: true });
    expect(message(writeNpz(arrays), "a.npz")).toBe(
      "a.npz: holds 2 arrays (factor1, factor2); write a.npz#factor1 to take one",
    );
    expect(message(writeNpz(arrays), "a.npz#z")).toBe('a.npz: has no array "z"; it holds factor1, factor2');
  });

  it("refuses empty archives, damaged ones, and those that unpack to too much", () => {
    expect(message(zipSync({ "readme.txt": new Uint8Array(3) }), "s.npz")).toMatch(/holds no arrays/);
    expect(message(writeNpz(arrays).subarray(0, 100), "s.npz")).toMatch(/is damaged/);
    const bomb = zipSync({ "y.npy": new Uint8Array(1024) });
    // The directory of the archive claims 2 GiB: 24 bytes into the central directory's entry.
    const central = bomb.length - 22 - 46 - "y.npy".length;
    new DataView(bomb.buffer).setUint32(central + 24, 2 ** 31, true);
    expect(message(bomb, "s.npz")).toBe("s.npz: unpacks to 2.0 GiB; at most 1.0 GiB are read");
  });
});

const hasNumpy = spawnSync("python3", ["-c", "import numpy"]).status === 0;

describe.skipIf(!hasNumpy)("numpy agrees (skipped where python3 has no numpy)", () => {
  const folder = mkdtempSync(join(tmpdir(), "optimality-numpy-"));
  const python = (script: string) => {
    const done = spawnSync("python3", ["-c", script], { cwd: folder, encoding: "utf8" });
    if (done.status !== 0) throw new Error(done.stderr);
    return done.stdout.trim();
  };

  it("reads our npz, bit for bit", () => {
    writeFileSync(
      join(folder, "ours.npz"),
      writeNpz({
        u: { shape: [2, 2], data: Float64Array.from([0.1, -0, 1e-320, Number.NaN]) },
        r0: { shape: [3, 0], data: new Float64Array() },
      }),
    );
    const ours = python(
      "import numpy as np; f = np.load('ours.npz'); print(f['u'].dtype, f['u'].tobytes().hex(), f['r0'].shape)",
    );
    const theirs = python(
      "import numpy as np; print('float64', np.array([[0.1, -0.0], [1e-320, np.nan]]).tobytes().hex(), (3, 0))",
    );
    expect(ours).toBe(theirs);
  });

  it("writes what we read, in every type and order, also compressed", () => {
    python(`
import numpy as np
a = np.arange(12).reshape(3, 4)
for t in ['f2', 'f4', 'f8', '>f4', '>f8', 'i1', 'i2', '>i2', 'i4', '>i4', 'i8', '>i8', 'u1', 'u2', 'u4', 'u8']:
    np.save(t.replace('>', 'big_') + '.npy', a.astype(t))
    np.save(t.replace('>', 'big_') + '_F.npy', np.asfortranarray(a.astype(t)))
np.savez_compressed('z.npz', a=a.astype('f8'), b=a > 5)
`);
    const expected = Float64Array.from({ length: 12 }, (_, i) => i);
    for (const type of [
      "f2",
      "f4",
      "f8",
      "big_f4",
      "big_f8",
      "i1",
      "i2",
      "big_i2",
      "i4",
      "big_i4",
      "i8",
      "big_i8",
      "u1",
      "u2",
      "u4",
      "u8",
    ]) {
      for (const name of [`${type}.npy`, `${type}_F.npy`]) {
        expect(readArray(readFileSync(join(folder, name)), name), name).toEqual({
          ok: true,
          array: { shape: [3, 4], data: expected },
        });
      }
    }
    const archive = readFileSync(join(folder, "z.npz"));
    expect(readArray(archive, "z.npz#a")).toEqual({ ok: true, array: { shape: [3, 4], data: expected } });
    expect(readArray(archive, "z.npz#b")).toEqual({
      ok: true,
      array: { shape: [3, 4], data: expected.map((x) => (x > 5 ? 1 : 0)) },
    });
  });

  it("computes the same digest by the recipe in digest.ts", () => {
    const array = { shape: [2, 3], data: Float64Array.from([1, -0, Number.NaN, 0.1, -1e300, 5]) };
    const script = `
import hashlib, numpy
y = numpy.array([[1, -0.0, numpy.nan], [0.1, -1e300, 5]], dtype="<f8", order="C"); y[numpy.isnan(y)] = numpy.nan
print(hashlib.sha256((",".join(map(str, y.shape)) + "\\n").encode() + y.tobytes()).hexdigest())
`;
    expect(digestArray(array)).toBe(`sha256:${python(script)}`);
  });
});
