/** Numbers of any precision, as independent references: rationals p/2^BITS on BigInt, good to about 100 digits. */

const BITS = 400n;
const ONE = 1n << BITS;

/** float64 to fixed point: exact for |x| ≥ 2^-340. */
export function fixed(x: number): bigint {
  if (x === 0) return 0n;
  const [mantissa, exponent] = parts(x);
  const shift = BITS + BigInt(exponent);
  return shift >= 0n ? mantissa << shift : mantissa >> -shift;
}

/** The nearest float64 or one beside it. */
export function float(x: bigint): number {
  if (x < 0n) return -float(-x);
  const drop = Math.max(0, x.toString(2).length - 64);
  return Number(x >> BigInt(drop)) * 2 ** (drop - Number(BITS));
}

export function times(a: bigint, b: bigint): bigint {
  return (a * b) >> BITS;
}

/** e^x: Taylor's series of x/2¹⁶, squared sixteen times. */
export function exp(x: bigint): bigint {
  const small = x >> 16n;
  let [term, sum] = [ONE, ONE];
  for (let n = 1n; term !== 0n && n < 200n; n++) {
    term = times(term, small) / n;
    sum += term;
  }
  for (let i = 0; i < 16; i++) sum = times(sum, sum);
  return sum;
}

/** log x by Newton's method on e^l = x. */
export function log(x: bigint): bigint {
  let l = fixed(Math.log(float(x)));
  for (let i = 0; i < 5; i++) l += times(x, exp(-l)) - ONE;
  return l;
}

/** Whether float64 numbers sum to exactly 0. */
export function sumsToZero(values: Iterable<number>): boolean {
  let sum = 0n;
  for (const x of values) {
    if (x === 0) continue;
    const [mantissa, exponent] = parts(x);
    sum += mantissa << BigInt(exponent + 1100);
  }
  return sum === 0n;
}

/** x = mantissa · 2^exponent, exactly. */
function parts(x: number): readonly [bigint, number] {
  let exponent = Math.max(-1074, Math.floor(Math.log2(Math.abs(x))) - 52);
  let mantissa = exponent < -1000 ? (x * 2 ** 500) / 2 ** (exponent + 500) : x / 2 ** exponent;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent--;
  }
  return [BigInt(mantissa), exponent];
}
