/**
 * The 4×8 tile of products in single precision: operands are rounded to float32 as they are packed, sums of a depth run in float32 in
 * order from zero, and C is float64. A depth reads two vectors of B and four numbers of A: eight sums, two vectors, a number in all lanes
 * and a product stay in registers.
 */
import { ADD } from "./tile";

/** Numbers side by side in a sliver of B; of A they are four. */
export const SINGLE_COLUMNS: i32 = 8;

/** C (4×8, rows `stride` bytes apart) ← or += Σ_p a_p b_pᵀ for p < depth. Cost 64·depth flops. */
export function singleTile(a: usize, b: usize, depth: i32, c: usize, stride: usize, mode: i32): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00;
  let s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  const end = a + (<usize>depth << 4);
  while (a < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 4);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 8);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 12);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
    a += 16;
    b += 32;
  }
  storeRow(c, s00, s01, mode);
  storeRow(c + stride, s10, s11, mode);
  storeRow(c + 2 * stride, s20, s21, mode);
  storeRow(c + 3 * stride, s30, s31, mode);
}

// @ts-ignore: decorator
@inline
function storeRow(c: usize, low: v128, high: v128, mode: i32): void {
  let x0 = f64x2.promote_low_f32x4(low);
  let x1 = f64x2.promote_low_f32x4(v128.shuffle<f64>(low, low, 1, 0));
  let x2 = f64x2.promote_low_f32x4(high);
  let x3 = f64x2.promote_low_f32x4(v128.shuffle<f64>(high, high, 1, 0));
  if (mode == ADD) {
    x0 = f64x2.add(v128.load(c), x0);
    x1 = f64x2.add(v128.load(c, 16), x1);
    x2 = f64x2.add(v128.load(c, 32), x2);
    x3 = f64x2.add(v128.load(c, 48), x3);
  }
  v128.store(c, x0);
  v128.store(c, x1, 16);
  v128.store(c, x2, 32);
  v128.store(c, x3, 48);
}

// @ts-ignore: decorator
@inline
function rounded(low: v128, high: v128): v128 {
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** Two depths of four lanes. */
// @ts-ignore: decorator
@inline
function packTwo(to: usize, from: usize, lane: usize, size: usize): void {
  const x = rounded(v128.load(from), v128.load(from + lane));
  const y = rounded(v128.load(from + 2 * lane), v128.load(from + 3 * lane));
  v128.store(to, v128.shuffle<f32>(x, y, 0, 2, 4, 6));
  v128.store(to + size, v128.shuffle<f32>(x, y, 1, 3, 5, 7));
}

/** As `packSliver` (tile.ts), of `width` numbers each, 4 or 8, rounded to float32. */
export function packSingle(
  to: usize, from: usize, lane: usize, step: usize, lanes: i32, depth: i32, width: i32,
): void {
  const size = <usize>width << 2;
  if (lanes == width && lane == 8) {
    for (let p = 0; p < depth; p++) {
      v128.store(to, rounded(v128.load(from), v128.load(from, 16)));
      if (width == 8) v128.store(to, rounded(v128.load(from, 32), v128.load(from, 48)), 16);
      from += step;
      to += size;
    }
    return;
  }
  let p = 0;
  if (lanes == width && step == 8) {
    for (; p + 2 <= depth; p += 2) {
      packTwo(to, from, lane, size);
      if (width == 8) packTwo(to + 16, from + 4 * lane, lane, size);
      from += 16;
      to += 2 * size;
    }
  }
  for (; p < depth; p++) {
    let at = from;
    for (let l = 0; l < width; l++) {
      store<f32>(to + (<usize>l << 2), l < lanes ? <f32>load<f64>(at) : 0);
      at += lane;
    }
    from += step;
    to += size;
  }
}
