/**
 * Supports worth trying for slices of some cones with at most k entries that are not 0, near a given x. Few supports: all of them.
 * Else greedy elimination: project on the cones, keep the largest entries, project on the cones with that support, and so on. Of
 * square slices confined to psd: principal blocks, whose indices are eliminated in the same way, as many as k entries allow, and
 * the largest pairs of entries with their diagonal.
 */
import { largestIndices } from "./entries.ts";
import type { Support } from "./support.ts";
import { supportOf } from "./support.ts";

/** Up to so many supports all are tried. */
const MOST_SUPPORTS = 64;
/** Up to so many entries, elimination goes one by one; above, a fifth goes at once. */
const SLOW_SIZE = 24;
const MOST_EXCHANGED = 6;

export interface SupportSearch {
  readonly size: number;
  /** k. */
  readonly limit: number;
  /** Of square slices confined to psd. */
  readonly side: number | undefined;
  /** Also supports that are smaller than they have to be. */
  readonly isDeep: boolean;
  /** About the nearest point to x of the cones' slices with that support. */
  near(x: Float64Array, support: Support): Float64Array;
}

/** From x, and from points whose largest entries may be better ones. */
export function supportsNear(
  search: SupportSearch,
  x: Float64Array,
  seeds: () => readonly Float64Array[],
): readonly Support[] {
  const { size, limit, side, near } = search;
  const found = new Map<string, Support>();
  const add = (support: Support) => {
    if (support.length > 0 && support.length <= limit) found.set(support.join(), support);
  };
  if (isFew(search)) {
    for (const support of allSupports(search)) add(support);
    return [...found.values()];
  }
  for (const seed of [near(x, all(size)), x, ...seeds()]) {
    if (side !== undefined) for (const support of blocksNear(seed, side, search)) add(support);
    else for (const support of eliminated(search, x, seed)) add(support);
  }
  return [...found.values()];
}

/**
 * Supports with one entry of the given one exchanged for another: of its smallest |y_i|, for those where x is farthest from y.
 * None for long slices, where that would take its time.
 */
export function exchanged(
  { size, side }: SupportSearch,
  support: Support,
  x: Float64Array,
  y: Float64Array,
): readonly Support[] {
  if (side !== undefined || size > SLOW_SIZE || support.length === size) return [];
  const inside = [...support].sort((i, j) => Math.abs(y[i]) - Math.abs(y[j])).slice(0, MOST_EXCHANGED);
  const outside = all(size)
    .filter((i) => !support.includes(i))
    .sort((i, j) => Math.abs(x[j] - y[j]) - Math.abs(x[i] - y[i]))
    .slice(0, MOST_EXCHANGED);
  return inside.flatMap((out) => outside.map((into) => inOrder([...support.filter((i) => i !== out), into])));
}

function* eliminated({ limit, isDeep, near }: SupportSearch, x: Float64Array, seed: Float64Array): Generator<Support> {
  const last = isDeep ? 1 : limit;
  yield inOrder(largestIndices(seed.map(Math.abs), limit));
  for (let y = seed; ; ) {
    const support = supportOf(y);
    yield support;
    if (support.length <= last) return;
    const slow = Math.max(last, limit < support.length ? limit : 0, Math.floor(0.8 * support.length));
    const count = support.length > SLOW_SIZE ? slow : support.length - 1;
    y = near(x, inOrder(largestIndices(y.map(Math.abs), count)));
  }
}

/** First blocks of every size; what is left of k goes to blocks of what is left, each as large as it can be, or to none. */
function* blocksNear(x: Float64Array, side: number, { limit, isDeep }: SupportSearch): Generator<Support> {
  const squares = Float64Array.from(
    x,
    (entry, at) => (entry / 2 + x[(at % side) * side + Math.floor(at / side)] / 2) ** 2,
  );
  for (let first = Math.min(side, Math.floor(Math.sqrt(limit))); first >= 1; first--) {
    const firsts = isSmall(side, first) ? [...subsets(side, first)] : [principal(squares, side, all(side), first)];
    for (const block of firsts) {
      const blocks = [block];
      if (isDeep) yield entriesOf(blocks, side);
      let left = limit - first * first;
      let rest = all(side).filter((i) => !block.includes(i));
      while (left > 0 && rest.length > 0) {
        const count = Math.min(rest.length, Math.floor(Math.sqrt(left)), first);
        const next = principal(squares, side, rest, count);
        blocks.push(next);
        left -= count * count;
        rest = rest.filter((i) => !next.includes(i));
      }
      yield entriesOf(blocks, side);
    }
  }
  if (limit < side * side) yield pairsNear(squares, side, limit);
}

/** The largest pairs off the diagonal with the diagonal entries that they need, then the largest of these, while k allows. */
function pairsNear(squares: Float64Array, side: number, limit: number): Support {
  const chosen = new Set<number>();
  const diagonal = (i: number) => i * side + i;
  const pairs = all(side).flatMap((i) => all(i).map((j) => ({ i, j, square: squares[i * side + j] })));
  for (const { i, j } of pairs.sort((a, b) => b.square - a.square)) {
    const needed = [diagonal(i), diagonal(j), i * side + j, j * side + i].filter((at) => !chosen.has(at));
    if (chosen.size + needed.length <= limit) for (const at of needed) chosen.add(at);
  }
  for (const i of all(side).sort((a, b) => squares[diagonal(b)] - squares[diagonal(a)])) {
    if (chosen.size < limit) chosen.add(diagonal(i));
  }
  return inOrder([...chosen]);
}

/** `count` of the indices: those go whose rows hold the least among the others. */
function principal(squares: Float64Array, side: number, among: readonly number[], count: number): readonly number[] {
  let kept = among;
  while (kept.length > count) {
    const indices = kept;
    const held = indices.map((i) => indices.reduce((sum, j) => sum + (i === j ? 1 : 2) * squares[i * side + j], 0));
    const least = held.indexOf(Math.min(...held));
    kept = indices.filter((_, at) => at !== least);
  }
  return kept;
}

function entriesOf(blocks: readonly (readonly number[])[], side: number): Support {
  return inOrder(blocks.flatMap((block) => block.flatMap((i) => block.map((j) => i * side + j))));
}

function all(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function inOrder(indices: readonly number[]): Support {
  return [...indices].sort((i, j) => i - j);
}

function isSmall(size: number, count: number): boolean {
  return countOf(size, count) <= MOST_SUPPORTS / 4;
}

/** Whether all supports are tried. */
export function isFew({ size, limit, side, isDeep }: SupportSearch): boolean {
  if (side !== undefined) return false;
  if (!isDeep) return countOf(size, limit) <= MOST_SUPPORTS;
  let count = 0;
  for (let length = 1; length <= limit && count <= MOST_SUPPORTS; length++) count += countOf(size, length);
  return count <= MOST_SUPPORTS;
}

function* allSupports({ size, limit, isDeep }: SupportSearch): Generator<Support> {
  for (let length = isDeep ? 1 : limit; length <= limit; length++) yield* subsets(size, length);
}

/** C(size, count), or a number above `MOST_SUPPORTS`. */
function countOf(size: number, count: number): number {
  let product = 1;
  for (let k = 1; k <= Math.min(count, size - count); k++) {
    product = (product * (size - k + 1)) / k;
    if (product > MOST_SUPPORTS) return product;
  }
  return product;
}

function* subsets(size: number, count: number, from = 0): Generator<readonly number[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let first = from; first <= size - count; first++) {
    for (const rest of subsets(size, count - 1, first + 1)) yield [first, ...rest];
  }
}
