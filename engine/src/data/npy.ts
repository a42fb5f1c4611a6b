/**
 * numpy's .npy format (versions 1 to 3) → array and back. Written here rather than taken from a package because the header
 * has to be judged before anything is allocated, and big-endian, unaligned and truncated files have to be told apart.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
import type { NumericArray } from "./array.ts";
import { countEntries, failure, type ReadResult, showBytes, showShape } from "./limits.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
/** Headers of plain arrays are about a hundred bytes long. */
const MAX_HEADER_BYTES = 100_000;
const MAX_WORD_BYTES = 80;

type Getter = (view: DataView, offset: number, littleEndian: boolean) => number;

const GETTERS: Readonly<Record<string, Getter>> = {
  b1: (view, offset) => (view.getUint8(offset) === 0 ? 0 : 1),
  i1: (view, offset) => view.getInt8(offset),
  u1: (view, offset) => view.getUint8(offset),
  i2: (view, offset, little) => view.getInt16(offset, little),
  u2: (view, offset, little) => view.getUint16(offset, little),
  i4: (view, offset, little) => view.getInt32(offset, little),
  u4: (view, offset, little) => view.getUint32(offset, little),
  i8: (view, offset, little) => exact(view.getBigInt64(offset, little)),
  u8: (view, offset, little) => exact(view.getBigUint64(offset, little)),
  f2: (view, offset, little) => fromHalf(view.getUint16(offset, little)),
  f4: (view, offset, little) => view.getFloat32(offset, little),
  f8: (view, offset, little) => view.getFloat64(offset, little),
};

const REFUSED: Readonly<Record<string, string>> = {
  O: "Python objects (pickled), which are not read because that would run code",
  U: "text",
  S: "byte strings",
  a: "byte strings",
  V: "raw records",
  c: "complex numbers",
  M: "dates",
  m: "time differences",
};

/** Infinity stands for an integer that float64 cannot hold; `readArray` refuses it with its place. */
function exact(integer: bigint): number {
  const value = Number(integer);
  return BigInt(value) === integer ? value : Number.POSITIVE_INFINITY;
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export interface NpyHeader {
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  /** Such as `f8`, without the byte order. */
  readonly type: string;
  readonly littleEndian: boolean;
  readonly dataOffset: number;
}

export function readNpy(bytes: Uint8Array, name: string): ReadResult<NumericArray> {
  const header = readNpyHeader(bytes, name);
  if (!header.ok) return header;
  const { shape, fortranOrder, type, littleEndian, dataOffset } = header.header;
  const counted = countEntries(shape, name);
  if (!counted.ok) return counted;
  const get = GETTERS[type];
  if (get === undefined) return failure(`${name}: holds the type ${JSON.stringify(type)}; save it as float64`);
  const size = Number(type.slice(1));
  const needed = counted.count * size;
  const present = bytes.length - dataOffset;
  if (present !== needed) {
    const what = present < needed ? "is cut off" : "is damaged";
    return failure(
      `${name}: ${what}: the shape ${showShape(shape)} of ${type} needs ${showBytes(needed)}, but ${showBytes(present)} follow the header; write the file again`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataOffset, present);
  const data = new Float64Array(counted.count);
  for (let i = 0; i < data.length; i++) data[i] = get(view, i * size, littleEndian);
  return { ok: true, array: { shape, data: fortranOrder ? toRowMajor(data, shape) : data } };
}

function readNpyHeader(
  bytes: Uint8Array,
  name: string,
): { readonly ok: true; readonly header: NpyHeader } | { readonly ok: false; readonly message: string } {
  if (!MAGIC.every((byte, i) => bytes[i] === byte))
    return failure(`${name}: is not a .npy file (it does not begin with \\x93NUMPY)`);
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3)
    return failure(`${name}: is .npy version ${version}; versions 1 to 3 are read, so save it with numpy.save`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const lengthBytes = version === 1 ? 2 : 4;
  if (bytes.length < 8 + lengthBytes) return failure(`${name}: is cut off inside its header; write the file again`);
  const headerLength = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataOffset = 8 + lengthBytes + headerLength;
  if (headerLength > MAX_HEADER_BYTES)
    return failure(
      `${name}: has a header of ${showBytes(headerLength)}; at most ${showBytes(MAX_HEADER_BYTES)} are read`,
    );
  if (bytes.length < dataOffset) return failure(`${name}: is cut off inside its header; write the file again`);
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(8 + lengthBytes, dataOffset));
  const descr = /'descr'\s*:\s*'([<>|=]?)([A-Za-z])(\d*)([^']*)'/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shapeText = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1];
  if (/'descr'\s*:\s*\[/.test(text))
    return failure(`${name}: is a structured array with named fields; save one field as a plain array`);
  if (descr === null || order === undefined || shapeText === undefined)
    return failure(`${name}: has a header that is not numpy's; write the file again with numpy.save`);
  const letter = descr[2] ?? "";
  const refused = REFUSED[letter];
  if (refused !== undefined) return failure(`${name}: holds ${refused}; save an array of numbers`);
  const type = `${letter}${descr[3] ?? ""}`;
  if (GETTERS[type] === undefined)
    return failure(`${name}: holds the type ${JSON.stringify(type)}; save it as float64 with .astype("float64")`);
  const parts = shapeText
    .split(",")
    .map((part) => part.trim().replace(/L$/, ""))
    .filter((part) => part !== "");
  if (!parts.every((part) => /^\d{1,15}$/.test(part)))
    return failure(`${name}: the shape (${shapeText.slice(0, 60)}) is not made of whole numbers ≥ 0`);
  // numpy's limit; also keeps the index arithmetic small.
  if (parts.length > 64) return failure(`${name}: has ${parts.length} dimensions; at most 64 exist`);
  return {
    ok: true,
    header: {
      shape: parts.map(Number),
      fortranOrder: order === "True",
      type,
      littleEndian: descr[1] !== ">",
      dataOffset,
    },
  };
}

/** The ASCII text of an array of one string, as bytes or in numpy's four bytes a letter; "" where there is none. */
export function readNpyWord(bytes: Uint8Array): string {
  const lengthBytes = bytes[6] === 1 ? 2 : 4;
  if (bytes.length < 8 + lengthBytes) return "";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const headerLength = lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = 8 + lengthBytes + headerLength;
  return new TextDecoder("latin1").decode(bytes.subarray(start, start + MAX_WORD_BYTES)).replaceAll("\0", "");
}

/** Column-major (first index fastest) → row-major (last index fastest). */
function toRowMajor(data: Float64Array, shape: readonly number[]): Float64Array {
  const out = new Float64Array(data.length);
  const index = shape.map(() => 0);
  const strides = shape.map((_, k) => shape.slice(0, k).reduce((product, length) => product * length, 1));
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from] ?? Number.NaN;
    for (let k = shape.length - 1; k >= 0; k--) {
      const [length, stride] = [shape[k] ?? 1, strides[k] ?? 1];
      const next = (index[k] ?? 0) + 1;
      if (next < length) {
        index[k] = next;
        from += stride;
        break;
      }
      index[k] = 0;
      from -= stride * (length - 1);
    }
  }
  return out;
}

/** A .npy file of version 1.0 with little-endian float64 in row-major order. */
export function writeNpy(array: NumericArray): Uint8Array {
  const shape = array.shape.length === 1 ? `${array.shape[0]},` : array.shape.join(", ");
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape}), }`;
  // The data begins at a multiple of 64 bytes, and the header ends with a newline.
  const padded = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11)}\n`;
  const bytes = new Uint8Array(10 + padded.length + 8 * array.data.length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  bytes.set([1, 0], 6);
  view.setUint16(8, padded.length, true);
  bytes.set(new TextEncoder().encode(padded), 10);
  array.data.forEach((value, i) => {
    view.setFloat64(10 + padded.length + 8 * i, value, true);
  });
  return bytes;
}
