/**
 * φ = (V u)₊ vᵀ with ‖u‖₂‖v‖₂: Ω°(W) = max ‖Wᵀ (V u)₊‖₂ over unit u.
 *
 * One output and rows of V in a plane (theory.md §4, rank V ≤ 2): exact by the angle sweep. V = Y Qᵀ + E with Q two columns; as
 * t₊ is 1-Lipschitz, |f(u) − f_Y(Qᵀu)| ≤ Σ |w_n| |e_n · u|, so Ω° ≤ ‖Q‖₂ max |f_Y| + Σ |w_n|‖e_n‖ for any V (d): a proof
 * where E is rounding, a bound elsewhere. Otherwise the bounds of `neuron-bounds.ts`, and a search from below.
 */
import type { Observed } from "../../linalg/observed.ts";
import { dividedBy, withValues } from "../../linalg/observed.ts";
import { powerOfTwoAbove, roundedUp } from "../../linalg/rounding.ts";
import { euclideanLength, scaleInto } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import type { NetworkMapping } from "../../problem/mapping/mapping.ts";
import type { Regularizer } from "../../problem/regularizer/regularizer.ts";
import { type Circle, circleOf, sweepAngles } from "./angle-sweep.ts";
import { bracket, kindOf, rescaled, type UpperBound, unknownResult, wantedBranches, zeroResult } from "./bracket.ts";
import { halvesBound, signedBound, sumBound } from "./neuron-bounds.ts";
import type { Polar, PolarBranch, PolarOptions, PolarResult } from "./polar.ts";
import { type RowPlane, rowPlane } from "./row-plane.ts";
import { productOf, searchBranches } from "./search.ts";

const SWEEP = "angle sweep over the plane of the inputs";

/** Maxima on the plane that are looked at in any case, and how far below the wanted value they may seem to be. */
const FEWEST_STARTS = 4;
const CLOSE = 1 + 1e-9;

/** For mappings with `neuron`, ℓ2 on both factors. */
export function neuronPolar(mapping: NetworkMapping, regularizer: Regularizer): Polar {
  const { input, entries } = mapping;
  const inputScale = powerOfTwoAbove(input);
  const scaledInput = inputScale === 0 ? input : input.map((x) => x / inputScale);
  let plane: Plane | undefined;
  return (w, options) => {
    if (!w.every(Number.isFinite)) return unknownResult();
    const scale = powerOfTwoAbove(w);
    if (scale === 0 || inputScale === 0) return zeroResult(SWEEP);
    if (!Number.isFinite(scale * inputScale)) return unknownResult();
    const table = dividedBy(withValues(entries, w), scale);
    return rescaled(regularizer, options, (own) => {
      const given = { mapping, regularizer, w, table, input: scaledInput, unit: scale * inputScale };
      if (entries.columns !== 1) return searchedPolar(given, [], [], own);
      plane ??= planeOf(scaledInput, scaledInput.length / entries.rows);
      return planePolar(given, plane, own);
    });
  };
}

interface Given {
  readonly mapping: NetworkMapping;
  readonly regularizer: Regularizer;
  readonly w: Float64Array;
  /** W and V divided by powers of two, to entries of modulus ≤ 1. */
  readonly table: Observed;
  readonly input: Float64Array;
  /** The product of the two powers. */
  readonly unit: number;
}

/** It is the same for every w. */
interface Plane extends RowPlane {
  readonly circle: Circle;
}

function planeOf(input: Float64Array, columns: number): Plane {
  const plane = rowPlane(input, columns);
  return { ...plane, circle: circleOf(plane.rows) };
}

function planePolar(given: Given, plane: Plane, options: PolarOptions): PolarResult {
  const { table, unit } = given;
  const column = columnOf(table);
  const { upper, maxima } = sweepAngles(plane.circle, column);
  let rest = 0;
  for (let n = 0; n < column.length; n++) rest += Math.abs(column[n]) * plane.rest[n];
  const bound = roundedUp((roundedUp(upper * plane.stretch, 1) + roundedUp(rest, column.length + 2)) * unit, 2);
  // What they are worth is known up to rounding and the rest: a little more than wanted is looked at closely.
  const close = maxima.filter(({ value }, k) => k < FEWEST_STARTS || value * unit * CLOSE > options.above);
  const branches = close.flatMap(({ x, y, sign }): PolarBranch[] => {
    const u = plane.basis[0].map((q, j) => x * q + y * plane.basis[1][j]);
    const length = euclideanLength(u);
    if (length === 0) return [];
    scaleInto(u, 1 / length);
    const factors = [u, Float64Array.of(sign)];
    return [{ value: valueReached(given, factors), factors }];
  });
  const wanted = wantedBranches(
    branches.filter(({ value }) => value > 0),
    options.above,
  );
  const swept = { upper: bound, method: SWEEP, witness: "angles" };
  const lower = wanted[0]?.value ?? 0;
  if (kindOf(lower, bound) === "exact") return bracket(lower, [swept], wanted);
  return searchedPolar(
    given,
    wanted.map(({ factors }) => factors),
    [swept],
    options,
  );
}

/** The search from below, the smallest bound from above; cheap ones only where an estimate is wanted. */
function searchedPolar(
  given: Given,
  starts: readonly Branch[],
  bounds: readonly UpperBound[],
  options: PolarOptions,
): PolarResult {
  const { mapping, regularizer, w, table, input, unit } = given;
  const branches = searchBranches(mapping, productOf(regularizer.norms), w, starts, options);
  const more = [...bounds];
  const add = (upper: number, method: string, witness: string) => {
    more.push({ upper: roundedUp(upper * unit, 1), method, witness });
  };
  add(sumBound(table, input), "sum over the samples", "sum");
  if (options.estimateOnly !== true) {
    const { stopped } = options;
    if (table.columns === 1) add(signedBound(columnOf(table), input, stopped), "convex part of each sign", "signs");
    else add(halvesBound(table, input, stopped), "halves of the linear and the absolute part", "halves");
  }
  return bracket(branches[0]?.value ?? 0, more, branches);
}

function valueReached({ mapping, w }: Given, values: Branch): number {
  const x = new Float64Array(w.length);
  mapping.predictInto(x, { branches: 1, values });
  let sum = 0;
  for (let k = 0; k < w.length; k++) sum += w[k] * x[k];
  return sum;
}

/** W of one output, 0 where it is not observed. */
function columnOf({ rows, rowStart, value }: Observed): Float64Array {
  return Float64Array.from({ length: rows }, (_, n) => (rowStart[n + 1] > rowStart[n] ? value[rowStart[n]] : 0));
}
