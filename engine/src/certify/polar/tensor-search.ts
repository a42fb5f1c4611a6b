/**
 * The search of `search.ts` for a full tensor with ℓ2 on every axis, many starts at a time: all climb through the same two products
 * with the tensor a sweep (`linalg/rank-one-sums.ts`), each factor moving to the unit vector of what the tensor says to it. What the
 * random starts are after their first sweep is kept as well: directions that are not the best, and apart from one another, so
 * that growth has more than one to begin with. Cost of a sweep: 4·n·r for n entries and r starts.
 */
import { multiplyVectorInto } from "../../linalg/kernels/matrix-vector.ts";
import { normalStream } from "../../linalg/random.ts";
import { contracted, contractGroupInto, inCoordinates, khatriRao, splitAxes } from "../../linalg/rank-one-sums.ts";
import { powerOfTwoAbove } from "../../linalg/rounding.ts";
import type { Basis } from "../../linalg/span.ts";
import { spanOf } from "../../linalg/span.ts";
import { over } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import { branchesOf, factorsOf } from "../../problem/factors.ts";
import type { PolarBranch } from "./polar.ts";

const RANDOM_STARTS = 12;
/** All climb a little, and what is best then to the end. */
const FIRST_SWEEPS = 6;
const FINALISTS = 6;
/** Passes through the tensor, and sweeps of the core between two of them; a pass that gains less (relative) is the last one. */
const PASSES = 8;
const CORE_SWEEPS = 100;
const LAST_GAIN = 1e-9;
/** Branches closer than this in cosine are the same; and directions of growth that are hardly apart. */
const SAME_COSINE = 0.999;
const APART = 0.97;
/** Growth by more branches at once than a model needs makes descent wait for the others to go. */
const MOST_DIRECTIONS = 10;

/** For all local maxima, not for the best one alone; what is worth less than this part of it after so many passes climbs no further. */
const MOST_MAXIMA = 16;
const MOST_PASSES = 40;
const SORTING_PASSES = 2;
const NEAR_BEST = 0.98;
/** The gradient at a top is about the square root of this: equations between tops ask for more digits than their values. */
const SHARP_GAIN = 1e-14;

interface Passes {
  readonly passes: number;
  /** Relative. */
  readonly gain: number;
  /** What is worth less than this part of the best is left behind. */
  readonly near: number;
  /** Of the values of all branches. */
  readonly worth: (values: readonly number[]) => number;
}

const ONE_TOP: Passes = { passes: PASSES, gain: LAST_GAIN, near: 0, worth: (values) => Math.max(...values) };

interface SearchOptions {
  /** Of all branches but the best one, those worth more than this are kept. */
  readonly above: number;
  readonly stopped: () => boolean;
}

/** Distinct branches of unit vectors, the best first; empty where no value is above 0. */
export function searchTensor(
  tensor: Float64Array,
  lengths: readonly number[],
  starts: readonly Branch[],
  { above, stopped }: SearchOptions,
): PolarBranch[] {
  const scale = powerOfTwoAbove(tensor);
  if (scale === 0) return [];
  const w = over(tensor, scale);
  const normal = normalStream(0x51ed270b);
  const random = Array.from({ length: RANDOM_STARTS }, () =>
    lengths.map((length) => Float64Array.from({ length }, normal)),
  );
  const climb = climber(w, lengths, stopped);
  const early = climb(random, 1);
  const first = distinct(climb([...starts, ...early.map(({ factors }) => factors)], FIRST_SWEEPS), SAME_COSINE);
  const found = distinct(
    climbedThrough(
      w,
      lengths,
      first.slice(0, FINALISTS).map(({ factors }) => factors),
      stopped,
    ),
    SAME_COSINE,
  );
  return [...found, ...distinct(early, APART)]
    .filter(({ factors }, i, all) => all.slice(0, i).every((other) => cosineOf(other.factors, factors) <= APART))
    .slice(0, MOST_DIRECTIONS)
    .map(({ value, factors }) => ({ value: value * scale, factors }))
    .filter(({ value }, i) => i === 0 || value > above);
}

/** Distinct local maxima near the starts and random ones, each climbed to its top, the best first. */
export function localMaxima(
  tensor: Float64Array,
  lengths: readonly number[],
  starts: readonly Branch[],
  stopped: () => boolean,
  { random = RANDOM_STARTS }: { readonly random?: number } = {},
): PolarBranch[] {
  const normal = normalStream(0x2545f491);
  const drawn = Array.from({ length: random }, () => lengths.map((length) => Float64Array.from({ length }, normal)));
  const near = distinct(climber(tensor, lengths, stopped)([...starts, ...drawn], FIRST_SWEEPS), SAME_COSINE);
  const tops = climbedThrough(
    tensor,
    lengths,
    near.slice(0, MOST_MAXIMA).map(({ factors }) => factors),
    stopped,
    {
      passes: MOST_PASSES,
      gain: SHARP_GAIN,
      near: NEAR_BEST,
      worth: (values) => values.reduce((sum, value) => sum + value, 0),
    },
  );
  return distinct(tops, SAME_COSINE);
}

/**
 * To the top near each start: a sweep through the tensor, then as many as it takes through the core that is left of the tensor in the
 * span of all factors before and after that sweep; until `worth` of all values gains no more.
 */
function climbedThrough(
  w: Float64Array,
  lengths: readonly number[],
  starts: readonly Branch[],
  stopped: () => boolean,
  { passes, gain: lastGain, near, worth }: Passes = ONE_TOP,
): PolarBranch[] {
  const sweep = climber(w, lengths, stopped);
  let reached = sweep(starts, 1);
  const left: PolarBranch[] = [];
  for (let pass = 0; pass < passes && reached.length > 0 && !stopped(); pass++) {
    const r = reached.length;
    const before = factorsOf(
      reached.map(({ factors }) => factors),
      lengths,
      r,
    ).values;
    const after = factorsOf(
      sweep(
        reached.map(({ factors }) => factors),
        1,
      ).map(({ factors }) => factors),
      lengths,
      r,
    ).values;
    const bases = lengths.map((length, k) => spanOf([after[k], before[k]], length, r));
    const core = inCoordinates(w, lengths, bases);
    const inner = branchesOf({ branches: r, values: after }).map((branch) =>
      branch.map((x, k) => product(bases[k], x, true)),
    );
    const climbed = climber(
      core,
      bases.map(({ columns }) => columns),
      stopped,
      lastGain,
    )(inner, CORE_SWEEPS);
    const next = climbed.map(({ value, factors }) => ({
      value,
      factors: factors.map((x, k) => product(bases[k], x, false)),
    }));
    const gain = worth(next.map(({ value }) => value)) / worth(reached.map(({ value }) => value)) - 1;
    if (gain > 0) reached = next;
    if (!(gain > lastGain)) break;
    if (pass === SORTING_PASSES - 1) {
      const least = near * Math.max(...reached.map(({ value }) => value));
      left.push(...reached.filter(({ value }) => value < least));
      reached = reached.filter(({ value }) => value >= least);
    }
  }
  return [...reached, ...left];
}

/** S x or Sᵀ x. */
function product({ columns, values }: Basis, x: Float64Array, transpose: boolean): Float64Array {
  const length = values.length / columns;
  const out = new Float64Array(transpose ? columns : length);
  multiplyVectorInto(out, values, x, { m: length, n: columns, transpose });
  return out;
}

/** So many sweeps, or until none gains anything; those that reach a value above 0. */
function climber(
  w: Float64Array,
  lengths: readonly number[],
  stopped: () => boolean,
  lastGain = LAST_GAIN,
): (starts: readonly Branch[], sweeps: number) => PolarBranch[] {
  const split = splitAxes(lengths);
  const { front, behind } = split;
  return (starts, sweeps) => {
    const r = starts.length;
    if (r === 0) return [];
    const values = factorsOf(starts, lengths, r).values.map((value) => Float64Array.from(value));
    for (const value of values) normalizeInto(value, r);
    let reached: Float64Array = new Float64Array(r);
    for (let sweep = 0; sweep < sweeps && !stopped(); sweep++) {
      let next = reached;
      for (const [group, other, left] of [[front, behind, "front"] as const, [behind, front, "behind"] as const]) {
        const rest = contracted(w, split, left, khatriRao(other, values, r), r);
        group.lengths.forEach((_, axis) => {
          const value = values[group.first + axis];
          contractGroupInto(value, rest, group, axis, values, r);
          next = normalizeInto(value, r);
        });
      }
      const rises = next.some((value, b) => value > reached[b] * (1 + lastGain));
      reached = next;
      if (!rises) break;
    }
    return branchesOf({ branches: r, values }).flatMap((factors, b) => {
      const value = reached[b];
      return value > 0 && value < Number.POSITIVE_INFINITY ? [{ value, factors }] : [];
    });
  };
}

/** Columns to unit length; their lengths before. */
function normalizeInto(value: Float64Array, r: number): Float64Array {
  const lengths = new Float64Array(r);
  for (let at = 0; at < value.length; at += r) for (let b = 0; b < r; b++) lengths[b] += value[at + b] ** 2;
  for (let b = 0; b < r; b++) lengths[b] = Math.sqrt(lengths[b]);
  for (let at = 0; at < value.length; at += r) {
    for (let b = 0; b < r; b++) if (lengths[b] > 0) value[at + b] /= lengths[b];
  }
  return lengths;
}

/** Best first; of those that are about the same the best one. */
function distinct(branches: readonly PolarBranch[], cosine: number): PolarBranch[] {
  const out: PolarBranch[] = [];
  for (const branch of [...branches].sort((x, y) => y.value - x.value)) {
    if (!out.some((other) => cosineOf(other.factors, branch.factors) > cosine)) out.push(branch);
  }
  return out;
}

/** Of rank-one tensors of unit vectors: signs cancel. */
function cosineOf(x: Branch, y: Branch): number {
  return x.reduce((all, slice, k) => all * slice.reduce((sum, entry, i) => sum + entry * y[k][i], 0), 1);
}
