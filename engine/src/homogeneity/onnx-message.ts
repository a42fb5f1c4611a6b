/** Protocol buffers field by field, as the readers of ONNX files need them. */
import protobuf from "protobufjs/minimal.js";

export type Reader = protobuf.Reader;
/** Reads field `field` of wire type `wire`, or answers false to pass over it. */
export type FieldReader = (field: number, wire: number) => boolean;

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

export function readerOf(bytes: Uint8Array): Reader {
  return protobuf.Reader.create(bytes);
}

/** All fields up to `end`. */
export function message(reader: Reader, end: number, read: FieldReader): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    const wire = tag & 7;
    if (!read(tag >>> 3, wire)) reader.skipType(wire);
  }
}

/** A field with a length of its own: a message, or packed numbers. */
export function inside<T>(reader: Reader, read: (reader: Reader, end: number) => T): T {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError("a message ends after the file");
  return read(reader, end);
}

/** A repeated field of numbers, packed or not (`single`: the wire type of one). At most `most` of them are kept. */
export function readNumbers(
  reader: Reader,
  wire: number,
  { single, read, into, most }: { single: number; read: () => number; into: number[]; most: number },
): boolean {
  if (wire === single) {
    const value = read();
    if (into.length < most) into.push(value);
    return true;
  }
  if (wire !== BYTES) return false;
  inside(reader, (_, end) => {
    while (reader.pos < end && into.length < most) into.push(read());
    reader.skip(Math.max(0, end - reader.pos));
  });
  return true;
}
