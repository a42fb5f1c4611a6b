import { createHash } from "node:crypto";
import { canonicalJson, digestArray, digestText, readArray } from "@optimality-lens/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const read = (text: string) => readArray(new TextEncoder().encode(text), "y.json");

describe("json", () => {
  it("reads nested arrays, null as unobserved, and {shape, data}", () => {
    expect(read("[[1, null, 3], [4, 5, 6.5]]")).toEqual({
      ok: true,
      array: { shape: [2, 3], data: Float64Array.from([1, Number.NaN, 3, 4, 5, 6.5]) },
    });
    expect(read("[1, 2, 3]")).toMatchObject({ array: { shape: [3] } });
    expect(read('{"shape": [2, 2], "data": [1, 2, 3, 4]}')).toMatchObject({ array: { shape: [2, 2] } });
  });

  it.each([
    ["[[1, 2], [3]]", "y.json: 1 entries at [1], but 2 in the first; all need the same"],
    ["[[1, 2], 3]", "y.json: a single value stands where an array of 2 is needed at [1]"],
    ["[[1, [2]]]", "y.json: an array stands where a number is needed at [0, 1]"],
    ['[[1, "2"]]', 'y.json: "2" is not a number or null at [0, 1]'],
    ["[[1, 2], [3, NaN]]", "y.json: is not valid JSON at line 1, column 14; NaN is written null"],
    ["[[1, 2],\n [3, 4]", "y.json: is not valid JSON at line 2, column 8; NaN is written null"],
    [
      '{"values": [1]}',
      'y.json: holds an object; it needs nested arrays of numbers, or {"shape": [m, n], "data": [...]}',
    ],
    ['{"shape": [2, 2], "data": [1]}', "y.json: the shape 2×2 needs 4 values, but data has 1"],
    [
      '{"shape": [1e5, 1e4], "data": [1]}',
      "y.json: the shape 100000×10000 has 1,000,000,000 entries; at most 50,000,000 are read",
    ],
    [
      "[1e999]",
      "y.json: the entry [0] (counted from 0) is infinite or too large for float64; use NaN if it is unobserved",
    ],
    ["  ", "y.json: is empty; it needs an array of arrays of numbers"],
  ])("refuses %s", (text, message) => {
    expect(read(text)).toEqual({ ok: false, message });
  });

  it("survives depth", () => {
    expect(read("[".repeat(50_000))).toMatchObject({ ok: false });
    expect(read(`${"[".repeat(3000)}1${"]".repeat(3000)}`)).toEqual({
      ok: false,
      message: "y.json: is nested deeper than 32 levels",
    });
  });
});

describe("digests", () => {
  it("are over shape and little-endian values, NaN in one form, the sign of zero kept", () => {
    const nan = new Float64Array(new BigUint64Array([0xfff8000000000001n]).buffer);
    const array = { shape: [1, 3], data: Float64Array.from([1, 0, 0]) };
    const raw = new Uint8Array(24);
    raw.set([0xf0, 0x3f], 6);
    expect(digestArray(array)).toBe(`sha256:${createHash("sha256").update("1,3\n").update(raw).digest("hex")}`);
    expect(digestArray({ shape: [1], data: nan })).toBe(
      digestArray({ shape: [1], data: Float64Array.from([Number.NaN]) }),
    );
    expect(digestArray({ shape: [1], data: Float64Array.from([-0]) })).not.toBe(
      digestArray({ shape: [1], data: Float64Array.from([0]) }),
    );
    expect(digestArray({ shape: [3, 1], data: array.data })).not.toBe(digestArray(array));
  });

  it("do not depend on the size of the blocks", () => {
    const data = Float64Array.from({ length: 20_000 }, (_, i) => Math.sin(i));
    const bytes = new Uint8Array(data.buffer);
    expect(digestArray({ shape: [20_000], data })).toBe(
      `sha256:${createHash("sha256").update("20000\n").update(bytes).digest("hex")}`,
    );
  });

  it("of text are sha256 of its UTF-8", () => {
    expect(digestText("λ")).toBe(`sha256:${createHash("sha256").update("λ", "utf8").digest("hex")}`);
  });

  it("canonical JSON does not depend on the order of keys, and means the same", () => {
    expect(canonicalJson({ b: [1, undefined, { d: "x", c: null }], a: -0, z: undefined })).toBe(
      '{"a":0,"b":[1,null,{"c":null,"d":"x"}]}',
    );
    expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
