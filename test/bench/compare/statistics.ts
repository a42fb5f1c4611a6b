/** The few statistics of the benchmark page. */

/** The middle value, the mean of the two middle ones where their number is even; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

export interface SizedTime {
  readonly size: number;
  readonly seconds: number;
}

/** α of seconds ≈ c sizeᵅ, by least squares on the logarithms; undefined of fewer than two sizes. */
export function growthExponent(times: readonly SizedTime[]): number | undefined {
  const points = times.map(({ size, seconds }) => ({ x: Math.log(size), y: Math.log(seconds) }));
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, p) => sum + of(p), 0) / points.length;
  const [x, y] = [mean((p) => p.x), mean((p) => p.y)];
  const spread = points.reduce((sum, p) => sum + (p.x - x) ** 2, 0);
  if (!(spread > 0)) return undefined;
  return points.reduce((sum, p) => sum + (p.x - x) * (p.y - y), 0) / spread;
}
