/**
 * Cholesky factorization on a packed lower triangle: sliver i holds rows 4i … 4i+3 up to column 4i+3, the four numbers of one
 * column side by side, so a 4×4 tile is 16 numbers in a row and every operand of a product lies ready. Left-looking by blocks
 * of columns: a block takes what the columns before it give, then its own.
 */
import { tile, packSliver, SUBTRACT } from "./tile";

/** Slivers of a block of columns: 64 columns. `plain/` counts the same. */
const BLOCK: i32 = 16;
/** Columns of a partial sum. */
const DEPTH: i32 = 256;

// @ts-ignore: decorator
@inline
function sliverAt(base: usize, i: i32): usize {
  return base + <usize>(i * (i + 1)) * 64;
}

/** Rows 4i … of a row-major n×n matrix that begin at `rows` go into sliver i; rows past n are those of the identity. */
export function packTriangle(base: usize, i: i32, rows: usize, n: i32): void {
  const there = n - 4 * i < 4 ? n - 4 * i : 4;
  const width = 4 * i + 4 < n ? 4 * i + 4 : n;
  const sliver = sliverAt(base, i);
  packSliver(sliver, rows, <usize>n << 3, 8, there, width);
  const padding = sliver + (<usize>(4 * i + there) << 5);
  if (there < 4) memory.fill(padding, 0, <usize>(4 - there) << 5);
  for (let r = there; r < 4; r++) store<f64>(padding + (<usize>(r - there) << 5) + (<usize>r << 3), 1);
}

/** The same for `shift` · I − S. */
export function packShifted(base: usize, i: i32, rows: usize, n: i32, shift: f64): void {
  packTriangle(base, i, rows, n);
  const there = n - 4 * i < 4 ? n - 4 * i : 4;
  const sliver = sliverAt(base, i);
  const end = sliver + (<usize>(4 * i + there) << 5);
  for (let at = sliver; at < end; at += 32) {
    v128.store(at, f64x2.neg(v128.load(at)));
    v128.store(at, f64x2.neg(v128.load(at, 16)), 16);
  }
  for (let r = 0; r < there; r++) {
    const at = sliver + (<usize>(4 * i + r) << 5) + (<usize>r << 3);
    store<f64>(at, shift + load<f64>(at));
  }
}

/** Back into the rows at `rows`: columns up to the diagonal only. */
export function unpackTriangle(base: usize, i: i32, rows: usize, n: i32): void {
  const sliver = sliverAt(base, i);
  for (let r = 0; r < 4 && 4 * i + r < n; r++) {
    const row = rows + (<usize>(r * n) << 3);
    for (let k = 0; k <= 4 * i + r; k++) {
      store<f64>(row + (<usize>k << 3), load<f64>(sliver + (<usize>(4 * k + r) << 3)));
    }
  }
}

/**
 * Block of columns `block` of the slivers from ≤ i < to, which must come in ascending order. Returns 0 at a pivot that is not
 * positive and finite.
 */
export function choleskyBlock(base: usize, block: i32, from: i32, to: i32): i32 {
  const first = block * BLOCK;
  const depth = 4 * first;
  for (let p = 0; p < depth; p += DEPTH) {
    const kb = depth - p < DEPTH ? depth - p : DEPTH;
    const skip = <usize>p << 5;
    for (let i = from; i < to; i++) {
      const row = sliverAt(base, i);
      const end = i < first + BLOCK ? i + 1 : first + BLOCK;
      for (let j = first; j < end; j++) {
        tile(sliverAt(base, j) + skip, row + skip, kb, row + (<usize>j << 7), 32, SUBTRACT);
      }
    }
  }
  const start = <usize>depth << 5;
  for (let i = from; i < to; i++) {
    const row = sliverAt(base, i);
    const end = i < first + BLOCK ? i + 1 : first + BLOCK;
    for (let j = first; j < end; j++) {
      const column = sliverAt(base, j);
      const at = row + (<usize>j << 7);
      if (j > first) tile(column + start, row + start, 4 * (j - first), at, 32, SUBTRACT);
      if (j < i) solveTile(at, column + (<usize>j << 7));
      else if (!factorTile(at)) return 0;
    }
  }
  return 1;
}

/** X ← X L⁻ᵀ for a tile X of four rows and the lower triangle of the tile L; tiles column by column. */
function solveTile(x: usize, l: usize): void {
  let x00 = v128.load(x), x01 = v128.load(x, 16);
  let x10 = v128.load(x, 32), x11 = v128.load(x, 48);
  let x20 = v128.load(x, 64), x21 = v128.load(x, 80);
  let x30 = v128.load(x, 96), x31 = v128.load(x, 112);
  let s = v128.load_splat<f64>(l);
  x00 = f64x2.div(x00, s);
  x01 = f64x2.div(x01, s);
  s = v128.load_splat<f64>(l, 8);
  x10 = f64x2.sub(x10, f64x2.mul(x00, s));
  x11 = f64x2.sub(x11, f64x2.mul(x01, s));
  s = v128.load_splat<f64>(l, 16);
  x20 = f64x2.sub(x20, f64x2.mul(x00, s));
  x21 = f64x2.sub(x21, f64x2.mul(x01, s));
  s = v128.load_splat<f64>(l, 24);
  x30 = f64x2.sub(x30, f64x2.mul(x00, s));
  x31 = f64x2.sub(x31, f64x2.mul(x01, s));
  s = v128.load_splat<f64>(l, 40);
  x10 = f64x2.div(x10, s);
  x11 = f64x2.div(x11, s);
  s = v128.load_splat<f64>(l, 48);
  x20 = f64x2.sub(x20, f64x2.mul(x10, s));
  x21 = f64x2.sub(x21, f64x2.mul(x11, s));
  s = v128.load_splat<f64>(l, 56);
  x30 = f64x2.sub(x30, f64x2.mul(x10, s));
  x31 = f64x2.sub(x31, f64x2.mul(x11, s));
  s = v128.load_splat<f64>(l, 80);
  x20 = f64x2.div(x20, s);
  x21 = f64x2.div(x21, s);
  s = v128.load_splat<f64>(l, 88);
  x30 = f64x2.sub(x30, f64x2.mul(x20, s));
  x31 = f64x2.sub(x31, f64x2.mul(x21, s));
  s = v128.load_splat<f64>(l, 120);
  x30 = f64x2.div(x30, s);
  x31 = f64x2.div(x31, s);
  v128.store(x, x00);
  v128.store(x, x01, 16);
  v128.store(x, x10, 32);
  v128.store(x, x11, 48);
  v128.store(x, x20, 64);
  v128.store(x, x21, 80);
  v128.store(x, x30, 96);
  v128.store(x, x31, 112);
}

/** The lower triangle of a 4×4 tile in place, column by column. */
function factorTile(x: usize): bool {
  for (let c = 0; c < 4; c++) {
    const diagonal = x + (<usize>(5 * c) << 3);
    let pivot = load<f64>(diagonal);
    if (!(pivot > 0 && pivot < Infinity)) return false;
    pivot = sqrt(pivot);
    store<f64>(diagonal, pivot);
    for (let r = c + 1; r < 4; r++) {
      const at = x + (<usize>(4 * c + r) << 3);
      store<f64>(at, load<f64>(at) / pivot);
    }
    // What column c gives to those behind it, in the order in which each of them takes its terms.
    for (let d = c + 1; d < 4; d++) {
      const s = load<f64>(x + (<usize>(4 * c + d) << 3));
      for (let r = d; r < 4; r++) {
        const at = x + (<usize>(4 * d + r) << 3);
        store<f64>(at, load<f64>(at) - load<f64>(x + (<usize>(4 * c + r) << 3)) * s);
      }
    }
  }
  return true;
}
