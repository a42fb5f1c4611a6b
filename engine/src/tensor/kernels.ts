/** Kernels of the CPU backend that are replaced: products for speed, erf and softplus because theirs stop at float32. */
import {
  _FusedMatMul,
  type _FusedMatMulAttrs,
  BatchMatMul,
  type BatchMatMulAttrs,
  broadcast_util,
  Erf,
  Softplus,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { replaceConvolutions } from "./convolution-kernels.ts";
import { erf } from "./error-function.ts";
import { type Call, type Ending, end, infoOf, replaceKernel, valuesIn } from "./kernel-call.ts";
import { addProductInto, type StridedMatrix } from "./matmul.ts";

interface Operands {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
}

/** Once per thread, when the backend is there. */
export function replaceKernels(): void {
  replaceKernel(BatchMatMul, batchMatMul);
  replaceKernel(_FusedMatMul, fusedMatMul);
  replaceConvolutions();
  replaceKernel(Erf, entrywise(erf));
  // log(1 + eˣ); the kernel of TensorFlow.js answers x from 13.9 on.
  replaceKernel(
    Softplus,
    entrywise((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  );
}

function entrywise(f: (x: number) => number): (call: Call<{ readonly x: TensorInfo }>) => TensorInfo {
  return ({ inputs: { x }, backend }) =>
    infoOf(
      backend,
      x.shape,
      valuesIn(backend, x).map((value) => f(value)),
    );
}

/** C = op(A) op(B) over leading batch axes, broadcast; op transposes where asked. Cost 2·m·k·n per batch. */
function batchMatMul({ inputs, backend, attrs }: Call<Operands, BatchMatMulAttrs>): TensorInfo {
  const a = { shape: inputs.a.shape, transposed: attrs.transposeA, values: valuesIn(backend, inputs.a) };
  const b = { shape: inputs.b.shape, transposed: attrs.transposeB, values: valuesIn(backend, inputs.b) };
  const [m, depth] = sizes(a);
  const [innerB, n] = sizes(b);
  if (depth !== innerB) throw new Error(`matMul: [${a.shape}] and [${b.shape}] do not fit`);
  const batches = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const count = util.sizeFromShape(batches);
  const out = new Float64Array(count * m * n);
  for (let batch = 0; batch < count; batch++) {
    addProductInto(out, batch * m * n, matrixOf(a, batch), matrixOf(b, batch), [m, depth, n]);
  }
  return infoOf(backend, [...batches, m, n], out);
}

interface Operand {
  readonly shape: readonly number[];
  readonly transposed: boolean;
  readonly values: Float64Array;
}

/** Rows and columns of op(X). */
function sizes({ shape, transposed }: Operand): readonly [number, number] {
  const [rows, columns] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}

function matrixOf({ shape, transposed, values }: Operand, batch: number): StridedMatrix {
  const [rows, columns] = shape.slice(-2);
  // An operand with fewer batches than the other is used again for each of them.
  const offset = values.length === 0 ? 0 : (batch * rows * columns) % values.length;
  return transposed ? { values, offset, row: 1, column: columns } : { values, offset, row: columns, column: 1 };
}

function fusedMatMul({ inputs, backend, attrs }: Call<Operands & Ending, _FusedMatMulAttrs>): TensorInfo {
  return end(backend, batchMatMul({ inputs, backend, attrs }), inputs, attrs);
}
