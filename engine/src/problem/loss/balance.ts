/**
 * Arrays whose rows, columns or both sum to exactly 0 as real numbers: then so do those of any multiple t·w. Entries become
 * whole multiples of a power of two, 2⁻⁵⁰ or so of the largest, which makes every sum below exact; what is left over is
 * taken from entries that have room within the domain of the dual. Cost: a few passes over the entries.
 */
import type { Observed } from "../../linalg/observed.ts";
import { sumError } from "./bounds.ts";
import { entriesByColumn, entriesByRow } from "./columns.ts";

export interface Conditions {
  readonly rows: boolean;
  readonly columns: boolean;
}

type Range = (y: number) => readonly [number, number];

/** w as whole numbers of a unit, and its domain: in those units where `countInto` has been, before that as it is. */
interface Whole {
  readonly count: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** The largest whole number has one more. */
const BITS = 49;
const SPLIT = 2 ** 26;

/**
 * The array near w that meets the conditions exactly: w itself where it does, so that a point that a run has balanced stays as
 * it is when a check balances it again. `range(y)` contains 0. With both conditions every row must be complete and its range
 * that of a one-hot row (cross-entropy).
 */
export function balanced(w: Float64Array, target: Observed, range: Range, conditions: Conditions): Float64Array {
  const low = target.value.map((y) => range(y)[0]);
  const high = target.value.map((y) => range(y)[1]);
  if (w.every((x, k) => low[k] <= x && x <= high[k]) && isBalanced(w, target, conditions)) return w;
  const out = w.map((x, k) => Math.min(high[k], Math.max(low[k], x)));
  const whole: Whole = { count: new Float64Array(w.length), low, high };
  const groups = conditions.rows ? entriesByRow(target) : entriesByColumn(target);
  for (const group of groups) center(out, whole, group);
  if (conditions.rows && conditions.columns) {
    for (const group of [...entriesByColumn(target), ...groups]) center(out, whole, group);
  }
  // Rows and columns meet in the same entries, which then need one unit for all.
  const sharing = conditions.rows && conditions.columns ? [groups] : groups.map((group) => [group]);
  for (const together of sharing) {
    const unit = unitFor(out, together, BITS);
    for (const group of together) {
      countInto(whole, out, unit, group);
      repair(whole, group);
    }
    const exact =
      together.every((group) => wholeSum(whole.count, group) === 0) &&
      (together !== groups || transport(whole, target));
    for (const group of together) for (const k of group) out[k] = exact ? whole.count[k] * unit : 0;
  }
  return out;
}

/** Whether the sums are exactly 0, shown by whole numbers; true for what `balanced` gives, false where that is not shown. */
export function isBalanced(w: Float64Array, target: Observed, conditions: Conditions): boolean {
  const groups = [
    ...(conditions.rows ? entriesByRow(target) : []),
    ...(conditions.columns ? entriesByColumn(target) : []),
  ];
  const count = new Float64Array(w.length);
  return groups.every((group) => {
    // Two bits more than `balanced` uses: the repair may have made the largest entry larger.
    const unit = unitFor(w, [group], BITS + 2);
    for (const k of group) count[k] = w[k] / unit;
    const whole = (k: number) => Number.isInteger(count[k]) && count[k] * unit === w[k];
    return group.every(whole) && wholeSum(count, group) === 0;
  });
}

/** A power of two that goes 2^bits to 2^(bits + 1) times into the largest |w_k| of the groups. */
function unitFor(w: Float64Array, groups: readonly Int32Array[], bits: number): number {
  let largest = 0;
  for (const group of groups) for (const k of group) largest = Math.max(largest, Math.abs(w[k]));
  return largest > 0 ? 2 ** Math.max(-1074, Math.floor(Math.log2(largest)) - bits) : 1;
}

/** From entries and domain to whole numbers of `unit`; what rounding adds to one entry is taken from the next. */
function countInto({ count, low, high }: Whole, w: Float64Array, unit: number, group: Int32Array): void {
  let carry = 0;
  for (const k of group) {
    low[k] = Math.ceil(low[k] / unit);
    high[k] = Math.floor(high[k] / unit);
    if (w[k] === 0) continue;
    const wanted = w[k] / unit + carry;
    count[k] = Math.min(high[k], Math.max(low[k], Math.round(wanted)));
    carry = wanted - count[k];
  }
}

/**
 * Σ of at most 2²⁷ whole numbers up to 2⁵²: the high and low halves are summed apart, so that only the last addition rounds.
 * Exact up to 2⁵³, and 0 only where the sum is.
 */
function wholeSum(count: Float64Array, group: Int32Array): number {
  let [high, low] = [0, 0];
  for (const k of group) {
    const top = Math.round(count[k] / SPLIT);
    high += top;
    low += count[k] - top * SPLIT;
  }
  return high * SPLIT + low;
}

/** Σ w_k with the rounding of every addition made good. */
function accurateSum(w: Float64Array, group: Int32Array): number {
  let [sum, lost] = [0, 0];
  for (const k of group) {
    const next = sum + w[k];
    lost += sumError(sum, w[k], next);
    sum = next;
  }
  return sum + lost;
}

/**
 * Takes the sum of the group off its entries, in rounding: in equal parts off those without a bound, else in proportion to
 * their room.
 */
function center(w: Float64Array, { low, high }: Whole, group: Int32Array): void {
  const sum = accurateSum(w, group);
  if (sum === 0) return;
  const room = (k: number) => (sum > 0 ? w[k] - low[k] : high[k] - w[k]);
  let [unlimited, limited] = [0, 0];
  for (const k of group) {
    if (room(k) === Number.POSITIVE_INFINITY) unlimited++;
    else limited += room(k);
  }
  for (const k of group) {
    const free = room(k) === Number.POSITIVE_INFINITY;
    if (unlimited > 0 && !free) continue;
    const moved = w[k] - (unlimited > 0 ? sum / unlimited : sum * (Math.abs(room(k)) / limited));
    w[k] = Math.min(high[k], Math.max(low[k], moved));
  }
}

/** Makes the sum of the group 0: off the entry with the most room, and what that cannot give off the others in order. */
function repair({ count, low, high }: Whole, group: Int32Array): void {
  const sum = wholeSum(count, group);
  const sign = Math.sign(sum);
  let rest = Math.abs(sum);
  const room = (k: number) => (sign > 0 ? count[k] - low[k] : high[k] - count[k]);
  const take = (k: number) => {
    const amount = Math.min(rest, room(k));
    count[k] -= sign * amount;
    rest -= amount;
  };
  if (rest > 0) take(group.reduce((best, k) => (room(k) > room(best) ? k : best), group[0]));
  for (let at = 0; at < group.length && rest > 0; at++) take(group[at]);
}

/**
 * Column sums to 0 with the row sums as they are, by moving amounts between two columns of one row. There is room for it:
 * raising column d lowers v_d = onehot − w, and Σ_i v_id is not below what column d lacks; lowering another by as much in
 * the same row raises its v, which stays at most 1. Returns whether all sums are 0 then.
 */
function transport({ count, low, high }: Whole, target: Observed): boolean {
  const { rows, columns, rowStart } = target;
  const groups = entriesByColumn(target);
  for (let round = 0; round < 4; round++) {
    const sums = groups.map((group) => wholeSum(count, group));
    if (sums.every((sum) => sum === 0)) return true;
    for (let d = 0; d < columns; d++) {
      for (let c = 0; c < columns && sums[d] < 0; c++) {
        if (sums[c] <= 0) continue;
        const wanted = Math.min(sums[c], -sums[d]);
        const moved = move(c, d, wanted);
        sums[c] -= moved;
        sums[d] += moved;
      }
    }
  }
  return false;

  /** Lowers column c and raises column d by `wanted` in all, the row with the most room first; returns by how much. */
  function move(c: number, d: number, wanted: number): number {
    let rest = wanted;
    const room = (i: number) => {
      const at = rowStart[i];
      if (at === rowStart[i + 1]) return 0;
      return Math.min(count[at + c] - low[at + c], high[at + d] - count[at + d]);
    };
    const take = (i: number) => {
      const amount = Math.min(rest, room(i));
      if (amount === 0) return;
      count[rowStart[i] + c] -= amount;
      count[rowStart[i] + d] += amount;
      rest -= amount;
    };
    let best = 0;
    for (let i = 1; i < rows; i++) if (room(i) > room(best)) best = i;
    take(best);
    for (let i = 0; i < rows && rest > 0; i++) take(i);
    return wanted - rest;
  }
}
