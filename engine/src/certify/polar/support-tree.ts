/**
 * max over supports S of k indices, by branch and bound: a node knows which indices are in and which are out, and is cut at one
 * of the others (first half: in). Largest bound first. The tree of cuts in preorder is the proof: every tree covers all
 * supports, so a wrong one only bounds badly.
 *
 * Where a support has a tree of its own (both factors sparse) it stands behind a 1 where a cut is not possible.
 */
import { BitTree, treeReader } from "./cover/bit-tree.ts";
import { NodeHeap } from "./cover/node-heap.ts";
import type { SupportProblem } from "./support-bounds.ts";
import { INSIDE, OUTSIDE, supportBounds } from "./support-bounds.ts";

export interface SupportSearch {
  /** Reached by some support. */
  readonly reached: number;
  /** Supports up to reached · (1 + tolerance) are done. */
  readonly tolerance: number;
  /** Nodes that may be looked at. */
  readonly cells: number;
  readonly stopped: () => boolean;
  /** What the support is really worth, when that is more than a bound on it. */
  readonly within?: ((support: readonly number[], search: SupportSearch) => SupportResult) | undefined;
}

export interface SupportResult {
  readonly upper: number;
  /** What nodes had to be below of at the end. */
  readonly threshold: number;
  /** Worth more than `reached`; with the one within it. */
  readonly better: readonly (readonly number[])[] | undefined;
  readonly cells: number;
  readonly tree: BitTree;
}

export interface SupportCheck {
  readonly threshold: number;
  /** Nodes that may still be looked at; counted down. */
  readonly budget: { cells: number };
  readonly stopped: () => boolean;
  readonly within?: ((support: readonly number[], isCut: () => boolean, check: SupportCheck) => number) | undefined;
}

/** Bytes that open nodes may take. */
const MOST_BYTES = 2 ** 27;

export function searchSupports(problem: SupportProblem, search: SupportSearch): SupportResult {
  const { size: n } = problem;
  const { tolerance, stopped, within } = search;
  const bounds = supportBounds(problem);
  const heap = new NodeHeap();
  const slots = new Slots(n);
  const halves: number[] = [0];
  const trees = new Map<number, BitTree>();
  const node: number[] = [];
  let { reached } = search;
  let better: readonly (readonly number[])[] | undefined;
  let cells = 0;
  let done = 0;
  const threshold = () => reached * (1 + tolerance);

  function reach(value: number, supports: readonly (readonly number[])[]): void {
    if (!(value > reached)) return;
    reached = value;
    better = supports;
  }

  /** Bounds the node in the slot, and keeps it when it is not done. */
  function consider(slot: number, id: number, most: number): void {
    cells++;
    bounds.load(slots.states, slot * n);
    let bound = Math.min(most, bounds.loose());
    if (bound > threshold() && bounds.isBelow(threshold())) bound = threshold();
    if (bound > threshold() && bounds.isSingle()) {
      const support = bounds.support();
      const value = Math.min(bound, bounds.single());
      if (within !== undefined && value > threshold()) {
        const inner = within(support, { reached, tolerance, cells: search.cells - cells, stopped });
        cells += inner.cells;
        trees.set(id, inner.tree);
        if (inner.better !== undefined) reach(inner.threshold / (1 + tolerance), [support, ...inner.better]);
        bound = Math.min(value, inner.upper);
      } else {
        reach(value, [support]);
        bound = value;
      }
      done = Math.max(done, bound);
      slots.release(slot);
    } else if (bound <= threshold()) {
      done = Math.max(done, bound);
      slots.release(slot);
    } else {
      node[slot] = id;
      heap.push(bound, slot);
    }
  }

  consider(slots.take(), 0, Number.POSITIVE_INFINITY);
  while (heap.size > 0 && cells < search.cells && slots.bytes < MOST_BYTES) {
    if ((cells & 15) < 2 && stopped()) break;
    const bound = heap.topValue();
    // What has to be beaten may have risen since.
    if (bound <= threshold()) break;
    const slot = heap.pop();
    bounds.load(slots.states, slot * n);
    const at = bounds.pick();
    const other = slots.copy(slot);
    slots.states[slot * n + at] = INSIDE;
    slots.states[other * n + at] = OUTSIDE;
    const first = halves.length;
    halves[node[slot]] = first;
    halves.push(0, 0);
    consider(slot, first, bound);
    consider(other, first + 1, bound);
  }
  const tree = new BitTree();
  const stack = [0];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const own = trees.get(id);
    tree.push(halves[id] > 0 || own !== undefined);
    if (halves[id] > 0) stack.push(halves[id] + 1, halves[id]);
    else if (own !== undefined) appendInto(tree, own);
  }
  return {
    upper: Math.max(done, heap.size > 0 ? heap.topValue() : 0),
    threshold: threshold(),
    better,
    cells,
    tree,
  };
}

/** The bound that a tree proves. */
export function checkSupports(problem: SupportProblem, isCut: () => boolean, check: SupportCheck): number {
  const { size: n } = problem;
  const { threshold, budget, stopped, within } = check;
  const bounds = supportBounds(problem);
  const states = new Uint8Array(n);
  let upper = 0;

  /** The node in `states`; false when the budget is spent. */
  function visit(most: number): boolean {
    budget.cells--;
    if (budget.cells < 0 || ((budget.cells & 15) === 0 && stopped())) return false;
    bounds.load(states, 0);
    const bound = Math.min(most, bounds.loose());
    const isSingle = bounds.isSingle();
    if (!isCut()) {
      upper = Math.max(upper, bound <= threshold ? bound : sharper(bound, isSingle));
      return true;
    }
    if (isSingle) {
      const value = sharper(bound, isSingle);
      const support = bounds.support();
      const inner = within === undefined ? value : within(support, isCut, check);
      upper = Math.max(upper, Math.min(value, inner));
      return budget.cells >= 0;
    }
    const at = bounds.pick();
    for (const state of [INSIDE, OUTSIDE]) {
      states[at] = state;
      if (!visit(bound)) return false;
    }
    states[at] = 0;
    return true;
  }

  function sharper(bound: number, isSingle: boolean): number {
    if (bounds.isBelow(threshold)) return Math.min(bound, threshold);
    return isSingle ? Math.min(bound, bounds.single()) : bound;
  }

  return visit(Number.POSITIVE_INFINITY) ? upper : Number.POSITIVE_INFINITY;
}

function appendInto(tree: BitTree, other: BitTree): void {
  const read = treeReader(other.toArray());
  for (let k = 0; k < other.length; k++) tree.push(read());
}

/** States of open nodes, n bytes each. */
class Slots {
  states: Uint8Array;
  private free: number[] = [];
  private used = 0;

  constructor(private readonly n: number) {
    this.states = new Uint8Array(256 * n);
  }

  get bytes(): number {
    return this.used * this.n;
  }

  /** All zero at first. */
  take(): number {
    const slot = this.free.pop() ?? this.used++;
    if ((slot + 1) * this.n > this.states.length) {
      const states = new Uint8Array(2 * this.states.length);
      states.set(this.states);
      this.states = states;
    }
    return slot;
  }

  copy(slot: number): number {
    const other = this.take();
    this.states.copyWithin(other * this.n, slot * this.n, (slot + 1) * this.n);
    return other;
  }

  release(slot: number): void {
    this.free.push(slot);
  }
}
