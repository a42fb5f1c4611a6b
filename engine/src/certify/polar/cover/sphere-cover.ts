/**
 * The branch and bound of theory.md §4.1 (d): max f(u) over unit u, for f that is convex and homogeneous of degree 1 and can be
 * bounded from above. The sphere is covered by the cones over simplices, in the beginning the orthants (half of them where
 * f(u) = f(−u), one where u ≥ 0). A cell that cannot beat the value in hand is done; the others are halved at their longest
 * edge, largest bound first, every vertex being computed once.
 *
 * Vertices are not normalized: the middle of an edge is (a + b)/2 in float64 without rounding, or the edge is not cut (a cell
 * with no edge left to cut stays as it is). So the cells cover the sphere exactly, and only f and the bounds of cells round.
 *
 * The tree of cuts is the proof: `checkCover` bounds its leaves, and needs neither the search nor the order of it.
 */
import { BitTree, treeReader } from "./bit-tree.ts";
import { NodeHeap } from "./node-heap.ts";
import { Simplices } from "./simplices.ts";

export type Domain = "sphere" | "half-sphere" | "orthant";

/** What is maximized. A vertex is row `index` of `points`, d numbers; vertices are announced in order, before their first use. */
export interface Covered {
  readonly dimension: number;
  readonly domain: Domain;
  vertex(points: Float64Array, index: number): void;
  /**
   * Not below max { f(u) : u in the cone of the d vertices cells[at…], ‖u‖ ≤ 1 }, rounding included. When that can be shown to be
   * at most `enough`, any number up to `enough` will do.
   */
  bound(points: Float64Array, cells: Int32Array, at: number, enough: number): number;
  /** f at the last vertex, for ‖u‖ = 1, from below: raises what a cell has to beat. */
  reachedAt?(points: Float64Array, index: number): number;
}

export interface CoverOptions {
  /** A value that f reaches. */
  readonly reached: number;
  /** Cells up to reached · (1 + tolerance) are done. */
  readonly tolerance: number;
  /** Cells that may be looked at. */
  readonly cells: number;
  readonly stopped: () => boolean;
}

export interface CoverResult {
  /** Proven, as far as `Covered.bound` is. */
  readonly upper: number;
  /** What cells had to be below of at the end. */
  readonly threshold: number;
  /** The vertex with the largest value that was met, when that is above `options.reached`. */
  readonly better: Float64Array | undefined;
  readonly cells: number;
  readonly tree: Float64Array;
}

export function coverSphere(covered: Covered, { tolerance, ...options }: CoverOptions): CoverResult {
  const { dimension: d } = covered;
  let { reached } = options;
  let better: Float64Array | undefined;
  const simplices = new Simplices(d, (points, index) => {
    covered.vertex(points, index);
    const value = covered.reachedAt?.(points, index) ?? 0;
    if (value > reached) {
      reached = value;
      better = points.slice(index * d, (index + 1) * d);
    }
  });
  const heap = new NodeHeap();
  /** Of every cell that was ever made, the first of its two halves, 0 for none. The cell of a slot. */
  const tree = new Numbers();
  const cellAt = new Numbers();
  let done = 0;
  let cells = 0;

  /** Bounds a cell, and keeps it when it is not done. */
  function consider(slot: number, cell: number, most: number): void {
    cells++;
    const enough = reached * (1 + tolerance);
    const bound = Math.min(most, covered.bound(simplices.points, simplices.cells, slot * d, enough));
    if (bound <= enough) {
      done = Math.max(done, bound);
      simplices.release(slot);
      return;
    }
    cellAt.set(slot, cell);
    heap.push(bound, slot);
  }

  const roots = simplices.orthants(covered.domain);
  let made = roots.length;
  roots.forEach((slot, cell) => {
    consider(slot, cell, Number.POSITIVE_INFINITY);
  });
  let stuck = 0;
  while (heap.size > 0 && cells < options.cells) {
    if ((cells & 63) < 2 && options.stopped()) break;
    const bound = heap.topValue();
    // What has to be beaten may have risen since.
    if (bound <= reached * (1 + tolerance)) break;
    const slot = heap.pop();
    const other = simplices.halve(slot);
    if (other < 0) {
      stuck = Math.max(stuck, bound);
      continue;
    }
    tree.set(cellAt.get(slot), made);
    made += 2;
    consider(slot, made - 2, bound);
    consider(other, made - 1, bound);
  }
  const open = heap.size > 0 ? heap.topValue() : 0;
  const bits = new BitTree();
  for (let root = 0; root < roots.length; root++) {
    const stack = [root];
    for (let cell = stack.pop(); cell !== undefined; cell = stack.pop()) {
      const half = tree.get(cell);
      bits.push(half > 0);
      if (half > 0) stack.push(half + 1, half);
    }
  }
  return {
    upper: Math.max(done, stuck, open),
    threshold: reached * (1 + tolerance),
    better,
    cells,
    tree: bits.toArray(),
  };
}

/**
 * The largest bound over the leaves of a tree that `coverSphere` wrote. Every tree is a cover: a wrong one only bounds badly.
 * `cells` limits what a hostile one can cost.
 */
export function checkCover(
  covered: Covered,
  tree: Float64Array,
  {
    threshold,
    cells,
    stopped,
  }: { readonly threshold: number; readonly cells: number; readonly stopped: () => boolean },
): number {
  const { dimension: d } = covered;
  const simplices = new Simplices(d, (points, index) => {
    covered.vertex(points, index);
  });
  const isCut = treeReader(tree);
  const stack = [...simplices.orthants(covered.domain)].reverse();
  let upper = 0;
  let seen = 0;
  for (let slot = stack.pop(); slot !== undefined; slot = stack.pop()) {
    seen++;
    if (seen > cells || ((seen & 63) === 0 && stopped())) return Number.POSITIVE_INFINITY;
    const other = isCut() ? simplices.halve(slot) : -1;
    if (other < 0) {
      upper = Math.max(upper, covered.bound(simplices.points, simplices.cells, slot * d, threshold));
      simplices.release(slot);
    } else stack.push(other, slot);
  }
  return upper;
}

/** Numbers by index, 0 where none was set. */
class Numbers {
  private values = new Int32Array(1024);

  get(index: number): number {
    return index < this.values.length ? this.values[index] : 0;
  }

  set(index: number, value: number): void {
    if (index >= this.values.length) {
      const values = new Int32Array(2 * index);
      values.set(this.values);
      this.values = values;
    }
    this.values[index] = value;
  }
}
