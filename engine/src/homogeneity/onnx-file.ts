/**
 * The parts of an ONNX file (onnx.proto3, a protocol buffer) that degrees need: nodes, names, shapes, small constants. Weights are
 * passed over. Field numbers are those of the ONNX specification.
 */
import { BYTES, FIXED32, inside, message, type Reader, readerOf, readNumbers, VARINT } from "./onnx-message.ts";
import { MAX_ENTRIES, MAX_RANK, type OnnxTensor, readDims, readTensor, shortest } from "./onnx-tensor.ts";

export interface OnnxAttribute {
  readonly name: string;
  readonly float: number | undefined;
  readonly int: number | undefined;
  readonly text: string | undefined;
  readonly texts: readonly string[];
  /** Kernel shapes, strides, pads; of longer lists than `MAX_ENTRIES` one more is kept. */
  readonly ints: readonly number[];
  readonly floats: readonly number[];
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
  /** A word is a length that is not known, but the same wherever the word stands. */
  readonly shape: readonly (number | string | null)[] | undefined;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly values: readonly OnnxValue[];
}

export interface OnnxFile {
  readonly graph: OnnxGraph;
  /** The version of the standard operators; undefined where the file does not say. */
  readonly opset: number | undefined;
}

/** Of one message of each kind; real networks stay far below. */
const MAX_REPEATED = 500_000;

/** Undefined where the bytes hold no graph. Throws on bytes that are no protocol buffer: the caller says so. */
export function readOnnxFile(bytes: Uint8Array): OnnxFile | undefined {
  const reader = readerOf(bytes);
  let graph: OnnxGraph | undefined;
  let opset: number | undefined;
  message(reader, bytes.length, (field, wire) => {
    if (wire !== BYTES) return false;
    if (field === 7) graph = inside(reader, readGraph);
    else if (field === 8) {
      const { domain, version } = inside(reader, readOpset);
      if (domain === "" || domain === "ai.onnx") opset = version;
    } else return false;
    return true;
  });
  return graph === undefined ? undefined : { graph, opset };
}

function readOpset(reader: Reader, end: number): { readonly domain: string; readonly version: number | undefined } {
  let domain = "";
  let version: number | undefined;
  message(reader, end, (field, wire) => {
    if (field === 1 && wire === BYTES) domain = reader.string();
    else if (field === 2 && wire === VARINT) version = Number(reader.int64());
    else return false;
    return true;
  });
  return { domain, version };
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
  const floats: number[] = [];
  const most = MAX_ENTRIES + 1;
  const found: { name: string; float?: number; int?: number; text?: string; tensor?: OnnxTensor } = { name: "" };
  message(reader, end, (field, wire) => {
    if (field === 1 && wire === BYTES) found.name = reader.string();
    else if (field === 2 && wire === FIXED32) found.float = shortest(reader.float());
    else if (field === 3 && wire === VARINT) found.int = Number(reader.int64());
    else if (field === 4 && wire === BYTES) found.text = reader.string();
    else if (field === 5 && wire === BYTES) found.tensor = inside(reader, readTensor);
    else if (field === 9 && wire === BYTES) texts.push(reader.string());
    else if (field === 7)
      return readNumbers(reader, wire, { single: FIXED32, read: () => reader.float(), into: floats, most });
    else if (field === 8) return readDims(reader, wire, ints, most);
    else return false;
    return true;
  });
  const { name, float, int, text, tensor } = found;
  return { name, float, int, text, texts, ints, floats, tensor };
}

function readValue(reader: Reader, end: number): OnnxValue {
  let name = "";
  let shape: (number | string | null)[] | undefined;
  const deeper = (wanted: number, read: (reader: Reader, end: number) => void) => (inner: Reader, last: number) =>
    message(inner, last, (field, wire) => {
      if (field !== wanted || wire !== BYTES) return false;
      inside(inner, read);
      return true;
    });
  const dimension = (inner: Reader, last: number): void => {
    let length: number | string | null = null;
    message(inner, last, (field, wire) => {
      if (field === 1 && wire === VARINT) length = Number(inner.int64());
      else if (field === 2 && wire === BYTES) length = inner.string();
      else return false;
      return true;
    });
    if (shape !== undefined && shape.length <= MAX_RANK) shape.push(length);
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
