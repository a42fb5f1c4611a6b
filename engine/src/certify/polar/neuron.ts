/**
 * φ = (V u)₊ vᵀ with ‖u‖₂‖v‖₂: Ω°(W) = max ‖Wᵀ (V u)₊‖₂ over unit u.
 *
 * One output and rows of V in a plane (theory.md §4, rank V ≤ 2): exact by the angle sweep. V = Y Qᵀ + E with Q two columns; as
 * t₊ is 1-Lipschitz, |f(u) − f_Y(Qᵀu)| ≤ Σ |w_n| |e_n · u|, so Ω° ≤ ‖Q‖₂ max |f_Y| + Σ |w_n|‖e_n‖ for any V (d): a proof
 * where E is rounding, a bound elsewhere. Otherwise the bounds of `neuron-bounds.ts`, and a search from below.
 */
import type { Observed } from "../../linalg/observed.ts";
import { dividedBy, withValues } from "../../linalg/observed.ts";
import { normalStream } from "../../linalg/random.ts";
import { powerOfTwoAbove, roundedUp } from "../../linalg/rounding.ts";
import { dot, euclideanLength, scaleInto } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import type { NetworkMapping } from "../../problem/mapping/mapping.ts";
import type { Regularizer } from "../../problem/regularizer/regularizer.ts";
import { type Circle, circleOf, sweepAngles } from "./angle-sweep.ts";
import { bracket, kindOf, rescaled, type UpperBound, unknownResult, wantedBranches, zeroResult } from "./bracket.ts";
import { halvesBound, signedBound, sumBound } from "./neuron-bounds.ts";
import { climbNeuron } from "./neuron-climb.ts";
import type { Polar, PolarBranch, PolarOptions, PolarResult } from "./polar.ts";
import { type RowPlane, rowPlane } from "./row-plane.ts";
import { productOf, searchBranches } from "./search.ts";

/** Of u and v, where there are several outputs. */
const REFINING_TURNS = 4;

const MOST_CLIMBS = 200;
const CLIMBING_FLOPS = 2e7;

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
  const found = searchBranches(mapping, productOf(regularizer.norms), w, starts, options);
  const branches = distinct(
    [...found.map((branch) => refined(given, branch)), ...climbed(given, options)],
    options.above,
  );
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

/** From a branch that the search found to a local maximum that is exact at kinks; for several outputs u and v by turns. */
function refined(given: Given, branch: PolarBranch): PolarBranch {
  const { mapping, w, table } = given;
  const rows = rowsOf(given);
  let best = branch;
  for (let turn = 0; turn < (table.columns === 1 ? 1 : REFINING_TURNS); turn++) {
    const [from, v] = best.factors;
    const u = climbNeuron(rows, weightsOf(table, v), from);
    if (u === undefined) break;
    const output = bestOutput(mapping, w, u);
    if (output === undefined) break;
    const factors = [u, output];
    const value = valueReached(given, factors);
    if (!(value > best.value)) break;
    best = { value, factors };
  }
  return best;
}

/** Local maxima from random starts, as many as a fixed number of flops allows. */
function climbed(given: Given, { stopped }: PolarOptions): PolarBranch[] {
  const { table, mapping, w } = given;
  const rows = rowsOf(given);
  const features = rows[0].length;
  const turns = table.columns === 1 ? 1 : REFINING_TURNS;
  const count = Math.round(Math.min(MOST_CLIMBS, CLIMBING_FLOPS / (20 * rows.length * features ** 2)) / turns);
  const normal = normalStream(0x2c1b3c6d);
  const out: PolarBranch[] = [];
  for (let k = 0; k < count && !stopped(); k++) {
    const u = Float64Array.from({ length: features }, normal);
    for (const v of table.columns === 1 ? [Float64Array.of(1), Float64Array.of(-1)] : [bestOutput(mapping, w, u)]) {
      if (v !== undefined) out.push(refined(given, { value: 0, factors: [u, v] }));
    }
  }
  return out.filter(({ value }) => value > 0);
}

/** The unit v with the largest ⟨w, (V u)₊ vᵀ⟩. */
function bestOutput(mapping: NetworkMapping, w: Float64Array, u: Float64Array): Float64Array | undefined {
  const v = new Float64Array(mapping.factors[1].size);
  const gradient = [new Float64Array(u.length), v];
  mapping.correlateInto(gradient, w, { branches: 1, values: [u, new Float64Array(v.length)] });
  const size = euclideanLength(v);
  return size > 0 ? v.map((x) => x / size) : undefined;
}

/** Best first, without those that climbed to the same place. */
function distinct(branches: readonly PolarBranch[], above: number): PolarBranch[] {
  const kept: PolarBranch[] = [];
  for (const branch of wantedBranches(branches, above)) {
    const [u, v] = branch.factors;
    const isCopy = kept.some(({ factors: [x, y] }) => dot(u, x) > 1 - 1e-9 && dot(v, y) > 1 - 1e-9);
    if (!isCopy) kept.push(branch);
  }
  return kept;
}

function rowsOf({ input, table }: Given): Float64Array[] {
  const features = input.length / table.rows;
  return Array.from({ length: table.rows }, (_, n) => input.subarray(n * features, (n + 1) * features));
}

/** Σ_j W_nj v_j. */
function weightsOf({ rows, rowStart, column, value }: Observed, v: Float64Array): Float64Array {
  const out = new Float64Array(rows);
  for (let n = 0; n < rows; n++) {
    for (let k = rowStart[n]; k < rowStart[n + 1]; k++) out[n] += value[k] * v[column[k]];
  }
  return out;
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
