/** erf in float64. */

/**
 * erf(x) = 2/√π ∫₀ˣ e^{−t²} dt, within 4 units in the last place.
 * |x| < 2.5: erf(x) = 2x/√π e^{−x²} Σ_n (2x²)ⁿ / (1·3·…·(2n+1)), all terms positive [abramowitz1964, 7.1.6]; above: 1 − erfc(x)
 * with the continued fraction √π e^{x²} erfc(x) = 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))) [7.1.14], which is 1 to rounding from 6 on.
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (size >= 6) return Math.sign(x);
  return Math.sign(x) * (size < 2.5 ? series(size) : 1 - fraction(size));
}

function series(x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; term > sum * 2 ** -55; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * x * Math.exp(-x * x) * sum;
}

function fraction(x: number): number {
  let tail = x;
  for (let n = 80; n > 0; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}
