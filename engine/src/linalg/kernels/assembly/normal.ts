/** WᵀW of observed entries, CSR with columns ascending: its product with a vector, and its rows. */
import { at4, at8 } from "./entries";

/**
 * y += Wᵀ (W x) for what rows from ≤ i < to give: a row is read twice, the second time from the first cache. Its product is four sums,
 * every fourth entry apart, then the first two together and the last two.
 */
export function normalRows(from: i32, to: i32, rowStart: usize, column: usize, w: usize, x: usize, y: usize): void {
  for (let i = from; i < to; i++) {
    const start = load<i32>(at4(rowStart, i));
    const count = load<i32>(at4(rowStart, i), 4) - start;
    const values = at8(w, start);
    const columns = at4(column, start);
    const quads = columns + (<usize>(count & ~3) << 2);
    const end = columns + (<usize>count << 2);
    let wk = values;
    let c = columns;
    let s0: f64 = 0, s1: f64 = 0, s2: f64 = 0, s3: f64 = 0;
    for (; c < quads; c += 16) {
      s0 += load<f64>(wk) * load<f64>(at8(x, load<i32>(c)));
      s1 += load<f64>(wk, 8) * load<f64>(at8(x, load<i32>(c, 4)));
      s2 += load<f64>(wk, 16) * load<f64>(at8(x, load<i32>(c, 8)));
      s3 += load<f64>(wk, 24) * load<f64>(at8(x, load<i32>(c, 12)));
      wk += 32;
    }
    for (; c < end; c += 4) {
      s0 += load<f64>(wk) * load<f64>(at8(x, load<i32>(c)));
      wk += 8;
    }
    const sum = s0 + s1 + (s2 + s3);
    wk = values;
    c = columns;
    for (; c < quads; c += 16) {
      const y0 = at8(y, load<i32>(c)), y1 = at8(y, load<i32>(c, 4));
      const y2 = at8(y, load<i32>(c, 8)), y3 = at8(y, load<i32>(c, 12));
      // Columns of a row differ.
      const z0 = load<f64>(y0) + load<f64>(wk) * sum, z1 = load<f64>(y1) + load<f64>(wk, 8) * sum;
      const z2 = load<f64>(y2) + load<f64>(wk, 16) * sum, z3 = load<f64>(y3) + load<f64>(wk, 24) * sum;
      store<f64>(y0, z0);
      store<f64>(y1, z1);
      store<f64>(y2, z2);
      store<f64>(y3, z3);
      wk += 32;
    }
    for (; c < end; c += 4) {
      const at = at8(y, load<i32>(c));
      store<f64>(at, load<f64>(at) + load<f64>(wk) * sum);
      wk += 8;
    }
  }
}

/**
 * Rows from ≤ j < to of WᵀW up to the diagonal, into `out` (n numbers each, of row `from` first), from what rows first ≤ i < end
 * of W give: entries of row i in those columns scatter the row up to the last of them, so beyond the diagonal stands no part of
 * the result. `cursor` of row i goes from its first entry in those columns to the first one behind them.
 */
export function gramRows(
  first: i32, end: i32, from: i32, to: i32, rowStart: usize, column: usize, w: usize, cursor: usize, out: usize, n: i32,
): void {
  const row = <usize>n << 3;
  const base = out - <usize>from * row;
  for (let i = first; i < end; i++) {
    const start = load<i32>(at4(rowStart, i));
    const stop = load<i32>(at4(rowStart, i), 4);
    let k = load<i32>(at4(cursor, i));
    let last = k;
    while (last < stop && load<i32>(at4(column, last)) < to) last++;
    store<i32>(at4(cursor, i), last);
    const columns = at4(column, start);
    const values = at8(w, start);
    for (; k + 4 <= last; k += 4) {
      scatterFour(base, row, at4(column, k), at8(w, k), columns, values, k + 4 - start);
    }
    for (; k < last; k++) {
      scatterOne(base + <usize>load<i32>(at4(column, k)) * row, load<f64>(at8(w, k)), columns, values, k + 1 - start);
    }
  }
}

/** Four rows of the Gram matrix read an entry together. */
function scatterFour(base: usize, row: usize, own: usize, x: usize, column: usize, w: usize, count: i32): void {
  const o0 = base + <usize>load<i32>(own) * row;
  const o1 = base + <usize>load<i32>(own, 4) * row;
  const o2 = base + <usize>load<i32>(own, 8) * row;
  const o3 = base + <usize>load<i32>(own, 12) * row;
  const x0 = load<f64>(x), x1 = load<f64>(x, 8), x2 = load<f64>(x, 16), x3 = load<f64>(x, 24);
  const end = column + (<usize>count << 2);
  while (column < end) {
    const c = <usize>load<i32>(column) << 3;
    const y = load<f64>(w);
    const s0 = load<f64>(o0 + c) + x0 * y;
    const s1 = load<f64>(o1 + c) + x1 * y;
    const s2 = load<f64>(o2 + c) + x2 * y;
    const s3 = load<f64>(o3 + c) + x3 * y;
    store<f64>(o0 + c, s0);
    store<f64>(o1 + c, s1);
    store<f64>(o2 + c, s2);
    store<f64>(o3 + c, s3);
    column += 4;
    w += 8;
  }
}

function scatterOne(out: usize, x: f64, column: usize, w: usize, count: i32): void {
  const end = column + (<usize>count << 2);
  while (column < end) {
    const o = out + (<usize>load<i32>(column) << 3);
    store<f64>(o, load<f64>(o) + x * load<f64>(w));
    column += 4;
    w += 8;
  }
}
