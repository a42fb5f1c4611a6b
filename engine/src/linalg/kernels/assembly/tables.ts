/** Proximal steps on a table without holes (../table-steps.ts), two numbers at a time. */
import { logisticSlopes, logisticSpan } from "./logistic";

/** Numbers that go through all stages of a step while they are in cache. */
const SPAN: i32 = 512;
const LOGISTIC: i32 = 3;

/** w_k ← the negative slope of the Huber loss at the prediction x_k, of the squared one for δ = ∞; returns `sum` and the losses. */
// @ts-ignore: decorator
@inline
export function huberSpan(x: usize, y: usize, w: usize, count: i32, weight: f64, delta: f64, sum: f64): f64 {
  const scale = f64x2.splat(weight), half = f64x2.splat(0.5 * weight);
  const knee = f64x2.splat(delta), halfKnee = f64x2.splat(0.5 * delta), clip = f64x2.splat(weight * delta);
  const sign = f64x2.splat(-0.0);
  while (count > 0) {
    const isPair = count > 1;
    const e = f64x2.sub(isPair ? v128.load(y) : v128.load64_zero(y), isPair ? v128.load(x) : v128.load64_zero(x));
    const size = f64x2.abs(e);
    const isFar = f64x2.gt(size, knee);
    const far = f64x2.mul(clip, f64x2.sub(size, halfKnee));
    const value = v128.bitselect(far, f64x2.mul(half, f64x2.mul(e, e)), isFar);
    const pull = v128.bitselect(v128.or(clip, v128.and(sign, e)), f64x2.mul(scale, e), isFar);
    sum += f64x2.extract_lane(value, 0);
    if (isPair) {
      sum += f64x2.extract_lane(value, 1);
      v128.store(w, pull);
    } else v128.store64_lane(w, pull, 0);
    x += 16;
    y += 16;
    w += 16;
    count -= 2;
  }
  return sum;
}

/** x_k (a prediction) ← the negative slope of the loss there; returns `sum` and the losses, one by one. */
export function lossSpan(x: usize, y: usize, count: i32, kind: i32, weight: f64, delta: f64, sum: f64): f64 {
  return kind == LOGISTIC
    ? logisticSpan(x, y, x, 0, count, weight, sum)
    : huberSpan(x, y, x, count, weight, delta, sum);
}

/**
 * z = x + momentum (x − before) and g = z + w · inverse, w the negative slope of the loss at z. Returns `sum` and the losses at z.
 */
export function stepSpan(
  z: usize, g: usize, x: usize, before: usize, y: usize, count: i32, momentum: f64, inverse: f64,
  kind: i32, weight: f64, delta: f64, sum: f64,
): f64 {
  const beta = f64x2.splat(momentum), factor = f64x2.splat(inverse);
  while (count > 0) {
    const span = count < SPAN ? count : SPAN;
    const even = span & ~1;
    const end = <usize>even << 3;
    for (let at: usize = 0; at < end; at += 16) {
      const now = v128.load(x + at);
      v128.store(z + at, f64x2.add(now, f64x2.mul(beta, f64x2.sub(now, v128.load(before + at)))));
    }
    if (even < span) {
      const now = load<f64>(x + end);
      store<f64>(z + end, now + momentum * (now - load<f64>(before + end)));
    }
    if (kind == LOGISTIC) sum = logisticSlopes(z, y, g, span, weight, sum);
    else sum = huberSpan(z, y, g, span, weight, delta, sum);
    for (let at: usize = 0; at < end; at += 16) {
      v128.store(g + at, f64x2.add(v128.load(z + at), f64x2.mul(v128.load(g + at), factor)));
    }
    if (even < span) store<f64>(g + end, load<f64>(z + end) + load<f64>(g + end) * inverse);
    const bytes = <usize>span << 3;
    z += bytes;
    g += bytes;
    x += bytes;
    before += bytes;
    y += bytes;
    count -= span;
  }
  return sum;
}

/** With m = z − then: Σ m², Σ m (then − x) and Σ (g − z) m, at even and at odd places, into `sums`. */
export function moveSums(sums: usize, then: usize, z: usize, g: usize, x: usize, count: i32): void {
  let distance = f64x2.splat(0), uphill = f64x2.splat(0), slope = f64x2.splat(0);
  const even = count & ~1;
  const end = <usize>even << 3;
  for (let at: usize = 0; at < end; at += 16) {
    const next = v128.load(then + at), from = v128.load(z + at);
    const moved = f64x2.sub(from, next);
    distance = f64x2.add(distance, f64x2.mul(moved, moved));
    uphill = f64x2.add(uphill, f64x2.mul(moved, f64x2.sub(next, v128.load(x + at))));
    slope = f64x2.add(slope, f64x2.mul(f64x2.sub(v128.load(g + at), from), moved));
  }
  if (even < count) {
    const next = v128.load64_zero(then + end), from = v128.load64_zero(z + end);
    const moved = f64x2.sub(from, next);
    distance = f64x2.add(distance, f64x2.mul(moved, moved));
    uphill = f64x2.add(uphill, f64x2.mul(moved, f64x2.sub(next, v128.load64_zero(x + end))));
    slope = f64x2.add(slope, f64x2.mul(f64x2.sub(v128.load64_zero(g + end), from), moved));
  }
  v128.store(sums, distance);
  v128.store(sums + 16, uphill);
  v128.store(sums + 32, slope);
}

/** x ← g − x. */
export function differenceSpan(x: usize, g: usize, count: i32): void {
  const even = x + (<usize>(count & ~1) << 3);
  while (x < even) {
    v128.store(x, f64x2.sub(v128.load(g), v128.load(x)));
    x += 16;
    g += 16;
  }
  if ((count & 1) != 0) store<f64>(x, load<f64>(g) - load<f64>(x));
}
