/** One step of Lanczos' method with full reorthogonalization (../krylov-space.ts), on vectors that stay here. */
import { timesVector, timesVectorTransposed } from "./matrix";

/** Σ x_k y_k: by places k mod 4; of less than four that are left at the end to the first one. */
// @ts-ignore: decorator
@inline
function inner(x: usize, y: usize, n: i32): f64 {
  let first = f64x2.splat(0), second = f64x2.splat(0);
  const end = x + (<usize>(n & ~3) << 3);
  while (x < end) {
    first = f64x2.add(first, f64x2.mul(v128.load(x), v128.load(y)));
    second = f64x2.add(second, f64x2.mul(v128.load(x, 16), v128.load(y, 16)));
    x += 32;
    y += 32;
  }
  for (let rest = n & 3; rest > 0; rest--) {
    first = f64x2.add(first, f64x2.mul(v128.load64_zero(x), v128.load64_zero(y)));
    x += 8;
    y += 8;
  }
  return f64x2.extract_lane(first, 0) + f64x2.extract_lane(first, 1)
    + (f64x2.extract_lane(second, 0) + f64x2.extract_lane(second, 1));
}

/** v = w / length. */
export function krylovRow(v: usize, w: usize, n: i32, length: f64): void {
  const end = v + (<usize>n << 3);
  const even = v + (<usize>(n & ~1) << 3);
  const by = f64x2.splat(length);
  while (v < even) {
    v128.store(v, f64x2.div(v128.load(w), by));
    v += 16;
    w += 16;
  }
  if (v < end) store<f64>(v, load<f64>(w) / length);
}

/** a = vᵀw, which goes to `alpha`, then w ← w − (a v + b u); returns Σ w_k². */
export function krylovRecurrence(w: usize, v: usize, u: usize, n: i32, b: f64, alpha: usize): f64 {
  const a = inner(v, w, n);
  store<f64>(alpha, a);
  const first = w;
  const end = w + (<usize>n << 3);
  const even = w + (<usize>(n & ~1) << 3);
  const as = f64x2.splat(a), bs = f64x2.splat(b);
  while (w < even) {
    const part = f64x2.add(f64x2.mul(as, v128.load(v)), f64x2.mul(bs, v128.load(u)));
    v128.store(w, f64x2.sub(v128.load(w), part));
    w += 16;
    v += 16;
    u += 16;
  }
  if (w < end) store<f64>(w, load<f64>(w) - (a * load<f64>(v) + b * load<f64>(u)));
  return inner(first, first, n);
}

/** w ← w − Qᵀ(Q w) for m rows Q; returns Σ w_k². */
export function krylovProjection(w: usize, rows: usize, shares: usize, part: usize, m: i32, n: i32): f64 {
  timesVector(shares, rows, w, m, n);
  timesVectorTransposed(part, rows, shares, m, n);
  const first = w;
  const end = w + (<usize>n << 3);
  const even = w + (<usize>(n & ~1) << 3);
  while (w < even) {
    v128.store(w, f64x2.sub(v128.load(w), v128.load(part)));
    w += 16;
    part += 16;
  }
  if (w < end) store<f64>(w, load<f64>(w) - load<f64>(part));
  return inner(first, first, n);
}
