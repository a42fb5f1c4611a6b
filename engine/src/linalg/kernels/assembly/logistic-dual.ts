/**
 * The dual of the logistic loss along a line, h(p) = −p log p − (1 − p) log(1 − p) for p = t w y, and its slope
 * w y (log(1 − p) − log p), two entries at a time; the same steps as plain-logistic.ts.
 *
 * log v of v = 2^k m, m within 2e-7 of [√½, √2]: log m = 2 artanh(s), s = (m − 1)/(m + 1), |s| ≤ 0.1716, and k log 2 in two parts. Off by
 * at most 8.6 u of itself (u = 2⁻⁵³): m − 1 is exact, so s is off by 2 u; artanh(s)/s is at most 1.0101, so that the 5 u of s² make
 * 0.1 u, its additions 3 u and the polynomial 0.1 u; with its product log m is off by 6.4 u, which is 2.25 u at most. k LN2_HIGH is
 * exact; k = 0 adds nothing, else |log v| ≥ 0.346 and the additions lose 0.36 u + |log v| u.
 *
 * h is off by at most 28 u, of which bounds make use, for every t w y in [0, 1], be it as small as it may:
 * - p is off by u/2. h is concave and 0 at 0 and 1, so it changes by h(u/2) < 19.3 u at most.
 * - 1 − p is exact for p ≥ ½. Else it is off by u/2, and (1 − p) log(1 − p) by as much.
 * - v |log v| ≤ 1/e: two logarithms and their products are off by 9.6 u / e each, together by 7.1 u; the difference by 0.7 u.
 * - The logarithm of a subnormal p is taken for a number between −709.1 and −708.3: p times what that is off is below 1e-305. At 0 it is
 *   −1023 log 2, and 0 of that is 0; so is an entry with w = 0.
 */
import { exponentOf, LN2_HIGH, LN2_LOW, twiceArtanh } from "./logistic";

/** The bits of 1, and of 1 less those of √½ (the high words). */
const ONE: i64 = 0x3ff0000000000000;
const BELOW_ONE: i64 = 0x95f6200000000;

/** log v for 0 < v ≤ 1; −1023 log 2 for v = 0. */
// @ts-ignore: decorator
@inline
function logarithm(v: v128): v128 {
  const one = f64x2.splat(1);
  const biased = i64x2.shr_u(i64x2.add(v, i64x2.splat(BELOW_ONE)), 52);
  const m = i64x2.add(v, i64x2.sub(i64x2.splat(ONE), i64x2.shl(biased, 52)));
  const k = exponentOf(biased);
  const log = twiceArtanh(f64x2.div(f64x2.sub(m, one), f64x2.add(m, one)));
  return f64x2.add(f64x2.mul(k, f64x2.splat(LN2_HIGH)), f64x2.add(log, f64x2.mul(k, f64x2.splat(LN2_LOW))));
}

/** Of w and of labels y = ±1 at t = `scale`: Σ h, Σ w y (log(1 − p) − log p) and how many w are not 0, at even and at odd places. */
export function logisticDualSpan(w: usize, y: usize, count: i32, scale: f64, sums: usize): void {
  const t = f64x2.splat(scale), zero = f64x2.splat(0), one = f64x2.splat(1);
  let value = zero, slope = zero, nonzero = zero;
  while (count > 0) {
    const isPair = count > 1;
    const entry = isPair ? v128.load(w) : v128.load64_zero(w);
    const label = isPair ? v128.load(y) : v128.load64_zero(y);
    // The machine's own minimum and maximum keep NaN on their left; adding 0 takes the sign off −0.
    const p = f64x2.add(f64x2.pmax(f64x2.pmin(f64x2.mul(f64x2.mul(t, entry), label), one), zero), zero);
    const rest = f64x2.sub(one, p);
    const logP = logarithm(p), logRest = logarithm(rest);
    value = f64x2.sub(value, f64x2.add(f64x2.mul(p, logP), f64x2.mul(rest, logRest)));
    slope = f64x2.add(slope, f64x2.mul(entry, f64x2.mul(label, f64x2.sub(logRest, logP))));
    nonzero = f64x2.add(nonzero, v128.and(f64x2.ne(entry, zero), one));
    w += 16;
    y += 16;
    count -= 2;
  }
  v128.store(sums, value);
  v128.store(sums + 16, slope);
  v128.store(sums + 32, nonzero);
}
