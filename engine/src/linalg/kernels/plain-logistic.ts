/** The logistic loss and its dual without WebAssembly, by the same steps as assembly/logistic.ts and logistic-dual.ts. */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LARGEST = 708;
const MAGIC = 6755399441055744;

const EXPONENTIAL = [
  1.0, 1.0, 0.5000000000000001, 0.16666666666666669, 0.04166666666662413, 0.008333333333330062, 0.0013888888917213717,
  0.00019841269863053618, 2.4801521295954376e-5, 2.7557268459997064e-6, 2.7620088445409746e-7, 2.510038549551032e-8,
];
const ARTANH = [
  1.0, 0.3333333333333333, 0.20000000000007292, 0.1428571428355438, 0.11111111358713932, 0.09090894718066429,
  0.07692785032479312, 0.06657072104827468, 0.06000536404795356, 0.04400369243072337, 0.08082022805971766,
];

/** 2^{−k}. */
const POWERS = new Float64Array(1024);
for (let k = 0, power = 1; k < POWERS.length; k++, power /= 2) POWERS[k] = power;

/** c₀ + c₁ x + … by pairs, pairs of pairs, …, as the compiled code has it. */
function polynomial([c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11]: readonly number[], x: number): number {
  const x2 = x * x;
  const x4 = x2 * x2;
  const low = c0 + c1 * x + (c2 + c3 * x) * x2;
  const middle = c4 + c5 * x + (c6 + c7 * x) * x2;
  const high = c8 + c9 * x + (c11 === undefined ? c10 : c10 + c11 * x) * x2;
  return low + (middle + high * x4) * x4;
}

/** e^{−a} for a ≥ 0, at 708 at most. */
function expOfMinus(size: number): number {
  const a = Math.min(size, LARGEST);
  const k = a * -Math.LOG2E + MAGIC - MAGIC;
  const x = -a - k * LN2_HIGH - k * LN2_LOW;
  return polynomial(EXPONENTIAL, x) * POWERS[-k];
}

/** 2 artanh(s) for |s| ≤ 1/3. */
function twiceArtanh(s: number): number {
  return (s + s) * polynomial(ARTANH, s * s);
}

/** Loss, negative slope and curvature at the prediction x of the label y = ±1. */
export interface LogisticPoint {
  readonly value: number;
  readonly pull: number;
  readonly curvature: number;
}

export function logisticPoint(x: number, y: number, weight: number): LogisticPoint {
  const m = -(y * x);
  const t = Number.isNaN(m) ? Number.NaN : expOfMinus(Math.abs(m));
  const inverse = 1 / (1 + t);
  const other = t * inverse;
  const logOnePlus = twiceArtanh(t / (2 + t));
  return {
    value: weight * (Math.max(m, 0) + logOnePlus),
    pull: weight * (y * (m >= 0 ? inverse : other)),
    curvature: weight * (other * inverse),
  };
}

/** As in assembly/logistic.ts: entries of two chains whose 1 + t are multiplied before a logarithm is taken. */
const TOGETHER = 16;
/** A step takes so many entries at a time; a multiple of those. */
const SPAN = 512;

/** w_k (a prediction) ← the negative slope of the loss there; returns the losses. */
export function logisticSlopesInto(w: Float64Array, y: Float64Array, weight: number): number {
  let sum = 0;
  for (let start = 0; start < w.length; start += SPAN) {
    const end = Math.min(w.length, start + SPAN);
    const total = [0, 0];
    for (let from = start; from < end; from += TOGETHER) {
      const [product, linear] = [
        [0, 0],
        [0, 0],
      ];
      for (let k = from; k < Math.min(end, from + TOGETHER); k++) {
        const lane = k & 1;
        const m = -(y[k] * w[k]);
        const t = Number.isNaN(m) ? Number.NaN : expOfMinus(Math.abs(m));
        const inverse = 1 / (1 + t);
        w[k] = weight * (y[k] * (m >= 0 ? inverse : t * inverse));
        linear[lane] += Math.max(m, 0);
        product[lane] += t * (1 + product[lane]);
      }
      for (const lane of [0, 1]) total[lane] += weight * (linear[lane] + logOnePlusProduct(product[lane]));
    }
    sum += total[0] + total[1];
  }
  return sum;
}

/** log(1 + p) for 0 ≤ p < 2⁹. */
function logOnePlusProduct(p: number): number {
  if (Number.isNaN(p)) return p;
  split[0] = 1 + p;
  const k = (words[1] >>> 20) - 1023;
  const q = (p - (2 ** k - 1)) / 2 ** k;
  return k * LN2_HIGH + (twiceArtanh(q / (2 + q)) + k * LN2_LOW);
}

/** The high words of 1, and of 1 less that of √½. */
const ONE = 0x3ff00000;
const BELOW_ONE = 0x95f62;

const split = new Float64Array(1);
/** Its words: the high one is the second, as in the memory of WebAssembly. */
const words = new Int32Array(split.buffer);

/** log v for 0 < v ≤ 1; −1023 log 2 for v = 0. */
function logarithm(v: number): number {
  split[0] = v;
  const biased = (words[1] + BELOW_ONE) >>> 20;
  words[1] += ONE - (biased << 20);
  const m = split[0];
  const k = biased - 1023;
  return k * LN2_HIGH + (twiceArtanh((m - 1) / (m + 1)) + k * LN2_LOW);
}

/** −p log p − (1 − p) log(1 − p) for p = q y clipped to [0, 1], and its derivative in q. */
export interface LogisticDualPoint {
  readonly value: number;
  readonly slope: number;
}

export function logisticDualPoint(q: number, y: number): LogisticDualPoint {
  const p = Math.max(Math.min(q * y, 1), 0);
  const rest = 1 - p;
  const [logP, logRest] = [logarithm(p), logarithm(rest)];
  return { value: -(p * logP + rest * logRest), slope: y * (logRest - logP) };
}
