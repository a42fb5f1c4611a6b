/** Fewer points than pixels without losing a peak. */

/**
 * Min–max decimation: indices of the points to draw, in order. The x range is cut into `buckets` of equal width; each
 * keeps its first and last point and, for every column of `ys`, the smallest and the largest. All points when there
 * are few enough.
 *
 * `x` is non-decreasing; NaN in `ys` is skipped. O(length · columns).
 */
export function decimate(
  x: Float64Array,
  ys: readonly Float64Array[],
  length: number,
  buckets: number,
): Uint32Array<ArrayBuffer> {
  if (length <= Math.max(2, 2 * buckets)) return Uint32Array.from({ length }, (_, index) => index);
  const first = x[0] ?? 0;
  const width = ((x[length - 1] ?? 0) - first) / buckets;
  const kept = new Uint32Array(buckets * (2 + 2 * ys.length));
  let count = 0;
  let start = 0;
  while (start < length) {
    const bucket = bucketOf(x[start] ?? 0, first, width, buckets);
    let end = start + 1;
    while (end < length && bucketOf(x[end] ?? 0, first, width, buckets) === bucket) end += 1;
    const picked = new Set<number>([start, end - 1]);
    for (const y of ys) addExtremesInto(picked, y, start, end);
    for (const index of [...picked].sort((a, b) => a - b)) {
      kept[count] = index;
      count += 1;
    }
    start = end;
  }
  return kept.slice(0, count);
}

/** About `count` indices evenly spread over 0…length − 1, first and last among them. */
export function sampleIndices(length: number, count: number): readonly number[] {
  if (length <= count) return Array.from({ length }, (_, index) => index);
  return Array.from({ length: count }, (_, k) => Math.round((k * (length - 1)) / (count - 1)));
}

function bucketOf(x: number, first: number, width: number, buckets: number): number {
  return width > 0 ? Math.min(buckets - 1, Math.floor((x - first) / width)) : 0;
}

function addExtremesInto(picked: Set<number>, y: Float64Array, start: number, end: number): void {
  let low = -1;
  let high = -1;
  for (let i = start; i < end; i += 1) {
    const value = y[i] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (low < 0 || value < (y[low] ?? 0)) low = i;
    if (high < 0 || value > (y[high] ?? 0)) high = i;
  }
  if (low >= 0) picked.add(low).add(high);
}
