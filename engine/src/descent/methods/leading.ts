/** The leading ones of singular triplets in descending order. */
import type { Directions, Triplets } from "../../linalg/subspace.ts";

export function countAbove(values: Float64Array, level: number): number {
  let count = 0;
  while (count < values.length && values[count] > level) count++;
  return count;
}

/** The first `count` of all columns. */
export function firstColumns(side: Float64Array, all: number, count: number): Directions {
  if (count === all) return { q: side, k: all };
  const rows = side.length / Math.max(1, all);
  const q = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) q.set(side.subarray(i * all, i * all + count), i * count);
  return { q, k: count };
}

/** The first `count` triplets, with other values. */
export function leading(
  { count: all, values, left, right }: Triplets,
  count: number,
  change = (value: number) => value,
): Triplets {
  const cut = (side: Float64Array) => firstColumns(side, all, count).q;
  return { count, values: values.slice(0, count).map(change), left: cut(left), right: cut(right) };
}
