/** Dense products in cache-sized blocks (goto2008): slivers of B stay in the first cache, a block of A in the second. */
import { packSingle, singleTile, SINGLE_COLUMNS } from "./single";
import { packSliver, tile, ADD, REPLACE } from "./tile";

/** Terms of a partial sum: C gathers the sums of 256 products one after the other. `plain/` counts the same. */
const DEPTH: i32 = 256;
const ROWS: i32 = 96;
const COLUMNS: i32 = 512;

/** Bytes of `work`: a tile, a block of A, a block of B. */
export function workBytes(): i32 {
  return 256 + 32 * DEPTH * (ROWS / 4 + COLUMNS / 4);
}

// @ts-ignore: decorator
@inline
function min(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

/**
 * C (m×n, row-major) ← or += A B, A m×k, B k×n, all k > 0. Distances in bytes: of the rows of C, of the rows and columns of A
 * and of B, so a transposed operand is one whose distances change places. With `lower`, tiles wholly above the diagonal are
 * left out.
 */
export function multiply(
  c: usize, cRow: usize,
  a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize,
  m: i32, n: i32, k: i32,
  mode: i32, lower: i32, work: usize,
): void {
  blocks<f64>(c, cRow, a, aRow, aColumn, b, bRow, bColumn, m, n, k, mode, lower, work);
}

/** `multiply` with operands rounded to float32 and sums of 256 products in float32: within 2⁻²⁴ · 257 |A||B|. */
export function multiplySingle(
  c: usize, cRow: usize,
  a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize,
  m: i32, n: i32, k: i32,
  mode: i32, lower: i32, work: usize,
): void {
  blocks<f32>(c, cRow, a, aRow, aColumn, b, bRow, bColumn, m, n, k, mode, lower, work);
}

// @ts-ignore: decorator
@inline
function blocks<T extends number>(
  c: usize, cRow: usize,
  a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize,
  m: i32, n: i32, k: i32,
  mode: i32, lower: i32, work: usize,
): void {
  const width = sizeof<T>() == 8 ? 4 : SINGLE_COLUMNS;
  const packedA = work + 256;
  const packedB = packedA + <usize>(32 * DEPTH * (ROWS / 4));
  for (let j0 = 0; j0 < n; j0 += COLUMNS) {
    const nb = min(COLUMNS, n - j0);
    for (let p0 = 0; p0 < k; p0 += DEPTH) {
      const kb = min(DEPTH, k - p0);
      const rightSize = <usize>kb << 5;
      const leftSize = <usize>(kb * 4 * sizeof<T>());
      const how = p0 > 0 ? ADD : mode;
      for (let j = 0; j < nb; j += width) {
        const from = b + <usize>p0 * bRow + <usize>(j0 + j) * bColumn;
        const to = packedB + <usize>(j / width) * rightSize;
        if (sizeof<T>() == 8) packSliver(to, from, bColumn, bRow, min(4, nb - j), kb);
        else packSingle(to, from, bColumn, bRow, min(8, nb - j), kb, 8);
      }
      for (let i0 = lower != 0 ? j0 / ROWS * ROWS : 0; i0 < m; i0 += ROWS) {
        const mb = min(ROWS, m - i0);
        for (let i = 0; i < mb; i += 4) {
          const from = a + <usize>(i0 + i) * aRow + <usize>p0 * aColumn;
          const to = packedA + <usize>(i >> 2) * leftSize;
          if (sizeof<T>() == 8) packSliver(to, from, aRow, aColumn, min(4, mb - i), kb);
          else packSingle(to, from, aRow, aColumn, min(4, mb - i), kb, 4);
        }
        for (let j = 0; j < nb; j += width) {
          const first = lower != 0 ? j0 + j - i0 : 0;
          for (let i = first > 0 ? first & ~3 : 0; i < mb; i += 4) {
            const to = c + <usize>(i0 + i) * cRow + (<usize>(j0 + j) << 3);
            const left = packedA + <usize>(i >> 2) * leftSize;
            const right = packedB + <usize>(j / width) * rightSize;
            if (i + 4 <= mb && j + width <= nb) {
              if (sizeof<T>() == 8) tile(left, right, kb, to, cRow, how);
              else singleTile(left, right, kb, to, cRow, how);
            } else {
              if (sizeof<T>() == 8) tile(left, right, kb, work, 32, REPLACE);
              else singleTile(left, right, kb, work, 64, REPLACE);
              mergeEdge(to, cRow, work, <usize>width << 3, min(4, mb - i), min(width, nb - j), how);
            }
          }
        }
      }
    }
  }
}

/** The part of a tile that lies inside C. */
function mergeEdge(
  to: usize, stride: usize, from: usize, fromStride: usize, rows: i32, columns: i32, mode: i32,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = to + (<usize>j << 3);
      const x = load<f64>(from + (<usize>j << 3));
      store<f64>(at, mode == ADD ? load<f64>(at) + x : x);
    }
    to += stride;
    from += fromStride;
  }
}

/** s_ji ← s_ij for j < i, n×n row-major. */
export function mirror(s: usize, n: i32): void {
  const row = <usize>n << 3;
  for (let i0 = 0; i0 < n; i0 += 16) {
    const iEnd = min(i0 + 16, n);
    for (let j0 = 0; j0 <= i0; j0 += 16) {
      for (let i = i0; i < iEnd; i++) {
        const jEnd = min(j0 + 16, i);
        for (let j = j0; j < jEnd; j++) {
          store<f64>(s + <usize>j * row + (<usize>i << 3), load<f64>(s + <usize>i * row + (<usize>j << 3)));
        }
      }
    }
  }
}
