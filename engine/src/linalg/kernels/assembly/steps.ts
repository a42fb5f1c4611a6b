/** Proximal steps on observed entries (../entry-steps.ts), CSR like entries.ts; two numbers at a time. */
import { predictRows, predictRowsSingle } from "./entries";
import { logisticSpan } from "./logistic";
import { huberSpan } from "./tables";

/** Numbers that go through all stages while they are in cache. */
const SPAN: i32 = 512;
/** Losses: none (another one, which the caller knows), squared or Huber, logistic. */
const NONE: i32 = 0;
const LOGISTIC: i32 = 3;

/** w = z = x + momentum (x − before), then the negative slope of the loss at z. Returns `sum` and the losses at z, one by one. */
export function slopeSpan(
  w: usize, x: usize, before: usize, y: usize, count: i32, momentum: f64,
  kind: i32, weight: f64, delta: f64, sum: f64,
): f64 {
  const beta = f64x2.splat(momentum);
  while (count > 0) {
    const span = min(count, SPAN);
    const even = span & ~1;
    const end = <usize>even << 3;
    for (let at: usize = 0; at < end; at += 16) {
      const now = v128.load(x + at);
      v128.store(w + at, f64x2.add(now, f64x2.mul(beta, f64x2.sub(now, v128.load(before + at)))));
    }
    if (even < span) {
      const now = load<f64>(x + end);
      store<f64>(w + end, now + momentum * (now - load<f64>(before + end)));
    }
    if (kind == LOGISTIC) sum = logisticSpan(w, y, w, 0, span, weight, sum);
    else if (kind != NONE) sum = huberSpan(w, y, w, span, weight, delta, sum);
    const bytes = <usize>span << 3;
    w += bytes;
    x += bytes;
    before += bytes;
    y += bytes;
    count -= span;
  }
  return sum;
}

/**
 * next_k = u_i · v_j for rows from ≤ i < to, and with z = x + momentum (x − before), m = next − z: Σ w m and −Σ m (next − x),
 * at even and at odd places of the rows, added to `sums`; returns `sum` and the losses at next, one by one. `spare` has room for the
 * longest row; with `single`, u and v are in float32.
 */
export function moveRows(
  from: i32, to: i32, rowStart: usize, column: usize, next: usize, u: usize, v: usize, stride: usize,
  x: usize, before: usize, w: usize, y: usize, momentum: f64, sums: usize, spare: usize,
  kind: i32, weight: f64, delta: f64, sum: f64, single: i32,
): f64 {
  const beta = f64x2.splat(momentum);
  let slope = v128.load(sums), uphill = v128.load(sums, 16);
  for (let i = from; i < to; i++) {
    if (single != 0) predictRowsSingle(i, i + 1, rowStart, column, next, u, v, stride);
    else predictRows(i, i + 1, rowStart, column, next, u, v, stride);
    const start = load<i32>(rowStart + (<usize>i << 2));
    const count = load<i32>(rowStart + (<usize>i << 2), 4) - start;
    const first = <usize>start << 3;
    const end = first + (<usize>(count & ~1) << 3);
    let at = first;
    for (; at < end; at += 16) {
      const then = v128.load(next + at), now = v128.load(x + at), pull = v128.load(w + at);
      const z = f64x2.add(now, f64x2.mul(beta, f64x2.sub(now, v128.load(before + at))));
      const moved = f64x2.sub(then, z);
      slope = f64x2.add(slope, f64x2.mul(pull, moved));
      uphill = f64x2.sub(uphill, f64x2.mul(moved, f64x2.sub(then, now)));
    }
    if ((count & 1) != 0) {
      const then = v128.load64_zero(next + at), now = v128.load64_zero(x + at), pull = v128.load64_zero(w + at);
      const z = f64x2.add(now, f64x2.mul(beta, f64x2.sub(now, v128.load64_zero(before + at))));
      const moved = f64x2.sub(then, z);
      slope = f64x2.add(slope, f64x2.mul(pull, moved));
      uphill = f64x2.sub(uphill, f64x2.mul(moved, f64x2.sub(then, now)));
    }
    if (kind == LOGISTIC) sum = logisticSpan(next + first, y + first, 0, 0, count, weight, sum);
    else if (kind != NONE) sum = huberSpan(next + first, y + first, spare, count, weight, delta, sum);
  }
  v128.store(sums, slope);
  v128.store(sums, uphill, 16);
  return sum;
}
