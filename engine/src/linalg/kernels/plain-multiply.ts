/** The dense products without WebAssembly: the same sums in the same order as assembly/multiply.ts. */

/** Terms of a partial sum, as in assembly/multiply.ts. */
export const DEPTH = 256;

/** op(A) or op(B) in a row-major array: how far apart its rows and its columns are. */
export interface Layout {
  readonly row: number;
  readonly column: number;
}

/**
 * C (m×n) ← or += A B: every entry is a sum of partial sums over 256 products, each from zero in order. With `lower`, entries
 * above the diagonal are left alone.
 */
export function plainMultiplyInto(
  c: Float64Array,
  a: Float64Array,
  { row: aRow, column: aColumn }: Layout,
  b: Float64Array,
  { row: bRow, column: bColumn }: Layout,
  [m, n, k]: readonly [number, number, number],
  { accumulate = false, lower = false, isSingle = false },
): void {
  for (let start = 0; start < k; start += DEPTH) {
    const depth = Math.min(DEPTH, k - start);
    const adds = accumulate || start > 0;
    for (let i = 0; i < m; i += 2) {
      const a0 = i * aRow + start * aColumn;
      // The last row of an odd number is done twice.
      const a1 = i + 1 < m ? a0 + aRow : a0;
      const c0 = i * n;
      const c1 = i + 1 < m ? c0 + n : c0;
      const columns = lower ? Math.min(n, i + 2) : n;
      for (let j = 0; j < columns; j += 2) {
        const b0 = j * bColumn + start * bRow;
        const b1 = j + 1 < n ? b0 + bColumn : b0;
        const j1 = j + 1 < n ? j + 1 : j;
        let [s00, s01, s10, s11] = [0, 0, 0, 0];
        if (isSingle) {
          for (let p = 0, x = 0, y = 0; p < depth; p++, x += aColumn, y += bRow) {
            const [x0, x1] = [Math.fround(a[a0 + x]), Math.fround(a[a1 + x])];
            const [y0, y1] = [Math.fround(b[b0 + y]), Math.fround(b[b1 + y])];
            s00 = Math.fround(s00 + Math.fround(x0 * y0));
            s01 = Math.fround(s01 + Math.fround(x0 * y1));
            s10 = Math.fround(s10 + Math.fround(x1 * y0));
            s11 = Math.fround(s11 + Math.fround(x1 * y1));
          }
        } else {
          for (let p = 0, x = 0, y = 0; p < depth; p++, x += aColumn, y += bRow) {
            const [x0, x1, y0, y1] = [a[a0 + x], a[a1 + x], b[b0 + y], b[b1 + y]];
            s00 += x0 * y0;
            s01 += x0 * y1;
            s10 += x1 * y0;
            s11 += x1 * y1;
          }
        }
        if (adds) {
          s00 += c[c0 + j];
          s01 += c[c0 + j1];
          s10 += c[c1 + j];
          s11 += c[c1 + j1];
        }
        c[c0 + j] = s00;
        c[c0 + j1] = s01;
        c[c1 + j] = s10;
        c[c1 + j1] = s11;
      }
    }
  }
}

/** s_ji ← s_ij for j < i. */
export function plainMirrorInto(s: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) s[j * n + i] = s[i * n + j];
}
