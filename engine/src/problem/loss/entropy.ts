/** The entropy term v log v of the duals of cross-entropy and Poisson losses. */

/** v log v, 0 at 0. */
export function entropy(v: number): number {
  return v > 0 ? v * Math.log(v) : 0;
}

/**
 * The size of what rounding multiplies in v log v (and in v) with v = y − q: v has an error of |y| + |q| units, which the
 * slope 1 + log v multiplies. The floor 1e-30 holds for a v that cancels to 0. Nothing is rounded where q = 0 and y is 0 or 1.
 */
export function entropyMagnitude(q: number, y: number): number {
  if (q === 0 && (y === 0 || y === 1)) return 0;
  const v = Math.max(y - q, 1e-30);
  return (Math.abs(y) + Math.abs(q) + 1e-30) * (1 + Math.abs(Math.log(v)));
}
