/**
 * The 4×4 tile all dense products are made of, on slivers: four rows (or columns) of a matrix side by side, the four numbers
 * of one depth next to each other. Every sum runs over the depth in order from zero, so its value depends on no layout.
 * Four vectors are read for a depth: a_i times b_j and times b_j with its halves changed give the diagonal (p) and the other
 * one (q) of each 2×2 part, which are sorted at the end. V8 puts every load of a block before its arithmetic: one depth a
 * turn keeps eight sums, four operands and a product in fifteen registers; two depths a turn, or a larger tile, spill sums
 * to memory, which takes half as long again.
 */

/** How a tile meets what stands in its place. */
export const REPLACE: i32 = 0;
export const ADD: i32 = 1;
export const SUBTRACT: i32 = 2;

/** C (4×4, rows `stride` bytes apart) ←, + or − Σ_p a_p b_pᵀ for p < depth. Cost 32·depth flops. */
export function tile(a: usize, b: usize, depth: i32, c: usize, stride: usize, mode: i32): void {
  let p00 = f64x2.splat(0), q00 = f64x2.splat(0);
  let p01 = f64x2.splat(0), q01 = f64x2.splat(0);
  let p10 = f64x2.splat(0), q10 = f64x2.splat(0);
  let p11 = f64x2.splat(0), q11 = f64x2.splat(0);
  const end = a + (<usize>depth << 5);
  while (a < end) {
    const a0 = v128.load(a), a1 = v128.load(a, 16);
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    p00 = f64x2.add(p00, f64x2.mul(a0, b0));
    p10 = f64x2.add(p10, f64x2.mul(a1, b0));
    const t0 = v128.shuffle<f64>(b0, b0, 1, 0);
    q00 = f64x2.add(q00, f64x2.mul(a0, t0));
    q10 = f64x2.add(q10, f64x2.mul(a1, t0));
    p01 = f64x2.add(p01, f64x2.mul(a0, b1));
    p11 = f64x2.add(p11, f64x2.mul(a1, b1));
    const t1 = v128.shuffle<f64>(b1, b1, 1, 0);
    q01 = f64x2.add(q01, f64x2.mul(a0, t1));
    q11 = f64x2.add(q11, f64x2.mul(a1, t1));
    a += 32;
    b += 32;
  }
  let c00 = v128.shuffle<f64>(p00, q00, 0, 2), c10 = v128.shuffle<f64>(q00, p00, 1, 3);
  let c01 = v128.shuffle<f64>(p01, q01, 0, 2), c11 = v128.shuffle<f64>(q01, p01, 1, 3);
  let c20 = v128.shuffle<f64>(p10, q10, 0, 2), c30 = v128.shuffle<f64>(q10, p10, 1, 3);
  let c21 = v128.shuffle<f64>(p11, q11, 0, 2), c31 = v128.shuffle<f64>(q11, p11, 1, 3);
  const r1 = c + stride;
  const r2 = r1 + stride;
  const r3 = r2 + stride;
  if (mode == ADD) {
    c00 = f64x2.add(v128.load(c), c00);
    c01 = f64x2.add(v128.load(c, 16), c01);
    c10 = f64x2.add(v128.load(r1), c10);
    c11 = f64x2.add(v128.load(r1, 16), c11);
    c20 = f64x2.add(v128.load(r2), c20);
    c21 = f64x2.add(v128.load(r2, 16), c21);
    c30 = f64x2.add(v128.load(r3), c30);
    c31 = f64x2.add(v128.load(r3, 16), c31);
  } else if (mode == SUBTRACT) {
    c00 = f64x2.sub(v128.load(c), c00);
    c01 = f64x2.sub(v128.load(c, 16), c01);
    c10 = f64x2.sub(v128.load(r1), c10);
    c11 = f64x2.sub(v128.load(r1, 16), c11);
    c20 = f64x2.sub(v128.load(r2), c20);
    c21 = f64x2.sub(v128.load(r2, 16), c21);
    c30 = f64x2.sub(v128.load(r3), c30);
    c31 = f64x2.sub(v128.load(r3, 16), c31);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(r1, c10);
  v128.store(r1, c11, 16);
  v128.store(r2, c20);
  v128.store(r2, c21, 16);
  v128.store(r3, c30);
  v128.store(r3, c31, 16);
}

/**
 * One sliver: to[4p + l] = from[l·lane + p·step] for l < lanes, p < depth (distances in bytes); lanes that are not there are
 * zero. One of lane and step is 8 in every use.
 */
export function packSliver(to: usize, from: usize, lane: usize, step: usize, lanes: i32, depth: i32): void {
  if (lanes == 4 && step == 8) {
    let p0 = from;
    let p1 = p0 + lane;
    let p2 = p1 + lane;
    let p3 = p2 + lane;
    const even = to + (<usize>(depth & ~1) << 5);
    while (to < even) {
      const x0 = v128.load(p0), x1 = v128.load(p1), x2 = v128.load(p2), x3 = v128.load(p3);
      v128.store(to, v128.shuffle<f64>(x0, x1, 0, 2));
      v128.store(to, v128.shuffle<f64>(x2, x3, 0, 2), 16);
      v128.store(to, v128.shuffle<f64>(x0, x1, 1, 3), 32);
      v128.store(to, v128.shuffle<f64>(x2, x3, 1, 3), 48);
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
      to += 64;
    }
    if ((depth & 1) != 0) {
      store<f64>(to, load<f64>(p0));
      store<f64>(to, load<f64>(p1), 8);
      store<f64>(to, load<f64>(p2), 16);
      store<f64>(to, load<f64>(p3), 24);
    }
    return;
  }
  if (lanes == 4 && lane == 8) {
    for (let p = 0; p < depth; p++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += step;
      to += 32;
    }
    return;
  }
  for (let p = 0; p < depth; p++) {
    let at = from;
    for (let l = 0; l < 4; l++) {
      store<f64>(to + (<usize>l << 3), l < lanes ? load<f64>(at) : 0);
      at += lane;
    }
    from += step;
    to += 32;
  }
}
