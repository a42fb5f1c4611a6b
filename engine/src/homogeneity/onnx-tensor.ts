/** Arrays stored in an ONNX file (TensorProto): their lengths, and the numbers of small ones. Weights are passed over. */
import { BYTES, FIXED32, FIXED64, inside, message, type Reader, readNumbers, VARINT } from "./onnx-message.ts";

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Of floating point numbers; indices and shapes are not. */
  readonly isFloat: boolean;
  /** Of tensors with one entry, where the file holds it. */
  readonly scalar: number | undefined;
  /** Of small tensors all numbers, row-major, where the file holds them: shapes, axes, pads, scales. */
  readonly entries: readonly number[] | undefined;
}

/** Axes of one array. A longer list is kept one longer, so that it is seen to be too long. */
export const MAX_RANK = 16;
/** Whole numbers of one array that are kept; shapes, axes and pads have a few. */
export const MAX_ENTRIES = 256;
/** Floating point ones: scales have one for each axis, all others are weights. */
const MAX_FLOATS = MAX_RANK;

/** TensorProto.DataType, with the bytes of one number. */
const FLOAT = 1;
const FLOAT16 = 10;
const BFLOAT16 = 16;
const FLOAT_TYPES: ReadonlySet<number> = new Set([FLOAT, FLOAT16, 11, BFLOAT16]);
const FORMATS: ReadonlyMap<number, { readonly width: number; read(view: DataView, at: number): number }> = new Map([
  [FLOAT, { width: 4, read: (view, at) => view.getFloat32(at, true) }],
  [6, { width: 4, read: (view, at) => view.getInt32(at, true) }],
  [7, { width: 8, read: (view, at) => Number(view.getBigInt64(at, true)) }],
  [9, { width: 1, read: (view, at) => view.getUint8(at) }],
  [FLOAT16, { width: 2, read: (view, at) => half(view.getUint16(at, true)) }],
  [11, { width: 8, read: (view, at) => view.getFloat64(at, true) }],
  [BFLOAT16, { width: 2, read: (view, at) => upperHalf(view.getUint16(at, true)) }],
]);

export function isFloatType(type: number): boolean {
  return FLOAT_TYPES.has(type);
}

export function readTensor(reader: Reader, end: number): OnnxTensor {
  const dims: number[] = [];
  const numbers: number[] = [];
  let name = "";
  let type = 0;
  let raw: Uint8Array | undefined;
  const list = (wire: number, single: number, read: () => number): boolean =>
    readNumbers(reader, wire, { single, read, into: numbers, most: MAX_ENTRIES + 1 });
  message(reader, end, (field, wire) => {
    switch (field) {
      case 1:
        return readDims(reader, wire, dims);
      case 2:
        if (wire !== VARINT) return false;
        type = reader.int32();
        return true;
      case 4:
        return list(wire, FIXED32, () => reader.float());
      case 5:
        return list(wire, VARINT, () => reader.int32());
      case 7:
        return list(wire, VARINT, () => Number(reader.int64()));
      case 8:
        if (wire !== BYTES) return false;
        name = reader.string();
        return true;
      case 9:
        if (wire !== BYTES) return false;
        raw = inside(reader, (_, last) => {
          const start = reader.pos;
          reader.skip(last - start);
          return reader.buf.subarray(start, Math.min(last, start + 8 * MAX_ENTRIES));
        });
        return true;
      case 10:
        return list(wire, FIXED64, () => reader.double());
      default:
        return false;
    }
  });
  const isFloat = FLOAT_TYPES.has(type);
  const count = dims.reduce((all, length) => all * length, 1);
  const isSmall = count >= 0 && count <= (isFloat ? MAX_FLOATS : MAX_ENTRIES);
  const stored =
    isSmall && numbers.length === 0 && raw !== undefined
      ? rawNumbers(raw, type, count)
      : numbers.map((number) => typed(number, type));
  const entries = isSmall && stored.length === count ? stored : undefined;
  const [first] = dims.every((length) => length === 1) ? stored : [];
  const scalar = first !== undefined && type === FLOAT ? shortest(first) : first;
  return { name, dims, isFloat, scalar, entries };
}

export function readDims(reader: Reader, wire: number, dims: number[], most = MAX_RANK + 1): boolean {
  return readNumbers(reader, wire, { single: VARINT, read: () => Number(reader.int64()), into: dims, most });
}

/** The number of fewest digits that is `value` in single precision: 1e-5 for 0.000009999999747378752. */
export function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

/** Numbers of two bytes stand among the whole ones, as their bits. */
function typed(number: number, type: number): number {
  if (type === FLOAT16) return half(number);
  return type === BFLOAT16 ? upperHalf(number) : number;
}

/** Little-endian, as the specification has it; none where the bytes do not suffice or the type is not one of those above. */
function rawNumbers(raw: Uint8Array, type: number, count: number): readonly number[] {
  const format = FORMATS.get(type);
  if (format === undefined || raw.length < format.width * count) return [];
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: count }, (_, index) => format.read(view, index * format.width));
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** bfloat16: the upper half of a number in single precision. */
function upperHalf(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits & 0xffff);
  return view.getFloat32(0);
}
