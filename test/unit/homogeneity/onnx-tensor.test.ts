/** Small arrays of an ONNX file in each form that the specification allows, made with onnx-proto. */
import { onnx } from "onnx-proto";
import { describe, expect, it } from "vitest";
import { readerOf } from "../../../engine/src/homogeneity/onnx-message.ts";
import { readTensor } from "../../../engine/src/homogeneity/onnx-tensor.ts";

const { FLOAT, INT32, INT64, BOOL, FLOAT16, DOUBLE, BFLOAT16, UINT8 } = onnx.TensorProto.DataType;

function read(tensor: onnx.ITensorProto) {
  const bytes = onnx.TensorProto.encode({ name: "t", ...tensor }).finish();
  return readTensor(readerOf(bytes), bytes.length);
}
const raw = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer);

describe("numbers of small arrays", () => {
  it.each<[string, onnx.ITensorProto, readonly number[]]>([
    ["int64", { dataType: INT64, int64Data: [3, -1, 0] }, [3, -1, 0]],
    ["int64 as bytes", { dataType: INT64, rawData: raw(BigInt64Array.of(3n, -1n, 2n ** 40n)) }, [3, -1, 2 ** 40]],
    ["int32", { dataType: INT32, int32Data: [3, -1, 7] }, [3, -1, 7]],
    ["int32 as bytes", { dataType: INT32, rawData: raw(Int32Array.of(3, -1, 7)) }, [3, -1, 7]],
    ["truth values as bytes", { dataType: BOOL, rawData: Uint8Array.of(1, 0, 1) }, [1, 0, 1]],
    ["float", { dataType: FLOAT, floatData: [1, 0.5, 2] }, [1, 0.5, 2]],
    ["float as bytes", { dataType: FLOAT, rawData: raw(Float32Array.of(1, 0.5, 2)) }, [1, 0.5, 2]],
    ["double", { dataType: DOUBLE, doubleData: [1, 1 / 3, 2] }, [1, 1 / 3, 2]],
    ["half", { dataType: FLOAT16, int32Data: [0x3c00, 0xfbff, 0x0001] }, [1, -65504, 2 ** -24]],
    ["half as bytes", { dataType: FLOAT16, rawData: raw(Uint16Array.of(0x3c00, 0xc100, 0x7c00)) }, [1, -2.5, Infinity]],
    ["bfloat16", { dataType: BFLOAT16, rawData: raw(Uint16Array.of(0x3f80, 0xc020, 0)) }, [1, -2.5, 0]],
  ])("%s", (_, tensor, expected) => {
    expect(read({ ...tensor, dims: [3] })).toMatchObject({ dims: [3], entries: expected, scalar: undefined });
  });

  it("an array without axes, and one of length 0", () => {
    expect(read({ dims: [], dataType: INT64, rawData: raw(BigInt64Array.of(5n)) })).toMatchObject({
      scalar: 5,
      entries: [5],
    });
    expect(read({ dims: [0], dataType: INT64 })).toMatchObject({ scalar: undefined, entries: [] });
    // 1e-5 in single precision, and the half that is nearest to it.
    expect(read({ dims: [1], dataType: FLOAT, floatData: [1e-5] }).scalar).toBe(1e-5);
    expect(read({ dims: [], dataType: FLOAT16, rawData: raw(Uint16Array.of(0x00a8)) }).scalar).toBe(168 * 2 ** -24);
  });

  it("numbers that are not all there, too many or of another type are not kept", () => {
    const whole = BigInt64Array.from({ length: 300 }, (_, k) => BigInt(k));
    for (const tensor of [
      { dims: [4], dataType: INT64, rawData: raw(BigInt64Array.of(1n, 2n)) },
      { dims: [2], dataType: INT64, int64Data: [1, 2, 3] },
      { dims: [300], dataType: INT64, rawData: raw(whole) },
      { dims: [300], dataType: INT64, int64Data: [...whole].map(Number) },
      { dims: [17], dataType: FLOAT, floatData: new Array<number>(17).fill(1) },
      { dims: [2], dataType: UINT8, rawData: Uint8Array.of(1, 2) },
      { dims: [-1], dataType: INT64, int64Data: [1] },
      { dims: [3], dataType: INT64, dataLocation: onnx.TensorProto.DataLocation.EXTERNAL },
    ])
      expect(read(tensor).entries).toBeUndefined();
  });
});
