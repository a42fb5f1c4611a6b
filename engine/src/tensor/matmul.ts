/** Matrix products in float64, blocked for registers. */

/** A matrix inside an array: entry (i, j) is values[offset + i · row + j · column]. */
export interface StridedMatrix {
  readonly values: Float64Array;
  readonly offset: number;
  readonly row: number;
  readonly column: number;
}

/** Inner dimensions are taken in pieces of so many, to stay in the first cache. */
const DEPTH = 256;

/**
 * out[offset + i·n + j] += Σ_k a_ik b_kj, a: m × depth, b: depth × n, out row-major m × n.
 * 4 × 4 blocks of `out` in registers over packed strips of a and b; cost 2·m·depth·n, and (m + n)·depth numbers copied.
 * Every entry is a sum of `depth` products: error at most γ_depth |a||b|.
 */
export function addProductInto(
  out: Float64Array,
  offset: number,
  a: StridedMatrix,
  b: StridedMatrix,
  [m, depth, n]: readonly [number, number, number],
): void {
  const strips = Math.ceil(n / 4);
  const packedA = new Float64Array(4 * Math.min(DEPTH, depth));
  const packedB = new Float64Array(4 * strips * Math.min(DEPTH, depth));
  for (let from = 0; from < depth; from += DEPTH) {
    const length = Math.min(DEPTH, depth - from);
    for (let strip = 0; strip < strips; strip++) {
      const start = b.offset + from * b.row + 4 * strip * b.column;
      pack(packedB, 4 * strip * length, b.values, start, b.column, b.row, Math.min(4, n - 4 * strip), length);
    }
    for (let i = 0; i < m; i += 4) {
      const rows = Math.min(4, m - i);
      pack(packedA, 0, a.values, a.offset + i * a.row + from * a.column, a.row, a.column, rows, length);
      for (let strip = 0; strip < strips; strip++) {
        const columns = Math.min(4, n - 4 * strip);
        addBlock(out, offset + i * n + 4 * strip, n, rows, columns, packedA, packedB, 4 * strip * length, length);
      }
    }
  }
}

/** packed[start + 4k + r] = values[from + r·across + k·along] for r < count, 0 up to 4. */
function pack(
  packed: Float64Array,
  start: number,
  values: Float64Array,
  from: number,
  across: number,
  along: number,
  count: number,
  length: number,
): void {
  for (let r = 0; r < 4; r++) {
    let source = from + r * across;
    for (let k = 0, to = start + r; k < length; k++, to += 4, source += along) {
      packed[to] = r < count ? values[source] : 0;
    }
  }
}

/** Adds one 4 × 4 block of the product, clipped to rows × columns, to `out` with rows `stride` apart. */
function addBlock(
  out: Float64Array,
  at: number,
  stride: number,
  rows: number,
  columns: number,
  a: Float64Array,
  b: Float64Array,
  bStart: number,
  length: number,
): void {
  let [c00, c01, c02, c03] = [0, 0, 0, 0];
  let [c10, c11, c12, c13] = [0, 0, 0, 0];
  let [c20, c21, c22, c23] = [0, 0, 0, 0];
  let [c30, c31, c32, c33] = [0, 0, 0, 0];
  for (let k = 0, p = 0, q = bStart; k < length; k++, p += 4, q += 4) {
    const b0 = b[q];
    const b1 = b[q + 1];
    const b2 = b[q + 2];
    const b3 = b[q + 3];
    const a0 = a[p];
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[p + 1];
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[p + 2];
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[p + 3];
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  addRow(out, at, columns, c00, c01, c02, c03);
  if (rows > 1) addRow(out, at + stride, columns, c10, c11, c12, c13);
  if (rows > 2) addRow(out, at + 2 * stride, columns, c20, c21, c22, c23);
  if (rows > 3) addRow(out, at + 3 * stride, columns, c30, c31, c32, c33);
}

function addRow(out: Float64Array, at: number, columns: number, c0: number, c1: number, c2: number, c3: number): void {
  out[at] += c0;
  if (columns > 1) out[at + 1] += c1;
  if (columns > 2) out[at + 2] += c2;
  if (columns > 3) out[at + 3] += c3;
}
