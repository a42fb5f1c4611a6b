/** Branches of one neuron from below: the search for every mapping, then climbing that is exact at kinks, from there and from random starts. */
import { multiplyInto } from "../../linalg/kernels/multiply.ts";
import type { Observed } from "../../linalg/observed.ts";
import { normalStream } from "../../linalg/random.ts";
import { dot, euclideanLength, opposite, over } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import type { NetworkMapping } from "../../problem/mapping/mapping.ts";
import type { Regularizer } from "../../problem/regularizer/regularizer.ts";
import { wantedBranches } from "./bracket.ts";
import { type Climb, neuronClimb } from "./neuron-climb.ts";
import { MOST_COVERED } from "./neuron-closer.ts";
import type { PolarBranch, PolarOptions } from "./polar.ts";
import { foundBranches, productOf } from "./search.ts";

/** Of u and v, where there are several outputs. */
const REFINING_TURNS = 4;

/**
 * From random starts, by batches: where there is nothing else, and where a cover looks for what the climbs have missed. A batch
 * that brings enough directions well above what is asked for is the last one.
 */
const MOST_CLIMBS = 60;
const CLIMBS_BEFORE_COVER = 32;
const BATCH = 30;
const ENOUGH = 4;
const WELL_ABOVE = 1.1;
const CLIMBING_FLOPS = 1e8;
/** Of a climb from a random start; the best ones go on to the end. */
const FIRST_STEPS = 25;
const FINALISTS = 1;

export interface Neuron {
  readonly mapping: NetworkMapping;
  readonly regularizer: Regularizer;
  readonly w: Float64Array;
  /** W and V divided by powers of two, to entries of modulus ≤ 1. */
  readonly table: Observed;
  readonly input: Float64Array;
  /** The product of the two powers. */
  readonly unit: number;
}

/** Best first; the branch of a proof and nothing else where one is to be checked. */
export function neuronBranches(neuron: Neuron, starts: readonly Branch[], options: PolarOptions): PolarBranch[] {
  const { mapping, regularizer, w } = neuron;
  const { proof } = options;
  if (proof !== undefined && proof.branch === undefined) return [];
  if (proof !== undefined) return foundBranches(mapping, productOf(regularizer.norms), w, () => starts, options);
  const climb = climbOf(neuron);
  const given = starts.flatMap((start) => branchAt(neuron, start[0]) ?? []);
  const first = [...given, ...climbed(neuron, options)].sort((x, y) => y.value - x.value);
  const last = first.map((branch, k) =>
    k < FINALISTS && !options.stopped() ? refined(neuron, climb, branch) : branch,
  );
  return distinct(last, options.above);
}

const climbs = new WeakMap<Float64Array, Climb>();

/** The climb on the rows of a neuron, which serves any number of weights and starts. */
export function climbOf({ input, table }: Pick<Neuron, "input" | "table">): Climb {
  const known = climbs.get(input);
  if (known !== undefined) return known;
  const climb = neuronClimb({ rows: input, features: input.length / table.rows });
  climbs.set(input, climb);
  return climb;
}

/** From a branch to a local maximum that is exact at kinks, or `steps` towards it; for several outputs u and v by turns. */
export function refined(neuron: Neuron, climb: Climb, branch: PolarBranch, steps?: number): PolarBranch {
  const { mapping, w, table } = neuron;
  let best = branch;
  for (let turn = 0; turn < (table.columns === 1 ? 1 : REFINING_TURNS); turn++) {
    const [from, v] = best.factors;
    const u = climb(weightsOf(table, v), from, steps === undefined ? {} : { steps });
    if (u === undefined) break;
    const output = table.columns === 1 ? v : bestOutput(mapping, w, u);
    if (output === undefined) break;
    const factors = [u, output];
    const value = valueReached(neuron, factors);
    if (!(value > best.value)) break;
    best = { value, factors };
  }
  return best;
}

/** The branch of a direction u ≠ 0, undefined where it is worth nothing. */
export function branchAt(neuron: Neuron, direction: Float64Array): PolarBranch | undefined {
  const length = euclideanLength(direction);
  if (!(length > 0)) return undefined;
  const u = over(direction, length);
  const v = bestOutput(neuron.mapping, neuron.w, u);
  if (v === undefined) return undefined;
  const value = valueReached(neuron, [u, v]);
  return value > 0 ? { value, factors: [u, v] } : undefined;
}

export function valueReached({ mapping, w }: Neuron, values: Branch): number {
  const x = new Float64Array(w.length);
  mapping.predictInto(x, { branches: 1, values });
  let sum = 0;
  for (let k = 0; k < w.length; k++) sum += w[k] * x[k];
  return sum;
}

/** Towards local maxima from random starts, at most as many as a fixed number of flops allows. */
function climbed(neuron: Neuron, { effort, above, stopped }: PolarOptions): PolarBranch[] {
  const { table, w, input } = neuron;
  const features = input.length / table.rows;
  const turns = table.columns === 1 ? 1 : REFINING_TURNS;
  const most = effort === "estimate" || features > MOST_COVERED ? MOST_CLIMBS : CLIMBS_BEFORE_COVER;
  const count = Math.ceil(Math.min(most, CLIMBING_FLOPS / (2 * FIRST_STEPS * input.length)) / turns);
  const normal = normalStream(seedOf(w));
  const out: PolarBranch[] = [];
  for (let begun = 0; begun < count && !stopped(); begun += BATCH) {
    const directions = Array.from({ length: Math.min(BATCH, count - begun) }, () =>
      Float64Array.from({ length: features }, normal),
    );
    const ends = climbsFrom(neuron, withOutputs(neuron, directions), FIRST_STEPS, stopped);
    out.push(...valued(neuron, ends).filter(({ value }) => value > 0));
    const found = out.filter(({ value }) => value > WELL_ABOVE * above).length;
    if (effort !== "estimate" && features > MOST_COVERED && found >= ENOUGH) break;
  }
  return out;
}

/**
 * From each start u vᵀ, ‖v‖ = 1, at most `steps` towards a local maximum, for several outputs u and v by turns; nothing where there is
 * no way up.
 */
export function climbsFrom(
  neuron: Neuron,
  starts: readonly Branch[],
  steps: number,
  stopped: () => boolean = () => false,
): Branch[] {
  const climb = climbOf(neuron);
  const { table } = neuron;
  if (table.columns > 1) {
    return starts.flatMap((factors) => {
      const start = { value: 0, factors };
      const end = stopped() ? start : refined(neuron, climb, start, steps);
      return end === start ? [] : [end.factors];
    });
  }
  const plus = weightsOf(table, Float64Array.of(1));
  const minus = opposite(plus);
  return starts.flatMap(([u, v]) => {
    const end = stopped() ? undefined : climb(v[0] > 0 ? plus : minus, u, { steps });
    return end === undefined ? [] : [[end, v]];
  });
}

/** Each direction with its best output. */
function withOutputs(neuron: Neuron, directions: readonly Float64Array[]): Branch[] {
  const { mapping, w, table } = neuron;
  if (table.columns > 1)
    return directions.flatMap((u) => {
      const v = bestOutput(mapping, w, u);
      return v === undefined ? [] : [[u, v]];
    });
  const sums = outputSums(neuron, directions);
  return directions.flatMap((u, k) => (sums[k] === 0 ? [] : [[u, Float64Array.of(Math.sign(sums[k]))]]));
}

function valued(neuron: Neuron, branches: readonly Branch[]): PolarBranch[] {
  const { table, unit } = neuron;
  if (table.columns > 1) return branches.map((factors) => ({ value: valueReached(neuron, factors), factors }));
  const sums = outputSums(
    neuron,
    branches.map(([u]) => u),
  );
  return branches.map((factors, k) => ({ value: sums[k] * factors[1][0] * unit, factors }));
}

/** Σ_n w_n (v_n · u)₊ for each u, in units of the table; of one output. */
function outputSums({ table, input }: Neuron, directions: readonly Float64Array[]): Float64Array {
  const features = input.length / table.rows;
  const count = directions.length;
  const all = new Float64Array(count * features);
  directions.forEach((u, k) => {
    all.set(u, k * features);
  });
  const reach = new Float64Array(count * table.rows);
  multiplyInto(reach, all, input, { m: count, n: table.rows, k: features, transposeB: true });
  const w = weightsOf(table, Float64Array.of(1));
  return Float64Array.from(directions, (_, k) => {
    let sum = 0;
    for (let n = 0, at = k * w.length; n < w.length; n++, at++) if (reach[at] > 0) sum += w[n] * reach[at];
    return sum;
  });
}

/** Other w, other starts: what one search misses the next one may find. The same w, the same ones. */
function seedOf(w: Float64Array): number {
  let seed = 0x2c1b3c6d;
  for (const half of new Int32Array(w.slice().buffer)) seed = Math.imul(seed ^ half, 0x01000193);
  return seed >>> 0;
}

/** The unit v with the largest ⟨w, (V u)₊ vᵀ⟩. */
function bestOutput(mapping: NetworkMapping, w: Float64Array, u: Float64Array): Float64Array | undefined {
  const v = new Float64Array(mapping.factors[1].size);
  const gradient = [new Float64Array(u.length), v];
  mapping.correlateInto(gradient, w, { branches: 1, values: [u, new Float64Array(v.length)] });
  const size = euclideanLength(v);
  return size > 0 ? over(v, size) : undefined;
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

/** Σ_j W_nj v_j. */
function weightsOf({ rows, rowStart, column, value }: Observed, v: Float64Array): Float64Array {
  const out = new Float64Array(rows);
  for (let n = 0; n < rows; n++) {
    for (let k = rowStart[n]; k < rowStart[n + 1]; k++) out[n] += value[k] * v[column[k]];
  }
  return out;
}
