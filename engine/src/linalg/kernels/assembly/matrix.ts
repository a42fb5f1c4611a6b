/** Products of resident dense matrices with one vector: A (m×n, row-major), and symmetric S (n×n). */

/** y = A x: four rows at a time; the even and the odd terms apart, then together. */
export function timesVector(y: usize, a: usize, x: usize, m: i32, n: i32): void {
  const row = <usize>n << 3;
  const even = x + (<usize>(n & ~1) << 3);
  for (let i = 0; i < m; i += 4) {
    let a0 = a + <usize>i * row;
    let a1 = i + 1 < m ? a0 + row : a0;
    let a2 = i + 2 < m ? a1 + row : a0;
    let a3 = i + 3 < m ? a2 + row : a0;
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let b = x; b < even; b += 16) {
      const xb = v128.load(b);
      s0 = f64x2.add(s0, f64x2.mul(v128.load(a0), xb));
      s1 = f64x2.add(s1, f64x2.mul(v128.load(a1), xb));
      s2 = f64x2.add(s2, f64x2.mul(v128.load(a2), xb));
      s3 = f64x2.add(s3, f64x2.mul(v128.load(a3), xb));
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
    }
    if ((n & 1) != 0) {
      const last = f64x2.replace_lane(f64x2.splat(0), 0, load<f64>(even));
      s0 = f64x2.add(s0, f64x2.mul(v128.load64_zero(a0), last));
      s1 = f64x2.add(s1, f64x2.mul(v128.load64_zero(a1), last));
      s2 = f64x2.add(s2, f64x2.mul(v128.load64_zero(a2), last));
      s3 = f64x2.add(s3, f64x2.mul(v128.load64_zero(a3), last));
    }
    const to = y + (<usize>i << 3);
    store<f64>(to, f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1));
    if (i + 1 < m) store<f64>(to, f64x2.extract_lane(s1, 0) + f64x2.extract_lane(s1, 1), 8);
    if (i + 2 < m) store<f64>(to, f64x2.extract_lane(s2, 0) + f64x2.extract_lane(s2, 1), 16);
    if (i + 3 < m) store<f64>(to, f64x2.extract_lane(s3, 0) + f64x2.extract_lane(s3, 1), 24);
  }
}

/** y = Aᵀ x: the rows in order, four at a time. */
export function timesVectorTransposed(y: usize, a: usize, x: usize, m: i32, n: i32): void {
  const row = <usize>n << 3;
  const end = y + row;
  const even = y + (<usize>(n & ~1) << 3);
  memory.fill(y, 0, row);
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    let a0 = a + <usize>i * row;
    let a1 = a0 + row;
    let a2 = a1 + row;
    let a3 = a2 + row;
    const x0 = v128.load_splat<f64>(x), x1 = v128.load_splat<f64>(x, 8);
    const x2 = v128.load_splat<f64>(x, 16), x3 = v128.load_splat<f64>(x, 24);
    let b = y;
    while (b < even) {
      let s = f64x2.add(v128.load(b), f64x2.mul(v128.load(a0), x0));
      s = f64x2.add(s, f64x2.mul(v128.load(a1), x1));
      s = f64x2.add(s, f64x2.mul(v128.load(a2), x2));
      v128.store(b, f64x2.add(s, f64x2.mul(v128.load(a3), x3)));
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
      b += 16;
    }
    if (b < end) {
      const s = load<f64>(b) + load<f64>(a0) * load<f64>(x) + load<f64>(a1) * load<f64>(x, 8);
      store<f64>(b, s + load<f64>(a2) * load<f64>(x, 16) + load<f64>(a3) * load<f64>(x, 24));
    }
    x += 32;
  }
  for (; i < m; i++) {
    let at = a + <usize>i * row;
    const xi = load<f64>(x);
    for (let b = y; b < end; b += 8) {
      store<f64>(b, load<f64>(b) + load<f64>(at) * xi);
      at += 8;
    }
    x += 8;
  }
}

/**
 * y = S x, of S the lower triangle is read, once: what costs is reading it. Four rows at a time: as rows, the even and the odd terms
 * apart, then together, and the rest of them by itself; as columns, in order.
 */
export function timesSymmetric(y: usize, s: usize, x: usize, n: i32): void {
  const row = <usize>n << 3;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const own = <usize>i << 3;
    let a0 = s + <usize>i * row;
    let a1 = a0 + row;
    let a2 = a1 + row;
    let a3 = a2 + row;
    const e0 = load<f64>(x + own), e1 = load<f64>(x + own, 8), e2 = load<f64>(x + own, 16), e3 = load<f64>(x + own, 24);
    const x0 = f64x2.splat(e0), x1 = f64x2.splat(e1), x2 = f64x2.splat(e2), x3 = f64x2.splat(e3);
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
    const end = x + own;
    let to = y;
    for (let b = x; b < end; b += 16) {
      const xb = v128.load(b);
      const b0 = v128.load(a0), b1 = v128.load(a1), b2 = v128.load(a2), b3 = v128.load(a3);
      s0 = f64x2.add(s0, f64x2.mul(b0, xb));
      s1 = f64x2.add(s1, f64x2.mul(b1, xb));
      s2 = f64x2.add(s2, f64x2.mul(b2, xb));
      s3 = f64x2.add(s3, f64x2.mul(b3, xb));
      const low = f64x2.add(f64x2.mul(b0, x0), f64x2.mul(b1, x1));
      const high = f64x2.add(f64x2.mul(b2, x2), f64x2.mul(b3, x3));
      v128.store(to, f64x2.add(v128.load(to), f64x2.add(low, high)));
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
      to += 16;
    }
    const d10 = load<f64>(a1), d20 = load<f64>(a2), d21 = load<f64>(a2, 8);
    const d30 = load<f64>(a3), d31 = load<f64>(a3, 8), d32 = load<f64>(a3, 16);
    const t0 = load<f64>(a0) * e0 + d10 * e1 + (d20 * e2 + d30 * e3);
    const t1 = d10 * e0 + load<f64>(a1, 8) * e1 + (d21 * e2 + d31 * e3);
    const t2 = d20 * e0 + d21 * e1 + (load<f64>(a2, 16) * e2 + d32 * e3);
    const t3 = d30 * e0 + d31 * e1 + (d32 * e2 + load<f64>(a3, 24) * e3);
    store<f64>(to, f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1) + t0);
    store<f64>(to, f64x2.extract_lane(s1, 0) + f64x2.extract_lane(s1, 1) + t1, 8);
    store<f64>(to, f64x2.extract_lane(s2, 0) + f64x2.extract_lane(s2, 1) + t2, 16);
    store<f64>(to, f64x2.extract_lane(s3, 0) + f64x2.extract_lane(s3, 1) + t3, 24);
  }
  for (; i < n; i++) {
    let a = s + <usize>i * row;
    const end = a + (<usize>i << 3);
    const xi = load<f64>(x + (<usize>i << 3));
    let sum: f64 = 0;
    let from = x;
    let to = y;
    for (; a < end; a += 8) {
      const entry = load<f64>(a);
      sum += entry * load<f64>(from);
      store<f64>(to, load<f64>(to) + entry * xi);
      from += 8;
      to += 8;
    }
    store<f64>(to, sum + load<f64>(a) * xi);
  }
}
