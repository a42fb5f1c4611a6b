/**
 * The parts of an ONNX file (onnx.proto3, a protocol buffer) that degrees need: nodes, names, shapes, small constants. Weights are
 * passed over. Field numbers are those of the ONNX specification.
 */
import protobuf from "protobufjs/minimal.js";

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Of floating point numbers; indices and shapes are not. */
  readonly isFloat: boolean;
  /** Of tensors with one entry, where the file holds it. */
  readonly scalar: number | undefined;
}

export interface OnnxAttribute {
  readonly name: string;
  readonly float: number | undefined;
  readonly int: number | undefined;
  readonly text: string | undefined;
  readonly texts: readonly string[];
  /** Kernel shapes, strides, pads: at most 16 are kept. */
  readonly ints: readonly number[];
  readonly tensor: OnnxTensor | undefined;
}

export interface OnnxNode {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name: string;
  readonly type: string;
  readonly domain: string;
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | null)[] | undefined;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly values: readonly OnnxValue[];
}

type Reader = protobuf.Reader;
/** Reads field `field` of wire type `wire`, or answers false to pass over it. */
type FieldReader = (field: number, wire: number) => boolean;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
/** Of one message of each kind; real networks stay far below. */
const MAX_REPEATED = 500_000;
const MAX_DIMS = 16;
const FLOAT_TYPES: ReadonlySet<number> = new Set([1, 10, 11, 16]);

/** Undefined where the bytes hold no graph. Throws on bytes that are no protocol buffer: the caller says so. */
export function readOnnxFile(bytes: Uint8Array): OnnxGraph | undefined {
  const reader = protobuf.Reader.create(bytes);
  let graph: OnnxGraph | undefined;
  message(reader, bytes.length, (field, wire) => {
    if (field !== 7 || wire !== BYTES) return false;
    graph = inside(reader, readGraph);
    return true;
  });
  return graph;
}

function message(reader: Reader, end: number, read: FieldReader): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    const wire = tag & 7;
    if (!read(tag >>> 3, wire)) reader.skipType(wire);
  }
}

function inside<T>(reader: Reader, read: (reader: Reader, end: number) => T): T {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError("a message ends after the file");
  return read(reader, end);
}

function readGraph(reader: Reader, end: number): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const values: OnnxValue[] = [];
  let name = "";
  message(reader, end, (field, wire) => {
    if (wire !== BYTES || nodes.length + initializers.length + values.length > MAX_REPEATED) return false;
    switch (field) {
      case 1:
        nodes.push(inside(reader, readNode));
        return true;
      case 2:
        name = reader.string();
        return true;
      case 5:
        initializers.push(inside(reader, readTensor));
        return true;
      case 11:
        inputs.push(inside(reader, readValue));
        return true;
      case 12:
        outputs.push(inside(reader, readValue));
        return true;
      case 13:
        values.push(inside(reader, readValue));
        return true;
      default:
        return false;
    }
  });
  return { name, nodes, initializers, inputs, outputs, values };
}

function readNode(reader: Reader, end: number): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  let name = "";
  let type = "";
  let domain = "";
  message(reader, end, (field, wire) => {
    if (wire !== BYTES) return false;
    if (field === 1) inputs.push(reader.string());
    else if (field === 2) outputs.push(reader.string());
    else if (field === 3) name = reader.string();
    else if (field === 4) type = reader.string();
    else if (field === 7) domain = reader.string();
    else if (field === 5) {
      const attribute = inside(reader, readAttribute);
      attributes.set(attribute.name, attribute);
    } else return false;
    return true;
  });
  return { inputs, outputs, name, type, domain, attributes };
}

function readAttribute(reader: Reader, end: number): OnnxAttribute {
  const texts: string[] = [];
  const ints: number[] = [];
  const found: { name: string; float?: number; int?: number; text?: string; tensor?: OnnxTensor } = { name: "" };
  message(reader, end, (field, wire) => {
    if (field === 1 && wire === BYTES) found.name = reader.string();
    else if (field === 2 && wire === FIXED32) found.float = shortest(reader.float());
    else if (field === 3 && wire === VARINT) found.int = Number(reader.int64());
    else if (field === 4 && wire === BYTES) found.text = reader.string();
    else if (field === 5 && wire === BYTES) found.tensor = inside(reader, readTensor);
    else if (field === 9 && wire === BYTES) texts.push(reader.string());
    else if (field === 8) return readDims(reader, wire, ints);
    else return false;
    return true;
  });
  const { name, float, int, text, tensor } = found;
  return { name, float, int, text, texts, ints, tensor };
}

function readTensor(reader: Reader, end: number): OnnxTensor {
  const dims: number[] = [];
  let name = "";
  let type = 0;
  let scalar: number | undefined;
  let raw: Uint8Array | undefined;
  /** The first number of a repeated field, packed or not. */
  const first = (wire: number, single: number, read: () => number): boolean => {
    if (wire === single) {
      const value = read();
      scalar ??= value;
      return true;
    }
    if (wire !== BYTES) return false;
    inside(reader, (_, last) => {
      if (reader.pos < last) scalar ??= read();
      reader.skip(Math.max(0, last - reader.pos));
    });
    return true;
  };
  message(reader, end, (field, wire) => {
    switch (field) {
      case 1:
        return readDims(reader, wire, dims);
      case 2:
        if (wire !== VARINT) return false;
        type = reader.int32();
        return true;
      case 4:
        return first(wire, FIXED32, () => shortest(reader.float()));
      case 5:
        return first(wire, VARINT, () => reader.int32());
      case 7:
        return first(wire, VARINT, () => Number(reader.int64()));
      case 8:
        if (wire !== BYTES) return false;
        name = reader.string();
        return true;
      case 9:
        if (wire !== BYTES) return false;
        raw = inside(reader, (_, last) => {
          const start = reader.pos;
          reader.skip(last - start);
          return reader.buf.subarray(start, Math.min(last, start + 8));
        });
        return true;
      case 10:
        return first(wire, FIXED64, () => reader.double());
      default:
        return false;
    }
  });
  const isScalar = dims.every((length) => length === 1);
  return {
    name,
    dims,
    isFloat: FLOAT_TYPES.has(type),
    scalar: isScalar ? (scalar ?? rawNumber(raw, type)) : undefined,
  };
}

/** The number of fewest digits that is `value` in single precision: 1e-5 for 0.000009999999747378752. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

/** Little-endian, as the specification has it. */
function rawNumber(raw: Uint8Array | undefined, type: number): number | undefined {
  if (raw === undefined) return undefined;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (type === 1 && raw.length >= 4) return shortest(view.getFloat32(0, true));
  if (type === 11 && raw.length >= 8) return view.getFloat64(0, true);
  if (type === 6 && raw.length >= 4) return view.getInt32(0, true);
  if (type === 7 && raw.length >= 8) return Number(view.getBigInt64(0, true));
  return undefined;
}

function readDims(reader: Reader, wire: number, dims: number[]): boolean {
  const add = (): void => {
    const length = Number(reader.int64());
    if (dims.length < MAX_DIMS) dims.push(length);
  };
  if (wire === VARINT) add();
  else if (wire === BYTES)
    inside(reader, (_, last) => {
      while (reader.pos < last) add();
    });
  else return false;
  return true;
}

function readValue(reader: Reader, end: number): OnnxValue {
  let name = "";
  let shape: (number | null)[] | undefined;
  const deeper = (wanted: number, read: (reader: Reader, end: number) => void) => (inner: Reader, last: number) =>
    message(inner, last, (field, wire) => {
      if (field !== wanted || wire !== BYTES) return false;
      inside(inner, read);
      return true;
    });
  const dimension = (inner: Reader, last: number): void => {
    let length: number | null = null;
    message(inner, last, (field, wire) => {
      if (field !== 1 || wire !== VARINT) return false;
      length = Number(inner.int64());
      return true;
    });
    if (shape !== undefined && shape.length < MAX_DIMS) shape.push(length);
  };
  // ValueInfo.type (2) → tensor_type (1) → shape (2) → dim (1).
  const shapeReader = (inner: Reader, last: number): void => {
    shape = [];
    deeper(1, dimension)(inner, last);
  };
  message(reader, end, (field, wire) => {
    if (wire !== BYTES) return false;
    if (field === 1) name = reader.string();
    else if (field === 2) inside(reader, deeper(1, deeper(2, shapeReader)));
    else return false;
    return true;
  });
  return { name, shape };
}
