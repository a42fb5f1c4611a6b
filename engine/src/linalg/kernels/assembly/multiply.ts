/** Dense products in cache-sized blocks (goto2008): slivers of B stay in the first cache, a block of A in the second. */
import { packSliver, tile, ADD, REPLACE } from "./tile";

/** Terms of a partial sum: C gathers the sums of 256 products one after the other. `plain/` counts the same. */
const DEPTH: i32 = 256;
const ROWS: i32 = 96;
const COLUMNS: i32 = 512;

/** Bytes of `work`: a tile, a block of A, a block of B. */
export function workBytes(): i32 {
  return 128 + 32 * DEPTH * (ROWS / 4 + COLUMNS / 4);
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
  const packedA = work + 128;
  const packedB = packedA + <usize>(32 * DEPTH * (ROWS / 4));
  for (let j0 = 0; j0 < n; j0 += COLUMNS) {
    const nb = min(COLUMNS, n - j0);
    for (let p0 = 0; p0 < k; p0 += DEPTH) {
      const kb = min(DEPTH, k - p0);
      const sliver = <usize>kb << 5;
      const how = p0 > 0 ? ADD : mode;
      for (let j = 0; j < nb; j += 4) {
        const from = b + <usize>p0 * bRow + <usize>(j0 + j) * bColumn;
        packSliver(packedB + <usize>(j >> 2) * sliver, from, bColumn, bRow, min(4, nb - j), kb);
      }
      for (let i0 = lower != 0 ? j0 / ROWS * ROWS : 0; i0 < m; i0 += ROWS) {
        const mb = min(ROWS, m - i0);
        for (let i = 0; i < mb; i += 4) {
          const from = a + <usize>(i0 + i) * aRow + <usize>p0 * aColumn;
          packSliver(packedA + <usize>(i >> 2) * sliver, from, aRow, aColumn, min(4, mb - i), kb);
        }
        for (let j = 0; j < nb; j += 4) {
          const first = lower != 0 ? j0 + j - i0 : 0;
          for (let i = first > 0 ? first & ~3 : 0; i < mb; i += 4) {
            const to = c + <usize>(i0 + i) * cRow + (<usize>(j0 + j) << 3);
            const left = packedA + <usize>(i >> 2) * sliver;
            const right = packedB + <usize>(j >> 2) * sliver;
            if (i + 4 <= mb && j + 4 <= nb) tile(left, right, kb, to, cRow, how);
            else {
              tile(left, right, kb, work, 32, REPLACE);
              mergeEdge(to, cRow, work, min(4, mb - i), min(4, nb - j), how);
            }
          }
        }
      }
    }
  }
}

/** The part of a tile that lies inside C. */
function mergeEdge(to: usize, stride: usize, from: usize, rows: i32, columns: i32, mode: i32): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = to + (<usize>j << 3);
      const x = load<f64>(from + (<usize>j << 3));
      store<f64>(at, mode == ADD ? load<f64>(at) + x : x);
    }
    to += stride;
    from += 32;
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
