/**
 * The compiled kernels and their memory. The module is compiled once, at its first use; where WebAssembly or its SIMD is
 * missing, `plain-*.ts` gives the same numbers, bit for bit. Only this file knows that WebAssembly exists.
 */
import { KERNEL_MODULE } from "./module.ts";

/** Which of the two computes. The results do not depend on it. */
export type Arithmetic = "compiled" | "plain";

/** What assembly/module.ts exports. Addresses and distances are in bytes. */
export interface KernelCode {
  workBytes(): number;
  multiply(...numbers: ProductNumbers): void;
  multiplySingle(...numbers: ProductNumbers): void;
  mirror(s: number, n: number): void;
  packTriangle(base: number, sliver: number, rows: number, n: number): void;
  packShifted(base: number, sliver: number, rows: number, n: number, shift: number): void;
  unpackTriangle(base: number, sliver: number, rows: number, n: number): void;
  choleskyBlock(base: number, block: number, from: number, to: number): number;
  timesVector(y: number, a: number, x: number, m: number, n: number): void;
  timesVectorTransposed(y: number, a: number, x: number, m: number, n: number): void;
  krylovRow(v: number, w: number, n: number, length: number): void;
  krylovRecurrence(w: number, v: number, u: number, n: number, b: number, alpha: number): number;
  krylovProjection(w: number, rows: number, shares: number, part: number, m: number, n: number): number;
  timesSymmetric(y: number, s: number, x: number, n: number): void;
  predictRows(...numbers: EightNumbers): void;
  predictRowsSingle(...numbers: EightNumbers): void;
  gradientRows(
    ...numbers: [
      ...EightNumbers,
      ...[p: number, q: number, stride: number, kind: number, weight: number, delta: number, sum: number],
    ]
  ): number;
  timesRows(...numbers: EightNumbers): void;
  normalRows(
    ...numbers: [from: number, to: number, rowStart: number, column: number, w: number, x: number, y: number]
  ): void;
  timesTransposedRows(...numbers: EightNumbers): void;
  timesRowsSingle(...numbers: EightNumbers): void;
  timesTransposedRowsSingle(...numbers: EightNumbers): void;
  hessianRows(
    ...numbers: [
      ...EightNumbers,
      ...[v: number, du: number, dv: number, hu: number, hv: number, stride: number, work: number],
    ]
  ): void;
  gramRows(...numbers: [...EightNumbers, out: number, n: number]): void;
  padRows(room: number, rows: number, width: number, padded: number): void;
  closeRows(room: number, rows: number, width: number, padded: number): void;
  roundRows(to: number, from: number, rows: number, width: number, padded: number): void;
  widenRows(to: number, from: number, rows: number, width: number, padded: number): void;
  ridgeWorkBytes(slivers: number): number;
  ridgeRows(
    ...numbers: [...EightNumbers, ...[u: number, v: number, stride: number, r: number, ridge: number, work: number]]
  ): number;
  factorRows(
    ...numbers: [...EightNumbers, stride: number, r: number, ridge: number, blocks: number, work: number]
  ): number;
  solveRows(
    ...numbers: [from: number, to: number, blocks: number, step: number, d: number, stride: number, r: number]
  ): void;
  normRows(...numbers: EightNumbers): number;
  huberCurvatures(c: number, y: number, count: number, weight: number, delta: number): void;
  logisticSpan(x: number, y: number, w: number, c: number, count: number, weight: number, sum: number): number;
  logisticDualSpan(w: number, y: number, count: number, scale: number, sums: number): void;
  parabolaSpan(w: number, y: number, count: number, unit: number, sums: number): void;
  largestSpan(x: number, count: number, least: number): number;
  squareSpan(x: number, count: number, sums: number): void;
  relu(z: number, count: number): void;
  reluSlope(d: number, z: number, count: number): void;
  crossings(...numbers: [...EightNumbers, least: number]): number;
  addScaled(y: number, x: number, count: number, factor: number): void;
  lossSpan(x: number, y: number, count: number, kind: number, weight: number, delta: number, sum: number): number;
  stepSpan(...numbers: [...EightNumbers, ...[kind: number, weight: number, delta: number, sum: number]]): number;
  differenceSpan(x: number, g: number, count: number): void;
  moveSums(sums: number, then: number, z: number, g: number, x: number, count: number): void;
  slopeSpan(...numbers: [...EightNumbers, delta: number, sum: number]): number;
  moveRows(
    ...numbers: [
      ...EightNumbers,
      ...[x: number, before: number, w: number, y: number, momentum: number, sums: number, spare: number],
      ...[kind: number, weight: number, delta: number, sum: number, single: number],
    ]
  ): number;
  tridiagonalize(a: number, n: number, diagonal: number, beside: number, factor: number, p: number): void;
  accumulateReflectors(q: number, a: number, n: number, factor: number): void;
  rotateRows(q: number, width: number, low: number, high: number, cosines: number, sines: number): void;
}

/** The first arguments in the order of assembly/: a range, then addresses. */
type EightNumbers = [number, number, number, number, number, number, number, number];

type ProductNumbers = [
  ...[c: number, cRow: number, a: number, aRow: number, aColumn: number, b: number, bRow: number, bColumn: number],
  ...[m: number, n: number, k: number, mode: number, lower: number, work: number],
];

/** An instance with a memory of its own, which goes when nobody holds the instance any more. */
export interface Workspace {
  readonly code: KernelCode;
  /** The whole memory, with at least so many bytes. A growing memory leaves earlier views empty: ask for one per call. */
  numbers(bytes: number): Float64Array;
  indices(bytes: number): Int32Array;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (size: { initial: number }) => Memory;
}

const PAGE = 65_536;
/** The bytes before it hold the constants of the module. */
export const FIRST_ADDRESS = 1024;
/** What the shared workspace may grow to and keep. */
const SHARED_BYTES = 2 ** 26;
/** Workspaces that wait for the next who needs one, and what each of them may keep. */
const MOST_IDLE = 3;
const IDLE_BYTES = 2 ** 24;

let compiled: object | null | undefined;
let shared: Workspace | undefined;
const idle: Workspace[] = [];

/** A new workspace; undefined where there is no WebAssembly with SIMD, or no room for one more memory. */
export function newWorkspace(): Workspace | undefined {
  const { WebAssembly } = globalThis as unknown as { WebAssembly?: WebAssemblyApi };
  if (WebAssembly === undefined || compiled === null) return undefined;
  if (compiled === undefined) {
    const bytes = Uint8Array.from(atob(KERNEL_MODULE), (letter) => letter.charCodeAt(0));
    compiled = WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
    if (compiled === null) return undefined;
  }
  const memory = newMemory(WebAssembly);
  if (memory === undefined) return undefined;
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  let numbers = new Float64Array(memory.buffer);
  let indices = new Int32Array(memory.buffer);
  const reserve = (bytes: number): void => {
    const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
    if (missing > 0) memory.grow(missing);
    if (numbers.buffer === memory.buffer) return;
    numbers = new Float64Array(memory.buffer);
    indices = new Int32Array(memory.buffer);
  };
  return {
    code: exports as KernelCode,
    numbers(bytes) {
      reserve(bytes);
      return numbers;
    },
    indices(bytes) {
      reserve(bytes);
      return indices;
    },
  };
}

/** A memory reserves gigabytes of addresses: a process that may have few of them is refused, and does without. */
function newMemory({ Memory }: WebAssemblyApi): Memory | undefined {
  try {
    return new Memory({ initial: 1 });
  } catch {
    return undefined;
  }
}

/**
 * A workspace to be given back by `giveBack`: making a memory takes as long as many products. What stands in it is anything. Undefined
 * as for `newWorkspace`.
 */
export function borrowWorkspace(): Workspace | undefined {
  return idle.pop() ?? newWorkspace();
}

/** What was lent is of no more use to the borrower. */
export function giveBack(workspace: Workspace): void {
  if (idle.includes(workspace)) return;
  if (idle.length < MOST_IDLE && workspace.numbers(0).byteLength <= IDLE_BYTES) idle.push(workspace);
}

/** A workspace for one call that needs so many bytes: the shared one, or one of its own when that would keep too much. */
export function workspaceFor(bytes: number): Workspace | undefined {
  if (bytes > SHARED_BYTES) return newWorkspace();
  shared ??= newWorkspace();
  return shared;
}
