/**
 * log(1 + e^m) with m = −yx, y = ±1, its slope and curvature, two entries at a time; the same steps as plain-logistic.ts.
 * With a = |m|: e^{−a} = 2^k e^ρ, |ρ| ≤ ln 2 / 2, and e^ρ = 1 + ρ + ρ² E(ρ), E of degree 9 (off by 1.6e-17 of e^ρ);
 * log(1 + t) = 2 artanh(s), s = t/(2 + t) ≤ 1/3, and artanh(s) = s (1 + s² A(s²)), A of degree 9 (off by 8e-18 of it). Both
 * interpolate at Chebyshev nodes.
 *
 * Off by at most 15 u (u = 2⁻⁵³) of the loss, of which bounds make use: m is exact. ρ is off by 0.4 u (k LN2_HIGH and its difference to
 * a are exact), the polynomial by 5.5 u (three roundings of numbers up to 1.42, and those of terms that are small beside them), so
 * e^{−a} by 6 u; s has two roundings more, 8 u; s² A is at most 0.04 beside 1, so its 20 u and the roundings behind it make 4 u; so
 * log(1 + t) is off by 12 u and one of its product, and the sum with max(m, 0) and the weight add 2 u. For
 * a > 708 the loss is too large by at most 4e-308.
 */

const LOG2_E: f64 = 1.4426950408889634;
export const LN2_HIGH: f64 = 0.6931471803691238;
export const LN2_LOW: f64 = 1.9082149292705877e-10;
/** Beyond this e^{−a} would underflow; it is taken there. */
const LARGEST: f64 = 708;
/** 1.5·2⁵²: a number below 2⁵¹ added to it is rounded to a whole one, which the last bits show. */
const MAGIC: f64 = 6755399441055744;

/** Coefficients of e^ρ and of 1 + s² A, the lowest first. */
const EXPONENTIAL: usize = memory.data<f64>([
  1.0, 1.0, 0.5000000000000001, 0.16666666666666669,
  0.04166666666662413, 0.008333333333330062, 0.0013888888917213717, 0.00019841269863053618,
  2.4801521295954376e-05, 2.7557268459997064e-06, 2.7620088445409746e-07, 2.510038549551032e-08,
]);
const ARTANH: usize = memory.data<f64>([
  1.0, 0.3333333333333333, 0.20000000000007292, 0.1428571428355438,
  0.11111111358713932, 0.09090894718066429, 0.07692785032479312, 0.06657072104827468,
  0.06000536404795356, 0.04400369243072337, 0.08082022805971766,
]);

/** c₀ + c₁ x for two coefficients at c. */
// @ts-ignore: decorator
@inline
function linear(x: v128, c: usize): v128 {
  return f64x2.add(v128.load_splat<f64>(c), f64x2.mul(v128.load_splat<f64>(c + 8), x));
}

/** a + b x. */
// @ts-ignore: decorator
@inline
function plus(a: v128, b: v128, x: v128): v128 {
  return f64x2.add(a, f64x2.mul(b, x));
}

/** e^{−a} for 0 ≤ a ≤ LARGEST. */
// @ts-ignore: decorator
@inline
function expOfMinus(a: v128): v128 {
  const n = f64x2.add(f64x2.mul(a, f64x2.splat(-LOG2_E)), f64x2.splat(MAGIC));
  const k = f64x2.sub(n, f64x2.splat(MAGIC));
  const high = f64x2.sub(f64x2.neg(a), f64x2.mul(k, f64x2.splat(LN2_HIGH)));
  const x = f64x2.sub(high, f64x2.mul(k, f64x2.splat(LN2_LOW)));
  // In pairs, pairs of pairs, …: one sum after the other would wait for itself.
  const x2 = f64x2.mul(x, x);
  const x4 = f64x2.mul(x2, x2);
  const low = plus(linear(x, EXPONENTIAL), linear(x, EXPONENTIAL + 16), x2);
  const middle = plus(linear(x, EXPONENTIAL + 32), linear(x, EXPONENTIAL + 48), x2);
  const high4 = plus(linear(x, EXPONENTIAL + 64), linear(x, EXPONENTIAL + 80), x2);
  const p = plus(low, plus(middle, high4, x4), x4);
  return i64x2.add(p, i64x2.shl(n, 52));
}

/** 2 artanh(s) = log((1 + s)/(1 − s)) for |s| ≤ 1/3. */
// @ts-ignore: decorator
@inline
export function twiceArtanh(s: v128): v128 {
  const z = f64x2.mul(s, s);
  const z2 = f64x2.mul(z, z);
  const z4 = f64x2.mul(z2, z2);
  const low = plus(linear(z, ARTANH), linear(z, ARTANH + 16), z2);
  const middle = plus(linear(z, ARTANH + 32), linear(z, ARTANH + 48), z2);
  const high = plus(linear(z, ARTANH + 64), v128.load_splat<f64>(ARTANH + 80), z2);
  const p = plus(low, plus(middle, high, z4), z4);
  return f64x2.mul(f64x2.add(s, s), p);
}

/** log(1 + t) for 0 ≤ t ≤ 1. */
// @ts-ignore: decorator
@inline
function logOnePlus(t: v128): v128 {
  return twiceArtanh(f64x2.div(t, f64x2.add(f64x2.splat(2), t)));
}

/** Of one pair of entries, or of a single one: stores slopes and curvatures, returns the losses. */
// @ts-ignore: decorator
@inline
function logisticPair(x: usize, y: usize, w: usize, c: usize, scale: v128, isPair: bool): v128 {
  const one = f64x2.splat(1);
  const label = isPair ? v128.load(y) : v128.load64_zero(y);
  const m = f64x2.neg(f64x2.mul(label, isPair ? v128.load(x) : v128.load64_zero(x)));
  const e = expOfMinus(f64x2.pmin(f64x2.abs(m), f64x2.splat(LARGEST)));
  const t = v128.or(e, f64x2.ne(m, m));
  const inverse = f64x2.div(one, f64x2.add(one, t));
  const other = f64x2.mul(t, inverse);
  if (w != 0) {
    const sigmoid = v128.bitselect(inverse, other, f64x2.ge(m, f64x2.splat(0)));
    const slope = f64x2.mul(scale, f64x2.mul(label, sigmoid));
    if (isPair) v128.store(w, slope);
    else v128.store64_lane(w, slope, 0);
  }
  if (c != 0) {
    const curvature = f64x2.mul(scale, f64x2.mul(other, inverse));
    if (isPair) v128.store(c, curvature);
    else v128.store64_lane(c, curvature, 0);
  }
  return f64x2.mul(scale, f64x2.add(f64x2.pmax(m, f64x2.splat(0)), logOnePlus(t)));
}

/**
 * For predictions x: w ← weight·yσ(m), the negative slope (unless w is 0), and c ← weight·σ(1 − σ) (unless c is 0); either may
 * be x itself. Returns `sum` and the losses, one by one.
 */
export function logisticSpan(x: usize, y: usize, w: usize, c: usize, count: i32, weight: f64, sum: f64): f64 {
  const scale = f64x2.splat(weight);
  const wStep: usize = w != 0 ? 16 : 0;
  const cStep: usize = c != 0 ? 16 : 0;
  for (; count > 1; count -= 2) {
    const value = logisticPair(x, y, w, c, scale, true);
    sum += f64x2.extract_lane(value, 0);
    sum += f64x2.extract_lane(value, 1);
    x += 16;
    y += 16;
    w += wStep;
    c += cStep;
  }
  if (count > 0) sum += f64x2.extract_lane(logisticPair(x, y, w, c, scale, false), 0);
  return sum;
}

/** Pairs whose 1 + t are multiplied before a logarithm is taken of the products, at most 2⁸. */
const TOGETHER: i32 = 8;
const EXPONENT: i64 = 0x7ff0000000000000;
/** The bits of 2^k and of 2^{−k} add up to this. */
const INVERSES: i64 = 0x7fe0000000000000;
/** The bits of 2⁵², whose low bits count, and 2⁵² + 1023. */
const COUNTER: i64 = 0x4330000000000000;
const COUNTER_BIASED: f64 = 4503599627371519;

/** k as a number, of k + 1023 in the low bits: the exponent of a float64. */
// @ts-ignore: decorator
@inline
export function exponentOf(biased: v128): v128 {
  return f64x2.sub(v128.or(biased, i64x2.splat(COUNTER)), f64x2.splat(COUNTER_BIASED));
}

/** log(1 + p) for 0 ≤ p < 2⁹: 1 + p = 2^k (1 + q), and q from p itself, so that it has all digits where p is small. */
// @ts-ignore: decorator
@inline
function logOnePlusProduct(p: v128): v128 {
  const one = f64x2.splat(1);
  const power = v128.and(f64x2.add(one, p), i64x2.splat(EXPONENT));
  const q = f64x2.mul(f64x2.sub(p, f64x2.sub(power, one)), i64x2.sub(i64x2.splat(INVERSES), power));
  const k = exponentOf(i64x2.shr_u(power, 52));
  return f64x2.add(f64x2.mul(k, f64x2.splat(LN2_HIGH)), f64x2.add(logOnePlus(q), f64x2.mul(k, f64x2.splat(LN2_LOW))));
}

/**
 * w ← weight·yσ(m) for predictions x; returns `sum` and the losses. One logarithm for eight entries: the products p ← p + t(1 + p) keep
 * their digits however small t is. The loss is off by 5 u more than that of `logisticSpan` for each of these: for descent, not for bounds.
 */
export function logisticSlopes(x: usize, y: usize, w: usize, count: i32, weight: f64, sum: f64): f64 {
  const scale = f64x2.splat(weight), one = f64x2.splat(1), zero = f64x2.splat(0);
  let total = zero;
  while (count > 0) {
    let product = zero, linear = zero;
    for (let left = TOGETHER; left > 0 && count > 0; left--) {
      const isPair = count > 1;
      const label = isPair ? v128.load(y) : v128.load64_zero(y);
      const m = f64x2.neg(f64x2.mul(label, isPair ? v128.load(x) : v128.load64_zero(x)));
      const e = expOfMinus(f64x2.pmin(f64x2.abs(m), f64x2.splat(LARGEST)));
      let t = v128.or(e, f64x2.ne(m, m));
      const inverse = f64x2.div(one, f64x2.add(one, t));
      const sigmoid = v128.bitselect(inverse, f64x2.mul(t, inverse), f64x2.ge(m, zero));
      const slope = f64x2.mul(scale, f64x2.mul(label, sigmoid));
      if (isPair) v128.store(w, slope);
      else {
        v128.store64_lane(w, slope, 0);
        // There is no second entry.
        t = f64x2.replace_lane(t, 1, 0);
      }
      linear = f64x2.add(linear, f64x2.pmax(m, zero));
      product = f64x2.add(product, f64x2.mul(t, f64x2.add(one, product)));
      x += 16;
      y += 16;
      w += 16;
      count -= 2;
    }
    total = f64x2.add(total, f64x2.mul(scale, f64x2.add(linear, logOnePlusProduct(product))));
  }
  return sum + (f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1));
}
