/** Passes over many numbers that proofs need (../chains.ts, ../sizes.ts), two at a time. */

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

/**
 * max |x_k|, at least `least`; NaN where one of them is. Two chains, and the machine's own maximum, which passes over NaN: they are
 * looked for beside it.
 */
export function largestSpan(x: usize, count: i32, least: f64): f64 {
  let even = f64x2.splat(least), odd = even;
  let isNaN = f64x2.ne(even, even);
  const end = x + (<usize>(count & ~3) << 3);
  while (x < end) {
    const a = f64x2.abs(v128.load(x)), b = f64x2.abs(v128.load(x, 16));
    even = f64x2.pmax(even, a);
    odd = f64x2.pmax(odd, b);
    isNaN = v128.or(isNaN, v128.or(f64x2.ne(a, a), f64x2.ne(b, b)));
    x += 32;
  }
  for (let rest = count & 3; rest > 0; rest--) {
    const a = f64x2.abs(v128.load64_zero(x));
    even = f64x2.pmax(even, a);
    isNaN = v128.or(isNaN, f64x2.ne(a, a));
    x += 8;
  }
  even = v128.or(f64x2.pmax(even, odd), isNaN);
  return max(f64x2.extract_lane(even, 0), f64x2.extract_lane(even, 1));
}

/** Adds x_k² to the sum of the places k mod 4, of which there are four; of less than four that are left at the end to the first one. */
export function squareSpan(x: usize, count: i32, sums: usize): void {
  let first = v128.load(sums), second = v128.load(sums, 16);
  const end = x + (<usize>(count & ~3) << 3);
  while (x < end) {
    const a = v128.load(x), b = v128.load(x, 16);
    first = f64x2.add(first, f64x2.mul(a, a));
    second = f64x2.add(second, f64x2.mul(b, b));
    x += 32;
  }
  for (let rest = count & 3; rest > 0; rest--) {
    const a = v128.load64_zero(x);
    first = f64x2.add(first, f64x2.mul(a, a));
    x += 8;
  }
  v128.store(sums, first);
  v128.store(sums, second, 16);
}
