/**
 * Dense products C = op(A) op(B), row-major, by 4×4 tiles of packed operands (assembly/multiply.ts): 0.4 of
 * OpenBLAS's speed. Every entry is a sum over k in a fixed order, so |fl(C) − C| ≤ γ_k |A||B| (higham2002, (3.13)), and the
 * result depends on no size of a cache and not on whether WebAssembly is there.
 */
import type { Arithmetic } from "./loader.ts";
import { FIRST_ADDRESS, workspaceFor } from "./loader.ts";
import { DEPTH, type Layout, plainMirrorInto, plainMultiplyInto } from "./plain-multiply.ts";

export interface Product {
  /** C is m×n, the sums run over k. */
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** A is k×m as stored. */
  readonly transposeA?: boolean;
  /** B is n×k as stored. */
  readonly transposeB?: boolean;
  /** C += instead of C =. */
  readonly accumulate?: boolean;
  /** Operands and sums of 256 products in float32, twice as fast: |fl(C) − C| ≤ 2⁻²⁴ · 260 |A||B|. */
  readonly precision?: Precision | undefined;
  readonly arithmetic?: Arithmetic;
}

export type Precision = "double" | "single";

/** Below this many flops the way into the compiled memory and back costs more than it gains. */
const SMALL = 4000;
/** Numbers of one operand that are brought in at a time: 8 MB. */
const CHUNK = 2 ** 20;

/** C (m×n) = op(A) op(B). C must be none of the operands. Cost 2·m·n·k flops; copies what it reads once for every 2048 columns. */
export function multiplyInto(c: Float64Array, a: Float64Array, b: Float64Array, product: Product): void {
  const { m, n, k, transposeA = false, transposeB = false, accumulate = false, arithmetic } = product;
  const isSingle = product.precision === "single";
  if (k === 0 && !accumulate) c.fill(0, 0, m * n);
  if (m === 0 || n === 0 || k === 0) return;
  const nChunk = Math.min(n, 2048);
  const kChunk = Math.min(k, wholeBlocks(CHUNK / nChunk));
  const mChunk = Math.min(m, Math.max(4, Math.floor(CHUNK / Math.max(nChunk, kChunk) / 4) * 4));
  const isSmall = 2 * m * n * k < SMALL;
  const workspace =
    arithmetic === "plain" || isSmall ? undefined : workspaceFor(8 * (mChunk * nChunk + (mChunk + nChunk) * kChunk));
  if (workspace === undefined) {
    const [left, right] = [layout(transposeA, m, k), layout(transposeB, k, n)];
    plainMultiplyInto(c, a, left, b, right, [m, n, k], { accumulate, isSingle });
    return;
  }
  const { code } = workspace;
  const work = FIRST_ADDRESS;
  const aAt = work + code.workBytes();
  const bAt = aAt + 8 * mChunk * kChunk;
  const cAt = bAt + 8 * nChunk * kChunk;
  const numbers = workspace.numbers(cAt + 8 * mChunk * nChunk);
  for (let j = 0; j < n; j += nChunk) {
    const columns = Math.min(nChunk, n - j);
    for (let p = 0; p < k; p += kChunk) {
      const depth = Math.min(kChunk, k - p);
      const adds = accumulate || p > 0;
      const right = layout(transposeB, depth, columns);
      if (transposeB) copyIn(numbers, bAt, b, k, [j, columns], [p, depth]);
      else copyIn(numbers, bAt, b, n, [p, depth], [j, columns]);
      for (let i = 0; i < m; i += mChunk) {
        const rows = Math.min(mChunk, m - i);
        const left = layout(transposeA, rows, depth);
        if (transposeA) copyIn(numbers, aAt, a, m, [p, depth], [i, rows]);
        else copyIn(numbers, aAt, a, k, [i, rows], [p, depth]);
        if (adds) copyIn(numbers, cAt, c, n, [i, rows], [j, columns]);
        const multiply = isSingle ? code.multiplySingle : code.multiply;
        multiply(
          ...([cAt, 8 * columns, aAt, 8 * left.row, 8 * left.column, bAt, 8 * right.row, 8 * right.column] as const),
          ...([rows, columns, depth, adds ? 1 : 0, 0, work] as const),
        );
        copyOut(c, n, [i, rows], [j, columns], numbers, cAt);
      }
    }
  }
}

/** S (n×n, both triangles) += AᵀDA for A m×n, D diagonal, S symmetric: |fl(S) − S| ≤ γ_{m+2} (|S| + |A|ᵀ|D||A|). Cost m·n² flops. */
export function addGramInto(
  s: Float64Array,
  a: Float64Array,
  d: Float64Array,
  n: number,
  arithmetic?: Arithmetic,
): void {
  const m = d.length;
  const weighted = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let k = i * n; k < (i + 1) * n; k++) weighted[k] = d[i] * a[k];
  const workspace = arithmetic === "plain" || m * n * n < SMALL ? undefined : workspaceFor(8 * (n * n + 2 * m * n));
  if (workspace === undefined) {
    const [left, right] = [
      { row: 1, column: n },
      { row: n, column: 1 },
    ];
    plainMultiplyInto(s, weighted, left, a, right, [n, n, m], { lower: true, accumulate: true });
    plainMirrorInto(s, n);
    return;
  }
  const { code } = workspace;
  const work = FIRST_ADDRESS;
  const leftAt = work + code.workBytes();
  const rightAt = leftAt + 8 * m * n;
  const sAt = rightAt + 8 * m * n;
  const numbers = workspace.numbers(sAt + 8 * n * n);
  numbers.set(weighted, leftAt / 8);
  numbers.set(a.subarray(0, m * n), rightAt / 8);
  numbers.set(s.subarray(0, n * n), sAt / 8);
  code.multiply(...([sAt, 8 * n, leftAt, 8, 8 * n, rightAt, 8 * n, 8] as const), ...([n, n, m, 1, 1, work] as const));
  code.mirror(sAt, n);
  s.set(numbers.subarray(sAt / 8, sAt / 8 + n * n));
}

/** S (n×n, both triangles) = AᵀA for A m×n: half the work of a product. |fl(S) − S| ≤ γ_m |A|ᵀ|A|. Cost m·n² flops. */
export function gramInto(
  s: Float64Array,
  a: Float64Array,
  m: number,
  n: number,
  { arithmetic, precision }: Pick<Product, "arithmetic" | "precision"> = {},
): void {
  const isSingle = precision === "single";
  if (m === 0) s.fill(0, 0, n * n);
  if (m === 0 || n === 0) return;
  const kChunk = Math.min(m, wholeBlocks(CHUNK / n));
  const workspace = arithmetic === "plain" || m * n * n < SMALL ? undefined : workspaceFor(8 * (n * n + n * kChunk));
  if (workspace === undefined) {
    plainMultiplyInto(s, a, { row: 1, column: n }, a, { row: n, column: 1 }, [n, n, m], {
      lower: true,
      isSingle,
    });
    plainMirrorInto(s, n);
    return;
  }
  const { code } = workspace;
  const work = FIRST_ADDRESS;
  const aAt = work + code.workBytes();
  const sAt = aAt + 8 * n * kChunk;
  const numbers = workspace.numbers(sAt + 8 * n * n);
  for (let p = 0; p < m; p += kChunk) {
    const depth = Math.min(kChunk, m - p);
    numbers.set(a.subarray(p * n, (p + depth) * n), aAt / 8);
    const multiply = isSingle ? code.multiplySingle : code.multiply;
    multiply(
      ...([sAt, 8 * n, aAt, 8, 8 * n, aAt, 8 * n, 8] as const),
      ...([n, n, depth, p > 0 ? 1 : 0, 1, work] as const),
    );
  }
  code.mirror(sAt, n);
  s.set(numbers.subarray(sAt / 8, sAt / 8 + n * n));
}

/** How a stored array is read as rows × columns. */
function layout(transposed: boolean, rows: number, columns: number): Layout {
  return transposed ? { row: 1, column: rows } : { row: columns, column: 1 };
}

/** Chunks of k end where partial sums end: the order of the sums stays the same. */
function wholeBlocks(length: number): number {
  return Math.max(1, Math.floor(length / DEPTH)) * DEPTH;
}

type Range = readonly [start: number, count: number];

/** A part of a row-major array into dense rows at `at`. */
function copyIn(
  numbers: Float64Array,
  at: number,
  from: Float64Array,
  stride: number,
  [row, rows]: Range,
  [column, columns]: Range,
): void {
  const to = at / 8;
  if (columns === stride) {
    numbers.set(from.subarray(row * stride, (row + rows) * stride), to);
    return;
  }
  for (let i = 0; i < rows; i++) {
    const start = (row + i) * stride + column;
    numbers.set(from.subarray(start, start + columns), to + i * columns);
  }
}

function copyOut(
  to: Float64Array,
  stride: number,
  [row, rows]: Range,
  [column, columns]: Range,
  numbers: Float64Array,
  at: number,
): void {
  const from = at / 8;
  for (let i = 0; i < rows; i += columns === stride ? rows : 1) {
    const count = columns === stride ? rows * columns : columns;
    to.set(numbers.subarray(from + i * columns, from + i * columns + count), (row + i) * stride + column);
  }
}
