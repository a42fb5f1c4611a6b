/** Symmetric matrices to tridiagonal form by Householder reflections, and rotations of rows, two numbers at a time. */

/** Beside entries up to 1, a sum of squares that is nothing, and may have lost its digits to underflow. */
const NEGLIGIBLE: f64 = 1e-290;

/** Σ_j a_j b_j: every fourth term apart, then the first two of the four sums to the last two, then together. */
// @ts-ignore: decorator
@inline
function product(a: usize, b: usize, count: i32): f64 {
  let s = f64x2.splat(0), t = s;
  const quads = a + (<usize>(count & ~3) << 3);
  while (a < quads) {
    s = f64x2.add(s, f64x2.mul(v128.load(a), v128.load(b)));
    t = f64x2.add(t, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
    a += 32;
    b += 32;
  }
  if ((count & 2) != 0) {
    s = f64x2.add(s, f64x2.mul(v128.load(a), v128.load(b)));
    if ((count & 1) != 0) t = f64x2.add(t, f64x2.mul(v128.load64_zero(a, 16), v128.load64_zero(b, 16)));
  } else if ((count & 1) != 0) s = f64x2.add(s, f64x2.mul(v128.load64_zero(a), v128.load64_zero(b)));
  s = f64x2.add(s, t);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/** Σ_j a_j v_j as in `product`, and p_j += a_j factor. */
// @ts-ignore: decorator
@inline
function productAndAdd(a: usize, v: usize, p: usize, factor: f64, count: i32): f64 {
  const factors = f64x2.splat(factor);
  let s = f64x2.splat(0), t = s;
  const quads = a + (<usize>(count & ~3) << 3);
  while (a < quads) {
    const x = v128.load(a), y = v128.load(a, 16);
    s = f64x2.add(s, f64x2.mul(x, v128.load(v)));
    t = f64x2.add(t, f64x2.mul(y, v128.load(v, 16)));
    v128.store(p, f64x2.add(v128.load(p), f64x2.mul(x, factors)));
    v128.store(p, f64x2.add(v128.load(p, 16), f64x2.mul(y, factors)), 16);
    a += 32;
    v += 32;
    p += 32;
  }
  let isLow = true;
  if ((count & 2) != 0) {
    const x = v128.load(a);
    s = f64x2.add(s, f64x2.mul(x, v128.load(v)));
    v128.store(p, f64x2.add(v128.load(p), f64x2.mul(x, factors)));
    a += 16;
    v += 16;
    p += 16;
    isLow = false;
  }
  if ((count & 1) != 0) {
    const x = v128.load64_zero(a);
    const term = f64x2.mul(x, v128.load64_zero(v));
    if (isLow) s = f64x2.add(s, term);
    else t = f64x2.add(t, term);
    store<f64>(p, load<f64>(p) + f64x2.extract_lane(x, 0) * factor);
  }
  s = f64x2.add(s, t);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/** a_j −= x p_j + y v_j. */
// @ts-ignore: decorator
@inline
function subtractTwo(a: usize, p: usize, x: f64, v: usize, y: f64, count: i32): void {
  const xs = f64x2.splat(x), ys = f64x2.splat(y);
  const even = a + (<usize>(count & ~1) << 3);
  while (a < even) {
    v128.store(a, f64x2.sub(v128.load(a), f64x2.add(f64x2.mul(xs, v128.load(p)), f64x2.mul(ys, v128.load(v)))));
    a += 16;
    p += 16;
    v += 16;
  }
  if ((count & 1) != 0) store<f64>(a, load<f64>(a) - (x * load<f64>(p) + y * load<f64>(v)));
}

/**
 * A = Q T Qᵀ for the lower triangle of A (n × n): T into `diagonal` and `beside`, reflector k (from n − 1 down to 1) stays in row k of A,
 * left of the diagonal, and its factor in `factor`; `p` holds n numbers. Cost 4n³/3 flops.
 */
export function tridiagonalize(a: usize, n: i32, diagonal: usize, beside: usize, factor: usize, p: usize): void {
  const stride = <usize>n << 3;
  for (let k = n - 1; k >= 1; k--) {
    const v = a + <usize>k * stride;
    const end = <usize>k << 3;
    const square = product(v, v, k - 1);
    store<f64>(diagonal + end, load<f64>(v + end));
    const last = load<f64>(v + end - 8);
    store<f64>(factor + end, 0);
    store<f64>(beside + end - 8, last);
    if (square < NEGLIGIBLE) continue;
    // v = x − length e, H = I − v vᵀ / half, half = ‖v‖²/2.
    const root = sqrt(square + last * last);
    const length = last > 0 ? -root : root;
    store<f64>(beside + end - 8, length);
    store<f64>(v + end - 8, last - length);
    const half = length * length - last * length;
    store<f64>(factor + end, 1 / half);
    memory.fill(p, 0, end);
    let row = a;
    for (let i: usize = 0; i < end; i += 8) {
      const vi = load<f64>(v + i);
      const sum = productAndAdd(row, v, p, vi, <i32>(i >> 3));
      store<f64>(p + i, load<f64>(p + i) + (sum + load<f64>(row + i) * vi));
      row += stride;
    }
    for (let i: usize = 0; i < end; i += 8) store<f64>(p + i, load<f64>(p + i) / half);
    const shift = product(p, v, k) / (2 * half);
    for (let i: usize = 0; i < end; i += 8) store<f64>(p + i, load<f64>(p + i) - shift * load<f64>(v + i));
    row = a;
    for (let i: usize = 0; i < end; i += 8) {
      subtractTwo(row, p, load<f64>(v + i), v, load<f64>(p + i), <i32>(i >> 3) + 1);
      row += stride;
    }
  }
  if (n > 0) store<f64>(diagonal, load<f64>(a));
}

/** a_j −= x b_j. */
// @ts-ignore: decorator
@inline
function subtract(a: usize, b: usize, x: f64, count: i32): void {
  const xs = f64x2.splat(x);
  const even = a + (<usize>(count & ~1) << 3);
  while (a < even) {
    v128.store(a, f64x2.sub(v128.load(a), f64x2.mul(xs, v128.load(b))));
    a += 16;
    b += 16;
  }
  if ((count & 1) != 0) store<f64>(a, load<f64>(a) - x * load<f64>(b));
}

/** Rows of q (n × n) ← the columns of Q, the product of all reflectors in the rows of A. Cost 4n³/3 flops. */
export function accumulateReflectors(q: usize, a: usize, n: i32, factor: usize): void {
  const stride = <usize>n << 3;
  memory.fill(q, 0, <usize>n * stride);
  for (let i = 0; i < n; i++) store<f64>(q + <usize>i * (stride + 8), 1);
  for (let k = 1; k < n; k++) {
    const scale = load<f64>(factor + (<usize>k << 3));
    if (scale == 0) continue;
    const v = a + <usize>k * stride;
    // Before this step only the leading k × k block differs from the identity.
    let row = q;
    for (let i = 0; i < k; i++) {
      subtract(row, v, product(row, v, k) * scale, k);
      row += stride;
    }
  }
}

/**
 * For k from high down to low, rows k and k + 1 of q (`width` numbers each): (x, y) ← (c x − s y, s x + c y) with c and s number k of
 * `cosines` and `sines`. Eight columns go through all rotations at a time: what one rotation leaves of row k waits in registers.
 * Cost 6 flops a number.
 */
export function rotateRows(q: usize, width: i32, low: i32, high: i32, cosines: usize, sines: usize): void {
  const stride = <usize>width << 3;
  const top = q + <usize>high * stride;
  let j = 0;
  for (; j + 8 <= width; j += 8) {
    let x = top + (<usize>j << 3);
    let y0 = v128.load(x + stride), y1 = v128.load(x + stride, 16);
    let y2 = v128.load(x + stride, 32), y3 = v128.load(x + stride, 48);
    for (let k = high; k >= low; k--) {
      const c = v128.load_splat<f64>(cosines + (<usize>k << 3)), s = v128.load_splat<f64>(sines + (<usize>k << 3));
      const y = x + stride;
      const x0 = v128.load(x), x1 = v128.load(x, 16), x2 = v128.load(x, 32), x3 = v128.load(x, 48);
      v128.store(y, f64x2.add(f64x2.mul(s, x0), f64x2.mul(c, y0)));
      v128.store(y, f64x2.add(f64x2.mul(s, x1), f64x2.mul(c, y1)), 16);
      v128.store(y, f64x2.add(f64x2.mul(s, x2), f64x2.mul(c, y2)), 32);
      v128.store(y, f64x2.add(f64x2.mul(s, x3), f64x2.mul(c, y3)), 48);
      y0 = f64x2.sub(f64x2.mul(c, x0), f64x2.mul(s, y0));
      y1 = f64x2.sub(f64x2.mul(c, x1), f64x2.mul(s, y1));
      y2 = f64x2.sub(f64x2.mul(c, x2), f64x2.mul(s, y2));
      y3 = f64x2.sub(f64x2.mul(c, x3), f64x2.mul(s, y3));
      x -= stride;
    }
    x += stride;
    v128.store(x, y0);
    v128.store(x, y1, 16);
    v128.store(x, y2, 32);
    v128.store(x, y3, 48);
  }
  for (; j < width; j++) {
    let x = top + (<usize>j << 3);
    let y = load<f64>(x + stride);
    for (let k = high; k >= low; k--) {
      const c = load<f64>(cosines + (<usize>k << 3)), s = load<f64>(sines + (<usize>k << 3));
      const from = load<f64>(x);
      store<f64>(x + stride, s * from + c * y);
      y = c * from - s * y;
      x -= stride;
    }
    store<f64>(x + stride, y);
  }
}
