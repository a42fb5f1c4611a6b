/**
 * φ = (V u)₊ vᵀ with ‖u‖₂‖v‖₂: Ω°(W) = max ‖Wᵀ (V u)₊‖₂ over unit u, by the dimension that the rows of V span (theory.md §4).
 *
 *   2, one output         the angle sweep: exact
 *   1, 2; 3, few samples  all activation patterns (`neuron-cells.ts`): exact
 *   up to `MOST_COVERED`    branch and bound over the sphere of u
 *   otherwise             the bounds of `neuron-bounds.ts`
 * and a search from below. V = Y Qᵀ + E with Q a few columns; as t₊ is 1-Lipschitz, |f(u) − f_Y(Qᵀu)| ≤ Σ ‖w_n‖ |e_n · u|, so
 * Ω° ≤ ‖Q‖₂ max f_Y + Σ ‖w_n‖‖e_n‖ for any V (d): a proof where E is rounding, a bound elsewhere.
 */
import type { Observed } from "../../linalg/observed.ts";
import { dividedBy, withValues } from "../../linalg/observed.ts";
import { powerOfTwoAbove, roundedUp } from "../../linalg/rounding.ts";
import { areFinite, over } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import type { NetworkMapping } from "../../problem/mapping/mapping.ts";
import type { Regularizer } from "../../problem/regularizer/regularizer.ts";
import { type Circle, circleOf, sweepAngles } from "./angle-sweep.ts";
import { bracket, kindOf, rescaled, type UpperBound, unknownResult, wantedBranches, zeroResult } from "./bracket.ts";
import { closed } from "./closing.ts";
import { halvesBound, signedBound, sumBound } from "./neuron-bounds.ts";
import { enumerateCells } from "./neuron-cells.ts";
import { MOST_COVERED, neuronCloser } from "./neuron-closer.ts";
import type { ScaledSamples } from "./neuron-samples.ts";
import { samplesOf } from "./neuron-samples.ts";
import { branchAt, climbOf, type Neuron, neuronBranches, refined, valueReached } from "./neuron-search.ts";
import type { Polar, PolarBranch, PolarOptions, PolarResult } from "./polar.ts";
import type { RowSpace } from "./row-space.ts";
import { rowSpace } from "./row-space.ts";

const SWEEP = "angle sweep over the plane of the inputs";
const CELLS = "all activation patterns";

/** Samples whose patterns are gone through in three dimensions: half a second. */
const MOST_SAMPLES = 200;

/** What a branch and bound may look at where no bracket is to be closed: less than what the search takes. */
const BRACKET_CELLS = 32_000;

/** Maxima on the plane that are looked at in any case, and how far below the wanted value they may seem to be. */
const FEWEST_STARTS = 4;
const CLOSE = 1 + 1e-9;

/** For mappings with `neuron`, ℓ2 on both factors. */
export function neuronPolar(mapping: NetworkMapping, regularizer: Regularizer): Polar {
  const { input, entries } = mapping;
  const inputScale = powerOfTwoAbove(input);
  const scaledInput = inputScale === 0 ? input : over(input, inputScale);
  let spaces: Spaces | undefined;
  return (w, options) => {
    if (!areFinite(w)) return unknownResult();
    const scale = powerOfTwoAbove(w);
    if (scale === 0 || inputScale === 0) return zeroResult(SWEEP);
    if (!Number.isFinite(scale * inputScale)) return unknownResult();
    const table = dividedBy(withValues(entries, w), scale);
    spaces ??= spacesOf(scaledInput, scaledInput.length / entries.rows);
    const { space, plane } = spaces;
    return rescaled(regularizer, options, (own) => {
      const neuron = { mapping, regularizer, w, table, input: scaledInput, unit: scale * inputScale };
      return space.rank <= 2 && entries.columns === 1
        ? planePolar(neuron, space, plane, own)
        : spacePolar(neuron, space, [], [], own);
    });
  };
}

/** They are the same for every w. */
interface Spaces {
  readonly space: RowSpace;
  /** The rows in the plane, where there is no more than that. */
  readonly plane: Circle;
}

function spacesOf(input: Float64Array, columns: number): Spaces {
  const space = rowSpace(input, columns, MOST_COVERED + 1);
  const { rank, rows } = space;
  if (rank > 2) return { space, plane: circleOf(new Float64Array(0)) };
  const flat = new Float64Array(2 * (input.length / columns));
  for (let k = 0; k < rows.length; k++) flat[rank === 2 ? k : 2 * k] = rows[k];
  return { space, plane: circleOf(flat) };
}

function planePolar(neuron: Neuron, space: RowSpace, plane: Circle, options: PolarOptions): PolarResult {
  const { table, unit } = neuron;
  const column = columnOf(table);
  const { upper, maxima } = sweepAngles(plane, column);
  let rest = 0;
  for (let n = 0; n < column.length; n++) rest += Math.abs(column[n]) * space.rest[n];
  const bound = roundedUp((roundedUp(upper * space.stretch, 1) + roundedUp(rest, column.length + 2)) * unit, 2);
  const why = "one output, inputs in a plane: every activation pattern is an arc of a circle";
  const swept = { upper: bound, method: SWEEP, witness: "angles", why };
  if (options.proof !== undefined) return spacePolar(neuron, space, [], [swept], options);
  // What they are worth is known up to rounding and the rest: a little more than wanted is looked at closely.
  const close = maxima.filter(({ value }, k) => k < FEWEST_STARTS || value * unit * CLOSE > options.above);
  const branches = close.flatMap(({ x, y, sign }): PolarBranch[] => {
    const u = directionIn(space, Float64Array.of(x, y));
    const factors = [u, Float64Array.of(sign)];
    return u.every((entry) => entry === 0) ? [] : [{ value: valueReached(neuron, factors), factors }];
  });
  const wanted = wantedBranches(
    branches.filter(({ value }) => value > 0),
    options.above,
  );
  const lower = wanted[0]?.value ?? 0;
  if (kindOf(lower, bound) === "exact") return bracket(lower, [swept], wanted);
  const starts = wanted.map(({ factors }) => factors);
  return spacePolar(neuron, space, starts, [swept], options);
}

/** The search from below, the smallest bound from above; cheap ones only where an estimate is wanted. */
function spacePolar(
  neuron: Neuron,
  space: RowSpace,
  starts: readonly Branch[],
  bounds: readonly UpperBound[],
  options: PolarOptions,
): PolarResult {
  const { table, unit } = neuron;
  const scaled = space.rank > MOST_COVERED ? undefined : samplesOf(space, table);
  const from = [...starts];
  const all = [...bounds];
  const isWanted = (witness: string) => options.proof === undefined || options.proof.witness.kind === witness;
  const cells = scaled !== undefined && isWanted("cells") ? cellsBound(neuron, scaled, space, options) : undefined;
  if (cells !== undefined) {
    all.push(cells.bound);
    from.push(...cells.starts);
  }
  all.push(...patternFreeBounds(neuron, space, isWanted, options));
  const branches = neuronBranches(neuron, from, options);
  const open = { ...bracket(branches[0]?.value ?? 0, all, branches), work: cells?.work };
  if (options.effort === "estimate" && options.proof === undefined) return open;
  const closer = scaled && neuronCloser(scaled, unit, (point) => directionIn(space, point));
  const cheap =
    options.effort === "close" || options.proof !== undefined
      ? {}
      : { cells: Math.min(options.cells ?? BRACKET_CELLS, BRACKET_CELLS) };
  return closed(
    open,
    () => (closer === undefined ? [] : [closer]),
    (start) => climbedFrom(neuron, start),
    {
      ...options,
      ...cheap,
      effort: "close",
    },
  );
}

function cellsBound(
  neuron: Neuron,
  { samples, bounded }: ScaledSamples,
  space: RowSpace,
  { proof, stopped }: PolarOptions,
): { readonly bound: UpperBound; readonly starts: readonly Branch[]; readonly work: number } | undefined {
  if (samples.dimension === 3 && samples.count > MOST_SAMPLES) return undefined;
  const found = enumerateCells(samples, stopped);
  if (found === undefined) return undefined;
  const few = samples.dimension < 3 ? "" : ` and are at most ${MOST_SAMPLES}`;
  const why = `the inputs span ${inDimensions(samples.dimension)}${few}: few enough for all activation patterns`;
  const upper = roundedUp(bounded(found.upper) * neuron.unit, 1);
  const start = proof === undefined ? branchAt(neuron, directionIn(space, found.point)) : undefined;
  return {
    bound: { upper, method: CELLS, witness: "cells", why },
    starts: start === undefined ? [] : [start.factors],
    work: found.cells,
  };
}

function patternFreeBounds(
  { table, input, unit }: Neuron,
  { rank }: RowSpace,
  isWanted: (witness: string) => boolean,
  { effort, proof, stopped }: PolarOptions,
): UpperBound[] {
  const why =
    rank > MOST_COVERED
      ? `the inputs span more than ${inDimensions(MOST_COVERED)}, too many for a cover of their sphere`
      : `the inputs span ${inDimensions(rank)}, and a cover of their sphere needs more cells`;
  const bound = (upper: number, method: string, witness: string): UpperBound => ({
    upper: roundedUp(upper * unit, 1),
    method,
    witness,
    why,
  });
  const out = [bound(sumBound(table, input), "sum over the samples", "sum")];
  if (effort === "estimate" && proof === undefined) return out;
  if (table.columns === 1 && isWanted("signs"))
    out.push(bound(signedBound(columnOf(table), input, stopped), "convex part of each sign", "signs"));
  if (table.columns !== 1 && isWanted("halves"))
    out.push(bound(halvesBound(table, input, stopped), "halves of the linear and the absolute part", "halves"));
  return out;
}

function climbedFrom(neuron: Neuron, [direction]: Branch): PolarBranch | undefined {
  const branch = branchAt(neuron, direction);
  return branch === undefined ? undefined : refined(neuron, climbOf(neuron), branch);
}

/** The unit vector u of coordinates in the space of the rows. */
function directionIn({ basis }: RowSpace, point: Float64Array): Float64Array {
  const u = new Float64Array(basis[0]?.length ?? point.length);
  basis.forEach((q, k) => {
    for (let j = 0; j < u.length; j++) u[j] += point[k] * q[j];
  });
  const length = Math.sqrt(u.reduce((sum, x) => sum + x * x, 0));
  return length > 0 ? over(u, length) : u;
}

/** W of one output, 0 where it is not observed. */
function columnOf({ rows, rowStart, value }: Observed): Float64Array {
  return Float64Array.from({ length: rows }, (_, n) => (rowStart[n + 1] > rowStart[n] ? value[rowStart[n]] : 0));
}

function inDimensions(count: number): string {
  return count === 1 ? "1 dimension" : `${count} dimensions`;
}
