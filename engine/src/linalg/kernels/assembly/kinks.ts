/** Samples along a line: where they cross their kinks, and how far they get. */

/**
 * Writes the samples n to `found`, in order, that cross in (low, high]: with rate −side_n change_n > least length_n and
 * low rate < side_n reach_n ≤ high rate. Returns how many.
 */
export function crossings(
  found: usize,
  reach: usize,
  change: usize,
  side: usize,
  lengths: usize,
  count: i32,
  low: f64,
  high: f64,
  least: f64,
): i32 {
  const lows = f64x2.splat(low), highs = f64x2.splat(high), leasts = f64x2.splat(least);
  let out = found;
  const even = count & ~1;
  for (let n = 0; n < even; n += 2) {
    const at = <usize>n << 3;
    const sides = v128.load(side + at);
    const rate = f64x2.neg(f64x2.mul(sides, v128.load(change + at)));
    const distance = f64x2.mul(sides, v128.load(reach + at));
    let skipped = f64x2.gt(distance, f64x2.mul(highs, rate));
    skipped = v128.or(skipped, f64x2.le(distance, f64x2.mul(lows, rate)));
    skipped = v128.or(skipped, f64x2.le(rate, f64x2.mul(leasts, v128.load(lengths + at))));
    const mask = i64x2.bitmask(skipped);
    if (mask == 3) continue;
    if ((mask & 1) == 0) {
      store<i32>(out, n);
      out += 4;
    }
    if ((mask & 2) == 0) {
      store<i32>(out, n + 1);
      out += 4;
    }
  }
  if (even < count) {
    const at = <usize>even << 3;
    const one = load<f64>(side + at);
    const rate = -(one * load<f64>(change + at));
    const distance = one * load<f64>(reach + at);
    if (!(distance > high * rate || distance <= low * rate || rate <= least * load<f64>(lengths + at))) {
      store<i32>(out, even);
      out += 4;
    }
  }
  return <i32>(out - found) >> 2;
}

/** y ← y + factor x. */
export function addScaled(y: usize, x: usize, count: i32, factor: f64): void {
  const factors = f64x2.splat(factor);
  const even = y + (<usize>(count & ~1) << 3);
  while (y < even) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(factors, v128.load(x))));
    y += 16;
    x += 16;
  }
  if ((count & 1) != 0) store<f64>(y, load<f64>(y) + factor * load<f64>(x));
}
