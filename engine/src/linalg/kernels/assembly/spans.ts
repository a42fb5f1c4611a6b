/** Passes over many numbers that proofs need (../chains.ts, ../largest.ts), two at a time. */

/** Σ p y, Σ |p y|, Σ p² and Σ |y| with p = w / unit, at even and at odd places. */
export function parabolaSpan(w: usize, y: usize, count: i32, unit: f64, sums: usize): void {
  const divisor = f64x2.splat(unit);
  let inner = f64x2.splat(0), magnitude = f64x2.splat(0), square = f64x2.splat(0), sizes = f64x2.splat(0);
  while (count > 0) {
    const isPair = count > 1;
    const part = f64x2.div(isPair ? v128.load(w) : v128.load64_zero(w), divisor);
    const entry = isPair ? v128.load(y) : v128.load64_zero(y);
    const product = f64x2.mul(part, entry);
    inner = f64x2.add(inner, product);
    magnitude = f64x2.add(magnitude, f64x2.abs(product));
    square = f64x2.add(square, f64x2.mul(part, part));
    sizes = f64x2.add(sizes, f64x2.abs(entry));
    w += 16;
    y += 16;
    count -= 2;
  }
  v128.store(sums, inner);
  v128.store(sums + 16, magnitude);
  v128.store(sums + 32, square);
  v128.store(sums + 48, sizes);
}

/** max |x_k|, at least `least`; NaN where one of them is. */
export function largestSpan(x: usize, count: i32, least: f64): f64 {
  let largest = f64x2.splat(least);
  while (count > 0) {
    largest = f64x2.max(largest, f64x2.abs(count > 1 ? v128.load(x) : v128.load64_zero(x)));
    x += 16;
    count -= 2;
  }
  return max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
}
